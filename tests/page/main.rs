//! The page, against a real daemon: who is let in, what is shown, and how it is used in a real Chromium.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod browser;
mod guard;
mod rig;
mod text;
