//! Public, keyless look-ups: who somebody is, and who else there is, as networks and sites show it to anybody.
//!
//! ```text
//! Ask (an address, how old its answer may be) ─► Client (memory, budget ─► feed's fetcher) ─► JSON
//!                                                                                              │
//!                        Profile, Item, Evidence ◄─ mastodon | bluesky | webfinger (pure) ◄────┘
//! ```
//!
//! Everything that comes back is untrusted: bounded in size, depth and number before it is a value here.

pub mod address;
mod ask;
pub mod bluesky;
mod client;
pub mod discover;
mod error;
mod json;
pub mod mastodon;
mod memory;
pub mod person;
mod profile;
pub mod relations;
pub mod roster;
pub mod site;
pub mod webfinger;

pub use ask::Ask;
pub use client::{Client, Json, Pages};
pub use error::LookupError;
pub use memory::BUDGET;
pub use profile::{Link, Profile, asks_not_to_be_listed};
