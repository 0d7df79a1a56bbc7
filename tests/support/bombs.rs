//! Small files that would grow to gigabytes, made by our own encoder of Automerge's format.
#![allow(dead_code, reason = "each test uses a part")]

use std::io::Write as _;

use flate2::{Compression, write::DeflateEncoder};
use sha2::{Digest, Sha256};

pub const DOCUMENT: u8 = 0;
pub const CHANGE: u8 = 1;
pub const COMPRESSED: u8 = 2;
pub const DEFLATED: u64 = 8;

pub fn unsigned(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let byte = (value & 0x7f) as u8;
        value >>= 7;
        bytes.push(if value == 0 { byte } else { byte | 0x80 });
        if value == 0 {
            return bytes;
        }
    }
}

pub fn signed(mut value: i64) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let byte = (value & 0x7f) as u8;
        value >>= 7;
        let done = (value == 0 && byte & 0x40 == 0) || (value == -1 && byte & 0x40 != 0);
        bytes.push(if done { byte } else { byte | 0x80 });
        if done {
            return bytes;
        }
    }
}

/// A run of one value; the format wants a single one as a literal.
pub fn run(times: i64, value: &[u8]) -> Vec<u8> {
    [signed(if times == 1 { -1 } else { times }), value.to_vec()].concat()
}

pub fn deflate(pieces: impl Iterator<Item = Vec<u8>>) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    pieces.for_each(|piece| encoder.write_all(&piece).unwrap());
    encoder.finish().unwrap()
}

/// A chunk with a valid checksum, as if of data of this kind.
pub fn chunk(kind: u8, data: &[u8]) -> Vec<u8> {
    let hash = Sha256::digest([vec![kind], unsigned(data.len() as u64), data.to_vec()].concat());
    [&[0x85, 0x6f, 0x4a, 0x83][..], &hash[..4], &[kind], &unsigned(data.len() as u64), data].concat()
}

pub type Columns<'a> = &'a [(u64, Vec<u8>)];

pub fn meta(columns: Columns) -> Vec<u8> {
    let each = columns.iter().flat_map(|(spec, bytes)| [unsigned(*spec), unsigned(bytes.len() as u64)].concat());
    unsigned(columns.len() as u64).into_iter().chain(each).collect()
}

pub fn data(columns: Columns) -> Vec<u8> {
    columns.iter().flat_map(|(_, bytes)| bytes.clone()).collect()
}

pub fn document(changes: Columns, ops: Columns) -> Vec<u8> {
    document_by(1, changes, ops)
}

/// The same, in which so many actors are named.
pub fn document_by(actors: u64, changes: Columns, ops: Columns) -> Vec<u8> {
    let each = (0..actors).flat_map(|actor| [unsigned(8), actor.to_be_bytes().to_vec()].concat());
    let actors: Vec<u8> = unsigned(actors).into_iter().chain(each).collect();
    let heads = [unsigned(1), vec![7; 32]].concat();
    chunk(DOCUMENT, &[actors, heads, meta(changes), meta(ops), data(changes), data(ops), unsigned(0)].concat())
}

pub fn change_data(ops: Columns) -> Vec<u8> {
    let head =
        [unsigned(0), unsigned(2), b"me".to_vec(), unsigned(1), unsigned(1), signed(0), unsigned(0), unsigned(0)];
    [head.concat(), meta(ops), data(ops)].concat()
}

/// The same in a change, which names predecessors where a document names successors.
pub fn change_ops(rows: i64, key: &[u8]) -> Vec<(u64, Vec<u8>)> {
    let mut columns: Vec<_> =
        ops(rows, key).into_iter().filter(|(spec, _)| *spec > 0x15 && *spec != 0x21 && *spec != 0x23).collect();
    columns.insert(0, (0x15, run(rows, &[unsigned(key.len() as u64), key.to_vec()].concat())));
    columns.last_mut().unwrap().0 = 0x70;
    columns
}

/// Op columns of `rows` operations that put the same key over and over.
pub fn ops(rows: i64, key: &[u8]) -> Vec<(u64, Vec<u8>)> {
    vec![
        (0x15, run(rows, &[unsigned(key.len() as u64), key.to_vec()].concat())),
        (0x21, run(rows, &unsigned(0))),
        (0x23, run(rows, &signed(1))),
        (0x34, unsigned(rows as u64)),
        (0x42, run(rows, &unsigned(1))),
        (0x56, run(rows, &unsigned(0))),
        (0x80, run(rows, &unsigned(0))),
    ]
}

pub fn changes(count: i64, max_op: i64) -> Vec<(u64, Vec<u8>)> {
    let max_ops = [run(1, &signed(max_op)), run(count - 1, &signed(0))].concat();
    vec![
        (0x01, run(count, &unsigned(0))),
        (0x03, run(count, &signed(1))),
        (0x13, if count > 1 { max_ops } else { run(1, &signed(max_op)) }),
        (0x23, run(count, &signed(0))),
        (0x35, [signed(0), unsigned(count as u64)].concat()),
        (0x40, run(count, &unsigned(0))),
        (0x56, run(count, &unsigned(7))),
    ]
}

pub fn stream_of_zeros() -> Vec<u8> {
    // More than refusing a file may take, so that whoever inflates it all is found.
    deflate((0..300).map(|_| vec![0; 1 << 20]))
}

/// Each with its name and a file of at most some megabytes.
pub fn bombs() -> Vec<(&'static str, Vec<u8>)> {
    let zeros = stream_of_zeros();
    let inflating = vec![(0x57 | DEFLATED, zeros.clone())];
    let two_in_a_row = vec![(0x15 | DEFLATED, zeros.clone()), (0x57 | DEFLATED, zeros.clone())];
    let literals = deflate((0..60).map(|_| run(1_000_000, &unsigned(1))));
    let many_columns: Vec<_> = (0..10_000).map(|n| ((n << 4) | 2, run(1 << 40, &unsigned(1)))).collect();
    vec![
        ("a value column that inflates", document(&changes(1, 1), &inflating)),
        ("two columns that inflate", document(&changes(1, 1), &two_in_a_row)),
        ("a billion operations in a few bytes", document(&changes(1, 1_000_000_000), &ops(1_000_000_000, b"k"))),
        ("runs behind a stream", document(&changes(1, 1), &[(0x42 | DEFLATED, literals)])),
        ("a run as long as numbers go", document(&changes(1, 1), &ops(i64::MAX, b"k"))),
        ("many runs that wrap around", document(&changes(1, 1), &many_columns)),
        ("a billion changes", document(&changes(1_000_000_000, 1), &ops(1, b"k"))),
        ("a long key a million times", document(&changes(1, 1), &ops(1_000_000, &vec![b'k'; 1 << 20]))),
        ("a change with a billion operations", chunk(CHANGE, &change_data(&change_ops(1_000_000_000, b"k")))),
        ("a change that inflates", chunk(COMPRESSED, &zeros)),
        ("a million changes one after another", chunk(CHANGE, &change_data(&[])).repeat(300_000)),
    ]
}

/// Puts a valid checksum on whatever is in the chunk, so that a mutation reaches what is behind it.
pub fn reseal(bytes: &mut [u8]) {
    if bytes.len() < 12 {
        return;
    }
    let (kind, mut at, mut len, mut shift) = (bytes[8], 9, 0_usize, 0);
    while at < bytes.len() && shift < 35 {
        len |= usize::from(bytes[at] & 0x7f) << shift;
        at += 1;
        shift += 7;
        if bytes[at - 1] & 0x80 == 0 {
            break;
        }
    }
    if let Some(data) = bytes.get(at..at.saturating_add(len)) {
        let hash = Sha256::digest([vec![kind], unsigned(len as u64), data.to_vec()].concat());
        bytes[4..8].copy_from_slice(&hash[..4]);
    }
}
