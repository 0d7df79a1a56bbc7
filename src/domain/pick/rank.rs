//! The rank: everybody who may be picked on a date, best first, and what the order is made of.
//!
//! Scores are sums and quotients of small whole numbers and nothing else: a logarithm or a power may differ in its
//! last digit between two systems, and then two laptops would disagree on a day.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::civil::Date;

use crate::domain::{
    Book, Contact, Id, Priority, days_since,
    id::stable_hash,
    journal::{Day, History, Past, last_that_counts},
    notice::Notice,
};

/// What waiting for [`WAIT_DAYS`] is worth.
const WAIT_WEIGHT: f64 = 50.0;
const WAIT_DAYS: i32 = 365;
/// What each further year of waiting is worth, for [`LONG_WAIT_YEARS`] years: see `tests/ten_years.rs`. With more
/// people than a year has good days everybody waits for a year, and without a slope the dice alone would decide.
const LONG_WAIT_WEIGHT: f64 = 20.0;
const LONG_WAIT_YEARS: i32 = 10;
/// Somebody new has waited this long already.
const NEW_HEAD_START: i32 = 90;
/// Somebody who was passed over for another has waited only this long since: else those whom the author never takes
/// would stand at the front of every week.
const PASSED_HEAD_START: i32 = 180;

/// What an audience that was not met for [`ROTATION_DAYS`] is worth.
const ROTATION_WEIGHT: f64 = 25.0;
const ROTATION_DAYS: i32 = 30;

/// What a new notice is worth.
const NOTICE_WEIGHT: f64 = 20.0;
/// What a high priority is worth; a low one costs as much.
const PRIORITY_WEIGHT: f64 = 15.0;
/// Whoever is planned or chosen for a day soon comes after everybody who is free: a substitute for today must not
/// tear a hole into tomorrow.
const PROMISED_WEIGHT: f64 = -200.0;

/// A cooldown is never shorter, so nobody comes on two days running.
const SHORTEST_COOLDOWN: i32 = 2;
/// Somebody who is alone in the book comes back weekly.
const ALONE_COOLDOWN: i32 = 7;

/// One place in the order for a date.
#[derive(Clone, Debug, PartialEq)]
pub struct Ranked {
    pub contact: Id,
    /// The sum of the parts.
    pub score: f64,
    pub parts: Parts,
}

/// What a score is made of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Parts {
    /// For the days since they were supported.
    pub waiting: f64,
    /// For the days since their audience had its turn.
    pub rotation: f64,
    /// For something remarkable.
    pub notice: f64,
    /// For the author's own word.
    pub priority: f64,
    /// Below zero for somebody who is planned or chosen for a day soon.
    pub promised: f64,
}

impl Parts {
    /// The sum.
    #[must_use]
    pub fn score(&self) -> f64 {
        self.waiting + self.rotation + self.notice + self.priority + self.promised
    }
}

/// Everybody who may be picked on a date, best first.
///
/// `history` must have been read on that date or later ([`History::until`]). Equal scores are ordered by a hash of the
/// book's seed, the date and the contact, so adding one contact does not reshuffle the rest.
#[must_use]
pub fn rank(book: &Book, history: &History, date: Date) -> Vec<Ranked> {
    let table = Table::new(book, history);
    let refused = table.passed_on(date);
    let rest = table.rest(date);
    let those = table.those_for(date, rest, &refused);
    let mut ranked: Vec<_> = those
        .map(|(place, parts)| Ranked { contact: table.people[place].contact.id.clone(), score: parts.score(), parts })
        .collect();
    ranked.sort_by(|a, b| b.score.total_cmp(&a.score));
    for equals in ranked.chunk_by_mut(|a, b| a.score.total_cmp(&b.score).is_eq()) {
        if equals.len() > 1 {
            equals.sort_by_cached_key(|ranked| table.lot(date, &ranked.contact));
        }
    }
    ranked
}

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
    turns: Vec<Option<Date>>,
    /// Whom the author chose for dates to come.
    choices: BTreeMap<Date, usize>,
    /// Those with a notice that still says something.
    noticed: BTreeSet<usize>,
}

pub(super) struct Person<'a> {
    pub contact: &'a Contact,
    past: Past,
    audiences: Vec<usize>,
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
        let people: Vec<_> = book
            .people()
            .map(|contact| Person {
                contact,
                past: history.of(&contact.id),
                audiences: room_of(contact),
                notices: Vec::new(),
                planned: Vec::new(),
            })
            .collect();
        // Those who left the book met their audiences all the same.
        let gone = history.people.iter().filter(|(id, _)| book.contact(id).is_none());
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

    /// May be picked on a date: pickable, rested, and not chosen by the author for a day right after it.
    pub fn may(&self, place: usize, date: Date, rest: Rest) -> bool {
        self.is_rested(place, date, rest) && self.is_pickable(place, date)
    }

    /// The author chose this person for a day within the rest after a date.
    pub fn is_chosen_soon(&self, place: usize, date: Date, rest: Rest) -> bool {
        let mut soon = self.choices.iter().filter(|(day, _)| is_soon(date, **day, rest));
        soon.any(|(_, chosen)| *chosen == place)
    }

    fn is_promised(&self, place: usize, date: Date, rest: Rest) -> bool {
        let planned = self.people[place].planned.iter();
        let mut planned = planned.filter(|day| !self.choices.contains_key(*day));
        planned.any(|day| is_soon(date, *day, rest)) || self.is_chosen_soon(place, date, rest)
    }

    fn notice_of(&self, place: usize, date: Date) -> f64 {
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

    /// The parts of one person's score.
    pub fn score(&self, place: usize, date: Date, rest: Rest) -> Parts {
        let Person { contact, audiences, .. } = &self.people[place];
        let waited = self.waited(place, date);
        let year = waited.min(WAIT_DAYS);
        let longer = (waited - year).min(WAIT_DAYS * LONG_WAIT_YEARS);
        let waiting = share(year, WAIT_DAYS) * WAIT_WEIGHT + share(longer, WAIT_DAYS) * LONG_WAIT_WEIGHT;
        let turns = audiences.iter().filter_map(|audience| self.turns.get(*audience));
        let since = turns.map(|turn| turn.map_or(ROTATION_DAYS, |turn| days_since(turn, date)));
        let rotation = share(since.max().unwrap_or(ROTATION_DAYS).clamp(0, ROTATION_DAYS), ROTATION_DAYS);
        let rotation = rotation * ROTATION_WEIGHT;
        let notice = self.notice_of(place, date) * NOTICE_WEIGHT;
        let priority = match contact.priority {
            Priority::Low => -PRIORITY_WEIGHT,
            Priority::Normal => 0.0,
            Priority::High => PRIORITY_WEIGHT,
        };
        let promised = if self.is_promised(place, date, rest) { PROMISED_WEIGHT } else { 0.0 };
        Parts { waiting, rotation, notice, priority, promised }
    }

    /// Days that somebody has waited for support.
    fn waited(&self, place: usize, date: Date) -> i32 {
        let Person { contact, past, .. } = &self.people[place];
        let waited = match (past.done, contact.added) {
            (Some(done), _) => days_since(done, date),
            (None, Some(added)) => days_since(added, date).max(0) + NEW_HEAD_START,
            // Nobody knows since when: as long as counts.
            (None, None) => WAIT_DAYS,
        };
        let passed = past.passed.map_or(waited, |passed| days_since(passed, date) + PASSED_HEAD_START);
        waited.min(passed).max(0)
    }

    /// Everybody who may be picked on a date, by place.
    pub fn those_for(&self, date: Date, rest: Rest, refused: &[usize]) -> impl Iterator<Item = (usize, Parts)> {
        let may = (0..self.people.len()).filter(move |place| self.may(*place, date, rest) && !refused.contains(place));
        may.map(move |place| (place, self.score(place, date, rest)))
    }

    /// The first of the rank, without sorting the rest.
    pub fn best(&self, date: Date, refused: &[usize]) -> Option<usize> {
        let those = self.those_for(date, self.rest(date), refused);
        self.first_of(date, those.map(|(place, parts)| (place, parts.score())))
    }

    /// The first in rank among some with their scores.
    pub fn first_of(&self, date: Date, those: impl Iterator<Item = (usize, f64)>) -> Option<usize> {
        let lot = |place: usize| self.lot(date, &self.people[place].contact.id);
        let first = those.reduce(|best, next| {
            let order = next.1.total_cmp(&best.1);
            if order.then_with(|| lot(best.0).cmp(&lot(next.0))).is_gt() { next } else { best }
        });
        first.map(|(place, _)| place)
    }

    /// The dice of a date: lower comes first.
    fn lot(&self, date: Date, contact: &Id) -> u64 {
        stable_hash(&[self.book.settings.seed(), &date.to_string(), contact.as_str()])
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

fn share(part: i32, whole: i32) -> f64 {
    f64::from(part) / f64::from(whole)
}
