//! Bluesky in a test: its own servers live, or what they answered when they were.
//!
//! A story that a test tells runs against both. Live, its acts are done in a network of our own, and a server between
//! goodword and the AppView writes down every answer; with `GOODWORD_RECORD` set that becomes the file under
//! `tests/data/bluesky`. Recorded, the same server says again what it heard at that point of the story, with the clock
//! moved to now.

#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "each test uses a part")]

use std::{
    collections::BTreeMap,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    path::PathBuf,
    sync::{Arc, Mutex},
    thread,
};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::atproto::Atproto;

/// Everything that was answered between two acts.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Step {
    /// What the acts before it gave: addresses of posts and lists.
    acts: Vec<Value>,
    /// From question to status and answer.
    answers: BTreeMap<String, (u16, Value)>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Recording {
    at: Option<Timestamp>,
    steps: Vec<Step>,
}

#[derive(Debug, Default)]
struct Stage {
    recording: Recording,
    step: usize,
    asked: usize,
}

pub struct Bluesky {
    /// Where it answers: `endpoints.bluesky_api`.
    pub base: String,
    stage: Arc<Mutex<Stage>>,
    network: Option<Atproto>,
    file: PathBuf,
}

impl Bluesky {
    /// The real servers; nothing where they are not installed.
    pub fn live(name: &str) -> Option<Bluesky> {
        let network = Atproto::start()?;
        let appview = network.appview.trim_start_matches("http://").trim_end_matches('/').to_owned();
        let now = Some(Timestamp::now());
        let recording = Recording { at: now, steps: Vec::new() };
        Some(Bluesky::serve(name, recording, Some(network), move |stage, question, target| {
            let answer = forward(&appview, target);
            let step = stage.lock().unwrap().step;
            stage.lock().unwrap().recording.steps[step].answers.insert(question, answer.clone());
            Some(answer)
        }))
    }

    /// What they answered.
    pub fn recorded(name: &str) -> Bluesky {
        let text = std::fs::read_to_string(file(name)).unwrap();
        let mut recording: Recording = serde_json::from_str(&text).unwrap();
        let since = Timestamp::now().duration_since(recording.at.unwrap());
        let answers = recording.steps.iter_mut().flat_map(|step| step.answers.values_mut());
        answers.for_each(|(_, body)| move_clock(body, since));
        Bluesky::serve(name, recording, None, |stage, question, _| {
            let stage = stage.lock().unwrap();
            stage.recording.steps[stage.step].answers.get(&question).cloned()
        })
    }

    fn serve(
        name: &str,
        recording: Recording,
        network: Option<Atproto>,
        say: impl Fn(&Mutex<Stage>, String, &str) -> Option<(u16, Value)> + Send + 'static,
    ) -> Bluesky {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let stage = Arc::new(Mutex::new(Stage { recording, ..Stage::default() }));
        let heard = Arc::clone(&stage);
        thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let mut request = [0; 16 << 10];
                let read = stream.read(&mut request).unwrap_or_default();
                let request = String::from_utf8_lossy(&request[..read]).into_owned();
                let target = request.split(' ').nth(1).unwrap_or_default();
                heard.lock().unwrap().asked += 1;
                let unheard = || (500, json!({"error": "NotRecorded", "message": target}));
                let (status, body) = say(&heard, question(target), target).unwrap_or_else(unheard);
                let body = body.to_string();
                let head = "Content-Type: application/json\r\nConnection: close\r\nContent-Length:";
                _ = write!(stream, "HTTP/1.1 {status} x\r\n{head} {}\r\n\r\n{body}", body.len());
            }
        });
        Bluesky { base, stage, network, file: file(name) }
    }

    /// Goes on with the story; gives what each act gave.
    pub fn then(&mut self, acts: &[Value]) -> Vec<Value> {
        if let Some(network) = &mut self.network {
            let gave: Vec<Value> = acts.iter().map(|act| network.act(act.clone())).collect();
            network.act(json!({"act": "settle"}));
            let mut stage = self.stage.lock().unwrap();
            stage.recording.steps.push(Step { acts: gave.clone(), ..Step::default() });
            stage.step = stage.recording.steps.len() - 1;
            return gave;
        }
        let mut stage = self.stage.lock().unwrap();
        let is_first = stage.step == 0 && stage.asked == 0;
        stage.step += usize::from(!is_first);
        stage.recording.steps[stage.step].acts.clone()
    }

    /// How often it was asked so far.
    pub fn asked(&self) -> usize {
        self.stage.lock().unwrap().asked
    }

    /// The end of the story.
    pub fn end(self) {
        if self.network.is_some() && std::env::var_os("GOODWORD_RECORD").is_some() {
            let recording = self.stage.lock().unwrap().recording.clone();
            std::fs::write(&self.file, serde_json::to_string_pretty(&recording).unwrap() + "\n").unwrap();
        }
    }
}

fn file(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/bluesky")).join(name)
}

/// A question as it is remembered: the order in which people are named makes no difference.
fn question(target: &str) -> String {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut parts: Vec<&str> = query.split('&').collect();
    parts.sort_unstable();
    format!("{path}?{}", parts.join("&"))
}

fn forward(host: &str, target: &str) -> (u16, Value) {
    let mut stream = TcpStream::connect(host).unwrap();
    write!(stream, "GET {target} HTTP/1.0\r\nHost: {host}\r\nAccept: application/json\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), serde_json::from_str(body).unwrap())
}

/// Every time in an answer, later by so much.
fn move_clock(value: &mut Value, by: SignedDuration) {
    match value {
        Value::String(text) => {
            if let Ok(at) = text.parse::<Timestamp>() {
                *text = (at + by).to_string();
            }
        }
        Value::Array(list) => list.iter_mut().for_each(|value| move_clock(value, by)),
        Value::Object(map) => map.values_mut().for_each(|value| move_clock(value, by)),
        _ => {}
    }
}
