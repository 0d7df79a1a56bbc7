//! Mastodon's counting: a link is 23 characters, `@user@host` only `@user`.
//!
//! (Mastodon, user/posting; the rule is that of its length validator)

use super::link::{Scheme, links};

/// A text as Mastodon counts it.
pub fn counted(text: &str) -> String {
    let mut counted = String::with_capacity(text.len());
    let mut from = 0;
    for link in links(text, Scheme::Needed) {
        without_hosts(&text[from..link.start], &mut counted);
        counted.push_str("xxxxxxxxxxxxxxxxxxxxxxx");
        from = link.end;
    }
    without_hosts(&text[from..], &mut counted);
    counted
}

/// Copies a text and leaves out the host of every `@user@host`.
fn without_hosts(text: &str, counted: &mut String) {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    let mut rest = text;
    let mut before = None;
    while let Some(at) = rest.find('@') {
        counted.push_str(&rest[..at]);
        before = rest[..at].chars().next_back().or(before);
        let user = &rest[at + 1..];
        let user =
            &user[..user.find(|c: char| !(c.is_ascii_alphanumeric() || "_.-".contains(c))).unwrap_or(user.len())];
        let after = &rest[at + 1 + user.len()..];
        let is_user = user.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
            && user.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
            && !before.is_some_and(|c| word(c) || c == '/' || c == '=');
        counted.push('@');
        counted.push_str(user);
        rest = after;
        before = user.chars().next_back().or(Some('@'));
        if let (true, Some(host)) = (is_user, after.strip_prefix('@')) {
            let run = &host[..host.find(|c: char| !(word(c) || c == '.' || c == '-')).unwrap_or(host.len())];
            let host_end = run.trim_end_matches(['.', '-']).len();
            if host_end > 0 {
                rest = &host[host_end..];
                before = Some('h');
            }
        }
    }
    counted.push_str(rest);
}
