//! An invitation that is open, and an attempt to join one.

use iroh::Endpoint;
use tokio::task::AbortHandle;

use super::{
    super::{
        discovery::Beacon,
        meet::{self, Met, Open},
    },
    *,
};
use crate::sync::pairing::{self, Code as Spoken, Failure, Invitation, OPEN_FOR, Offer, Role, Target};

/// How many may stand at the door of an invitation at once.
const AT_DOOR: usize = 8;
/// So many who came and did not prove anything are worth a word.
const CROWD: u32 = 20;
/// How long the endpoint is kept after a pairing, until the daemon knows the new device.
const LINGER: Duration = Duration::from_secs(10);
/// How long an attempt to join may take in all.
const PATIENCE: Duration = Duration::from_secs(3 * 60);
/// How many codes that were tried from here are remembered.
const TRIED: usize = 32;

/// What is under way.
#[derive(Debug, Default)]
pub(super) struct Meeting {
    inviting: Option<Inviting>,
    joining: Option<Joining>,
    /// Codes that had their one guess from here.
    tried: VecDeque<Spoken>,
    linger: Option<Instant>,
    /// The relay of the last ticket that was tried.
    relay: Option<String>,
}

#[derive(Debug)]
struct Inviting {
    open: Open,
    until: Instant,
    beacon: Option<Beacon>,
    shown: bool,
    at_door: usize,
    in_vain: u32,
}

#[derive(Debug)]
struct Joining {
    target: Target,
    until: Instant,
    offer: Option<Offer>,
    task: Option<AbortHandle>,
}

impl Drop for Joining {
    fn drop(&mut self) {
        self.task.take().iter().for_each(AbortHandle::abort);
    }
}

impl Meeting {
    /// Whether there is a reason for an endpoint.
    pub(super) fn wants_ground(&self) -> bool {
        self.inviting.is_some() || self.joining.is_some()
    }

    /// Whether one that is there stays.
    pub(super) fn keeps_ground(&self) -> bool {
        self.wants_ground() || self.linger.is_some()
    }

    /// The relay of a ticket, until the daemon knows who is reached through it.
    pub(super) fn relay(&self) -> Option<&String> {
        self.relay.as_ref().filter(|_| self.joining.is_some() || self.linger.is_some())
    }

    pub(super) fn next(&self) -> Option<Instant> {
        let inviting = self.inviting.as_ref().filter(|inviting| !inviting.open.spent()).map(|inviting| inviting.until);
        let joining = self.joining.as_ref().map(|joining| joining.until);
        inviting.into_iter().chain(joining).chain(self.linger).min()
    }

    /// The sockets are gone, and what hung on them.
    pub(super) fn sank(&mut self) {
        if let Some(inviting) = &mut self.inviting {
            inviting.beacon = None;
        }
    }

    pub(super) fn moved(&self, here: &EndpointAddr) {
        if let Some(beacon) = self.inviting.as_ref().and_then(|inviting| inviting.beacon.as_ref()) {
            beacon.moved(here);
        }
    }
}

impl Driver {
    pub(super) fn invite(&mut self, invitation: Invitation, now: Instant) {
        if self.meeting.inviting.is_some() {
            self.uninvite(Some(Failure::Replaced), now);
        }
        let open = Open::new(invitation);
        let until = now + OPEN_FOR;
        self.meeting.inviting = Some(Inviting { open, until, beacon: None, shown: false, at_door: 0, in_vain: 0 });
        self.gate.invites(true);
    }

    fn uninvite(&mut self, failure: Option<Failure>, now: Instant) {
        if self.meeting.inviting.take().is_some() {
            self.meeting.linger = Some(now + LINGER);
        }
        self.gate.invites(false);
        self.trouble(About::Invitation, None);
        self.news.extend(failure.map(|why| failed(Role::Inviter, why)));
    }

    pub(super) fn join(&mut self, target: Target, offer: Offer, now: Instant) {
        if self.meeting.joining.take().is_some() {
            self.news.push_back(failed(Role::Joiner, Failure::Replaced));
        }
        let me = self.options.key.public();
        let own = self.meeting.inviting.as_ref().map(|inviting| inviting.open.invitation.code);
        let wrong = match &target {
            Target::Ticket(ticket) => (ticket.key == me).then_some(Failure::Own),
            Target::Code(code) if own == Some(*code) => Some(Failure::Own),
            Target::Code(code) if self.meeting.tried.contains(code) => Some(Failure::Tried),
            Target::Code(_) => (!self.options.discovery).then_some(Failure::NoDiscovery),
        };
        match wrong {
            Some(why) => self.news.push_back(failed(Role::Joiner, why)),
            None => {
                self.meeting.relay = match &target {
                    Target::Ticket(ticket) => ticket.relay.clone(),
                    Target::Code(_) => None,
                };
                let until = now + PATIENCE;
                self.meeting.joining = Some(Joining { target, until, offer: Some(offer), task: None });
            }
        }
    }

    pub(super) fn end_pairing(&mut self, now: Instant) {
        self.uninvite(None, now);
        self.meeting.joining = None;
    }

    /// Somebody stands at the door of the invitation.
    pub(super) fn knocked(&mut self, connection: Connection) {
        let inviting = self.meeting.inviting.as_mut().filter(|inviting| inviting.at_door < AT_DOOR);
        let Some(inviting) = inviting else { return Code::Unknown.close(&connection) };
        inviting.at_door += 1;
        let (open, me, events) = (inviting.open.clone(), self.options.key.public(), self.events.clone());
        self.errands.spawn(async move {
            let (outcome, over) = meet::invite(connection, open, me, events.clone()).await;
            _ = events.send(Event::Invited { outcome, over }).await;
        });
    }

    pub(super) fn invited(&mut self, outcome: Result<Met, Failure>, over: bool, now: Instant) {
        let Some(inviting) = &mut self.meeting.inviting else { return };
        inviting.at_door = inviting.at_door.saturating_sub(1);
        match outcome {
            Ok(Met { peer, addresses, .. }) => {
                self.uninvite(None, now);
                self.news.push_back(News::Pairing(pairing::News::Met { peer, addresses }));
            }
            Err(why) if over => self.uninvite(Some(why), now),
            Err(_) => {
                inviting.in_vain += 1;
                if inviting.in_vain == CROWD {
                    let crowd = "Many strangers on the network call while the code is open: if the other laptop cannot \
                                 join, try on another network";
                    self.trouble(About::Invitation, Some(crowd.to_owned()));
                }
            }
        }
    }

    pub(super) fn joined(&mut self, outcome: Result<Met, Failure>, now: Instant) {
        let Some(joining) = self.meeting.joining.take() else { return };
        self.meeting.linger = Some(now + LINGER);
        self.news.push_back(match outcome {
            Ok(Met { peer, payload, addresses }) => News::Pairing(pairing::News::Joined { peer, payload, addresses }),
            Err(why) => {
                if let (Target::Code(code), true) = (&joining.target, why.spends()) {
                    self.meeting.tried.push_back(*code);
                    self.meeting.tried.drain(..self.meeting.tried.len().saturating_sub(TRIED));
                }
                failed(Role::Joiner, why)
            }
        });
    }

    /// There is no endpoint, and there will not be one soon.
    pub(super) fn no_meeting(&mut self, why: &str, now: Instant) {
        if self.meeting.inviting.is_some() {
            self.uninvite(Some(Failure::NoNetwork(why.to_owned())), now);
        }
        if self.meeting.joining.is_some() {
            self.joined(Err(Failure::NoNetwork(why.to_owned())), now);
        }
        self.meeting.linger = None;
    }

    /// Ends what had its time.
    pub(super) fn expire(&mut self, now: Instant) {
        self.meeting.linger = self.meeting.linger.filter(|until| *until > now);
        let expired = |inviting: &Inviting| inviting.until <= now && !inviting.open.spent();
        if self.meeting.inviting.as_ref().is_some_and(expired) {
            self.uninvite(Some(Failure::Expired), now);
        }
        if self.meeting.joining.as_ref().is_some_and(|joining| joining.until <= now) {
            self.joined(Err(Failure::Lost), now);
        }
    }

    pub(super) fn settle_meeting(&mut self) {
        let Some((endpoint, here)) = self.stands() else { return };
        self.show(&endpoint, &here);
        let me = self.options.key.public();
        let Some(joining) = &mut self.meeting.joining else { return };
        let Some(offer) = joining.offer.take() else { return };
        let (target, events) = (joining.target.clone(), self.events.clone());
        joining.task = Some(self.errands.spawn(async move {
            let outcome = meet::join(endpoint, target, me, offer).await;
            _ = events.send(Event::Joined(outcome)).await;
        }));
    }

    /// Shows the code on this network, and tells the daemon what to show on the screen.
    fn show(&mut self, endpoint: &Endpoint, here: &EndpointAddr) {
        let Some(inviting) = &mut self.meeting.inviting else { return };
        let mut trouble = None;
        let invitation = &inviting.open.invitation;
        if inviting.beacon.is_none() && self.options.discovery {
            match Beacon::light(endpoint, invitation.code.number(), here) {
                Ok(beacon) => inviting.beacon = Some(beacon),
                Err(why) => {
                    trouble =
                        Some(format!("The other laptop cannot find this one by its code ({why}): use the ticket"));
                }
            }
        }
        if !inviting.shown {
            inviting.shown = true;
            let relay = here.relay_urls().next().map(ToString::to_string);
            let ticket = invitation.ticket(self.options.key.public(), dialable(here), relay).to_string();
            let code = invitation.code.to_string();
            self.news.push_back(News::Pairing(pairing::News::Open { code, ticket }));
        }
        if trouble.is_some() {
            self.trouble(About::Invitation, trouble);
        }
    }
}

fn failed(role: Role, why: Failure) -> News {
    News::Pairing(pairing::News::Failed { role, why })
}

/// The addresses that mean something on another computer, the short ones first.
fn dialable(here: &EndpointAddr) -> Vec<SocketAddr> {
    let link_local = |address: &SocketAddr| match address {
        SocketAddr::V4(v4) => v4.ip().is_link_local(),
        SocketAddr::V6(v6) => v6.ip().is_unicast_link_local(),
    };
    let mut addresses: Vec<_> = here.ip_addrs().filter(|address| !link_local(address)).copied().collect();
    addresses.sort_by_key(SocketAddr::is_ipv6);
    addresses
}

#[cfg(test)]
mod tests {
    use super::*;

    fn driver() -> Driver {
        let key = crate::sync::DeviceKey::new(&[1; 32]);
        Driver::new(NetOptions { key, port: None, relay: None, discovery: true }, mpsc::channel(1).0)
    }

    fn why(driver: &mut Driver) -> Option<(Role, Failure)> {
        match driver.news.pop_front() {
            Some(News::Pairing(pairing::News::Failed { role, why })) => Some((role, why)),
            _ => None,
        }
    }

    #[test]
    fn an_invitation_that_nobody_took_is_void_after_five_minutes_and_says_so() {
        let (mut driver, now) = (driver(), Instant::now());
        driver.invite(Invitation::new(&[7; 32]), now);
        assert_eq!(driver.meeting.next(), Some(now + OPEN_FOR));
        driver.expire(now + OPEN_FOR - Duration::from_secs(1));
        assert!(driver.meeting.wants_ground() && driver.news.is_empty());
        driver.expire(now + OPEN_FOR);
        assert_eq!(why(&mut driver), Some((Role::Inviter, Failure::Expired)));
        assert!(!driver.meeting.wants_ground() && driver.meeting.keeps_ground());
        driver.expire(now + OPEN_FOR + LINGER);
        assert!(!driver.meeting.keeps_ground());
    }

    #[test]
    fn an_attempt_to_join_that_leads_nowhere_ends() {
        let (mut driver, now) = (driver(), Instant::now());
        driver.join("7-otter-lamp".parse().unwrap(), Offer::new(|_| vec![]), now);
        driver.expire(now + PATIENCE);
        assert_eq!(why(&mut driver).map(|(role, _)| role), Some(Role::Joiner));
        assert!(!driver.meeting.wants_ground());
    }

    #[test]
    fn to_end_a_pairing_that_is_not_there_wants_nothing() {
        let mut driver = driver();
        driver.end_pairing(Instant::now());
        assert!(!driver.meeting.keeps_ground() && driver.next().is_none());
    }
}
