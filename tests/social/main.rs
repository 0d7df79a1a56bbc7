//! Public look-ups: against real servers of the fediverse and of Bluesky, and against servers that mean harm.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test fails by panicking"
)]

#[path = "../common/atproto.rs"]
mod atproto;
#[path = "../common/bluesky.rs"]
mod bluesky_world;
#[path = "../common/rig.rs"]
mod rig;
#[path = "../common/snac.rs"]
mod snac;

mod atproto_live;
mod author;
mod bluesky;
mod client;
mod fediverse;
mod following;
mod lists;
mod mastodon;
mod seeking;
