//! `discover`: a handful of people for an audience, from what anybody can see; who is kept, and who is not for this
//! author.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use url::Url;

use super::{Home, contact, names};
use crate::{
    api::{Answer, CandidateRow, ContactForm, Discovery, Error, ErrorKind, Next, Request},
    daemon::{errand::Errand, person::in_words},
    domain::{Audience, Book, Change, Contact, book::shared_mark, refusal},
    social::{
        LookupError,
        address::address,
        discover::{Candidate, Gathered, HANDFUL, Recommender, Wish},
    },
};

/// How long a search counts as done: then the same question only turns to the next handful.
const SEARCH_HOLDS: SignedDuration = SignedDuration::from_hours(12);
/// Contacts who are asked whom they recommend, each search others.
const RECOMMENDERS: usize = 3;

/// The key of a search begins so, in the store.
const KEY: &str = "candidates ";

pub fn dispatch(home: &mut Home, now: Timestamp, request: Request) -> Result<Answer, Error> {
    match request {
        Request::Discover { audience, from, still } => show(home, now, audience.as_deref(), from.as_deref(), &still),
        Request::DiscoverKeep { id, why, audience } => keep(home, now, &id, why, audience),
        Request::DiscoverDrop { ids } => drop_them(home, now, &ids),
        _ => Err(Error::usage("this is not about discovering people")),
    }
}

/// The audience that is meant: the named one, or the one with the fewest people.
fn meant<'a>(home: &'a Home, now: Timestamp, audience: Option<&str>) -> Result<&'a Audience, Error> {
    let book = home.book();
    if let Some(name) = audience {
        return names::audience(book, name);
    }
    let crowds = super::audience::crowds(home, now);
    let people = |audience: &Audience| crowds.get(&audience.id).map_or(0, |crowd| crowd.people);
    book.kept_audiences().min_by_key(|audience| (people(audience), &audience.id)).ok_or_else(|| {
        Error::new(ErrorKind::Nothing, "there is no audience to look for people in").hint(Next::FirstAudience)
    })
}

impl Home {
    /// Looks for people, unless that was done lately and some of them wait to be decided on, or a handful still is.
    pub(in crate::daemon) fn search_errand(
        &self,
        now: Timestamp,
        audience: Option<&str>,
        from: Option<&str>,
        still: &[String],
    ) -> Option<Errand> {
        let (key, wish) = self.wish(now, audience, from).ok()?;
        let row = self.replica.store().lookup(&key, now).ok().flatten();
        let lately = row.is_some_and(|row| now.duration_since(row.at).abs() < SEARCH_HOLDS);
        let known: Gathered = self.kept(now, &key).unwrap_or_default();
        let mut open = known.candidates.iter().filter(|candidate| is_open(self.book(), candidate));
        if open.any(|candidate| (lately && known.troubles.is_empty()) || still.contains(&candidate.id)) {
            return None;
        }
        Some(Errand::Candidates { client: self.social().ok()?, key, wish: Box::new(wish) })
    }

    /// A candidate by id, with the name of the audience they were found for.
    pub(in crate::daemon) fn candidate(&self, now: Timestamp, id: &str) -> Option<(String, Candidate)> {
        let rows = self.replica.store().lookups(now).ok()?;
        rows.into_iter().filter(|row| row.key.starts_with(KEY)).find_map(|row| {
            let gathered: Gathered = serde_json::from_str(&row.said).ok()?;
            let found = gathered.candidates.into_iter().find(|candidate| candidate.id == id)?;
            let name = row.key.strip_prefix(KEY)?.split_once('\n').map(|(audience, _)| audience.to_owned())?;
            Some((name, found))
        })
    }

    fn wish(&self, now: Timestamp, audience: Option<&str>, from: Option<&str>) -> Result<(String, Wish), Error> {
        let book = self.book();
        let audience = match (audience, from) {
            (None, Some(_)) => None,
            (audience, _) => Some(meant(self, now, audience)?),
        };
        let name = audience.map(|audience| audience.name.clone()).unwrap_or_default();
        let key = format!("{KEY}{name}\n{}", from.unwrap_or_default().trim());
        let from = match from {
            Some(from) => Some(address(from).ok_or_else(|| in_words(&LookupError::NoAddress(from.to_owned()), from))?),
            None => None,
        };
        let mut hashtags: Vec<String> =
            audience.iter().flat_map(|audience| audience.hashtags.iter().cloned()).collect();
        if hashtags.is_empty() && !name.is_empty() {
            hashtags.push(camel(&name));
        }
        let networks = &book.settings.networks;
        let speaks = |network: &str| networks.is_empty() || networks.iter().any(|mine| mine == network);
        let wish = Wish {
            audience: name,
            hashtags,
            instance: self.instance().filter(|_| speaks("mastodon")),
            bluesky: speaks("bluesky"),
            recommenders: audience.map(|audience| self.recommenders(now, audience)).unwrap_or_default(),
            from,
            skip: skipped(book),
        };
        Ok((key, wish))
    }

    /// Contacts of an audience who may recommend others; each day others come first.
    fn recommenders(&self, now: Timestamp, audience: &Audience) -> Vec<Recommender> {
        let book = self.book();
        let people =
            book.people().filter(|contact| !contact.never && super::audience::is_in(book, contact, &audience.id));
        let recommender = |contact: &Contact| {
            let site = Url::parse(&contact.site).ok();
            let bluesky = contact.handles.get("bluesky").cloned();
            (site.is_some() || bluesky.is_some()).then(|| Recommender { name: contact.name.clone(), site, bluesky })
        };
        let mut found: Vec<_> = people.filter_map(recommender).collect();
        let day = self.clock(now).date().to_string();
        found.sort_by_cached_key(|one| crate::domain::id::stable_hash(&[&day, &one.name]));
        found.truncate(RECOMMENDERS);
        found
    }
}

/// Everybody who is not to be looked at: in the book, refused, or never.
fn skipped(book: &Book) -> BTreeSet<String> {
    let contacts = book.contacts.values().filter(|contact| contact.removed.is_none() || contact.never);
    let handles = contacts.flat_map(|contact| {
        let handles = contact.handles.iter().map(|(network, handle)| Candidate::key(network, handle));
        let sites = contact.feeds.iter().chain([&contact.site]).filter(|url| !url.is_empty());
        handles.chain(sites.map(|url| Candidate::key("site", url))).collect::<Vec<_>>()
    });
    let refused = book.refusals.iter().filter_map(|key| key.strip_prefix("contact/")).map(|key| {
        let url = key.strip_prefix("feed/").or_else(|| key.strip_prefix("site/"));
        url.map_or_else(|| key.to_lowercase(), |url| Candidate::key("site", url))
    });
    handles.chain(refused).collect()
}

/// What a candidate would be as a contact.
fn as_contact(candidate: &Candidate) -> Contact {
    Contact {
        name: candidate.name.clone(),
        handles: candidate.handles.clone(),
        feeds: candidate.feeds.iter().cloned().collect(),
        site: candidate.site.clone(),
        ..Contact::default()
    }
}

/// The author has neither kept nor refused this person.
fn is_open(book: &Book, candidate: &Candidate) -> bool {
    let contact = as_contact(candidate);
    let is_same_site = |other: &Contact| !contact.site.is_empty() && other.site == contact.site;
    !refusal::is_refused(book, &contact)
        && !book.people().any(|other| shared_mark(&contact, other).is_some() || is_same_site(other))
}

fn show(
    home: &mut Home,
    now: Timestamp,
    audience: Option<&str>,
    from: Option<&str>,
    still: &[String],
) -> Result<Answer, Error> {
    let (key, wish) = home.wish(now, audience, from)?;
    let mut found: Gathered = home.kept(now, &key).unwrap_or_default();
    let book = home.book();
    let mut open: Vec<&mut Candidate> = found.candidates.iter_mut().filter(|c| is_open(book, c)).collect();
    let place = |candidate: &Candidate| still.iter().position(|id| *id == candidate.id).unwrap_or(usize::MAX);
    let left = open.iter().filter(|candidate| place(candidate) < usize::MAX).count();
    let is_new_look = left == 0;
    // Who was not seen yet comes first, behind those who are still looked at.
    open.sort_by_key(|candidate| (place(candidate), candidate.shown, std::cmp::Reverse(candidate.weight)));
    let handful = if is_new_look { HANDFUL } else { left };
    let more = open.len().saturating_sub(handful);
    let rows: Vec<_> = open
        .into_iter()
        .take(handful)
        .map(|candidate| {
            candidate.shown += u32::from(is_new_look);
            row(candidate)
        })
        .collect();
    if rows.is_empty() {
        return Err(nobody(&found, &wish));
    }
    let mut remarks = found.troubles.clone();
    if found.offline {
        remarks.push("These are from an earlier search.".to_owned());
    }
    // Shown again is no new search: when it was made stays.
    if is_new_look && let Ok(Some(row)) = home.replica.store().lookup(&key, now) {
        let holds = row.until.duration_since(row.at);
        home.keep_as(row.at, key, holds, &found);
    }
    Ok(Answer::Discovery(Discovery { audience: wish.audience, candidates: rows, more, remarks }))
}

/// Why there is nobody, and what to do next.
fn nobody(found: &Gathered, wish: &Wish) -> Error {
    if let Some(trouble) = found.troubles.first() {
        return Error::failed(trouble.clone()).hint("nothing was changed");
    }
    let hint = match wish {
        Wish { from: Some(_), .. } => Next::from("another address may have more people"),
        Wish { instance: None, .. } => Next::OwnServer,
        _ => Next::Hashtags,
    };
    Error::new(
        ErrorKind::Nothing,
        format!("nobody new was found for {}", if wish.audience.is_empty() { "you there" } else { &wish.audience }),
    )
    .hint(hint)
}

fn row(candidate: &Candidate) -> CandidateRow {
    CandidateRow {
        id: candidate.id.clone(),
        name: candidate.name.clone(),
        about: candidate.about.clone(),
        url: candidate.url.clone(),
        handles: candidate.handles.clone(),
        site: candidate.site.clone(),
        feeds: candidate.feeds.clone(),
        latest: candidate.latest.clone().map(super::item_row),
        reasons: candidate.reasons.clone(),
    }
}

fn known(home: &Home, now: Timestamp, id: &str) -> Result<(String, Candidate), Error> {
    home.candidate(now, id.trim().trim_matches(['[', ']'])).ok_or_else(|| {
        Error::new(ErrorKind::NotFound, format!("nobody with the id {id} was discovered on this laptop lately"))
            .hint(Next::LookAgain)
    })
}

fn keep(home: &mut Home, now: Timestamp, id: &str, why: String, audience: Option<String>) -> Result<Answer, Error> {
    let (found_for, candidate) = known(home, now, id)?;
    let audiences = audience.or(Some(found_for).filter(|name| !name.is_empty())).into_iter().collect();
    let form = ContactForm { why: Some(why), audiences, ..ContactForm::default() };
    // What the search knows is enough where they cannot be looked up now.
    let form = match home.person_at(now, &candidate.address()) {
        Ok(_) => ContactForm { address: Some(candidate.address()), ..form },
        Err(_) => {
            let name = Some(candidate.name).filter(|name| !name.is_empty());
            let site = Some(candidate.site).filter(|site| !site.is_empty());
            ContactForm { name, handles: candidate.handles, feeds: candidate.feeds, site, ..form }
        }
    };
    contact::add(home, now, form)
}

fn drop_them(home: &mut Home, now: Timestamp, ids: &[String]) -> Result<Answer, Error> {
    let found: Vec<_> = ids.iter().map(|id| known(home, now, id)).collect::<Result<_, _>>()?;
    let people: Vec<Contact> = found.iter().map(|(_, candidate)| as_contact(candidate)).collect();
    let changes: Vec<Change> = people.iter().flat_map(refusal::refuse).collect();
    home.commit(&changes)?;
    let names: Vec<_> = people.iter().map(|contact| contact.name.as_str()).collect();
    Ok(home.said(format!("Not for you: {}. Nobody suggests them again, on any of your laptops.", names.join(", "))))
}

/// A hashtag of a name, each word with a capital.
fn camel(name: &str) -> String {
    let words = name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words
        .map(|word| {
            let mut chars = word.chars();
            chars.next().map(|first| first.to_uppercase().chain(chars).collect::<String>()).unwrap_or_default()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::platform::Folders;

    const AT: &str = "https://maria.example/";

    /// A home that knows seven people of one search, in which something did not answer.
    fn home(folder: &std::path::Path, now: Timestamp) -> Home {
        let mut home = Home::open(&Folders::under(folder).unwrap(), Duration::from_secs(5)).unwrap();
        let person = |n: i64| {
            serde_json::json!({
                "id": format!("p{n}"), "name": format!("Person {n}"), "about": "", "url": "", "site": "", "feeds": [],
                "handles": {"mastodon": format!("@p{n}@a.example")}, "latest": null, "reasons": [], "weight": 9 - n,
                "shown": 0, "posts": null,
            })
        };
        let found = serde_json::json!({
            "candidates": (0..7).map(person).collect::<Vec<_>>(), "troubles": ["b.example did not answer"],
            "offline": false,
        });
        let found: Gathered = serde_json::from_value(found).unwrap();
        home.keep_as(now, format!("{KEY}\n{AT}"), SEARCH_HOLDS, &found);
        home
    }

    fn look(home: &mut Home, now: Timestamp, still: &[String]) -> Vec<String> {
        let request = Request::Discover { audience: None, from: Some(AT.to_owned()), still: still.to_vec() };
        match dispatch(home, now, request) {
            Ok(Answer::Discovery(found)) => found.candidates.into_iter().map(|candidate| candidate.id).collect(),
            other => panic!("nobody: {other:?}"),
        }
    }

    #[test]
    fn who_is_left_of_a_handful_is_shown_again_and_goes_behind_nobody() {
        let folder = tempfile::tempdir().unwrap();
        let now = Timestamp::UNIX_EPOCH;
        let mut home = home(folder.path(), now);
        let first = look(&mut home, now, &[]);
        assert_eq!(first, ["p0", "p1", "p2", "p3", "p4"]);
        dispatch(&mut home, now, Request::DiscoverDrop { ids: vec!["p1".to_owned()] }).unwrap();
        for _ in 0..2 {
            assert_eq!(look(&mut home, now, &first), ["p0", "p2", "p3", "p4"]);
        }
        assert!(home.search_errand(now, None, Some(AT), &first).is_none(), "nobody is asked for those who are known");
        // Others, when they are asked for: each was shown once so far, or never.
        assert_eq!(look(&mut home, now, &[]), ["p5", "p6", "p0", "p2", "p3"]);
        let gone = ["p1".to_owned()];
        assert_eq!(look(&mut home, now, &gone)[0], "p4", "where nobody is left, others come");
    }

    #[test]
    fn a_name_becomes_the_hashtag_that_people_would_write() {
        assert_eq!(camel("Civil War re-enactors"), "CivilWarReEnactors");
        assert_eq!(camel("élan 1863"), "Élan1863");
        assert_eq!(camel("!"), "");
    }
}
