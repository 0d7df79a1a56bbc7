//! The author's other devices: who is connected, what each of them holds, and what is said to whom. Decides only; the
//! daemon sends. The same code runs over real connections and, in the tests, over simulated ones.
//!
//! The order of a connection: both say hello with all they know of the circle; whoever is not in it then hears no byte
//! of the book; the others talk until both books are equal, and again whenever one of them changes.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    document::Exchange,
    replica::{CommitError, ImportError, Replica},
    sync::{
        Circle, DeviceKey, Key,
        net::Link,
        wire::{Bye, Frame, Hello, PROTOCOL},
    },
};

/// How often a device may start anew before an earlier start of it is forgotten.
const STARTS_REMEMBERED: usize = 8;

/// Who this device is to the others.
#[derive(Debug)]
pub struct Me {
    pub key: DeviceKey,
    /// Random, new at every start.
    pub instance: String,
    /// The program's version.
    pub version: String,
    /// This device raises notifications.
    pub notifies: bool,
}

/// What follows from what was heard; in this order.
#[derive(Debug, PartialEq, Eq)]
pub enum Act {
    Send(Link, Frame),
    Close(Link, Bye),
    /// The circle knows more than before: keep it on disk.
    KeepCircle,
    /// Tell the network whom to know.
    Know,
    /// The book changed.
    BookChanged,
    /// A device is one of ours and its book can be had: it was seen.
    Seen(Key),
}

/// A device that is connected.
#[derive(Debug)]
struct Peer {
    link: Link,
    hello: Option<Hello>,
    exchange: Exchange,
    /// The device with the lower key begins: two who began at once would have the same conversation twice.
    waits: bool,
    /// Somebody may be at its keyboard.
    in_use: bool,
}

/// All of them.
#[derive(Debug, Default)]
pub struct Peers {
    links: BTreeMap<Key, Peer>,
    /// The starts of a device that were heard of, latest last: one that comes back after a later one is another laptop.
    starts: BTreeMap<Key, Vec<String>>,
    /// What is wrong with a device, in words for the author.
    troubles: BTreeMap<Key, String>,
    twin_here: bool,
}

/// How a device stands, for `status`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    pub connected: bool,
    pub in_sync: bool,
}

impl Peers {
    /// A connection stands.
    pub fn up(&mut self, me: &Me, circle: &Circle, link: Link) -> Vec<Act> {
        let hello = Hello {
            protocol: PROTOCOL,
            version: me.version.clone(),
            instance: me.instance.clone(),
            notifies: me.notifies,
            circle: circle.encode(),
        };
        let peer =
            Peer { link, hello: None, exchange: Exchange::default(), waits: me.key.public() > link.peer, in_use: true };
        self.links.insert(link.peer, peer);
        vec![Act::Send(link, Frame::Hello(hello))]
    }

    /// A connection is gone; true when the device is. One that was replaced by a newer one says nothing about it.
    pub fn down(&mut self, link: &Link) -> bool {
        let is_gone = self.links.get(&link.peer).is_some_and(|peer| peer.link == *link);
        if is_gone {
            self.links.remove(&link.peer);
        }
        is_gone
    }

    /// A device does not let this one in.
    pub fn refused(&mut self, key: Key) {
        self.troubles.insert(key, REFUSED.to_owned());
    }

    /// Takes in what a device said.
    pub fn hear(&mut self, circle: &mut Circle, replica: &mut Replica, link: &Link, frame: Frame) -> Vec<Act> {
        let key = link.peer;
        let Some(peer) = self.links.get_mut(&key).filter(|peer| peer.link == *link) else { return Vec::new() };
        // One hello, and first; a goodbye at any time.
        let is_hello = matches!(frame, Frame::Hello(_));
        if peer.hello.is_some() == is_hello && !matches!(frame, Frame::Bye(_)) {
            self.garbled(key, if is_hello { "it said hello twice" } else { "it did not say hello first" });
            return vec![self.part(*link, Bye::Garbled)];
        }
        match frame {
            Frame::Hello(hello) => self.greeted(circle, replica, link, hello),
            Frame::Bye(why) => {
                self.said_goodbye(key, why);
                Vec::new()
            }
            Frame::Circle(statements) => self.learn(circle, link, &statements),
            Frame::Presence(in_use) => {
                peer.in_use = in_use;
                Vec::new()
            }
            Frame::Sync(message) => {
                peer.waits = false;
                let heard = replica.hear(&mut peer.exchange, &message);
                let mut acts = Vec::new();
                match heard {
                    Ok(changes) => {
                        self.troubles.remove(&key);
                        if changes > 0 {
                            acts.push(Act::BookChanged);
                        }
                        acts.extend(self.say(replica));
                    }
                    Err(error) => {
                        let (bye, trouble) = not_taken_in(error);
                        acts.push(self.part(*link, bye));
                        self.troubles.insert(key, trouble);
                    }
                }
                acts
            }
        }
    }

    fn greeted(&mut self, circle: &mut Circle, replica: &Replica, link: &Link, hello: Hello) -> Vec<Act> {
        if hello.protocol > PROTOCOL {
            self.troubles.insert(link.peer, NEWER.to_owned());
            return vec![self.part(*link, Bye::TooNew)];
        }
        if self.is_twin(link.peer, &hello.instance) {
            self.troubles.insert(link.peer, TWIN.to_owned());
            return vec![self.part(*link, Bye::Twin)];
        }
        let mut acts = self.learn(circle, link, &hello.circle);
        if !circle.is_member(&link.peer) {
            return acts;
        }
        if let Some(peer) = self.links.get_mut(&link.peer) {
            peer.hello = Some(hello);
        }
        acts.push(Act::Seen(link.peer));
        acts.extend(self.say(replica));
        acts
    }

    /// Says goodbye. What is still on its way from there is not heard any more.
    fn part(&mut self, link: Link, why: Bye) -> Act {
        self.links.remove(&link.peer);
        Act::Close(link, why)
    }

    /// A start that was followed by another one and speaks again is no restart: two laptops have this key.
    fn is_twin(&mut self, key: Key, instance: &str) -> bool {
        let starts = self.starts.entry(key).or_default();
        match starts.iter().position(|known| known == instance) {
            Some(at) => at + 1 < starts.len(),
            None => {
                starts.push(instance.to_owned());
                if starts.len() > STARTS_REMEMBERED {
                    starts.remove(0);
                }
                false
            }
        }
    }

    /// Takes statements about the circle in. Whoever does not belong to it any more is told so, and hears nothing else.
    fn learn(&mut self, circle: &mut Circle, link: &Link, statements: &[u8]) -> Vec<Act> {
        match circle.hear(statements) {
            Ok(heard) if heard.new => self.circle_changed(circle),
            Ok(_) => Vec::new(),
            Err(error) => {
                self.troubles.insert(link.peer, error.to_string());
                vec![self.part(*link, Bye::Garbled)]
            }
        }
    }

    /// The circle knows more than before: everybody hears of it before any further byte of the book.
    pub fn circle_changed(&mut self, circle: &Circle) -> Vec<Act> {
        let mut acts = vec![Act::KeepCircle];
        // Also to whoever has not said hello yet: ours has gone there already, and told of the circle as it was then.
        acts.extend(self.links.values().map(|peer| Act::Send(peer.link, Frame::Circle(circle.encode()))));
        let gone: Vec<_> = self.links.keys().filter(|key| !circle.is_member(key)).copied().collect();
        acts.extend(
            gone.iter().filter_map(|key| self.links.remove(key)).map(|peer| Act::Close(peer.link, Bye::Removed)),
        );
        acts.push(Act::Know);
        acts
    }

    /// Says what there is to say to everybody, such as after a change to the book.
    pub fn say(&mut self, replica: &Replica) -> Vec<Act> {
        let greeted = self.links.values_mut().filter(|peer| peer.hello.is_some() && !peer.waits);
        let (mut acts, mut parted) = (Vec::new(), Vec::new());
        for peer in greeted {
            match replica.say(&mut peer.exchange) {
                Ok(message) => acts.extend(message.map(|message| Act::Send(peer.link, Frame::Sync(message)))),
                Err(error) => {
                    let (bye, trouble) = not_taken_in(error.into());
                    self.troubles.insert(peer.link.peer, trouble);
                    parted.push((peer.link, bye));
                }
            }
        }
        acts.extend(parted.into_iter().map(|(link, bye)| self.part(link, bye)));
        acts
    }

    /// Tells the others whether somebody is at this keyboard.
    pub fn presence(&self, in_use: bool) -> Vec<Act> {
        let greeted = self.links.values().filter(|peer| peer.hello.is_some());
        greeted.map(|peer| Act::Send(peer.link, Frame::Presence(in_use))).collect()
    }

    /// What a device sent could not be understood.
    pub fn garbled(&mut self, key: Key, what: &str) {
        self.troubles.insert(key, format!("what it sent could not be understood ({what}); update goodword on both"));
    }

    /// A device closed the connection, and said why.
    pub fn said_goodbye(&mut self, key: Key, why: Bye) {
        let trouble = match why {
            Bye::Stopping | Bye::Other => return,
            Bye::Removed => "it says that this laptop was removed",
            Bye::TooNew => "it runs an older goodword that does not understand this one; update goodword there",
            Bye::TooOld => NEWER,
            Bye::Full => "it cannot write the book to its disk; look at that laptop, and make room there",
            Bye::Garbled => "it did not understand what this laptop said; update goodword on both",
            Bye::Twin => {
                self.twin_here = true;
                TWIN_HERE
            }
        };
        self.troubles.insert(key, trouble.to_owned());
    }

    /// How a device stands.
    #[must_use]
    pub fn standing(&self, key: &Key, replica: &Replica) -> Standing {
        let peer = self.links.get(key).filter(|peer| peer.hello.is_some());
        peer.map_or_else(Standing::default, |peer| Standing {
            connected: true,
            in_sync: replica.agrees(&peer.exchange),
        })
    }

    /// Another laptop runs with this one's key, as the others say.
    #[must_use]
    pub fn is_twin_here(&self) -> bool {
        self.twin_here
    }

    /// What is wrong with a device, in words for the author.
    #[must_use]
    pub fn trouble(&self, key: &Key) -> Option<&str> {
        self.troubles.get(key).map(String::as_str)
    }

    /// The program that a connected device runs.
    #[must_use]
    pub fn version(&self, key: &Key) -> Option<&str> {
        self.links.get(key)?.hello.as_ref().map(|hello| hello.version.as_str())
    }

    /// Connected devices that raise notifications and where somebody may be at the keyboard.
    #[must_use]
    pub fn in_use(&self) -> BTreeSet<Key> {
        let may_show = |peer: &&Peer| peer.in_use && peer.hello.as_ref().is_some_and(|hello| hello.notifies);
        self.links.values().filter(may_show).map(|peer| peer.link.peer).collect()
    }

    /// Those that hold the same book, now.
    #[must_use]
    pub fn in_step(&self, replica: &Replica) -> BTreeSet<Key> {
        self.links.keys().filter(|key| self.standing(key, replica).in_sync).copied().collect()
    }
}

const REFUSED: &str = "it does not let this laptop in: it was removed there, or never paired. Invite one of them on the \
                       other, and join with the new code";
const TWIN: &str = "two laptops use this one's key, as after copying a whole home from one to another; join \
                    anew on one of them, with a code of another laptop";
pub(super) const TWIN_HERE: &str = "another laptop uses this one's key, as after copying a whole home; join anew here, with a code \
                         of another laptop";

const NEWER: &str = "it runs a newer goodword; update goodword on this laptop";

/// What a device is told when something that it sent was not taken in, and what the author is.
fn not_taken_in(error: ImportError) -> (Bye, String) {
    match error {
        ImportError::Commit(CommitError::Store(error)) => {
            let why = format!(
                "what it sent could not be kept on this laptop ({error}); the other one still has it, and it comes by \
                 itself once this one can write again"
            );
            (Bye::Full, why)
        }
        error => {
            let why = format!(
                "what it sent was not taken in, and the book is as before: {error}; update goodword on both, and if it \
                 stays so, remove that laptop and pair the two anew"
            );
            (Bye::Garbled, why)
        }
    }
}
