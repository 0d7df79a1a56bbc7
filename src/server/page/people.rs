//! The routes of people.

use std::collections::BTreeSet;

use axum::{
    Extension, Router,
    extract::{Path, State},
    http::Uri,
    response::Response,
    routing::{get, post},
};

use super::{Form, Page, Visitor, WithStatus, query, see, status, unexpected};
use crate::{
    api::{Answer, AudienceRow, ContactDetail, ContactForm, ContactPage, Error, FeedRow, Request, counted},
    page::{
        people::{self, Filter, WAITING, WHY},
        person,
        person_form::{self, Writing},
        words::encoded,
    },
};

/// As many as the daemon puts on a screen.
const SCREENFUL: usize = 50;

pub fn routes() -> Router<Page> {
    Router::new()
        .route("/people", get(list).post(add))
        .route("/people/new", get(blank))
        .route("/people/why", post(say_why))
        .route("/people/{id}", get(show))
        .route("/people/{id}/edit", get(edit).post(save))
        .route("/people/{id}/{act}", post(act))
}

async fn list(State(page): State<Page>, Extension(visitor): Extension<Visitor>, uri: Uri) -> Response {
    let asked = query(&uri);
    let text = |key| asked.said(key).unwrap_or_default();
    let filter = Filter { search: text("q"), audience: text("audience"), stage: text("stage") };
    let skip = asked.get("from").and_then(|from| from.parse().ok()).unwrap_or_default();
    let request = Request::ContactPage {
        audience: asked.said("audience"),
        stage: filter.stage.parse().ok(),
        search: asked.said("q"),
        waiting: filter.stage == WAITING,
        skip,
    };
    let answered = async {
        let Answer::ContactPage(found) = page.ask(request).await? else { return Err(unexpected()) };
        Ok::<(ContactPage, Vec<AudienceRow>), Error>((found, page.audiences().await?))
    };
    match answered.await {
        Ok((found, audiences)) => {
            let here = filter.address(skip);
            page.show(
                &visitor,
                "People",
                "/people",
                &here,
                people::list(&visitor.form, &filter, &found, &audiences, SCREENFUL, visitor.today),
            )
        }
        Err(error) => page.fail(&visitor, "/people", &error),
    }
}

async fn show(State(page): State<Page>, Extension(visitor): Extension<Visitor>, Path(id): Path<String>) -> Response {
    let answered = async {
        let who = page.person(&id).await?;
        let Answer::Feeds(feeds) = page.ask(Request::FeedsList).await? else { return Err(unexpected()) };
        Ok::<_, Error>((who, feeds))
    };
    match answered.await {
        Ok((who, feeds)) => {
            let theirs: Vec<FeedRow> = feeds.into_iter().filter(|feed| who.row.feeds.contains(&feed.url)).collect();
            let here = format!("/people/{}", encoded(&who.row.id));
            page.show(&visitor, "A person", "/people", &here, person::page(&visitor.form, &who, &theirs, visitor.today))
        }
        Err(error) => page.fail(&visitor, "/people", &error),
    }
}

async fn blank(State(page): State<Page>, Extension(visitor): Extension<Visitor>, uri: Uri) -> Response {
    let audience = match query(&uri).said("audience") {
        Some(id) => {
            let known = page.audiences().await.unwrap_or_default().into_iter().find(|row| row.id == id);
            known.map_or(id, |row| row.name)
        }
        None => String::new(),
    };
    let typed = |key: &str| if key == "audiences" { audience.clone() } else { String::new() };
    page.person_page(&visitor, "/people", Writing::Blank, &typed, None).await
}

async fn edit(State(page): State<Page>, Extension(visitor): Extension<Visitor>, Path(id): Path<String>) -> Response {
    match page.person(&id).await {
        Ok(who) => {
            let action = format!("/people/{}/edit", encoded(&who.row.id));
            page.person_page(&visitor, &action, Writing::Known, &|key| person_form::fields(&who, key), None).await
        }
        Err(error) => page.fail(&visitor, "/people", &error),
    }
}

async fn add(
    State(page): State<Page>,
    Extension(visitor): Extension<Visitor>,
    Extension(form): Extension<Form>,
) -> Response {
    page.write(&visitor, "/people", true, &form, Request::ContactAdd(contact_form(&form, None))).await
}

async fn save(
    State(page): State<Page>,
    Extension(visitor): Extension<Visitor>,
    Path(id): Path<String>,
    Extension(form): Extension<Form>,
) -> Response {
    match page.person(&id).await {
        Ok(who) => {
            let request = Request::ContactEdit { name: who.row.id.clone(), form: contact_form(&form, Some(&who)) };
            page.write(&visitor, &format!("/people/{}/edit", encoded(&who.row.id)), false, &form, request).await
        }
        Err(error) => page.fail(&visitor, "/people", &error),
    }
}

/// The whys that came to mind, each kept as soon as it is right.
async fn say_why(State(page): State<Page>, visitor: Extension<Visitor>, Extension(form): Extension<Form>) -> Response {
    let mut said = 0;
    for (name, why) in form.beginning(WHY) {
        let edit = ContactForm { why: Some(why.to_owned()), ..ContactForm::default() };
        match page.ask(Request::ContactEdit { name: name.to_owned(), form: edit }).await {
            Ok(_) => said += 1,
            Err(error) => return page.fail(&visitor, "/people", &error),
        }
    }
    if said > 0 {
        page.tell(&visitor, format!("Saved for {}.", counted(said, "person", "people")));
    }
    see(&Filter { stage: WAITING.to_owned(), ..Filter::default() }.address(0))
}

/// A form as a request: what was there and is not any more is left or dropped.
fn contact_form(form: &Form, before: Option<&ContactDetail>) -> ContactForm {
    let row = before.map(|who| &who.row);
    // A name with a comma in it, which is there and still stands, is one name.
    let mut standing = BTreeSet::new();
    let mut audiences = form.get("audiences").unwrap_or_default().to_owned();
    for name in row.iter().flat_map(|row| &row.audiences).filter(|name| name.contains(',')) {
        if audiences.contains(name) {
            audiences = audiences.replacen(name, "", 1);
            standing.insert(name.clone());
        }
    }
    let list = |typed: &str, between: &[char]| -> BTreeSet<String> {
        typed.split(between).map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
    };
    let feeds = list(form.get("feeds").unwrap_or_default(), &['\n', ' ']);
    standing.append(&mut list(&audiences, &[',', '\n']));
    let audiences = standing;
    let gone = |had: Option<&Vec<String>>, has: &BTreeSet<String>| -> Vec<String> {
        had.into_iter().flatten().filter(|one| !has.contains(*one)).cloned().collect()
    };
    let typed = |key: &str| form.get(key).map(|text| text.trim().to_owned());
    // Nobody is asked for a why that was never there.
    let why = typed("why").filter(|why| !why.is_empty() || row.is_none_or(|row| !row.why.is_empty()));
    ContactForm {
        address: None,
        name: typed("name"),
        kind: typed("kind").and_then(|word| word.parse().ok()),
        why,
        leave: gone(row.map(|row| &row.audiences), &audiences),
        drop_feeds: gone(row.map(|row| &row.feeds), &feeds),
        audiences: audiences.into_iter().collect(),
        feeds: feeds.into_iter().collect(),
        handles: person_form::HANDLES.iter().filter_map(|key| Some(((*key).to_owned(), typed(key)?))).collect(),
        site: typed("site"),
        email: typed("email"),
        notes: form.text("notes"),
        priority: typed("priority").and_then(|word| word.parse().ok()),
    }
}

async fn act(
    State(page): State<Page>,
    visitor: Extension<Visitor>,
    Path((id, act)): Path<(String, String)>,
    Extension(form): Extension<Form>,
) -> Response {
    let name = id.clone();
    let here = format!("/people/{}", encoded(&id));
    let until = form.said("until").and_then(|day| day.parse().ok());
    let (request, then) = match act.as_str() {
        "mute" => (Request::ContactMute { name, until }, here.as_str()),
        "unmute" => (Request::ContactUnmute { name }, here.as_str()),
        "never" => (Request::ContactNever { name }, here.as_str()),
        "answered" => (Request::ContactAnswered { name }, here.as_str()),
        "pick" => (Request::Pick { name, on: None }, "/"),
        "remove" => (Request::ContactRemove { name }, "/people"),
        _ => return super::nowhere(State(page), visitor).await,
    };
    page.change(&visitor, request, then).await
}

impl Page {
    pub(super) async fn audiences(&self) -> Result<Vec<AudienceRow>, Error> {
        match self.ask(Request::AudienceList).await? {
            Answer::Audiences(rows) => Ok(rows),
            _ => Err(unexpected()),
        }
    }

    /// What can be offered where an audience is typed: what another laptop made absurdly long is left out.
    pub(super) async fn audience_names(&self) -> Vec<String> {
        let all = self.audiences().await.unwrap_or_default().into_iter().map(|row| row.name);
        all.filter(|name| name.len() <= 800).collect()
    }

    pub(super) async fn person_page(
        &self,
        visitor: &Visitor,
        action: &str,
        who: Writing<'_>,
        typed: person_form::Typed<'_>,
        error: Option<&Error>,
    ) -> Response {
        let known = self.audience_names().await;
        let body = person_form::page(&visitor.form, action, who, typed, &known, error);
        let title = if matches!(who, Writing::Known) { "Edit" } else { "Somebody new" };
        self.show(visitor, title, "/people", "", body)
    }

    /// Writes a person; where something is wrong, the form comes back as it was typed.
    async fn write(&self, visitor: &Visitor, action: &str, is_new: bool, form: &Form, request: Request) -> Response {
        match self.ask(request).await {
            Ok(Answer::Contact(who)) => {
                self.tell(visitor, if who.remarks.is_empty() { "Saved.".to_owned() } else { who.remarks.join(" ") });
                see(&format!("/people/{}", encoded(&who.row.id)))
            }
            Ok(_) => see("/people"),
            Err(error) => {
                let typed = |key: &str| form.text(key).unwrap_or_default();
                let who = if is_new { Writing::Blank } else { Writing::Known };
                self.person_page(visitor, action, who, &typed, Some(&error)).await.with_status(status(&error))
            }
        }
    }
}
