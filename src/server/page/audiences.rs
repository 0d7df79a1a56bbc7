//! The routes of audiences.

use axum::{
    Extension, Router,
    extract::State,
    response::Response,
    routing::{get, post},
};

use super::{Form, Page, Visitor, unexpected};
use crate::{
    api::{Answer, Request},
    page::audiences,
};

pub fn routes() -> Router<Page> {
    Router::new()
        .route("/audiences", get(look).post(add))
        .route("/audiences/keep", post(keep))
        .route("/audiences/drop", post(let_go))
        .route("/audiences/tie", post(tie))
}

async fn look(State(page): State<Page>, Extension(visitor): Extension<Visitor>) -> Response {
    let map = match page.ask(Request::AudienceMap).await {
        Ok(Answer::AudienceMap(map)) => map,
        Ok(_) => return page.fail(&visitor, "/audiences", &unexpected()),
        Err(error) => return page.fail(&visitor, "/audiences", &error),
    };
    let suggested = match page.ask(Request::AudienceSuggest { work: None, genre: None, depth: 1 }).await {
        Ok(Answer::Audiences(rows)) => Ok(rows),
        Ok(_) => Err(unexpected()),
        Err(error) => Err(error),
    };
    let body = audiences::page(&visitor.form, &map, suggested.as_deref());
    page.show(&visitor, "Audiences", "/audiences", "/audiences", body)
}

async fn add(State(page): State<Page>, visitor: Extension<Visitor>, Extension(form): Extension<Form>) -> Response {
    let request = Request::AudienceAdd {
        name: form.said("name").unwrap_or_default(),
        via: form.said("via"),
        bridge: form.said("bridge"),
        hashtags: Vec::new(),
    };
    page.change(&visitor, request, "/audiences").await
}

async fn keep(State(page): State<Page>, visitor: Extension<Visitor>, Extension(form): Extension<Form>) -> Response {
    let ids = form.all("id").map(str::to_owned).collect();
    page.change(&visitor, Request::AudienceKeep { ids }, "/audiences").await
}

async fn let_go(State(page): State<Page>, visitor: Extension<Visitor>, Extension(form): Extension<Form>) -> Response {
    let ids = form.all("id").map(str::to_owned).collect();
    page.change(&visitor, Request::AudienceDrop { ids }, "/audiences").await
}

async fn tie(State(page): State<Page>, visitor: Extension<Visitor>, Extension(form): Extension<Form>) -> Response {
    let text = |key| form.said(key).unwrap_or_default();
    let request = Request::AudienceTie { from: text("from"), to: text("to"), bridge: text("bridge") };
    page.change(&visitor, request, "/audiences").await
}
