//! The ways the book may change, and what each of them writes.

use jiff::civil::Date;

use super::{Book, Schema};
use crate::domain::{
    Audience, Contact, Device, Event, Evidence, Id, Notice, Settings, Tie, Work,
    record::{Root, Scalar, Write, diff, shown},
};

/// The one list of ways the book may change.
///
/// A change says how a thing should read afterwards; [`Change::writes`] finds what differs. That makes adding,
/// editing, muting and removing the same act, and lets two laptops edit different fields of one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    Work(Work),
    Audience(Audience),
    Tie(Tie),
    Contact(Contact),
    Device(Device),
    Settings(Settings),
    /// Something happened; never edited, only undone by another event.
    Event(Event),
    /// Who is planned for a date; nobody takes the plan away.
    Plan(Date, Option<Id>),
    Notice(Notice),
    /// Do not offer this again (or do, after all).
    Refusal(String, bool),
    /// What public data shows of a relationship; what is news is told by [`evidence::news`](crate::domain::evidence::news).
    Evidence(Evidence),
    /// This program's shape of the book, written once by its first change.
    Schema(Schema),
}

impl Change {
    /// The smallest writes that bring this change about in `book`; none where nothing differs.
    #[must_use]
    pub fn writes(&self, book: &Book) -> Vec<Write> {
        let note = |root, key: String, value| vec![Write::Note { root, key, value }];
        match self {
            Change::Work(work) => diff(book.works.get(&work.id), work),
            Change::Audience(audience) => diff(book.audiences.get(&audience.id), audience),
            Change::Tie(tie) => diff(book.ties.get(&tie.id), tie),
            Change::Contact(contact) => diff(book.contacts.get(&contact.id), contact),
            Change::Device(device) => diff(book.devices.get(&device.id), device),
            Change::Settings(settings) => book.settings.diff(settings),
            Change::Event(event) => note(Root::Journal, event.key(), Some(Scalar::Text(event.value()))),
            Change::Plan(date, contact) if book.plan.get(date) == contact.as_ref() => Vec::new(),
            Change::Plan(date, contact) => note(Root::Plan, date.to_string(), shown(contact.as_ref())),
            Change::Notice(notice) if book.notices.contains_key(&notice.key()) => Vec::new(),
            Change::Notice(notice) => {
                let value = serde_json::to_string(notice).unwrap_or_default();
                note(Root::Notices, notice.key(), Some(Scalar::Text(value)))
            }
            Change::Refusal(what, refused) if book.refusals.contains(what) == *refused => Vec::new(),
            Change::Refusal(what, refused) => note(Root::Refusals, what.clone(), refused.then_some(Scalar::Bool(true))),
            Change::Evidence(evidence) if book.evidence.get(&evidence.key()) == Some(evidence) => Vec::new(),
            Change::Evidence(evidence) => note(Root::Evidence, evidence.key(), Some(Scalar::Text(evidence.value()))),
            Change::Schema(schema) => {
                let fields = [("writer", schema.writer), ("oldest_writer", schema.oldest_writer)];
                let put = |(key, value): (&str, i64)| Write::Note {
                    root: Root::Schema,
                    key: key.to_owned(),
                    value: Some(Scalar::Int(value)),
                };
                if book.schema == *schema { Vec::new() } else { fields.into_iter().map(put).collect() }
            }
        }
    }
}
