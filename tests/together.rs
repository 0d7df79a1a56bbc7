//! Laptops that edit one book apart, meet, lose each other, restart, are copied and removed, find the same changes twice
//! in a shared folder, and have wrong clocks: a simulation of the very code that the daemon runs, over connections that
//! are only queues. A seed replays a failure:
//! `GOODWORD_WORLD=SEED cargo nextest run --test together`; `GOODWORD_WORLDS=N` tries more of them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "support/dice.rs"]
mod dice;

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    path::Path,
};

use dice::Dice;
use goodword::{
    daemon::peers::{Act, Me, Peers},
    document::LoadError,
    domain::{Change, Contact, Event, Id, Mute, What, pick},
    replica::{ImportError, Replica},
    sync::{
        Circle, DeviceKey, Key,
        net::Link,
        wire::{Bye, Frame, Hello, PROTOCOL},
    },
};
use jiff::{Span, Timestamp, civil::Date, tz::TimeZone};
use tempfile::TempDir;

/// Worlds that the suite tries.
const WORLDS: u64 = 2_000;
/// Messages after which two laptops that talk alone are quiet.
const QUIET_WITHIN: usize = 12;

/// One laptop, with its own disk and its own idea of the time.
struct Laptop {
    home: TempDir,
    /// Nothing only while it is started anew: one process owns a home.
    replica: Option<Replica>,
    circle: Circle,
    peers: Peers,
    me: Me,
    id: Id,
    clock_is_off_by: Span,
}

/// A connection between two laptops, and what is under way to each end.
#[derive(Default)]
struct Wire {
    ends: [usize; 2],
    under_way: [VecDeque<Frame>; 2],
}

struct World {
    seed: u64,
    dice: Dice,
    now: Timestamp,
    laptops: Vec<Laptop>,
    wires: BTreeMap<u64, Wire>,
    /// Who was paired with whom: who was there before, and who came.
    pairs: Vec<(usize, usize)>,
    removed: Option<usize>,
    starts: u64,
    written: u64,
    messages: usize,
}

impl Laptop {
    fn replica(&self) -> &Replica {
        self.replica.as_ref().unwrap()
    }

    /// What it says to the others after a change.
    fn commit(&mut self, changes: &[Change]) -> Vec<Act> {
        let replica = self.replica.as_mut().unwrap();
        replica.commit(changes).unwrap();
        self.peers.say(replica)
    }
}

fn memory() -> TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory).unwrap() } else { tempfile::tempdir().unwrap() }
}

impl World {
    fn new(seed: u64) -> World {
        let now = "2026-11-22T08:00:00Z".parse().unwrap();
        let mut world = World {
            seed,
            dice: Dice(seed),
            now,
            laptops: Vec::new(),
            wires: BTreeMap::new(),
            pairs: Vec::new(),
            removed: None,
            starts: 0,
            written: 0,
            messages: 0,
        };
        let laptops = 2 + world.dice.below(3);
        for _ in 0..laptops {
            world.begin(memory());
        }
        // Each was paired with one that was there before.
        for newer in 1..world.laptops.len() {
            let older = world.below(newer);
            world.pair(older, newer);
        }
        world
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.dice.below(end as u64)).unwrap()
    }

    fn any(&mut self) -> usize {
        self.below(self.laptops.len())
    }

    fn random(&mut self) -> [u8; 16] {
        self.starts += 1;
        let mut random = [0; 16];
        random[..8].copy_from_slice(&self.dice.roll().to_be_bytes());
        random[8..].copy_from_slice(&self.starts.to_be_bytes());
        random
    }

    fn begin(&mut self, home: TempDir) {
        let replica = Replica::open(home.path(), self.random()).unwrap();
        let random = self.random();
        let key = DeviceKey::new(&[random, random].concat().try_into().unwrap());
        let years = self.dice.amount(21) - 10;
        let years = if self.dice.chance(70) { 0 } else { years };
        self.laptops.push(Laptop {
            home,
            replica: Some(replica),
            circle: Circle::new(key.public()),
            peers: Peers::default(),
            me: Me { key, instance: format!("start {}", self.starts), version: "1".to_owned(), notifies: true },
            id: format!("device-{}", self.laptops.len()).into(),
            clock_is_off_by: Span::new().days(365 * years),
        });
    }

    fn pair(&mut self, one: usize, other: usize) {
        self.pairs.push((one, other));
        let keys = [self.laptops[one].me.key.public(), self.laptops[other].me.key.public()];
        for (at, other) in [(one, keys[1]), (other, keys[0])] {
            let laptop = &mut self.laptops[at];
            laptop.circle.welcome(&laptop.me.key, other, self.now).unwrap();
        }
        let said = self.laptops[one].circle.encode();
        self.laptops[other].circle.hear(&said).unwrap();
        let said = self.laptops[other].circle.encode();
        self.laptops[one].circle.hear(&said).unwrap();
    }

    fn link(&self, wire: u64, end: usize) -> Link {
        let other = self.wires[&wire].ends[1 - end];
        Link { peer: self.laptops[other].me.key.public(), id: wire }
    }

    /// Both know each other, so they may connect. A connection that stood is replaced.
    fn connect(&mut self, one: usize, other: usize) {
        let knows =
            |world: &World, a: usize, b: usize| world.laptops[a].circle.is_member(&world.laptops[b].me.key.public());
        if one == other || !knows(self, one, other) || !knows(self, other, one) {
            return;
        }
        let stood = self.wires.iter().find(|(_, wire)| wire.ends.contains(&one) && wire.ends.contains(&other));
        let stood = stood.map(|(id, _)| *id);
        self.starts += 1;
        let id = self.starts;
        self.wires.insert(id, Wire { ends: [one, other], ..Wire::default() });
        for end in [0, 1] {
            let link = self.link(id, end);
            let at = self.wires[&id].ends[end];
            let laptop = &mut self.laptops[at];
            let acts = laptop.peers.up(&laptop.me, &laptop.circle, link);
            self.act(at, acts);
        }
        if let Some(stood) = stood {
            self.cut(stood);
        }
    }

    fn cut(&mut self, wire: u64) {
        if !self.wires.contains_key(&wire) {
            return;
        }
        for end in [0, 1] {
            let link = self.link(wire, end);
            let at = self.wires[&wire].ends[end];
            self.laptops[at].peers.down(&link);
        }
        self.wires.remove(&wire);
    }

    fn cut_off(&mut self, laptop: usize) {
        let wires: Vec<_> =
            self.wires.iter().filter(|(_, wire)| wire.ends.contains(&laptop)).map(|(id, _)| *id).collect();
        wires.into_iter().for_each(|wire| self.cut(wire));
    }

    fn act(&mut self, at: usize, acts: Vec<Act>) {
        for act in acts {
            match act {
                Act::Send(link, frame) => {
                    self.messages += usize::from(matches!(frame, Frame::Sync(_)));
                    if let Some(wire) = self.wires.get_mut(&link.id) {
                        let to = usize::from(wire.ends[0] == at);
                        // As it would come out of a real stream.
                        let bytes = frame.encode();
                        wire.under_way[to].push_back(Frame::decode(&bytes[4..]).unwrap());
                    }
                }
                // Whoever is removed hears so, and nothing else.
                Act::Close(link, Bye::Removed) if self.index_of(link.peer) == self.removed => {
                    let me = self.laptops[at].me.key.public();
                    let gone = &mut self.laptops[self.removed.unwrap()];
                    gone.peers.said_goodbye(me, Bye::Removed);
                    self.cut(link.id);
                }
                Act::Close(link, why) => {
                    assert!(self.wires.contains_key(&link.id), "world {}: {why:?}", self.seed);
                    panic!("world {}: laptop {at} closed on an honest one: {why:?}", self.seed);
                }
                Act::BookChanged => {
                    let acts = self.laptops[at].commit(&[]);
                    self.act(at, acts);
                }
                Act::KeepCircle | Act::Know | Act::Seen(_) => {}
            }
        }
    }

    /// Lets one frame arrive; false when none is under way.
    fn deliver(&mut self) -> bool {
        let busy: Vec<_> = self
            .wires
            .iter()
            .flat_map(|(id, wire)| [0, 1].map(|end| (*id, end, wire.under_way[end].is_empty())))
            .filter(|(.., is_empty)| !is_empty)
            .collect();
        if busy.is_empty() {
            return false;
        }
        let (id, end, _) = busy[self.below(busy.len())];
        let link = self.link(id, end);
        let wire = self.wires.get_mut(&id).unwrap();
        let at = wire.ends[end];
        let frame = wire.under_way[end].pop_front().unwrap();
        let laptop = &mut self.laptops[at];
        let replica = laptop.replica.as_mut().unwrap();
        let before = replica.heads_hex();
        let acts = laptop.peers.hear(&mut laptop.circle, replica, &link, frame);
        if !laptop.circle.is_member(&link.peer) {
            let says = |act: &Act| matches!(act, Act::Send(to, Frame::Sync(_)) if to.peer == link.peer);
            assert!(!acts.iter().any(says), "world {}: a removed laptop hears of the book", self.seed);
            assert_eq!(replica.heads_hex(), before, "world {}: a removed laptop is listened to", self.seed);
        }
        self.act(at, acts);
        true
    }

    fn index_of(&self, key: Key) -> Option<usize> {
        self.laptops.iter().position(|laptop| laptop.me.key.public() == key)
    }

    /// Takes one of the others out of the circle, if there is one through whom nobody else came in.
    fn remove(&mut self, at: usize) {
        let came = |laptop: &usize| self.pairs.iter().all(|(before, _)| before != laptop);
        let known = |laptop: &usize| self.laptops[at].circle.is_member(&self.laptops[*laptop].me.key.public());
        let Some(gone) = (0..self.laptops.len()).filter(|laptop| *laptop != at).filter(came).find(known) else {
            return;
        };
        self.removed = Some(gone);
        let key = self.laptops[gone].me.key.public();
        let laptop = &mut self.laptops[at];
        laptop.circle.remove(&laptop.me.key, key, self.now);
        let acts = laptop.peers.circle_changed(&laptop.circle);
        self.act(at, acts);
    }

    /// What one laptop left in a shared folder, as another finds it there: perhaps for the second time, and perhaps
    /// before what it builds on.
    fn share(&mut self, from: usize, to: usize) {
        let key = |at: usize| self.laptops[at].me.key.public();
        if !self.laptops[to].circle.is_member(&key(from)) || !self.laptops[from].circle.is_member(&key(to)) {
            return;
        }
        let known = if self.dice.chance(50) { self.laptops[to].replica().heads_hex() } else { Vec::new() };
        let chunk = self.laptops[from].replica().changes_after(&known);
        for _ in 0..1 + self.dice.below(2) {
            let laptop = &mut self.laptops[to];
            match laptop.replica.as_mut().unwrap().receive(&chunk) {
                Ok(_) | Err(ImportError::Document(LoadError::Incomplete)) => {}
                Err(error) => panic!("world {}: {error}", self.seed),
            }
            let acts = laptop.commit(&[]);
            self.act(to, acts);
        }
    }

    fn until_quiet(&mut self) {
        let mut frames = 0;
        while self.deliver() {
            frames += 1;
            assert!(frames < 20_000, "world {}: it never ends", self.seed);
        }
    }

    fn today(&self, at: usize) -> Date {
        let now = self.now.checked_add(Span::new()).unwrap().to_zoned(TimeZone::UTC);
        now.date().checked_add(self.laptops[at].clock_is_off_by).unwrap()
    }

    fn edit(&mut self, at: usize) {
        let today = self.today(at);
        self.written += 1;
        let number = self.written;
        let people: Vec<Contact> = self.laptops[at].replica().book().people().cloned().collect();
        let person = (!people.is_empty()).then(|| people[self.below(people.len())].clone());
        let changes = match (self.dice.below(8), person) {
            (0..=1, _) | (_, None) => vec![Change::Contact(Contact {
                id: format!("person-{number:05}").into(),
                name: format!("Person {number}"),
                why: "cool".to_owned(),
                added: Some(today),
                ..Contact::default()
            })],
            (2, Some(person)) => vec![Change::Contact(Contact { name: format!("Renamed {number}"), ..person })],
            (3, Some(person)) => vec![Change::Contact(Contact { notes: format!("note {number}"), ..person })],
            (4, Some(person)) => {
                let mute = person.mute.is_none().then_some(Mute::Always);
                vec![Change::Contact(Contact { mute, ..person })]
            }
            (5, Some(_)) => pick::plan(self.laptops[at].replica().book(), today),
            (6, Some(person)) => {
                let mut settings = self.laptops[at].replica().book().settings.clone();
                settings.cooldown_days = u16::try_from(2 + self.dice.below(20)).unwrap();
                settings.seeds.insert(format!("seed of {}", person.id));
                vec![Change::Settings(settings)]
            }
            (_, Some(person)) => {
                let whats = [What::Shown { item: None }, What::Opened, What::Skipped, What::Passed { reason: None }];
                let what = if self.dice.chance(50) {
                    What::Done { network: None, item: None, text: None, url: None }
                } else {
                    whats[self.below(4)].clone()
                };
                let (device, nonce) = (self.laptops[at].id.clone(), format!("{number}"));
                vec![Change::Event(Event { date: today, contact: person.id, device, nonce, at: self.now, what })]
            }
        };
        let acts = self.laptops[at].commit(&changes);
        self.act(at, acts);
    }

    /// Killed and started anew, on the same disk.
    fn restart(&mut self, at: usize) {
        self.cut_off(at);
        let actor = self.random();
        let instance = format!("start {}", self.starts);
        let laptop = &mut self.laptops[at];
        let heads = laptop.replica().heads_hex();
        laptop.replica = None;
        laptop.replica = Some(Replica::open(laptop.home.path(), actor).unwrap());
        assert_eq!(laptop.replica().heads_hex(), heads, "world {}: what was taken in is on disk", self.seed);
        laptop.peers = Peers::default();
        laptop.me.instance = instance;
    }

    /// The whole home is copied to a new laptop, which gets a key of its own and is paired.
    fn copy(&mut self, from: usize) {
        let home = memory();
        for entry in std::fs::read_dir(self.laptops[from].home.path()).unwrap().map(Result::unwrap) {
            if entry.file_type().unwrap().is_file() {
                std::fs::copy(entry.path(), home.path().join(entry.file_name())).unwrap();
            }
        }
        self.begin(home);
        self.pair(from, self.laptops.len() - 1);
    }

    fn step(&mut self) {
        self.now = self.now.checked_add(Span::new().minutes(self.dice.amount(600))).unwrap();
        let at = self.any();
        match self.dice.below(20) {
            0..=7 => self.edit(at),
            8..=11 => {
                let other = self.any();
                self.connect(at, other);
            }
            12..=13 => self.cut_off(at),
            14 => self.restart(at),
            16 => {
                let other = self.any();
                self.share(at, other);
            }
            17 if self.removed.is_none() && self.laptops.len() > 2 && self.dice.chance(20) => self.remove(at),
            15 if self.laptops.len() < 5 && Some(at) != self.removed && self.dice.chance(20) => self.copy(at),
            _ => {
                for _ in 0..self.dice.below(12) {
                    self.deliver();
                }
            }
        }
    }

    /// Those who were not removed.
    fn staying(&self) -> Vec<usize> {
        (0..self.laptops.len()).filter(|at| Some(*at) != self.removed).collect()
    }

    fn all_pairs(&self) -> Vec<(usize, usize)> {
        let staying = self.staying();
        staying.iter().flat_map(|one| staying.iter().map(|other| (*one, *other))).filter(|(a, b)| a < b).collect()
    }

    /// Everybody meets everybody, and nobody writes any more.
    fn meet(&mut self) {
        for at in 0..self.laptops.len() {
            self.cut_off(at);
        }
        for _ in 0..self.laptops.len() {
            for (one, other) in self.all_pairs() {
                self.connect(one, other);
                self.until_quiet();
            }
        }
        let staying = self.staying();
        let number = staying.len() - 1;
        for laptop in staying.iter().map(|at| &self.laptops[*at]) {
            assert_eq!(laptop.circle.members().len(), number, "world {}: somebody is not known", self.seed);
        }
    }

    fn check_equal(&self, when: &str) {
        let staying: Vec<_> = self.staying().into_iter().map(|at| &self.laptops[at]).collect();
        let heads: BTreeSet<_> = staying.iter().map(|laptop| laptop.replica().heads_hex()).collect();
        assert_eq!(heads.len(), 1, "world {}: different heads {when}", self.seed);
        let first = staying[0].replica().book();
        for laptop in &staying {
            assert!(laptop.replica().book() == first, "world {}: different books {when}", self.seed);
            for other in staying.iter().filter(|other| other.id != laptop.id) {
                let standing = laptop.peers.standing(&other.me.key.public(), laptop.replica());
                assert!(standing.in_sync, "world {}: equal, and not known to be {when}", self.seed);
            }
        }
    }

    /// Two who met talk alone: how many messages until both are quiet?
    fn check_quiet(&mut self) {
        for at in 0..self.laptops.len() {
            self.cut_off(at);
        }
        let [one, other, ..] = self.staying()[..] else { return };
        let before = self.messages;
        self.connect(one, other);
        self.until_quiet();
        let messages = self.messages - before;
        assert!(messages <= QUIET_WITHIN, "world {}: {messages} messages until it is quiet", self.seed);
    }

    fn live(&mut self) {
        for _ in 0..20 + self.dice.below(25) {
            self.step();
        }
        self.until_quiet();
        self.check_quiet();
        self.meet();
        self.check_equal("after they met");
        // Equal books give equal plans, and planning on all of them at once settles.
        let date = self.today(0);
        let staying = self.staying();
        let plan = |at: &usize| format!("{:?}", pick::plan(self.laptops[*at].replica().book(), date));
        let plans: BTreeSet<_> = staying.iter().map(plan).collect();
        assert_eq!(plans.len(), 1, "world {}: different plans", self.seed);
        for at in staying.iter().copied() {
            let plan = pick::plan(self.laptops[at].replica().book(), date);
            let acts = self.laptops[at].commit(&plan);
            self.act(at, acts);
        }
        self.until_quiet();
        self.check_equal("after all had planned");
        for laptop in staying.iter().map(|at| &self.laptops[*at]) {
            assert!(pick::plan(laptop.replica().book(), date).is_empty(), "world {}: the plan is unsettled", self.seed);
        }
        // What is on disk is what they agreed on.
        for at in 0..self.laptops.len() {
            self.restart(at);
        }
        self.meet();
        self.check_equal("after all were started anew");
    }
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// A part of the worlds, so that the suite can try several at once.
fn worlds(part: u64) {
    if let Some(seed) = number("GOODWORD_WORLD") {
        return World::new(seed).live();
    }
    let worlds = number("GOODWORD_WORLDS").unwrap_or(WORLDS);
    for seed in (0..worlds).filter(|seed| seed % 2 == part) {
        World::new(seed).live();
    }
}

#[test]
fn laptops_that_meet_hold_one_book_and_one_plan_in_even_worlds() {
    worlds(0);
}

#[test]
fn laptops_that_meet_hold_one_book_and_one_plan_in_odd_worlds() {
    worlds(1);
}

#[test]
fn a_removal_that_is_heard_before_a_laptop_says_hello_reaches_it_all_the_same() {
    let [hub, remover, other, thief] = [1, 2, 3, 4].map(|number| DeviceKey::new(&[number; 32]));
    let now = Timestamp::from_second(1_800_000_000).unwrap();
    let mut circle = Circle::new(hub.public());
    for laptop in [&remover, &other, &thief] {
        circle.welcome(&hub, laptop.public(), now).unwrap();
    }
    let mut theirs = Circle::new(remover.public());
    theirs.welcome(&remover, hub.public(), now).unwrap();
    theirs.hear(&circle.encode()).unwrap();
    circle.hear(&theirs.encode()).unwrap();
    let before = circle.encode();
    theirs.remove(&remover, thief.public(), now);
    let home = memory();
    let mut replica = Replica::open(home.path(), [1; 16]).unwrap();
    let me = Me { key: hub, instance: "a".to_owned(), version: "1".to_owned(), notifies: false };
    let mut peers = Peers::default();
    let links = [&remover, &other].map(|key| Link { peer: key.public(), id: 1 });
    for link in links {
        peers.up(&me, &circle, link);
    }
    let hello = |circle: Vec<u8>| {
        let (instance, version) = ("b".to_owned(), "1".to_owned());
        Frame::Hello(Hello { protocol: PROTOCOL, version, instance, notifies: true, circle })
    };
    let acts = peers.hear(&mut circle, &mut replica, &links[0], hello(theirs.encode()));
    let told = acts.iter().filter_map(|act| match act {
        Act::Send(link, Frame::Circle(bytes)) if *link == links[1] => Some(bytes),
        _ => None,
    });
    let mut heard = Circle::new(other.public());
    heard.welcome(&other, me.key.public(), now).unwrap();
    heard.hear(&before).unwrap();
    told.for_each(|bytes| _ = heard.hear(bytes).unwrap());
    assert!(heard.removed().contains_key(&thief.public()));
}
