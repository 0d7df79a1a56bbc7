//! What a sync message may hold, seen before automerge builds anything of it.
//!
//! Its summaries of what the sender has are Bloom filters, and automerge believes them: one without bits ends in a
//! division by zero, one of four billion probes in sixteen gigabytes, and both only when an answer is made. A message of
//! nothing but empty parts grows thirtyfold.

use super::{LoadError, format::Reader, limits};

/// Summaries in one message: ours have one at most.
const MOST_SUMMARIES: u64 = 16;
/// Probes of a Bloom filter: ours make seven.
const MOST_PROBES: u64 = 32;
const HASH_BYTES: usize = 32;

/// Looks at a message, and leaves its changes to [`limits::check`].
///
/// # Errors
/// When it holds more than any message should, or is none.
pub(super) fn check(message: &[u8]) -> Result<(), LoadError> {
    let mut reader = Reader(message);
    reader.byte()?;
    skip_hashes(&mut reader)?;
    skip_hashes(&mut reader)?;
    let summaries = reader.unsigned()?;
    limits::limit("summaries of what is there", summaries, MOST_SUMMARIES)?;
    for _ in 0..summaries {
        skip_hashes(&mut reader)?;
        let len = reader.count()?;
        check_filter(reader.take(len)?)?;
    }
    Ok(limits::limit("changes", reader.unsigned()?, limits::MAX_CHANGES)?)
}

fn skip_hashes(reader: &mut Reader<'_>) -> Result<(), LoadError> {
    let len = reader.count()?.checked_mul(HASH_BYTES).ok_or_else(super::format::torn)?;
    reader.take(len).map(|_| ())
}

fn check_filter(filter: &[u8]) -> Result<(), LoadError> {
    let mut reader = Reader(filter);
    if filter.is_empty() {
        return Ok(());
    }
    let (entries, bits, probes) = (reader.unsigned()?, reader.unsigned()?, reader.unsigned()?);
    if entries > 0 && (bits == 0 || probes == 0) {
        return Err(LoadError::Unreadable("its summary of what is there is empty and says that it is not".to_owned()));
    }
    Ok(limits::limit("probes", probes, MOST_PROBES)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A message without heads, needs or changes, and with these filters.
    fn with_filters(filters: &[&[u8]]) -> Vec<u8> {
        let each = filters.iter().flat_map(|filter| [&[0, u8::try_from(filter.len()).unwrap()], *filter].concat());
        [0x42, 0, 0, u8::try_from(filters.len()).unwrap()].into_iter().chain(each).chain([0]).collect()
    }

    #[test]
    fn a_filter_that_would_end_the_program_or_take_all_memory_is_refused() {
        let ours = [1, 10, 7, 0b1010_1010, 1];
        assert!(check(&with_filters(&[&ours, &[]])).is_ok());
        assert!(check(&with_filters(&[&[1, 0, 7]])).is_err(), "no bits");
        assert!(check(&with_filters(&[&[1, 10, 0, 1, 1]])).is_err(), "no probes");
        assert!(check(&with_filters(&[&[1, 10, 0xff, 0xff, 0xff, 0xff, 0x0f, 1, 1]])).is_err(), "4 billion probes");
        assert!(check(&with_filters(&[&ours[..]; 17])).is_err(), "more summaries than anybody has");
    }

    #[test]
    fn a_message_of_nothing_but_empty_parts_is_refused() {
        let many = [&[0x42, 0, 0, 0, 0x80, 0x80, 0x80, 0x10][..], &[0; 1000]].concat();
        assert!(matches!(check(&many), Err(LoadError::TooBig(_))));
        assert!(check(&[0x42, 0xff, 0xff, 0xff, 0x0f]).is_err());
        assert!(check(&[]).is_err());
    }
}
