//! The page's door: nobody comes past it without a session, and no change without a form of ours.

use axum::{
    body::{Body, to_bytes},
    extract::{Request as HttpRequest, State},
    http::{HeaderValue, Method, StatusCode, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use jiff::{civil::Date, tz::TimeZone};
use tokio::time::timeout;

use super::{DAWDLE, Form, Page, WithStatus, html, import, pages, query, see};
use crate::{
    api::{Answer, Error, ErrorKind, Request},
    server::guard,
};

/// The most bytes of a form: the longest texts we take, several times over.
const MAX_FORM: usize = 256 << 10;

/// The browser that asks, let in.
#[derive(Clone)]
pub(super) struct Visitor {
    pub session: String,
    /// The token of its forms.
    pub form: String,
    /// The script looks for changes: what is to be told waits for a page that somebody sees.
    pub is_script: bool,
    /// The date where the author is.
    pub today: Date,
    pub zone: TimeZone,
    /// The book has nobody in it yet.
    pub is_empty: bool,
}

/// Nobody comes past here without a session, and no change without a form of ours.
pub(super) async fn door(State(page): State<Page>, request: HttpRequest, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let mut answer = match page.admit(&parts).await {
        Err(refused) => refused,
        Ok(visitor) => page.pass(visitor, parts, body, next).await,
    };
    guard::seal(answer.headers_mut());
    answer
}

impl Page {
    async fn admit(&self, parts: &Parts) -> Result<Visitor, Response> {
        self.guard.check(parts).map_err(|_| stranger())?;
        let session = self.guard.session(&parts.headers);
        let known = match session {
            Some(session) => match self.ask(Request::PageCheck { session: session.clone() }).await {
                Ok(Answer::Visit(visit)) => Some(Visitor {
                    form: guard::form_token(&session),
                    session,
                    is_script: parts.headers.contains_key(pages::LIVE),
                    today: visit.today,
                    zone: TimeZone::get(&visit.zone).unwrap_or(TimeZone::UTC),
                    is_empty: visit.contacts == 0,
                }),
                _ => None,
            },
            None => None,
        };
        if parts.method == Method::GET && parts.uri.path() == "/enter" {
            return Err(self.enter(parts, known.is_some()).await);
        }
        known.ok_or_else(stranger)
    }

    /// Takes a one-time token for a cookie, and takes it off the address.
    async fn enter(&self, parts: &Parts, is_known: bool) -> Response {
        // A browser that fetches ahead must not use the address up.
        let ahead = parts.headers.get("sec-purpose").is_some();
        let pairs = query(&parts.uri);
        let token = pairs.get("token").filter(|_| !ahead);
        if let Some(token) = token
            && let Ok(Answer::Session(session)) = self.ask(Request::PageEnter { token: token.to_owned() }).await
            && let Ok(cookie) = HeaderValue::from_str(&self.guard.cookie(Some(&session)))
        {
            return ([(header::SET_COOKIE, cookie)], see("/")).into_response();
        }
        // The same link again, in a browser that is in already, is no reason to be turned away.
        if is_known { see("/") } else { stranger() }
    }

    async fn pass(&self, visitor: Visitor, mut parts: Parts, body: Body, next: Next) -> Response {
        if parts.method == Method::POST {
            let kind = parts.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
            let is_upload = parts.uri.path() == import::UPLOAD;
            let wanted = if is_upload { "multipart/form-data" } else { "application/x-www-form-urlencoded" };
            if kind.split(';').next().is_none_or(|kind| kind.trim() != wanted) {
                return stranger();
            }
            let most = if is_upload { import::MAX_UPLOAD } else { MAX_FORM };
            let bytes = match timeout(DAWDLE, to_bytes(body, most)).await {
                Ok(Ok(bytes)) => bytes,
                Ok(Err(_)) => {
                    return self.fail(&visitor, "", &too_much(most)).with_status(StatusCode::PAYLOAD_TOO_LARGE);
                }
                Err(_) => return StatusCode::REQUEST_TIMEOUT.into_response(),
            };
            let form = if is_upload { Form::with_file(bytes, kind).await } else { Some(Form::parse(&bytes)) };
            let Some(form) = form else { return stranger() };
            if !guard::is_same(form.get("form").unwrap_or_default(), &visitor.form) {
                return stranger();
            }
            parts.extensions.insert(form);
        }
        parts.extensions.insert(visitor);
        next.run(HttpRequest::from_parts(parts, Body::empty())).await
    }
}

/// What the guard answers to everybody it does not let in. It says nothing of why.
fn stranger() -> Response {
    html(pages::stranger()).with_status(StatusCode::FORBIDDEN)
}

fn too_much(most: usize) -> Error {
    let most = if most < 1 << 20 { format!("{} kB", most >> 10) } else { format!("{} MB", most >> 20) };
    Error::new(ErrorKind::Refused, format!("This is more than {most}, which is the most that is taken here."))
        .hint("split it, or leave pictures out of it")
}
