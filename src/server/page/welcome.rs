//! The first run: the requests of `init`, one after the other, each kept as soon as it is right.

use axum::{Extension, Router, extract::State, response::Response, routing::get};

use super::{Form, Page, Visitor, WithStatus, see, status};
use crate::{
    api::{Answer, ContactForm, Error, Request, WorkForm},
    page::welcome,
};

pub fn routes() -> Router<Page> {
    Router::new().route("/welcome", get(look).post(begin))
}

async fn look(State(page): State<Page>, Extension(visitor): Extension<Visitor>) -> Response {
    let name = page.setting("name").await.unwrap_or_default();
    let mastodon = page.setting("mastodon").await.unwrap_or_default();
    let posts_on = page.setting("networks").await.unwrap_or_default();
    let posts_on: Vec<_> = posts_on.split(',').map(str::to_owned).collect();
    let typed = |key: &str| match key {
        "name" => name.clone(),
        "mastodon" => mastodon.clone(),
        _ => String::new(),
    };
    page.show(&visitor, "Welcome", "/", "", welcome::page(&visitor.form, &typed, &posts_on, None))
}

async fn begin(
    State(page): State<Page>,
    Extension(visitor): Extension<Visitor>,
    Extension(form): Extension<Form>,
) -> Response {
    match page.begin(&form).await {
        Ok(remarks) => {
            if !remarks.is_empty() {
                page.tell(&visitor, remarks.join(" "));
            }
            see("/")
        }
        Err(error) => {
            let typed = |key: &str| form.get(key).unwrap_or_default().to_owned();
            let posts_on: Vec<_> = form.all("networks").map(str::to_owned).collect();
            let body = welcome::page(&visitor.form, &typed, &posts_on, Some(&error));
            page.show(&visitor, "Welcome", "/", "", body).with_status(status(&error))
        }
    }
}

impl Page {
    async fn begin(&self, form: &Form) -> Result<Vec<String>, Error> {
        if let Some(name) = form.said("name") {
            self.set("name", &name).await?;
        }
        let networks: Vec<_> = form.all("networks").collect();
        if !networks.is_empty() {
            self.set("networks", &networks.join(",")).await?;
        }
        if let Some(handle) = form.said("mastodon") {
            self.set("mastodon", &handle).await?;
        }
        if let Some(title) = form.said("title") {
            let works = self.ask(Request::WorkList).await?;
            let known = matches!(works, Answer::Works(works) if works.iter().any(|work| work.title == title));
            let work = WorkForm { title: Some(title.clone()), genre: form.said("genre"), ..WorkForm::default() };
            self.ask(if known { Request::WorkEdit { name: title, form: work } } else { Request::WorkAdd(work) })
                .await?;
        } else if form.said("genre").is_some() {
            return Err(Error::usage("A genre is the genre of something: give what you write a title."));
        }
        let person = ContactForm {
            name: Some(form.said("person").unwrap_or_default()),
            why: form.said("why"),
            audiences: form.said("audience").into_iter().collect(),
            site: form.said("site"),
            ..ContactForm::default()
        };
        match self.ask(Request::ContactAdd(person)).await? {
            Answer::Contact(contact) => Ok(contact.remarks),
            _ => Ok(Vec::new()),
        }
    }
}
