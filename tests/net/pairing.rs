//! One more device is let in, by ticket and by code.

use std::{collections::BTreeMap, net::SocketAddr};

use goodword::sync::{
    Key,
    net::{Known, News},
    pairing::{self, Code, Failure, Invitation, Role, Target, Ticket},
};

use crate::support::{Device, key};

/// What to show: the code and the ticket.
async fn invites(device: &mut Device, n: u8) -> (String, String) {
    device.net.invite(Invitation::new(&[n; 32]));
    device
        .hears("an open invitation", |news| match news {
            News::Pairing(pairing::News::Open { code, ticket }) => Some((code, ticket)),
            _ => None,
        })
        .await
}

/// Loopback alone: a ticket lists the addresses that mean something elsewhere.
fn nearby(ticket: &str, device: &Device) -> Target {
    let mut ticket: Ticket = ticket.parse().unwrap();
    ticket.addresses = vec![device.address];
    Target::Ticket(ticket)
}

async fn asking(device: &mut Device) -> (Key, Vec<u8>, pairing::Answer) {
    device
        .hears("somebody who asks", |news| match news {
            News::Pairing(pairing::News::Asking { peer, payload, answer }) => Some((peer, payload, answer)),
            _ => None,
        })
        .await
}

async fn joined(device: &mut Device) -> (Key, Vec<u8>, Vec<SocketAddr>) {
    device
        .hears("that it joined", |news| match news {
            News::Pairing(pairing::News::Joined { peer, payload, addresses }) => Some((peer, payload, addresses)),
            News::Pairing(pairing::News::Failed { why, .. }) => panic!("{why:?}"),
            _ => None,
        })
        .await
}

async fn met(device: &mut Device) -> (Key, Vec<SocketAddr>) {
    device
        .hears("that they met", |news| match news {
            News::Pairing(pairing::News::Met { peer, addresses }) => Some((peer, addresses)),
            News::Pairing(pairing::News::Failed { why, .. }) => panic!("{why:?}"),
            _ => None,
        })
        .await
}

async fn failed(device: &mut Device) -> (Role, Failure) {
    device
        .hears("that it failed", |news| match news {
            News::Pairing(pairing::News::Failed { role, why }) => Some((role, why)),
            _ => None,
        })
        .await
}

fn offer(inviter: Key) -> Vec<u8> {
    [b"hello, ", &inviter.bytes()[..]].concat()
}

#[tokio::test]
async fn a_ticket_brings_two_devices_together_that_then_connect() {
    let (mut one, mut two) = (Device::new(1), Device::new(2));
    let (_, ticket) = invites(&mut one, 7).await;
    two.net.join(nearby(&ticket, &one), offer);
    let (peer, payload, answer) = asking(&mut one).await;
    assert_eq!((peer, payload), (two.key, offer(one.key)));
    answer.send(Ok(b"welcome".to_vec()));
    let (peer, payload, addresses) = joined(&mut two).await;
    assert_eq!((peer, payload.as_slice()), (one.key, &b"welcome"[..]));
    assert!(addresses.contains(&one.address));
    let (peer, seen_at) = met(&mut one).await;
    assert_eq!(peer, two.key);
    one.net.know(BTreeMap::from([(two.key, Known { addresses: seen_at, relay: None })]));
    two.net.know(BTreeMap::from([(one.key, Known { addresses, relay: None })]));
    let (link_one, link_two) = tokio::join!(one.up(), two.up());
    tokio::join!(one.greets(link_one), two.greets(link_two));
}

#[tokio::test]
async fn an_invitation_lets_one_device_in_and_no_second_one() {
    let (mut one, mut two, mut three) = (Device::new(1), Device::new(2), Device::new(3));
    let (_, ticket) = invites(&mut one, 7).await;
    two.net.join(nearby(&ticket, &one), offer);
    let (_, _, answer) = asking(&mut one).await;
    // While the daemon thinks, somebody else has the ticket as well.
    three.net.join(nearby(&ticket, &one), offer);
    let (role, why) = failed(&mut three).await;
    assert_eq!((role, why), (Role::Joiner, Failure::Taken));
    answer.send(Ok(vec![]));
    joined(&mut two).await;
    met(&mut one).await;
    three.net.join(nearby(&ticket, &one), offer);
    let (_, why) = failed(&mut three).await;
    assert_eq!(why, Failure::NotInviting);
}

#[tokio::test]
async fn a_ticket_with_another_secret_is_in_vain_and_costs_nothing() {
    let (mut one, mut two, mut three) = (Device::new(1), Device::new(2), Device::new(3));
    let (_, ticket) = invites(&mut one, 7).await;
    let (_, foreign) = invites(&mut three, 8).await;
    let mut foreign: Ticket = foreign.parse().unwrap();
    (foreign.key, foreign.addresses) = (one.key, vec![one.address]);
    for _ in 0..3 {
        two.net.join(Target::Ticket(foreign.clone()), offer);
        let (_, why) = failed(&mut two).await;
        assert!(matches!(why, Failure::Wrong { .. }), "{why:?}");
    }
    two.net.join(nearby(&ticket, &one), offer);
    asking(&mut one).await.2.send(Ok(vec![]));
    joined(&mut two).await;
}

#[tokio::test]
async fn an_author_who_declines_is_heard_on_the_other_side() {
    let (mut one, mut two) = (Device::new(1), Device::new(2));
    let (_, ticket) = invites(&mut one, 7).await;
    two.net.join(nearby(&ticket, &one), offer);
    asking(&mut one).await.2.send(Err("its book is from a later version".to_owned()));
    let (_, why) = failed(&mut two).await;
    assert!(why.said(Role::Joiner).contains("its book is from a later version"), "{why:?}");
    let (role, why) = failed(&mut one).await;
    assert!(role == Role::Inviter && why.said(role).contains("later version"), "{why:?}");
}

#[tokio::test]
async fn an_invitation_that_is_ended_or_replaced_holds_no_more() {
    let (mut one, mut two) = (Device::new(1), Device::new(2));
    let (_, old) = invites(&mut one, 7).await;
    let (_, new) = invites(&mut one, 8).await;
    two.net.join(nearby(&old, &one), offer);
    failed(&mut two).await;
    one.net.end_pairing();
    two.net.join(nearby(&new, &one), offer);
    let (_, why) = failed(&mut two).await;
    assert_eq!(why, Failure::NotInviting);
}

#[tokio::test]
async fn nobody_pairs_with_itself() {
    let mut one = Device::new(1);
    let (code, ticket) = invites(&mut one, 7).await;
    for target in [Target::Code(code.parse().unwrap()), Target::Ticket(ticket.parse().unwrap())] {
        one.net.join(target, offer);
        let (_, why) = failed(&mut one).await;
        assert_eq!(why, Failure::Own);
    }
}

#[tokio::test]
async fn without_discovery_a_code_leads_to_the_ticket() {
    let mut two = Device::new(2);
    two.net.join("7-otter-lamp".parse().unwrap(), offer);
    let (_, why) = failed(&mut two).await;
    assert_eq!(why, Failure::NoDiscovery);
}

/// Whether multicast comes back to this machine; where it does not, tests by code have nothing to run on.
fn multicast() -> bool {
    let works = || -> std::io::Result<()> {
        let socket = std::net::UdpSocket::bind("0.0.0.0:0")?;
        socket.set_read_timeout(Some(std::time::Duration::from_secs(2)))?;
        socket.join_multicast_v4(&"224.0.0.251".parse().unwrap(), &"0.0.0.0".parse().unwrap())?;
        socket.send_to(b"here", ("224.0.0.251", socket.local_addr()?.port()))?;
        socket.recv_from(&mut [0; 8]).map(drop)
    };
    works().map_err(|error| eprintln!("skipped: no multicast on this machine ({error})")).is_ok()
}

#[tokio::test]
async fn a_code_is_found_on_the_same_network_and_two_known_devices_find_each_other() {
    if !multicast() {
        return;
    }
    let (mut one, mut two) = (Device::finding(1), Device::finding(2));
    // The number is this process's own: others on the network run tests, too.
    let (code, _) = invites(&mut one, std::process::id() as u8).await;
    two.net.join(code.parse().unwrap(), offer);
    asking(&mut one).await.2.send(Ok(vec![]));
    joined(&mut two).await;
    met(&mut one).await;
    one.knows(&[(two.key, None)]);
    two.knows(&[(one.key, None)]);
    tokio::join!(one.up(), two.up());
}

#[tokio::test]
async fn a_wrong_code_is_void_after_one_guess_on_both_sides() {
    if !multicast() {
        return;
    }
    let (mut one, mut two) = (Device::finding(3), Device::finding(4));
    let random = [std::process::id() as u8 ^ 0x55; 32];
    one.net.invite(Invitation::new(&random));
    let wrong = Code::new([random[0], random[1] ^ 1, random[2]]);
    two.net.join(Target::Code(wrong), offer);
    let (role, why) = failed(&mut one).await;
    assert!(role == Role::Inviter && why.said(role).contains("wrong code") && why.needs_new_code(), "{why:?}");
    let (_, why) = failed(&mut two).await;
    assert!(matches!(why, Failure::Wrong { .. }), "{why:?}");
    two.net.join(Target::Code(wrong), offer);
    let (_, why) = failed(&mut two).await;
    assert_eq!(why, Failure::Tried);
    _ = key(1);
}
