//! A peer that dies without a word, and comes back.

use std::{
    net::SocketAddr,
    process::{Child, Command},
    time::{Duration, Instant},
};

use goodword::sync::wire::Frame;

use crate::support::{Device, free_address, key};

/// Set in the child: where it is, and where the other one is.
const CHILD: &str = "GOODWORD_TEST_NET_CHILD";

/// A device of its own, that dies without a word.
struct Peer(Child);

impl Drop for Peer {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

/// This test, run as a device of its own.
fn child(own: SocketAddr, other: SocketAddr) -> Peer {
    let program = std::env::current_exe().unwrap();
    let child = Command::new(program)
        .args(["--exact", "crashes::child_of_these_tests", "--nocapture"])
        .env(CHILD, format!("{own} {other}"))
        .stdout(std::process::Stdio::null())
        .spawn();
    Peer(child.unwrap())
}

#[tokio::test]
async fn child_of_these_tests() {
    let Ok(where_to) = std::env::var(CHILD) else { return };
    let (own, other) = where_to.split_once(' ').unwrap();
    let mut device = Device::at(2, own.parse().unwrap());
    device.knows(&[(key(1), Some(other.parse().unwrap()))]);
    let link = device.up().await;
    device.net.send(&link, crate::support::hello());
    // Until it is killed: the one who started it does.
    loop {
        if let (link, frame @ Frame::Sync(_)) = device.frame().await {
            device.net.send(&link, frame);
        }
    }
}

#[tokio::test]
async fn a_peer_that_was_killed_is_connected_again_within_12_seconds_of_its_restart() {
    let own = free_address();
    let mut one = Device::new(1);
    one.knows(&[(key(2), Some(own))]);
    let mut peer = child(own, one.address);
    let rounds = std::env::var("GOODWORD_FLAPS").ok().and_then(|flaps| flaps.parse().ok()).unwrap_or(2_u32);
    let mut link = one.up().await;
    for round in 0..rounds {
        one.greets(link).await;
        one.net.send(&link, Frame::Sync(round.to_be_bytes().to_vec()));
        assert_eq!(one.frame().await, (link, Frame::Sync(round.to_be_bytes().to_vec())));
        drop(peer);
        let restarted = Instant::now();
        peer = child(own, one.address);
        link = one.up().await;
        eprintln!("connected again after {:?}", restarted.elapsed());
        assert!(restarted.elapsed() < Duration::from_secs(12));
    }
}
