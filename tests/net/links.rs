//! A link between two devices that know each other.

use std::{net::SocketAddr, time::Instant};

use goodword::sync::{
    net::{News, Why},
    wire::{Bye, Frame, MAX_FRAME},
};

use crate::support::{Device, free_address, hello, key, pair};

#[tokio::test]
async fn frames_go_both_ways_in_order() {
    let (mut one, link_one, mut two, link_two) = pair().await;
    for n in 0..200_u32 {
        one.net.send(&link_one, Frame::Sync(n.to_be_bytes().to_vec()));
        two.net.send(&link_two, Frame::Circle(n.to_be_bytes().to_vec()));
    }
    for n in 0..200_u32 {
        assert_eq!(two.frame().await, (link_two, Frame::Sync(n.to_be_bytes().to_vec())));
        assert_eq!(one.frame().await, (link_one, Frame::Circle(n.to_be_bytes().to_vec())));
    }
}

#[tokio::test]
async fn one_that_knows_where_the_other_is_suffices() {
    let (mut one, mut two) = (Device::new(1), Device::new(2));
    one.knows(&[(two.key, None)]);
    two.knows(&[one.is_at()]);
    let (link, _) = tokio::join!(one.up(), two.up());
    let addresses = one.hears("where the other is", |news| match news {
        News::Addresses(peer, addresses) if peer == link.peer => Some(addresses),
        _ => None,
    });
    assert!(addresses.await.contains(&two.address));
}

#[tokio::test]
async fn what_was_said_before_the_goodbye_arrives_and_then_the_reason() {
    let (mut one, link_one, mut two, link_two) = pair().await;
    let long = Frame::Sync(vec![7; 3 << 20]);
    one.net.send(&link_one, long.clone());
    one.net.close(&link_one, Bye::Removed);
    one.knows(&[]);
    assert_eq!(two.frame().await, (link_two, long));
    assert_eq!(two.down(link_two).await, Why::Said(Bye::Removed));
    assert_eq!(one.down(link_one).await, Why::Forgotten);
}

#[tokio::test]
async fn a_device_that_is_no_longer_known_is_cut_off_at_once_and_learns_it() {
    let (mut one, link_one, mut two, link_two) = pair().await;
    one.knows(&[]);
    assert_eq!(one.down(link_one).await, Why::Forgotten);
    assert_eq!(two.down(link_two).await, Why::Refused);
}

#[tokio::test]
async fn a_device_that_was_forgotten_meanwhile_is_refused_when_it_calls() {
    let (one, mut two) = (Device::new(1), Device::new(2));
    one.knows(&[(key(3), None)]);
    two.knows(&[one.is_at()]);
    assert_eq!(two.refused().await, one.key);
}

#[tokio::test]
async fn a_device_that_stops_says_goodbye() {
    let (one, _, mut two, link_two) = pair().await;
    one.net.stop().await;
    assert_eq!(two.down(link_two).await, Why::Said(Bye::Stopping));
}

#[tokio::test]
async fn a_device_that_restarts_on_another_port_is_connected_again() {
    let (one, _, mut two, link_two) = pair().await;
    one.net.stop().await;
    two.down(link_two).await;
    let moved = Device::at(1, free_address());
    moved.knows(&[two.is_at()]);
    let again = two.up().await;
    assert_eq!(again.peer, moved.key);
    assert!(again.id > link_two.id);
}

#[tokio::test]
async fn after_a_wake_a_fresh_connection_takes_the_place_of_the_old_one() {
    let (mut one, link_one, mut two, link_two) = pair().await;
    let begun = Instant::now();
    // A connection of the last seconds is fresh enough: the wake is told until it is not.
    let new = loop {
        two.net.woke();
        let news = one.hears("a fresh link", |news| match news {
            News::Up(link) => Some(link),
            _ => None,
        });
        match tokio::time::timeout(std::time::Duration::from_millis(500), news).await {
            Ok(link) => break link,
            Err(_) => assert!(begun.elapsed() < crate::support::DEADLINE),
        }
    };
    assert!(new.id > link_one.id);
    assert_eq!(two.down(link_two).await, Why::Replaced);
    let link = two.up().await;
    tokio::join!(one.greets(new), two.greets(link));
}

#[tokio::test]
async fn the_longest_frame_passes_and_a_longer_one_ends_the_link() {
    let (mut one, link_one, mut two, link_two) = pair().await;
    one.net.send(&link_one, Frame::Sync(vec![1; 64 << 20]));
    let (_, frame) = two.frame().await;
    assert!(matches!(frame, Frame::Sync(bytes) if bytes.len() == 64 << 20));
    one.net.send(&link_one, Frame::Sync(vec![1; MAX_FRAME]));
    assert!(matches!(two.down(link_two).await, Why::Garbled(_)));
    assert_eq!(one.down(link_one).await, Why::Said(Bye::Garbled));
}

#[tokio::test]
async fn a_device_that_does_not_say_hello_first_is_not_listened_to() {
    let (mut one, mut two) = (Device::new(1), Device::new(2));
    one.knows(&[two.is_at()]);
    two.knows(&[one.is_at()]);
    let (link_one, link_two) = tokio::join!(one.up(), two.up());
    one.net.send(&link_one, Frame::Sync(vec![1]));
    one.net.send(&link_one, hello());
    assert!(matches!(two.down(link_two).await, Why::Garbled(_)));
}

#[tokio::test]
async fn a_slow_daemon_slows_the_other_side_and_one_that_sends_without_end_is_cut_off() {
    let (mut one, link_one, two, _) = pair().await;
    // Nobody reads the news of the other one.
    for _ in 0..4 {
        one.net.send(&link_one, Frame::Sync(vec![1; 60 << 20]));
    }
    assert_eq!(one.down(link_one).await, Why::Stuck);
    drop(two);
}

#[tokio::test]
async fn nothing_is_bound_while_nobody_is_known() {
    let device = Device::new(1);
    device.knows(&[]);
    // Its own port can be had by anybody.
    let bind = |address: SocketAddr| std::net::UdpSocket::bind((std::net::Ipv4Addr::UNSPECIFIED, address.port()));
    drop(bind(device.address).unwrap());
    let mut device = device;
    device.knows(&[(key(2), None)]);
    device
        .hears("where it listens", |news| match news {
            News::Listening { addresses, .. } => addresses.iter().any(|a| a.port() == device_port(a)).then_some(()),
            _ => None,
        })
        .await;
    assert!(bind(device.address).is_err());
}

fn device_port(address: &SocketAddr) -> u16 {
    address.port()
}

#[tokio::test]
async fn a_port_that_another_program_has_is_told_until_nobody_needs_it_any_more() {
    let held = std::net::UdpSocket::bind("0.0.0.0:0").unwrap();
    let port = held.local_addr().unwrap().port();
    let mut one = Device::at(1, ([127, 0, 0, 1], port).into());
    let troubles = |news| match news {
        News::Troubles(troubles) => Some(troubles),
        _ => None,
    };
    one.knows(&[(key(2), None)]);
    let told = one.hears("what is wrong", troubles).await;
    assert!(told.len() == 1 && told[0].contains(&port.to_string()), "{told:?}");
    drop(held);
    one.knows(&[]);
    assert_eq!(one.hears("that all is well", troubles).await, [""; 0]);
}
