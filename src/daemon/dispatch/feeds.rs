//! `feeds`: what they publish, and how well it can be read.

use std::collections::BTreeMap;

use super::{Home, names};
use crate::api::{Answer, Error, FeedRow};

/// The health of everybody's feeds, or of one contact's.
pub fn dispatch(home: &Home, name: Option<&str>) -> Result<Answer, Error> {
    let book = home.book();
    let only = name.map(|name| names::contact(book, name)).transpose()?.map(|contact| contact.id.clone());
    let mut owners: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for contact in book.people().filter(|contact| only.as_ref().is_none_or(|id| *id == contact.id)) {
        for url in &contact.feeds {
            owners.entry(url).or_default().push(contact.name.clone());
        }
    }
    if let (Some(name), true) = (name, owners.is_empty()) {
        return Err(Error::new(crate::api::ErrorKind::Nothing, format!("{name} has no feed"))
            .hint(format!("goodword contact edit \"{name}\" --feed URL adds one")));
    }
    let rows = owners.into_iter().map(|(url, contacts)| {
        let cached = home.feed(url);
        FeedRow {
            url: url.to_owned(),
            title: cached.title.unwrap_or_default(),
            contacts,
            items: home.replica.store().items_of(&[url]).map_or(0, |items| items.len()),
            last_fetched: cached.fetched_at,
            next: cached.next_at,
            failures: cached.failures,
            error: cached.error,
        }
    });
    Ok(Answer::Feeds(rows.collect()))
}
