//! Refusals: what the author does not want to be offered, each under a key of the book's `refusals`.
//!
//! `audience/SLUG` is a suggestion that was dropped. `contact/NETWORK/HANDLE`, `contact/feed/URL`, `contact/email/ADDRESS`
//! and `contact/site/URL` are people who are not for this author: dropped candidates, and those they block or mute
//! elsewhere. Such a person is never suggested; by hand the author may still add them.

use super::{Book, Change, Contact, book::marks};

/// The key of an audience that was dropped.
#[must_use]
pub fn audience(slug: &str) -> String {
    format!("audience/{slug}")
}

/// The slugs of the audiences that were dropped.
pub fn audiences(book: &Book) -> impl Iterator<Item = &str> {
    book.refusals.iter().filter_map(|key| key.strip_prefix("audience/"))
}

/// The keys of a person: one for each thing by which they would be known again.
pub fn person(contact: &Contact) -> impl Iterator<Item = String> {
    let site = (!contact.site.is_empty()).then(|| ("site", contact.site.clone()));
    marks(contact).into_iter().chain(site).map(|(kind, value)| format!("contact/{kind}/{value}"))
}

/// What writes "not for me" about a person in the book.
pub fn refuse(contact: &Contact) -> impl Iterator<Item = Change> {
    person(contact).map(|key| Change::Refusal(key, true))
}

/// Whether the author said "not for me", or "never", about this person under anything that is known of them.
#[must_use]
pub fn is_refused(book: &Book, candidate: &Contact) -> bool {
    let never = |contact: &&Contact| contact.never && super::book::shared_mark(contact, candidate).is_some();
    person(candidate).any(|key| book.refusals.contains(&key)) || book.contacts.values().any(|contact| never(&contact))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn maria() -> Contact {
        Contact {
            handles: [("mastodon".to_owned(), "@Maria@sewing.example".to_owned())].into(),
            site: "https://sewing.example/".to_owned(),
            ..Contact::default()
        }
    }

    #[test]
    fn a_person_who_was_refused_is_known_again_by_any_of_their_marks() {
        let mut book = Book::default();
        assert!(!is_refused(&book, &maria()));
        refuse(&maria()).for_each(|change| book.apply(&change));
        assert!(is_refused(&book, &Contact { site: String::new(), ..maria() }));
        assert!(is_refused(&book, &Contact { handles: [].into(), ..maria() }));
        assert!(!is_refused(&book, &Contact { name: "Maria".to_owned(), ..Contact::default() }));
    }

    #[test]
    fn never_refuses_also_after_the_person_was_removed() {
        let gone = Contact { id: "a".into(), never: true, removed: Some(jiff::civil::date(2026, 1, 1)), ..maria() };
        let mut book = Book::default();
        book.apply(&Change::Contact(gone));
        assert!(is_refused(&book, &maria()));
    }
}
