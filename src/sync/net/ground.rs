//! The sockets below the connections: an iroh endpoint that speaks to nobody but the author's devices, and to no relay
//! but the author's own.

use std::{
    collections::BTreeSet,
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    time::{Duration, Instant},
};

use iroh::{
    Endpoint, EndpointAddr, PublicKey, RelayMode, RelayUrl, TransportAddr, Watcher,
    endpoint::{BindOpts, Builder, IncomingAddr, PortmapperConfig, QuicTransportConfig, VarInt, presets},
};
use tokio::{
    sync::mpsc,
    task::{JoinHandle, JoinSet},
    time::timeout,
};

use super::{
    driver::Event,
    gate::{Doorman, Gate, SYNC, Verdict},
    meet::PAIR,
};
use crate::sync::key::{DeviceKey, Key};

/// A device that says nothing for so long is gone. It says something every five seconds.
const SILENCE: u32 = 10_000;
/// How long a handshake at the door may take.
const HANDSHAKE: Duration = Duration::from_secs(5);
/// How long the last words of an endpoint may take: three seconds where somebody no longer answers.
const CLOSING: Duration = Duration::from_secs(4);

/// An endpoint that is bound, and the tasks that listen at it.
#[derive(Debug)]
pub(super) struct Ground {
    pub(super) endpoint: Endpoint,
    /// The relays it may speak to: another set needs another endpoint.
    pub(super) relays: BTreeSet<RelayUrl>,
    tasks: [JoinHandle<()>; 2],
}

impl Drop for Ground {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

impl Ground {
    /// Binds the port that was asked for, or another where it is taken, which is said in the second half.
    pub(super) async fn bind(
        key: &DeviceKey,
        port: Option<u16>,
        relays: BTreeSet<RelayUrl>,
        gate: &Gate,
        events: &mpsc::Sender<Event>,
    ) -> Result<(Ground, Option<String>), String> {
        let wanted = port.unwrap_or_else(|| own_port(&key.public()));
        let bound = bind(key, wanted, &relays, gate).await;
        let (endpoint, trouble) = match bound {
            Ok(endpoint) => (endpoint, None),
            Err(error) => {
                let endpoint = bind(key, 0, &relays, gate).await?;
                let trouble = port.map(|port| format!("UDP port {port} cannot be used ({error}): another one is"));
                (endpoint, trouble)
            }
        };
        let tasks = [
            tokio::spawn(listen(endpoint.clone(), gate.clone(), events.clone())),
            tokio::spawn(watch(endpoint.clone(), events.clone())),
        ];
        Ok((Ground { endpoint, relays, tasks }, trouble))
    }

    /// Says goodbye to whoever is still connected, and lets go of the sockets.
    pub(super) async fn close(self) {
        _ = timeout(CLOSING, self.endpoint.close()).await;
    }
}

/// A port that is this device's own at every start, below those that systems give away (from 32768 on).
fn own_port(key: &Key) -> u16 {
    let [high, low, ..] = *key.bytes();
    20_000 + u16::from_be_bytes([high, low]) % 12_000
}

async fn bind(key: &DeviceKey, port: u16, relays: &BTreeSet<RelayUrl>, gate: &Gate) -> Result<Endpoint, String> {
    let told = |error: &dyn std::fmt::Display| error.to_string();
    let relay = if relays.is_empty() { RelayMode::Disabled } else { RelayMode::custom(relays.iter().cloned()) };
    let transport = QuicTransportConfig::builder()
        .max_idle_timeout(Some(VarInt::from_u32(SILENCE).into()))
        .max_concurrent_bidi_streams(VarInt::from_u32(1))
        .max_concurrent_uni_streams(VarInt::from_u32(0))
        .datagram_receive_buffer_size(None)
        .build();
    let v6 = BindOpts::default().set_is_required(false);
    // Minimal: no look-up at anybody's servers. N0's presets would publish where this computer is.
    Builder::new(presets::Minimal)
        .secret_key(key.secret().clone())
        .alpns(vec![SYNC.to_vec(), PAIR.to_vec()])
        .relay_mode(relay)
        .transport_config(transport)
        .portmapper_config(PortmapperConfig::Disabled)
        .hooks(gate.clone())
        .bind_addr((Ipv4Addr::UNSPECIFIED, port))
        .map_err(|error| told(&error))?
        .bind_addr_with_opts((Ipv6Addr::UNSPECIFIED, port), v6)
        .map_err(|error| told(&error))?
        .bind()
        .await
        .map_err(|error| told(&error))
}

/// Lets handshakes in, as many as the doorman finds right.
async fn listen(endpoint: Endpoint, gate: Gate, events: mpsc::Sender<Event>) {
    let mut doorman = Doorman::new(Instant::now());
    let mut handshakes = JoinSet::new();
    loop {
        let incoming = tokio::select! {
            incoming = endpoint.accept() => incoming,
            Some(done) = handshakes.join_next() => {
                if let Ok(place) = done {
                    doorman.give_back(place);
                }
                continue;
            }
        };
        let Some(incoming) = incoming else {
            _ = events.send(Event::Sunk).await;
            return;
        };
        let known = match incoming.remote_addr() {
            IncomingAddr::Ip(address) => gate.knows_address(address.ip()),
            // The relay has proved whose key it is.
            IncomingAddr::Relay { endpoint_id, .. } => {
                Key::from_bytes(endpoint_id.as_bytes()).is_ok_and(|key| gate.knows(&key))
            }
            _ => false,
        };
        let place = match doorman.look(known, incoming.remote_addr_validated(), Instant::now()) {
            Verdict::Enter(place) => place,
            Verdict::Prove => {
                _ = incoming.retry();
                continue;
            }
            Verdict::Ignore => {
                incoming.ignore();
                continue;
            }
        };
        let events = events.clone();
        handshakes.spawn(async move {
            let handshake = async { incoming.accept().ok()?.await.ok() };
            if let Ok(Some(connection)) = timeout(HANDSHAKE, handshake).await {
                _ = events.send(Event::Arrived { connection, dialled: false }).await;
            }
            place
        });
    }
}

/// Tells where this device can be reached, whenever that changes.
async fn watch(endpoint: Endpoint, events: mpsc::Sender<Event>) {
    let mut address = endpoint.watch_addr();
    drop(endpoint);
    let mut here = address.get();
    while events.send(Event::Here(here)).await.is_ok() {
        match address.updated().await {
            Ok(new) => here = new,
            Err(_) => return,
        }
    }
}

/// The address to dial a device at.
pub(super) fn address(
    key: &Key,
    addresses: impl IntoIterator<Item = SocketAddr>,
    relay: Option<RelayUrl>,
) -> Option<EndpointAddr> {
    let id = PublicKey::from_bytes(key.bytes()).ok()?;
    let all = addresses.into_iter().map(TransportAddr::Ip).chain(relay.map(TransportAddr::Relay));
    Some(EndpointAddr::from_parts(id, all))
}
