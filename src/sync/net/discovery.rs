//! Finding the other devices on the local network, by mDNS: in short bursts when something changed, at a slow pace while
//! somebody is missing, and not at all otherwise. Running all the time would wake the computer eight times a second.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use futures_util::{Stream, StreamExt};
use iroh::{
    Endpoint, EndpointAddr, TransportAddr,
    address_lookup::{AddressLookup, EndpointData},
};
use iroh_mdns_address_lookup::{DiscoveryEvent, MdnsAddressLookup};
use tokio::{sync::mpsc, task::JoinHandle};

use super::driver::Event;
use crate::sync::key::Key;

/// Under which name an author's devices find each other. No device but goodword's is asked, or answers.
const SERVICE: &str = "goodword";
/// How often the network is asked in a burst, and how long one lasts.
const QUICK: Duration = Duration::from_millis(700);
const BURST: Duration = Duration::from_secs(20);
/// How often it is asked while somebody is missing.
const SLOW: Duration = Duration::from_secs(60);
/// How soon it is tried again where it cannot be had.
const AGAIN: Duration = Duration::from_secs(5 * 60);

/// The search for devices that are known.
#[derive(Debug, Default)]
pub(super) struct Discovery {
    running: Option<Running>,
    burst_until: Option<Instant>,
    not_before: Option<Instant>,
    /// Why it could not be had at the last try.
    trouble: Option<String>,
}

#[derive(Debug)]
struct Running {
    cadence: Duration,
    mdns: MdnsAddressLookup,
    reader: JoinHandle<()>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

impl Discovery {
    /// Something changed: whoever is near is to be found within seconds.
    pub(super) fn burst(&mut self, now: Instant) {
        // Anew: sockets of before a sleep, or of another network, may be deaf.
        self.running = None;
        self.burst_until = Some(now + BURST);
    }

    /// The moment at which a burst ends.
    pub(super) fn next(&self) -> Option<Instant> {
        self.running.as_ref().and(self.burst_until)
    }

    /// What keeps the others from being found, for the author's eyes.
    pub(super) fn trouble(&self) -> Option<&str> {
        self.trouble.as_deref()
    }

    /// Runs as it should now.
    pub(super) fn settle(
        &mut self,
        on: Option<(&Endpoint, &EndpointAddr)>,
        missing: bool,
        now: Instant,
        events: &mpsc::Sender<Event>,
    ) {
        self.burst_until = self.burst_until.filter(|until| *until > now);
        let cadence = if self.burst_until.is_some() { Some(QUICK) } else { missing.then_some(SLOW) };
        let Some(((endpoint, here), cadence)) = on.zip(cadence) else {
            self.running = None;
            self.trouble.take_if(|_| on.is_none());
            return;
        };
        if self.running.as_ref().is_some_and(|running| running.cadence == cadence)
            || self.not_before.is_some_and(|at| at > now)
        {
            return;
        }
        self.running = None;
        match mdns(endpoint, SERVICE, cadence, true) {
            Ok(mdns) => {
                mdns.publish(&data(here));
                let reader = tokio::spawn(read(mdns.clone(), events.clone()));
                self.running = Some(Running { cadence, mdns, reader });
                self.trouble = None;
            }
            Err(why) => {
                self.not_before = Some(now + AGAIN);
                self.trouble = Some(why);
            }
        }
    }

    /// This device can be reached elsewhere now.
    pub(super) fn moved(&self, here: &EndpointAddr) {
        if let Some(running) = &self.running {
            running.mdns.publish(&data(here));
        }
    }
}

/// Says on the local network where an invitation with this number is.
#[derive(Debug)]
pub(super) struct Beacon(MdnsAddressLookup);

impl Beacon {
    pub(super) fn light(endpoint: &Endpoint, number: u8, here: &EndpointAddr) -> Result<Beacon, String> {
        let beacon = Beacon(mdns(endpoint, &service(number), QUICK, true)?);
        beacon.moved(here);
        Ok(beacon)
    }

    pub(super) fn moved(&self, here: &EndpointAddr) {
        self.0.publish(&data(here));
    }
}

/// Looks for the beacon of an invitation.
pub(super) struct Search {
    mdns: MdnsAddressLookup,
    found: Option<Box<dyn Stream<Item = DiscoveryEvent> + Send + Unpin>>,
}

impl Search {
    pub(super) fn start(endpoint: &Endpoint, number: u8) -> Result<Search, String> {
        Ok(Search { mdns: mdns(endpoint, &service(number), QUICK, false)?, found: None })
    }

    /// The next device that shows the number.
    pub(super) async fn next(&mut self) -> Option<EndpointAddr> {
        let found = match &mut self.found {
            Some(found) => found,
            None => self.found.insert(Box::new(self.mdns.subscribe().await)),
        };
        while let Some(event) = found.next().await {
            if let DiscoveryEvent::Discovered { endpoint_info, .. } = event {
                // A relay that a stranger names is not asked.
                let addresses = endpoint_info.ip_addrs().copied().map(TransportAddr::Ip);
                return Some(EndpointAddr::from_parts(endpoint_info.endpoint_id, addresses.collect::<Vec<_>>()));
            }
        }
        None
    }
}

fn service(number: u8) -> String {
    format!("{SERVICE}-{number}")
}

fn mdns(endpoint: &Endpoint, service: &str, cadence: Duration, advertise: bool) -> Result<MdnsAddressLookup, String> {
    let builder = MdnsAddressLookup::builder().service_name(service).discovery_cadence(cadence).advertise(advertise);
    builder.build(endpoint.id()).map_err(|error| format!("{error:#}"))
}

/// Addresses only: a relay is nobody's business on a network.
fn data(here: &EndpointAddr) -> EndpointData {
    here.ip_addrs().copied().map(TransportAddr::Ip).collect()
}

async fn read(mdns: MdnsAddressLookup, events: mpsc::Sender<Event>) {
    let mut found = mdns.subscribe().await;
    drop(mdns);
    while let Some(event) = found.next().await {
        let DiscoveryEvent::Discovered { endpoint_info, .. } = event else { continue };
        let Ok(key) = Key::from_bytes(endpoint_info.endpoint_id.as_bytes()) else { continue };
        let addresses: Vec<SocketAddr> = endpoint_info.ip_addrs().copied().collect();
        if events.send(Event::Found(key, addresses)).await.is_err() {
            return;
        }
    }
}
