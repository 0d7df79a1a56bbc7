//! What the bus said, understood: from messages to events. Pure, so every order of messages can be tried.
//!
//! The rules, each measured against a real server: a signal counts only from the connection that owns the server's
//! name now; only for an id we were given; a press may come before the reply that tells us the id; an activation
//! token comes before its press; when the owner changes, every id is void.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::num::NonZeroU32;

use zbus::{Message, message::Type};

use super::super::{DesktopEvent, ShownId};

pub(super) const SERVER: &str = "org.freedesktop.Notifications";
const BUS: &str = "org.freedesktop.DBus";
/// A server that sends more than this about ids we never had is not worth listening to.
const EARLY: usize = 64;

#[derive(Default)]
pub(super) struct Inbox {
    owner: Option<String>,
    /// Counts owners, so that an id of a dead server is recognised.
    generation: u64,
    shown: BTreeSet<u32>,
    tokens: BTreeMap<u32, String>,
    /// `Notify` calls without a reply yet, also those that nobody waits for any more.
    asked: BTreeSet<NonZeroU32>,
    /// Heard while a call is unanswered, about an id that may turn out to be ours.
    early: Vec<(u32, Heard)>,
    /// Shown by a call that was given up: nobody could act on a press, so they are taken down.
    orphans: Vec<u32>,
    events: VecDeque<DesktopEvent>,
}

enum Heard {
    Token(String),
    Pressed(String),
    Closed { reason: u32 },
}

impl Inbox {
    pub fn has_owner(&self) -> bool {
        self.owner.is_some()
    }

    pub fn owner(&self) -> Option<&str> {
        self.owner.as_deref()
    }

    pub fn generation(&self) -> u64 {
        self.generation
    }

    pub fn next(&mut self) -> Option<DesktopEvent> {
        self.events.pop_front()
    }

    /// The number for the server, if the id is one that it knows.
    pub fn known(&self, id: ShownId) -> Option<u32> {
        (id.server == self.generation && self.shown.contains(&id.id)).then_some(id.id)
    }

    pub fn orphan(&self) -> Option<u32> {
        self.orphans.last().copied()
    }

    pub fn forget_orphan(&mut self, id: u32) {
        self.orphans.retain(|&orphan| orphan != id);
    }

    /// A new owner of the server's name, or none. The same owner again changes nothing.
    pub fn owned_by(&mut self, owner: Option<String>) {
        if owner == self.owner {
            return;
        }
        let had = self.owner.is_some();
        self.owner = owner;
        self.generation += 1;
        self.shown.clear();
        self.tokens.clear();
        self.asked.clear();
        self.early.clear();
        self.orphans.clear();
        if had {
            self.events.push_back(DesktopEvent::ServerGone);
        }
        if self.owner.is_some() {
            self.events.push_back(DesktopEvent::ServerAppeared);
        }
    }

    /// Whoever connects knows already who is there.
    pub fn forget_events(&mut self) {
        self.events.clear();
    }

    /// A `Notify` call is about to be sent.
    pub fn asking(&mut self, serial: NonZeroU32) {
        self.asked.insert(serial);
    }

    /// Its reply: the notification is ours from now on, and so is what was heard of it already.
    pub fn answered(&mut self, serial: NonZeroU32, id: u32) -> ShownId {
        self.asked.remove(&serial);
        self.shown.insert(id);
        let (ours, rest): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.early).into_iter().partition(|early| early.0 == id);
        for (id, heard) in ours {
            self.take(id, heard);
        }
        self.early = if self.asked.is_empty() { Vec::new() } else { rest };
        ShownId { server: self.generation, id }
    }

    /// It was refused.
    pub fn unasked(&mut self, serial: NonZeroU32) {
        self.asked.remove(&serial);
        if self.asked.is_empty() {
            self.early.clear();
        }
    }

    /// Any message that is not the reply somebody waits for.
    pub fn hear(&mut self, message: &Message) {
        match message.message_type() {
            Type::Signal => self.hear_signal(message),
            Type::MethodReturn | Type::Error => self.hear_late_reply(message),
            Type::MethodCall => {}
        }
    }

    fn hear_signal(&mut self, message: &Message) {
        let header = message.header();
        let (Some(sender), Some(interface), Some(member)) = (header.sender(), header.interface(), header.member())
        else {
            return;
        };
        let body = message.body();
        if sender == BUS && interface == BUS && member == "NameOwnerChanged" {
            if let Ok((name, _, new)) = body.deserialize::<(String, String, String)>()
                && name == SERVER
            {
                self.owned_by(Some(new).filter(|new| !new.is_empty()));
            }
            return;
        }
        if self.owner.as_deref() != Some(sender.as_str()) || interface != SERVER {
            return;
        }
        let heard = match member.as_str() {
            "ActionInvoked" => body.deserialize::<(u32, String)>().map(|(id, key)| (id, Heard::Pressed(key))),
            "ActivationToken" => body.deserialize::<(u32, String)>().map(|(id, token)| (id, Heard::Token(token))),
            "NotificationClosed" => body.deserialize::<(u32, u32)>().map(|(id, reason)| (id, Heard::Closed { reason })),
            _ => return,
        };
        match heard {
            Ok((id, heard)) if self.shown.contains(&id) => self.take(id, heard),
            Ok(early) if !self.asked.is_empty() && self.early.len() < EARLY => self.early.push(early),
            _ => {}
        }
    }

    fn hear_late_reply(&mut self, message: &Message) {
        let Some(serial) = message.header().reply_serial() else { return };
        if !self.asked.contains(&serial) {
            return;
        }
        match message.body().deserialize::<u32>() {
            // A replacement that came late is still the notification we know.
            Ok(id) if message.message_type() == Type::MethodReturn && !self.shown.contains(&id) => {
                self.orphans.push(id);
            }
            _ => {}
        }
        self.unasked(serial);
    }

    fn take(&mut self, id: u32, heard: Heard) {
        let shown = ShownId { server: self.generation, id };
        match heard {
            Heard::Token(token) => {
                self.tokens.insert(id, token);
            }
            Heard::Pressed(action) => {
                let token = self.tokens.remove(&id);
                self.events.push_back(DesktopEvent::Pressed { id: shown, action, token });
            }
            Heard::Closed { reason } => {
                self.shown.remove(&id);
                self.tokens.remove(&id);
                // 2 is "dismissed by the user" in the Desktop Notifications Specification.
                self.events.push_back(DesktopEvent::Closed { id: shown, by_author: reason == 2 });
            }
        }
    }
}

#[cfg(test)]
#[path = "inbox_tests.rs"]
mod tests;
