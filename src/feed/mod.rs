//! What they did lately: from the address of a feed to its items.
//!
//! ```text
//! plan (when) ─► fetch (guard, inflate) ─► parse (xml | json ─► entry ─► link, text, date) ─► items
//!                     ▲
//! discover (which) ───┘
//! ```

mod answer;
mod client;
mod date;
mod discover;
mod entry;
mod fetch;
mod guard;
mod inflate;
mod json;
mod link;
mod markup;
mod parse;
pub mod plan;
mod refresh;
mod scope;
mod text;
mod xml;

pub use answer::{FetchError, Fetched, Job, Page, Validators, Wants};
pub use client::{FetchOptions, Limits};
pub use discover::{DiscoverError, Found, address_typed, announced, discover, discover_in, guesses};
pub use fetch::Fetcher;
pub use guard::is_written_private;
pub use link::canonical;
pub use markup::{Token, Tokens};
pub use parse::{Feed, INPUT, ITEMS, ParseError, decode, parse, parse_as};
pub use refresh::refresh_all;
pub use text::{plain, prefix};
