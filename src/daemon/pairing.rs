//! Letting one more laptop in: what the two say of themselves, and who waits for what becomes of it.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Daemon, Said, devices, folder::Shared, home::Home, network::Network};
use crate::{
    api::{Answer, Error, Invited, Joined, Named, Next, Request},
    domain::{Change, Device, Id},
    server::Asked,
    sync::{
        Circle, CircleError, DeviceKey, Key,
        folder::FolderKeys,
        pairing::{Failure, Invitation, News, OPEN_FOR, Role, Target, Ticket},
        random,
        wire::base64_text,
    },
};

/// How long a first sync may take before whoever waits is told that it goes on.
const FIRST_SYNC_LIMIT: std::time::Duration = std::time::Duration::from_secs(60);
/// The longest name of a device, in characters.
const MAX_NAME: usize = 100;

/// What a device says of itself to the one that lets it in, and the other way round.
#[derive(Debug, Serialize, Deserialize)]
struct Introduction {
    id: Id,
    name: String,
    #[serde(default)]
    hub: bool,
    /// Encoded statements: its welcome of the other one among them.
    #[serde(with = "base64_text")]
    circle: Vec<u8>,
    /// The shared folder's keys.
    #[serde(with = "base64_text", default)]
    folder: Vec<u8>,
}

/// Who waits for a pairing.
#[derive(Debug, Default)]
pub(super) struct Pairing {
    /// For the code to show.
    inviting: Option<Asked>,
    /// For whoever joins.
    invited: Vec<Asked>,
    /// An invitation is open.
    is_open: bool,
    /// What became of the last invitation, for whoever asks too late to hear it.
    outcome: Option<Result<Met, Failure>>,
    /// For the other laptop to let this one in, with how many people were in the book.
    joining: Option<(Asked, usize)>,
    people_before: usize,
}

/// Two laptops that have just met.
#[derive(Clone, Copy, Debug)]
pub(super) struct Met {
    pub peer: Key,
    pub people_before: usize,
}

impl Introduction {
    fn of(home: &Home, circle: &Circle) -> Introduction {
        let Device { id, name, hub, .. } = home.own_record();
        Introduction { id, name, hub, circle: circle.encode(), folder: home.folder_keys().encode() }
    }

    fn bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }
}

impl Home {
    /// Takes a device into the circle and the book, as it has introduced itself. Nothing is kept where it cannot be.
    fn let_in(&mut self, now: Timestamp, peer: Key, payload: &[u8]) -> Result<(), String> {
        let garbled =
            || "what the other laptop said of itself could not be understood; update goodword on both".to_owned();
        let said: Introduction = serde_json::from_slice(payload).map_err(|_| garbled())?;
        let Some(key) = self.key.clone() else { return Err("this laptop has no key".to_owned()) };
        if said.id == self.device || said.id.as_str().is_empty() {
            return Err(
                "both laptops have one identity, as after copying a whole home; start with an empty one on the \
                        laptop that joins, its book comes over"
                    .to_owned(),
            );
        }
        let mut circle = self.circle.clone();
        circle.hear(&said.circle).map_err(|_| garbled())?;
        circle.welcome(&key, peer, now).map_err(|error| match error {
            CircleError::WasRemoved => {
                "that laptop was removed, and its key cannot come back; run the join again there: \
                                        it takes a new key once it has heard of it"
                    .to_owned()
            }
            error => error.to_string(),
        })?;
        let folder_keys = FolderKeys::decode(&said.folder).map_err(|_| garbled())?;
        let name: String = said.name.chars().filter(|c| !c.is_control()).take(MAX_NAME).collect();
        let known = self.book().devices.get(&said.id).cloned().unwrap_or_default();
        let added = known.added.or_else(|| Some(self.clock(now).date()));
        let device = Device { id: said.id, name, hub: said.hub, added, key: peer.to_string(), removed: None };
        self.commit(&[Change::Device(device)]).map_err(|error| error.message)?;
        let before = std::mem::replace(&mut self.circle, circle);
        if let Err(error) = self.keep_circle() {
            self.circle = before;
            return Err(error.message);
        }
        self.take_folder_keys(&folder_keys, peer);
        Ok(())
    }

    /// Begins anew as a laptop that nobody knows: with a key and an id of its own. The book stays.
    fn become_another(&mut self) -> Result<(), Error> {
        devices::set_key_aside(&self.folders, &self.clock(Timestamp::now()))?;
        let key = devices::own_key(&self.folders)?;
        self.circle = Circle::new(key.public());
        self.key = Some(key);
        self.keep_circle()?;
        self.renew_id()?;
        self.peers = super::peers::Peers::default();
        Ok(())
    }

    fn joined(&self, met: Met) -> Joined {
        let id = self.device_with(&met.peer).map(|device| device.id.to_string()).unwrap_or_default();
        Joined {
            joined: Named { id, name: self.name_of_device(&met.peer) },
            people_before: met.people_before,
            people: self.book().people().count(),
            in_sync: self.peers.standing(&met.peer, &self.replica).in_sync,
        }
    }
}

impl Daemon {
    /// The requests about pairing.
    pub(super) async fn asked_to_pair(&mut self, asked: Asked) {
        let refuse = |asked: Asked, error: Error| _ = asked.answer.send(Err(error));
        if self.home.book().refuses_writes() {
            let error = Error::failed("this book was written by a newer goodword");
            return refuse(asked, error.hint("update goodword on this laptop first"));
        }
        let Some(network) = &self.network else {
            return refuse(asked, Error::failed("this laptop has no key, so it can meet no other"));
        };
        match &asked.request {
            Request::DeviceInvite => {
                self.pairing.outcome = None;
                self.pairing.is_open = true;
                network.net.invite(Invitation::new(&random()));
                if let Some(other) = self.pairing.inviting.replace(asked) {
                    refuse(other, Error::failed("another invitation took the place of this one"));
                }
            }
            Request::DeviceInvited => match self.pairing.outcome.take() {
                Some(Ok(met)) => self.when_in_step(vec![asked], met),
                Some(Err(why)) => refuse(asked, failed(&why, Role::Inviter)),
                None if self.pairing.is_open => self.pairing.invited.push(asked),
                None => {
                    let error = Error::failed("no invitation is open");
                    refuse(asked, error.hint(Next::InviteHere));
                }
            },
            Request::DeviceJoin { at } => match at.trim().parse::<Target>() {
                Ok(target) => self.join(asked, target).await,
                Err(failure) => refuse(asked, failed(&failure, Role::Joiner)),
            },
            _ => refuse(asked, Error::usage("this is not about pairing")),
        }
    }

    async fn join(&mut self, asked: Asked, target: Target) {
        let own = self.home.key.as_ref().map(DeviceKey::public);
        let is_own = matches!(&target, Target::Ticket(Ticket { key, .. }) if Some(*key) == own);
        // Removed, or a copy of another laptop's home: under its old key nobody lets it in.
        if self.home.circle.was_i_removed().is_some() || self.home.peers.is_twin_here() || is_own {
            if let Err(error) = self.home.become_another() {
                _ = asked.answer.send(Err(error));
                return;
            }
            if let Some(network) = self.network.take() {
                network.net.stop().await;
            }
            if let Some(shared) = self.shared.take() {
                shared.stop();
            }
            // Whoever waits for the code of the laptop that this one was waits in vain.
            self.pairing.is_open = false;
            for waiting in self.pairing.invited.drain(..).chain(self.pairing.inviting.take()) {
                let error = Error::failed("this laptop begins anew to join another one, so its own code is void");
                _ = waiting.answer.send(Err(error.hint(Next::InviteHere)));
            }
            self.network = Network::start(&self.home);
            self.shared = Shared::start(&mut self.home);
        }
        let (Some(network), Some(key)) = (&self.network, self.home.key.clone()) else {
            _ = asked.answer.send(Err(Error::failed("this laptop has no key, so it can meet no other")));
            return;
        };
        let (mut circle, now) = (self.home.circle.clone(), self.now());
        let mut introduction = Introduction::of(&self.home, &circle);
        network.net.join(target, move |inviter| {
            // Whether it may be welcomed is decided when it has answered; until then it only hears that it would be.
            _ = circle.welcome(&key, inviter, now);
            introduction.circle = circle.encode();
            introduction.bytes()
        });
        let people = self.home.book().people().count();
        if let Some((other, _)) = self.pairing.joining.replace((asked, people)) {
            _ = other.answer.send(Err(Error::failed("another attempt to join took the place of this one")));
        }
    }

    /// Takes in what the network says of a pairing.
    pub(super) fn hear_of_pairing(&mut self, news: News) {
        let now = self.now();
        match news {
            News::Open { code, ticket } => {
                let open_for = SignedDuration::try_from(OPEN_FOR).unwrap_or(SignedDuration::from_mins(5));
                let expires = now.checked_add(open_for).unwrap_or(now);
                if let Some(asked) = self.pairing.inviting.take() {
                    _ = asked.answer.send(Ok(Answer::Invited(Invited { code, ticket, expires })));
                }
            }
            News::Asking { peer, payload, answer } => {
                self.pairing.people_before = self.home.book().people().count();
                let let_in = self.home.let_in(now, peer, &payload);
                let reply = let_in.map(|()| Introduction::of(&self.home, &self.home.circle).bytes());
                let was_let_in = reply.is_ok();
                answer.send(reply);
                if was_let_in {
                    self.circle_changed();
                }
            }
            News::Met { peer, addresses } => {
                self.home.remember_addresses(peer, addresses);
                self.circle_changed();
                self.pairing.is_open = false;
                let met = Met { peer, people_before: self.pairing.people_before };
                let waiting = std::mem::take(&mut self.pairing.invited);
                if waiting.is_empty() {
                    self.pairing.outcome = Some(Ok(met));
                } else {
                    self.when_in_step(waiting, met);
                }
            }
            News::Joined { peer, payload, addresses } => {
                let let_in = self.home.let_in(now, peer, &payload);
                if let_in.is_ok() {
                    self.home.remember_addresses(peer, addresses);
                    self.circle_changed();
                }
                let Some((asked, people_before)) = self.pairing.joining.take() else { return };
                match let_in {
                    Ok(()) => self.when_in_step(vec![asked], Met { peer, people_before }),
                    Err(why) => _ = asked.answer.send(Err(Error::failed(why))),
                }
            }
            News::Failed { role: Role::Inviter, why } => {
                self.pairing.is_open = false;
                let waiting = self.pairing.invited.drain(..).chain(self.pairing.inviting.take());
                let waiting: Vec<_> = waiting.collect();
                if waiting.is_empty() {
                    self.pairing.outcome = Some(Err(why.clone()));
                }
                for asked in waiting {
                    _ = asked.answer.send(Err(failed(&why, Role::Inviter)));
                }
            }
            News::Failed { role: Role::Joiner, why } => {
                if let Some((asked, _)) = self.pairing.joining.take() {
                    _ = asked.answer.send(Err(failed(&why, Role::Joiner)));
                }
            }
        }
    }

    /// Answers once both hold one book, or when that takes long.
    fn when_in_step(&self, asked: Vec<Asked>, met: Met) {
        let Some(mut steps) = self.network.as_ref().map(|network| network.in_step.subscribe()) else { return };
        let said = self.said.clone();
        tokio::spawn(async move {
            let both = steps.wait_for(|in_step| in_step.contains(&met.peer));
            _ = tokio::time::timeout(FIRST_SYNC_LIMIT, both).await;
            for asked in asked {
                _ = said.send(Said::Paired(Box::new(asked), met)).await;
            }
        });
    }

    /// Says that two laptops are one circle now.
    pub(super) fn answer_paired(&self, asked: Asked, met: Met) {
        _ = asked.answer.send(Ok(Answer::Joined(self.home.joined(met))));
    }
}

fn failed(why: &Failure, role: Role) -> Error {
    let error = Error::failed(why.said(role));
    match role {
        _ if !why.needs_new_code() => error,
        Role::Inviter => error.hint(Next::InviteHere),
        Role::Joiner => error.hint(Next::InviteThere),
    }
}
