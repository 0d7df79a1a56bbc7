//! The genesis: the fixed first change of every book. It makes the root maps, so that two books which were begun
//! apart share them and hide nothing of each other.
//!
//! It is a file of bytes, not code: code could drift, and then two versions could never merge.

use automerge::ChangeHash;

/// A whole Automerge file with one change: actor `goodword-genesis`, time 0, one map for each root.
pub const BYTES: &[u8] = include_bytes!("genesis.automerge");

/// The hash of that change.
const HASH: [u8; 32] = [
    0x78, 0x3c, 0x6d, 0x34, 0xaf, 0x68, 0xd7, 0xac, 0xbe, 0xfb, 0x02, 0xf7, 0x3a, 0x86, 0x9e, 0xb8, 0xe2, 0x0d, 0x31,
    0x0d, 0x45, 0x8c, 0x13, 0xb3, 0xe0, 0xf1, 0xf9, 0x22, 0x62, 0x74, 0x91, 0x84,
];

/// The hash of the genesis change, by which a book is known as one of ours.
#[must_use]
pub fn hash() -> ChangeHash {
    ChangeHash(HASH)
}

#[cfg(test)]
mod tests {
    use automerge::{
        ActorId, Automerge, ObjType, ROOT, ReadDoc,
        transaction::{CommitOptions, Transactable},
    };
    use sha2::{Digest, Sha256};

    use super::*;
    use crate::domain::record::Root;

    /// How the file was made, once. Kept so that a reader can see what is in it.
    fn make() -> Automerge {
        let mut doc = Automerge::new();
        doc.set_actor(ActorId::from(b"goodword-genesis".as_slice()));
        let mut tx = doc.transaction();
        let mut names = Root::ALL.map(Root::name);
        names.sort_unstable();
        for name in names {
            tx.put_object(ROOT, name, ObjType::Map).unwrap();
        }
        tx.commit_with(CommitOptions::default().with_time(0));
        doc
    }

    #[test]
    #[ignore = "made the file once; running it again must change nothing"]
    fn write_the_file() {
        let doc = make();
        std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/src/document/genesis.automerge"), doc.save()).unwrap();
        eprintln!("{:02x?}", doc.get_heads()[0].0);
    }

    #[test]
    fn the_bytes_are_the_ones_of_the_first_release() {
        let hex: String = Sha256::digest(BYTES).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "22642b5671105ecff30eef84b187a37ccc191a8372d97130ab887ff17117ba0a");
        assert_eq!(Automerge::load(BYTES).unwrap().get_heads(), [hash()]);
    }

    #[test]
    fn every_root_is_an_empty_map() {
        let doc = Automerge::load(BYTES).unwrap();
        assert_eq!(doc.keys(ROOT).count(), Root::ALL.len());
        for root in Root::ALL {
            let (value, id) = doc.get(ROOT, root.name()).unwrap().unwrap();
            assert_eq!((value.to_objtype(), doc.length(id)), (Some(ObjType::Map), 0));
        }
    }

    #[test]
    fn a_change_made_the_same_way_has_the_same_hash() {
        assert_eq!(make().get_heads(), [hash()]);
    }
}
