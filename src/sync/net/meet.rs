//! Pairing over connections: how the joiner finds the inviter, and the handshake on a stream of its own.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use iroh::{
    Endpoint, EndpointAddr, TransportAddr,
    endpoint::{
        ConnectError, ConnectingError, Connection, ConnectionError, RecvStream, SendStream, TransportErrorCode,
    },
};
use tokio::{
    sync::{mpsc, oneshot},
    time::{Instant, timeout, timeout_at},
};

use super::{
    Why,
    discovery::Search,
    driver::Event,
    ground,
    link::{self, Code},
};
use crate::sync::{
    key::Key,
    pairing::{
        Answer, Failure, Invitation, MAX_PAYLOAD, Offer, Target,
        handshake::{self, Ends, Inviter, Joiner, Kind, MAX_MESSAGE, Secrets},
    },
    random,
};

/// What a device that joins and one that invites speak with each other.
pub(super) const PAIR: &[u8] = b"goodword/pair/1";
/// How long each message of the other may take.
const STEP: Duration = Duration::from_secs(10);
/// How long the daemon may take to answer whoever proved the code.
const ANSWER: Duration = Duration::from_secs(60);
/// How long the network is searched for a code, and an address called.
const SEARCH: Duration = Duration::from_secs(30);
const CALL: Duration = Duration::from_secs(10);
/// The alert of TLS that says: nobody here speaks that (RFC 7301).
const NO_APPLICATION_PROTOCOL: u8 = 120;

/// An invitation that is open, shared by those who stand at the door.
#[derive(Clone, Debug)]
pub(super) struct Open {
    pub(super) invitation: Arc<Invitation>,
    /// Somebody proved the code, rightly or wrongly: nobody else may.
    spent: Arc<AtomicBool>,
}

/// How a pairing went.
#[derive(Debug)]
pub(super) struct Met {
    pub(super) peer: Key,
    pub(super) payload: Vec<u8>,
    pub(super) addresses: Vec<SocketAddr>,
}

impl Open {
    pub(super) fn new(invitation: Invitation) -> Open {
        Open { invitation: Arc::new(invitation), spent: Arc::new(AtomicBool::new(false)) }
    }

    pub(super) fn spent(&self) -> bool {
        self.spent.load(Ordering::SeqCst)
    }
}

/// Serves one that came to the door. In the answer, whether the invitation is over with it.
pub(super) async fn invite(
    connection: Connection,
    open: Open,
    me: Key,
    events: mpsc::Sender<Event>,
) -> (Result<Met, Failure>, bool) {
    let mut guess = false;
    let outcome = match Line::accept(&connection).await {
        Err(why) => Err(why),
        Ok(mut line) => {
            let outcome = inviter(&connection, &mut line, &open, me, &mut guess, &events).await;
            if let Err(why) = &outcome {
                line.end(Some(&handshake::say_sorry(why))).await;
            }
            outcome
        }
    };
    Code::Done.close(&connection);
    (outcome, guess)
}

async fn inviter(
    connection: &Connection,
    line: &mut Line,
    open: &Open,
    me: Key,
    guess: &mut bool,
    events: &mpsc::Sender<Event>,
) -> Result<Met, Failure> {
    let peer = Key::from_bytes(connection.remote_id().as_bytes()).map_err(|_| Failure::Garbled)?;
    let ends = Ends { joiner: peer, inviter: me };
    let hello = line.hear(STEP).await?;
    let (inviter, share) = Inviter::hear_hello(&Secrets::of(&open.invitation), ends, &random(), &hello)?;
    line.say(&share).await?;
    let proof = line.hear(STEP).await?;
    if !handshake::is_proof(&proof) {
        return Err(Failure::Garbled);
    }
    if open.spent.swap(true, Ordering::SeqCst) {
        return Err(Failure::Taken);
    }
    let by_code = inviter.kind == Kind::Code;
    let answer = match inviter.hear_proof(&proof) {
        Ok(answer) => answer,
        Err(why) => {
            // To guess at a ticket is in vain: it costs the code nothing.
            open.spent.store(by_code, Ordering::SeqCst);
            *guess = by_code;
            let wrong = matches!(why, Failure::Wrong { .. });
            return Err(if wrong { Failure::Wrong { from: addresses(connection).first().copied() } } else { why });
        }
    };
    *guess = true;
    line.say(&answer).await?;
    let payload = handshake::hear_payload(&line.hear(STEP).await?)?;
    let (send, answered) = oneshot::channel();
    let answer = Answer::new(move |answer| _ = send.send(answer));
    events.send(Event::Asked { peer, payload, answer }).await.map_err(|_| Failure::Lost)?;
    let ours = match timeout(ANSWER, answered).await {
        Ok(Ok(Ok(payload))) if payload.len() <= MAX_PAYLOAD => payload,
        Ok(Ok(Err(why))) => return Err(Failure::Declined(why)),
        _ => return Err(Failure::Declined(String::new())),
    };
    line.say(&handshake::say_payload(&ours)).await?;
    handshake::hear_thanks(&line.hear(STEP).await?)?;
    Ok(Met { peer, payload: Vec::new(), addresses: addresses(connection) })
}

/// Joins whoever shows this code, or made this ticket.
pub(super) async fn join(endpoint: Endpoint, target: Target, me: Key, offer: Offer) -> Result<Met, Failure> {
    let (connection, kind, secret) = match &target {
        Target::Code(code) => (search(&endpoint, code.number()).await?, Kind::Code, code.to_string().into_bytes()),
        Target::Ticket(ticket) => {
            let relay = ticket.relay.as_ref().and_then(|relay| relay.parse().ok());
            let address = ground::address(&ticket.key, ticket.addresses.iter().copied(), relay);
            let address = address.filter(|address| !address.is_empty()).ok_or(Failure::Unreachable)?;
            (call(&endpoint, address).await?, Kind::Ticket, ticket.secret().to_vec())
        }
    };
    let peer = Key::from_bytes(connection.remote_id().as_bytes()).map_err(|_| Failure::Garbled)?;
    let mut line = Line::open(&connection).await?;
    let ends = Ends { joiner: me, inviter: peer };
    let outcome = joiner(&mut line, kind, &secret, ends, offer).await;
    line.end(None).await;
    let addresses = addresses(&connection);
    Code::Done.close(&connection);
    outcome.map(|payload| Met { peer, payload, addresses })
}

async fn joiner(line: &mut Line, kind: Kind, secret: &[u8], ends: Ends, offer: Offer) -> Result<Vec<u8>, Failure> {
    let (joiner, hello) = Joiner::start(kind, secret, ends, &random());
    line.say(&hello).await?;
    let (joiner, proof) = joiner.hear_share(&line.hear(STEP).await?)?;
    line.say(&proof).await?;
    joiner.hear_proof(&line.hear(STEP).await?)?;
    line.say(&handshake::say_payload(&offer.make(ends.inviter))).await?;
    let payload = handshake::hear_payload(&line.hear(ANSWER + STEP).await?)?;
    line.say(&handshake::say_thanks()).await?;
    Ok(payload)
}

/// Looks on the local network for whoever shows a code with this number. Somebody may be seen at an old address first.
async fn search(endpoint: &Endpoint, number: u8) -> Result<Connection, Failure> {
    let deadline = Instant::now() + SEARCH;
    let mut search = Search::start(endpoint, number).map_err(Failure::NoNetwork)?;
    let mut last = Failure::Nobody;
    while let Ok(Some(found)) = timeout_at(deadline, search.next()).await {
        match call(endpoint, found).await {
            Ok(connection) => return Ok(connection),
            Err(why) => last = why,
        }
    }
    Err(last)
}

async fn call(endpoint: &Endpoint, address: EndpointAddr) -> Result<Connection, Failure> {
    match timeout(CALL, endpoint.connect(address, PAIR)).await {
        Ok(Ok(connection)) => Ok(connection),
        Ok(Err(error)) if speaks_otherwise(&error) || link::why_not(&error) == Why::Refused => {
            Err(Failure::NotInviting)
        }
        _ => Err(Failure::Unreachable),
    }
}

fn speaks_otherwise(error: &ConnectError) -> bool {
    let ConnectError::Connecting { source: ConnectingError::ConnectionError { source, .. }, .. } = error else {
        return false;
    };
    let none = TransportErrorCode::crypto(NO_APPLICATION_PROTOCOL);
    matches!(source, ConnectionError::ConnectionClosed(close) if close.error_code == none)
}

fn addresses(connection: &Connection) -> Vec<SocketAddr> {
    let ip = |path: iroh::endpoint::Path<'_>| match path.remote_addr() {
        TransportAddr::Ip(address) => Some(*address),
        _ => None,
    };
    connection.paths().iter().filter_map(ip).collect()
}

/// One stream, with messages on it: four bytes of length, then the message.
struct Line {
    send: SendStream,
    recv: RecvStream,
}

impl Line {
    async fn accept(connection: &Connection) -> Result<Line, Failure> {
        let (send, recv) = timeout(STEP, connection.accept_bi()).await.map_err(|_| Failure::Lost)?.map_err(broken)?;
        Ok(Line { send, recv })
    }

    async fn open(connection: &Connection) -> Result<Line, Failure> {
        let (send, recv) = connection.open_bi().await.map_err(broken)?;
        Ok(Line { send, recv })
    }

    async fn say(&mut self, message: &[u8]) -> Result<(), Failure> {
        let length = u32::try_from(message.len()).map_err(|_| Failure::Garbled)?;
        // Whoever said why they do not go on, and closed, is still to be heard.
        _ = self.send.write_all(&[&length.to_be_bytes(), message].concat()).await;
        Ok(())
    }

    async fn hear(&mut self, within: Duration) -> Result<Vec<u8>, Failure> {
        timeout(within, self.next()).await.map_err(|_| Failure::Lost)?
    }

    async fn next(&mut self) -> Result<Vec<u8>, Failure> {
        let mut length = [0; 4];
        self.recv.read_exact(&mut length).await.map_err(|error| lost(link::unread(&error)))?;
        let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
        if length > MAX_MESSAGE {
            return Err(Failure::Garbled);
        }
        let mut message = Vec::new();
        while message.len() < length {
            let chunk =
                self.recv.read_chunk(length - message.len()).await.map_err(|error| lost(link::broken(&error)))?;
            message.extend_from_slice(&chunk.ok_or(Failure::Lost)?);
        }
        Ok(message)
    }

    /// Says a last word, if there is one, and sees that it arrives.
    async fn end(&mut self, last: Option<&[u8]>) {
        if let Some(last) = last {
            _ = self.say(last).await;
        }
        if self.send.finish().is_ok() {
            _ = timeout(link::LAST_WORDS, self.send.stopped()).await;
        }
    }
}

fn broken(error: ConnectionError) -> Failure {
    lost(link::why(error))
}

/// The refusal of a device that invites nobody comes right after it took the call.
fn lost(why: Why) -> Failure {
    if why == Why::Refused { Failure::NotInviting } else { Failure::Lost }
}
