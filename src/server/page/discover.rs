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
    api::{Answer, FoundPerson, Request},
    page::{
        discover::{self, Asked},
        person_form::Writing,
        sentence,
        words::{KINDS, word},
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
    Asked { audience: form.said("audience").unwrap_or_default(), from: form.said("from").unwrap_or_default() }
}

async fn look(State(page): State<Page>, Extension(visitor): Extension<Visitor>, uri: Uri) -> Response {
    let asked = asked(&query(&uri));
    let said = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    let found = match page.ask(Request::Discover { audience: said(&asked.audience), from: said(&asked.from) }).await {
        Ok(Answer::Discovery(found)) => Ok(found),
        Ok(_) => Err(unexpected()),
        Err(error) => Err(error),
    };
    let audiences = page.audiences().await.unwrap_or_default();
    // It stands still: a look costs strangers' servers something.
    let body = discover::page(&visitor.form, &asked, found.as_ref(), &audiences);
    page.show(&visitor, "Find people", "/people", "", body)
}

async fn keep(State(page): State<Page>, visitor: Extension<Visitor>, Extension(form): Extension<Form>) -> Response {
    let then = asked(&form).address();
    let Some(why) = form.said("why") else {
        page.tell(&visitor, "Say in one sentence why they are cool, then keep them. Nobody else can know that.");
        return see(&then);
    };
    let (id, audience) = (form.said("id").unwrap_or_default(), form.said("audience"));
    match page.ask(Request::DiscoverKeep { id, why, audience }).await {
        Ok(Answer::Contact(who)) => {
            page.tell(&visitor, format!("{} is in your book. {}", who.row.name, who.remarks.join(" ")));
        }
        Ok(_) => {}
        Err(error) => page.tell(&visitor, sentence(&error.message)),
    }
    see(&then)
}

async fn let_go(State(page): State<Page>, visitor: Extension<Visitor>, Extension(form): Extension<Form>) -> Response {
    let ids = form.all("id").map(str::to_owned).collect();
    page.change(&visitor, Request::DiscoverDrop { ids }, &asked(&form).address()).await
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
        "kind" => word(&KINDS, &found.kind).to_owned(),
        "site" => found.site.clone(),
        "feeds" => found.feeds.join("\n"),
        network => {
            let theirs = found.handles.iter().find(|handle| handle.network == network);
            theirs.map(|handle| handle.handle.clone()).unwrap_or_default()
        }
    }
}
