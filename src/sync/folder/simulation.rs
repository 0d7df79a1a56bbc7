//! Several laptops, each with its own copy of the folder, and a service between them that delays, tears, copies and
//! takes away. Never two laptops run at once. One seed is one run.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use jiff::Timestamp;

use super::{
    FolderKeys, FolderOptions, Known, News, Position, State, Tag, Taken,
    files::ROOT,
    jobs::{self, Job},
    keeper::{Effect, Event, Keeper, Now},
    names,
};
use crate::sync::{Circle, DeviceKey, Key};

/// Small, and the same everywhere: a run is named by its seed alone.
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(most.max(1)).unwrap()).unwrap()
    }

    fn one_in(&mut self, most: usize) -> bool {
        self.below(most) == 0
    }
}

/// A change: who made it, its number, and the change it builds on.
pub type Change = (u8, u32, Option<(u8, u32)>);

pub struct Laptop {
    pub key: DeviceKey,
    pub circle: Circle,
    pub book: BTreeMap<(u8, u32), Change>,
    pub state: State,
    pub keys: FolderKeys,
    pub path: PathBuf,
    pub jobs: Vec<Job>,
    pub now: Now,
    keeper: Keeper,
    number: u8,
    made: u32,
    /// What the folder does not hold yet, as the store knows it.
    unwritten: Vec<(Tag, Change)>,
    tag: Tag,
    read: BTreeMap<Key, Position>,
    data: PathBuf,
    set_up: bool,
}

pub fn encode(changes: &[Change]) -> Vec<u8> {
    let number = |(device, number): (u8, u32)| [&[device][..], &number.to_be_bytes()].concat();
    let one = |(device, count, on): &Change| [number((*device, *count)), on.map_or(vec![0xff; 5], number)].concat();
    changes.iter().flat_map(one).collect()
}

fn decode(bytes: &[u8]) -> Option<Vec<Change>> {
    let (changes, []) = bytes.as_chunks::<10>() else { return None };
    let number = |bytes: &[u8]| (bytes[0], u32::from_be_bytes(bytes[1..5].try_into().unwrap()));
    let one = |bytes: &[u8; 10]| {
        let ((device, count), on) = (number(&bytes[..5]), number(&bytes[5..]));
        (device, count, Some(on).filter(|on| on.0 != 0xff))
    };
    Some(changes.iter().map(one).collect())
}

impl Laptop {
    pub fn new(number: u8, place: &Path) -> Laptop {
        let key = DeviceKey::new(&[number + 1; 32]);
        let (path, data) = (place.join(format!("folder-{number}")), place.join(format!("data-{number}")));
        fs::create_dir_all(&path).unwrap();
        fs::create_dir_all(&data).unwrap();
        let now = Now { up: Duration::ZERO, wall: Timestamp::from_second(1_800_000_000).unwrap() };
        let options = FolderOptions {
            path: path.clone(),
            data: data.clone(),
            key: key.clone(),
            set_up: true,
            read: BTreeMap::new(),
        };
        Laptop {
            circle: Circle::new(key.public()),
            keeper: Keeper::new(options),
            key,
            book: BTreeMap::new(),
            state: State::default(),
            keys: FolderKeys::default(),
            path,
            jobs: Vec::new(),
            now,
            number,
            made: 0,
            unwritten: Vec::new(),
            tag: 0,
            read: BTreeMap::new(),
            data,
            set_up: true,
        }
    }

    pub fn name(&self) -> Key {
        self.key.public()
    }

    pub fn feed(&mut self, event: Event) {
        let mut events = vec![event];
        while let Some(event) = events.pop() {
            for effect in self.keeper.on(event, self.now) {
                match effect {
                    Effect::Run(job) => self.jobs.push(job),
                    Effect::Tell(news) => events.extend(self.hear(news)),
                }
            }
        }
    }

    fn hear(&mut self, news: News) -> Option<Event> {
        match news {
            News::Chunk { from, parts, receipt, at } => {
                assert!(self.circle.is_member(&from), "a chunk of no member is never offered");
                let taken = self.merge(&parts);
                if taken == Taken::Merged {
                    self.read.insert(from, at);
                }
                return Some(Event::Taken(receipt, taken));
            }
            News::Wrote(tag) => self.unwritten.retain(|(written, _)| *written > tag),
            News::WholeWanted => {
                self.tag += 1;
                let all: Vec<Change> = self.book.values().copied().collect();
                return Some(Event::Whole(encode(&all), self.tag));
            }
            News::NewKeys(keys) => self.keys = keys,
            News::Statements(bytes) => {
                self.circle.hear(&bytes).unwrap();
                return Some(self.known());
            }
            News::State(state) => {
                self.set_up &= state.last_look.is_none();
                self.state = state;
            }
        }
        None
    }

    fn merge(&mut self, parts: &[Vec<u8>]) -> Taken {
        let mut book = self.book.clone();
        for part in parts {
            let Some(changes) = decode(part) else { return Taken::Refused };
            book.extend(changes.into_iter().map(|change| ((change.0, change.1), change)));
        }
        if book.values().any(|(_, _, on)| on.is_some_and(|on| !book.contains_key(&on))) {
            return Taken::Incomplete;
        }
        self.book = book;
        Taken::Merged
    }

    pub fn known(&self) -> Event {
        Event::Known(Box::new(Known {
            members: self.circle.members().clone(),
            removed: self.circle.removed().keys().copied().collect(),
            circle: self.circle.encode(),
            keys: self.keys.clone(),
        }))
    }

    pub fn tell_known(&mut self) {
        let known = self.known();
        self.feed(known);
    }

    /// Changes the book, upon something that is in it.
    pub fn edit(&mut self, random: &mut Random) {
        let on = self.book.keys().nth(random.below(self.book.len() + 1)).copied();
        let change = (self.number, self.made, on);
        self.made += 1;
        self.tag += 1;
        self.book.insert((change.0, change.1), change);
        self.unwritten.push((self.tag, change));
        self.feed(Event::Gained(encode(&[change]), self.tag));
    }

    /// Runs one of the jobs that wait.
    pub fn run_one(&mut self, random: &mut Random) {
        let job = self.jobs.swap_remove(random.below(self.jobs.len()));
        self.feed(Event::Done(jobs::run(job)));
    }

    /// Until nothing is left to do.
    pub fn settle(&mut self, random: &mut Random) {
        for _ in 0..40 {
            while !self.jobs.is_empty() {
                self.run_one(random);
            }
            if self.keeper.wakes_at().is_none() {
                return;
            }
            self.pass(Duration::from_secs(3));
        }
        panic!("it never comes to rest");
    }

    pub fn pass(&mut self, time: Duration) {
        self.now = Now { up: self.now.up + time, wall: self.now.wall.checked_add(time).unwrap() };
        self.feed(Event::Tick);
    }

    /// A new start, which knows nobody yet.
    pub fn begin(&mut self) {
        self.keeper = Keeper::new(FolderOptions {
            path: self.path.clone(),
            data: self.data.clone(),
            key: self.key.clone(),
            set_up: self.set_up,
            read: self.read.clone(),
        });
    }

    /// A crash at any time: what a thread was about to do may or may not be done.
    pub fn restart(&mut self, random: &mut Random) {
        for job in std::mem::take(&mut self.jobs) {
            if random.one_in(2) {
                _ = jobs::run(job);
            }
        }
        if random.one_in(2) {
            // The daemon kept no positions, or has restored a backup: all is read again.
            self.read.clear();
        }
        self.begin();
        self.tell_known();
        for (tag, change) in self.unwritten.clone() {
            self.feed(Event::Gained(encode(&[change]), tag));
        }
    }

    pub fn own_folder(&self) -> PathBuf {
        self.path.join(ROOT).join(names::of_device(&self.name()))
    }
}

/// The service that carries the folder: it keeps a copy of its own.
pub struct Service {
    pub path: PathBuf,
    delivered: BTreeSet<PathBuf>,
    pub faults: bool,
}

impl Service {
    pub fn new(place: &Path) -> Service {
        let path = place.join("service");
        fs::create_dir_all(path.join(ROOT)).unwrap();
        Service { path, delivered: BTreeSet::new(), faults: true }
    }

    pub fn upload(&mut self, laptop: &Laptop, random: &mut Random) {
        let to = self.path.join(ROOT).join(names::of_device(&laptop.name()));
        self.carry(&laptop.own_folder(), &to, random);
    }

    pub fn download(&mut self, laptop: &Laptop, random: &mut Random) {
        for folder in fs::read_dir(self.path.join(ROOT)).unwrap().map(Result::unwrap) {
            let to = laptop.path.join(ROOT).join(folder.file_name());
            if to != laptop.own_folder() {
                self.carry(&folder.path(), &to, random);
            }
        }
    }

    fn carry(&mut self, from: &Path, to: &Path, random: &mut Random) {
        if !from.exists() {
            return;
        }
        fs::create_dir_all(to).unwrap();
        let mut there = BTreeSet::new();
        for file in fs::read_dir(from).unwrap().map(Result::unwrap) {
            let name = file.file_name().into_string().unwrap();
            let (bytes, goal) = (fs::read(file.path()).unwrap(), to.join(&name));
            there.insert(goal.clone());
            let fault = if self.faults { random.below(8) } else { 7 };
            match fault {
                // Later.
                0 => continue,
                1 => fs::write(&goal, &bytes[..random.below(bytes.len())]).unwrap(),
                2 => fs::write(to.join(format!("{name} (conflicted copy)")), &bytes).unwrap(),
                3 => fs::write(to.join(format!(".{name}.icloud")), b"not fetched yet").unwrap(),
                _ => fs::write(&goal, &bytes).unwrap(),
            }
            self.delivered.insert(goal);
        }
        for gone in self.delivered.clone() {
            if gone.parent() == Some(to) && !there.contains(&gone) && (!self.faults || random.one_in(2)) {
                _ = fs::remove_file(&gone);
                self.delivered.remove(&gone);
            }
        }
    }
}

/// Laptops that were paired in a row, and have met nobody but who they were paired with.
pub fn laptops(count: u8, place: &Path) -> Vec<Laptop> {
    let mut laptops: Vec<Laptop> = (0..count).map(|number| Laptop::new(number, place)).collect();
    for second in 1..laptops.len() {
        let (before, after) = laptops.split_at_mut(second);
        let (a, b) = (before.last_mut().unwrap(), &mut after[0]);
        let at = Timestamp::from_second(1_700_000_000).unwrap();
        a.circle.welcome(&a.key, b.key.public(), at).unwrap();
        b.circle.welcome(&b.key, a.key.public(), at).unwrap();
        a.circle.hear(&b.circle.encode()).unwrap();
        b.circle.hear(&a.circle.encode()).unwrap();
    }
    laptops.iter_mut().for_each(Laptop::tell_known);
    laptops
}

/// One laptop is on for a while: it fetches, looks, works, and what it wrote is carried away.
pub fn session(laptop: &mut Laptop, service: &mut Service, random: &mut Random, work: bool) {
    laptop.pass(Duration::from_secs(3600));
    service.download(laptop, random);
    if work && random.one_in(6) {
        laptop.restart(random);
    }
    laptop.feed(Event::Look);
    for _ in 0..if work { random.below(6) } else { 0 } {
        match random.below(4) {
            0 if !laptop.jobs.is_empty() => laptop.run_one(random),
            1 => laptop.pass(Duration::from_secs(3)),
            _ => laptop.edit(random),
        }
    }
    if !work || !random.one_in(5) {
        laptop.settle(random);
    }
    service.upload(laptop, random);
}

/// No more faults, and nobody edits: a few rounds, always one at a time.
pub fn rounds(laptops: &mut [Laptop], service: &mut Service, random: &mut Random, count: usize) {
    service.faults = false;
    for _ in 0..count {
        for laptop in laptops.iter_mut() {
            session(laptop, service, random, false);
        }
    }
}

/// Where a disk's `fsync` costs nothing, if there is such a place.
pub fn place() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").unwrap_or_else(|_| tempfile::tempdir().unwrap())
}

/// How many seeds are run: a few in the suite, more by `GOODWORD_SEEDS`.
fn seeds() -> impl Iterator<Item = (u64, Random)> {
    let count = std::env::var("GOODWORD_SEEDS").ok().and_then(|count| count.parse().ok()).unwrap_or(30);
    (1..=count).map(|seed: u64| (seed, Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15))))
}

/// Any number of laptops, each on for a while in any order, over a service that does what it wants.
fn some_weeks(random: &mut Random, place: &Path, most: usize) -> (Vec<Laptop>, Service) {
    let mut laptops = laptops(u8::try_from(2 + random.below(most - 1)).unwrap(), place);
    let mut service = Service::new(place);
    for _ in 0..random.below(40) {
        let at = random.below(laptops.len());
        session(&mut laptops[at], &mut service, random, true);
    }
    (laptops, service)
}

#[test]
fn laptops_that_are_never_on_together_end_with_the_same_book() {
    for (seed, mut random) in seeds() {
        let place = place();
        let (mut laptops, mut service) = some_weeks(&mut random, place.path(), 4);
        // A gap is asked about after three looks, answered by the next, and read after that.
        rounds(&mut laptops, &mut service, &mut random, 9);
        let states: Vec<&State> = laptops.iter().map(|laptop| &laptop.state).collect();
        let all: BTreeSet<(u8, u32)> = laptops.iter().flat_map(|laptop| laptop.book.keys().copied()).collect();
        for laptop in &laptops {
            let missing = all.iter().filter(|change| !laptop.book.contains_key(change)).count();
            assert_eq!(missing, 0, "seed {seed}: laptop {} lacks changes; {states:#?}", laptop.number);
            assert!(laptop.unwritten.is_empty(), "seed {seed}: laptop {} kept changes to itself", laptop.number);
            assert_eq!(laptop.state.trouble, Vec::<String>::new(), "seed {seed}");
            assert!(laptop.state.devices.values().all(|seen| seen.has_all), "seed {seed}: {states:#?}");
        }
    }
}

#[test]
fn whoever_is_removed_in_the_midst_of_it_reads_nothing_of_what_those_who_stay_end_with() {
    for (seed, mut random) in seeds() {
        let place = place();
        let (mut laptops, mut service) = some_weeks(&mut random, place.path(), 4);
        let thief = laptops.remove(random.below(laptops.len()));
        let at = random.below(laptops.len());
        let remover = &mut laptops[at];
        let when = remover.now.wall;
        remover.circle.remove(&remover.key, thief.name(), when);
        remover.tell_known();
        let mut all: Vec<Laptop> = laptops.into_iter().chain([thief]).collect();
        for _ in 0..random.below(20) {
            let at = random.below(all.len());
            session(&mut all[at], &mut service, &mut random, true);
        }
        let mut thief = all.pop().unwrap();
        rounds(&mut all, &mut service, &mut random, 9);
        let remover = &all[at];
        for stays in all.iter().filter(|laptop| remover.circle.is_member(&laptop.name())) {
            assert_eq!(stays.book, remover.book, "seed {seed}");
            assert!(!stays.circle.is_member(&thief.name()), "seed {seed}");
            assert!(stays.circle.is_member(&remover.name()), "seed {seed}");
            let newest = super::files::list(&stays.own_folder()).unwrap();
            let newest = newest.iter().rev().find(|file| file.is_chunk() && file.name.seq == 0).unwrap();
            let bytes = fs::read(stays.own_folder().join(&newest.file)).unwrap();
            let opened = super::envelope::open(&thief.keys, &stays.name(), &newest.name, &bytes);
            assert_eq!(opened, Err(super::envelope::Unopened::NoKey), "seed {seed}");
        }
        session(&mut thief, &mut service, &mut random, false);
        assert!(thief.circle.was_i_removed().is_some(), "seed {seed}: it is told");
    }
}
