//! The routes by which people come in from a file or a list that anybody can see, and go out into a file. What came in
//! waits until the author has seen what would happen, and then for their word; it is kept in memory, one at a time.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{
    Extension, Router,
    extract::{Path, State},
    response::Response,
    routing::{get, post},
};
use base64::{Engine, prelude::BASE64_STANDARD};

use super::{Form, Page, Visitor, WithStatus, nowhere, see, status, unexpected};
use crate::{
    api::{Answer, Error, Imported, PeopleFormat, Request, SettingRow},
    page::{import, words},
};

/// Where a file comes in, the only place where a form may hold one.
pub const UPLOAD: &str = "/people/import";
/// The most bytes of such a form: what the daemon takes of a file, and the fields beside it.
pub const MAX_UPLOAD: usize = (32 << 20) + (64 << 10);
/// How long a file waits.
const PATIENCE: Duration = Duration::from_secs(15 * 60);

/// A file that waits for the author's word.
#[derive(Debug)]
struct Waiting {
    /// What names it in an address; of no use to anybody else.
    id: String,
    session: String,
    file: String,
    /// Taking it in, for good.
    request: Request,
    would: Imported,
}

/// The file that came in last, if it still waits. The next one takes its place: at most one is in memory.
#[derive(Debug, Default)]
pub struct Desk(Mutex<Option<Arc<Waiting>>>);

impl Desk {
    fn put(&self, waiting: Waiting) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(waiting));
    }

    /// The session's own file of this id.
    fn find(&self, visitor: &Visitor, id: &str) -> Option<Arc<Waiting>> {
        let desk = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        desk.clone().filter(|waiting| waiting.id == id && waiting.session == visitor.session)
    }

    fn clear(&self, id: &str) {
        let mut desk = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if desk.as_ref().is_some_and(|waiting| waiting.id == id) {
            *desk = None;
        }
    }
}

pub fn routes() -> Router<Page> {
    Router::new()
        .route(UPLOAD, get(look).post(read))
        .route("/people/import/do", post(take))
        .route("/people/import/{id}", get(show))
        .route("/people/export/{format}", get(export))
}

async fn look(State(page): State<Page>, Extension(visitor): Extension<Visitor>) -> Response {
    page.import_page(&visitor, None).await
}

async fn read(
    State(page): State<Page>,
    Extension(visitor): Extension<Visitor>,
    Extension(form): Extension<Form>,
) -> Response {
    match page.dry_run(&visitor, form).await {
        Ok(id) => see(&format!("{UPLOAD}/{id}")),
        Err(error) => page.import_page(&visitor, Some(&error)).await.with_status(status(&error)),
    }
}

async fn show(State(page): State<Page>, Extension(visitor): Extension<Visitor>, Path(id): Path<String>) -> Response {
    match page.desk.find(&visitor, &id) {
        Some(waiting) => {
            let body = import::dry_run(&visitor.form, &waiting.file, &id, &waiting.would);
            page.show(&visitor, "Bring people along", "/people", "", body)
        }
        None => page.not_waiting(&visitor),
    }
}

async fn take(
    State(page): State<Page>,
    Extension(visitor): Extension<Visitor>,
    Extension(form): Extension<Form>,
) -> Response {
    let id = form.said("pending").unwrap_or_default();
    let Some(waiting) = page.desk.find(&visitor, &id) else { return page.not_waiting(&visitor) };
    match page.ask(waiting.request.clone()).await {
        Ok(Answer::Imported(did)) => {
            page.desk.clear(&id);
            page.tell(&visitor, import::done(&did));
            // Who came without a word on why waits for one.
            see(if did.added > 0 { "/people?stage=waiting" } else { "/people" })
        }
        Ok(_) => page.fail(&visitor, "/people", &unexpected()),
        // The file still waits: nothing was taken.
        Err(error) => page.fail(&visitor, "/people", &error),
    }
}

async fn export(State(page): State<Page>, visitor: Extension<Visitor>, Path(format): Path<String>) -> Response {
    let Ok(format) = format.parse::<PeopleFormat>() else { return nowhere(State(page), visitor).await };
    let (kind, name) = match format {
        PeopleFormat::Csv => ("text/csv; charset=utf-8", "goodword-people.csv"),
        PeopleFormat::Json => ("application/json", "goodword-people.json"),
        PeopleFormat::Opml => ("text/x-opml; charset=utf-8", "goodword-feeds.opml"),
        PeopleFormat::Vcard => ("text/vcard; charset=utf-8", "goodword-people.vcf"),
        PeopleFormat::Mastodon => ("text/csv; charset=utf-8", "goodword-mastodon.csv"),
        PeopleFormat::Markdown => ("text/markdown; charset=utf-8", "goodword-diary.md"),
    };
    page.download(&visitor, Request::ContactExport { format }, kind, name).await
}

impl Page {
    async fn import_page(&self, visitor: &Visitor, error: Option<&Error>) -> Response {
        let (known, own) = (self.audience_names().await, self.own_handles().await);
        self.show(visitor, "Bring people along", "/people", "", import::page(&visitor.form, &known, &own, error))
    }

    /// The author's own handles where anybody can see whom they follow, as an address.
    async fn own_handles(&self) -> Vec<String> {
        let rows = self.settings().await.unwrap_or_default();
        let is_open = |row: &SettingRow| ["bluesky", "mastodon"].contains(&row.key.as_str()) && !row.value.is_empty();
        let open = rows.into_iter().filter(is_open);
        open.map(|row| format!("@{}", row.value.trim_start_matches('@'))).collect()
    }

    /// Looks at a file, and puts it on the desk; gives its id there.
    async fn dry_run(&self, visitor: &Visitor, form: Form) -> Result<String, Error> {
        let (audience, format) = (form.said("audience"), form.said("format"));
        let format = format.map(|word| word.parse().map_err(Error::usage)).transpose()?;
        let from = form.said("from");
        let file = form.file.filter(|file| !file.bytes.is_empty());
        let name = match (&file, &from) {
            (Some(file), None) => words::clean(&file.name, 120),
            (None, Some(from)) => from.clone(),
            (Some(_), Some(_)) => return Err(Error::usage("A file or a handle: one at a time, please.")),
            (None, None) => {
                return Err(Error::usage("No file came along, or an empty one: choose one, or say whom you follow."));
            }
        };
        let request = |dry_run| match &file {
            Some(file) => Request::ContactImport {
                bytes: BASE64_STANDARD.encode(&file.bytes),
                file: Some(name.clone()).filter(|name| !name.is_empty()),
                format,
                audience: audience.clone(),
                dry_run,
            },
            None => Request::ContactImportFrom { address: name.clone(), audience: audience.clone(), dry_run },
        };
        let Answer::Imported(would) = self.ask(request(true)).await? else { return Err(unexpected()) };
        let id = uuid::Uuid::new_v4().simple().to_string();
        let (session, request) = (visitor.session.clone(), request(false));
        self.desk.put(Waiting { id: id.clone(), session, file: name, request, would });
        let (desk, mine) = (Arc::clone(&self.desk), id.clone());
        tokio::spawn(async move {
            tokio::time::sleep(PATIENCE).await;
            desk.clear(&mine);
        });
        Ok(id)
    }

    fn not_waiting(&self, visitor: &Visitor) -> Response {
        self.tell(visitor, "That file is not kept any more: choose it again. Nothing was changed.");
        see(UPLOAD)
    }
}
