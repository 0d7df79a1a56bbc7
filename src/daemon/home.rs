//! An open home: the book, the feed cache and the device, with the lock held. The daemon has one for its whole life;
//! a command without a daemon has one for a moment.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use jiff::{Timestamp, Zoned, civil::Date, tz::TimeZone};

use super::{devices, errors, peers::Peers};
use crate::{
    api::{Answer, Error, FolderStatus, Said},
    config::Config,
    domain::{
        Book, Change, Contact, Device, Event, Id, What,
        brainstorm::Graph,
        decide::Standing,
        draft::{Phrases, Used},
        pick,
    },
    feed::Fetcher,
    interests::{self, Stamp},
    platform::Folders,
    replica::{ImportReport, OpenError, Replica},
    social,
    store::lock::Lock,
    sync::{Circle, DeviceKey, Key},
};

/// The name under which the store keeps this device's id.
const DEVICE_KEY: &str = "device";

/// The name under which the store keeps the mark of the notification raised last.
const NOTIFICATION_KEY: &str = "notification";

/// A day, and the book's heads on it: what was worked out for both holds for as long as they do.
type Stand = (Date, Vec<String>);

/// Everything under one home.
pub struct Home {
    pub folders: Folders,
    pub config: Config,
    /// Made when it is first needed: most commands fetch nothing.
    pub(super) fetcher: std::sync::OnceLock<Fetcher>,
    /// Likewise: who there is in public.
    pub(super) social: std::sync::OnceLock<social::Client>,
    /// The notification server and whether it has buttons, while a daemon runs.
    pub desktop: Option<(String, bool)>,
    /// When the daemon began.
    pub since: Option<Timestamp>,
    /// Where the page is, while a daemon runs, and who may open it.
    pub(super) doors: super::dispatch::page::Doors,
    pub(super) replica: Replica,
    pub(super) device: Id,
    /// This device's key; nothing where a home is only looked at and has none yet.
    pub(super) key: Option<DeviceKey>,
    /// Which devices belong together.
    pub(super) circle: Circle,
    /// What was heard of it last could not be written: after a restart it would be as before.
    pub(super) circle_unkept: bool,
    /// The others, while a daemon runs.
    pub(super) peers: Peers,
    /// What is wrong with the network, in words for the author.
    pub(super) network_troubles: Vec<String>,
    /// What is remembered of the others.
    pub(super) met: BTreeMap<Key, devices::Met>,
    /// The shared folder, while a daemon runs and `config.toml` names one.
    pub(super) folder: Option<FolderStatus>,
    /// Who was not found at an address, until that is said.
    pub(super) not_found: BTreeMap<String, social::LookupError>,
    /// The list that was read at an address, until its people are taken in.
    pub(super) rosters: BTreeMap<String, Result<social::roster::Roster, social::LookupError>>,
    /// What was found at an address the author gave, until the contact with this address is written.
    pub(super) found: BTreeMap<String, Result<Vec<String>, String>>,
    /// When sites were last looked at for feeds.
    pub(super) searched: Option<Timestamp>,
    pub(super) phrases: Phrases,
    /// The shout-outs of late, with the skeletons they were made from, in a language.
    pub(super) recognised: Mutex<(String, Vec<Used>)>,
    /// The interest graph as it was read last, and how the author's own files stood then.
    graph: Mutex<Option<(Stamp, Arc<Graph>)>>,
    /// Who is in which audience, and the day and the book's heads for which that holds.
    pub(super) crowds: Mutex<Option<(Stand, Arc<super::dispatch::Crowds>)>>,
    /// The day of the last backup that was made.
    pub(super) backed_up: Option<Date>,
    /// A backup that was asked for, once it was made.
    pub(super) asked_backup: Option<Result<(), Error>>,
    /// Nothing for a home that is only looked at.
    _lock: Option<Lock>,
}

/// What became of a book that the author handed us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Restored {
    /// It went into the book that is here.
    Merged(ImportReport),
    /// It is the book now; the file that could not be read is kept whole.
    Replaced { aside: Option<PathBuf> },
}

impl Home {
    /// Opens a home, or begins one. Waits for whoever holds it; [`ErrorKind::Unreachable`] when they do not let go.
    pub fn open(folders: &Folders, wait: Duration) -> Result<Home, Error> {
        let lock = held(folders, wait)?;
        let replica = Replica::open(&folders.data, actor()).map_err(errors::open)?;
        let mut home = Home::with(folders, replica, Some(lock))?;
        home.begin_book()?;
        Ok(home)
    }

    /// Opens a home to look at it, beside whoever holds it. Nothing in it is written, touched or made.
    pub fn look(folders: &Folders) -> Result<Home, Error> {
        let replica = Replica::look(&folders.data).map_err(errors::open)?;
        Home::with(folders, replica, None)
    }

    /// Takes the book in a backup or an export in: merged into a book that can be read, or in the place of one that
    /// cannot, or is gone. Gives the name under which the unreadable file is kept.
    pub fn restore(folders: &Folders, wait: Duration, bytes: &[u8]) -> Result<(Home, Restored), Error> {
        let lock = held(folders, wait)?;
        // Before anything is moved.
        Config::read(&folders.config_file()).map_err(errors::config)?;
        let (replica, restored) = match Replica::open(&folders.data, actor()) {
            Ok(mut replica) => {
                let report = replica.import(bytes).map_err(errors::import)?;
                (replica, Restored::Merged(report))
            }
            Err(OpenError::Unreadable { .. } | OpenError::Missing { .. }) => {
                let stamp = Zoned::now().strftime("%Y-%m-%dT%H-%M-%S").to_string();
                let recovered = Replica::recover(&folders.data, &stamp, bytes, actor()).map_err(errors::import)?;
                (recovered.0, Restored::Replaced { aside: recovered.1 })
            }
            Err(error) => return Err(errors::open(error)),
        };
        let mut home = Home::with(folders, replica, Some(lock))?;
        home.begin_book()?;
        Ok((home, restored))
    }

    fn with(folders: &Folders, mut replica: Replica, lock: Option<Lock>) -> Result<Home, Error> {
        let config = Config::read(&folders.config_file()).map_err(errors::config)?;
        let (device, key) = match &lock {
            Some(_) => (device_id(&mut replica)?, Some(devices::own_key(folders)?)),
            None => (known_device_id(&replica), devices::read_key(folders).unwrap_or_default()),
        };
        let circle = devices::circle_kept(&replica, key.as_ref())?;
        let met = devices::met_before(&replica);
        Ok(Home {
            folders: folders.clone(),
            config,
            fetcher: std::sync::OnceLock::new(),
            social: std::sync::OnceLock::new(),
            desktop: None,
            since: None,
            doors: super::dispatch::page::Doors::default(),
            phrases: super::phrases::read(folders)?,
            replica,
            device,
            key,
            circle,
            circle_unkept: false,
            peers: Peers::default(),
            network_troubles: Vec::new(),
            met,
            folder: None,
            not_found: BTreeMap::new(),
            rosters: BTreeMap::new(),
            found: BTreeMap::new(),
            searched: None,
            recognised: Mutex::default(),
            graph: Mutex::default(),
            crowds: Mutex::default(),
            backed_up: None,
            asked_backup: None,
            _lock: lock,
        })
    }

    /// A book needs a seed, and knows this device by name. A book of a newer goodword is read only, so it gets neither.
    fn begin_book(&mut self) -> Result<(), Error> {
        if self.book().refuses_writes() {
            return Ok(());
        }
        let mut changes = Vec::new();
        if self.book().settings.seeds.is_empty() {
            let mut settings = self.book().settings.clone();
            settings.seeds.insert(random_text());
            changes.push(Change::Settings(settings));
        }
        changes.push(Change::Device(self.own_record()));
        self.commit(&changes)
    }

    /// This device as the others read of it. A name in `config.toml` comes first, then the one it was given, then the
    /// host's.
    pub(super) fn own_record(&self) -> Device {
        let known = self.book().devices.get(&self.device).cloned().unwrap_or_default();
        let names = [self.config.name.clone(), known.name.clone()];
        let name = names.into_iter().find(|name| !name.is_empty()).unwrap_or_else(host_name);
        let added = known.added.or_else(|| Some(self.clock(Timestamp::now()).date()));
        let key = self.key.as_ref().map_or(known.key, |key| key.public().to_string());
        Device { id: self.device.clone(), name, hub: self.config.hub, added, key, removed: None }
    }

    /// The book as of the last commit.
    pub fn book(&self) -> &Book {
        self.replica.book()
    }

    /// The wall clock where the author is: the device's zone, or the fixed one of settings.
    pub fn clock(&self, now: Timestamp) -> Zoned {
        let fixed = self.book().settings.zone.as_deref().and_then(|name| TimeZone::get(name).ok());
        now.to_zoned(fixed.unwrap_or_else(TimeZone::system))
    }

    /// Makes changes; when this returns they are on disk.
    pub fn commit(&mut self, changes: &[Change]) -> Result<(), Error> {
        let before = self.book().settings.contact_address.clone();
        self.replica.commit(changes).map_err(errors::commit)?;
        if self.book().settings.contact_address != before {
            self.fetcher = std::sync::OnceLock::new();
            self.social = std::sync::OnceLock::new();
        }
        Ok(())
    }

    /// Plans the days to come, where the plan differs from what is written. A book that cannot be written is shown as
    /// it is.
    pub fn plan(&mut self, now: Timestamp) -> Result<(), Error> {
        if self.book().refuses_writes() {
            return Ok(());
        }
        let changes = pick::plan(self.book(), self.clock(now).date());
        if changes.is_empty() { Ok(()) } else { self.commit(&changes) }
    }

    /// An event as this device writes it.
    pub fn event(&self, now: Timestamp, date: Date, contact: &Id, what: What) -> Change {
        let contact = self.book().lead(contact).clone();
        Change::Event(Event { date, contact, device: self.device.clone(), nonce: random_text(), at: now, what })
    }

    /// Writes one event in the journal.
    pub fn record(&mut self, now: Timestamp, date: Date, contact: &Id, what: What) -> Result<(), Error> {
        let event = self.event(now, date, contact, what);
        self.commit(&[event])
    }

    /// An id for something new.
    pub fn new_id(&self, now: Timestamp) -> Id {
        let mut random = [0; 10];
        random.copy_from_slice(&uuid::Uuid::new_v4().as_bytes()[..10]);
        Id::new(u64::try_from(now.as_millisecond()).unwrap_or_default(), &random)
    }

    /// A contact's name, also of those who are gone.
    pub fn name_of(&self, contact: &Id) -> String {
        self.book().ever(contact).map(|contact| contact.name.clone()).unwrap_or_default()
    }

    /// A sentence as an answer.
    pub fn said(&self, said: impl Into<String>) -> Answer {
        Answer::Said(Said { said: said.into() })
    }

    /// The interest graph: ours, and the author's own from the folder `interests` beside `config.toml`. Read again when
    /// a file in there has changed.
    pub(super) fn graph(&self) -> Result<Arc<Graph>, Error> {
        let folder = self.folders.config.join("interests");
        let stamp = interests::stamp(&folder);
        let mut kept = self.graph.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, graph)) = kept.as_ref().filter(|(read, _)| *read == stamp) {
            return Ok(Arc::clone(graph));
        }
        let loaded = interests::load(Some(&folder));
        if let Some(fault) = loaded.faults.first() {
            return Err(Error::usage(fault.to_string()).hint("mend the file, or move it away"));
        }
        let graph = Arc::new(loaded.graph);
        *kept = Some((stamp, Arc::clone(&graph)));
        Ok(graph)
    }

    /// This device raises notifications.
    pub fn may_notify(&self) -> bool {
        self.config.notify && !self.config.hub
    }

    /// The mark of the notification that this device raised last: after a crash it may still be up.
    pub(super) fn notification_left(&self) -> Option<String> {
        self.replica.store().device_get(NOTIFICATION_KEY).unwrap_or_else(|error| {
            tracing::warn!(%error, "whether a notification was left on the screen is not known");
            None
        })
    }

    /// Keeps the mark of the notification that is up.
    pub(super) fn remember_notification(&mut self, mark: Option<&str>) {
        if let Err(error) = self.replica.store_mut().device_set(NOTIFICATION_KEY, mark) {
            tracing::warn!(%error, "after a crash the notification that is up now may stay beside the next");
        }
    }

    /// Contacts' items as the feed cache has them, newest first. A cache that cannot be read is an empty one: it never
    /// decides anything but what a draft is about.
    pub fn items_of(&self, contact: &Contact) -> Vec<crate::domain::Item> {
        let feeds: Vec<_> = contact.feeds.iter().map(String::as_str).collect();
        self.replica.store().items_of(&feeds).unwrap_or_else(|error| {
            tracing::warn!(%error, "the feed cache could not be read");
            Vec::new()
        })
    }

    /// The day in one line, for whoever supervises the daemon. No name: it may be shown on a screen that others see.
    pub fn in_words(&self, now: Timestamp) -> String {
        let clock = self.clock(now);
        match Standing::of(self.book(), &clock) {
            Standing::Open(..) => "Somebody waits for a good word today".to_owned(),
            Standing::Wait(Some(instant)) => format!(
                "The next good word: {}",
                instant.to_zoned(clock.time_zone().clone()).strftime("%a %d %b, %H:%M")
            ),
            Standing::Wait(None) => "Paused".to_owned(),
            Standing::Nobody(nobody) => nobody.to_string().trim_end_matches('.').to_owned(),
        }
    }
}

fn held(folders: &Folders, wait: Duration) -> Result<Lock, Error> {
    folders.prepare().map_err(errors::folders)?;
    Lock::take(&folders.data, wait).map_err(errors::lock)
}

/// New at every start: a copied or restored home never collides with its older self.
fn actor() -> [u8; 16] {
    *uuid::Uuid::new_v4().as_bytes()
}

impl Home {
    /// Goes on under a new id: this home was a copy of another laptop's, or was removed.
    pub(super) fn renew_id(&mut self) -> Result<(), Error> {
        let id = uuid::Uuid::new_v4().to_string();
        self.replica.store_mut().device_set(DEVICE_KEY, Some(&id)).map_err(errors::store)?;
        self.device = id.into();
        let record = self.own_record();
        self.commit(&[Change::Device(record)])
    }
}

fn known_device_id(replica: &Replica) -> Id {
    replica.store().device_get(DEVICE_KEY).ok().flatten().map(Id::from).unwrap_or_default()
}

fn device_id(replica: &mut Replica) -> Result<Id, Error> {
    if let Some(id) = replica.store().device_get(DEVICE_KEY).map_err(errors::store)? {
        return Ok(id.into());
    }
    let id = uuid::Uuid::new_v4().to_string();
    replica.store_mut().device_set(DEVICE_KEY, Some(&id)).map_err(errors::store)?;
    Ok(id.into())
}

fn host_name() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

/// Text that no other event has.
pub(super) fn random_text() -> String {
    let random = uuid::Uuid::new_v4().simple().to_string();
    random.get(..12).unwrap_or(&random).to_owned()
}
