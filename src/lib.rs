//! goodword: a quiet daemon for authors that puts in a good word for one person every day.
//!
//! # How a day flows
//!
//! ```text
//! works ─► audiences ─► contacts ─► pick ─► draft ─► notify ─► act ─► journal ─► document ─► sync
//!                       (import,    (who,   (words,  (desktop, (press, (what       (CRDT,     (other
//!                        discover)   why)   network)  page,cli) share)  happened)   SQLite)    laptops)
//!                           ▲
//!                         feeds, social (what they did lately)
//! ```
//!
//! The modules stand in the order of the floors, from the ground up; a room imports only from floors below it.

// The ground: what a day means (pure), what a device keeps for itself, and bytes between the author's devices.
pub mod config;
pub mod domain;
pub mod store;
pub mod sync;

// One floor up: each knows the ground and one thing of the world.
pub mod api;
pub mod document;
pub mod feed;
pub mod interests;
pub mod platform;

// Document and store behind one face; people from other programs' files, and into them; who there is in public.
pub mod import;
pub mod replica;
pub mod social;

// What others reach us by, and how the page looks.
pub mod page;
pub mod server;

// The single writer.
pub mod daemon;

// The words of the command line.
pub mod cli;
