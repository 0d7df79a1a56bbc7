//! Somebody who has a laptop's key, and says with it what no goodword would say.

use std::{fs, net::UdpSocket, time::Duration};

use goodword::{
    document::Document,
    replica::Replica,
    sync::{
        Circle, DeviceKey, Key,
        wire::{Frame, Hello, PROTOCOL},
    },
};
use iroh::{
    Endpoint, EndpointAddr, PublicKey, SecretKey, TransportAddr,
    endpoint::{Connection, RecvStream, SendStream, presets},
};
use tokio::{runtime::Runtime, time::timeout};

use crate::{PATIENCE, configure, laptop::Laptop};

pub const SYNC: &[u8] = b"goodword/sync/1";

/// A laptop at a port that a test knows.
pub fn laptop_at_a_port(name: &str) -> (Laptop, u16) {
    let laptop = Laptop::new();
    let port = UdpSocket::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
    configure(&laptop, &format!("name = \"{name}\"\ndiscovery = false\npage_port = 0\nsync_port = {port}\n"));
    (laptop, port)
}

/// Where a laptop is, for whoever knows its key.
pub fn at(laptop: &Laptop, port: u16) -> EndpointAddr {
    let key = key_of(laptop).public();
    let id = PublicKey::from_bytes(key.bytes()).unwrap();
    EndpointAddr::from_parts(id, [TransportAddr::Ip(([127, 0, 0, 1], port).into())])
}

pub fn key_of(laptop: &Laptop) -> DeviceKey {
    DeviceKey::read(&laptop.home().join("device.key")).unwrap().unwrap()
}

/// An endpoint under a laptop's own key.
pub async fn endpoint_of(laptop: &Laptop) -> Endpoint {
    let text = fs::read_to_string(laptop.home().join("device.key")).unwrap();
    let hex = text.split_whitespace().nth(1).unwrap();
    let bytes: Vec<u8> = (0..64).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect();
    let secret = SecretKey::from_bytes(bytes.as_slice().try_into().unwrap());
    Endpoint::builder(presets::Minimal).secret_key(secret).bind().await.unwrap()
}

/// Acts as a laptop whose daemon has ended.
pub struct Thief {
    runtime: Runtime,
    endpoint: Endpoint,
    target: EndpointAddr,
    key: Key,
    theirs: Key,
    /// The book as the laptop had it.
    pub book: Vec<u8>,
}

/// A connection over which both said hello.
pub struct Line {
    connection: Connection,
    send: SendStream,
    recv: RecvStream,
}

impl Thief {
    pub fn of(stolen: &Laptop, target: &Laptop, port: u16) -> Thief {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let endpoint = runtime.block_on(endpoint_of(stolen));
        let book = Replica::beside(&stolen.home()).unwrap().export_automerge();
        let (key, theirs) = (key_of(stolen).public(), key_of(target).public());
        Thief { runtime, endpoint, target: at(target, port), key, theirs, book }
    }

    pub fn document(&self) -> Document {
        Document::open(&self.book, [9; 16]).unwrap()
    }

    /// Connects, and both say hello.
    pub fn connect(&self) -> Line {
        self.runtime.block_on(async {
            let connect = async {
                loop {
                    // One that came a moment before may still be ending.
                    if let Some(line) = self.try_to_connect().await {
                        return line;
                    }
                }
            };
            timeout(PATIENCE, connect).await.expect("the daemon lets its laptop in")
        })
    }

    async fn try_to_connect(&self) -> Option<Line> {
        let connection = self.endpoint.connect(self.target.clone(), SYNC).await.ok()?;
        // The lower key speaks first.
        let (mut send, mut recv) = if self.key < self.theirs {
            let (mut send, mut recv) = connection.open_bi().await.ok()?;
            send.write_all(b"g").await.ok()?;
            recv.read_exact(&mut [0]).await.ok()?;
            (send, recv)
        } else {
            let (mut send, mut recv) = connection.accept_bi().await.ok()?;
            recv.read_exact(&mut [0]).await.ok()?;
            send.write_all(b"g").await.ok()?;
            (send, recv)
        };
        send.write_all(&self.hello()).await.ok()?;
        next(&mut recv).await?;
        Some(Line { connection, send, recv })
    }

    /// Always the same start: a laptop that started in between would be another one with this key.
    pub fn hello(&self) -> Vec<u8> {
        let hello = Hello {
            protocol: PROTOCOL,
            version: "0.1.0".into(),
            instance: "a thief".into(),
            notifies: true,
            circle: Circle::new(self.key).encode(),
        };
        Frame::Hello(hello).encode()
    }

    /// Says these bytes, and then what ends any conversation; waits until the daemon has come so far. Gives the number
    /// that the connection was closed with.
    pub fn says(&self, line: Line, bytes: &[u8]) -> u64 {
        self.runtime.block_on(async {
            let Line { connection, mut send, mut recv } = line;
            let speak = async {
                // It may be cut off in the middle.
                _ = send.write_all(bytes).await;
                _ = send.write_all(&self.hello()).await;
                std::future::pending::<()>().await;
            };
            let listen = async {
                while next(&mut recv).await.is_some() {}
                connection.closed().await
            };
            tokio::select! {
                () = speak => unreachable!(),
                why = timeout(PATIENCE, listen) => match why.expect("the daemon comes to the end of what was said") {
                    iroh::endpoint::ConnectionError::ApplicationClosed(close) => close.error_code.into_inner(),
                    why => panic!("{why}"),
                },
            }
        })
    }

    /// Ends, so that the honest laptop can come back.
    pub fn leave(self) {
        self.runtime.block_on(async {
            _ = timeout(Duration::from_secs(5), self.endpoint.close()).await;
        });
    }
}

/// One frame's body with its kind; nothing when there is none any more.
async fn next(recv: &mut RecvStream) -> Option<Vec<u8>> {
    let mut header = [0; 4];
    recv.read_exact(&mut header).await.ok()?;
    let mut body = vec![0; usize::try_from(u32::from_be_bytes(header)).unwrap()];
    recv.read_exact(&mut body).await.ok()?;
    Some(body)
}
