//! The demo: a whole day with a sample author, in a temporary home, with feeds over real loopback HTTP. Everything but
//! the sample is the real thing: the same daemon, the same requests, the same notification.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use axum::{Router, extract::Path, http::header, response::IntoResponse, routing::get};
use jiff::{Timestamp, ToSpan};
use serde::Deserialize;
use tokio::{net::TcpListener, sync::mpsc};

use super::{effects, home::Home, once};
use crate::{
    api::{Answer, ContactForm, Error, Progress, Request, Today, WorkForm},
    domain::{Kind, Priority},
    platform::{Folders, Note},
    server::Handle,
};

/// What the demo tells on its way.
#[derive(Debug)]
pub enum Told {
    Line(String),
    Today(Box<Today>),
    /// What the desktop would have shown, where there is none.
    Note(Note),
}

/// How long the demo waits for a notification server before it says that there is none.
const DESKTOP_LIMIT: Duration = Duration::from_secs(3);

const SAMPLE: &str = include_str!("../../config/demo.toml");

#[derive(Clone, Deserialize)]
struct Sample {
    author: BTreeMap<String, String>,
    work: WorkForm,
    audience: Vec<SampleAudience>,
    contact: Vec<SampleContact>,
}

#[derive(Clone, Deserialize)]
struct SampleAudience {
    name: String,
    bridge: String,
    hashtags: Vec<String>,
}

#[derive(Clone, Deserialize)]
struct SampleContact {
    name: String,
    #[serde(default)]
    kind: Kind,
    #[serde(default)]
    priority: Priority,
    why: String,
    audience: String,
    bluesky: Option<String>,
    mastodon: Option<String>,
    format: String,
    item: Vec<SampleItem>,
}

#[derive(Clone, Deserialize)]
struct SampleItem {
    title: String,
    text: String,
    /// A recording: what makes the item an episode.
    audio: Option<String>,
    /// Hours before the demo starts.
    age: i64,
}

/// Runs the demo: the day once, or the daemon until Ctrl-C.
pub fn run(only_once: bool, tell: impl FnMut(Told)) -> Result<(), Error> {
    let sample: Sample = toml::from_str(SAMPLE).map_err(|error| Error::failed(error.to_string()))?;
    let scratch = tempfile::Builder::new().prefix("goodword-demo-").tempdir();
    let scratch = scratch.map_err(|error| Error::failed(format!("there is no room for a temporary home: {error}")))?;
    let folders = Folders::under(scratch.path()).map_err(|error| Error::failed(error.to_string()))?;
    once::runtime()?.block_on(play(sample, folders, only_once, tell))
}

async fn play(sample: Sample, folders: Folders, only_once: bool, mut tell: impl FnMut(Told)) -> Result<(), Error> {
    let failed = |error: std::io::Error| Error::failed(format!("the demo's feeds could not be served: {error}"));
    let listener = TcpListener::bind("127.0.0.1:0").await.map_err(failed)?;
    let here = format!("http://{}", listener.local_addr().map_err(failed)?);
    let feeds = tokio::spawn(axum::serve(listener, router(&sample, &here, Timestamp::now())).into_future());
    let mut home = Home::open(&folders, once::LOCK_WAIT)?;
    let author = sample.author.get("name").map_or("", String::as_str);
    let (title, genre) = (sample.work.title.as_deref(), sample.work.genre.as_deref());
    tell(Told::Line(format!(
        "Meet {author}, author of \"{}\" ({}). None of this is kept.",
        title.unwrap_or_default(),
        genre.unwrap_or_default()
    )));
    for request in requests(&sample, &here) {
        home.ask(request, |_| {}).await?;
    }
    for audience in &sample.audience {
        let people: Vec<_> = sample.contact.iter().filter(|contact| contact.audience == audience.name).collect();
        let names: Vec<_> = people.iter().map(|contact| contact.name.as_str()).collect();
        tell(Told::Line(format!("  {}: {}. ({})", audience.name, audience.bridge, names.join(", "))));
    }
    tell(Told::Line(format!("Reading what they did lately, at {here} ..")));
    if only_once {
        let Answer::Today(today) = home.ask(Request::Today, |_| {}).await? else {
            return Err(Error::failed("the day has no answer"));
        };
        tell(Told::Today(Box::new(today)));
        tell(Told::Line("That was a day. Yours begins with: goodword init".to_owned()));
    } else {
        let (handle, asked) = Handle::new();
        let daemon = super::run(home, asked, handle.clone());
        tokio::pin!(daemon);
        tokio::select! {
            ran = &mut daemon => ran.map_err(|error| Error::failed(format!("the socket: {error}")))?,
            narrated = narrate(&handle, &mut tell) => narrated?,
        }
    }
    feeds.abort();
    Ok(())
}

/// Tells the day as it goes, until the daemon stops.
async fn narrate(handle: &Handle, tell: &mut impl FnMut(Told)) -> Result<(), Error> {
    let ask = async |request| {
        let (progress, _) = mpsc::channel::<Progress>(1);
        handle.ask(request, progress).await
    };
    let mut changes = handle.changes();
    let Answer::Today(today) = ask(Request::Today).await? else {
        return Err(Error::failed("the day has no answer"));
    };
    tell(Told::Today(Box::new(today.clone())));
    // The desktop answers within its own time limit, or it is not there.
    let looked = tokio::time::timeout(DESKTOP_LIMIT, async {
        loop {
            let Ok(Answer::Status(status)) = ask(Request::Status).await else { return None };
            if let Some(server) = status.desktop.server {
                return Some(server);
            }
            if changes.changed().await.is_err() {
                return None;
            }
        }
    });
    match looked.await.ok().flatten() {
        Some(server) => {
            tell(Told::Line(format!("The notification is on your desktop now ({server}). Press one of its buttons.")))
        }
        None => {
            tell(Told::Line("There is no desktop here. On one, this would be in the corner of the screen:".to_owned()));
            tell(Told::Note(effects::question(today)));
        }
    }
    if let Ok(Answer::Page(page)) = ask(Request::PageOpen).await {
        tell(Told::Line(format!("The page, in your browser: {}", page.url)));
    }
    tell(Told::Line("Ctrl-C stops the demo, and nothing of it stays.".to_owned()));
    let mut last = None;
    while changes.changed().await.is_ok() {
        let Answer::Today(today) = ask(Request::Today).await? else { continue };
        let now = (today.state, today.contact.clone());
        if last.replace(now.clone()).is_some_and(|last| last != now) {
            tell(Told::Today(Box::new(today)));
        }
    }
    Ok(())
}

/// What the sample author would type.
fn requests(sample: &Sample, here: &str) -> Vec<Request> {
    let mut requests = vec![Request::SettingsSet { key: "daily_at".to_owned(), value: "00:00".to_owned() }];
    let settings =
        sample.author.iter().map(|(key, value)| Request::SettingsSet { key: key.clone(), value: value.clone() });
    requests.extend(settings);
    requests.push(Request::WorkAdd(sample.work.clone()));
    for audience in &sample.audience {
        let SampleAudience { name, bridge, hashtags } = audience.clone();
        requests.push(Request::AudienceAdd { name, via: sample.work.title.clone(), bridge: Some(bridge), hashtags });
    }
    for (number, contact) in sample.contact.iter().enumerate() {
        let handles = [("bluesky", &contact.bluesky), ("mastodon", &contact.mastodon)];
        let handles = handles.into_iter().filter_map(|(network, handle)| Some((network.to_owned(), handle.clone()?)));
        requests.push(Request::ContactAdd(ContactForm {
            name: Some(contact.name.clone()),
            kind: Some(contact.kind),
            priority: Some(contact.priority),
            why: Some(contact.why.clone()),
            audiences: vec![contact.audience.clone()],
            feeds: vec![format!("{here}/{number}/feed")],
            handles: handles.collect(),
            ..ContactForm::default()
        }));
    }
    requests
}

/// The demo's server: a feed for each person, and a page for each item.
fn router(sample: &Sample, here: &str, now: Timestamp) -> Router {
    let (sample, here) = (Arc::new(sample.clone()), here.to_owned());
    let pages = Arc::clone(&sample);
    let feed = move |Path(number): Path<usize>| {
        let answer = sample.contact.get(number).map(|contact| feed(contact, &format!("{here}/{number}"), now));
        async move { answer.ok_or(axum::http::StatusCode::NOT_FOUND) }
    };
    let item = move |Path((number, item)): Path<(usize, usize)>| {
        let found = pages.contact.get(number).and_then(|contact| contact.item.get(item));
        let page = found.map(|item| {
            let (title, text) = (escape(&item.title), escape(&item.text));
            let html =
                format!("<!doctype html><meta charset=utf-8><title>{title}</title><h1>{title}</h1><p>{text}</p>");
            ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], html)
        });
        async move { page.ok_or(axum::http::StatusCode::NOT_FOUND) }
    };
    Router::new().route("/{number}/feed", get(feed)).route("/{number}/{item}", get(item))
}

fn feed(contact: &SampleContact, base: &str, now: Timestamp) -> impl IntoResponse + use<> {
    let name = escape(&contact.name);
    let items = contact.item.iter().enumerate().map(|(number, item)| {
        let published = now.checked_sub(item.age.hours()).unwrap_or(now);
        (format!("{base}/{number}"), item, published)
    });
    let (kind, body) = match contact.format.as_str() {
        "atom" => {
            let entries = items.map(|(url, item, at)| {
                let (title, text) = (escape(&item.title), escape(&item.text));
                format!("<entry><title>{title}</title><link href=\"{url}\"/><id>{url}</id><updated>{at}</updated><published>{at}</published><summary>{text}</summary></entry>")
            });
            let entries: String = entries.collect();
            let feed = format!(
                "<?xml version=\"1.0\" encoding=\"utf-8\"?><feed xmlns=\"http://www.w3.org/2005/Atom\"><title>{name}</title><id>{base}</id><updated>{now}</updated>{entries}</feed>"
            );
            ("application/atom+xml", feed)
        }
        "json" => {
            let items: Vec<_> = items
                .map(|(url, item, at)| {
                    serde_json::json!({ "id": url, "url": url, "title": item.title, "content_text": item.text, "date_published": at })
                })
                .collect();
            let feed = serde_json::json!({ "version": "https://jsonfeed.org/version/1.1", "title": contact.name, "items": items });
            ("application/feed+json", feed.to_string())
        }
        _ => {
            let items = items.map(|(url, item, at)| {
                let (title, text) = (escape(&item.title), escape(&item.text));
                let date = at.strftime("%a, %d %b %Y %H:%M:%S +0000");
                // As real sites do: with the parameters that goodword takes off again.
                let audio = item.audio.as_ref().map(|file| format!("<enclosure url=\"{base}/{file}\" type=\"audio/mpeg\" length=\"1\"/>"));
                let audio = audio.unwrap_or_default();
                format!("<item><title>{title}</title><link>{url}?utm_source=rss</link><guid>{url}</guid><pubDate>{date}</pubDate><description>{text}</description>{audio}</item>")
            });
            let items: String = items.collect();
            let feed = format!(
                "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>{name}</title><link>{base}</link><description>{name}</description>{items}</channel></rss>"
            );
            ("application/rss+xml", feed)
        }
    };
    ([(header::CONTENT_TYPE, kind)], body)
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
