//! `diary`: what happened, and the giving ledger.

use jiff::{Timestamp, civil::Date};

use super::Home;
use crate::{
    api::{Answer, Diary, DiaryEntry, Error, Named, State},
    domain::{
        Book, Event, Id, What,
        journal::{Day, Ledger, Step, telling},
    },
};

pub fn dispatch(home: &Home, now: Timestamp, since: Option<Date>) -> Result<Answer, Error> {
    let (book, today) = (home.book(), home.clock(now).date());
    let entries = entries(book, since, today, None);
    Ok(Answer::Diary(Diary { entries, ledger: Ledger::on(book, today) }))
}

/// One entry for each day and person, newest first.
pub fn entries(book: &Book, since: Option<Date>, today: Date, contact: Option<&Id>) -> Vec<DiaryEntry> {
    let last = today.tomorrow().unwrap_or(today);
    let mut entries = Vec::new();
    let is_wanted = |event: &&Event| contact.is_none_or(|wanted| book.lead(&event.contact) == wanted);
    let events = book.events_between(since.unwrap_or(Date::MIN), last).filter(is_wanted);
    let mut dates: Vec<_> = events.map(|event| event.date).collect();
    dates.dedup();
    for date in dates {
        for moment in Day::of(book, date).moments.values() {
            if contact.is_some_and(|wanted| *wanted != moment.contact) {
                continue;
            }
            let state = match moment.step {
                Step::Planned if moment.picked.is_none() => continue,
                step => state_of(step),
            };
            if let Some(event) = telling(book, date, &moment.contact, moment.step) {
                entries.push(entry(book, event, &moment.contact, state));
            }
        }
    }
    entries.sort_by_key(|entry| std::cmp::Reverse((entry.date, entry.at)));
    entries
}

/// The word for how far a person's day has come.
pub fn state_of(step: Step) -> State {
    match step {
        Step::Planned => State::Planned,
        Step::Shown => State::Shown,
        Step::Opened => State::Opened,
        Step::Later => State::Later,
        Step::Passed => State::Passed,
        Step::Skipped => State::Skipped,
        Step::Done => State::Done,
    }
}

fn entry(book: &Book, event: &Event, contact: &Id, state: State) -> DiaryEntry {
    let (network, item, text) = match &event.what {
        What::Done { network, item, text, .. } => (network.clone(), item.as_ref(), text.clone()),
        What::Shown { item } => (None, item.as_ref(), None),
        _ => (None, None, None),
    };
    let name = book.ever(contact).map(|contact| contact.name.clone());
    let device = book.devices.get(&event.device).map(|device| device.name.clone());
    DiaryEntry {
        date: event.date,
        contact: Named { id: contact.to_string(), name: name.unwrap_or_default() },
        state,
        network,
        item_url: item.map(|item| item.url.clone()).filter(|url| !url.is_empty()),
        text,
        device: device.filter(|name| !name.is_empty()).unwrap_or_else(|| event.device.to_string()),
        at: event.at,
    }
}
