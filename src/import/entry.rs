//! One entry of a file: what it says of somebody, made whole. What cannot be is remembered, and the rest is kept.

use std::collections::BTreeSet;

use crate::domain::{
    Contact,
    network::profile,
    typed::{self, MAX_NAME, MAX_TEXT, Wrong, bounded, one_line, web_address},
};

/// What the author wants of the person in an entry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wish {
    #[default]
    Meet,
    /// Left in peace.
    Mute,
    Block,
}

/// Somebody in a file.
#[derive(Clone, Debug, Default)]
pub struct Entry {
    /// Where it begins, counted from 1.
    pub line: usize,
    /// Without an id and without audiences.
    pub contact: Contact,
    /// By name, each slug once.
    pub audiences: Vec<String>,
    pub wish: Wish,
    problems: Vec<String>,
}

impl Entry {
    pub fn at(line: usize) -> Entry {
        Entry { line, ..Entry::default() }
    }

    /// The same, with what the author wants of them.
    pub fn wishing(self, wish: Wish) -> Entry {
        Entry { wish, ..self }
    }

    /// What could not be made whole.
    pub fn problems(&self) -> impl Iterator<Item = String> {
        self.problems.iter().cloned()
    }

    /// Takes a value, or remembers why not.
    fn made<T>(&mut self, made: Result<T, Wrong>) -> Option<T> {
        made.map_err(|wrong| self.problems.push(wrong.message)).ok()
    }

    /// Remembers what is wrong, in other words than those of a value.
    pub fn complain(&mut self, message: impl Into<String>) {
        self.problems.push(message.into());
    }

    /// The text, unless it has characters that were lost on its way to us.
    fn legible<'a>(&mut self, field: &str, text: &'a str) -> Option<&'a str> {
        let text = text.trim();
        if text.contains('\u{fffd}') {
            self.problems.push(format!("the {field} has characters that could not be read"));
            return None;
        }
        (!text.is_empty()).then_some(text)
    }

    pub fn name(&mut self, text: &str) {
        if let Some(text) = self.legible("name", text)
            && let Some(name) = self.made(one_line("the name", text, MAX_NAME))
        {
            self.contact.name = name;
        }
    }

    pub fn why(&mut self, text: &str) {
        if let Some(text) = self.legible("why", text)
            && let Some(why) = self.made(one_line("the why", text, MAX_TEXT))
        {
            self.contact.why = why;
        }
    }

    /// Private; one note after the other.
    pub fn note(&mut self, text: &str) {
        let Some(text) = self.legible("note", text) else { return };
        let notes =
            if self.contact.notes.is_empty() { text.to_owned() } else { format!("{}\n{text}", self.contact.notes) };
        if let Some(notes) = self.made(bounded("the note", &notes, MAX_TEXT)) {
            self.contact.notes = notes;
        }
    }

    pub fn handle(&mut self, network: &str, text: &str) {
        if let Some(text) = self.legible("handle", text)
            && let Some(Some(handle)) = self.made(typed::handle(network, text))
        {
            self.contact.handles.entry(network.to_owned()).or_insert(handle);
        }
    }

    pub fn feed(&mut self, text: &str) {
        if let Some(text) = self.legible("feed", text)
            && let Some(feed) = self.made(web_address("feed", text))
        {
            self.contact.feeds.insert(feed);
        }
    }

    /// The first address of several.
    pub fn email(&mut self, text: &str) {
        if let Some(text) = self.legible("e-mail address", text)
            && let Some(email) = self.made(typed::email_address(text.strip_prefix("mailto:").unwrap_or(text)))
            && self.contact.email.is_empty()
        {
            self.contact.email = email;
        }
    }

    /// A page of theirs: the address of a profile is a handle, the first other one is their site.
    pub fn page(&mut self, text: &str) {
        let Some(text) = self.legible("address", text) else { return };
        let known = profile(text).and_then(|(network, handle)| Some((network, typed::handle(network, &handle).ok()??)));
        let is_only_a_profile = match known {
            Some((network, handle)) => {
                self.contact.handles.entry(network.to_owned()).or_insert(handle);
                // That `https://any.site/@name` is a Mastodon is a good guess and no more.
                network != "mastodon"
            }
            None => false,
        };
        if !is_only_a_profile
            && let Some(site) = self.made(web_address("the address", text))
            && self.contact.site.is_empty()
        {
            self.contact.site = site;
        }
    }

    /// Their site, as it is.
    pub fn site(&mut self, text: &str) {
        if let Some(text) = self.legible("site", text)
            && let Some(site) = self.made(web_address("the site", text))
        {
            self.contact.site = site;
        }
    }

    /// A profile on a service that may be one of our networks: its address, or only the handle.
    pub fn social(&mut self, service: &str, text: &str) {
        let text = text.trim();
        let text = text.strip_prefix("x-apple:").unwrap_or(text);
        match network(service) {
            _ if text.contains("://") => self.page(text),
            Some(network) => self.handle(network, text),
            None => {}
        }
    }

    pub fn audience(&mut self, text: &str) {
        let Some(text) = self.legible("audience", text) else { return };
        let slug = crate::domain::audience::slug(text);
        let is_there = || self.audiences.iter().any(|name| crate::domain::audience::slug(name) == slug);
        if slug.is_empty() || is_there() {
            return;
        }
        if let Some(name) = self.made(one_line("the audience", text, MAX_NAME)) {
            self.audiences.push(name);
        }
    }

    /// Nothing in it says who this is.
    pub fn is_nobody(&self) -> bool {
        let Contact { name, handles, feeds, site, email, .. } = &self.contact;
        name.is_empty() && handles.is_empty() && feeds.is_empty() && site.is_empty() && email.is_empty()
    }
}

/// The network that a service's name means, if it is one where people have handles.
pub fn network(service: &str) -> Option<&'static str> {
    match service.to_ascii_lowercase().as_str() {
        "mastodon" => Some("mastodon"),
        "bluesky" => Some("bluesky"),
        "twitter" | "x" => Some("x"),
        "threads" => Some("threads"),
        "instagram" => Some("instagram"),
        "linkedin" => Some("linkedin"),
        _ => None,
    }
}

/// What to call somebody whose name is not said: their handle's first part, else where they are found.
pub fn stand_in(contact: &Contact) -> String {
    let user = |handle: &String| {
        let bare = handle.trim_start_matches('@');
        bare.split(['@', '.']).next().unwrap_or(bare).to_owned()
    };
    let host = |address: &String| {
        let host = url::Url::parse(address).ok()?.host_str()?.to_owned();
        Some(host.strip_prefix("www.").unwrap_or(&host).to_owned())
    };
    let handle = contact.handles.values().next().map(user);
    let email = || contact.email.split_once('@').map(|(user, _)| user.to_owned());
    let address = || [&contact.site].into_iter().chain(&contact.feeds).find_map(host);
    handle.or_else(email).or_else(address).unwrap_or_default()
}

/// Every stand-in that an earlier import may have given: such a name makes way for a real one.
pub fn stand_ins(contact: &Contact) -> BTreeSet<String> {
    let alone = |part: Contact| stand_in(&part);
    let handles = contact
        .handles
        .iter()
        .map(|(network, handle)| Contact { handles: [(network.clone(), handle.clone())].into(), ..Contact::default() });
    let email = Contact { email: contact.email.clone(), ..Contact::default() };
    let site = Contact { site: contact.site.clone(), ..Contact::default() };
    let feeds = contact.feeds.iter().map(|feed| Contact { feeds: [feed.clone()].into(), ..Contact::default() });
    handles.chain([email, site]).chain(feeds).map(alone).filter(|name| !name.is_empty()).collect()
}
