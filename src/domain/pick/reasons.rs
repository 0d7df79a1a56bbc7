//! The reasons: one or two true sentences on why this person, today.

use jiff::{civil::Date, tz::TimeZone};

use crate::domain::{
    Audience, Book, Contact, Id, Item, Priority, days_since,
    journal::{Day, History, Past},
    notice::{Notice, NoticeKind},
};

/// An audience is worth a word when it was not met for so long.
const LONG_UNMET_DAYS: i32 = 14;
/// Characters of a title that fit into a notification.
const TITLE_CHARS: usize = 80;

/// One or two sentences on why this person is picked on a date; none for somebody who is not in the book.
///
/// Only what is true is said, with the name and without a pronoun. `zone` is the author's: it decides whether an item
/// came out yesterday.
#[must_use]
pub fn reasons(
    book: &Book,
    history: &History,
    date: Date,
    zone: &TimeZone,
    contact: &Id,
    item: Option<&Item>,
) -> Vec<String> {
    let Some(contact) = book.contact(contact) else { return Vec::new() };
    let name = name_of(contact);
    let past = history.of(&contact.id);
    let mut sentences = Vec::new();
    if Day::of(book, date).chosen() == Some(&contact.id) {
        sentences.push(format!("You chose {name} for today."));
    }
    let mut clauses = Vec::new();
    clauses.extend(news(book, history, date, zone, contact, item));
    clauses.extend(unmet_audience(book, history, date, contact));
    clauses.push(support(name, &past, date));
    if contact.priority == Priority::High {
        clauses.push(format!("you gave {name} a high priority"));
    }
    clauses.truncate(2);
    let because = clauses.join(", and ");
    // A name keeps its spelling at the start of a sentence too.
    let because = if because.starts_with(name) { because } else { capitalized(&because) };
    sentences.push(format!("{because}."));
    sentences
}

fn name_of(contact: &Contact) -> &str {
    match contact.name.trim() {
        "" => "this contact",
        name => name,
    }
}

/// What the item or the notice tells.
fn news(
    book: &Book,
    history: &History,
    date: Date,
    zone: &TimeZone,
    contact: &Contact,
    item: Option<&Item>,
) -> Option<String> {
    let live = book.notices.values().filter(|notice| book.lead(&notice.contact) == &contact.id);
    let live = live.filter(|notice| notice.strength(history, date) > 0.0);
    let told = live.filter(|notice| item.is_none_or(|item| item.url == notice.item.url));
    let notice = told.max_by_key(|notice| (notice.date, &notice.item.url));
    let name = name_of(contact);
    match (notice, item) {
        (Some(notice), _) => Some(notice_clause(name, notice)),
        (None, Some(item)) => Some(item_clause(name, item, date, zone)),
        (None, None) => None,
    }
}

fn notice_clause(name: &str, notice: &Notice) -> String {
    let title = quoted(&notice.item.title);
    match (notice.kind, title) {
        (NoticeKind::Return, Some(title)) => format!("{name} is back after three quiet months or more, with {title}"),
        (NoticeKind::Return, None) => format!("{name} is back after three quiet months or more"),
        (NoticeKind::Launch, Some(title)) => format!("{name} has something to launch: {title}"),
        (NoticeKind::Launch, None) => format!("{name} has something to launch"),
        (NoticeKind::Milestone, Some(title)) => format!("{name} has reached a milestone: {title}"),
        (NoticeKind::Milestone, None) => format!("{name} has reached a milestone"),
        (NoticeKind::Other, Some(title)) => format!("there is news from {name}: {title}"),
        (NoticeKind::Other, None) => format!("there is news from {name}"),
    }
}

fn item_clause(name: &str, item: &Item, date: Date, zone: &TimeZone) -> String {
    let what = quoted(&item.title).unwrap_or_else(|| format!("something new from {name}"));
    let age = item.published.map(|at| days_since(at.to_zoned(zone.clone()).date(), date));
    match age {
        Some(0) => format!("{what} came out today"),
        Some(1) => format!("{what} came out yesterday"),
        Some(days @ 2..) => format!("{what} came out {} ago", span(days)),
        // No date, or one that lies ahead: nothing to say of when.
        _ if item.title.trim().is_empty() => format!("there is something from {name} to share"),
        _ => format!("there is {what} to share"),
    }
}

/// The audience a person stands for on a date: of theirs that are kept, the one met longest ago, and when that was.
fn least_met<'a>(book: &'a Book, history: &History, contact: &Contact) -> Option<(&'a Audience, Option<Date>)> {
    let kept: Vec<_> = contact.audiences.iter().filter_map(|id| book.audience(id)).collect();
    if kept.is_empty() {
        return None;
    }
    let mut met: Vec<_> = kept.into_iter().map(|audience| (audience, None)).collect();
    // Everybody who was ever supported, also those who have left the book since.
    for (id, past) in &history.people {
        // Ten years have thousands of them: whoever was supported too early to change anything is not looked up.
        if met.iter().all(|(_, last)| *last >= past.done) {
            continue;
        }
        let Some(them) = book.ever(id) else { continue };
        for theirs in them.audiences.iter().filter_map(|id| book.audience(id)) {
            for (_, last) in met.iter_mut().filter(|(audience, _)| audience.id == theirs.id) {
                *last = (*last).max(past.done);
            }
        }
    }
    met.into_iter().min_by_key(|(_, last)| *last)
}

/// The audience a person stands for: of theirs that are kept, the one met longest ago.
#[must_use]
pub fn audience_of<'a>(book: &'a Book, history: &History, contact: &Contact) -> Option<&'a Audience> {
    least_met(book, history, contact).map(|(audience, _)| audience)
}

/// That audience, if it is worth a word.
fn unmet_audience(book: &Book, history: &History, date: Date, contact: &Contact) -> Option<String> {
    let (audience, last) = least_met(book, history, contact)?;
    let name = with_article(&audience.name)?;
    match last.map(|last| days_since(last, date)) {
        None => Some(format!("you have not met {name} yet")),
        Some(days) if days >= LONG_UNMET_DAYS => Some(format!("it is {} since you met {name}", span(days))),
        Some(_) => None,
    }
}

fn support(name: &str, past: &Past, date: Date) -> String {
    match past.done.map(|done| days_since(done, date)) {
        None => format!("you have not put in a word for {name} yet"),
        Some(..=0) => format!("you put in a word for {name} today"),
        Some(1) => format!("you put in a word for {name} yesterday"),
        Some(days) => format!("it is {} since you put in a word for {name}", span(days)),
    }
}

/// A number of days in words, rounded down: 3 days, 5 weeks, 4 months, 2 years.
#[must_use]
pub fn span(days: i32) -> String {
    let (number, unit) = match days {
        ..14 => (days, "day"),
        14..61 => (days / 7, "week"),
        // A month has 30.44 days, a year 365.25.
        61..731 => (days * 100 / 3044, "month"),
        _ => (days * 100 / 36525, "year"),
    };
    if number == 1 { format!("1 {unit}") } else { format!("{number} {unit}s") }
}

fn with_article(name: &str) -> Option<String> {
    let name = name.trim();
    let has_article = name.split_whitespace().next()?.eq_ignore_ascii_case("the");
    Some(if has_article { name.to_owned() } else { format!("the {name}") })
}

/// A title between quotation marks, cut at a word; nothing for an empty one.
fn quoted(title: &str) -> Option<String> {
    let title = title.split_whitespace().collect::<Vec<_>>().join(" ");
    if title.is_empty() {
        return None;
    }
    let Some((cut, _)) = title.char_indices().nth(TITLE_CHARS) else { return Some(format!("'{title}'")) };
    let short = title.get(..cut).unwrap_or_default();
    let short = short.rsplit_once(' ').map_or(short, |(words, _)| words);
    Some(format!("'{short}…'"))
}

fn capitalized(sentence: &str) -> String {
    let mut chars = sentence.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use jiff::{ToSpan, civil::date};

    use super::*;
    use crate::domain::{Audience, Change, Event, What};

    const TODAY: Date = date(2026, 11, 22);

    fn ago(days: i32) -> Date {
        TODAY.checked_sub(days.days()).unwrap()
    }

    /// Maria of the re-enactors, who was supported on these days.
    fn book(done: &[Date]) -> Book {
        let mut book = Book::default();
        let name = "re-enactors".to_owned();
        book.apply(&Change::Audience(Audience { id: "a".into(), slug: name.clone(), name, ..Audience::default() }));
        let audiences = BTreeSet::from(["a".into()]);
        let maria = Contact { id: "maria".into(), name: "Maria".to_owned(), audiences, ..Contact::default() };
        book.apply(&Change::Contact(maria));
        for day in done {
            happen(&mut book, *day, What::Done { network: None, item: None, text: None, url: None });
        }
        book
    }

    fn happen(book: &mut Book, date: Date, what: What) {
        let nonce = book.journal.len().to_string();
        let at = date.at(9, 0, 0, 0).to_zoned(TimeZone::UTC).unwrap().timestamp();
        book.apply(&Change::Event(Event { date, contact: "maria".into(), device: "laptop".into(), nonce, at, what }));
    }

    fn coat(published: &str) -> Item {
        let title = "How to sew an 1863 sack coat".to_owned();
        Item {
            title,
            url: "https://maria.example/coat".to_owned(),
            published: published.parse().ok(),
            ..Item::default()
        }
    }

    fn say(book: &Book, item: Option<&Item>) -> String {
        let history = History::until(book, TODAY);
        reasons(book, &history, TODAY, &TimeZone::UTC, &"maria".into(), item).join(" ")
    }

    #[test]
    fn the_item_and_the_audience_make_one_sentence() {
        assert_eq!(
            say(&book(&[ago(36)]), Some(&coat("2026-11-21T08:00:00Z"))),
            "'How to sew an 1863 sack coat' came out yesterday, and it is 5 weeks since you met the re-enactors."
        );
    }

    #[test]
    fn yesterday_is_yesterday_where_the_author_is() {
        let book = book(&[ago(3)]);
        let history = History::until(&book, TODAY);
        let item = coat("2026-11-22T03:00:00Z");
        let new_york = TimeZone::fixed(jiff::tz::offset(-5));
        let said = reasons(&book, &history, TODAY, &new_york, &"maria".into(), Some(&item));
        assert!(said[0].starts_with("'How to sew an 1863 sack coat' came out yesterday"), "{said:?}");
    }

    #[test]
    fn the_first_time_is_said() {
        assert_eq!(
            say(&book(&[]), None),
            "You have not met the re-enactors yet, and you have not put in a word for Maria yet."
        );
    }

    #[test]
    fn an_audience_met_lately_is_not_mentioned() {
        assert_eq!(say(&book(&[ago(13)]), None), "It is 13 days since you put in a word for Maria.");
    }

    #[test]
    fn the_authors_choice_comes_first() {
        let mut book = book(&[ago(3)]);
        happen(&mut book, TODAY, What::Picked);
        assert_eq!(say(&book, None), "You chose Maria for today. It is 3 days since you put in a word for Maria.");
    }

    #[test]
    fn a_notice_is_told_until_it_fades() {
        let mut book = book(&[ago(3)]);
        let told = |book: &Book| say(book, None).contains("is back after three quiet months");
        let notice =
            |noticed| Notice { contact: "maria".into(), kind: NoticeKind::Return, date: noticed, item: coat("") };
        book.apply(&Change::Notice(notice(ago(13))));
        assert!(told(&book));
        book.notices.clear();
        book.apply(&Change::Notice(notice(ago(14))));
        assert!(!told(&book));
    }

    #[test]
    fn days_become_weeks_months_and_years() {
        let words = [1, 13, 14, 35, 60, 61, 125, 730, 731, 3653].map(span);
        assert_eq!(
            words,
            [
                "1 day",
                "13 days",
                "2 weeks",
                "5 weeks",
                "8 weeks",
                "2 months",
                "4 months",
                "23 months",
                "2 years",
                "10 years"
            ]
        );
    }

    #[test]
    fn a_long_title_is_cut_at_a_word() {
        let short = quoted(&"buttons ".repeat(40)).unwrap();
        assert!(short.chars().count() <= TITLE_CHARS + 3 && short.ends_with("buttons…'"), "{short}");
    }
}
