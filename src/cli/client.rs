//! Reaches the daemon over its socket; without one, does the same work in this process. Blocking: a command must answer
//! in milliseconds.

use std::{
    io::{BufRead, BufReader, IsTerminal, Read, Write},
    os::unix::net::UnixStream,
    path::Path,
    time::{Duration, Instant},
};

use base64::{Engine, prelude::BASE64_STANDARD};

use crate::{
    api::{Answer, Call, Error, ErrorKind, Line, MAX_LINE, Next, Progress, Request, VERSION},
    daemon::once,
    platform::Folders,
};

/// How long a daemon may say nothing at all, not even how far it is.
const SILENCE: Duration = Duration::from_secs(120);
/// How long to wait for a home before looking for its daemon again.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// Asks whoever owns the home.
pub fn ask(folders: &Folders, request: Request) -> Result<Answer, Error> {
    let until = Instant::now() + once::LOCK_WAIT;
    loop {
        match connect(&folders.socket()) {
            Ok(Some(stream)) => return call(stream, request),
            // Doctor says itself what is wrong with the socket.
            Err(error) if request != Request::Doctor => return Err(error),
            Ok(None) | Err(_) => {}
        }
        match request {
            Request::Status => return once::status(folders),
            Request::Doctor => return once::doctor(folders),
            _ => {}
        }
        // Whoever holds the home may be a daemon that is just starting: then its socket is soon there.
        match once::once(folders, LOOK_AGAIN, request.clone(), show) {
            // Nobody without a daemon can ever open the page.
            result if request == Request::PageOpen => return result,
            Err(error) if error.kind == ErrorKind::Unreachable && Instant::now() < until => {}
            result => return result,
        }
    }
}

/// Hands a backup or an export to whoever owns the home. A daemon has a book that it can read, so it merges.
pub fn restore(folders: &Folders, bytes: &[u8]) -> Result<Answer, Error> {
    match connect(&folders.socket())? {
        Some(stream) => call(stream, Request::BookImport { bytes: BASE64_STANDARD.encode(bytes) }),
        None => once::restore(folders, bytes),
    }
}

/// A connection to the daemon; nothing where none runs.
fn connect(socket: &Path) -> Result<Option<UnixStream>, Error> {
    use std::io::ErrorKind as Io;
    match UnixStream::connect(socket) {
        Ok(stream) => Ok(Some(stream)),
        // Nobody listens at a socket that a killed daemon left behind.
        // Nor where a path is too long for one; opening the home says so better.
        Err(error)
            if matches!(error.kind(), Io::NotFound | Io::ConnectionRefused | Io::NotADirectory | Io::InvalidInput) =>
        {
            Ok(None)
        }
        Err(error) if error.kind() == Io::PermissionDenied => {
            Err(Error::new(ErrorKind::Unreachable, format!("{} belongs to somebody else", socket.display()))
                .hint("give a folder of your own with --home DIR"))
        }
        Err(error) => {
            Err(Error::new(ErrorKind::Unreachable, format!("{}: {error}", socket.display())).hint(Next::Doctor))
        }
    }
}

fn call(mut stream: UnixStream, request: Request) -> Result<Answer, Error> {
    let broke = |error: std::io::Error| {
        Error::new(ErrorKind::Unreachable, format!("the connection to the daemon broke: {error}"))
            .hint("goodword status says whether it still runs; ask again to see what was kept")
    };
    let call = Call { goodword: VERSION.to_owned(), request };
    let mut line = serde_json::to_vec(&call).map_err(|error| Error::failed(error.to_string()))?;
    line.push(b'\n');
    // A daemon that was stopped (SIGSTOP) or hangs keeps its socket; its supervisor will see to it.
    stream.set_read_timeout(Some(SILENCE)).map_err(broke)?;
    stream.write_all(&line).map_err(broke)?;
    let mut reader = BufReader::new(stream);
    loop {
        let mut line = Vec::new();
        let limit = u64::try_from(MAX_LINE).unwrap_or(u64::MAX);
        reader.by_ref().take(limit).read_until(b'\n', &mut line).map_err(broke)?;
        if line.is_empty() {
            return Err(broke(std::io::ErrorKind::UnexpectedEof.into()));
        }
        match serde_json::from_slice(&line) {
            Ok(Line::Progress(progress)) => show(progress),
            Ok(Line::Answer(answer)) => return Ok(*answer),
            Ok(Line::Error(error)) => return Err(error),
            Err(_) => {
                return Err(Error::new(ErrorKind::Refused, "the daemon answered in words this command does not know")
                    .hint(Next::Restart));
            }
        }
    }
}

/// Progress goes to the terminal, over itself.
fn show(progress: Progress) {
    let mut stderr = std::io::stderr();
    if stderr.is_terminal() {
        let note: String = progress.note.chars().take(60).collect();
        if progress.total == 0 {
            let dots = if note.is_empty() { "" } else { " .." };
            _ = write!(stderr, "\r\x1b[K{}{dots}", super::wrong::tame(&note));
            return;
        }
        let end = if progress.done == progress.total { "\n" } else { "" };
        _ = write!(stderr, "\r\x1b[K{} of {}  {note}{end}", progress.done, progress.total);
    } else if progress.done == progress.total && progress.total > 0 {
        _ = writeln!(stderr, "{} of {}", progress.done, progress.total);
    }
}
