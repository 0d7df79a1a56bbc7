//! One connection: both sides agree that it is the one, then frames go both ways until somebody says goodbye.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use iroh::endpoint::{
    ConnectError, ConnectingError, Connection, ConnectionError, ReadError, ReadExactError, RecvStream, SendStream,
    VarInt,
};
use tokio::{sync::mpsc, time::timeout};

use super::{Why, driver::Event};
use crate::sync::wire::{Bye, Frame, FrameError, MAX_FRAME};

/// How much may wait to be sent: a whole book, and another that was begun meanwhile.
const MAX_QUEUED: usize = 2 * MAX_FRAME;
/// How long a connection may take nothing while something waits.
const STUCK: Duration = Duration::from_secs(30);
/// How long both sides may take to agree on a connection.
const GREETING: Duration = Duration::from_secs(5);
/// How long the last words may take to arrive.
pub(super) const LAST_WORDS: Duration = Duration::from_secs(2);
/// How much is written at once: what a slow line carries within [`STUCK`].
const PIECE: usize = 16 << 10;
/// What the side that decides says first, and the other answers: a stream exists for the other side once a byte is on it.
const WORD: u8 = b'g';

/// Why a connection is closed, as a number that the other side understands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub(super) enum Code {
    Done = 0,
    Garbled = 400,
    Unknown = 403,
    Stuck = 408,
    /// Another connection between the same two devices stays.
    Enough = 409,
}

impl Code {
    pub(super) fn close(self, connection: &Connection) {
        connection.close(VarInt::from_u32(self as u32), b"");
    }
}

/// A connection that both sides agreed on.
#[derive(Debug)]
pub(super) struct Wire {
    pub(super) connection: Connection,
    send: SendStream,
    recv: RecvStream,
}

/// Where frames to be sent wait.
#[derive(Debug)]
pub(super) struct Outbox {
    waiting: mpsc::UnboundedSender<Out>,
    bytes: Arc<AtomicUsize>,
}

/// Where they are taken from.
#[derive(Debug)]
pub(super) struct Queue {
    waiting: mpsc::UnboundedReceiver<Out>,
    bytes: Arc<AtomicUsize>,
}

#[derive(Debug)]
enum Out {
    Frame(Vec<u8>),
    Bye(Bye),
}

/// More waits than may.
#[derive(Debug)]
pub(super) struct Full;

pub(super) fn outbox() -> (Outbox, Queue) {
    let (send, waiting) = mpsc::unbounded_channel();
    let bytes = Arc::new(AtomicUsize::new(0));
    (Outbox { waiting: send, bytes: Arc::clone(&bytes) }, Queue { waiting, bytes })
}

impl Outbox {
    pub(super) fn frame(&self, frame: &Frame) -> Result<(), Full> {
        let frame = frame.encode();
        let length = frame.len();
        if self.bytes.fetch_add(length, Ordering::Relaxed).saturating_add(length) > MAX_QUEUED {
            return Err(Full);
        }
        _ = self.waiting.send(Out::Frame(frame));
        Ok(())
    }

    pub(super) fn bye(&self, why: Bye) {
        _ = self.waiting.send(Out::Bye(why));
    }
}

/// Agrees with the other side that this is the connection. The side that decides speaks first; an answer says that
/// the other accepted: being connected does not, for whoever is refused sees that first.
pub(super) async fn greet(connection: Connection, decides: bool) -> Result<Wire, Why> {
    let agree = async {
        let (mut send, mut recv) =
            if decides { connection.open_bi().await } else { connection.accept_bi().await }.map_err(why)?;
        let mut word = [0];
        if decides {
            send.write_all(&[WORD]).await.map_err(|_| closed(&connection))?;
        }
        recv.read_exact(&mut word).await.map_err(|error| unread(&error))?;
        if !decides {
            send.write_all(&[WORD]).await.map_err(|_| closed(&connection))?;
        }
        if word != [WORD] {
            return Err(Why::Garbled("it does not begin as goodword does".to_owned()));
        }
        Ok((send, recv))
    };
    match timeout(GREETING, agree).await {
        Ok(Ok((send, recv))) => Ok(Wire { connection, send, recv }),
        Ok(Err(why)) => Err(why),
        Err(_) => Err(Why::Lost("it did not answer".to_owned())),
    }
}

/// Carries frames both ways until the connection is over, and tells why it is.
pub(super) async fn run(id: u64, wire: Wire, mut queue: Queue, events: mpsc::Sender<Event>) {
    let Wire { connection, mut send, mut recv } = wire;
    let why = tokio::select! {
        why = read(&mut recv, id, &events) => why,
        why = write(&mut send, &mut queue, &connection) => why,
    };
    let code = match why {
        Why::Garbled(_) => Code::Garbled,
        Why::Stuck => Code::Stuck,
        _ => Code::Done,
    };
    code.close(&connection);
    _ = events.send(Event::Ended(id, why)).await;
}

async fn read(recv: &mut RecvStream, id: u64, events: &mpsc::Sender<Event>) -> Why {
    let mut greeted = false;
    loop {
        match next(recv, greeted).await {
            Err(why) => return why,
            Ok(Frame::Bye(bye)) => return Why::Said(bye),
            Ok(frame) => {
                greeted |= matches!(frame, Frame::Hello(_));
                if !greeted {
                    return Why::Garbled("it did not say hello first".to_owned());
                }
                if events.send(Event::Frame(id, frame)).await.is_err() {
                    // The daemon stops: only the goodbye is left to be said.
                    std::future::pending::<()>().await;
                }
            }
        }
    }
}

/// Reads one frame. What its length claims is believed byte by byte, as they come.
async fn next(recv: &mut RecvStream, greeted: bool) -> Result<Frame, Why> {
    let garbled = |error: FrameError| Why::Garbled(error.to_string());
    let mut header = [0; 4];
    recv.read_exact(&mut header).await.map_err(|error| unread(&error))?;
    let length = Frame::length(header, greeted).map_err(garbled)?;
    let mut bytes = Vec::new();
    while bytes.len() < length {
        match recv.read_chunk(length - bytes.len()).await {
            Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
            Ok(None) => return Err(Why::Lost("it ended in the middle of a frame".to_owned())),
            Err(error) => return Err(broken(&error)),
        }
    }
    Frame::decode(&bytes).map_err(garbled)
}

async fn write(send: &mut SendStream, queue: &mut Queue, connection: &Connection) -> Why {
    while let Some(out) = queue.waiting.recv().await {
        let (bytes, last) = match out {
            Out::Frame(bytes) => (bytes, None),
            Out::Bye(why) => (Frame::Bye(why).encode(), Some(why)),
        };
        for piece in bytes.chunks(PIECE) {
            match timeout(STUCK, send.write_all(piece)).await {
                Ok(Ok(())) => {}
                Ok(Err(_)) => return closed(connection),
                Err(_) => return Why::Stuck,
            }
        }
        if let Some(why) = last {
            // To close at once would throw away what is still on its way.
            if send.finish().is_ok() {
                _ = timeout(LAST_WORDS, send.stopped()).await;
            }
            return Why::Closed(why);
        }
        queue.bytes.fetch_sub(bytes.len(), Ordering::Relaxed);
    }
    Why::Closed(Bye::Stopping)
}

/// Why a connection is no more.
pub(super) fn why(error: ConnectionError) -> Why {
    let is = |code: Code, number: VarInt| number == VarInt::from_u32(code as u32);
    match error {
        ConnectionError::ApplicationClosed(close) => match close.error_code {
            code if is(Code::Unknown, code) => Why::Refused,
            code if is(Code::Enough, code) => Why::Replaced,
            code if is(Code::Garbled, code) => Why::Said(Bye::Garbled),
            _ => Why::Lost("the other device closed it".to_owned()),
        },
        ConnectionError::TimedOut => Why::Lost("the other device fell silent".to_owned()),
        error => Why::Lost(error.to_string()),
    }
}

/// Why a call led nowhere.
pub(super) fn why_not(error: &ConnectError) -> Why {
    match error {
        ConnectError::Connecting { source: ConnectingError::ConnectionError { source, .. }, .. } => why(source.clone()),
        error => Why::Lost(error.to_string()),
    }
}

fn closed(connection: &Connection) -> Why {
    connection.close_reason().map_or_else(|| Why::Lost("the other device takes nothing more".to_owned()), why)
}

pub(super) fn unread(error: &ReadExactError) -> Why {
    match error {
        ReadExactError::FinishedEarly(_) => Why::Lost("the other device ended it".to_owned()),
        ReadExactError::ReadError(error) => broken(error),
    }
}

pub(super) fn broken(error: &ReadError) -> Why {
    match error {
        ReadError::ConnectionLost(error) => why(error.clone()),
        error => Why::Lost(error.to_string()),
    }
}
