//! The socket: one JSON value a line, for the owner of the home alone.

use std::{
    collections::VecDeque,
    os::unix::fs::{FileTypeExt, PermissionsExt},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use tokio::{
    io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader},
    net::{UnixListener, UnixStream},
    sync::mpsc,
    task::{AbortHandle, JoinSet},
};

use super::Handle;
use crate::api::{Call, Error, ErrorKind, Line, MAX_LINE, Next, VERSION};

/// Connections at once. A client more takes the place of the one that has been silent longest.
const MAX_CONNECTIONS: usize = 128;

/// Binds the socket with mode 0600. Whoever calls this holds the home's lock, so a socket that is there was left by a
/// daemon that died. Anything else in its place belongs to somebody and stays.
pub fn bind(path: &Path) -> std::io::Result<UnixListener> {
    let named = |error: std::io::Error| std::io::Error::new(error.kind(), format!("{}: {error}", path.display()));
    match std::fs::symlink_metadata(path) {
        Ok(meta) if meta.file_type().is_socket() => std::fs::remove_file(path).map_err(named)?,
        Ok(_) => return Err(named(std::io::Error::other("this is not a socket; move it away"))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(named(error)),
    }
    // The folder is 0700, so nobody else gets in between these two lines.
    let listener = UnixListener::bind(path).map_err(named)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).map_err(named)?;
    Ok(listener)
}

/// Serves the socket for ever.
pub async fn serve(listener: UnixListener, handle: Handle) {
    let mut connections = JoinSet::new();
    let mut guests: VecDeque<Guest> = VecDeque::new();
    loop {
        while connections.try_join_next().is_some() {}
        guests.retain(|guest| !guest.task.is_finished());
        if guests.len() >= MAX_CONNECTIONS {
            match guests.iter().position(|guest| !guest.is_served.load(Ordering::Relaxed)) {
                Some(silent) => _ = guests.remove(silent).map(|guest| guest.task.abort()),
                None => _ = connections.join_next().await,
            }
        }
        match listener.accept().await {
            Ok((stream, _)) if is_owner(&stream) => {
                let is_served = Arc::new(AtomicBool::new(false));
                let task = connections.spawn(connection(stream, handle.clone(), Arc::clone(&is_served)));
                guests.push_back(Guest { task, is_served });
            }
            Ok(_) => tracing::warn!("somebody else than the owner knocked at the socket"),
            Err(error) => {
                tracing::warn!(%error, "the socket did not accept a connection");
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            }
        }
    }
}

fn is_owner(stream: &UnixStream) -> bool {
    let me = rustix::process::geteuid().as_raw();
    stream.peer_cred().is_ok_and(|peer| peer.uid() == me || peer.uid() == 0)
}

/// A connection, and whether it waits for an answer now.
struct Guest {
    task: AbortHandle,
    is_served: Arc<AtomicBool>,
}

async fn connection(stream: UnixStream, handle: Handle, is_served: Arc<AtomicBool>) {
    let (reader, mut writer) = stream.into_split();
    let mut reader = BufReader::new(reader);
    loop {
        let result = match read_line(&mut reader, MAX_LINE).await {
            Ok(None) => return,
            Ok(Some(line)) => {
                is_served.store(true, Ordering::Relaxed);
                let result = match parse(&line) {
                    Ok(call) => answer(&mut writer, &handle, call).await,
                    Err(error) => send(&mut writer, &Line::Error(error)).await,
                };
                is_served.store(false, Ordering::Relaxed);
                result
            }
            Err(error) => {
                // What follows a line without an end cannot be told from it.
                _ = send(&mut writer, &Line::Error(error)).await;
                return;
            }
        };
        if result.is_err() {
            return;
        }
    }
}

/// Reads a call; an error says what is wrong with the line.
pub fn parse(line: &[u8]) -> Result<Call, Error> {
    // The version first: a client of another version may ask what we do not know.
    #[derive(serde::Deserialize)]
    struct Greeting {
        goodword: String,
    }
    let usage = |error: serde_json::Error| {
        Error::usage(format!("this line is not a call: {error}"))
            .hint("one JSON object a line: {\"goodword\":VERSION,\"request\":{..}}")
    };
    let greeting: Greeting = serde_json::from_slice(line).map_err(usage)?;
    if greeting.goodword != VERSION {
        let theirs: String = greeting.goodword.chars().filter(|c| !c.is_control()).take(40).collect();
        let message = format!("the daemon is version {VERSION}, this command is version {theirs}");
        return Err(Error::new(ErrorKind::Refused, message).hint(Next::Restart));
    }
    serde_json::from_slice(line).map_err(usage)
}

async fn answer(writer: &mut (impl AsyncWrite + Unpin), handle: &Handle, call: Call) -> std::io::Result<()> {
    let (progress, mut heard) = mpsc::channel(16);
    let answer = handle.ask(call.request, progress);
    tokio::pin!(answer);
    loop {
        tokio::select! {
            biased;
            Some(progress) = heard.recv() => send(writer, &Line::Progress(progress)).await?,
            answer = &mut answer => {
                let line = answer.map_or_else(Line::Error, |answer| Line::Answer(Box::new(answer)));
                return send(writer, &line).await;
            }
        }
    }
}

async fn send(writer: &mut (impl AsyncWrite + Unpin), line: &Line) -> std::io::Result<()> {
    let mut bytes = serde_json::to_vec(line)?;
    bytes.push(b'\n');
    writer.write_all(&bytes).await
}

/// One line without its end, of at most `most` bytes; nothing at the end of the stream.
pub async fn read_line(reader: &mut (impl AsyncBufRead + Unpin), most: usize) -> Result<Option<Vec<u8>>, Error> {
    let mut line = Vec::new();
    let failed = |error: std::io::Error| Error::failed(format!("the connection broke: {error}"));
    let limit = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    reader.take(limit).read_until(b'\n', &mut line).await.map_err(failed)?;
    match line.pop() {
        None => Ok(None),
        Some(b'\n') => Ok(Some(line)),
        Some(_) if line.len() >= most => {
            Err(Error::new(ErrorKind::Refused, format!("a line has more than {most} bytes")))
        }
        Some(_) => Err(Error::failed("the connection ended in the middle of a line")),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read_all(bytes: &[u8], most: usize) -> Vec<Result<Option<Vec<u8>>, Error>> {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let mut reader = BufReader::new(bytes);
            let mut lines = Vec::new();
            loop {
                let line = read_line(&mut reader, most).await;
                let over = !matches!(line, Ok(Some(_)));
                lines.push(line);
                if over {
                    return lines;
                }
            }
        })
    }

    #[test]
    fn a_line_over_the_limit_is_refused() {
        assert!(matches!(read_all(b"1234\n12345\n", 4).as_slice(), [Ok(Some(_)), Err(_)]));
    }

    #[test]
    fn another_version_is_told_to_restart_the_service_whatever_it_asks() {
        let error = parse(br#"{"goodword":"99.0.0","request":{"do":"dance"}}"#).unwrap_err();
        assert!(error.hint.unwrap().to_string().contains("restart the service"));
    }

    proptest! {
        #[test]
        fn any_bytes_are_lines_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..2000), most in 1_usize..300) {
            let lines = read_all(&bytes, most);
            let read: usize = lines.iter().flatten().flatten().map(|line| line.len() + 1).sum();
            prop_assert!(read <= bytes.len());
            for line in lines.into_iter().flatten().flatten() {
                prop_assert!(line.len() <= most);
                prop_assert!(parse(&line).is_err());
            }
        }

        #[test]
        fn a_mutated_call_is_a_call_or_an_error(at in 0_usize..60, byte in any::<u8>()) {
            let call = Call { goodword: VERSION.to_owned(), request: crate::api::Request::Pick { name: "Maria".to_owned(), on: None } };
            let mut line = serde_json::to_vec(&call).unwrap();
            let at = at % line.len();
            line[at] = byte;
            _ = parse(&line);
        }
    }
}
