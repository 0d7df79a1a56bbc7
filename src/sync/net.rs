//! The connections between the author's devices: who may have one, how they find each other, what goes over it.
//!
//! One task owns everything. The daemon's loop tells it what to do through [`Net`], which never waits, and hears
//! [`News`] through a small bounded channel: a daemon that is slow slows the other side, and fills no memory.
//!
//! - [`gate`]: whoever is not known is refused before any byte, and a crowd of them is not even listened to.
//! - [`dial`]: when a device that is missing is called again.
//! - [`link`]: one connection, from the first byte to the last.
//! - [`peer`]: where a device may be.
//! - [`discovery`]: the local network, asked in bursts.
//! - [`meet`]: one more device is let in.
//! - [`watchdog`]: an endpoint that nobody answers is set up anew.
//! - [`ground`]: the sockets below.
//! - [`driver`]: the task.
//!
//! Both sides call each other, so two connections may meet. Of two devices the one with the lower key decides which of
//! them stays: the other waits for its word ([`link::greet`]), and nothing is `Up` before both have said it.

mod dial;
mod discovery;
mod driver;
mod gate;
mod ground;
mod link;
mod meet;
mod peer;
mod watchdog;

use std::{collections::BTreeMap, net::SocketAddr};

use tokio::sync::{mpsc, oneshot};

use super::{
    key::{DeviceKey, Key},
    pairing::{self, Invitation, Offer, Target},
    wire::{Bye, Frame},
};

/// How many news wait for the daemon. A frame may have 64 MiB: few.
const NEWS: usize = 1;

/// What the connections need to know once.
#[derive(Clone, Debug)]
pub struct NetOptions {
    pub key: DeviceKey,
    /// The UDP port; one of this device's own unless set, so that others find it again where it was.
    pub port: Option<u16>,
    /// The author's own relay, an `http(s)` address. Without one no relay is ever asked.
    pub relay: Option<String>,
    /// Look for the other devices on the local network.
    pub discovery: bool,
}

/// A device that may connect, and where it was last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    pub addresses: Vec<SocketAddr>,
    /// The relay that it can be reached through: the author's own, named on that device.
    pub relay: Option<String>,
}

/// One connection. A newer one with the same device replaces an older one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Link {
    pub peer: Key,
    pub id: u64,
}

/// What the daemon hears. For each link: once `Up`, then its frames, then once `Down`, and nothing after.
#[derive(Debug)]
pub enum News {
    /// Both devices know each other and are connected: the first frame to send is a hello.
    Up(Link),
    Frame(Link, Frame),
    Down(Link, Why),
    /// Where a device was reached: worth remembering.
    Addresses(Key, Vec<SocketAddr>),
    /// A device that is known here does not know this one, or no longer.
    Refused(Key),
    /// Where this device can be reached now, for a ticket.
    Listening {
        addresses: Vec<SocketAddr>,
        relay: Option<String>,
    },
    Pairing(pairing::News),
    /// All that the author may have to do something about, in plain words; none when the network is well again.
    Troubles(Vec<String>),
}

/// Why a link is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// The other device said goodbye.
    Said(Bye),
    /// This device said goodbye.
    Closed(Bye),
    /// This device no longer knows the other one.
    Forgotten,
    /// The other device no longer knows this one.
    Refused,
    /// A newer connection took its place.
    Replaced,
    /// The other device took nothing for too long, or more was sent than may wait.
    Stuck,
    /// What came could not be understood.
    Garbled(String),
    /// The connection broke.
    Lost(String),
}

/// The daemon's handle. Nothing here waits.
#[derive(Clone, Debug)]
pub struct Net {
    commands: mpsc::UnboundedSender<Command>,
}

/// What the task is told.
#[derive(Debug)]
enum Command {
    Know(BTreeMap<Key, Known>),
    Send(Link, Frame),
    Close(Link, Bye),
    Woke,
    Invite(Invitation),
    Join(Target, Offer),
    EndPairing,
    Stop(oneshot::Sender<()>),
}

/// Starts the task. Nothing is bound, sent or listened to while nobody is known and no pairing is open.
#[must_use]
pub fn start(options: NetOptions) -> (Net, mpsc::Receiver<News>) {
    let (commands, told) = mpsc::unbounded_channel();
    let (news, heard) = mpsc::channel(NEWS);
    tokio::spawn(driver::run(options, told, news));
    (Net { commands }, heard)
}

impl Net {
    /// The whole set of devices that may connect, and that are called. Whoever is not in it is cut off at once: no frame
    /// of theirs comes after this.
    pub fn know(&self, peers: BTreeMap<Key, Known>) {
        self.tell(Command::Know(peers));
    }

    /// Sends a frame. A link that is gone does nothing; one that takes too little for too long is closed.
    pub fn send(&self, link: &Link, frame: Frame) {
        self.tell(Command::Send(*link, frame));
    }

    /// Says goodbye after everything that was sent before, then closes.
    pub fn close(&self, link: &Link, why: Bye) {
        self.tell(Command::Close(*link, why));
    }

    /// The computer woke, or its network changed: no old connection is trusted, everybody is called anew.
    pub fn woke(&self) {
        self.tell(Command::Woke);
    }

    /// Opens an invitation for five minutes. One that was open before is void.
    pub fn invite(&self, invitation: Invitation) {
        self.tell(Command::Invite(invitation));
    }

    /// Joins whoever shows this code, or made this ticket. `offer` makes what this device says of itself, at most
    /// 64 KiB, when the other one has proved that it is the one.
    pub fn join(&self, at: Target, offer: impl FnOnce(Key) -> Vec<u8> + Send + 'static) {
        self.tell(Command::Join(at, Offer::new(offer)));
    }

    /// Voids an open invitation, and gives an attempt to join up. Nobody is told.
    pub fn end_pairing(&self) {
        self.tell(Command::EndPairing);
    }

    /// Says goodbye to everybody and ends. What is still queued has half a second to leave.
    pub async fn stop(self) {
        let (done, stopped) = oneshot::channel();
        self.tell(Command::Stop(done));
        _ = stopped.await;
    }

    fn tell(&self, command: Command) {
        // A task that ended was stopped, or the daemon dropped the news: there is nobody to tell.
        _ = self.commands.send(command);
    }
}
