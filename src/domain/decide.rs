//! The whole day of one device: what the clock, the desktop and the book say goes in, effects come out.
//!
//! What must last is in the book; what is kept here ([`Desk`]) is only what stands on this device's screen, and a
//! restart may forget it: then the same inputs raise a still-open day again.

use jiff::{Timestamp, ToSpan, Zoned, civil::Date};

use super::{
    Book, Id, Item, What,
    journal::{Day, Step},
    schedule::{self, Due},
};

/// What stands on this device's screen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Desk {
    /// Nothing.
    #[default]
    Clear,
    /// Their feeds are being read; a notification follows within seconds.
    Preparing { date: Date, contact: Id, since: Timestamp },
    /// A notification is up.
    Up { date: Date, contact: Id, asking: bool },
    /// The author closed it without a word. It stays away until a later hour they asked for, or a restart.
    Dismissed { date: Date, contact: Id },
}

/// What happens to a device.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// Look at the clock and the book: a timer fired, the machine woke, somebody changed the book. Harmless twice.
    Tick,
    /// The person's feeds were read, or their time was up. `idle`: nobody has touched the keyboard for ten minutes.
    Prepared { date: Date, contact: Id, idle: bool },
    /// The notification is really up, with this item.
    Raised { date: Date, contact: Id, item: Option<Item> },
    /// It could not be raised.
    NotRaised,
    /// A button of our notification.
    Pressed(Button),
    /// The author closed our notification.
    Closed,
    /// The notification server died, and ours with it.
    ServerGone,
}

/// The buttons of a notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Button {
    /// *Open draft*, and the click on the notification itself.
    Open,
    Done,
    /// *Someone else*.
    Another,
    /// *Not today*, when asked whether it went out.
    NotToday,
}

/// What the daemon has to do, in this order.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Write it in the journal, with the draft's text where it was done.
    Record { date: Date, contact: Id, what: What },
    /// Plan the days to come.
    Plan,
    /// Read this person's feeds, then say [`Input::Prepared`]: within seconds, whatever the feeds do.
    Prepare { date: Date, contact: Id },
    /// Raise the notification, in place of the one that is up, then say [`Input::Raised`] or [`Input::NotRaised`].
    Raise { date: Date, contact: Id, asking: bool },
    /// Take our notification off the screen.
    TakeDown,
    /// Open the draft in the author's network.
    OpenDraft { date: Date, contact: Id },
    /// Tick again at this instant, or before.
    LookAgain(Timestamp),
}

/// What the device knows of its surroundings when it decides.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// The wall clock in the author's zone.
    pub now: Zoned,
    /// A notification server is there, and this device may notify.
    pub can_notify: bool,
}

/// When nobody is at the keyboard, or no server is there, we look again after this many seconds.
const LOOK_AGAIN_SECONDS: i64 = 60;
/// A preparation that never answered is started anew after this many seconds.
const PREPARE_SECONDS: i64 = 30;

impl Desk {
    /// One step: takes an input in and says what to do.
    pub fn decide(&mut self, book: &Book, around: &Surroundings, input: Input) -> Vec<Effect> {
        let mut effects = Vec::new();
        match input {
            Input::Tick => self.look(book, around, &mut effects),
            Input::Prepared { date, contact, idle } => {
                self.prepared(book, around, date, contact, idle, &mut effects);
            }
            Input::Raised { date, contact, item } => self.raised(book, date, contact, item, &mut effects),
            Input::NotRaised | Input::ServerGone => {
                *self = Desk::Clear;
                effects.push(Effect::LookAgain(soon(&around.now)));
            }
            Input::Pressed(button) => self.pressed(book, around, button, &mut effects),
            Input::Closed => {
                if let Desk::Up { date, contact, .. } = self {
                    *self = Desk::Dismissed { date: *date, contact: contact.clone() };
                }
            }
        }
        effects
    }

    fn look(&mut self, book: &Book, around: &Surroundings, effects: &mut Vec<Effect>) {
        let (now, today) = (&around.now, around.now.date());
        if self.date().is_some_and(|date| date != today) {
            self.clear(effects);
        }
        let day = Day::of(book, today);
        match schedule::due(book, now) {
            Due::At(instant) => {
                self.clear(effects);
                effects.push(Effect::LookAgain(instant));
                return;
            }
            Due::Never => return self.clear(effects),
            Due::Now => {}
        }
        let Some(contact) = person(book, today) else { return self.clear(effects) };
        let moment = day.with(&contact);
        if let Some(until) = moment.later_until.filter(|until| moment.step == Step::Later && *until > now.timestamp()) {
            self.clear(effects);
            effects.push(Effect::LookAgain(until));
            return;
        }
        if let Some(midnight) = schedule::midnight_after(now) {
            effects.push(Effect::LookAgain(midnight));
        }
        let stays = match self {
            Desk::Clear => false,
            Desk::Preparing { contact: other, since, .. } => {
                *other == contact && (now.timestamp() - *since).get_seconds().abs() < PREPARE_SECONDS
            }
            // Asked for later and the hour came: the question stands anew.
            Desk::Dismissed { contact: other, .. } => *other == contact && moment.step != Step::Later,
            Desk::Up { contact: other, asking, .. } => *other == contact && *asking == (moment.step == Step::Opened),
        };
        if stays {
            return;
        }
        if !around.can_notify {
            // Nothing of ours can be up without a server. The day stays pending.
            *self = Desk::Clear;
            effects.push(Effect::LookAgain(soon(now)));
            return;
        }
        *self = Desk::Preparing { date: today, contact: contact.clone(), since: now.timestamp() };
        effects.extend([Effect::Plan, Effect::Prepare { date: today, contact }]);
    }

    fn prepared(
        &mut self,
        book: &Book,
        around: &Surroundings,
        date: Date,
        contact: Id,
        idle: bool,
        effects: &mut Vec<Effect>,
    ) {
        let expected = matches!(self, Desk::Preparing { date: d, contact: c, .. } if *d == date && *c == contact);
        if !expected {
            return;
        }
        // The author or another laptop may have acted while the feeds were read.
        let day = Day::of(book, date);
        let moment = day.with(&contact);
        let later =
            moment.step == Step::Later && moment.later_until.is_some_and(|until| until > around.now.timestamp());
        let still = person(book, date).as_ref() == Some(&contact);
        if date == around.now.date() && !day.done && !day.skipped && !later && still && idle {
            // Hold it for whoever comes back; meanwhile another laptop may show it.
            self.clear(effects);
            effects.push(Effect::LookAgain(soon(&around.now)));
        } else if date == around.now.date() && !day.done && !day.skipped && !later && still {
            effects.push(Effect::Raise { date, contact, asking: moment.step == Step::Opened });
        } else {
            *self = Desk::Clear;
            self.look(book, around, effects);
        }
    }

    fn raised(&mut self, book: &Book, date: Date, contact: Id, item: Option<Item>, effects: &mut Vec<Effect>) {
        let moment = Day::of(book, date).with(&contact);
        *self = Desk::Up { date, contact: contact.clone(), asking: moment.step == Step::Opened };
        // Raised again after a restart, a later hour or a new server: the first `shown` still tells of it.
        if moment.step < Step::Shown {
            effects.push(Effect::Record { date, contact, what: What::Shown { item } });
        }
    }

    fn pressed(&mut self, book: &Book, around: &Surroundings, button: Button, effects: &mut Vec<Effect>) {
        let (Desk::Up { date, contact, .. } | Desk::Dismissed { date, contact }) = self.clone() else { return };
        let day = Day::of(book, date);
        let step = day.with(&contact).step;
        // A second press, or another laptop was quicker: what was done stays done.
        if day.skipped || step == Step::Done {
            return self.clear(effects);
        }
        let record = |what| Effect::Record { date, contact: contact.clone(), what };
        match button {
            Button::Open => {
                if step != Step::Opened {
                    effects.push(record(What::Opened));
                }
                effects.push(Effect::OpenDraft { date, contact: contact.clone() });
                if date == around.now.date() {
                    effects.push(Effect::Raise { date, contact, asking: true });
                }
            }
            Button::Done => {
                effects.push(record(What::Done { network: None, item: None, text: None, url: None }));
                self.clear(effects);
            }
            Button::Another => {
                // *Someone else* replaces the notification: it stays up until the next one is ready.
                effects.push(record(What::Passed { reason: None }));
                effects.push(Effect::LookAgain(around.now.timestamp()));
            }
            Button::NotToday => {
                effects.push(record(What::Skipped));
                self.clear(effects);
            }
        }
    }

    fn date(&self) -> Option<Date> {
        match self {
            Desk::Clear => None,
            Desk::Preparing { date, .. } | Desk::Up { date, .. } | Desk::Dismissed { date, .. } => Some(*date),
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

fn person(book: &Book, date: Date) -> Option<Id> {
    book.person(date).ok().map(|chosen| chosen.contact)
}

fn soon(now: &Zoned) -> Timestamp {
    now.timestamp().checked_add(LOOK_AGAIN_SECONDS.seconds()).unwrap_or(now.timestamp())
}
