//! Everybody in the book with their past: who may be picked on a date at all.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::civil::Date;

use crate::domain::{
    Book, Contact, Id, days_since,
    journal::{Day, History, Past, last_that_counts},
    notice::Notice,
};

/// A cooldown is never shorter, so nobody comes on two days running.
const SHORTEST_COOLDOWN: i32 = 2;
/// Somebody who is alone in the book comes back weekly.
const ALONE_COOLDOWN: i32 = 7;

/// Days of rest, whole and half.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rest {
    pub full: i32,
    pub half: i32,
}

impl Rest {
    /// With few people the cooldown shrinks, so that a new author hears from us on day 4 too.
    pub fn among(people: usize, cooldown_days: u16) -> Rest {
        let wanted = i32::from(cooldown_days);
        let full = match i32::try_from(people).unwrap_or(i32::MAX) {
            ..=1 => wanted.min(ALONE_COOLDOWN),
            people => wanted.min(people - 1),
        };
        let full = full.max(SHORTEST_COOLDOWN);
        Rest { full, half: (full / 2).max(SHORTEST_COOLDOWN) }
    }
}

/// Everybody in the book with their past, ready to be asked about one date after another. Planning a day counts as
/// having supported that person, for the days after it.
pub(super) struct Table<'a> {
    pub book: &'a Book,
    pub history: &'a History,
    /// In the order of ids.
    pub people: Vec<Person<'a>>,
    /// The last turn of each audience; the first is that of people who have none.
    pub turns: Vec<Option<Date>>,
    /// Whom the author chose for dates to come.
    choices: BTreeMap<Date, usize>,
    /// Those with a notice that still says something.
    noticed: BTreeSet<usize>,
}

pub(super) struct Person<'a> {
    pub contact: &'a Contact,
    pub past: Past,
    /// Places in [`Table::turns`].
    pub audiences: Vec<usize>,
    notices: Vec<&'a Notice>,
    /// Dates to come on which they are planned.
    planned: Vec<Date>,
}

impl<'a> Table<'a> {
    pub fn new(book: &'a Book, history: &'a History) -> Table<'a> {
        let mut rooms: HashMap<&Id, Option<usize>> = HashMap::new();
        let mut turns = vec![None];
        let mut room = |id: &'a Id| -> Option<usize> {
            if let Some(room) = rooms.get(id) {
                return *room;
            }
            let lead = book.audience(id).map(|audience| &audience.id);
            let room = lead.map(|lead| {
                *rooms.entry(lead).or_default().get_or_insert_with(|| {
                    turns.push(None);
                    turns.len() - 1
                })
            });
            rooms.insert(id, room);
            room
        };
        let mut room_of = |contact: &'a Contact| -> Vec<usize> {
            let mut audiences: Vec<_> = contact.audiences.iter().filter_map(&mut room).collect();
            if audiences.is_empty() {
                audiences.push(0);
            }
            audiences
        };
        let mut with_past = 0;
        let people: Vec<_> = book
            .people()
            .map(|contact| {
                let past = history.people.get(&contact.id);
                with_past += usize::from(past.is_some());
                let (past, audiences) = (past.cloned().unwrap_or_default(), room_of(contact));
                Person { contact, past, audiences, notices: Vec::new(), planned: Vec::new() }
            })
            .collect();
        // Those who left the book met their audiences all the same; they are few, and mostly there are none.
        let has_gone = with_past < history.people.len();
        let gone = history.people.iter().filter(|(id, _)| has_gone && book.contact(id).is_none());
        let gone: Vec<_> = gone.filter_map(|(id, past)| Some((room_of(book.contacts.get(id)?), past.turn()))).collect();
        let mut table = Table { book, history, people, turns, choices: BTreeMap::new(), noticed: BTreeSet::new() };
        for (audiences, turn) in gone {
            table.meet(&audiences, turn);
        }
        for place in 0..table.people.len() {
            let audiences = std::mem::take(&mut table.people[place].audiences);
            table.meet(&audiences, table.people[place].past.turn());
            table.people[place].audiences = audiences;
        }
        table.hear_notices();
        table.look_ahead();
        table
    }

    fn meet(&mut self, audiences: &[usize], date: Option<Date>) {
        for audience in audiences {
            if let Some(turn) = self.turns.get_mut(*audience) {
                *turn = (*turn).max(date);
            }
        }
    }

    fn hear_notices(&mut self) {
        for notice in self.book.notices.values() {
            if notice.strength(self.history, self.history.as_of) > 0.0
                && let Some(place) = self.place(&notice.contact)
            {
                self.people[place].notices.push(notice);
                self.noticed.insert(place);
            }
        }
    }

    fn look_ahead(&mut self) {
        let today = self.history.as_of;
        let ahead = self.book.journal.range(format!("{today}0")..).map(|(_, event)| event.date);
        let dates: BTreeSet<_> = ahead.filter(|date| *date > today).collect();
        for date in dates {
            let day = Day::of(self.book, date);
            let place = day.chosen().and_then(|id| self.place(id));
            if let Some(place) = place.filter(|place| self.is_pickable(*place, date)) {
                self.choices.insert(date, place);
            }
        }
        for (date, id) in self.book.plan.range(today..) {
            if let Some(place) = self.place(id).filter(|_| self.book.settings.is_on(*date)) {
                self.people[place].planned.push(*date);
            }
        }
    }

    /// Where somebody stands in [`Table::people`].
    pub fn place(&self, id: &Id) -> Option<usize> {
        let lead = self.book.lead(id);
        self.people.binary_search_by(|person| person.contact.id.cmp(lead)).ok()
    }

    /// Whom the author chose for a date to come.
    pub fn choice(&self, date: Date) -> Option<usize> {
        self.choices.get(&date).copied()
    }

    /// From now on this person counts as supported on a date.
    pub fn support(&mut self, place: usize, date: Date) {
        let person = &mut self.people[place];
        person.past.done = person.past.done.max(Some(date));
        person.past.rests = person.past.rests.max(Some(date));
        let audiences = std::mem::take(&mut person.audiences);
        self.meet(&audiences, Some(date));
        self.people[place].audiences = audiences;
    }

    /// Those who were passed on a date, in order. What is dated further ahead comes from a wrong clock.
    pub fn passed_on(&self, date: Date) -> Vec<usize> {
        if date > last_that_counts(self.history.as_of) {
            return Vec::new();
        }
        let day = Day::of(self.book, date);
        let passed = day.moments.keys().filter(|id| day.is_passed(id));
        passed.filter_map(|id| self.place(id)).collect()
    }

    /// Welcome, and there is something to say: the author's why, or a notice.
    pub fn is_pickable(&self, place: usize, date: Date) -> bool {
        let person = &self.people[place];
        person.contact.is_welcome(date) && (!person.contact.why.is_empty() || self.notice_of(place, date) > 0.0)
    }

    /// The rest that people need on a date.
    pub fn rest(&self, date: Date) -> Rest {
        Rest::among(self.count(date), self.book.settings.cooldown_days)
    }

    /// The rest that somebody needs who is planned already: with few people a day less, so that adding one more
    /// person, which makes the cooldown a day longer, leaves the plan as it is.
    pub fn rest_of_planned(&self, date: Date) -> Rest {
        Rest::among(self.count(date).saturating_sub(1).max(2), self.book.settings.cooldown_days)
            .at_most(self.rest(date))
    }

    /// People who could be picked, as far as more of them would make a difference to the rest.
    fn count(&self, date: Date) -> usize {
        let enough = usize::from(self.book.settings.cooldown_days) + 2;
        (0..self.people.len()).filter(|place| self.is_pickable(*place, date)).take(enough).count()
    }

    /// The first day on which somebody has rested.
    pub fn rested_from(&self, place: usize, rest: Rest) -> Option<Date> {
        let past = &self.people[place].past;
        let after = |last: Option<Date>, days: i32| Some(last?.saturating_add(jiff::Span::new().days(days)));
        after(past.rests, rest.full).max(after(past.half_rests, rest.half))
    }

    fn is_rested(&self, place: usize, date: Date, rest: Rest) -> bool {
        let past = &self.people[place].past;
        let over = |last: Option<Date>, days: i32| last.is_none_or(|last| days_since(last, date) >= days);
        over(past.rests, rest.full) && over(past.half_rests, rest.half)
    }

    /// May be picked on a date: pickable and rested.
    pub fn may(&self, place: usize, date: Date, rest: Rest) -> bool {
        self.is_rested(place, date, rest) && self.is_pickable(place, date)
    }

    /// The author chose this person for a day within the rest after a date.
    pub fn is_chosen_soon(&self, place: usize, date: Date, rest: Rest) -> bool {
        let mut soon = self.choices.iter().filter(|(day, _)| is_soon(date, **day, rest));
        soon.any(|(_, chosen)| *chosen == place)
    }

    /// Planned or chosen for a day within the rest after a date.
    pub fn is_promised(&self, place: usize, date: Date, rest: Rest) -> bool {
        let planned = self.people[place].planned.iter();
        let mut planned = planned.filter(|day| !self.choices.contains_key(*day));
        planned.any(|day| is_soon(date, *day, rest)) || self.is_chosen_soon(place, date, rest)
    }

    /// How much a person's strongest notice says on a date, 0 to 1.
    pub fn notice_of(&self, place: usize, date: Date) -> f64 {
        let strengths = self.people[place].notices.iter().map(|notice| notice.strength(self.history, date));
        strengths.fold(0.0, f64::max)
    }

    /// Those with a notice that may move the plan.
    pub fn with_fresh_notices(&self, date: Date) -> impl Iterator<Item = usize> {
        self.noticed.iter().copied().filter(move |place| self.has_fresh_notice(*place, date))
    }

    /// Somebody with a notice that may move the plan.
    pub fn has_fresh_notice(&self, place: usize, date: Date) -> bool {
        self.people[place].notices.iter().any(|notice| notice.is_fresh(self.history, date))
    }

    /// The planned person of a date, if that person may still be picked.
    pub fn planned(&self, date: Date, refused: &[usize]) -> Option<usize> {
        let place = self.place(self.book.plan.get(&date)?)?;
        let rest = self.rest_of_planned(date);
        let stands = self.may(place, date, rest) && !refused.contains(&place);
        (stands && !self.is_chosen_soon(place, date, rest)).then_some(place)
    }
}

impl Rest {
    fn at_most(self, other: Rest) -> Rest {
        Rest { full: self.full.min(other.full), half: self.half.min(other.half) }
    }
}

fn is_soon(date: Date, day: Date, rest: Rest) -> bool {
    day > date && days_since(date, day) < rest.full
}
