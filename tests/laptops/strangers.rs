//! Whoever does not belong, at the door of a real daemon: they get no byte of the book, and the author waits for nobody.

use std::{
    io::{Read, Write},
    net::{TcpStream, UdpSocket},
    time::Duration,
};

use iroh::{
    Endpoint, EndpointAddr, SecretKey,
    endpoint::{ConnectionError, presets},
};
use serde_json::json;
use tokio::{task::JoinSet, time::timeout};

use crate::{
    PATIENCE, are_in_step, ask,
    dice::Dice,
    laptop::{Daemon, Laptop, add},
    names, pair, peers,
    thief::{SYNC, at, endpoint_of, laptop_at_a_port},
    until,
};

struct Scene {
    desk: Laptop,
    lap: Laptop,
    port: u16,
    one: Daemon,
    two: Daemon,
}

fn scene() -> Scene {
    let ((desk, port), (lap, _)) = (laptop_at_a_port("desk"), laptop_at_a_port("lap"));
    let (mut one, mut two) = (desk.daemon(), lap.daemon());
    pair(&mut one, &mut two);
    ask(&mut one, &add("Maria Ruiz"));
    until("both are in step", || are_in_step(&mut one, &mut two));
    Scene { desk, lap, port, one, two }
}

impl Scene {
    /// The socket, a command and the page answer.
    fn answers(&mut self) {
        assert_eq!(names(&mut self.one), ["Maria Ruiz"]);
        assert_eq!(self.desk.run(&["today"]).code, 0);
        let status = ask(&mut self.one, &json!({ "do": "status" }));
        let url = status["page"]["url"].as_str().unwrap();
        let host = url.trim_start_matches("http://").split('/').next().unwrap();
        let mut page = TcpStream::connect(host).unwrap();
        page.set_read_timeout(Some(PATIENCE)).unwrap();
        write!(page, "GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").unwrap();
        let mut said = String::new();
        page.read_to_string(&mut said).unwrap();
        assert!(said.starts_with("HTTP/1.1 "), "{said}");
    }
}

/// Connects again and again until the daemon has said no, and gives every byte that came and the number it was closed
/// with.
async fn refused(endpoint: &Endpoint, target: &EndpointAddr, alpn: &[u8]) -> (Vec<u8>, u64) {
    loop {
        let Ok(connection) = endpoint.connect(target.clone(), alpn).await else { continue };
        let mut bytes = Vec::new();
        let listen = async {
            if let Ok((mut send, mut recv)) = connection.open_bi().await {
                _ = send.write_all(b"g let me in, please").await;
                while let Ok(Some(chunk)) = recv.read_chunk(4096).await {
                    bytes.extend_from_slice(&chunk);
                }
            }
            connection.closed().await
        };
        if let ConnectionError::ApplicationClosed(close) = timeout(PATIENCE, listen).await.unwrap() {
            return (bytes, close.error_code.into_inner());
        }
    }
}

async fn stranger(n: u8) -> Endpoint {
    Endpoint::builder(presets::Minimal).secret_key(SecretKey::from_bytes(&[n; 32])).bind().await.unwrap()
}

#[tokio::test]
async fn a_stranger_gets_no_byte_of_a_real_book() {
    let mut scene = scene();
    let (endpoint, target) = (stranger(9).await, at(&scene.desk, scene.port));
    for alpn in [SYNC, b"goodword/pair/1"] {
        assert_eq!(refused(&endpoint, &target, alpn).await, (vec![], 403));
    }
    scene.answers();
    until("both are in step still", || are_in_step(&mut scene.one, &mut scene.two));
}

#[tokio::test]
async fn a_laptop_that_was_removed_gets_no_byte_under_its_old_key() {
    let mut scene = scene();
    ask(&mut scene.one, &json!({ "do": "device_remove", "name": "lap" }));
    until("it is gone", || peers(&mut scene.one).is_empty());
    let endpoint = endpoint_of(&scene.lap).await;
    assert_eq!(refused(&endpoint, &at(&scene.desk, scene.port), SYNC).await, (vec![], 403));
    scene.answers();
}

#[test]
fn garbage_at_the_port_brings_out_nothing_of_the_book_and_holds_nobody_up() {
    let mut scene = scene();
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.connect(("127.0.0.1", scene.port)).unwrap();
    socket.set_nonblocking(true).unwrap();
    let (mut dice, mut answers) = (Dice(1), Vec::new());
    for round in 0..20_000_u32 {
        let length = usize::try_from(1 + dice.below(1_400)).unwrap();
        let mut datagram: Vec<u8> = (0..length).map(|_| u8::try_from(dice.below(256)).unwrap()).collect();
        if round % 2 == 0 {
            // As a handshake begins: version 1, or one that nobody speaks.
            let begin = [0xc0 | datagram[0] & 0x3f, 0, 0, 0, 1 + u8::from(round % 4 == 0) * 9];
            datagram.iter_mut().zip(begin).for_each(|(byte, new)| *byte = new);
        }
        _ = socket.send(&datagram);
        let mut answer = [0; 2_048];
        while let Ok(length) = socket.recv(&mut answer) {
            answers.extend_from_slice(&answer[..length]);
        }
        if round % 5_000 == 0 {
            scene.answers();
        }
    }
    scene.answers();
    let has = |words: &[u8]| answers.windows(words.len()).any(|window| window == words);
    assert!(!has(b"Maria") && !has(b"desk"), "{} bytes", answers.len());
    until("the two are in step", || are_in_step(&mut scene.one, &mut scene.two));
}

#[test]
fn a_flood_of_strangers_keeps_neither_the_author_nor_the_other_laptop_waiting() {
    let mut scene = scene();
    let target = at(&scene.desk, scene.port);
    let flood = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut strangers = JoinSet::new();
            for n in 0..8_u8 {
                let (target, endpoint) = (target.clone(), stranger(100 + n).await);
                strangers.spawn(async move {
                    for _ in 0..40 {
                        let call = timeout(Duration::from_millis(100), endpoint.connect(target.clone(), SYNC)).await;
                        if let Ok(Ok(connection)) = call {
                            // Connected is not let in: nothing may come.
                            assert!(connection.accept_bi().await.is_err());
                        }
                    }
                });
            }
            strangers.join_all().await;
        });
    });
    while !flood.is_finished() {
        scene.answers();
    }
    flood.join().unwrap();
    ask(&mut scene.two, &add("Ben Bee"));
    until("the two are in step", || are_in_step(&mut scene.one, &mut scene.two));
    assert_eq!(names(&mut scene.one).len(), 2);
}
