//! The words of a day: the item most worth sharing, the draft for it, and what goes into the journal when it went out.

use std::sync::PoisonError;

use jiff::{Timestamp, ToSpan, civil::Date};

use super::home::Home;
use crate::domain::{
    Contact, Id, Item, What, choose,
    critic::{self, Brief},
    draft::{self, Draft, Occasion, Used},
    journal::{Day, Step, live_on, telling},
    network::{self, Network},
    pick,
};

/// No opening returns within so many days.
const SAMENESS_DAYS: i64 = 60;

impl Home {
    /// The item of a person's day: the one that was shown first, on whichever laptop, else the one most worth sharing
    /// now.
    pub(super) fn item_of_day(&self, now: Timestamp, date: Date, contact: &Contact) -> Option<Item> {
        let book = self.book();
        let day = Day::of(book, date);
        let moment = day.with(&contact.id);
        // Acted on before it was ever shown: only then is the item still ours to choose.
        let is_settled = moment.step == Step::Done || telling(book, date, &contact.id, Step::Shown).is_some();
        match moment.item {
            None if !is_settled => self.best_item(now, date, contact),
            item => item.cloned(),
        }
    }

    /// Of a contact's recent items the one most worth sharing; nothing when there is none.
    fn best_item(&self, now: Timestamp, date: Date, contact: &Contact) -> Option<Item> {
        let history = self.book().history(date);
        let audience = pick::audience_of(self.book(), &history, contact);
        let items = self.items_of(contact);
        choose::choose_item(&items, &history.shared, contact, audience, now, &self.phrases).cloned()
    }

    /// The draft for a person's day.
    pub(super) fn draft(
        &self,
        date: Date,
        contact: &Contact,
        item: Option<&Item>,
        network: Option<Network>,
        turn: u32,
    ) -> Draft {
        let book = self.book();
        let history = book.history(date);
        let occasion = Occasion {
            contact,
            audience: pick::audience_of(book, &history, contact),
            item,
            date,
            settings: &book.settings,
            network,
            limit: self.instance_limit(),
            stage: history.of(&contact.id).stage(contact.stage),
            recent: &self.recent(date),
            turn,
            endpoints: &self.config.endpoints,
        };
        draft::draft(&occasion, &self.phrases)
    }

    /// The shout-outs of the last [`SAMENESS_DAYS`] days before a date, oldest first, but for those that were taken
    /// back. Which skeleton a text was made from takes a while to see, and is seen once.
    fn recent(&self, date: Date) -> Vec<Used> {
        let from = date.checked_sub(SAMENESS_DAYS.days()).unwrap_or(Date::MIN);
        let (book, tag) = (self.book(), &self.book().settings.language);
        let language = self.phrases.language(tag);
        let dates = std::iter::successors(Some(from), |day| day.tomorrow().ok()).take_while(|day| *day <= date);
        let texts = dates.flat_map(|day| live_on(book, day)).filter_map(|(_, event)| match &event.what {
            What::Done { text: Some(text), .. } => Some(text),
            _ => None,
        });
        let mut known = self.recognised.lock().unwrap_or_else(PoisonError::into_inner);
        if known.0 != *tag {
            *known = (tag.clone(), Vec::new());
        }
        let used = texts.map(|text| match known.1.iter().find(|used| used.text == *text) {
            Some(used) => used.clone(),
            // Of no skeleton of ours: said too, or it would be looked for again.
            None => {
                Used { text: text.clone(), skeleton: Some(language.recognise(text).unwrap_or_default().to_owned()) }
            }
        });
        let used: Vec<_> = used.collect();
        known.1.clone_from(&used);
        used
    }

    /// Puts the author's own wording in a draft's place: counted and judged like ours.
    pub(super) fn reword(&self, draft: &mut Draft, text: String, date: Date, contact: &Contact, item: Option<&Item>) {
        let count = network::count_within(draft.network, &text, draft.limit);
        let mention = draft.network.mention(contact);
        let written = draft.network.rules().markup.readable_addresses(&text);
        let link = item.map(|item| item.url.clone()).filter(|url| written.contains(url.as_str()));
        let foreign: Vec<String> =
            item.map(|item| item.title.clone()).into_iter().chain([contact.name.clone()]).collect();
        let brief = Brief {
            network: draft.network,
            limit: draft.limit,
            mention: mention.as_deref().filter(|mention| text.contains(*mention)),
            link: link.as_deref(),
            foreign: &foreign,
            // Whether the author's own words are concrete is theirs to say.
            concrete: &[],
            warning: draft.warning.as_deref(),
            recent: &self.recent(date),
        };
        draft.explain = critic::review(&text, &brief, self.phrases.language(&self.book().settings.language));
        (draft.length, draft.fits) = (count.length, count.fits);
        let shared = crate::domain::share::Shared {
            text: &text,
            link: link.as_deref(),
            subject: item.map_or(contact.name.as_str(), |item| &item.title),
        };
        draft.share_url = crate::domain::share::share_url(
            draft.network,
            shared,
            contact,
            &self.book().settings,
            &self.config.endpoints,
        );
        draft.text = text;
    }

    /// What goes into the journal when a shout-out went out: what the author says, and our draft where they say nothing.
    pub(super) fn done(&self, now: Timestamp, date: Date, contact: &Id, said: DoneSaid) -> What {
        let Some(contact) = self.book().contact(contact) else {
            return What::Done {
                network: said.network.map(|n| n.as_str().to_owned()),
                item: None,
                text: said.text,
                url: said.url,
            };
        };
        let item = match said.item {
            Some(url) => {
                let known = self.items_of(contact).into_iter().find(|item| item.url == url);
                Some(known.unwrap_or(Item { url, ..Item::default() }))
            }
            None if said.ours => self.item_of_day(now, date, contact),
            None => None,
        };
        let draft = said.ours.then(|| self.draft(date, contact, item.as_ref(), said.network, 0));
        let network = said.network.or_else(|| draft.as_ref().map(|draft| draft.network));
        let network = network.unwrap_or_else(|| Network::choose(&self.book().settings.networks, contact));
        What::Done {
            network: Some(network.as_str().to_owned()),
            item,
            text: said.text.or(draft.map(|draft| draft.text)),
            url: said.url,
        }
    }
}

/// What the author says of a shout-out that went out.
#[derive(Debug, Default)]
pub(super) struct DoneSaid {
    pub network: Option<Network>,
    /// The address of what was shared.
    pub item: Option<String>,
    pub text: Option<String>,
    pub url: Option<String>,
    /// It was about today's person, so our item and draft stand for what is not said.
    pub ours: bool,
}
