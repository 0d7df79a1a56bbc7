//! What a day means, and nothing else: no I/O, no clock, no randomness, no CRDT, no platform.
//!
//! Everything here takes the time and the dice as arguments, so ten years of days run in milliseconds.

pub mod audience;
pub mod bond;
pub mod book;
pub mod brainstorm;
pub mod choose;
pub mod contact;
pub mod critic;
pub mod decide;
pub mod device;
pub mod draft;
pub mod evidence;
pub mod id;
pub mod item;
pub mod journal;
pub mod network;
pub mod notice;
pub mod pick;
pub mod record;
pub mod refusal;
pub mod schedule;
pub mod settings;
pub mod share;
pub mod typed;
pub mod work;

pub use audience::{Audience, Tie};
pub use bond::Bond;
pub use book::{Book, Change};
pub use contact::{Contact, Kind, Mute, Priority, Stage};
pub use device::{Device, Schema};
pub use evidence::{Deed, Evidence};
pub use id::Id;
pub use item::{Item, ItemKind};
pub use journal::{Event, History, What};
pub use notice::{Notice, NoticeKind};
pub use settings::Settings;
pub use work::Work;

/// Days from one civil date to another; negative when `then` lies ahead.
#[must_use]
pub fn days_since(then: jiff::civil::Date, now: jiff::civil::Date) -> i32 {
    (now - then).get_days()
}
