//! The diary's route.

use axum::{Extension, Router, extract::State, http::Uri, response::Response, routing::get};
use jiff::ToSpan;

use super::{Page, Visitor, query, unexpected};
use crate::{
    api::{Answer, Error, Request},
    domain::Stage,
    page::diary,
};

pub fn routes() -> Router<Page> {
    Router::new().route("/diary", get(look))
}

async fn look(State(page): State<Page>, Extension(visitor): Extension<Visitor>, uri: Uri) -> Response {
    let before = query(&uri).get("before").and_then(|day| day.parse().ok());
    let answered = async {
        // Further back than the garden, for whoever turns the pages.
        let year = diary::first_day(visitor.today);
        let since = before.map_or(year, |day: jiff::civil::Date| day.checked_sub(1.year()).unwrap_or(day).min(year));
        let Answer::Diary(diary) = page.ask(Request::Diary { since: Some(since) }).await? else {
            return Err(unexpected());
        };
        let allied =
            Request::ContactPage { audience: None, stage: Some(Stage::Allied), search: None, waiting: false, skip: 0 };
        let Answer::ContactPage(allied) = page.ask(allied).await? else { return Err(unexpected()) };
        Ok::<_, Error>((diary, allied.rows))
    };
    match answered.await {
        Ok((diary, allied)) => {
            let here = before.map_or_else(|| "/diary".to_owned(), |day| format!("/diary?before={day}"));
            page.show(&visitor, "Diary", "/diary", &here, diary::page(&diary, &allied, visitor.today, before))
        }
        Err(error) => page.fail(&visitor, "/diary", &error),
    }
}
