//! A server that gives answers written by hand, and remembers what it was asked.

use std::{
    collections::BTreeMap,
    io::{Read, Write},
    net::TcpListener,
    sync::{Arc, Mutex},
    thread,
};

use serde_json::Value;

/// What it answers at a path: with its query, or else without.
#[derive(Clone, Default)]
pub struct Said {
    pub status: u16,
    pub body: Value,
    /// Where the list goes on.
    pub next: Option<String>,
}

pub struct Answers {
    /// `127.0.0.1:PORT`.
    pub host: String,
    said: Arc<Mutex<BTreeMap<String, Said>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Answers {
    pub fn start() -> Answers {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let host = listener.local_addr().unwrap().to_string();
        let (said, asked) = (Arc::<Mutex<BTreeMap<String, Said>>>::default(), Arc::<Mutex<Vec<String>>>::default());
        let (known, heard) = (Arc::clone(&said), Arc::clone(&asked));
        thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let mut request = [0; 16 << 10];
                let read = stream.read(&mut request).unwrap_or_default();
                let request = String::from_utf8_lossy(&request[..read]).into_owned();
                let target = request.split(' ').nth(1).unwrap_or_default().to_owned();
                let path = target.split('?').next().unwrap_or_default();
                let said = known.lock().unwrap();
                let said = said.get(&target).or_else(|| said.get(path)).cloned();
                let Said { status, body, next } = said.unwrap_or(Said { status: 404, ..Said::default() });
                heard.lock().unwrap().push(target);
                let (body, link) = (body.to_string(), next.map(|next| format!("Link: <{next}>; rel=\"next\"\r\n")));
                let head = format!(
                    "Content-Type: application/json\r\nConnection: close\r\nContent-Length: {}\r\n",
                    body.len()
                );
                _ = write!(stream, "HTTP/1.1 {status} x\r\n{head}{}\r\n{body}", link.unwrap_or_default());
            }
        });
        Answers { host, said, asked }
    }

    pub fn says(&self, path: &str, body: Value) {
        self.put(path, Said { status: 200, body, next: None });
    }

    pub fn put(&self, path: &str, said: Said) {
        self.said.lock().unwrap().insert(path.to_owned(), said);
    }

    /// What it was asked since this was called last.
    pub fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }

    /// Who somebody on this server is, as WebFinger and the look-up of accounts tell.
    pub fn has_account(&self, user: &str, id: &str) -> Value {
        let (host, url) = (&self.host, format!("http://{}/@{user}", self.host));
        let link = serde_json::json!({"rel": "self", "type": "application/activity+json", "href": url});
        let finger = serde_json::json!({"subject": format!("acct:{user}@{host}"), "links": [link]});
        let account =
            serde_json::json!({"id": id, "username": user, "acct": user, "url": url, "note": "", "fields": []});
        self.says(&format!("/.well-known/webfinger?resource=acct%3A{user}%40{}", host.replace(':', "%3A")), finger);
        self.says(&format!("/api/v1/accounts/lookup?acct={user}"), account.clone());
        account
    }
}
