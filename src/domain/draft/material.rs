//! What there is to say: the foreign words of an occasion, cleaned once, and how much of them a text is given.

use super::{
    Occasion, Phrases, clean, shorten,
    words::{first_sentence, hashtags},
};
use crate::domain::{
    Item, ItemKind, critic,
    network::{Network, Scheme, is_link},
};

/// The shapes a text can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Post,
    /// One line; the address has a field of its own.
    Headline,
    /// For the author's readers.
    Paragraph,
    /// To the person.
    Letter,
    Review,
    Library,
}

impl Form {
    fn of(network: Network) -> Form {
        match network {
            Network::Reddit => Form::Headline,
            Network::Newsletter
            | Network::NewsletterMarkdown
            | Network::NewsletterHtml
            | Network::Blog
            | Network::BlogMarkdown
            | Network::BlogHtml => Form::Paragraph,
            Network::Email | Network::Letter => Form::Letter,
            Network::Review => Form::Review,
            Network::Library => Form::Library,
            _ => Form::Post,
        }
    }

    /// Written to one reader, or for the author alone: no lead and no content warning stands before it.
    pub fn is_letter(self) -> bool {
        matches!(self, Form::Letter | Form::Review | Form::Library)
    }
}

/// The foreign words of an occasion.
pub struct Material {
    pub form: Form,
    /// The kind of skeleton: one per kind of item, `hello`, `quiet`.
    pub kind: &'static str,
    pub name: String,
    pub mention: Option<String>,
    pub title: String,
    pub why: String,
    /// The first sentence of the item itself.
    pub excerpt: String,
    pub audience: String,
    /// Why the work and this audience belong together, where it is a sentence for anybody's ears.
    pub bridge: String,
    pub link: Option<String>,
    pub tags: Vec<String>,
    pub warning: Option<String>,
}

/// How much of the material a text is given.
#[derive(Clone, Copy)]
pub struct Portion {
    /// The aside, the excerpt and the bridge.
    pub extras: bool,
    pub tags: usize,
    /// Graphemes of the why; 0: none.
    pub why: usize,
    pub title: usize,
    pub name: usize,
    pub link: bool,
    pub mention: bool,
}

const ALL: Portion = Portion { extras: true, tags: 2, why: 400, title: 140, name: 60, link: true, mention: true };
const BARE: Portion = Portion { extras: false, tags: 0, why: 0, ..ALL };
/// The steps down.
const STEPS: [Portion; 15] = [
    ALL,
    Portion { extras: false, ..ALL },
    Portion { extras: false, tags: 1, ..ALL },
    Portion { why: 400, ..BARE },
    Portion { why: 140, ..BARE },
    Portion { why: 70, ..BARE },
    BARE,
    Portion { title: 90, ..BARE },
    Portion { title: 60, ..BARE },
    Portion { title: 40, name: 40, ..BARE },
    Portion { title: 20, name: 24, ..BARE },
    Portion { title: 60, name: 40, link: false, ..BARE },
    Portion { title: 20, name: 24, link: false, ..BARE },
    Portion { title: 10, name: 10, link: false, ..BARE },
    // A handle may be longer than a post.
    Portion { title: 10, name: 10, link: false, mention: false, ..BARE },
];

/// A longer name (in bytes) makes no sentence shorter than itself.
const AUDIENCE: usize = 60;

impl Material {
    pub fn of(occasion: &Occasion<'_>, network: Network, phrases: &Phrases) -> Material {
        let Occasion { contact, audience, item, .. } = *occasion;
        let form = Form::of(network);
        let text = |choose: fn(&Item) -> &str| item.map(|item| clean(choose(item))).unwrap_or_default();
        let (title, summary) = (text(|item| &item.title), text(|item| &item.summary));
        let warning = item.and_then(|item| item.warning.as_deref()).map(|warning| shorten(&clean(warning), 80));
        let warning = warning.filter(|warning| !warning.is_empty());
        let all = [&title, &summary, warning.as_ref().unwrap_or(&title)].map(|text| text.to_lowercase());
        let mut heavy = phrases.languages().flat_map(|(_, language)| language.list("grief"));
        let is_heavy = heavy.any(|word| all.iter().any(|text| critic::holds(text, word)));
        // A short post has no title: its first words stand for it.
        let (title, excerpt) = match (title.is_empty(), item.map(|item| item.kind)) {
            (true, _) => (shorten(&summary, 140), String::new()),
            (false, Some(ItemKind::Post | ItemKind::Other)) => (title, String::new()),
            (false, _) => (title, shorten(first_sentence(&summary), 160)),
        };
        let kind = match item.map(|item| item.kind) {
            _ if title.is_empty() => "hello",
            _ if is_heavy => "quiet",
            Some(ItemKind::Article) => "article",
            Some(ItemKind::Episode) => "episode",
            Some(ItemKind::Video) => "video",
            Some(ItemKind::Book) => "book",
            Some(ItemKind::Event) => "event",
            Some(ItemKind::Artwork) => "artwork",
            Some(ItemKind::Cause) => "cause",
            Some(ItemKind::Post | ItemKind::Other) => "post",
            None => "hello",
        };
        let address = |url: &str| Some(url.trim().to_owned()).filter(|url| is_link(url, Scheme::Needed));
        let link = match item {
            Some(item) => address(&item.url),
            None if form == Form::Paragraph => address(&contact.site),
            None => None,
        };
        let name = clean(&contact.name);
        let tags = audience.into_iter().flat_map(|audience| audience.hashtags.iter());
        let is_quiet = kind == "quiet";
        let bridge = audience.map(|audience| clean(&audience.bridge)).unwrap_or_default();
        let language = phrases.language(&occasion.settings.language);
        let is_private = |text: &str| {
            let lower = text.to_lowercase();
            language.list("private").iter().any(|word| critic::holds(&lower, word))
        };
        Material {
            form,
            name: if name.is_empty() { "someone".to_owned() } else { name },
            mention: network.mention(contact),
            excerpt: if is_quiet || excerpt == title { String::new() } else { excerpt },
            title,
            why: if form == Form::Headline { String::new() } else { clean(&contact.why) },
            audience: audience
                .map(|audience| clean(&audience.name))
                .filter(|name| name.len() <= AUDIENCE)
                .unwrap_or_default(),
            bridge: if is_quiet || is_private(&bridge) { String::new() } else { shorten(first_sentence(&bridge), 160) },
            link,
            tags: if is_quiet { Vec::new() } else { hashtags(tags, network.rules().hashtags.min(2)) },
            warning: warning.filter(|_| !form.is_letter()),
            kind,
        }
    }

    /// The item speaks of grief, illness or lost work.
    pub fn is_heavy(&self) -> bool {
        self.kind == "quiet"
    }

    /// The kind of the skeleton around the sentences about the item, where the form has one.
    pub fn frame(&self) -> Option<&'static str> {
        match (self.form, self.is_heavy()) {
            (Form::Post | Form::Headline, _) => None,
            (Form::Paragraph, false) => Some("paragraph"),
            (Form::Paragraph, true) => Some("quiet-paragraph"),
            (Form::Letter, false) => Some("letter"),
            (Form::Letter, true) => Some("quiet-letter"),
            (Form::Review, _) => Some("review"),
            (Form::Library, _) => Some("library"),
        }
    }

    /// The steps down. Where there is nothing new the why is all there is to say: it is shortened, not dropped.
    pub fn portions(&self) -> impl Iterator<Item = Portion> + use<> {
        let only_why = self.kind == "hello" && !self.why.is_empty();
        STEPS.into_iter().map(move |portion| match portion {
            Portion { why: 0, title, .. } if only_why => Portion { why: title, ..portion },
            portion => portion,
        })
    }
}
