//! A paired laptop that misbehaves: whatever it sends, the daemon lives on with the book it had, and says whose fault it
//! is. `GOODWORD_HOSTILE=N` tries more altered messages, `GOODWORD_HOSTILE_SEED=N` others.

use automerge::{
    ChangeHash,
    sync::{ChunkList, Message, MessageVersion},
};
use goodword::{
    document::{Document, Exchange, limits},
    domain::record::{Root, Write},
    sync::wire::Frame,
};
use serde_json::{Value, json};

use crate::{
    are_in_step, ask,
    bombs::{self, bombs},
    dice::Dice,
    heads,
    laptop::{Daemon, Laptop, add},
    names, pair, peers,
    thief::{Thief, laptop_at_a_port},
    until,
};

/// The code that says: what you said could not be understood. A goodbye that was heard ends with zero.
const CLOSED: [u64; 2] = [0, 400];
/// More than any book takes, and far less than a laptop has.
const MOST_MEMORY_KIB: u64 = 700 << 10;

struct Scene {
    desk: Laptop,
    lap: Laptop,
    daemon: Daemon,
    thief: Thief,
    heads: Value,
}

/// Two laptops that were in step, and then the key of one is somebody else's.
fn scene() -> Scene {
    let ((desk, port), (lap, _)) = (laptop_at_a_port("desk"), laptop_at_a_port("lap"));
    let (mut daemon, mut other) = (desk.daemon(), lap.daemon());
    pair(&mut daemon, &mut other);
    for name in ["Maria", "Ben", "Tom Ash"] {
        ask(&mut daemon, &add(name));
        ask(&mut other, &add(&format!("{name} of the lap")));
    }
    until("both are in step", || are_in_step(&mut daemon, &mut other));
    other.kill();
    let thief = Thief::of(&lap, &desk, port);
    // The days to come are planned now, so that nothing is written any more by itself.
    ask(&mut daemon, &json!({ "do": "today" }));
    let heads = heads(&mut daemon);
    Scene { desk, lap, daemon, thief, heads }
}

impl Scene {
    fn says(&self, frames: &[u8]) {
        let code = self.thief.says(self.thief.connect(), frames);
        assert!(CLOSED.contains(&code), "closed with {code}");
    }

    /// The daemon answers, has the book it had, and took no more memory than it may.
    fn is_as_before(&mut self, after: &str) {
        assert!(self.daemon.is_alive(), "{after}");
        assert_eq!(heads(&mut self.daemon), self.heads, "{after}");
        let peak = peak_kib(self.daemon.pid());
        assert!(peak < MOST_MEMORY_KIB, "{after}: {peak} KiB");
    }

    fn is_told(&mut self, words: &str) {
        let told = |peers: &[Value]| {
            let trouble = peers.iter().find(|peer| peer["name"] == "lap")?["trouble"].as_str()?.to_owned();
            (trouble.contains(words) && trouble.contains("update goodword")).then_some(())
        };
        assert!(told(&peers(&mut self.daemon)).is_some(), "{:?}", peers(&mut self.daemon));
        let status = ask(&mut self.daemon, &json!({ "do": "status" }));
        assert!(told(status["peers"].as_array().unwrap()).is_some(), "{status}");
        let said = self.desk.run(&["doctor"]).out;
        assert!(said.contains("lap: ") && said.contains(words), "{said}");
        let said = self.desk.run(&["sync"]).out;
        assert!(said.contains("lap") && said.contains(words), "{said}");
    }

    /// The daemon opens the same book again, and with the honest laptop it is soon in step.
    fn ends_well(mut self) {
        let (heads, people) = (heads(&mut self.daemon), names(&mut self.daemon));
        assert!(people.len() >= 6, "{people:?}");
        self.thief.leave();
        self.daemon.kill();
        let mut daemon = self.desk.daemon();
        assert_eq!((crate::heads(&mut daemon), names(&mut daemon)), (heads, people));
        assert!(self.desk.findings().iter().all(|check| check != "database" && check != "book"));
        let mut other = self.lap.daemon();
        ask(&mut other, &add("After all that"));
        until("the honest laptop is in step", || are_in_step(&mut daemon, &mut other));
        assert!(names(&mut daemon).contains(&"After all that".to_owned()));
        assert!(peers(&mut daemon).iter().all(|peer| peer["trouble"].is_null()), "{:?}", peers(&mut daemon));
    }
}

/// The most memory that a process ever held.
fn peak_kib(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// A message with these changes and nothing else.
fn bringing(changes: Vec<Vec<u8>>) -> Vec<u8> {
    let (heads, need, have) = (Vec::new(), Vec::new(), Vec::new());
    Message { heads, need, have, changes: ChunkList::from(changes), flags: None, version: MessageVersion::V1 }.encode()
}

fn framed(message: Vec<u8>) -> Vec<u8> {
    Frame::Sync(message).encode()
}

fn note(document: &mut Document, key: &str, value: &str) {
    let write = Write::Note { root: Root::Plan, key: key.to_owned(), value: Some(value.into()) };
    document.commit(&[write]).unwrap();
}

/// What two honest laptops say to each other, each message once.
fn conversation(thief: &Thief) -> Vec<Vec<u8>> {
    let (mut left, right) = (thief.document(), thief.document());
    for day in 1..9 {
        note(&mut left, &format!("2027-01-0{day}"), "nobody");
    }
    let (mut ours, mut theirs, mut messages) = (Exchange::default(), Exchange::default(), Vec::new());
    // The other one only listens: what it would have taken in is in no message of the first.
    while let Some(message) = ours.next(&left).unwrap() {
        messages.push(message);
        let Some(answer) = theirs.next(&right).unwrap() else { break };
        let (heard, _) = ours.read(&mut left, &answer, true).unwrap();
        ours.go_on(&mut left, heard).unwrap();
        messages.push(answer);
    }
    messages.push(bringing(vec![left.save_uncompressed()]));
    messages.push(bringing(vec![left.save()]));
    messages.push(bringing(vec![left.changes_after(&right.heads_hex())]));
    messages
}

/// One of the messages, altered in up to six places; a message of changes alone is sealed again as if it were whole.
fn altered(dice: &mut Dice, thief: &Thief, messages: &[Vec<u8>]) -> Vec<u8> {
    let below = |dice: &mut Dice, end: usize| usize::try_from(dice.below(end.max(1) as u64)).unwrap();
    if dice.chance(30) {
        let mut message = messages[below(dice, messages.len())].clone();
        for _ in 0..=dice.below(6) {
            let at = below(dice, message.len());
            message[at] = u8::try_from(dice.below(256)).unwrap();
        }
        return message;
    }
    let mut document = thief.document();
    let before = document.heads_hex();
    note(&mut document, "2027-02-01", "nobody");
    let mut chunk = match dice.below(3) {
        0 => document.save(),
        1 => document.save_uncompressed(),
        _ => document.changes_after(&before),
    };
    for _ in 0..=dice.below(6) {
        // Behind the header, which says how long it is.
        let at = (12 + below(dice, chunk.len().saturating_sub(12))).min(chunk.len() - 1);
        chunk[at] = u8::try_from(dice.below(256)).unwrap();
    }
    bombs::reseal(&mut chunk);
    bringing(vec![chunk])
}

#[test]
fn altered_messages_that_are_sealed_again_end_nothing_and_take_nothing_away() {
    let mut scene = scene();
    let (cases, seed) = (number("GOODWORD_HOSTILE", 300), number("GOODWORD_HOSTILE_SEED", 1));
    let messages = conversation(&scene.thief);
    let mut dice = Dice(seed);
    for case in 0..cases {
        let message = altered(&mut dice, &scene.thief, &messages);
        scene.says(&framed(message));
        assert!(scene.daemon.is_alive(), "case {case} of seed {seed}");
        if case % 50 == 0 {
            assert!(names(&mut scene.daemon).len() >= 6, "case {case} of seed {seed}");
        }
    }
    scene.says(&framed(bringing(vec![b"not a chunk".to_vec()])));
    scene.is_told("not taken in");
    assert!(peak_kib(scene.daemon.pid()) < MOST_MEMORY_KIB);
    println!("{cases} altered messages of seed {seed}");
    scene.ends_well();
}

#[test]
fn what_would_grow_without_end_is_refused_before_it_grows() {
    let mut scene = scene();
    for (name, bomb) in bombs() {
        scene.says(&framed(bringing(vec![bomb])));
        scene.is_as_before(name);
    }
    scene.is_told("more");
    // Summaries of what is there: without bits, with four billion probes, and thousands of them.
    let hash = [7; 32];
    let filters: [&[u8]; 3] = [&[1, 0, 7], &[1, 10, 0xff, 0xff, 0xff, 0xff, 0x0f, 1, 1], &[1, 10, 0, 1, 1]];
    for filter in filters {
        let len = u8::try_from(filter.len()).unwrap();
        let message = [&[0x42, 1][..], &hash, &[0, 1, 0, len], filter, &[0]].concat();
        scene.says(&framed(message));
        scene.is_as_before("a summary that cannot be");
    }
    let parts = bombs::unsigned(60_000_000);
    for begin in [&[0x42, 0, 0][..], &[0x42, 0, 0, 0]] {
        let message = [begin, &parts, &vec![0; limits::MAX_BYTES - 20]].concat();
        scene.says(&framed(message));
        scene.is_as_before("a message of empty parts");
    }
    // Frames that are too long, or of a kind that may not be so long.
    let length = u32::try_from(limits::MAX_BYTES + 1025).unwrap().to_be_bytes();
    scene.says(&[&length[..], &[3; 1000]].concat());
    scene.says(&Frame::Circle(vec![1; 1 << 20]).encode());
    scene.is_as_before("a frame that is too long");
    scene.ends_well();
}

#[test]
fn a_laptop_that_goes_on_without_bringing_anything_is_not_listened_to() {
    let mut scene = scene();
    let nothing_new = framed(Exchange::default().next(&scene.thief.document()).unwrap().unwrap());
    scene.says(&nothing_new.repeat(200));
    scene.is_told("on and on");
    // Changes that wait for one which never comes: one is asked for, and all the others would be kept.
    let mut document = scene.thief.document();
    note(&mut document, "2027-01-01", "never sent");
    let text = "x".repeat(14 << 20);
    let waiting = (0..6).flat_map(|number| {
        let before = document.heads_hex();
        note(&mut document, "2027-01-02", &format!("{number}{text}"));
        framed(bringing(vec![document.changes_after(&before)]))
    });
    let waiting: Vec<u8> = waiting.collect();
    scene.says(&waiting);
    scene.is_as_before("changes that wait for ever");
    scene.is_told("more bytes");
    let asked_for: Vec<ChangeHash> = (0..20_000_u32).map(hash_of).collect();
    let (heads, have, flags) = (asked_for.clone(), Vec::new(), None);
    let changes = ChunkList::empty();
    let wishes = Message { heads, need: asked_for, have, changes, flags, version: MessageVersion::V1 };
    scene.says(&framed(wishes.encode()));
    scene.is_as_before("wishes for what nobody has");
    let presence: Vec<u8> = (0..10_000).flat_map(|n| Frame::Presence(n % 2 == 0).encode()).collect();
    scene.says(&presence);
    scene.is_as_before("10,000 words on who is there");
    let circle = goodword::sync::Circle::new(crate::thief::key_of(&scene.lap).public()).encode();
    let circles = [Frame::Circle(circle).encode().repeat(2_000), Frame::Circle(vec![1; 60_000]).encode()].concat();
    scene.says(&circles);
    scene.is_as_before("2,000 words on who belongs together");
    scene.ends_well();
}

fn hash_of(number: u32) -> ChangeHash {
    let mut hash = [0; 32];
    hash[..4].copy_from_slice(&number.to_be_bytes());
    ChangeHash(hash)
}
