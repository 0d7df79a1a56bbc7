//! `feeds inspect`: what we read in a file or at an address. Needs no book.

use std::path::Path;

use super::{Printed, wrong};
use crate::{
    api::Error,
    daemon::once,
    feed::{self, Feed, FetchOptions, Fetcher, Job},
};

/// The largest feed file we read, in bytes.
const MAX_BYTES: u64 = 8 << 20;

pub fn inspect(source: &str) -> Result<Printed, Error> {
    let feed =
        if source.starts_with("http://") || source.starts_with("https://") { fetched(source)? } else { read(source)? };
    let item = |item: &crate::domain::Item| serde_json::json!({ "title": item.title, "url": item.url, "published": item.published });
    let items: Vec<_> = feed.items.iter().map(item).collect();
    let json = serde_json::json!({ "title": feed.title, "dialect": feed.dialect, "items": items });
    let items = if feed.items.len() == 1 { "item" } else { "items" };
    let mut text = format!("{} ({}, {} {items})\n", feed.title, feed.dialect, feed.items.len());
    for item in &feed.items {
        let day =
            item.published.map(|at| at.strftime("%Y-%m-%d").to_string()).unwrap_or_else(|| "no date   ".to_owned());
        text.push_str(&format!("  {day}  {}\n              {}\n", item.title, item.url));
    }
    Ok(Printed { text: wrong::tame(&text), json: json.to_string(), nothing: false })
}

fn read(path: &str) -> Result<Feed, Error> {
    let failed = |error: std::io::Error| {
        Error::failed(wrong::file(Path::new(path), &error)).hint("an address on the web begins with https://")
    };
    let meta = std::fs::metadata(path).map_err(failed)?;
    if meta.len() > MAX_BYTES {
        return Err(Error::failed(format!("{path} has {} bytes; a feed has at most {MAX_BYTES}", meta.len())));
    }
    let bytes = std::fs::read(path).map_err(failed)?;
    // A file's relative links lead nowhere on the web.
    let address = Path::new(path).file_name().and_then(|name| name.to_str()).unwrap_or_default();
    feed::parse(&bytes, address).map_err(|error| Error::failed(format!("{path}: {error}")))
}

fn fetched(address: &str) -> Result<Feed, Error> {
    let fetcher = Fetcher::new(&FetchOptions::default()).map_err(|error| Error::failed(error.to_string()))?;
    let job = Job { url: address.to_owned(), ..Job::default() };
    let fetched = once::runtime()?.block_on(fetcher.feed(&job)).map_err(|error| Error::failed(error.to_string()))?;
    fetched.content.ok_or_else(|| Error::failed(format!("{address} said \"unchanged\" though we never read it")))
}
