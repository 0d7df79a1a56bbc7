//! `count`: does a text fit a network? Needs no book.

use std::io::Read;

use super::Printed;
use crate::{
    api::Error,
    domain::{network, typed},
};

/// The longest text we count, in bytes.
const MAX_BYTES: u64 = 8 << 20;

pub fn run(name: &str, text: Option<String>) -> Result<Printed, Error> {
    let network = typed::network(name)?;
    let text = match text.as_deref() {
        Some("-") | None => standard_input()?,
        Some(text) => text.to_owned(),
    };
    let count = network::count(network, &text);
    let json = serde_json::json!({
        "network": network.as_str(), "length": count.length, "limit": count.limit, "fits": count.fits,
    });
    let verdict = if count.fits { "It fits" } else { "It does not fit" };
    let text = format!("{verdict}: {} of {} on {}.\n", count.length, count.limit, network.as_str());
    Ok(Printed { text, json: json.to_string(), nothing: false })
}

/// Standard input, byte for byte.
fn standard_input() -> Result<String, Error> {
    let mut bytes = Vec::new();
    let read = std::io::stdin().lock().take(MAX_BYTES + 1).read_to_end(&mut bytes);
    read.map_err(|error| Error::failed(format!("standard input: {error}")))?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > MAX_BYTES {
        return Err(Error::usage(format!("standard input has more than {MAX_BYTES} bytes")));
    }
    String::from_utf8(bytes).map_err(|_| Error::usage("standard input is not UTF-8 text"))
}
