//! Two documents agree: one conversation about changes, over one open connection.
//!
//! The protocol is Automerge's own. It needs a stream that loses and reorders nothing, so an [`Exchange`] lives as long
//! as one connection and the next begins anew. What comes is weighed before it can inflate, taken in where a panic can be
//! undone, and bounded in how long it may go on without bringing anything. The conversation goes on only when what was
//! brought is on disk: nobody is told that it came before it has.

use automerge::{
    ChangeHash,
    sync::{ChunkList, Message, State, SyncDoc},
};

use super::{Document, LoadError, Received, foreign, guard::guarded, limits, message, unreadable};

/// Messages that bring nothing new before a peer is no longer listened to: two honest documents agree within twelve.
const MOST_IN_VAIN: u32 = 64;

/// One conversation with one peer.
#[derive(Clone, Debug, Default)]
pub struct Exchange {
    state: State,
    in_vain: u32,
    /// Where the document stood when it was last seen what there is to say.
    told: Vec<ChangeHash>,
    /// Changes that came before what they build on. They go with the conversation, and are weighed with whatever comes
    /// next: however long a peer sends such, it is never more than one message may hold.
    waiting: Vec<u8>,
}

/// What a message brought, and where it was laid.
#[derive(Debug)]
pub struct Laid {
    pub received: Received,
    /// The document with it; nothing where it was laid on the document itself.
    pub copy: Option<Document>,
}

/// A message that was read, without its changes.
#[derive(Debug)]
pub struct Heard {
    message: Message,
    had_changes: bool,
    /// Some of them were new.
    brings: bool,
    waiting: Vec<u8>,
}

impl Exchange {
    /// The next message to the peer, if there is anything to say: nothing while we wait for an answer, and nothing once
    /// both agree.
    ///
    /// # Errors
    /// When the peer asked for what cannot be answered. The connection is not worth going on with then.
    pub fn next(&mut self, document: &Document) -> Result<Option<Vec<u8>>, LoadError> {
        // Each news of ours is answered, and no answer brings anything: only a peer that talks unasked talks in vain.
        let heads = document.doc.get_heads();
        if self.told != heads {
            (self.told, self.in_vain) = (heads, 0);
        }
        guarded(|| {
            let message = if self.waiting.is_empty() {
                document.doc.generate_sync_message(&mut self.state)
            } else {
                // What waits is looked at to know what to ask for, on a copy: it would stay in the document for good.
                let mut doc = document.doc.clone();
                doc.apply_changes(foreign::brought(&self.waiting)?.changes).map_err(unreadable)?;
                doc.generate_sync_message(&mut self.state)
            };
            Ok(message.map(Message::encode))
        })
    }

    /// Reads a message, and lays what it brings on a copy of the document, which is given back; or on the document
    /// itself, where it is a few plain edits and `may_lay_here`. Changes that wait for others which have not come yet
    /// are kept aside, and are in the book, and in what is given back for the store, once those have come.
    ///
    /// # Errors
    /// When the message cannot be read, is too big to be let in, or the peer talks without end. The connection is not
    /// worth going on with then, and the document may be [torn](Document::is_torn).
    pub fn read(
        &self,
        document: &mut Document,
        message: &[u8],
        may_lay_here: bool,
    ) -> Result<(Heard, Option<Laid>), LoadError> {
        message::check(message)?;
        let (heard, brought) = guarded(|| {
            let mut message = Message::decode(message).map_err(unreadable)?;
            let changes = message.changes.iter().collect::<Vec<_>>().concat();
            message.changes = ChunkList::from(Vec::<Vec<u8>>::new());
            if changes.is_empty() {
                let heard = Heard { message, had_changes: false, brings: false, waiting: self.waiting.clone() };
                return Ok((heard, None));
            }
            let bytes = [&self.waiting[..], &changes].concat();
            limits::check(&bytes)?;
            let brought = foreign::brought(&bytes)?;
            let here = if may_lay_here { foreign::laid_here(document, &brought)? } else { None };
            let (copy, received, waiting) = match here {
                Some(received) => (None, received, Vec::new()),
                None => {
                    let (copy, received, waiting) = foreign::taken_in(document, brought, &bytes)?;
                    (Some(copy), received, waiting)
                }
            };
            let brings = received.changes > 0;
            let heard = Heard { message, had_changes: true, brings, waiting };
            Ok((heard, brings.then_some(Laid { received, copy })))
        })?;
        if !heard.brings && self.in_vain >= MOST_IN_VAIN {
            return Err(LoadError::Unreadable("it goes on and on, and brings nothing new".to_owned()));
        }
        Ok((heard, brought))
    }

    /// Goes on with the conversation, with the document that has what the message brought.
    ///
    /// # Errors
    /// When the message contradicts itself. The conversation is then as it was, and the connection is not worth going
    /// on with.
    pub fn go_on(&mut self, document: &mut Document, heard: Heard) -> Result<(), LoadError> {
        let Heard { message, had_changes, brings, waiting } = heard;
        let mut state = self.state.clone();
        let state = guarded(|| {
            document.doc.receive_sync_message(&mut state, message).map_err(unreadable)?;
            Ok(state)
        })?;
        // Automerge hears no changes any more and finds both level: then it sees nothing to answer. But the peer is
        // still to hear that its changes came.
        let last_sent_heads = if had_changes { self.state.last_sent_heads.clone() } else { state.last_sent_heads };
        self.in_vain = if brings { 0 } else { self.in_vain + 1 };
        self.waiting = waiting;
        self.state = State { last_sent_heads, ..state };
        Ok(())
    }

    /// Both hold the same book, as far as the peer has said.
    #[must_use]
    pub fn agrees(&self, document: &Document) -> bool {
        self.state.their_heads.as_ref() == Some(&document.doc.get_heads())
    }
}

impl Document {
    /// The changes that came after these heads, for a folder; all of them where a head is not known here.
    #[must_use]
    pub fn changes_after(&self, heads: &[String]) -> Vec<u8> {
        let known: Option<Vec<_>> = heads
            .iter()
            .map(|head| {
                head.parse::<automerge::ChangeHash>()
                    .ok()
                    .filter(|hash| self.doc.get_change_meta_by_hash(hash).is_some())
            })
            .collect();
        foreign::raw(&self.doc.get_changes(&known.unwrap_or_default()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::record::{Root, Write};

    fn hear(one: &mut (Document, Exchange), message: &[u8]) -> Result<Option<Received>, LoadError> {
        let (heard, brought) = one.1.read(&mut one.0, message, true)?;
        let received = brought.map(|Laid { received, copy }| {
            if let Some(copy) = copy {
                one.0 = copy;
            }
            received
        });
        one.1.go_on(&mut one.0, heard)?;
        Ok(received)
    }

    fn note(document: &mut Document, key: &str) {
        let write = Write::Note { root: Root::Plan, key: key.to_owned(), value: Some("x".into()) };
        document.commit(&[write]).unwrap();
    }

    /// Talks until nobody has anything to say; gives the messages and their bytes.
    fn talk(left: &mut (Document, Exchange), right: &mut (Document, Exchange)) -> (usize, usize) {
        let (mut messages, mut bytes) = (0, 0);
        loop {
            let there = left.1.next(&left.0).unwrap();
            if let Some(message) = &there {
                hear(right, message).unwrap();
            }
            let back = right.1.next(&right.0).unwrap();
            if let Some(message) = &back {
                hear(left, message).unwrap();
            }
            let said = usize::from(there.is_some()) + usize::from(back.is_some());
            messages += said;
            bytes += there.iter().chain(&back).map(Vec::len).sum::<usize>();
            if said == 0 {
                return (messages, bytes);
            }
        }
    }

    #[test]
    fn two_books_that_were_begun_apart_are_one_after_a_few_messages() {
        let mut left = (Document::new([1; 16]).unwrap(), Exchange::default());
        let mut right = (Document::new([2; 16]).unwrap(), Exchange::default());
        for n in 0..50 {
            note(&mut left.0, &format!("left {n}"));
            note(&mut right.0, &format!("right {n}"));
        }
        assert!(talk(&mut left, &mut right).0 <= 12);
        assert_eq!(left.0.heads_hex(), right.0.heads_hex());
        assert!(left.1.agrees(&left.0) && right.1.agrees(&right.0));
        note(&mut left.0, "one more");
        assert!(!left.1.agrees(&left.0));
        let (messages, bytes) = talk(&mut left, &mut right);
        assert!(messages <= 3 && bytes <= 1000, "one edit on an open connection: {messages} messages, {bytes} bytes");
        assert!(right.1.agrees(&right.0));
    }

    #[test]
    fn what_was_received_is_what_the_store_needs() {
        let mut left = (Document::new([1; 16]).unwrap(), Exchange::default());
        let mut right = (Document::new([2; 16]).unwrap(), Exchange::default());
        note(&mut left.0, "a");
        let mut chunks = vec![right.0.save_uncompressed()];
        while let Some(message) = left.1.next(&left.0).unwrap() {
            chunks.extend(hear(&mut right, &message).unwrap().map(|received| received.bytes));
            let Some(back) = right.1.next(&right.0).unwrap() else { break };
            hear(&mut left, &back).unwrap();
        }
        let loaded = Document::load(chunks.iter().map(Vec::as_slice), [3; 16]).unwrap();
        assert_eq!(loaded.heads_hex(), left.0.heads_hex());
    }

    #[test]
    fn an_author_who_writes_on_one_laptop_only_is_listened_to_by_both() {
        let mut left = (Document::new([1; 16]).unwrap(), Exchange::default());
        let mut right = (Document::new([2; 16]).unwrap(), Exchange::default());
        for n in 0..4 * MOST_IN_VAIN {
            note(&mut left.0, &format!("edit {n}"));
            talk(&mut left, &mut right);
        }
        assert_eq!(left.0.heads_hex(), right.0.heads_hex());
    }

    #[test]
    fn a_peer_that_talks_without_end_is_not_listened_to() {
        let mut left = (Document::new([1; 16]).unwrap(), Exchange::default());
        let message = Exchange::default().next(&left.0).unwrap().unwrap();
        let talked = (0..=MOST_IN_VAIN).find_map(|_| hear(&mut left, &message).err());
        assert!(talked.is_some());
    }

    /// A message that brings these changes, as if out of turn.
    fn bringing(changes: Vec<u8>) -> Vec<u8> {
        let (heads, need, have) = (Vec::new(), Vec::new(), Vec::new());
        let (flags, version) = (None, automerge::sync::MessageVersion::V1);
        Message { heads, need, have, changes: ChunkList::from(vec![changes]), flags, version }.encode()
    }

    #[test]
    fn changes_that_come_before_what_they_build_on_wait_beside_the_book_and_go_with_the_conversation() {
        let (mut left, mut right) =
            (Document::new([1; 16]).unwrap(), (Document::new([2; 16]).unwrap(), Exchange::default()));
        note(&mut left, "first");
        let first = left.heads_hex();
        let earlier = left.changes_after(&[]);
        note(&mut left, "second");
        let later = left.changes_after(&first);
        assert!(hear(&mut right, &bringing(later.clone())).unwrap().is_none());
        assert!(right.0.is_blank() && right.0.receive(&[]).is_ok(), "the book has nothing that waits");
        let received = hear(&mut right, &bringing(earlier)).unwrap().unwrap();
        assert_eq!((received.changes, right.0.heads_hex()), (2, left.heads_hex()));
        assert!(right.1.waiting.is_empty());
    }

    #[test]
    fn what_waits_is_never_more_than_one_message_may_hold() {
        // Each builds on the one before, and the first is missing: one change is asked for, and all of them wait.
        let mut left = Document::new([1; 16]).unwrap();
        note(&mut left, "never sent");
        let missing = left.heads_hex();
        let text = "x".repeat(limits::MAX_BYTES / 3);
        let mut right = (Document::new([2; 16]).unwrap(), Exchange::default());
        let refused = (0..MOST_IN_VAIN).find_map(|number| {
            let value = Some(format!("{number}{text}").as_str().into());
            let write = Write::Note { root: Root::Plan, key: "long".to_owned(), value };
            let before = left.heads_hex();
            left.commit(&[write]).unwrap();
            let change = left.changes_after(if number == 0 { &missing } else { &before });
            let refused = hear(&mut right, &bringing(change)).err();
            assert!(right.1.waiting.len() <= limits::MAX_BYTES && right.0.is_blank());
            refused
        });
        assert!(matches!(refused, Some(LoadError::TooBig(_))), "{refused:?}");
    }

    #[test]
    fn the_changes_after_some_heads_are_those_and_no_others() {
        let mut document = Document::new([1; 16]).unwrap();
        note(&mut document, "a");
        let heads = document.heads_hex();
        note(&mut document, "b");
        let mut other = Document::new([2; 16]).unwrap();
        assert!(other.receive(&document.changes_after(&heads)).is_err(), "what came before is missing");
        assert_eq!(other.receive(&document.changes_after(&[])).unwrap().changes, 2);
        assert_eq!(document.changes_after(&document.heads_hex()), Vec::<u8>::new());
    }

    proptest! {
        #[test]
        fn a_damaged_message_changes_nothing(at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<bool>()) {
            let mut left = (Document::new([1; 16]).unwrap(), Exchange::default());
            let mut right = (Document::new([2; 16]).unwrap(), Exchange::default());
            for n in 0..20 {
                note(&mut left.0, &format!("left {n}"));
            }
            let hello = right.1.next(&right.0).unwrap().unwrap();
            hear(&mut left, &hello).unwrap();
            let mut message = left.1.next(&left.0).unwrap().unwrap();
            let at = at.index(message.len());
            if cut {
                message.truncate(at);
            } else {
                message[at] = byte;
            }
            let before = right.0.heads_hex();
            match hear(&mut right, &message) {
                // Whatever it asks for now, an answer is made or refused.
                Ok(_) => _ = right.1.next(&right.0),
                Err(_) => prop_assert!(right.0.is_torn() || right.0.heads_hex() == before),
            }
        }

        #[test]
        fn any_bytes_are_a_message_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..400), first in 0x41u8..0x45) {
            let mut right = (Document::new([2; 16]).unwrap(), Exchange::default());
            let bytes: Vec<u8> = std::iter::once(first).chain(bytes).collect();
            if hear(&mut right, &bytes).is_ok() {
                _ = right.1.next(&right.0);
            }
            prop_assert!(right.0.is_blank());
        }
    }
}
