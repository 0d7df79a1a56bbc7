//! Somebody who was found: what is known of them, and how they are told apart.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use url::Url;

use crate::{
    domain::{Item, id::stable_hash},
    social::{Profile, ask::host_of, bluesky, person::Person, site::Recommended},
};

/// Somebody who may be cool.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// Short, and the same wherever this person is found again.
    pub id: String,
    pub name: String,
    pub about: String,
    /// Where to look at them.
    pub url: String,
    /// Network to handle.
    pub handles: BTreeMap<String, String>,
    pub site: String,
    pub feeds: Vec<String>,
    pub latest: Option<Item>,
    pub reasons: Vec<String>,
    pub weight: i64,
    /// How often the author was shown this person.
    pub shown: u32,
    /// Where their posts can be asked for: an instance and their id on it, or nothing and a DID.
    pub(super) posts: Option<(Option<String>, String)>,
}

impl Candidate {
    /// What tells people apart.
    #[must_use]
    pub fn key(network: &str, handle: &str) -> String {
        format!("{network}/{}", handle.to_lowercase())
    }

    /// What a look-up of this person begins with.
    #[must_use]
    pub fn address(&self) -> String {
        let handle = |network: &str| self.handles.get(network).cloned();
        let marked = handle("bluesky")
            .map(|handle| if bluesky::is_did(&handle) { self.url.clone() } else { format!("@{handle}") });
        handle("mastodon").or(marked).unwrap_or_else(|| self.url.clone())
    }

    pub(super) fn of(profile: &Profile, instance: Option<&Url>) -> Candidate {
        let posts = match profile.network.as_str() {
            "mastodon" => instance.map(|instance| (Some(instance.to_string()), profile.id.clone())),
            _ => Some((None, profile.id.clone())),
        };
        let key = Candidate::key(&profile.network, &profile.handle);
        Candidate {
            id: short(&key),
            name: profile.name.clone(),
            about: profile.about.clone(),
            url: profile.url.clone(),
            handles: [(profile.network.clone(), profile.handle.clone())].into(),
            // Nobody needs our good word less than who has everybody's ear.
            weight: if profile.followers > 50_000 { -10 } else { 0 },
            posts,
            ..Candidate::default()
        }
    }

    pub(super) fn of_site(entry: &Recommended) -> Option<Candidate> {
        let url = entry.page.as_ref().or(entry.feed.as_ref())?;
        let name = if entry.name.is_empty() { host_of(url) } else { entry.name.clone() };
        Some(Candidate {
            id: short(&Candidate::key("site", url.as_str())),
            name,
            url: url.to_string(),
            site: entry.page.as_ref().map(Url::to_string).unwrap_or_default(),
            feeds: entry.feed.iter().map(Url::to_string).collect(),
            ..Candidate::default()
        })
    }

    pub(super) fn of_person(found: Person) -> Candidate {
        let first = found.handles.first().map(|handle| handle.url.clone());
        let url = if found.site.is_empty() { first.unwrap_or_default() } else { found.site.clone() };
        let key = match found.handles.first() {
            Some(known) => Candidate::key(&known.network, &known.handle),
            None => Candidate::key("site", &url),
        };
        Candidate {
            id: short(&key),
            name: found.name,
            about: found.about,
            url,
            handles: found.handles.into_iter().map(|known| (known.network, known.handle)).collect(),
            site: found.site,
            feeds: found.feeds,
            latest: found.latest.into_iter().next(),
            ..Candidate::default()
        }
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = String> {
        let handles = self.handles.iter().map(|(network, handle)| Candidate::key(network, handle));
        let sites = [&self.site].into_iter().chain(&self.feeds).filter(|url| !url.is_empty());
        handles.chain(sites.map(|url| Candidate::key("site", url)))
    }
}

fn short(key: &str) -> String {
    format!("{:08x}", stable_hash(&["candidate", key]) >> 32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_candidate_is_looked_up_by_what_is_most_theirs() {
        let with = |network: &str, handle: &str| Candidate {
            handles: [(network.to_owned(), handle.to_owned())].into(),
            url: "https://page.example/".to_owned(),
            ..Candidate::default()
        };
        assert_eq!(with("mastodon", "@a@b.example").address(), "@a@b.example");
        assert_eq!(with("bluesky", "a.example").address(), "@a.example");
        assert_eq!(with("bluesky", "did:plc:abc").address(), "https://page.example/");
        assert_eq!(
            Candidate { url: "https://a.example/".to_owned(), ..Candidate::default() }.address(),
            "https://a.example/"
        );
    }
}
