//! 10,000 people from a table, in an empty book and on disk: `cargo bench --bench import`. The aim is 3 s at most.
//! `people FILE` writes the table instead, to be timed with the program itself.
#![allow(clippy::print_stdout, reason = "a bench prints its figures")]

use std::{error::Error, time::Instant};

use goodword::{api::ImportFormat, domain::Id, import, replica::Replica};
use jiff::civil::date;

const PEOPLE: usize = 10_000;
const AUDIENCES: [&str; 6] =
    ["Costume makers", "History teachers", "Button collectors", "Museum volunteers", "Quilters", "Local archives"];

/// Everything that is usually known of somebody.
fn table() -> String {
    let mut table = "name,why,audiences,mastodon,bluesky,site,feeds,email,notes\n".to_owned();
    for number in 0..PEOPLE {
        let (one, other) = (AUDIENCES[number % 6], AUDIENCES[(number / 6) % 6]);
        table.push_str(&format!(
            "Person {number},Sews coat {number} by hand and shows every step,{one}; {other},\
             @p{number}@host{}.example,p{number}.example,https://p{number}.example/,https://p{number}.example/feed.xml,\
             p{number}@mail.example,\"met at the fair, {}\"\n",
            number % 400,
            1990 + number % 30,
        ));
    }
    table
}

fn main() -> Result<(), Box<dyn Error>> {
    // `cargo bench` adds a word of its own.
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    if let [word, file] = words.as_slice()
        && word == "people"
    {
        return Ok(std::fs::write(file, table())?);
    }
    let table = table();
    let folder = tempfile::tempdir()?;
    let mut replica = Replica::open(folder.path(), [7; 16])?;
    let mut ids = 0_u64;
    let mut new_id = || {
        ids += 1;
        Id::new(1_700_000_000_000 + ids, &[0; 10])
    };
    for what in ["first", "again"] {
        let started = Instant::now();
        let sheet = import::read(table.as_bytes(), "people.csv", Some(ImportFormat::Csv))?;
        let read = started.elapsed();
        let plan = import::plan(replica.book(), sheet, None, date(2026, 11, 28), &mut new_id)?;
        let planned = started.elapsed() - read;
        replica.commit(&plan.changes)?;
        let whole = started.elapsed();
        let added = plan.report.added;
        println!(
            "{what}: {added} of {PEOPLE} people added in {whole:?} (read {read:?}, held against the book {planned:?})"
        );
    }
    Ok(())
}
