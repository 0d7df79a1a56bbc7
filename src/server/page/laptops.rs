//! The routes of the laptops. An invitation lasts minutes, so nobody waits for it with a page that does not load: it
//! stands on the desk of the browser that opened it, and what becomes of it is put there too.

use std::sync::{Mutex, PoisonError};

use axum::{
    Extension, Router,
    extract::State,
    response::Response,
    routing::{get, post},
};
use jiff::Timestamp;

use super::{Form, Page, Visitor, WithStatus, see, status, unexpected};
use crate::{
    api::{Answer, DeviceRow, Error, Request, SyncStatus},
    page::laptops::{self, Invitation, View},
};

/// The invitation that was opened last, with the session that opened it: the daemon holds one at a time.
#[derive(Debug, Default)]
pub struct Invitations(Mutex<Option<(String, Invitation)>>);

impl Invitations {
    fn put(&self, session: &str, invitation: Invitation) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((session.to_owned(), invitation));
    }

    /// What became of an invitation, unless another was opened since.
    fn ended(&self, code: &str, end: Invitation) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, invitation @ Invitation::Open(_))) = held.as_mut()
            && matches!(invitation, Invitation::Open(open) if open.code == code)
        {
            *invitation = end;
        }
    }

    /// The session's own; one whose time is over has gone.
    fn of(&self, session: &str, now: Timestamp) -> Option<Invitation> {
        let held = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let (_, invitation) = held.filter(|(owner, _)| owner == session)?;
        let is_stale = matches!(&invitation, Invitation::Open(open) if open.expires <= now);
        (!is_stale).then_some(invitation)
    }
}

pub fn routes() -> Router<Page> {
    Router::new()
        .route("/laptops", get(look))
        .route("/laptops/invite", post(invite))
        .route("/laptops/join", post(join))
        .route("/laptops/rename", post(rename))
        .route("/laptops/remove", post(remove))
        .route("/laptops/sync", post(sync))
}

async fn look(State(page): State<Page>, Extension(visitor): Extension<Visitor>) -> Response {
    page.laptops(&visitor, "", None).await
}

async fn invite(State(page): State<Page>, Extension(visitor): Extension<Visitor>) -> Response {
    match page.ask(Request::DeviceInvite).await {
        Ok(Answer::Invited(invited)) => {
            let code = invited.code.clone();
            page.invitations.put(&visitor.session, Invitation::Open(invited));
            let waiting = page.clone();
            tokio::spawn(async move {
                let end = match waiting.ask(Request::DeviceInvited).await {
                    Ok(Answer::Joined(joined)) => Invitation::Joined(joined),
                    Ok(_) => Invitation::Over(unexpected()),
                    Err(error) => Invitation::Over(error),
                };
                waiting.invitations.ended(&code, end);
                waiting.stir();
            });
        }
        Ok(_) => page.invitations.put(&visitor.session, Invitation::Over(unexpected())),
        Err(error) => page.invitations.put(&visitor.session, Invitation::Over(error)),
    }
    see("/laptops#more")
}

async fn join(
    State(page): State<Page>,
    Extension(visitor): Extension<Visitor>,
    Extension(form): Extension<Form>,
) -> Response {
    let at = form.said("at").unwrap_or_default();
    match page.ask(Request::DeviceJoin { at: at.clone() }).await {
        Ok(Answer::Joined(joined)) => {
            page.tell(&visitor, laptops::together(&joined));
            see("/laptops")
        }
        Ok(_) => page.laptops(&visitor, &at, Some(&unexpected())).await,
        Err(error) => page.laptops(&visitor, &at, Some(&error)).await.with_status(status(&error)),
    }
}

async fn rename(State(page): State<Page>, visitor: Extension<Visitor>, Extension(form): Extension<Form>) -> Response {
    let request = Request::DeviceRename { name: form.said("name").unwrap_or_default(), device: form.said("device") };
    page.change(&visitor, request, "/laptops").await
}

async fn remove(State(page): State<Page>, visitor: Extension<Visitor>, Extension(form): Extension<Form>) -> Response {
    let request = Request::DeviceRemove { name: form.said("device").unwrap_or_default() };
    page.change(&visitor, request, "/laptops").await
}

async fn sync(State(page): State<Page>, visitor: Extension<Visitor>) -> Response {
    page.change(&visitor, Request::Sync { now: true }, "/laptops").await
}

impl Page {
    async fn laptops(&self, visitor: &Visitor, typed: &str, error: Option<&Error>) -> Response {
        let answered = async {
            let Answer::Devices(devices) = self.ask(Request::DeviceList).await? else { return Err(unexpected()) };
            let Answer::Sync(sync) = self.ask(Request::Sync { now: false }).await? else { return Err(unexpected()) };
            Ok::<(Vec<DeviceRow>, SyncStatus), Error>((devices, sync))
        };
        match answered.await {
            Ok((devices, sync)) => {
                let now = Timestamp::now();
                let invitation = self.invitations.of(&visitor.session, now);
                let view = View {
                    form: &visitor.form,
                    devices: &devices,
                    sync: &sync,
                    invitation: invitation.as_ref(),
                    typed,
                    error,
                    now,
                    zone: &visitor.zone,
                };
                self.show(visitor, "Your laptops", "/laptops", "/laptops", laptops::page(&view))
            }
            Err(error) => self.fail(visitor, "/laptops", &error),
        }
    }
}
