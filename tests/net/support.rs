//! A device of a test: a real task with a real endpoint, on loopback.

use std::{
    collections::BTreeMap,
    net::{Ipv4Addr, SocketAddr, UdpSocket},
    time::Duration,
};

use goodword::sync::{
    DeviceKey, Key,
    net::{self, Known, Link, Net, NetOptions, News, Why},
    wire::{Frame, Hello, PROTOCOL},
};
use tokio::{sync::mpsc, time::timeout};

/// No test waits longer for something to happen.
pub const DEADLINE: Duration = Duration::from_secs(30);

pub struct Device {
    pub net: Net,
    pub news: mpsc::Receiver<News>,
    pub key: Key,
    pub address: SocketAddr,
}

/// A port that nobody has.
pub fn free_address() -> SocketAddr {
    UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap()
}

pub fn options(n: u8, address: SocketAddr) -> NetOptions {
    NetOptions { key: DeviceKey::new(&[n; 32]), port: Some(address.port()), relay: None, discovery: false }
}

pub fn key(n: u8) -> Key {
    DeviceKey::new(&[n; 32]).public()
}

impl Device {
    pub fn new(n: u8) -> Device {
        Device::at(n, free_address())
    }

    pub fn at(n: u8, address: SocketAddr) -> Device {
        let (net, news) = net::start(options(n, address));
        Device { net, news, key: key(n), address }
    }

    /// One that looks for others on the local network.
    pub fn finding(n: u8) -> Device {
        let address = free_address();
        let (net, news) = net::start(NetOptions { discovery: true, ..options(n, address) });
        Device { net, news, key: key(n), address }
    }

    /// Knows these, at their addresses.
    pub fn knows(&self, others: &[(Key, Option<SocketAddr>)]) {
        let known = |address: Option<SocketAddr>| Known { addresses: address.into_iter().collect(), relay: None };
        self.net.know(others.iter().map(|(key, address)| (*key, known(*address))).collect::<BTreeMap<_, _>>());
    }

    pub fn is_at(&self) -> (Key, Option<SocketAddr>) {
        (self.key, Some(self.address))
    }

    /// What is wanted of the news to come; the others are passed over.
    pub async fn hears<T>(&mut self, what: &str, mut wanted: impl FnMut(News) -> Option<T>) -> T {
        let hear = async {
            loop {
                let news = self.news.recv().await.unwrap_or_else(|| panic!("the task ended before: {what}"));
                if let Some(found) = wanted(news) {
                    return found;
                }
            }
        };
        timeout(DEADLINE, hear).await.unwrap_or_else(|_| panic!("it never came: {what}"))
    }

    pub async fn up(&mut self) -> Link {
        self.hears("a link", |news| match news {
            News::Up(link) => Some(link),
            _ => None,
        })
        .await
    }

    pub async fn down(&mut self, of: Link) -> Why {
        self.hears("the end of a link", |news| match news {
            News::Down(link, why) if link == of => Some(why),
            _ => None,
        })
        .await
    }

    pub async fn frame(&mut self) -> (Link, Frame) {
        self.hears("a frame", |news| match news {
            News::Frame(link, frame) => Some((link, frame)),
            _ => None,
        })
        .await
    }

    pub async fn refused(&mut self) -> Key {
        self.hears("a refusal", |news| match news {
            News::Refused(key) => Some(key),
            _ => None,
        })
        .await
    }

    /// Says hello, and hears it.
    pub async fn greets(&mut self, link: Link) {
        self.net.send(&link, hello());
        assert_eq!(self.frame().await, (link, hello()));
    }
}

pub fn hello() -> Frame {
    Frame::Hello(Hello {
        protocol: PROTOCOL,
        version: "1".into(),
        instance: "i".into(),
        notifies: true,
        circle: vec![1, 2, 3],
    })
}

/// Two devices that know each other and are connected.
pub async fn pair() -> (Device, Link, Device, Link) {
    let (mut one, mut two) = (Device::new(1), Device::new(2));
    one.knows(&[two.is_at()]);
    two.knows(&[one.is_at()]);
    let (link_one, link_two) = tokio::join!(one.up(), two.up());
    tokio::join!(one.greets(link_one), two.greets(link_two));
    (one, link_one, two, link_two)
}
