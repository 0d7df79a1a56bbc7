//! The routes of audiences.

use super::{Form, Page, Visitor, query, unexpected};
use crate::{
    api::{Answer, AudienceDetail, AudienceMap, Error, Request},
    page::{
        Again, audience,
        audiences::{self, SHOWN, Shown, View},
        words::encoded,
    },
};
use axum::{
    Extension, Router,
    extract::{Path, State},
    http::Uri,
    response::Response,
    routing::{get, post},
};

pub fn routes() -> Router<Page> {
    Router::new()
        .route("/audiences", get(look).post(add))
        .route("/audiences/keep", post(keep))
        .route("/audiences/drop", post(let_go))
        .route("/audiences/tie", post(tie))
        .route("/audiences/{id}", get(show))
}

async fn look(State(page): State<Page>, Extension(visitor): Extension<Visitor>, uri: Uri) -> Response {
    page.audiences_page(&visitor, &query(&uri), None).await
}

async fn show(State(page): State<Page>, Extension(visitor): Extension<Visitor>, Path(id): Path<String>) -> Response {
    page.audience_page(&visitor, id, None).await
}

impl Page {
    async fn audiences_page(&self, visitor: &Visitor, asked: &Form, again: Option<Again<'_>>) -> Response {
        let word = asked.get("shown").unwrap_or_default();
        let shown = SHOWN.into_iter().find(|shown| shown.as_str() == word).unwrap_or(Shown::All);
        let answered = async {
            let Answer::AudienceMap(map) = self.ask(Request::AudienceMap).await? else { return Err(unexpected()) };
            Ok::<AudienceMap, Error>(map)
        };
        let map = match answered.await {
            Ok(map) => map,
            Err(error) => return self.fail(visitor, "/audiences", &error),
        };
        let today = visitor.today;
        let suggested = match self.ask(Request::AudienceSuggest { work: None, genre: None, depth: 1 }).await {
            Ok(Answer::Brainstorm(found)) => Ok(found.rows),
            Ok(_) => Err(unexpected()),
            Err(error) => Err(error),
        };
        // Another question each day, unless one is asked for.
        let ask = asked.get("ask").and_then(|ask| ask.parse().ok());
        let ask: u16 = ask.unwrap_or_else(|| today.day_of_year().unsigned_abs());
        let here = format!("/audiences?shown={}&ask={ask}", shown.as_str());
        let (form, suggested, ask) = (visitor.form.as_str(), suggested.as_deref(), ask.into());
        let view = View { form, map: &map, suggested, today, shown, ask, again };
        self.show_again(visitor, ("Audiences", "/audiences"), &here, audiences::page(&view), again)
    }

    async fn audience_page(&self, visitor: &Visitor, id: String, again: Option<Again<'_>>) -> Response {
        let answered = async {
            let Answer::Audience(found) = self.ask(Request::AudienceShow { name: id }).await? else {
                return Err(unexpected());
            };
            Ok::<(AudienceDetail, _), Error>((found, self.audiences().await?))
        };
        match answered.await {
            Ok((found, kept)) => {
                let here = format!("/audiences/{}", encoded(&found.row.id));
                let body = audience::page(&visitor.form, &found, &kept, visitor.today, again);
                self.show_again(visitor, ("An audience", "/audiences"), &here, body, again)
            }
            Err(error) => self.fail(visitor, "/audiences", &error),
        }
    }
}

async fn add(State(page): State<Page>, visitor: Extension<Visitor>, Extension(form): Extension<Form>) -> Response {
    let request = Request::AudienceAdd {
        name: form.said("name").unwrap_or_default(),
        via: form.said("via"),
        bridge: form.said("bridge"),
        hashtags: Vec::new(),
    };
    match page.ask(request).await {
        Ok(Answer::Audience(kept)) => super::see(&format!("/audiences/{}", encoded(&kept.row.id))),
        Ok(_) => super::see("/audiences"),
        Err(error) => page.audiences_page(&visitor, &form, Some(form.again("/audiences", &error))).await,
    }
}

async fn keep(State(page): State<Page>, visitor: Extension<Visitor>, Extension(form): Extension<Form>) -> Response {
    let ids = form.all("id").map(str::to_owned).collect();
    page.change(&visitor, Request::AudienceKeep { ids }, &back(&form)).await
}

async fn let_go(State(page): State<Page>, visitor: Extension<Visitor>, Extension(form): Extension<Form>) -> Response {
    let ids = form.all("id").map(str::to_owned).collect();
    page.change(&visitor, Request::AudienceDrop { ids }, &back(&form)).await
}

/// The audience from which another was kept or dropped, else the map. Never further than that.
fn back(form: &Form) -> String {
    form.said("back").map_or_else(|| "/audiences".to_owned(), |id| format!("/audiences/{}", encoded(&id)))
}

async fn tie(State(page): State<Page>, visitor: Extension<Visitor>, Extension(form): Extension<Form>) -> Response {
    let text = |key| form.said(key).unwrap_or_default();
    let then = format!("/audiences/{}", encoded(&text("from")));
    let request = Request::AudienceTie { from: text("from"), to: text("to"), bridge: text("bridge") };
    match page.changed(&visitor, request, &then).await {
        Ok(then) => then,
        Err(error) => page.audience_page(&visitor, text("from"), Some(form.again("/audiences/tie", &error))).await,
    }
}
