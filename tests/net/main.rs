//! Devices that connect over loopback, with real endpoints: who gets in, what goes over, and what is survived.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr, reason = "a test fails by panicking")]

mod crashes;
mod links;
mod pairing;
mod relay;
mod strangers;
mod support;
