//! Today's routes: look, write, open, and the presses.

use super::{Form, Page, Visitor, WithStatus, html, query, see, status, unexpected};
use crate::{
    api::{Answer, ContactDetail, DiaryEntry, DraftAnswer, Error, ErrorKind, Request, State as DayState, Today},
    page::{
        sentence,
        today::{self, View},
        trouble, words,
    },
};
use axum::{
    Extension, Router,
    extract::State,
    http::Uri,
    response::Response,
    routing::{get, post},
};

/// More turns than there are phrasings.
const MAX_TURN: u32 = 10_000;

pub fn routes() -> Router<Page> {
    Router::new()
        .route("/", get(look))
        .route("/draft", get(home).post(reword))
        .route("/count", post(count))
        .route("/open", post(open))
        .route("/done", post(done))
        .route("/another", post(another))
        .route("/later", post(later))
        .route("/skip", post(skip))
        .route("/undo", post(undo))
}

async fn look(State(page): State<Page>, Extension(visitor): Extension<Visitor>, uri: Uri) -> Response {
    let asked = query(&uri);
    page.today(&visitor, asked.said("network"), turn(asked.get("turn")), None, None).await
}

fn turn(text: Option<&str>) -> u32 {
    text.and_then(|text| text.parse().ok()).unwrap_or(0).min(MAX_TURN)
}

/// Another network, other words, or a look at the author's own.
async fn reword(
    State(page): State<Page>,
    Extension(visitor): Extension<Visitor>,
    Extension(form): Extension<Form>,
) -> Response {
    let (network, before) = (form.said("network"), turn(form.get("turn")));
    let text = form.text("text").unwrap_or_default();
    let to = form.said("to").or_else(|| network.clone());
    let ours = page.draft(network, before, None).await.map(|ours| ours.draft.text);
    let is_edited = ours.is_ok_and(|ours| ours.trim() != text.trim());
    if let Some(next) = form.get("turn-to") {
        // Other words were asked for in the place of these.
        return see(&today::address(to.as_deref().unwrap_or_default(), turn(Some(next))));
    }
    if !is_edited {
        return see(&today::address(to.as_deref().unwrap_or_default(), before));
    }
    page.today(&visitor, to, before, Some(text), None).await
}

/// How long a text is, while it is typed.
async fn count(State(page): State<Page>, Extension(form): Extension<Form>) -> Response {
    match page.draft(form.said("network"), turn(form.get("turn")), form.text("text")).await {
        Ok(answer) => html(today::count(&answer)),
        Err(error) => html(trouble(&error)).with_status(status(&error)),
    }
}

/// The network with the text filled in, in a window of its own.
async fn open(
    State(page): State<Page>,
    Extension(visitor): Extension<Visitor>,
    Extension(form): Extension<Form>,
) -> Response {
    if let Err(error) = page.same_person(&form).await {
        return page.fail(&visitor, "/", &error);
    }
    let drafted = page.draft(form.said("network"), turn(form.get("turn")), form.text("text")).await;
    let opened = match drafted {
        Ok(answer) => match answer.draft.share_url.filter(|url| is_web_or_mail(url)) {
            Some(url) => page.ask(Request::Opened).await.map(|_| (url, answer.draft.network)),
            None => Err(Error::new(
                ErrorKind::Nothing,
                format!("{} takes no text from outside", words::network(&answer.draft.network)),
            )
            .hint("copy the text and paste it there")),
        },
        Err(error) => Err(error),
    };
    match opened {
        Ok((url, network)) => html(today::leaving(&url, &network)),
        Err(error) => page.fail(&visitor, "/", &error),
    }
}

/// Whether an entry is today's shout-out.
fn went_out(today: &Today, entry: &DiaryEntry) -> bool {
    let is_theirs = today.contact.as_ref().is_some_and(|contact| contact.id == entry.contact.id);
    entry.state == DayState::Done && entry.date == today.date && is_theirs
}

fn is_web_or_mail(url: &str) -> bool {
    url::Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https" | "mailto"))
}

async fn done(
    State(page): State<Page>,
    Extension(visitor): Extension<Visitor>,
    Extension(form): Extension<Form>,
) -> Response {
    let request = Request::Done {
        name: form.said("person"),
        network: form.said("network"),
        item: None,
        url: None,
        text: form.text("text").filter(|text| !text.trim().is_empty()),
    };
    match page.ask(request).await {
        Ok(_) => see("/"),
        Err(error) if error.kind == ErrorKind::Nothing => page.tell_and_see(&visitor, &error),
        Err(error) => {
            page.today(&visitor, form.said("network"), turn(form.get("turn")), form.text("text"), Some(&error)).await
        }
    }
}

async fn home() -> Response {
    see("/")
}

async fn another(State(page): State<Page>, visitor: Extension<Visitor>, Extension(form): Extension<Form>) -> Response {
    page.press(&visitor, &form, Request::Another { why_not: None }).await
}

async fn later(State(page): State<Page>, visitor: Extension<Visitor>, Extension(form): Extension<Form>) -> Response {
    page.press(&visitor, &form, Request::Later { when: form.said("when") }).await
}

async fn skip(State(page): State<Page>, visitor: Extension<Visitor>, Extension(form): Extension<Form>) -> Response {
    page.press(&visitor, &form, Request::Skip).await
}

async fn undo(State(page): State<Page>, Extension(visitor): Extension<Visitor>) -> Response {
    match page.ask(Request::Undo).await {
        Ok(Answer::Today(today)) => {
            page.tell(&visitor, today.remarks.join(" "));
            see("/")
        }
        Ok(_) => see("/"),
        Err(error) => page.tell_and_see(&visitor, &error),
    }
}

impl Page {
    async fn draft(&self, network: Option<String>, turn: u32, text: Option<String>) -> Result<DraftAnswer, Error> {
        match self.ask(Request::Draft { network, turn, text }).await? {
            Answer::Draft(answer) => Ok(answer),
            _ => Err(unexpected()),
        }
    }

    pub(super) async fn person(&self, id: &str) -> Result<ContactDetail, Error> {
        match self.ask(Request::ContactShow { name: id.to_owned() }).await? {
            Answer::Contact(contact) => Ok(contact),
            _ => Err(unexpected()),
        }
    }

    async fn day(&self) -> Result<Today, Error> {
        match self.ask(Request::Today).await? {
            Answer::Today(today) => Ok(today),
            _ => Err(unexpected()),
        }
    }

    /// A press means the person who was on the screen when it was made.
    async fn same_person(&self, form: &Form) -> Result<(), Error> {
        let today = self.day().await?;
        if today.contact.map(|contact| contact.id) == form.said("person") {
            return Ok(());
        }
        Err(Error::new(ErrorKind::Nothing, "Today's person changed before your press arrived, so nothing was done."))
    }

    pub(super) fn tell_and_see(&self, visitor: &Visitor, error: &Error) -> Response {
        self.tell(visitor, sentence(&error.message));
        see("/")
    }

    /// A press about today's person, if it still is the one who was on the screen.
    async fn press(&self, visitor: &Visitor, form: &Form, request: Request) -> Response {
        let pressed = match self.same_person(form).await {
            Ok(()) => self.ask(request).await,
            Err(error) => Err(error),
        };
        match pressed {
            Ok(_) => see("/"),
            Err(error) => self.tell_and_see(visitor, &error),
        }
    }

    async fn today(
        &self,
        visitor: &Visitor,
        network: Option<String>,
        turn: u32,
        text: Option<String>,
        error: Option<&Error>,
    ) -> Response {
        match self.view(visitor, network, turn, text, error).await {
            Ok(response) => response,
            Err(error) => self.fail(visitor, "/", &error),
        }
    }

    async fn view(
        &self,
        visitor: &Visitor,
        network: Option<String>,
        turn: u32,
        text: Option<String>,
        error: Option<&Error>,
    ) -> Result<Response, Error> {
        let today = self.day().await?;
        let is_edited = text.is_some();
        let (mut person, mut draft) = (None, None);
        if let Some(contact) = &today.contact {
            person = Some(self.person(&contact.id).await?);
            draft = match self.draft(network, turn, text).await {
                // An address that somebody wrote may name a network that is none.
                Err(_) if !is_edited => self.draft(None, 0, None).await.ok(),
                drafted => Some(drafted?),
            };
        }
        let diary = self.diary(Some(today.date)).await?;
        let went_out =
            diary.entries.iter().find(|entry| went_out(&today, entry)).and_then(|entry| entry.text.as_deref());
        let networks = self.setting("networks").await?;
        let networks: Vec<String> = networks.split(',').filter(|key| !key.is_empty()).map(str::to_owned).collect();
        let here = draft.as_ref().map_or_else(|| "/".to_owned(), |draft| today::address(&draft.draft.network, turn));
        let view = View {
            form: &visitor.form,
            today: &today,
            person: person.as_ref(),
            draft: draft.as_ref(),
            went_out,
            networks: &networks,
            turn,
            is_edited,
            error,
            zone: &visitor.zone,
            can_undo: diary.entries.iter().any(|entry| entry.date == today.date && entry.state != DayState::Shown),
            ledger: &diary.ledger,
            is_empty: visitor.is_empty,
        };
        let shown = self.show(visitor, "Today", "/", &here, today::page(&view));
        Ok(match error {
            Some(error) => shown.with_status(status(error)),
            None => shown,
        })
    }
}
