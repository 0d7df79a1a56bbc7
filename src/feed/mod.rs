//! What they did lately: from the address of a feed to its items.
//!
//! ```text
//! plan (when) ─► fetch (guard, inflate) ─► parse (xml | json ─► entry ─► link, text, date) ─► items
//!                     ▲
//! discover (which) ───┘
//! ```

mod date;
mod entry;
mod json;
mod link;
mod markup;
mod parse;
mod scope;
mod text;
mod xml;

pub use link::canonical;
pub use parse::{Feed, INPUT, ITEMS, ParseError, parse, parse_as};
pub use text::plain;
