//! The page over HTTP, on 127.0.0.1 alone. Every action is the request that the command line makes, sent through the
//! same [`Handle`]; the answer to a change is a redirect, so that a reload never repeats it.

mod audiences;
mod diary;
mod discover;
mod door;
mod form;
mod import;
mod laptops;
mod people;
mod settings;
mod today;
mod welcome;

use std::{
    collections::BTreeMap,
    convert::Infallible,
    net::{Ipv4Addr, SocketAddrV4},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{
    Extension, Router,
    extract::State,
    http::{HeaderValue, StatusCode, Uri, header},
    middleware,
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
    routing::get,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use futures_util::{StreamExt, stream};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use maud::Markup;
use tokio::{
    net::TcpListener,
    sync::{Semaphore, mpsc, watch},
    time::timeout,
};

use self::{
    door::{Visitor, door},
    form::Form,
};
use super::{Handle, guard::Guard};
use crate::{
    api::{Answer, Error, ErrorKind, Request},
    page::{self as pages, Again, Frame},
};

/// The ports that are tried when the usual one is taken.
const NEXT_PORTS: u16 = 100;
/// The most bytes of a request's head.
const MAX_HEAD: usize = 32 << 10;
/// How long a browser may take over its request's head, and its body.
const DAWDLE: Duration = Duration::from_secs(10);
/// No connection lasts longer; a browser that watches connects again by itself.
const LIFETIME: Duration = Duration::from_secs(30 * 60);
const MAX_CONNECTIONS: usize = 128;
/// Windows that watch for changes.
const MAX_WATCHERS: usize = 32;

/// The page's port on loopback: the one that was asked for, or the next free one.
pub async fn bind(port: u16) -> std::io::Result<TcpListener> {
    let at = |port| TcpListener::bind(SocketAddrV4::new(Ipv4Addr::LOCALHOST, port));
    let mut last = std::io::Error::from(std::io::ErrorKind::AddrInUse);
    for next in port..=port.saturating_add(NEXT_PORTS) {
        match at(next).await {
            Ok(listener) => return Ok(listener),
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// Serves the page for ever.
pub async fn serve(listener: TcpListener, port: u16, handle: Handle) {
    let app = router(Page {
        handle,
        guard: Guard::new(port),
        watchers: Arc::new(Semaphore::new(MAX_WATCHERS)),
        desk: Arc::default(),
        invitations: Arc::default(),
        stirred: Arc::new(watch::Sender::new(0)),
        said: Arc::default(),
    });
    let room = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    loop {
        let Ok(place) = Arc::clone(&room).acquire_owned().await else { return };
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::warn!(%error, "the page did not accept a connection");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        _ = stream.set_nodelay(true);
        let app = TowerToHyperService::new(app.clone());
        tokio::spawn(async move {
            let mut http = hyper::server::conn::http1::Builder::new();
            http.timer(TokioTimer::new()).header_read_timeout(DAWDLE).max_buf_size(MAX_HEAD);
            // What a browser does wrong is its own affair, and nothing of it belongs in a log.
            _ = timeout(LIFETIME, http.serve_connection(TokioIo::new(stream), app)).await;
            drop(place);
        });
    }
}

/// What every handler holds.
#[derive(Clone)]
struct Page {
    handle: Handle,
    guard: Guard,
    watchers: Arc<Semaphore>,
    /// A file that waits for its author's word.
    desk: Arc<import::Desk>,
    /// An invitation for one more laptop, and what became of it.
    invitations: Arc<laptops::Invitations>,
    /// Counts up when something changed that only the page knows.
    stirred: Arc<watch::Sender<u64>>,
    /// What each session is to be told on its next page: one sentence each.
    said: Arc<Mutex<BTreeMap<String, String>>>,
}

fn router(page: Page) -> Router {
    Router::new()
        .route("/live", get(live))
        .route("/style.css", get(|| asset("text/css; charset=utf-8", pages::STYLE)))
        .route("/page.js", get(|| asset("text/javascript; charset=utf-8", pages::SCRIPT)))
        .route("/icon.svg", get(|| asset("image/svg+xml", pages::ICON)))
        .merge(today::routes())
        .merge(people::routes())
        .merge(discover::routes())
        .merge(import::routes())
        .merge(audiences::routes())
        .merge(diary::routes())
        .merge(laptops::routes())
        .merge(settings::routes())
        .merge(welcome::routes())
        .fallback(nowhere)
        .layer(middleware::from_fn_with_state(page.clone(), door))
        .with_state(page)
}

async fn asset(kind: &'static str, text: &'static str) -> Response {
    ([(header::CONTENT_TYPE, kind)], text).into_response()
}

async fn nowhere(State(page): State<Page>, Extension(visitor): Extension<Visitor>) -> Response {
    let error = Error::new(ErrorKind::NotFound, "There is no such page.");
    page.show(&visitor, "Not found", "", "", pages::trouble(&error)).with_status(StatusCode::NOT_FOUND)
}

impl Page {
    /// Whoever looks at the page looks again.
    fn stir(&self) {
        self.stirred.send_modify(|count| *count = count.wrapping_add(1));
    }

    async fn ask(&self, request: Request) -> Result<Answer, Error> {
        let (progress, _) = mpsc::channel(1);
        self.handle.ask(request, progress).await
    }

    /// Keeps a sentence for the session's next page.
    fn tell(&self, visitor: &Visitor, said: impl Into<String>) {
        let mut all = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        // Sessions that left never come for theirs.
        if all.len() > 64 {
            all.clear();
        }
        all.insert(visitor.session.clone(), said.into());
    }

    /// A whole page. `here` is where it can be fetched again when something changes.
    fn show(&self, visitor: &Visitor, title: &str, place: &str, here: &str, body: Markup) -> Response {
        let said = || self.said.lock().unwrap_or_else(PoisonError::into_inner).remove(&visitor.session);
        let said = if visitor.is_script { None } else { said() };
        let frame = Frame { title, place, form: &visitor.form, here, said: said.as_deref() };
        html(pages::framed(&frame, &body))
    }

    /// A page on which a form may have come back. What was typed and not taken stands still: nothing that changes
    /// elsewhere may take it away.
    fn show_again(
        &self,
        visitor: &Visitor,
        (title, place): (&str, &str),
        here: &str,
        body: Markup,
        again: Option<Again<'_>>,
    ) -> Response {
        match again {
            None => self.show(visitor, title, place, here, body),
            Some(again) => self.show(visitor, title, place, "", body).with_status(status(again.error)),
        }
    }

    /// A file for the author to keep.
    async fn download(&self, visitor: &Visitor, request: Request, kind: &'static str, name: &str) -> Response {
        let bytes = match self.ask(request).await {
            Ok(Answer::File(file)) => BASE64_STANDARD.decode(file.base64).map_err(|_| unexpected()),
            Ok(_) => Err(unexpected()),
            Err(error) => Err(error),
        };
        match (bytes, HeaderValue::from_str(&format!("attachment; filename=\"{name}\""))) {
            (Ok(bytes), Ok(name)) => {
                let kind = HeaderValue::from_static(kind);
                ([(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, name)], bytes).into_response()
            }
            (Err(error), _) => self.fail(visitor, "", &error),
            (_, Err(_)) => self.fail(visitor, "", &unexpected()),
        }
    }

    /// A page that says what went wrong, with a status that says it too.
    fn fail(&self, visitor: &Visitor, place: &str, error: &Error) -> Response {
        self.show(visitor, "Something is wrong", place, "", pages::trouble(error)).with_status(status(error))
    }
}

fn html(markup: Markup) -> Response {
    ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], markup.into_string()).into_response()
}

/// Go and look there: the answer to a change.
fn see(path: &str) -> Response {
    match HeaderValue::from_str(path) {
        Ok(path) => (StatusCode::SEE_OTHER, [(header::LOCATION, path)]).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

trait WithStatus {
    fn with_status(self, status: StatusCode) -> Response;
}

impl WithStatus for Response {
    fn with_status(mut self, status: StatusCode) -> Response {
        *self.status_mut() = status;
        self
    }
}

fn status(error: &Error) -> StatusCode {
    match error.kind {
        ErrorKind::NotFound => StatusCode::NOT_FOUND,
        ErrorKind::Usage | ErrorKind::Ambiguous => StatusCode::UNPROCESSABLE_ENTITY,
        ErrorKind::Nothing | ErrorKind::Failed | ErrorKind::Refused => StatusCode::CONFLICT,
        ErrorKind::Unreachable => StatusCode::SERVICE_UNAVAILABLE,
    }
}

/// The daemon answered a question with something else: a fault of ours, said as one.
fn unexpected() -> Error {
    Error::failed("the daemon answered something else than was asked")
}

fn query(uri: &Uri) -> Form {
    Form::parse(uri.query().unwrap_or_default().as_bytes())
}

/// A line whenever something changed. What changed is fetched from the page itself. The data say nothing, but an event
/// without any is not dispatched (HTML, "interpreting an event stream").
async fn live(State(page): State<Page>, Extension(visitor): Extension<Visitor>) -> Response {
    let Ok(place) = Arc::clone(&page.watchers).try_acquire_owned() else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let watched = (page.handle.changes(), page.stirred.subscribe());
    let stream = stream::unfold((watched, place, page, visitor), |(mut watched, place, page, visitor)| async move {
        let (changes, stirred) = &mut watched;
        tokio::select! {
            changed = changes.changed() => changed.ok()?,
            stirred = stirred.changed() => stirred.ok()?,
        }
        // A session that ended hears no more.
        page.ask(Request::PageCheck { session: visitor.session.clone() }).await.ok()?;
        changes.borrow_and_update();
        stirred.borrow_and_update();
        Some(((), (watched, place, page, visitor)))
    });
    let hello = stream::iter([Event::default().event("hello").data("1")]);
    let events = hello.chain(stream.map(|()| Event::default().event("changed").data("1"))).map(Ok::<_, Infallible>);
    Sse::new(events).keep_alive(KeepAlive::new().interval(Duration::from_secs(20))).into_response()
}
