//! The diary's route.

use axum::{Extension, Router, extract::State, http::Uri, response::Response, routing::get};
use jiff::{ToSpan, civil::Date};

use super::{Page, Visitor, query, unexpected};
use crate::{
    api::{Answer, Diary, Error, Request},
    domain::Stage,
    page::diary,
};

pub fn routes() -> Router<Page> {
    Router::new().route("/diary", get(look))
}

async fn look(State(page): State<Page>, Extension(visitor): Extension<Visitor>, uri: Uri) -> Response {
    let before = query(&uri).get("before").and_then(|day| day.parse().ok());
    let answered = async {
        // A year of days is soon read, and mostly has a screenful. Where it has not, all of them are.
        let year = diary::first_day(visitor.today);
        let since = before.map_or(year, |day: Date| day.checked_sub(1.year()).unwrap_or(day).min(year));
        let mut diary = page.diary(Some(since)).await?;
        if !diary::has_earlier(&diary, before) {
            diary = page.diary(None).await?;
        }
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

impl Page {
    /// What happened since a day, or ever.
    pub(super) async fn diary(&self, since: Option<Date>) -> Result<Diary, Error> {
        match self.ask(Request::Diary { since }).await? {
            Answer::Diary(diary) => Ok(diary),
            _ => Err(unexpected()),
        }
    }
}
