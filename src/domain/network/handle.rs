//! Handles: how a network writes a mention of a person, if their handle is one that would work there.

use super::{Mention, Network};
use crate::domain::Contact;

impl Network {
    /// The address of a contact's profile on an open network; none where the handle would not work there.
    #[must_use]
    pub fn profile(self, contact: &Contact) -> Option<String> {
        match self {
            Network::Bluesky => {
                let mention = self.mention(contact)?;
                Some(format!("https://bsky.app/profile/{}", mention.trim_start_matches('@')))
            }
            Network::Mastodon => {
                let (user, host) = contact.handles.get(self.as_str())?.trim_start_matches('@').split_once('@')?;
                let url = url::Url::parse(&format!("https://{host}/@{user}")).ok()?;
                // Nothing in a handle may lead elsewhere than to the person.
                let is_theirs = url.path() == format!("/@{user}") && !user.contains('/') && url.username().is_empty();
                is_theirs.then(|| url.into())
            }
            _ => None,
        }
    }

    /// The contact's mention as this network writes it; none where the network has no mentions, or the handle
    /// is not one that would work there.
    #[must_use]
    pub fn mention(self, contact: &Contact) -> Option<String> {
        let handle = contact.handles.get(self.as_str())?.trim();
        let ascii = |c: char, more: &str| c.is_ascii_alphanumeric() || more.contains(c);
        // People paste the address of a profile as often as the handle.
        let mut parts = handle.trim_end_matches('/').rsplit('/');
        let last = parts.next()?.trim_start_matches('@');
        let host = parts.next().filter(|host| host.contains('.'));
        match self.rules().mention {
            Mention::None => None,
            Mention::Domain => {
                let labels: Vec<_> = last.split('.').collect();
                let label_fits = |label: &&str| {
                    (1..=63).contains(&label.len())
                        && label.chars().all(|c| ascii(c, "-"))
                        && !label.starts_with('-')
                        && !label.ends_with('-')
                };
                let letters = labels.last()?.starts_with(|c: char| c.is_ascii_alphabetic());
                (labels.len() > 1 && last.len() <= 253 && letters && labels.iter().all(label_fits))
                    .then(|| format!("@{last}"))
            }
            Mention::Account => {
                let (user, host) = last.split_once('@').or(host.map(|host| (last, host)))?;
                let user_fits = (1..=64).contains(&user.len())
                    && user.chars().all(|c| ascii(c, "_.-"))
                    && !user.starts_with(['.', '-'])
                    && !user.ends_with(['.', '-']);
                let host_fits = (3..=253).contains(&host.len())
                    && host.contains('.')
                    && host.chars().all(|c| ascii(c, ".-"))
                    && host.starts_with(|c: char| c.is_ascii_alphanumeric())
                    && host.ends_with(|c: char| c.is_ascii_alphanumeric())
                    && !host.contains("..");
                (user_fits && host_fits).then(|| format!("@{user}@{host}"))
            }
            Mention::Name { most, dots } => {
                let more = if dots { "_." } else { "_" };
                let fits = (1..=most).contains(&last.len())
                    && last.chars().all(|c| ascii(c, more))
                    && !last.ends_with('.')
                    && !last.starts_with('.');
                fits.then(|| format!("@{last}"))
            }
        }
    }
}
