//! The routes of settings, works and the session itself.

use axum::{
    Extension, Router,
    extract::{Path, State},
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};

use super::{Form, Page, Visitor, html, see, unexpected};
use crate::{
    api::{Answer, Error, ExportFormat, Request, SettingRow, WorkForm, WorkRow},
    page::{
        Again,
        settings::{self, NEW_WORK},
    },
};

pub fn routes() -> Router<Page> {
    Router::new()
        .route("/settings", get(look).post(save))
        .route("/works", post(add_work))
        .route("/works/{id}", post(edit_work))
        .route("/works/{id}/remove", post(remove_work))
        .route("/leave", post(leave))
        .route("/leave/all", post(leave_all))
        .route("/book.json", get(|page, visitor| book(page, visitor, ExportFormat::Json)))
        .route("/book.automerge", get(|page, visitor| book(page, visitor, ExportFormat::Automerge)))
}

async fn look(State(page): State<Page>, Extension(visitor): Extension<Visitor>) -> Response {
    let rows = page.settings().await;
    match rows {
        Ok(rows) => page.settings_page(&visitor, &rows, None).await,
        Err(error) => page.fail(&visitor, "/settings", &error),
    }
}

async fn save(
    State(page): State<Page>,
    Extension(visitor): Extension<Visitor>,
    Extension(form): Extension<Form>,
) -> Response {
    let rows = match page.settings().await {
        Ok(rows) => rows,
        Err(error) => return page.fail(&visitor, "/settings", &error),
    };
    let mut typed = rows.clone();
    for row in &mut typed {
        let all: Vec<_> = form.all(&row.key).map(str::trim).collect();
        match (row.key.as_str(), all.as_slice()) {
            ("weekdays", days) if days.len() == 7 => row.value = "all".to_owned(),
            // No box is ticked: never is no choice, and nowhere is one. An empty list would be all days.
            ("weekdays", []) if form.get("daily_at").is_some() => row.value = ",".to_owned(),
            ("networks", ticked) if form.get("dearest").is_some() => {
                row.value = networks(&row.value, form.said("dearest").as_deref(), ticked);
            }
            (_, []) => {}
            (_, all) => row.value = all.join(","),
        }
    }
    let mut wrong = None;
    for (row, _) in typed.iter().zip(&rows).filter(|(new, old)| new.value != old.value) {
        if let Err(error) = page.set(&row.key, &row.value).await {
            wrong = wrong.or(Some(error));
        }
    }
    match wrong {
        None => {
            page.tell(&visitor, "Saved.");
            see("/settings")
        }
        Some(error) => page.settings_page(&visitor, &typed, Some(form.again("/settings", &error))).await,
    }
}

/// The ticked networks, the dearest first. One that was there before and is not ticked any more has gone, also if it
/// still stands as the dearest; one that is new is meant.
fn networks(before: &str, dearest: Option<&str>, ticked: &[&str]) -> String {
    let was_there = |key: &str| before.split(',').any(|one| one == key);
    let dearest = dearest.filter(|key| ticked.contains(key) || !was_there(key));
    let others = ticked.iter().copied().filter(|key| dearest != Some(key));
    dearest.into_iter().chain(others).collect::<Vec<_>>().join(",")
}

fn work_form(form: &Form) -> WorkForm {
    let text = |key| form.get(key).map(|text: &str| text.trim().to_owned());
    WorkForm {
        title: text("title"),
        genre: text("genre"),
        about: text("about"),
        blurb: text("blurb"),
        link: text("link"),
    }
}

async fn add_work(State(page): State<Page>, visitor: Extension<Visitor>, Extension(form): Extension<Form>) -> Response {
    page.write_work(&visitor, NEW_WORK, &form, Request::WorkAdd(work_form(&form))).await
}

async fn edit_work(
    State(page): State<Page>,
    visitor: Extension<Visitor>,
    Path(id): Path<String>,
    Extension(form): Extension<Form>,
) -> Response {
    let of = format!("{NEW_WORK}/{id}");
    page.write_work(&visitor, &of, &form, Request::WorkEdit { name: id, form: work_form(&form) }).await
}

async fn remove_work(State(page): State<Page>, visitor: Extension<Visitor>, Path(id): Path<String>) -> Response {
    page.change(&visitor, Request::WorkRemove { name: id }, "/settings").await
}

/// The whole book, for the author to keep.
async fn book(State(page): State<Page>, Extension(visitor): Extension<Visitor>, format: ExportFormat) -> Response {
    let (kind, name) = match format {
        ExportFormat::Json => ("application/json", "goodword-book.json"),
        ExportFormat::Automerge => ("application/octet-stream", "goodword-book.automerge"),
    };
    page.download(&visitor, Request::BookExport { format }, kind, name).await
}

async fn leave_all(State(page): State<Page>, Extension(visitor): Extension<Visitor>) -> Response {
    match page.ask(Request::PageLeaveAll).await {
        Ok(_) => page.gone(),
        Err(error) => page.fail(&visitor, "/settings", &error),
    }
}

async fn leave(State(page): State<Page>, Extension(visitor): Extension<Visitor>) -> Response {
    match page.ask(Request::PageLeave { session: visitor.session.clone() }).await {
        Ok(_) => page.gone(),
        Err(error) => page.fail(&visitor, "/settings", &error),
    }
}

impl Page {
    /// Takes the cookie away, and says so.
    fn gone(&self) -> Response {
        match HeaderValue::from_str(&self.guard.cookie(None)) {
            Ok(cookie) => ([(header::SET_COOKIE, cookie)], html(settings::left())).into_response(),
            Err(_) => html(settings::left()),
        }
    }

    pub(super) async fn settings(&self) -> Result<Vec<SettingRow>, Error> {
        match self.ask(Request::SettingsList).await? {
            Answer::Settings(rows) => Ok(rows),
            _ => Err(unexpected()),
        }
    }

    /// One setting's value; empty when there is none.
    pub(super) async fn setting(&self, key: &str) -> Result<String, Error> {
        let rows = self.settings().await?;
        Ok(rows.into_iter().find(|row| row.key == key).map(|row| row.value).unwrap_or_default())
    }

    pub(super) async fn set(&self, key: &str, value: &str) -> Result<(), Error> {
        self.ask(Request::SettingsSet { key: key.to_owned(), value: value.to_owned() }).await.map(|_| ())
    }

    /// A change whose answer is another page.
    pub(super) async fn change(&self, visitor: &Visitor, request: Request, then: &str) -> Response {
        self.changed(visitor, request, then).await.unwrap_or_else(|error| self.fail(visitor, then, &error))
    }

    /// The same, where the form comes back with what is wrong.
    pub(super) async fn changed(&self, visitor: &Visitor, request: Request, then: &str) -> Result<Response, Error> {
        match self.ask(request).await? {
            Answer::Said(said) => self.tell(visitor, said.said),
            Answer::Contact(contact) if !contact.remarks.is_empty() => self.tell(visitor, contact.remarks.join(" ")),
            _ => {}
        }
        Ok(see(then))
    }

    pub(super) async fn works(&self) -> Result<Vec<WorkRow>, Error> {
        match self.ask(Request::WorkList).await? {
            Answer::Works(works) => Ok(works),
            _ => Err(unexpected()),
        }
    }

    /// Writes a work; where something is wrong, its form comes back as it was typed.
    async fn write_work(&self, visitor: &Visitor, of: &str, form: &Form, request: Request) -> Response {
        let error = match self.changed(visitor, request, "/settings").await {
            Ok(then) => return then,
            Err(error) => error,
        };
        match self.settings().await {
            Ok(rows) => self.settings_page(visitor, &rows, Some(form.again(of, &error))).await,
            Err(_) => self.fail(visitor, "/settings", &error),
        }
    }

    async fn settings_page(&self, visitor: &Visitor, rows: &[SettingRow], again: Option<Again<'_>>) -> Response {
        let works = self.works().await.unwrap_or_default();
        let body = settings::page(&visitor.form, rows, &works, again);
        self.show_again(visitor, ("Settings", "/settings"), "/settings", body, again)
    }
}

#[cfg(test)]
mod tests {
    use super::networks;

    #[test]
    fn the_dearest_network_comes_first_and_one_that_was_unticked_goes() {
        assert_eq!(networks("bluesky,x", Some("bluesky"), &["bluesky", "x"]), "bluesky,x");
        assert_eq!(networks("bluesky,x", Some("x"), &["bluesky", "x"]), "x,bluesky");
        assert_eq!(networks("bluesky,x", Some("bluesky"), &["x"]), "x");
        assert_eq!(networks("bluesky,x", Some("mastodon"), &["bluesky", "x"]), "mastodon,bluesky,x");
        assert_eq!(networks("bluesky", None, &[]), "");
    }
}
