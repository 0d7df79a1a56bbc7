//! Figures at our design size, for people to read: no test asserts a time.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use std::time::Instant;

use goodword::{
    document::Document,
    domain::{
        Book, Id,
        record::{Root, Write},
    },
};

fn timed<T>(what: &str, run: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = run();
    eprintln!("{what:<48} {:8.1} ms", start.elapsed().as_secs_f64() * 1e3);
    result
}

#[test]
#[ignore = "prints figures: cargo nextest run --run-ignored only --no-capture figures"]
fn figures_for_ten_thousand_people_and_ten_years() {
    let changes = support::big(10_000, 3_650);
    let (people, days) = changes.split_at(10_000);
    let mut book = Book::default();
    let writes: Vec<Vec<Write>> = timed("diff and apply to a book", || {
        let each = changes.iter().map(|change| {
            let writes = change.writes(&book);
            writes.iter().for_each(|write| book.read(write));
            writes
        });
        each.collect()
    });
    let mut document = Document::new([1; 16]).unwrap();
    timed("commit all people at once", || document.commit(&writes[..people.len()].concat()).unwrap());
    timed("commit each event by itself", || {
        for writes in &writes[people.len()..people.len() + days.len()] {
            document.commit(writes).unwrap();
        }
    });
    let one = |n: u8| Write::Field {
        root: Root::Contacts,
        id: Id::from("0190a1b2-0000-7000-8000-000000005000"),
        field: "why".into(),
        value: Some(format!("because {n}").as_str().into()),
    };
    timed("commit one field", || document.commit(&[one(1)]).unwrap());
    let copy = timed("clone", || document.clone());
    let small = timed("save, uncompressed", || document.save_uncompressed());
    let packed = timed("save, compressed", || document.save());
    eprintln!("{} bytes, {} uncompressed", packed.len(), small.len());
    timed("weigh", || goodword::document::limits::check(&packed).unwrap());
    let loaded = timed("load, compressed", || Document::load([packed.as_slice()], [2; 16]).unwrap());
    timed("load, uncompressed", || Document::load([small.as_slice()], [2; 16]).unwrap());
    let read = timed("read the book", || loaded.book());
    timed("clone the book", || read.clone());
    let mut other = copy;
    other.set_actor([3; 16]);
    let change = other.commit(&[one(2)]).unwrap().unwrap();
    timed("receive one change", || document.receive(&change).unwrap());
    timed("receive a whole copy", || document.receive(&packed).unwrap());
}
