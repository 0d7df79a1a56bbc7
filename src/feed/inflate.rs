//! What a server compressed, made large again, but never larger than we asked for.

use std::io::Read;

use flate2::read::{DeflateDecoder, GzDecoder, MultiGzDecoder, ZlibDecoder};

/// What we say we understand.
pub(super) const ACCEPTED: &str = "gzip, br, deflate";

/// Why a body could not be made large again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    TooLarge,
    Broken,
}

/// Undoes `Content-Encoding`; the memory it takes is bounded by `limit` bytes and the decoders' windows. A body that is
/// not what its header says is passed on as it is.
pub(super) fn inflate(encoding: &str, body: Vec<u8>, limit: usize) -> Result<Vec<u8>, Trouble> {
    // The last one named was applied last. Nobody needs more than two.
    encoding.split(',').rev().take(2).try_fold(body, |body, name| match name.trim().to_ascii_lowercase().as_str() {
        "gzip" | "x-gzip" if body.starts_with(&[0x1f, 0x8b]) => match read(MultiGzDecoder::new(body.as_slice()), limit)
        {
            // Some servers pad the end: what stands before it is whole.
            Err(Trouble::Broken) => read(GzDecoder::new(body.as_slice()), limit),
            other => other,
        },
        // RFC 9110 means zlib; some servers send bare deflate.
        "deflate" if is_zlib(&body) => read(ZlibDecoder::new(body.as_slice()), limit),
        "deflate" => read(DeflateDecoder::new(body.as_slice()), limit).or_else(|trouble| not_compressed(trouble, body)),
        "br" => {
            let decoder = brotli_decompressor::Decompressor::new(body.as_slice(), 4096);
            read(decoder, limit).or_else(|trouble| not_compressed(trouble, body))
        }
        _ => Ok(body),
    })
}

fn not_compressed(trouble: Trouble, body: Vec<u8>) -> Result<Vec<u8>, Trouble> {
    let text = body.trim_ascii_start();
    if trouble == Trouble::Broken && text.starts_with(b"<") && text.is_ascii() { Ok(body) } else { Err(trouble) }
}

/// RFC 1950: the method is 8, and the first two bytes are a multiple of 31.
fn is_zlib(body: &[u8]) -> bool {
    matches!(body, [method, flags, ..] if method & 0x0f == 8 && u16::from_be_bytes([*method, *flags]) % 31 == 0)
}

fn read(decoder: impl Read, limit: usize) -> Result<Vec<u8>, Trouble> {
    let mut out = Vec::new();
    let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    decoder.take(most).read_to_end(&mut out).map_err(|_| Trouble::Broken)?;
    if out.len() > limit { Err(Trouble::TooLarge) } else { Ok(out) }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{
        Compression,
        write::{DeflateEncoder, GzEncoder, ZlibEncoder},
    };

    use super::*;

    fn gzip(data: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(data).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn every_compression_we_ask_for_is_undone() {
        let text = b"<rss>hello</rss>".to_vec();
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::default());
        zlib.write_all(&text).unwrap();
        let mut bare = DeflateEncoder::new(Vec::new(), Compression::default());
        bare.write_all(&text).unwrap();
        // Brotli of the same text as one uncompressed block, written by hand from RFC 7932.
        let brotli = [&[0x8b, 0x07, 0x80][..], &text, &[0x03]].concat();
        for (encoding, body) in [
            ("gzip", gzip(&text)),
            ("deflate", zlib.finish().unwrap()),
            ("deflate", bare.finish().unwrap()),
            ("br", brotli),
            ("identity", text.clone()),
            ("gzip, gzip", gzip(&gzip(&text))),
            ("gzip", [gzip(&text), b"\0\0padding".to_vec()].concat()),
        ] {
            assert_eq!(inflate(encoding, body, 100), Ok(text.clone()), "{encoding}");
        }
    }

    #[test]
    fn a_body_that_grows_beyond_its_limit_is_refused() {
        let bomb = gzip(&vec![b' '; 1_000_000]);
        assert!(bomb.len() < 2_000);
        assert_eq!(inflate("gzip", bomb, 10_000), Err(Trouble::TooLarge));
    }

    #[test]
    fn a_lying_header_is_not_minded_and_a_broken_body_is() {
        for encoding in ["gzip", "br", "deflate", "zstd"] {
            assert_eq!(inflate(encoding, b"<rss/>".to_vec(), 100), Ok(b"<rss/>".to_vec()), "{encoding}");
        }
        let cut = gzip(&[b'x'; 500]);
        assert_eq!(inflate("gzip", cut[..15].to_vec(), 1000), Err(Trouble::Broken));
    }
}
