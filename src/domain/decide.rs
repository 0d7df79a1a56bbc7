//! The whole day of one device: what the clock, the desktop and the book say goes in, effects come out.
//!
//! What must last is in the book; what is kept here ([`Desk`]) is only what stands on this device's screen, and a
//! restart may forget it: then the same inputs raise a still-open day again.

use std::{collections::BTreeSet, time::Duration};

use jiff::{Timestamp, ToSpan, Zoned, civil::Date};
use sha2::{Digest, Sha256};

use super::{
    Book, Id, Item, What,
    journal::{Day, Step},
    pick::Nobody,
    schedule::{self, Due},
};

/// What a notification asks: *A good word for Maria?*, or, once the draft was opened, *Did it go out?*
///
/// A press is always about the question it was pressed on, whatever the day has come to since.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    pub date: Date,
    pub contact: Id,
    /// The draft was opened: did it go out?
    pub opened: bool,
}

/// What stands on this device's screen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Desk {
    /// Nothing.
    #[default]
    Clear,
    /// A notification follows within seconds: their feeds are being read, or the server has it. The one before may
    /// still be up.
    Preparing { date: Date, contact: Id, since: Timestamp },
    /// Another laptop shows it, or is to show it first: ours waits since this instant.
    Holding { date: Date, contact: Id, since: Timestamp },
    /// A notification is up.
    Up(Question),
    /// The author closed it without a word. It stays away until an hour that they ask for after that, or a restart.
    Dismissed { date: Date, contact: Id, later: Option<Timestamp> },
}

/// What happens to a device.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// Look at the clock and the book: a timer fired, the machine woke, somebody changed the book. Harmless twice.
    Tick,
    /// The person's feeds were read, or their time was up. `idle`: nobody has touched the keyboard for ten minutes.
    Prepared { date: Date, contact: Id, idle: bool },
    /// The notification is really up, with this item.
    Raised { question: Question, item: Option<Item> },
    /// It could not be raised.
    NotRaised(Question),
    /// A button of a notification of ours.
    Pressed(Question, Button),
    /// The author closed a notification of ours.
    Closed(Question),
    /// The notification server died, and ours with it.
    ServerGone,
}

/// The buttons of a notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Button {
    /// The click on the notification itself.
    Page,
    /// *Open draft*; where there is no page, the click too.
    Open,
    Done,
    /// *Someone else*.
    Another,
    /// *Not today*, when asked whether it went out.
    NotToday,
}

/// What the daemon has to do, in this order.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "a handful a minute, never kept")]
pub enum Effect {
    /// Write it in the journal, with the draft's text where it was done.
    Record { date: Date, contact: Id, what: What },
    /// Plan the days to come.
    Plan,
    /// Read this person's feeds, then say [`Input::Prepared`]: within seconds, whatever the feeds do. For so long the
    /// network may still be on its way: who cannot be reached is asked again.
    Prepare { date: Date, contact: Id, grace: Duration },
    /// Raise the notification, in place of the one that is up, then say [`Input::Raised`] or [`Input::NotRaised`];
    /// neither when a later effect overtook it.
    Raise(Question),
    /// Take our notification off the screen.
    TakeDown,
    /// Open the draft in the author's network.
    OpenDraft { date: Date, contact: Id },
    /// Open the page.
    OpenPage,
    /// Tick again at this instant, or before.
    LookAgain(Timestamp),
}

/// What the device knows of its surroundings when it decides.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// The wall clock in the author's zone.
    pub now: Zoned,
    /// This device may notify. Whether a server is there is told by [`Input::NotRaised`]: the bus may start one.
    pub can_notify: bool,
    /// This device.
    pub me: Id,
    /// The author's other devices that are connected right now and may notify; not those that said that nobody is at
    /// their keyboard.
    pub others: BTreeSet<Id>,
    /// How long the network may still be on its way; nothing, unless this machine woke just now.
    pub grace: Duration,
}

/// When nobody is at the keyboard, or no server took the notification, we look again after this many seconds.
const LOOK_AGAIN_SECONDS: i64 = 60;
/// With several laptops in use, one shows at once. The next waits this long for word of it ..
const SECOND_WAITS_SECONDS: i64 = 60;
/// .. and each one after it this much longer, up to two minutes.
const THIRD_WAITS_SECONDS: i64 = 30;
const LAST_WAITS_SECONDS: i64 = 120;
/// Instead of a minute, just after waking: who unlocks the screen now is there, and the desktop comes back any moment.
const LOOK_AGAIN_WAKING_SECONDS: i64 = 5;
/// A preparation that never ended is started anew after this many seconds: more than the longest takes.
const PREPARE_SECONDS: i64 = 45;

impl Desk {
    /// One step: takes an input in and says what to do.
    pub fn decide(&mut self, book: &Book, around: &Surroundings, input: Input) -> Vec<Effect> {
        let mut effects = Vec::new();
        match input {
            Input::Tick => self.look(book, around, &mut effects),
            Input::Prepared { date, contact, idle } if self.prepares(date, &contact) => {
                self.prepared(book, around, idle, &mut effects);
            }
            Input::Prepared { .. } => {}
            Input::Raised { question, item } => self.raised(book, around, question, item, &mut effects),
            Input::NotRaised(question) => {
                if self.prepares(question.date, &question.contact) {
                    *self = Desk::Clear;
                }
                effects.push(Effect::LookAgain(soon(around)));
            }
            Input::Pressed(question, button) => self.pressed(book, around, question, button, &mut effects),
            Input::Closed(question) => {
                if *self == Desk::Up(question.clone()) {
                    let Question { date, contact, .. } = question;
                    let later = Day::of(book, date).with(&contact).later_until;
                    *self = Desk::Dismissed { date, contact, later };
                }
            }
            Input::ServerGone => {
                // What the author closed stays closed, whoever draws the next notification.
                if !matches!(self, Desk::Dismissed { .. }) {
                    *self = Desk::Clear;
                }
                effects.push(Effect::LookAgain(soon(around)));
            }
        }
        effects
    }

    fn look(&mut self, book: &Book, around: &Surroundings, effects: &mut Vec<Effect>) {
        let now = &around.now;
        if self.date().is_some_and(|date| date != now.date()) {
            self.clear(effects);
        }
        let (question, later) = match Standing::of(book, now) {
            Standing::Open(question, later) => (question, later),
            Standing::Wait(until) => return self.wait(until, effects),
            Standing::Nobody(_) => return self.wait(schedule::midnight_after(now), effects),
        };
        effects.extend(schedule::midnight_after(now).map(Effect::LookAgain));
        let Question { date, contact, .. } = question.clone();
        if around.can_notify && self.holds_back(book, around, &question, effects) {
            return;
        }
        let stays = match self {
            Desk::Clear | Desk::Holding { .. } => false,
            Desk::Preparing { contact: other, since, .. } => {
                *other == contact && (now.timestamp() - *since).get_seconds().abs() < PREPARE_SECONDS
            }
            Desk::Dismissed { contact: other, later: known, .. } => *other == contact && *known == later,
            Desk::Up(up) => *up == question,
        };
        if stays {
            return;
        }
        if !around.can_notify {
            self.clear(effects);
            return;
        }
        *self = Desk::Preparing { date, contact: contact.clone(), since: now.timestamp() };
        effects.extend([Effect::Plan, Effect::Prepare { date, contact, grace: around.grace }]);
    }

    fn wait(&mut self, until: Option<Timestamp>, effects: &mut Vec<Effect>) {
        // What the author closed stays closed, also where the clock is set back before the hour.
        if !matches!(self, Desk::Dismissed { .. }) {
            self.clear(effects);
        }
        effects.extend(until.map(Effect::LookAgain));
    }

    /// The author or another laptop may have acted while the feeds were read.
    fn prepared(&mut self, book: &Book, around: &Surroundings, idle: bool, effects: &mut Vec<Effect>) {
        match Standing::of(book, &around.now) {
            Standing::Open(question, _) if self.prepares(question.date, &question.contact) => {
                // Another laptop may have shown it meanwhile.
                if self.holds_back(book, around, &question, effects) {
                    return;
                }
                if idle {
                    // Hold it for whoever comes back; meanwhile another laptop may show it.
                    self.clear(effects);
                    effects.push(Effect::LookAgain(soon(around)));
                } else {
                    effects.push(Effect::Raise(question));
                }
            }
            _ => self.look(book, around, effects),
        }
    }

    /// One nudge for the author, not one for each laptop: whoever is connected shows it once. Nobody promises that, for
    /// no laptop can know what another does that it cannot hear.
    fn holds_back(
        &mut self,
        book: &Book,
        around: &Surroundings,
        question: &Question,
        effects: &mut Vec<Effect>,
    ) -> bool {
        let Question { date, contact, .. } = question;
        let now = around.now.timestamp();
        let since = match self {
            Desk::Holding { date: d, contact: c, since } if d == date && c == contact => *since,
            _ => now,
        };
        let day = Day::of(book, *date);
        let until = match day.with(contact).on {
            // It stands there until that laptop is gone.
            Some(on) if around.others.contains(on) => soon(around),
            None if matches!(self, Desk::Clear | Desk::Holding { .. }) => {
                let before = around.others.iter().filter(|other| first(&day, *date, other, &around.me)).count();
                since.checked_add(waits(before).seconds()).unwrap_or(since)
            }
            _ => return false,
        };
        if until <= now {
            return false;
        }
        if !matches!(self, Desk::Holding { .. }) {
            self.clear(effects);
        }
        *self = Desk::Holding { date: *date, contact: contact.clone(), since };
        effects.push(Effect::LookAgain(until));
        true
    }

    fn raised(
        &mut self,
        book: &Book,
        around: &Surroundings,
        question: Question,
        item: Option<Item>,
        effects: &mut Vec<Effect>,
    ) {
        let Question { date, contact, .. } = question.clone();
        if self.prepares(date, &contact) {
            *self = Desk::Up(question);
        }
        // Raised again after a restart or by a new server: the first `shown` still tells of it. The other laptops must
        // hear of it again when it was put off, or when it stands on this one now.
        let moment = Day::of(book, date).with(&contact);
        if moment.step < Step::Shown || moment.on != Some(&around.me) {
            effects.push(Effect::Record { date, contact, what: What::Shown { item } });
        }
    }

    fn pressed(
        &mut self,
        book: &Book,
        around: &Surroundings,
        question: Question,
        button: Button,
        effects: &mut Vec<Effect>,
    ) {
        let Question { date, contact, .. } = question;
        let day = Day::of(book, date);
        let moment = day.with(&contact);
        let record = |what| Effect::Record { date, contact: contact.clone(), what };
        // A second press, or another laptop was quicker: what was done stays done, and a day let go stays so unless
        // somebody was supported after all.
        let over = moment.step == Step::Done || (day.done || day.skipped) && button != Button::Done;
        match button {
            Button::Page if over => effects.push(Effect::OpenPage),
            _ if over => {}
            Button::Page | Button::Open => {
                let opens_draft = button == Button::Open;
                if opens_draft && !moment.opened {
                    effects.push(record(What::Opened));
                }
                let draft = opens_draft.then(|| Effect::OpenDraft { date, contact: contact.clone() });
                effects.push(draft.unwrap_or(Effect::OpenPage));
                let still = matches!(Standing::of(book, &around.now),
                    Standing::Open(open, _) if open.date == date && open.contact == contact);
                // Servers close what is pressed, and some say that the author did: the question is raised again.
                if still {
                    let since = around.now.timestamp();
                    *self = Desk::Preparing { date, contact: contact.clone(), since };
                    effects.push(Effect::Raise(Question { date, contact, opened: opens_draft || moment.opened }));
                }
                return;
            }
            Button::Done => effects.push(record(What::Done { network: None, item: None, text: None, url: None })),
            // The notification stays up until the next one is ready.
            Button::Another if moment.step != Step::Passed => effects.push(record(What::Passed { reason: None })),
            Button::Another => {}
            Button::NotToday => effects.push(record(What::Skipped)),
        }
        // With the press in the book, the clock and the book say what follows.
        effects.push(Effect::LookAgain(around.now.timestamp()));
    }

    fn prepares(&self, date: Date, contact: &Id) -> bool {
        matches!(self, Desk::Preparing { date: d, contact: c, .. } if *d == date && c == contact)
    }

    fn date(&self) -> Option<Date> {
        match self {
            Desk::Clear => None,
            Desk::Up(Question { date, .. })
            | Desk::Preparing { date, .. }
            | Desk::Holding { date, .. }
            | Desk::Dismissed { date, .. } => Some(*date),
        }
    }

    fn clear(&mut self, effects: &mut Vec<Effect>) {
        // Also while somebody else is prepared: the person before may still be on the screen.
        if *self != Desk::Clear {
            effects.push(Effect::TakeDown);
        }
        *self = Desk::Clear;
    }
}

/// What the clock and the book say of this moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nothing to ask, before this instant if one is known.
    Wait(Option<Timestamp>),
    /// It is time, and there is nobody to ask about.
    Nobody(Nobody),
    /// The question stands; with the later hour that was asked for and has come.
    Open(Question, Option<Timestamp>),
}

impl Standing {
    /// How things stand at this moment, in the author's zone.
    #[must_use]
    pub fn of(book: &Book, now: &Zoned) -> Standing {
        match schedule::due(book, now) {
            Due::At(instant) => return Standing::Wait(Some(instant)),
            Due::Never => return Standing::Wait(None),
            Due::Now => {}
        }
        let date = now.date();
        let contact = match book.person(date) {
            Ok(chosen) => chosen.contact,
            Err(nobody) => return Standing::Nobody(nobody),
        };
        let moment = Day::of(book, date).with(&contact);
        match moment.later_until {
            Some(until) if moment.step == Step::Later && until > now.timestamp() => Standing::Wait(Some(until)),
            later => Standing::Open(Question { date, contact, opened: moment.opened }, later),
        }
    }
}

/// How many seconds a laptop waits that has so many before it.
fn waits(before: usize) -> i64 {
    match i64::try_from(before).unwrap_or(i64::MAX) {
        0 => 0,
        before => (before - 1)
            .saturating_mul(THIRD_WAITS_SECONDS)
            .saturating_add(SECOND_WAITS_SECONDS)
            .min(LAST_WAITS_SECONDS),
    }
}

/// Whether one laptop shows before another on a date: the one where the author acted last, then in another order each
/// day, the same on both.
fn first(day: &Day<'_>, date: Date, one: &Id, other: &Id) -> bool {
    let place = |id: &Id| (day.last != Some(id), Sha256::digest(format!("{date}/{id}")));
    place(one) < place(other)
}

fn soon(around: &Surroundings) -> Timestamp {
    let seconds = if around.grace.is_zero() { LOOK_AGAIN_SECONDS } else { LOOK_AGAIN_WAKING_SECONDS };
    let now = around.now.timestamp();
    now.checked_add(seconds.seconds()).unwrap_or(now)
}
