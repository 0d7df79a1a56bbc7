//! Whoever does not belong: raw endpoints that do as they please.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use goodword::sync::{net::Why, wire::Frame};
use iroh::{
    Endpoint, EndpointAddr, PublicKey, SecretKey, TransportAddr,
    endpoint::{Connection, ConnectionError, ReadError, presets},
};
use tokio::{task::JoinSet, time::timeout};

use crate::support::{DEADLINE, Device, hello, key, pair};

const SYNC: &[u8] = b"goodword/sync/1";
const PAIR: &[u8] = b"goodword/pair/1";

async fn raw(n: u8) -> Endpoint {
    Endpoint::builder(presets::Minimal).secret_key(SecretKey::from_bytes(&[n; 32])).bind().await.unwrap()
}

fn at(device: &Device) -> EndpointAddr {
    let id = PublicKey::from_bytes(device.key.bytes()).unwrap();
    EndpointAddr::from_parts(id, [TransportAddr::Ip(device.address)])
}

/// What a connection ends with, and every byte that came before.
async fn end(connection: &Connection) -> (Vec<u8>, ConnectionError) {
    let mut bytes = Vec::new();
    if let Ok((mut send, mut recv)) = connection.open_bi().await {
        _ = send.write_all(b"let me in, please").await;
        while let Ok(Ok(Some(chunk))) = timeout(DEADLINE, recv.read_chunk(4096)).await {
            bytes.extend_from_slice(&chunk);
        }
    }
    (bytes, timeout(DEADLINE, connection.closed()).await.unwrap())
}

#[tokio::test]
async fn a_stranger_gets_no_byte_whatever_it_wants_to_speak() {
    let one = Device::new(1);
    one.knows(&[(key(2), None)]);
    let stranger = raw(9).await;
    for alpn in [SYNC, PAIR] {
        // The endpoint is bound a moment after somebody is known.
        let connection = loop {
            if let Ok(connection) = stranger.connect(at(&one), alpn).await {
                break connection;
            }
        };
        let (bytes, why) = end(&connection).await;
        assert_eq!(bytes, b"");
        let ConnectionError::ApplicationClosed(close) = why else { panic!("{why}") };
        assert_eq!(close.error_code.into_inner(), 403);
    }
    assert!(stranger.connect(at(&one), b"goodword/other/1").await.is_err());
}

/// A device that is known, and says what it likes. The lower key speaks first.
async fn known(one: &Device, n: u8) -> (Endpoint, Connection, iroh::endpoint::SendStream, iroh::endpoint::RecvStream) {
    let endpoint = raw(n).await;
    let connection = loop {
        if let Ok(connection) = endpoint.connect(at(one), SYNC).await {
            break connection;
        }
    };
    let (send, recv) = if key(n) < one.key {
        let (mut send, mut recv) = connection.open_bi().await.unwrap();
        send.write_all(b"g").await.unwrap();
        recv.read_exact(&mut [0]).await.unwrap();
        (send, recv)
    } else {
        let (mut send, mut recv) = connection.accept_bi().await.unwrap();
        recv.read_exact(&mut [0]).await.unwrap();
        send.write_all(b"g").await.unwrap();
        (send, recv)
    };
    (endpoint, connection, send, recv)
}

#[tokio::test]
async fn garbage_ends_its_own_link_and_no_other() {
    let (mut one, link, mut two, link_two) = pair().await;
    one.knows(&[two.is_at(), (key(5), None)]);
    let hello = hello().encode();
    let torn = [&9_u32.to_be_bytes()[..], &[1], b"no json.."].concat();
    let unknown = [&hello[..], &2_u32.to_be_bytes(), &[99, 0]].concat();
    let too_long = [&hello[..], &((64 << 20) + 1025_u32).to_be_bytes()].concat();
    let early = [&(64 << 10 | 1_u32).to_be_bytes()[..], &[3]].concat();
    let empty = 0_u32.to_be_bytes().to_vec();
    for garbage in [torn, unknown, too_long, early, empty] {
        let (_endpoint, connection, mut send, _recv) = known(&one, 5).await;
        let bad = one.up().await;
        send.write_all(&garbage).await.unwrap();
        assert!(matches!(one.down(bad).await, Why::Garbled(_)));
        let ConnectionError::ApplicationClosed(close) = timeout(DEADLINE, connection.closed()).await.unwrap() else {
            panic!("not told")
        };
        assert_eq!(close.error_code.into_inner(), 400);
    }
    one.net.send(&link, Frame::Sync(vec![1]));
    assert_eq!(two.frame().await, (link_two, Frame::Sync(vec![1])));
}

#[tokio::test]
async fn a_length_that_is_claimed_is_not_believed_before_the_bytes_come() {
    let one = Device::new(1);
    let mut one = one;
    one.knows(&[(key(5), None)]);
    let (_endpoint, _connection, mut send, _recv) = known(&one, 5).await;
    let link = one.up().await;
    send.write_all(&hello().encode()).await.unwrap();
    one.frame().await;
    let before = resident();
    send.write_all(&(64_u32 << 20).to_be_bytes()).await.unwrap();
    send.write_all(&[3, 1, 2, 3]).await.unwrap();
    send.finish().unwrap();
    assert!(matches!(one.down(link).await, Why::Lost(_)));
    assert!(resident() < before + (16 << 20));
}

/// Bytes of memory that this process holds.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
}

#[tokio::test]
async fn a_flood_of_strangers_leaves_a_link_as_it_is() {
    let (mut one, link, mut two, link_two) = pair().await;
    let address = at(&one);
    // On a thread of its own: what it costs the strangers is their affair.
    let flood = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut strangers = JoinSet::new();
            for n in 0..10_u8 {
                let (address, endpoint) = (address.clone(), raw(100 + n).await);
                strangers.spawn(async move {
                    for _ in 0..50 {
                        _ = timeout(Duration::from_millis(100), endpoint.connect(address.clone(), SYNC)).await;
                    }
                });
            }
            strangers.join_all().await;
        });
    });
    let (mut round, mut slowest) = (0_u32, Duration::ZERO);
    while !flood.is_finished() || round == 0 {
        let begun = Instant::now();
        one.net.send(&link, Frame::Sync(round.to_be_bytes().to_vec()));
        assert_eq!(two.frame().await, (link_two, Frame::Sync(round.to_be_bytes().to_vec())));
        two.net.send(&link_two, Frame::Sync(vec![7]));
        assert_eq!(one.frame().await, (link, Frame::Sync(vec![7])));
        (round, slowest) = (round + 1, slowest.max(begun.elapsed()));
    }
    flood.join().unwrap();
    eprintln!("{round} rounds beside 500 calls of strangers, the slowest took {slowest:?}");
}

#[tokio::test]
async fn strangers_at_the_door_of_an_invitation_spend_no_guess() {
    use goodword::sync::{net::News, pairing};
    let mut one = Device::new(1);
    one.net.invite(pairing::Invitation::new(&[7; 32]));
    let ticket = one
        .hears("an open invitation", |news| match news {
            News::Pairing(pairing::News::Open { ticket, .. }) => Some(ticket),
            _ => None,
        })
        .await;
    let stranger = raw(9).await;
    // A hello for the code that is no share, one that leads nowhere, and what is no message.
    for garbage in [&b"\0\0\0\x03\x01\x01\0"[..], b"\0\0\0\x01\x01", b"\xff\xff\xff\xff", b""] {
        let connection = stranger.connect(at(&one), PAIR).await.unwrap();
        let (mut send, mut recv) = connection.open_bi().await.unwrap();
        send.write_all(garbage).await.unwrap();
        send.finish().unwrap();
        // Nothing but a reason why not.
        let answer = recv.read_to_end(100).await.or_else(|error| match error {
            iroh::endpoint::ReadToEndError::Read(ReadError::ConnectionLost(_)) => Ok(vec![]),
            error => Err(error),
        });
        assert!(answer.unwrap().len() <= 6);
    }
    let mut two = Device::new(2);
    let mut ticket: pairing::Ticket = ticket.parse().unwrap();
    ticket.addresses = vec![one.address];
    two.net.join(pairing::Target::Ticket(ticket), |_| vec![1]);
    one.hears("somebody who asks", |news| match news {
        News::Pairing(pairing::News::Asking { answer, .. }) => Some(answer),
        _ => None,
    })
    .await
    .send(Ok(vec![2]));
    let joined = two.hears("that it joined", |news| match news {
        News::Pairing(pairing::News::Joined { payload, .. }) => Some(payload),
        _ => None,
    });
    assert_eq!(joined.await, [2]);
}

#[tokio::test]
async fn with_nobody_known_no_socket_is_open() {
    let mut device = Device::finding(1);
    device.knows(&[]);
    device.net.woke();
    // Whatever it was told it has done by the time that it answers.
    device.net.join("7-otter-lamp".parse().unwrap(), |_| vec![]);
    device.net.end_pairing();
    device.knows(&[(key(2), None)]);
    device.knows(&[]);
    let port_is_free = |address: SocketAddr| std::net::UdpSocket::bind(("0.0.0.0", address.port())).is_ok();
    let freed = async {
        while !port_is_free(device.address) {
            _ = timeout(Duration::from_millis(50), device.news.recv()).await;
        }
    };
    timeout(DEADLINE, freed).await.unwrap();
}
