//! Homes for the figures, the same at every run: people in twelve audiences, days of journal, feeds that were read.
//!
//! `home make FOLDER TODAY PEOPLE DAYS [FEEDS]` makes one (`FEEDS` is a file of addresses, one a line, which are then
//! not yet read); `home pick FOLDER TODAY` times what a request asks of the past and of the pick. `benches/figures`
//! calls both.
#![allow(clippy::print_stdout, reason = "a bench prints its figures")]

use std::{
    collections::{BTreeMap, BTreeSet},
    error::Error,
    path::Path,
    time::Instant,
};

use goodword::{
    domain::{
        Audience, Change, Contact, Event, History, Id, Item, What, Work,
        id::stable_hash,
        pick::{self, PLAN_DAYS},
    },
    platform::Folders,
    replica::Replica,
    store::{feeds::Feed, lock::Lock},
};
use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};

const AUDIENCES: [&str; 12] = [
    "Civil War re-enactors",
    "History teachers",
    "Costume makers",
    "Button collectors",
    "Museum volunteers",
    "Local archives",
    "Renaissance faires",
    "Quilters",
    "Genealogists",
    "Antique dealers",
    "Book clubs",
    "Historical novelists",
];
const FIRST: [&str; 16] = [
    "Maria", "Jonas", "Aylin", "Priya", "Tomás", "Ngozi", "Elena", "Kofi", "Sofie", "Hiro", "Rosa", "Idris", "Greta",
    "Mateo", "Yara", "Piotr",
];
const LAST: [&str; 16] = [
    "Ruiz",
    "Berg",
    "Kaya",
    "Nair",
    "Costa",
    "Eze",
    "Petrova",
    "Mensah",
    "Lindqvist",
    "Tanaka",
    "Marino",
    "Haddad",
    "Vogel",
    "Silva",
    "Nasser",
    "Nowak",
];
const THINGS: [&str; 8] =
    ["sack coats", "brass buttons", "parish registers", "quilts", "field kitchens", "letters", "maps", "lanterns"];
/// People whose feed was read before; so many feeds a home has.
const FEEDS: usize = 500;
const ITEMS: usize = 20;

type Done = Result<(), Box<dyn Error>>;

fn main() -> Done {
    // `cargo bench` adds a word of its own.
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["make", folder, today, people, days] => make(folder, today.parse()?, people.parse()?, days.parse()?, None),
        ["make", folder, today, people, days, feeds] => {
            make(folder, today.parse()?, people.parse()?, days.parse()?, Some(&std::fs::read_to_string(feeds)?))
        }
        ["pick", folder, today] => pick(folder, today.parse()?),
        // Without words there is nothing to time.
        _ => Ok(()),
    }
}

/// A number below `sides` that is the same for the same words.
fn dice(words: &[&str], sides: usize) -> usize {
    usize::try_from(stable_hash(words) % sides as u64).unwrap_or_default()
}

fn one_of<'a>(all: &[&'a str], words: &[&str]) -> &'a str {
    all.get(dice(words, all.len())).copied().unwrap_or_default()
}

fn id(kind: &str, number: usize) -> Id {
    let random = stable_hash(&[kind, &number.to_string()]).to_be_bytes();
    let mut ten = [0; 10];
    ten[..8].copy_from_slice(&random);
    Id::new(1_480_000_000_000 + number as u64 * 1000, &ten)
}

fn contact(number: usize, added: Date, feeds: Option<&[&str]>) -> Contact {
    let n = number.to_string();
    let (first, last) = (one_of(&FIRST, &["first", &n]), one_of(&LAST, &["last", &n]));
    let handle = format!("{}{number}", last.to_lowercase());
    let feed = match feeds {
        Some(feeds) => feeds.get(number).map(|feed| (*feed).to_owned()),
        None => (number < FEEDS).then(|| format!("https://{handle}.example/feed.xml")),
    };
    let groups = 1 + dice(&["groups", &n], 2);
    Contact {
        id: id("contact", number),
        name: format!("{first} {last} {number}"),
        why: format!(
            "{first} knows more about {} than anybody I have met, and shows every step that went wrong",
            one_of(&THINGS, &["thing", &n])
        ),
        audiences: (0..groups)
            .map(|group| id("audience", dice(&["audience", &n, &group.to_string()], AUDIENCES.len())))
            .collect(),
        handles: BTreeMap::from([
            ("bluesky".to_owned(), format!("{handle}.example")),
            ("mastodon".to_owned(), format!("@{handle}@social.example")),
        ]),
        feeds: feed.into_iter().collect(),
        site: format!("https://{handle}.example/"),
        notes: format!("met at the fair of {}", 1990 + dice(&["fair", &n], 30)),
        added: Some(added),
        ..Contact::default()
    }
}

fn item(contact: &Contact, number: usize, published: Timestamp) -> Item {
    let n = number.to_string();
    let thing = one_of(&THINGS, &["item", contact.id.as_str(), &n]);
    Item {
        title: format!("How we mended {thing}, part {number}"),
        url: format!("{}{number}", contact.site),
        published: Some(published),
        feed: contact.feeds.first().cloned().unwrap_or_default(),
        summary: format!("A rainy week, and a shed full of {thing}. Here is what we learned, with pictures. ")
            .repeat(3),
        ..Item::default()
    }
}

fn make(folder: &str, today: Date, people: usize, days: i32, feeds: Option<&str>) -> Done {
    let folders = Folders::under(Path::new(folder))?;
    folders.prepare()?;
    let _lock = Lock::take(&folders.data, std::time::Duration::ZERO)?;
    let mut replica = Replica::open(&folders.data, [7; 16])?;
    let feeds: Option<Vec<&str>> = feeds.map(|text| text.lines().collect());
    let begin = today.checked_sub(days.days())?;
    let mut settings = replica.book().settings.clone();
    settings.seeds = BTreeSet::from(["figures".to_owned()]);
    let mut changes = vec![Change::Settings(settings)];
    let work = Work {
        id: id("work", 0),
        title: "The Button Ledger".to_owned(),
        genre: "historical fiction".to_owned(),
        ..Work::default()
    };
    let via = Some(work.id.clone());
    changes.push(Change::Work(work));
    changes.extend(AUDIENCES.into_iter().enumerate().map(|(number, name)| {
        let (id, slug) = (id("audience", number), goodword::domain::audience::slug(name));
        let bridge = "they will check your buttons".to_owned();
        let (name, via) = (name.to_owned(), via.clone());
        Change::Audience(Audience { id, slug, name, via, bridge, added: Some(begin), ..Audience::default() })
    }));
    let contacts: Vec<_> = (0..people).map(|number| contact(number, begin, feeds.as_deref())).collect();
    changes.extend(contacts.iter().cloned().map(Change::Contact));
    replica.commit(&changes)?;
    live(&mut replica, &contacts, begin, today)?;
    if feeds.is_none() {
        read_feeds(&mut replica, &contacts, today)?;
    }
    let book = replica.book();
    println!("{folder}: {} people, {} events, {} bytes", people, book.journal.len(), replica.bytes()?);
    Ok(())
}

/// Each day as a daemon writes it: planned, shown, and done or not, one commit each; compacted as the daemon does.
fn live(replica: &mut Replica, contacts: &[Contact], begin: Date, today: Date) -> Done {
    let person = |date: Date| contacts.get(dice(&["person", &date.to_string()], contacts.len()));
    let mut date = begin;
    while date < today {
        let ahead = date.checked_add((PLAN_DAYS as i64 - 1).days())?;
        let planned = person(ahead).map(|contact| contact.id.clone());
        replica.commit(&[Change::Plan(ahead, planned)])?;
        let Some(contact) = person(date) else { break };
        let at = date.at(9, 0, 0, 0).to_zoned(TimeZone::UTC)?.timestamp();
        let number = dice(&["shown", &date.to_string()], 1000);
        let shown = Some(item(contact, number, at)).filter(|_| !contact.feeds.is_empty());
        let text = format!(
            "{} wrote about {}, and I learned more from it than from any book: {}{number} #LivingHistory",
            contact.name,
            one_of(&THINGS, &["text", &date.to_string()]),
            contact.site
        );
        let mut steps = vec![What::Shown { item: shown.clone() }];
        match dice(&["end", &date.to_string()], 10) {
            0 => steps.push(What::Skipped),
            1 | 2 => {}
            _ => {
                steps.push(What::Opened);
                let (network, item, text) = (Some("bluesky".to_owned()), shown, Some(text));
                steps.push(What::Done { network, item, text, url: None });
            }
        }
        for (place, what) in steps.into_iter().enumerate() {
            let nonce = format!("{:012x}", stable_hash(&[&date.to_string(), &place.to_string()]) >> 16);
            let (contact, device) = (contact.id.clone(), id("device", 0));
            let at = at.checked_add((place as i64).minutes())?;
            replica.commit(&[Change::Event(Event { date, contact, device, nonce, at, what })])?;
        }
        if replica.needs_compaction() {
            replica.compact()?;
        }
        date = date.tomorrow()?;
    }
    Ok(())
}

/// The feed cache as a daemon leaves it: all read a moment ago, none due within the day.
fn read_feeds(replica: &mut Replica, contacts: &[Contact], today: Date) -> Done {
    let now = Timestamp::now();
    for contact in contacts.iter().filter(|contact| !contact.feeds.is_empty()) {
        let feed = Feed {
            url: contact.feeds.first().cloned().unwrap_or_default(),
            title: Some(format!("{} writes", contact.name)),
            etag: Some("\"1\"".to_owned()),
            fetched_at: Some(now),
            next_at: Some(now.checked_add(48.hours())?),
            ..Feed::default()
        };
        let items: Result<Vec<_>, jiff::Error> = (0..ITEMS)
            .map(|number| {
                let day = today.checked_sub((number as i64 * 9 + 1).days())?;
                Ok(item(contact, number, day.at(8, 0, 0, 0).to_zoned(TimeZone::UTC)?.timestamp()))
            })
            .collect();
        replica.store_mut().save_feed(&feed, &items?, now)?;
    }
    Ok(())
}

/// Medians in milliseconds, one a line: reading the past, planning, and saying who it is.
fn pick(folder: &str, today: Date) -> Done {
    let folders = Folders::under(Path::new(folder))?;
    let replica = Replica::open(&folders.data, [7; 16])?;
    let book = replica.book();
    let history = History::until(book, today);
    let median = |mut run: Box<dyn FnMut() + '_>| {
        let mut times: Vec<_> = (0..51)
            .map(|_| {
                let start = Instant::now();
                run();
                start.elapsed()
            })
            .collect();
        times.sort_unstable();
        times.get(25).map_or(0.0, |time| time.as_secs_f64() * 1e3)
    };
    let past = median(Box::new(|| drop(std::hint::black_box(History::until(book, today)))));
    let plan = median(Box::new(|| drop(std::hint::black_box(pick::plan_with(book, &history)))));
    let person = median(Box::new(|| drop(std::hint::black_box(pick::person_of(book, &history, today)))));
    println!("{{\"past\":{past:.3},\"plan\":{plan:.3},\"person\":{person:.3}}}");
    Ok(())
}
