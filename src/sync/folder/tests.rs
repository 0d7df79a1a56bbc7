//! The folder against what a disk, a service and a removed device do to it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::Write,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use jiff::Timestamp;

use super::{
    Folder, FolderKeys, FolderOptions, Known, News, Position, State, Taken, envelope,
    files::{self, ROOT, Trouble},
    jobs::{self, Chunk, Done, Job, WasRead, Written},
    keeper::Event,
    names::{self, Found, Kind, Name},
    reading::Reading,
    simulation::{Laptop, Random, Service, laptops, place, rounds},
    start,
    writing::Writing,
};
use crate::sync::{Circle, DeviceKey};

/// Two laptops that share one folder on one disk, as with a stick.
fn on_one_stick(place: &Path, count: u8) -> Vec<Laptop> {
    let mut all = laptops(count, place);
    let stick = place.join("stick");
    fs::create_dir_all(&stick).unwrap();
    for laptop in &mut all {
        fs::remove_dir_all(&laptop.path).unwrap();
        std::os::unix::fs::symlink(&stick, &laptop.path).unwrap();
    }
    all
}

fn look(laptop: &mut Laptop) {
    let random = &mut Random(7);
    laptop.feed(Event::Look);
    laptop.settle(random);
}

fn chunks(laptop: &Laptop) -> Vec<Found> {
    files::list(&laptop.own_folder()).unwrap().into_iter().filter(Found::is_chunk).collect()
}

#[test]
fn who_was_removed_can_neither_read_what_is_written_after_nor_be_read() {
    let place = place();
    let random = &mut Random(3);
    let mut all = laptops(3, place.path());
    let mut service = Service::new(place.path());
    all.iter_mut().for_each(|laptop| laptop.edit(random));
    rounds(&mut all, &mut service, random, 5);
    assert!(all.iter().all(|laptop| laptop.book.len() == 3));
    let thief = all.remove(1);
    let old_keys = thief.keys.clone();
    let at = Timestamp::from_second(1_800_000_000).unwrap();
    let remover = &mut all[0];
    remover.circle.remove(&remover.key, thief.name(), at);
    remover.tell_known();
    remover.edit(random);
    // The thief writes on, and its files are carried as before.
    let mut thief = thief;
    thief.edit(random);
    look(&mut thief);
    service.upload(&thief, random);
    let before: BTreeSet<String> = server_files(&service);
    rounds(&mut all, &mut service, random, 4);
    for laptop in &all {
        assert_eq!(laptop.book.len(), 4, "what the remover wrote is everywhere, what the thief wrote nowhere");
        assert!(laptop.circle.removed().contains_key(&thief.name()));
    }
    let mut seen = 0;
    for laptop in &all {
        for file in chunks(laptop).iter().filter(|file| !before.contains(&file.file)) {
            let bytes = fs::read(laptop.own_folder().join(&file.file)).unwrap();
            assert_eq!(envelope::open(&old_keys, &laptop.name(), &file.name, &bytes), Err(envelope::Unopened::NoKey));
            seen += 1;
        }
    }
    assert!(seen >= 2, "both who stay have begun anew");
    // And the thief is told, and finds no key.
    service.download(&thief, random);
    look(&mut thief);
    assert!(thief.circle.was_i_removed().is_some());
    assert_eq!(thief.keys, old_keys);
}

fn server_files(service: &Service) -> BTreeSet<String> {
    let root = service.path.join(ROOT);
    let folders = fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path());
    folders
        .flat_map(|folder| fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()))
        .collect()
}

#[test]
fn a_thread_that_hangs_is_told_of_once_and_stops_nobody_else() {
    let place = place();
    let random = &mut Random(5);
    let mut all = on_one_stick(place.path(), 3);
    for laptop in &mut all {
        laptop.edit(random);
    }
    for laptop in all.iter_mut().chain([]) {
        look(laptop);
    }
    for _ in 0..3 {
        all.iter_mut().for_each(look);
    }
    let (others, reader) = all.split_at_mut(2);
    let reader = &mut reader[0];
    others.iter_mut().for_each(|laptop| laptop.edit(random));
    others.iter_mut().for_each(look);
    let before = reader.book.len();
    let stuck = names::of_device(&others[0].name());
    reader.feed(Event::Look);
    while !reader.jobs.is_empty() {
        let job = reader.jobs.remove(0);
        if matches!(&job, Job::Read(read) if read.folder == stuck) {
            continue;
        }
        reader.feed(Event::Done(jobs::run(job)));
    }
    reader.pass(Duration::from_secs(31));
    assert_eq!(reader.book.len(), before + 1, "the other one is read all the same");
    assert!(reader.state.trouble.iter().any(|words| words.contains(&stuck)), "{:?}", reader.state.trouble);
    reader.feed(Event::Look);
    let again = reader.jobs.iter().any(|job| matches!(job, Job::Read(read) if read.folder == stuck));
    assert!(!again, "no second thread goes where one hangs");
}

#[test]
fn a_gap_holds_the_later_ones_back_and_the_whole_book_closes_it() {
    let place = place();
    let random = &mut Random(9);
    let mut all = on_one_stick(place.path(), 2);
    all.iter_mut().for_each(look);
    for _ in 0..3 {
        all[0].edit(random);
        look(&mut all[0]);
        all.iter_mut().for_each(look);
    }
    let (a, b) = all.split_at_mut(1);
    let (a, b) = (&mut a[0], &mut b[0]);
    assert_eq!(b.book.len(), 3);
    a.edit(random);
    look(a);
    let lost = chunks(a).last().unwrap().file.clone();
    let away = place.path().join("lost");
    fs::rename(a.own_folder().join(&lost), &away).unwrap();
    fs::write(a.own_folder().join(&lost), b"not all of it").unwrap();
    a.edit(random);
    a.settle(random);
    for _ in 0..2 {
        look(b);
        assert_eq!(b.book.len(), 3, "the later one is not taken before the earlier");
    }
    for _ in 0..3 {
        look(b);
        look(a);
    }
    look(b);
    assert_eq!(b.book.len(), 5);
}

#[test]
fn a_file_of_ours_that_is_lost_is_noticed_and_the_whole_book_is_written() {
    let place = place();
    let random = &mut Random(11);
    let mut all = on_one_stick(place.path(), 2);
    all[0].edit(random);
    all.iter_mut().for_each(look);
    all.iter_mut().for_each(look);
    let before = chunks(&all[0]);
    fs::remove_file(all[0].own_folder().join(&before[0].file)).unwrap();
    look(&mut all[0]);
    let after = chunks(&all[0]);
    assert!(after.iter().any(|file| file.name.seq == 0 && file.name.series > before[0].name.series), "{after:?}");
}

#[test]
fn a_copied_home_that_writes_in_the_same_place_is_named() {
    let place = place();
    let random = &mut Random(13);
    let mut all = on_one_stick(place.path(), 2);
    all.iter_mut().for_each(look);
    all[0].edit(random);
    look(&mut all[0]);
    let series = chunks(&all[0])[0].name.series;
    let strange = Name::new(Kind::Chunk, series + 5, 0);
    fs::write(all[0].own_folder().join(strange.file(b"another")), b"another").unwrap();
    look(&mut all[0]);
    assert!(all[0].state.trouble.iter().any(|words| words.contains("another laptop")), "{:?}", all[0].state);
    assert!(chunks(&all[0]).iter().any(|file| file.name.series > series + 5));
}

#[test]
fn what_a_round_that_broke_off_left_behind_is_taken_for_our_own() {
    let place = place();
    let random = &mut Random(29);
    let mut all = on_one_stick(place.path(), 2);
    for _ in 0..2 {
        all.iter_mut().for_each(look);
    }
    let (a, b) = all.split_at_mut(1);
    let (a, b) = (&mut a[0], &mut b[0]);
    let before = chunks(a).len();
    a.edit(random);
    a.pass(Duration::from_secs(3));
    let mut broke_off = false;
    while !a.jobs.is_empty() {
        let job = a.jobs.remove(0);
        let writes = matches!(&job, Job::Write(write) if write.put.iter().any(|put| put.name.kind == Kind::Chunk));
        // The chunk is there, and then the disk was full.
        let done = jobs::run(job);
        let full = Done::Write(Err(Trouble::Full(a.path.clone())));
        broke_off |= writes;
        a.feed(Event::Done(if writes { full } else { done }));
    }
    assert!(broke_off && chunks(a).len() > before && a.state.waiting > 0);
    a.edit(random);
    for _ in 0..3 {
        look(a);
        look(b);
    }
    assert!(a.state.trouble.is_empty() && a.state.waiting == 0, "{:?}", a.state);
    assert_eq!(a.book, b.book);
}

#[test]
fn what_was_read_of_a_device_that_was_removed_meanwhile_waits_for_nothing() {
    let mut reading = Reading::default();
    let chunk = Chunk { after: Position { series: 1, next: 1 }, parts: Vec::new() };
    reading.was_read(WasRead { chunks: vec![chunk], more: true, broken: Some(1), ..WasRead::default() });
    assert!(reading.is_quiet() && !reading.wants_more() && reading.offer(1).is_none());
}

#[test]
fn what_was_too_much_to_wait_beside_a_whole_book_is_in_the_next_one() {
    let mut keys = FolderKeys::default();
    keys.make(DeviceKey::new(&[1; 32]).public(), &BTreeSet::new());
    let key = keys.fit(&BTreeSet::new()).unwrap().clone();
    let (mut writing, now) = (Writing::default(), Duration::ZERO);
    writing.done(Some(Written::default()), now);
    assert!(writing.ask_for_whole());
    writing.gave_whole(b"the book".to_vec(), 1);
    assert!(writing.chunk(&key, now, 1).is_some());
    // While a thread writes that, an import of thousands.
    writing.gained(vec![0; 5 << 20], 2, now);
    assert_eq!(writing.done(Some(Written::default()), now), Some(1));
    assert!(writing.waiting() > 0 && writing.ask_for_whole());
}

#[test]
fn old_series_stay_until_all_have_read_past_them_or_are_gone_for_a_season() {
    let place = place();
    let random = &mut Random(17);
    let mut all = on_one_stick(place.path(), 3);
    for _ in 0..4 {
        all.iter_mut().for_each(look);
    }
    let new_series = |laptop: &mut Laptop, random: &mut Random| {
        // More edits than a series holds.
        for _ in 0..101 {
            laptop.edit(random);
            laptop.settle(random);
        }
    };
    let count = |laptop: &Laptop| chunks(laptop).iter().map(|file| file.name.series).collect::<BTreeSet<_>>().len();
    let (writer, others) = all.split_at_mut(1);
    let writer = &mut writer[0];
    let foreign_before = files::list(&others[0].own_folder()).unwrap();
    new_series(writer, random);
    look(&mut others[0]);
    look(writer);
    assert_eq!(count(writer), 2, "one of the others has not read the new one");
    let near = Duration::from_secs(89 * 24 * 3600);
    writer.pass(near);
    look(&mut others[0]);
    look(writer);
    assert_eq!(count(writer), 2);
    writer.pass(Duration::from_secs(3 * 24 * 3600));
    look(writer);
    assert_eq!(count(writer), 1, "who was away for a season is not waited for");
    let kept: BTreeSet<String> =
        files::list(&others[0].own_folder()).unwrap().into_iter().map(|file| file.file).collect();
    let lost = foreign_before.iter().filter(|file| file.is_chunk() && !kept.contains(&file.file)).count();
    assert_eq!(lost, 0, "nobody takes away another's file");
    look(&mut others[1]);
    assert_eq!(others[1].book, writer.book, "it gets the whole book when it returns");
}

#[test]
fn a_folder_that_is_away_is_never_made() {
    let place = place();
    let (path, data) = (place.path().join("stick"), place.path().join("data"));
    assert_eq!(files::check_place(&path, &data, true), Err(Trouble::Away(path.clone())));
    assert!(!path.exists());
    // The empty place where the stick was.
    fs::create_dir(&path).unwrap();
    assert_eq!(files::check_place(&path, &data, false), Err(Trouble::NotOurs(path.clone())));
    assert_eq!(fs::read_dir(&path).unwrap().count(), 0);
    assert_eq!(files::check_place(&path, &data, true), Ok(()));
    assert_eq!(files::check_place(&path, &data, false), Ok(()));
}

#[test]
fn a_folder_with_a_store_in_it_or_inside_a_home_is_refused() {
    let place = place();
    let (cloud, data) = (place.path().join("cloud"), place.path().join("cloud/goodword-home"));
    fs::create_dir_all(&data).unwrap();
    fs::write(data.join("goodword.db"), b"").unwrap();
    assert!(matches!(files::check_place(&cloud, &data, true), Err(Trouble::HoldsStore { .. })));
    let inside = data.join("shared");
    fs::create_dir(&inside).unwrap();
    assert!(matches!(files::check_place(&inside, &data, true), Err(Trouble::InHome { .. })));
    let elsewhere = place.path().join("elsewhere");
    assert!(matches!(files::check_place(&inside, &elsewhere, true), Err(Trouble::InHome { .. })));
    assert!(matches!(files::check_place(Path::new("cloud"), &data, true), Err(Trouble::Relative(_))));
    let link = place.path().join("link");
    std::os::unix::fs::symlink(&cloud, &link).unwrap();
    assert!(matches!(files::check_place(&link, &data, true), Err(Trouble::HoldsStore { .. })));
}

#[test]
fn nothing_is_written_through_a_link_that_somebody_left() {
    let place = place();
    let (path, other) = (place.path().join("folder"), place.path().join("other"));
    fs::create_dir_all(&path).unwrap();
    fs::create_dir_all(&other).unwrap();
    std::os::unix::fs::symlink(&other, path.join(ROOT)).unwrap();
    assert!(matches!(
        files::check_place(&path, place.path(), true),
        Err(Trouble::NotAFolder(_) | Trouble::HoldsStore { .. })
    ));
    assert_eq!(fs::read_dir(&other).unwrap().count(), 0);
}

/// A real thread, and the news that come from it.
struct Running {
    folder: Folder,
    news: tokio::sync::mpsc::UnboundedReceiver<News>,
    circle: Circle,
    keys: FolderKeys,
    state: State,
}

impl Running {
    fn new((key, circle): &(DeviceKey, Circle), path: &Path, data: &Path) -> Running {
        let options = FolderOptions {
            path: path.to_owned(),
            data: data.to_owned(),
            key: key.clone(),
            set_up: true,
            read: BTreeMap::new(),
        };
        let (folder, news) = start(options).unwrap();
        let running =
            Running { folder, news, circle: circle.clone(), keys: FolderKeys::default(), state: State::default() };
        running.know();
        running
    }

    fn know(&self) {
        let removed = self.circle.removed().keys().copied().collect();
        let (members, circle) = (self.circle.members().clone(), self.circle.encode());
        self.folder.know(Known { members, removed, circle, keys: self.keys.clone() });
    }

    /// Hears news until one is what is waited for; a minute at most.
    fn until<T>(&mut self, mut wanted: impl FnMut(&Folder, &News) -> Option<T>) -> T {
        let end = Instant::now() + Duration::from_secs(60);
        while Instant::now() < end {
            let Ok(news) = self.news.try_recv() else {
                std::thread::sleep(Duration::from_millis(2));
                continue;
            };
            match &news {
                News::WholeWanted => self.folder.write_whole(b"the whole book".to_vec(), 1),
                News::NewKeys(keys) => self.keys = keys.clone(),
                News::State(state) => self.state = state.clone(),
                News::Statements(bytes) => {
                    self.circle.hear(bytes).unwrap();
                    self.know();
                }
                _ => {}
            }
            if let Some(found) = wanted(&self.folder, &news) {
                return found;
            }
        }
        panic!("it did not come: {:?}", self.state);
    }
}

fn two_paired() -> [(DeviceKey, Circle); 2] {
    let [mut a, mut b] = [1, 2].map(|number| {
        let key = DeviceKey::new(&[number; 32]);
        (key.clone(), Circle::new(key.public()))
    });
    let at = Timestamp::from_second(1_700_000_000).unwrap();
    a.1.welcome(&a.0, b.0.public(), at).unwrap();
    b.1.welcome(&b.0, a.0.public(), at).unwrap();
    a.1.hear(&b.1.encode()).unwrap();
    b.1.hear(&a.1.encode()).unwrap();
    [a, b]
}

#[test]
fn pipes_and_links_in_the_folder_stop_no_thread() {
    let place = place();
    let (path, data) = (place.path().join("shared"), place.path().join("data"));
    fs::create_dir_all(&path).unwrap();
    fs::create_dir_all(&data).unwrap();
    let [a, b] = two_paired();
    let mut writer = Running::new(&a, &path, &data);
    writer.until(|_, news| matches!(news, News::Wrote(_)).then_some(()));
    let folder = path.join(ROOT).join(names::of_device(&a.0.public()));
    for kind in [Kind::Chunk, Kind::Ack, Kind::Letter] {
        let trap = folder.join(Name::new(kind, u64::MAX, 0).file(b"trap"));
        rustix::fs::mknodat(rustix::fs::CWD, &trap, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
        std::os::unix::fs::symlink("/dev/zero", folder.join(Name::new(kind, u64::MAX - 1, 0).file(b"link"))).unwrap();
    }
    let mut reader = Running::new(&b, &path, &data);
    let parts = reader.until(|folder, news| match news {
        News::Chunk { parts, receipt, .. } => {
            folder.took(*receipt, Taken::Merged);
            Some(parts.clone())
        }
        _ => None,
    });
    assert_eq!(parts.as_slice(), [b"the whole book".to_vec()]);
    writer.folder.write(b"an edit".to_vec(), 2);
    writer.until(|_, news| matches!(news, News::Wrote(2)).then_some(()));
    reader.folder.look();
    let parts = reader.until(|_, news| match news {
        News::Chunk { parts, .. } => Some(parts.clone()),
        _ => None,
    });
    assert_eq!(parts.as_slice(), [b"an edit".to_vec()]);
    writer.folder.stop();
}

#[test]
fn what_waits_is_written_when_the_program_ends() {
    let place = place();
    let (path, data) = (place.path().join("shared"), place.path().join("data"));
    fs::create_dir_all(&path).unwrap();
    fs::create_dir_all(&data).unwrap();
    let [a, _] = two_paired();
    let mut writer = Running::new(&a, &path, &data);
    writer.until(|_, news| matches!(news, News::Wrote(1)).then_some(()));
    writer.folder.write(b"the last edit".to_vec(), 9);
    writer.folder.stop();
    let mut wrote = false;
    while let Ok(news) = writer.news.try_recv() {
        wrote |= matches!(news, News::Wrote(9));
    }
    assert!(wrote);
}

#[test]
fn a_sub_folder_that_cannot_be_written_is_told_of_and_nothing_is_lost() {
    let place = place();
    let random = &mut Random(19);
    let mut all = on_one_stick(place.path(), 2);
    all.iter_mut().for_each(look);
    let own = all[0].own_folder();
    let aside = place.path().join("aside");
    fs::rename(&own, &aside).unwrap();
    fs::write(&own, b"").unwrap();
    all[0].edit(random);
    look(&mut all[0]);
    assert!(!all[0].state.trouble.is_empty() && all[0].state.waiting > 0);
    fs::remove_file(&own).unwrap();
    fs::rename(&aside, &own).unwrap();
    look(&mut all[0]);
    assert_eq!((all[0].state.trouble.len(), all[0].state.waiting), (0, 0), "{:?}", all[0].state);
    for _ in 0..3 {
        all.iter_mut().for_each(look);
    }
    assert_eq!(all[1].book, all[0].book);
}

/// Set for the process that runs on a small disk of its own, in a mount namespace that goes with it.
const DISK: &str = "GOODWORD_TEST_STICK";
const SMALL_DISK: &str = "mount -t tmpfs -o size=1m,mode=700 tmpfs \"$GOODWORD_TEST_STICK\" && \
                          exec \"$0\" --ignored --exact \"$1\" --nocapture";

#[test]
fn a_stick_that_is_full_or_locked_is_told_of_and_nothing_is_lost() {
    let allowed = Command::new("unshare").args(["-rm", "true"]).stderr(Stdio::null()).status();
    if !allowed.is_ok_and(|status| status.success()) {
        return;
    }
    let disk = tempfile::tempdir().unwrap();
    let mut command = Command::new("unshare");
    command.args(["-rm", "sh", "-c", SMALL_DISK]).arg(std::env::current_exe().unwrap());
    let output = command.arg("sync::folder::tests::on_a_small_stick").env(DISK, disk.path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(String::from_utf8_lossy(&output.stdout).contains("1 passed"), "{output:?}");
}

#[test]
#[ignore = "run by the test above on a disk of its own"]
fn on_a_small_stick() {
    let Some(stick) = std::env::var_os(DISK).map(std::path::PathBuf::from) else { return };
    let place = place();
    let random = &mut Random(23);
    let mut all = laptops(2, place.path());
    for laptop in &mut all {
        fs::remove_dir(&laptop.path).unwrap();
        std::os::unix::fs::symlink(&stick, &laptop.path).unwrap();
    }
    for _ in 0..2 {
        all.iter_mut().for_each(look);
    }
    let film = stick.join("film");
    let mut filling = fs::File::create(&film).unwrap();
    while filling.write_all(&[1; 4096]).is_ok() {}
    drop(filling);
    all[0].edit(random);
    look(&mut all[0]);
    assert!(all[0].state.trouble.iter().any(|words| words.contains("no room")), "{:?}", all[0].state);
    assert_eq!(all[0].state.waiting, 1);
    let left: Vec<_> = fs::read_dir(all[0].own_folder()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().contains("tmp")), "{left:?}");
    fs::remove_file(&film).unwrap();
    let remount = |how: &str| {
        let done = Command::new("mount").args(["-o", &format!("remount,{how}")]).arg(&stick).status().unwrap();
        assert!(done.success());
    };
    remount("ro");
    look(&mut all[0]);
    assert!(all[0].state.trouble.iter().any(|words| words.contains("nothing can be written")), "{:?}", all[0].state);
    remount("rw");
    for _ in 0..3 {
        all.iter_mut().for_each(look);
    }
    assert_eq!((all[0].state.trouble.len(), all[0].state.waiting), (0, 0), "{:?}", all[0].state);
    assert_eq!(all[1].book, all[0].book);
    // The stick is drawn: the place where it was stays empty.
    assert!(Command::new("umount").arg(&stick).status().unwrap().success());
    all[0].edit(random);
    look(&mut all[0]);
    assert!(!all[0].state.trouble.is_empty() && all[0].state.waiting == 1, "{:?}", all[0].state);
    assert_eq!(fs::read_dir(&stick).unwrap().count(), 0);
}

#[test]
fn whoever_was_being_read_before_it_was_known_is_read_again() {
    for seed in 1..20 {
        let (place, random) = (place(), &mut Random(seed));
        let mut all = on_one_stick(place.path(), 2);
        for _ in 0..3 {
            all.iter_mut().for_each(look);
        }
        all[0].edit(random);
        look(&mut all[0]);
        let reader = &mut all[1];
        reader.begin();
        // As at every start: it looks at once, and only then hears who its others are.
        reader.feed(Event::Look);
        reader.run_one(random);
        reader.tell_known();
        reader.settle(random);
        assert_eq!(reader.book.len(), 1, "seed {seed}");
    }
}
