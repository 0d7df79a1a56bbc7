//! The routes by which people are discovered. Each look asks the daemon, which asks public servers or remembers.

use axum::{
    Extension, Router,
    extract::State,
    http::Uri,
    response::Response,
    routing::{get, post},
};

use super::{Form, Page, Visitor, WithStatus, query, see, status, unexpected};
use crate::{
    api::{Answer, Error, FoundPerson, Request},
    page::{
        Again,
        discover::{self, Asked},
        person_form::Writing,
    },
};

pub fn routes() -> Router<Page> {
    Router::new()
        .route("/discover", get(look))
        .route("/discover/keep", post(keep))
        .route("/discover/drop", post(let_go))
        .route("/people/find", post(find))
}

fn asked(form: &Form) -> Asked {
    let text = |key| form.said(key).unwrap_or_default();
    Asked { audience: text("audience"), from: text("from"), still: text("still") }
}

async fn look(State(page): State<Page>, Extension(visitor): Extension<Visitor>, uri: Uri) -> Response {
    page.discover_page(&visitor, &asked(&query(&uri)), None).await
}

async fn keep(State(page): State<Page>, visitor: Extension<Visitor>, Extension(form): Extension<Form>) -> Response {
    let (asked, id) = (asked(&form), form.said("id").unwrap_or_default());
    let kept = match form.said("why") {
        Some(why) => page.ask(Request::DiscoverKeep { id: id.clone(), why, audience: form.said("audience") }).await,
        None => Err(Error::usage("Say in one sentence why they are cool, then keep them. Nobody else can know that.")),
    };
    match kept {
        Ok(Answer::Contact(who)) => {
            page.tell(&visitor, format!("{} is in your book. {}", who.row.name, who.remarks.join(" ")));
            see(&asked.rest())
        }
        Ok(_) => see(&asked.rest()),
        Err(error) => page.discover_page(&visitor, &asked, Some(form.again(&id, &error))).await,
    }
}

async fn let_go(State(page): State<Page>, visitor: Extension<Visitor>, Extension(form): Extension<Form>) -> Response {
    let ids = form.all("id").map(str::to_owned).collect();
    page.change(&visitor, Request::DiscoverDrop { ids }, &asked(&form).rest()).await
}

impl Page {
    async fn discover_page(&self, visitor: &Visitor, asked: &Asked, again: Option<Again<'_>>) -> Response {
        let said = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let still = asked.still.split(',').filter_map(said).collect();
        let request = Request::Discover { audience: said(&asked.audience), from: said(&asked.from), still };
        let found = match self.ask(request).await {
            Ok(Answer::Discovery(found)) => Ok(found),
            Ok(_) => Err(unexpected()),
            Err(error) => Err(error),
        };
        let audiences = self.audiences().await.unwrap_or_default();
        let body = discover::page(&visitor.form, asked, found.as_ref(), &audiences, again);
        // It stands still: a look costs strangers' servers something.
        self.show_again(visitor, ("Find people", "/people"), "", body, again)
    }
}

/// Somebody at one address: what was found fills the form in, and the author says why.
async fn find(
    State(page): State<Page>,
    Extension(visitor): Extension<Visitor>,
    Extension(form): Extension<Form>,
) -> Response {
    let address = form.said("address").unwrap_or_default();
    let audience = form.said("audiences").unwrap_or_default();
    let found = match page.ask(Request::ContactFind { address }).await {
        Ok(Answer::Found(found)) => Ok(found),
        Ok(_) => Err(unexpected()),
        Err(error) => Err(error),
    };
    match found {
        Ok(found) => {
            let typed = |key: &str| match key {
                "audiences" => audience.clone(),
                key => field(&found, key),
            };
            page.person_page(&visitor, "/people", Writing::Found(&found), &typed, None).await
        }
        Err(error) => {
            let typed = |key: &str| form.text(key).unwrap_or_default();
            page.person_page(&visitor, "/people", Writing::Blank, &typed, Some(&error))
                .await
                .with_status(status(&error))
        }
    }
}

/// What was found, as it stands in a field of the form.
fn field(found: &FoundPerson, key: &str) -> String {
    match key {
        "name" => found.name.clone(),
        "kind" => found.kind.to_string(),
        "site" => found.site.clone(),
        "feeds" => found.feeds.join("\n"),
        network => {
            let theirs = found.handles.iter().find(|handle| handle.network == network);
            theirs.map(|handle| handle.handle.clone()).unwrap_or_default()
        }
    }
}
