//! `feeds`: what they publish, and how well it can be read.

use std::collections::HashMap;

use super::{Home, names};
use crate::{
    api::{Answer, Error, ErrorKind, FeedRow, Next},
    domain::{Contact, bond::OPEN, network::Network},
};

/// They and the author are on a network that tells anybody who did what.
fn can_be_looked_up(home: &Home, contact: &Contact) -> bool {
    let both = |network: Network| {
        home.book().settings.handle_on(network).is_some() && contact.handles.contains_key(network.as_str())
    };
    OPEN.iter().any(|(network, _)| both(*network))
}

/// The health of everybody's feeds, or of one contact's.
pub fn dispatch(home: &Home, name: Option<&str>) -> Result<Answer, Error> {
    let book = home.book();
    let contacts: Vec<&Contact> = match name {
        Some(name) => vec![names::contact(book, name)?],
        None => book.people().collect(),
    };
    let mut owners: HashMap<&str, Vec<String>> = HashMap::new();
    for contact in &contacts {
        for url in &contact.feeds {
            owners.entry(url).or_default().push(contact.name.clone());
        }
    }
    if let (Some(_), [contact], true) = (name, contacts.as_slice(), owners.is_empty()) {
        let who = &contact.name;
        if can_be_looked_up(home, contact) {
            return Ok(home.said(format!("{who} has no feed. What anybody can see between you was looked up.")));
        }
        let error = Error::new(ErrorKind::Nothing, format!("{who} has no feed"));
        return Err(error.hint(Next::AddFeed((*contact).into())));
    }
    let counts = home.replica.store().item_counts().unwrap_or_default();
    let row = |cached: crate::store::Feed| FeedRow {
        contacts: owners.remove(cached.url.as_str()).unwrap_or_default(),
        items: counts.get(&cached.url).copied().unwrap_or_default(),
        url: cached.url,
        title: cached.title.unwrap_or_default(),
        last_fetched: cached.fetched_at,
        next: cached.next_at,
        failures: cached.failures,
        error: cached.error,
    };
    Ok(Answer::Feeds(home.cached(contacts).into_iter().map(row).collect()))
}
