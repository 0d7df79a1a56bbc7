//! Nothing is ever lost: the real binary in homes that are damaged, full, read only, killed or handed bombs.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod backups;
#[path = "../support/bombs.rs"]
mod bombs;
mod damaged;
mod full;
mod hostile;
mod killed;
mod laptop;
mod looks;
#[path = "../common/small_disk.rs"]
mod small_disk;
