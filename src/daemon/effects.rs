//! What the desktop says goes into the day, and what
//! [`Desk::decide`](crate::domain::decide::Desk::decide) decided is performed, in order.

use std::time::Duration;

use jiff::civil::Date;

use super::{
    Daemon, Said,
    desktop::{News, Raising},
    dispatch::day,
    errand::{self, Errand},
    network::SYNC_LIMIT,
    words,
};
use crate::{
    api::{ErrorKind, Today},
    domain::{
        Id, What,
        decide::{Button, Effect, Input, Question, Surroundings},
        journal::Day,
    },
    platform::{self, Note},
};

/// How long a person's feeds may take before the day is shown without them.
const PREPARE_LIMIT: Duration = Duration::from_secs(5);
/// Nobody at the keyboard for longer than this: the notification waits.
const IDLE: Duration = Duration::from_secs(10 * 60);

impl Daemon {
    /// Takes an input in and does what follows from it.
    pub(super) async fn step(&mut self, input: Input) {
        let mut inputs = vec![input];
        while let Some(input) = inputs.pop() {
            let around = self.surroundings();
            // A tick that asks for another at once would never end; the alarm brings it in a moment.
            let ticked = input == Input::Tick;
            let effects = self.desk.decide(self.home.book(), &around, input);
            let mut at = None;
            for effect in effects {
                match effect {
                    Effect::LookAgain(instant) if instant <= self.now() && !ticked => inputs.push(Input::Tick),
                    Effect::LookAgain(instant) => {
                        at = Some(at.map_or(instant, |other: jiff::Timestamp| other.min(instant)))
                    }
                    effect => self.perform(effect).await,
                }
            }
            if at.is_some() {
                // The same instant again is no news: the alarm goes on waiting.
                self.alarm.send_if_modified(|set| std::mem::replace(set, at) != at);
            }
        }
    }

    /// What the desktop says.
    pub(super) async fn hear(&mut self, news: News) {
        // It speaks of the day as it is now: what was put off a moment ago is no longer what was closed.
        if self.to_look.is_some() {
            self.look().await;
        }
        match news {
            News::Raised { question, item, mark } => {
                self.unraised = None;
                self.home.remember_notification(mark.as_deref());
                self.step(Input::Raised { question, item }).await;
            }
            News::NotRaised { question, why } => {
                if self.unraised.as_ref() != Some(&why) {
                    tracing::warn!(why, "the notification could not be raised; the day stays pending");
                    self.unraised = Some(why);
                }
                self.step(Input::NotRaised(question)).await;
            }
            News::Pressed { question, action, token } => {
                self.token = token;
                if let Some(button) = button_of(&action, self.home.doors.at().is_some()) {
                    self.step(Input::Pressed(question, button)).await;
                }
            }
            News::Closed(question) => self.step(Input::Closed(question)).await,
            News::Gone => self.step(Input::ServerGone).await,
            News::Server(server) => {
                let came = self.server.is_none() && server.is_some();
                self.home.desktop = server.as_ref().map(|s| (format!("{} {}", s.name, s.version), s.actions));
                self.server = server;
                if came {
                    self.step(Input::Tick).await;
                }
            }
        }
    }

    fn surroundings(&self) -> Surroundings {
        let now = self.now();
        Surroundings {
            now: self.home.clock(now),
            can_notify: self.home.may_notify(),
            me: self.home.device.clone(),
            others: self.home.ids_of(&self.home.peers.in_use()),
            grace: self.waking.grace(now),
        }
    }

    async fn perform(&mut self, effect: Effect) {
        let now = self.now();
        match effect {
            Effect::Record { date, contact, what } => self.record(date, &contact, what),
            Effect::Plan => {
                if let Err(error) = self.home.plan(now) {
                    tracing::error!(%error, "the plan could not be written");
                }
            }
            Effect::Prepare { date, contact, grace } => self.prepare(date, contact, grace),
            Effect::Raise(question) => {
                let contact = self.home.book().contact(&question.contact);
                let item = contact.and_then(|contact| self.home.item_of_day(now, question.date, contact));
                let note = self.note(&question);
                self.wish(Some(Raising { question, item, note }));
            }
            Effect::TakeDown => self.wish(None),
            Effect::OpenDraft { date, contact } => self.open_draft(date, &contact),
            Effect::OpenPage => {
                if let Some(url) = self.home.doors.open(now) {
                    self.open_link(url);
                }
            }
            Effect::LookAgain(_) => {}
        }
    }

    /// Writes an event of the day. A press must not be lost to a full disk: what cannot be written now is kept.
    pub(super) fn record(&mut self, date: Date, contact: &Id, what: What) {
        let now = self.now();
        let what = match what {
            What::Done { .. } => {
                self.home.done(now, date, contact, words::DoneSaid { ours: true, ..Default::default() })
            }
            what => what,
        };
        let change = self.home.event(now, date, contact, what);
        if let Err(error) = self.home.commit(std::slice::from_ref(&change)) {
            tracing::error!(%error, "a press could not be written; it is kept and tried again");
            // A book that a newer goodword closed to us stays closed.
            if error.kind != ErrorKind::Refused {
                self.unwritten.push(change);
            }
        }
    }

    /// Something could not be written, and is tried again.
    pub(super) fn has_unwritten(&self) -> bool {
        !self.unwritten.is_empty() || self.home.circle_unkept
    }

    pub(super) fn write_again(&mut self) {
        if self.home.circle_unkept && self.home.keep_circle().is_ok() {
            self.home.circle_unkept = false;
            self.quiet = false;
        }
        if !self.unwritten.is_empty() && self.home.commit(&self.unwritten).is_ok() {
            self.unwritten.clear();
            self.quiet = false;
            self.look_soon();
        }
    }

    fn wish(&self, up: Option<Raising>) {
        self.wishes.send_modify(|wish| {
            wish.up = up;
            wish.turn += 1;
        });
    }

    /// Hears what the other laptops have and reads the person's feeds, and then looks whether somebody is there, beside
    /// the loop.
    fn prepare(&mut self, date: Date, contact: Id, grace: Duration) {
        let jobs = self.home.book().contact(&contact).map(|contact| self.home.stale_jobs(contact, self.now()));
        let errand = Errand::Fetch { jobs: jobs.unwrap_or_default(), limit: Some(PREPARE_LIMIT), grace };
        let (fetcher, found, said) = (self.home.fetcher().ok(), self.found.clone(), self.said.clone());
        // Once a day: whoever presses "Someone else" does not wait for a laptop that is off.
        let is_first = Day::of(self.home.book(), date).moments.is_empty();
        let in_step = self.all_in_step(if is_first { SYNC_LIMIT } else { Duration::ZERO });
        tokio::spawn(async move {
            let read = async {
                if let Some(fetcher) = fetcher {
                    errand::run(fetcher, errand, found).await;
                }
            };
            tokio::join!(read, in_step);
            let idle = platform::idle().await.is_some_and(|idle| idle > IDLE);
            if idle {
                tracing::debug!("nobody is at the keyboard; the notification waits");
            }
            // Behind everything the errand found.
            _ = said.send(Said::Prepared { date, contact, idle }).await;
        });
    }

    /// The notification for a person's day.
    fn note(&self, Question { date, contact, opened }: &Question) -> Note {
        let name = self.home.name_of(contact);
        let today = day::of(&self.home, self.now(), *date, contact);
        if *opened {
            return Note {
                summary: format!("Did it go out to {name}?"),
                body: match today.draft.and_then(|draft| draft.share_url) {
                    Some(_) => "The draft is open in your network. Say so here once it is posted.".to_owned(),
                    None => "The words are on the page, to be copied. Say so here once they are out.".to_owned(),
                },
                actions: vec![button(Button::Done, "Done"), button(Button::NotToday, "Not today")],
                page: self.home.doors.at(),
            };
        }
        Note { page: self.home.doors.at(), ..question(today) }
    }

    fn open_draft(&mut self, date: Date, contact: &Id) {
        let today = day::of(&self.home, self.now(), date, contact);
        let draft = today.draft.and_then(|draft| draft.share_url);
        // Where no network takes a text, the page has it to copy; without a page there is still something to read.
        let draft = draft.or_else(|| self.home.doors.open(self.now()));
        let Some(url) = draft.or_else(|| today.item.map(|item| item.url).filter(|url| !url.is_empty())) else {
            return tracing::info!("no network is set, so there is nothing to open");
        };
        self.open_link(url);
    }

    fn open_link(&self, url: String) {
        let token = self.token.clone();
        tokio::spawn(async move {
            if let Err(error) = platform::open_link(&url, token.as_deref()).await {
                tracing::warn!(%error, "what was pressed could not be opened in the browser");
            }
        });
    }
}

/// The day's question, as the desktop shows it.
pub(super) fn question(today: Today) -> Note {
    let name = today.contact.map(|contact| contact.name).unwrap_or_default();
    let first_line = today.draft.as_ref().and_then(|draft| Some(format!("Draft: {}", draft.text.lines().next()?)));
    let body: Vec<_> = today.reasons.into_iter().next().into_iter().chain(first_line).collect();
    Note {
        summary: format!("A good word for {name}?"),
        body: body.join("\n"),
        actions: vec![
            button(Button::Open, "Open draft"),
            button(Button::Done, "Done"),
            button(Button::Another, "Someone else"),
        ],
        page: None,
    }
}

fn button(action: Button, label: &str) -> (String, String) {
    (key(action).to_owned(), label.to_owned())
}

/// A button's key on the bus.
pub(super) fn key(button: Button) -> &'static str {
    match button {
        Button::Page => "default",
        Button::Open => "open",
        Button::Done => "done",
        Button::Another => "another",
        Button::NotToday => "not-today",
    }
}

/// The button that a key on the bus means. Where there is no page, a click on the notification itself opens the draft.
fn button_of(key: &str, has_page: bool) -> Option<Button> {
    let buttons = [Button::Page, Button::Open, Button::Done, Button::Another, Button::NotToday];
    match buttons.into_iter().find(|button| self::key(*button) == key) {
        Some(Button::Page) if !has_page => Some(Button::Open),
        button => button,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_click_means_the_page_and_the_draft_where_there_is_none() {
        assert_eq!((button_of("default", true), button_of("default", false)), (Some(Button::Page), Some(Button::Open)));
        for button in [Button::Open, Button::Done, Button::Another, Button::NotToday] {
            assert_eq!((button_of(key(button), true), button_of(key(button), false)), (Some(button), Some(button)));
        }
        assert_eq!(button_of("strange", true), None);
    }
}
