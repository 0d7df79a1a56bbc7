//! A relay of the author's own carries a link where no address is known, and keeps strangers out.

use std::{collections::BTreeMap, net::Ipv4Addr, sync::Arc};

use goodword::sync::{
    Key,
    net::{self, Known, NetOptions, News},
    wire::Frame,
};
use iroh_relay::server::{Access, AccessControl, ClientRequest, RelayConfig, Server, ServerConfig};
use tokio::sync::mpsc;

use crate::support::{DEADLINE, Device, free_address, key, options};

/// Lets these in, and tells of everybody else.
#[derive(Debug)]
struct Allowlist {
    allowed: Vec<Key>,
    denied: mpsc::UnboundedSender<Key>,
}

impl AccessControl for Allowlist {
    async fn on_connect(&self, request: &ClientRequest) -> Access {
        let client = Key::from_bytes(request.endpoint_id().as_bytes()).unwrap();
        if self.allowed.contains(&client) {
            return Access::Allow;
        }
        _ = self.denied.send(client);
        Access::Deny { reason: None }
    }
}

async fn relay(allowed: Vec<Key>) -> (Server, String, mpsc::UnboundedReceiver<Key>) {
    let (denied, heard) = mpsc::unbounded_channel();
    let mut relay = RelayConfig::new((Ipv4Addr::LOCALHOST, 0));
    relay.access = Arc::new(Allowlist { allowed, denied });
    let mut config = ServerConfig::default();
    config.relay = Some(relay);
    let server = Server::spawn(config).await.unwrap();
    let url = format!("http://{}", server.http_addr().unwrap());
    (server, url, heard)
}

fn relayed(n: u8, relay: &str, others: &[u8]) -> Device {
    let address = free_address();
    let (net, news) = net::start(NetOptions { relay: Some(relay.to_owned()), ..options(n, address) });
    let known = Known { addresses: vec![], relay: Some(relay.to_owned()) };
    net.know(others.iter().map(|n| (key(*n), known.clone())).collect::<BTreeMap<_, _>>());
    Device { net, news, key: key(n), address }
}

#[tokio::test]
async fn a_relay_carries_a_link_without_addresses_and_an_allowlist_keeps_others_out() {
    let (_server, url, mut denied) = relay(vec![key(1), key(2)]).await;
    let (mut one, mut two) = (relayed(1, &url, &[2, 3]), relayed(2, &url, &[1]));
    let (link_one, link_two) = tokio::join!(one.up(), two.up());
    tokio::join!(one.greets(link_one), two.greets(link_two));
    let mut three = relayed(3, &url, &[1]);
    let heard = tokio::time::timeout(DEADLINE, denied.recv()).await.unwrap();
    assert_eq!(heard, Some(key(3)));
    one.net.send(&link_one, Frame::Sync(vec![1; 200_000]));
    assert_eq!(two.frame().await, (link_two, Frame::Sync(vec![1; 200_000])));
    while let Ok(news) = three.news.try_recv() {
        assert!(!matches!(news, News::Up(_)), "{news:?}");
    }
}
