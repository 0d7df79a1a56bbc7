//! Random mutations of real inputs: whatever comes, a reader of foreign bytes answers with a value or an error.
//! A few in the suite; `tests/fuzz CASES SEED` for as many as somebody has the time.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "support/bombs.rs"]
mod bombs;

use std::{
    fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
};

use goodword::{
    api::MAX_LINE,
    document::{Document, Exchange, Laid},
    domain::record::{Root, Write},
    feed, import,
    server::socket::{parse, read_line},
    social::{bluesky, mastodon},
    sync::{
        Circle, DeviceKey,
        folder::FolderKeys,
        pairing::{
            Invitation, Role, Target,
            handshake::{self, Ends, Inviter, Joiner, Kind},
        },
        wire::{Bye, Frame, Hello},
    },
};

/// Small, and the same on every machine: a case is named by its seed alone.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, most: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(most.max(1)).unwrap()).unwrap()
    }

    fn piece(&mut self, of: usize) -> std::ops::Range<usize> {
        let start = self.below(of + 1);
        start..start + self.below((of - start).min(64) + 1)
    }

    /// One of the inputs, changed in up to eight places.
    fn mutant(&mut self, corpus: &[Vec<u8>]) -> Vec<u8> {
        const EDGES: [u8; 8] = [0, 1, 0x7f, 0x80, 0xff, b'<', b'"', b'\n'];
        let mut bytes = corpus[self.below(corpus.len())].clone();
        for _ in 0..=self.below(8) {
            let at = self.below(bytes.len().max(1));
            match self.below(7) {
                0 if !bytes.is_empty() => bytes[at] ^= 1 << self.below(8),
                1 if !bytes.is_empty() => bytes[at] = EDGES[self.below(EDGES.len())],
                2 if !bytes.is_empty() => bytes[at] = self.next() as u8,
                3 => drop(bytes.drain(self.piece(bytes.len()))),
                4 => {
                    let piece = bytes[self.piece(bytes.len())].to_vec();
                    bytes.splice(at.min(bytes.len())..at.min(bytes.len()), piece);
                }
                5 => {
                    let other = &corpus[self.below(corpus.len())];
                    let piece = other[self.piece(other.len())].to_vec();
                    bytes.splice(at.min(bytes.len())..at.min(bytes.len()), piece);
                }
                _ => bytes.truncate(at.max(bytes.len() / 2)),
            }
        }
        bytes
    }
}

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

fn data(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(folder)
}

/// Feeds a reader with mutants. An input that it does not bear is kept for whoever looks into it.
fn fuzz(name: &str, corpus: &[Vec<u8>], read: impl Fn(&[u8], &mut Random)) {
    let (cases, seed) = (number("GOODWORD_FUZZ_CASES", 1_500), number("GOODWORD_FUZZ_SEED", 1));
    for case in 0..cases {
        let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(case) | 1);
        (0..4).for_each(|_| _ = random.next());
        let bytes = random.mutant(corpus);
        if catch_unwind(AssertUnwindSafe(|| read(&bytes, &mut random))).is_err() {
            let kept = std::env::temp_dir().join(format!("goodword-fuzz-{name}-{seed}-{case}"));
            fs::write(&kept, &bytes).unwrap();
            panic!("{name} does not bear case {case} of seed {seed}: {}", kept.display());
        }
    }
}

#[test]
fn the_loader_bears_any_mutant_of_a_book() {
    let book = fs::read(data("book-v1.automerge")).unwrap();
    let whole = Document::open(&book, [1; 16]).unwrap();
    let corpus = [book, whole.save_uncompressed(), whole.to_json().unwrap()];
    fuzz("loader", &corpus, |bytes, random| {
        let mut bytes = bytes.to_vec();
        if random.below(4) > 0 {
            bombs::reseal(&mut bytes);
        }
        _ = goodword::document::json::parse(&bytes);
        if let Ok(opened) = Document::open(&bytes, [2; 16]) {
            // What is let in can be used.
            _ = opened.book();
            let saved = opened.save();
            assert_eq!(Document::open(&saved, [3; 16]).unwrap().heads_hex(), opened.heads_hex());
        }
        let mut ours = Document::new([4; 16]).unwrap();
        let heads = ours.heads_hex();
        match ours.receive(&bytes) {
            Ok(_) => drop(ours.book()),
            Err(_) => assert_eq!(ours.heads_hex(), heads),
        }
    });
}

#[test]
fn the_feed_parser_bears_any_mutant_of_a_feed() {
    let files = fs::read_dir(data("feeds")).unwrap().map(|entry| fs::read(entry.unwrap().path()).unwrap());
    let corpus: Vec<_> = files.collect();
    fuzz("feed", &corpus, |bytes, _| {
        if let Ok(feed) = feed::parse(bytes, "https://example.org/feed") {
            assert!(feed.items.len() <= feed::ITEMS);
        }
    });
}

/// What another device can send or leave, once it is taken for one of the author's: all but the locked files, which
/// `sync::folder` alters itself, as it alone can lock them again.
#[test]
fn the_circle_and_the_folders_keys_bear_any_mutant() {
    let devices: Vec<DeviceKey> = (1..6).map(|number| DeviceKey::new(&[number; 32])).collect();
    let me = devices[0].public();
    let at = "2026-11-28T12:00:00Z".parse().unwrap();
    let mut circle = Circle::new(me);
    for other in &devices[1..] {
        circle.welcome(&devices[0], other.public(), at).unwrap();
        circle.welcome(other, me, at).unwrap();
    }
    circle.remove(&devices[1], devices[2].public(), at);
    let mut keys = FolderKeys::default();
    keys.make(me, &circle.removed().keys().copied().collect());
    keys.make(me, &circle.removed().keys().copied().collect());
    let corpus = [circle.encode(), keys.encode(), Circle::new(me).encode()];
    fuzz("circle", &corpus, |bytes, _| {
        let mut heard = circle.clone();
        _ = heard.hear(bytes);
        assert_eq!(heard.members(), circle.members());
        assert_eq!(heard.removed(), circle.removed());
        if let Ok(keys) = FolderKeys::decode(bytes) {
            assert_eq!(FolderKeys::decode(&keys.encode()).unwrap(), keys);
        }
    });
}

#[test]
fn the_socket_bears_any_mutant_of_a_call() {
    let calls = [
        format!("{{\"goodword\":\"{}\",\"request\":{{\"do\":\"today\"}}}}\n", goodword::api::VERSION),
        format!(
            "{{\"goodword\":\"{}\",\"request\":{{\"do\":\"pick\",\"name\":\"Maria\",\"on\":\"2026-11-22\"}}}}\n",
            goodword::api::VERSION
        ),
        "{\"goodword\":\"99\",\"request\":{\"do\":\"book_import\",\"bytes\":\"AAAA\"}}\n".repeat(3),
    ];
    let corpus = calls.map(String::into_bytes);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    fuzz("socket", &corpus, |bytes, random| {
        let most = if random.below(2) == 0 { MAX_LINE } else { 1 + random.below(60) };
        runtime.block_on(async {
            let mut reader = tokio::io::BufReader::new(bytes);
            // No more lines than bytes, and then an end.
            for _ in 0..=bytes.len() {
                match read_line(&mut reader, most).await {
                    Ok(Some(line)) => {
                        assert!(line.len() <= most);
                        _ = parse(&line);
                    }
                    Ok(None) | Err(_) => return,
                }
            }
            panic!("more lines than bytes");
        });
    });
}

#[test]
fn a_link_bears_any_mutant_of_a_frame() {
    let hello =
        Hello { protocol: 1, version: "0.1.0".into(), instance: "a".into(), circle: vec![1, 2, 3], notifies: true };
    let frames = [Frame::Hello(hello), Frame::Circle(vec![7; 40]), Frame::Sync(vec![9; 300]), Frame::Bye(Bye::Removed)];
    fuzz("frame", &frames.map(|frame| frame.encode()), |bytes, random| {
        if let Some((header, body)) = bytes.split_first_chunk() {
            _ = Frame::length(*header, random.below(2) == 0);
            if let Ok(frame) = Frame::decode(body) {
                assert_eq!(Frame::decode(&frame.encode()[4..]), Ok(frame));
            }
        }
    });
}

#[test]
fn joining_bears_any_mutant_of_a_code_or_a_ticket() {
    let key = DeviceKey::new(&[1; 32]).public();
    let ticket = format!("goodword1{}", "mfrggzdfmztwq2lk".repeat(9));
    let corpus = ["7-otter-lamp", "99 TULIP waffle", &ticket, &ticket.to_uppercase(), &key.to_string()];
    fuzz("code", &corpus.map(|text| text.as_bytes().to_vec()), |bytes, _| {
        match String::from_utf8_lossy(bytes).parse::<Target>() {
            Ok(Target::Code(code)) => assert_eq!(code.to_string().parse(), Ok(code)),
            Ok(Target::Ticket(ticket)) => assert_eq!(ticket.to_string().parse(), Ok(ticket)),
            Err(why) => assert!(!why.said(Role::Joiner).is_empty()),
        }
    });
}

#[test]
fn an_inviter_and_a_joiner_bear_any_mutant_of_what_the_other_says() {
    let [joiner, inviter] = [1, 2].map(|n| DeviceKey::new(&[n; 32]).public());
    let ends = Ends { joiner, inviter };
    let secrets = handshake::Secrets::of(&Invitation::new(&[7; 32]));
    let (hello, share, proof) = {
        let (joiner, hello) = Joiner::start(Kind::Code, b"7-otter-lamp", ends, &[8; 32]);
        let (_, share) = Inviter::hear_hello(&secrets, ends, &[9; 32], &hello).unwrap();
        (hello, share.clone(), joiner.hear_share(&share).unwrap().1)
    };
    let corpus = [hello.clone(), share.clone(), proof, handshake::say_payload(b"{}"), handshake::say_thanks()];
    fuzz("pairing", &corpus, |bytes, _| {
        _ = Inviter::hear_hello(&secrets, ends, &[9; 32], bytes);
        let (waiting, _) = Joiner::start(Kind::Code, b"7-otter-lamp", ends, &[8; 32]);
        _ = waiting.hear_share(bytes);
        let (inviter, _) = Inviter::hear_hello(&secrets, ends, &[9; 32], &hello).unwrap();
        // Nobody who does not know the code ever proves it.
        assert!(inviter.hear_proof(bytes).is_err());
        _ = handshake::hear_payload(bytes);
        _ = handshake::hear_thanks(bytes);
    });
}

/// What a paired laptop may say of the book; its changes are sealed again, so that automerge gets them.
#[test]
fn a_conversation_bears_any_mutant_of_a_message() {
    let mut theirs = Document::open(&fs::read(data("book-v1.automerge")).unwrap(), [1; 16]).unwrap();
    let ours = theirs.clone();
    for day in 1..5 {
        let (root, key) = (Root::Plan, format!("2027-01-0{day}"));
        theirs.commit(&[Write::Note { root, key, value: Some("nobody".into()) }]).unwrap();
    }
    let (root, id) = (Root::Contacts, theirs.book().contacts.into_keys().next().unwrap());
    let (set, key) = ("audiences".to_owned(), "sewers".to_owned());
    theirs
        .commit(&[
            Write::Field { root, id: id.clone(), field: "why".to_owned(), value: Some("kinder".into()) },
            Write::Member { root, id, set, key, value: Some(true.into()) },
        ])
        .unwrap();
    // The two openings, and what answers each of them.
    let opening = |document: &Document| Exchange::default().next(document).unwrap().unwrap();
    let answer = |to: &Document, document: &Document| {
        let (mut exchange, mut document) = (Exchange::default(), document.clone());
        let (heard, _) = exchange.read(&mut document, &opening(to), true).unwrap();
        exchange.go_on(&mut document, heard).unwrap();
        exchange.next(&document).unwrap().unwrap()
    };
    let blank = Document::new([2; 16]).unwrap();
    let corpus =
        [opening(&theirs), opening(&ours), answer(&ours, &theirs), answer(&theirs, &ours), answer(&blank, &theirs)];
    fuzz("message", &corpus, |bytes, random| {
        let mut bytes = bytes.to_vec();
        if random.below(4) > 0 {
            // Wherever a chunk begins in it.
            let magic = [0x85, 0x6f, 0x4a, 0x83];
            let starts: Vec<_> =
                (0..bytes.len().saturating_sub(12)).filter(|at| bytes[*at..].starts_with(&magic)).collect();
            starts.into_iter().for_each(|at| bombs::reseal(&mut bytes[at..]));
        }
        let (mut exchange, mut document) = (Exchange::default(), ours.clone());
        let Ok((heard, brought)) = exchange.read(&mut document, &bytes, true) else {
            assert!(document.is_torn() || document.heads() == ours.heads());
            return;
        };
        assert!(!document.is_torn());
        if let Some(Laid { received, copy }) = brought {
            // The store gets the bytes, and opens the same book from them.
            let next = copy.unwrap_or_else(|| document.clone());
            let kept = [ours.save_uncompressed(), received.bytes];
            let stored = Document::load(kept.iter().map(Vec::as_slice), [3; 16]).unwrap();
            assert_eq!(stored.heads_hex(), next.heads_hex());
            let mut book = ours.book();
            next.update(&mut book, received.touched);
            assert_eq!(book, next.book());
            document = next;
        }
        if exchange.go_on(&mut document, heard).is_ok() {
            _ = exchange.next(&document);
        }
    });
}

#[test]
fn the_import_bears_any_mutant_of_a_file() {
    let files = fs::read_dir(data("import")).unwrap().map(|entry| entry.unwrap().path());
    let files: Vec<_> = files.map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), path)).collect();
    let corpus: Vec<_> = files.iter().map(|(_, path)| fs::read(path).unwrap()).collect();
    fuzz("import", &corpus, |bytes, random| {
        // By what is in it, and by each ending.
        _ = import::read(bytes, "file", None);
        _ = import::read(bytes, &files[random.below(files.len())].0, None);
    });
}

#[test]
fn what_networks_answer_is_borne_in_any_mutant() {
    let files = fs::read_dir(data("bluesky")).unwrap().map(|entry| fs::read(entry.unwrap().path()).unwrap());
    let account = r##"{"id":"1","username":"maria","acct":"maria@example.org","display_name":"Maria","note":"<p>sews</p>",
        "url":"https://example.org/@maria","bot":false,"discoverable":true,"noindex":false,"last_status_at":"2026-11-20",
        "fields":[{"name":"Site","value":"<a href=\"https://example.org\">x</a>","verified_at":null}]}"##;
    let status = format!(
        r#"{{"id":"9","url":"https://example.org/9","created_at":"2026-11-20T09:00:00Z","content":"<p>A coat</p>",
        "visibility":"public","account":{account},"tags":[{{"name":"sewing"}}]}}"#
    );
    let corpus: Vec<_> = files.chain([format!("[{account}]").into_bytes(), status.into_bytes()]).collect();
    fuzz("answer", &corpus, |bytes, _| {
        let Ok(answer) = serde_json::from_slice::<serde_json::Value>(bytes) else { return };
        // Each part of it, as if it were what is looked for.
        let mut parts = vec![&answer];
        while let Some(part) = parts.pop() {
            _ = bluesky::read_profile(part);
            _ = bluesky::read_post(part);
            _ = bluesky::read_pack(part);
            _ = mastodon::read_account(part, "example.org");
            _ = mastodon::read_status(part, "example.org");
            parts.extend(part.as_array().into_iter().flatten());
            parts.extend(part.as_object().into_iter().flat_map(serde_json::Map::values));
        }
    });
}
