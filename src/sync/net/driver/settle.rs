//! What the loop sets right between two events: there is an endpoint when somebody is to be reached, and none
//! otherwise; whoever is missing is called when it is time.

use iroh::Endpoint;

use super::{
    super::{gate::SYNC, link},
    *,
};

/// How long a call may take. The other device, back on the network, is heard within its first retries.
const CALL: Duration = Duration::from_secs(7);

impl Driver {
    /// The moment at which something is to be done although nothing happens.
    pub(super) fn next(&self) -> Option<Instant> {
        let meeting = self.meeting.next();
        if self.ground.is_none() {
            let bind = self.bind_at.filter(|_| self.wants_ground() && !self.closing);
            return bind.into_iter().chain(meeting).min();
        }
        let calls = self.peers.iter().filter(|(key, _)| self.may_call(key)).filter_map(|(_, peer)| peer.next_call());
        calls.chain(meeting).chain(self.discovery.next()).chain(self.watchdog.next()).min()
    }

    pub(super) async fn settle(&mut self, now: Instant) {
        while self.errands.try_join_next().is_some() {}
        self.expire(now);
        let lonely = !self.peers.is_empty() && self.links.is_empty() && self.ground.is_some();
        if self.watchdog.barks(lonely, now) {
            tracing::info!("no other device answers: the endpoint is set up anew");
            self.sink(now);
        }
        self.settle_ground(now).await;
        self.settle_discovery(now);
        self.settle_meeting();
        self.settle_calls(now);
    }

    /// The endpoint, and where it can be reached.
    pub(super) fn stands(&self) -> Option<(Endpoint, EndpointAddr)> {
        let here = self.here.clone().filter(|here| !here.is_empty())?;
        Some((self.ground.as_ref()?.endpoint.clone(), here))
    }

    fn settle_discovery(&mut self, now: Instant) {
        let stands = self.stands().filter(|_| self.options.discovery && !self.peers.is_empty());
        let on = stands.as_ref().map(|(endpoint, here)| (endpoint, here));
        let missing = self.peers.keys().any(|peer| !self.links.contains_key(peer));
        self.discovery.settle(on, missing, now, &self.events);
        let why = self.discovery.trouble();
        self.trouble(
            About::Discovery,
            why.map(|why| {
                format!("Other laptops cannot be found on this network ({why}); it is tried again by itself")
            }),
        );
    }

    fn wants_ground(&self) -> bool {
        !self.peers.is_empty() || self.meeting.wants_ground()
    }

    /// Last words may be on their way, and a device that was just let in is not known yet.
    fn keeps_ground(&self) -> bool {
        self.wants_ground() || !self.wires.is_empty() || self.meeting.keeps_ground()
    }

    /// The author's relays: the one named here, and those that the other devices are reached through.
    fn relays(&self) -> BTreeSet<RelayUrl> {
        let named = self.options.relay.iter().chain(self.peers.values().filter_map(Peer::relay));
        let named = named.chain(self.meeting.relay());
        named.filter_map(|relay| relay.parse().ok()).collect()
    }

    async fn settle_ground(&mut self, now: Instant) {
        let relays = self.relays();
        let keeps = self.keeps_ground();
        if self.ground.as_ref().is_some_and(|ground| !keeps || (self.wants_ground() && ground.relays != relays)) {
            self.sink(now);
        }
        if !self.wants_ground() {
            self.trouble(About::Port, None);
        }
        if !self.wants_ground() || self.ground.is_some() || self.closing || self.bind_at.is_some_and(|at| at > now) {
            return;
        }
        match Ground::bind(&self.options.key, self.options.port, relays, &self.gate, &self.events).await {
            Ok((ground, trouble)) => {
                self.ground = Some(ground);
                self.bind_at = None;
                self.discovery.burst(now);
                self.trouble(About::Port, trouble);
            }
            Err(why) => {
                self.bind_at = Some(now + BIND_AGAIN);
                self.no_meeting(&why, now);
                self.trouble(
                    About::Port,
                    Some(format!(
                        "No other laptop can be reached from here: a UDP port could not be opened ({why}); it is tried \
                         again by itself"
                    )),
                );
            }
        }
    }

    /// Gives the endpoint up, with all its connections. Another is bound as soon as its port is free, if one is wanted.
    pub(super) fn sink(&mut self, now: Instant) {
        let Some(ground) = self.ground.take() else { return };
        for peer in self.links.keys().copied().collect::<Vec<_>>() {
            self.cut(peer, Code::Done, Why::Lost("the connections are set up anew".to_owned()), now);
        }
        self.greetings.clear();
        self.here = None;
        self.meeting.sank();
        self.peers.values_mut().for_each(|peer| peer.call_anew(now));
        self.closing = true;
        let events = self.events.clone();
        self.errands.spawn(async move {
            ground.close().await;
            _ = events.send(Event::Closed).await;
        });
    }

    fn may_call(&self, key: &Key) -> bool {
        let greeting = self.greetings.values().any(|greeting| greeting.peer == *key);
        !greeting && self.peers.get(key).is_some_and(|peer| peer.may_be_called(self.links.contains_key(key)))
    }

    fn settle_calls(&mut self, now: Instant) {
        let Some(endpoint) = self.ground.as_ref().map(|ground| ground.endpoint.clone()) else { return };
        let due = |key: &Key, peer: &Peer| self.may_call(key) && peer.next_call().is_some_and(|at| at <= now);
        let due: Vec<_> = self.peers.iter().filter(|(key, peer)| due(key, peer)).map(|(key, _)| *key).collect();
        for key in due {
            let Some(peer) = self.peers.get_mut(&key) else { continue };
            let relay = peer.relay().and_then(|relay| relay.parse().ok());
            let Some(address) = ground::address(&key, peer.addresses(), relay) else { continue };
            let (endpoint, events) = (endpoint.clone(), self.events.clone());
            let call = self.errands.spawn(async move {
                let event = match timeout(CALL, endpoint.connect(address, SYNC)).await {
                    Ok(Ok(connection)) => Event::Arrived { connection, dialled: true },
                    Ok(Err(error)) => Event::Undialled { peer: key, why: link::why_not(&error) },
                    Err(_) => Event::Undialled { peer: key, why: Why::Lost("it did not answer".to_owned()) },
                };
                _ = events.send(event).await;
            });
            peer.calls(call);
        }
    }

    /// Says goodbye to everybody.
    pub(super) async fn stop(mut self) {
        self.errands.shutdown().await;
        for open in self.links.values() {
            open.outbox.bye(Bye::Stopping);
        }
        _ = timeout(GOODBYES, async { while self.wires.join_next().await.is_some() {} }).await;
        if let Some(ground) = self.ground.take() {
            _ = timeout(GOODBYES, ground.close()).await;
        }
    }
}
