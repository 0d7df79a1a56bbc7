//! `work`: what the author writes.

use jiff::Timestamp;

use super::{Home, names};
use crate::{
    api::{Answer, Error, Request, WorkForm, WorkRow},
    domain::{
        Book, Change, Work,
        typed::{MAX_NAME, one_line, web_address},
    },
};

pub fn dispatch(home: &mut Home, now: Timestamp, request: Request) -> Result<Answer, Error> {
    match request {
        Request::WorkAdd(form) => {
            let added = Some(home.clock(now).date());
            save(home, Work { id: home.new_id(now), added, ..Work::default() }, form)
        }
        Request::WorkEdit { name, form } => {
            let work = names::work(home.book(), &name)?.clone();
            save(home, work, form)
        }
        Request::WorkRemove { name } => {
            let mut work = names::work(home.book(), &name)?.clone();
            work.removed = Some(home.clock(now).date());
            home.commit(&[Change::Work(work)])?;
            Ok(list(home))
        }
        Request::WorkList => Ok(list(home)),
        _ => Err(Error::usage("this is not about works")),
    }
}

fn save(home: &mut Home, mut work: Work, form: WorkForm) -> Result<Answer, Error> {
    if let Some(title) = form.title {
        work.title = one_line("title", &title, MAX_NAME)?;
    }
    if work.title.is_empty() {
        return Err(Error::usage("a work needs a title"));
    }
    if let Some(genre) = form.genre {
        work.genre = one_line("genre", &genre, MAX_NAME)?;
    }
    if let Some(about) = form.about {
        work.about = one_line("about", &about, 500)?;
    }
    if let Some(blurb) = form.blurb {
        work.blurb = one_line("blurb", &blurb, 2_000)?;
    }
    if let Some(link) = form.link {
        work.link = if link.trim().is_empty() { String::new() } else { web_address("link", &link)? };
    }
    home.commit(&[Change::Work(work)])?;
    Ok(list(home))
}

fn list(home: &Home) -> Answer {
    Answer::Works(rows(home.book()))
}

/// All works as answers show them.
pub(super) fn rows(book: &Book) -> Vec<WorkRow> {
    let works = book.works.values().filter(|work| work.removed.is_none()).cloned();
    let row = |work: Work| {
        let Work { id, title, genre, about, blurb, link, .. } = work;
        WorkRow { id: id.to_string(), title, genre, about, blurb, link }
    };
    works.map(row).collect()
}
