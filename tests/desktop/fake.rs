//! A notification server that does exactly what a test tells it, on a real bus.

use std::sync::{Arc, Mutex};

use futures_util::StreamExt;
use tokio::sync::mpsc;
use zbus::{Connection, Message, MessageStream, message::Type};

use super::rig::Rig;

pub const NAME: &str = "org.freedesktop.Notifications";
const PATH: &str = "/org/freedesktop/Notifications";

/// What it does with a `Notify`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Habit {
    /// Answers.
    Answers,
    /// Sends these to the caller, and to nobody else, before it answers.
    TokenAndPressFirst,
    /// Never answers anything.
    Hangs,
    /// Keeps each `Notify` until [`Fake::answer_late`].
    Late,
}

/// One `Notify` as it arrived.
#[derive(Clone, Debug)]
pub struct Notified {
    pub caller: String,
    pub replaces: u32,
    pub summary: String,
    pub body: String,
    pub actions: Vec<String>,
    pub urgency: Option<u8>,
    pub timeout: i32,
}

pub struct Fake {
    bus: Connection,
    seen: Arc<Mutex<Vec<Notified>>>,
    kept: Arc<Mutex<Vec<Message>>>,
    closed: mpsc::UnboundedReceiver<u32>,
}

/// A [`Fake`] that runs beside the test; it ends when this is dropped.
pub struct Beside {
    seen: Arc<Mutex<Vec<Notified>>>,
    orders: mpsc::UnboundedSender<(String, u32, String)>,
}

impl Beside {
    pub fn seen(&self) -> Vec<Notified> {
        self.seen.lock().unwrap().clone()
    }

    /// As [`Fake::tell`]; what is told first arrives first.
    pub fn tell(&self, member: &str, id: u32, text: &str) {
        self.orders.send((member.to_owned(), id, text.to_owned())).unwrap();
    }
}

impl Fake {
    pub async fn start(address: &str, habit: Habit, abilities: &'static [&'static str]) -> Fake {
        let bus = zbus::connection::Builder::address(address).build().await.unwrap();
        let (seen, kept) = (Arc::default(), Arc::default());
        let (close, closed) = mpsc::unbounded_channel();
        let fake = Fake { bus: bus.clone(), seen: Arc::clone(&seen), kept: Arc::clone(&kept), closed };
        let mut calls = MessageStream::from(&bus);
        tokio::spawn(async move {
            while let Some(Ok(call)) = calls.next().await {
                if call.message_type() == Type::MethodCall {
                    answer(&bus, &call, habit, abilities, &seen, &kept, &close).await;
                }
            }
        });
        let to = "org.freedesktop.DBus";
        let own = &(NAME, 4_u32);
        fake.bus.call_method(Some(to), "/org/freedesktop/DBus", Some(to), "RequestName", own).await.unwrap();
        fake
    }

    pub fn seen(&self) -> Vec<Notified> {
        self.seen.lock().unwrap().clone()
    }

    /// In a thread of its own, for a test that waits for programs.
    pub fn beside(rig: &Rig, habit: Habit, abilities: &'static [&'static str]) -> Beside {
        let (orders, mut order) = mpsc::unbounded_channel::<(String, u32, String)>();
        let (ready, is_ready) = std::sync::mpsc::channel();
        let address = rig.address();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let fake = Fake::start(&address, habit, abilities).await;
                ready.send(Arc::clone(&fake.seen)).unwrap();
                while let Some((member, id, text)) = order.recv().await {
                    fake.tell(&member, id, &text).await;
                }
            });
        });
        Beside { seen: is_ready.recv().unwrap(), orders }
    }

    /// The next id that a client asked to close.
    pub async fn closed(&mut self) -> u32 {
        self.closed.recv().await.unwrap()
    }

    /// Tells the last caller, and only it.
    pub async fn tell(&self, member: &str, id: u32, text: &str) {
        let caller = self.seen().last().unwrap().caller.clone();
        tell(&self.bus, &caller, member, id, text).await;
    }

    pub async fn answer_late(&self, id: u32) {
        let kept = std::mem::take(&mut *self.kept.lock().unwrap());
        for call in kept {
            self.bus.reply(&call.header(), &id).await.unwrap();
        }
    }
}

async fn tell(bus: &Connection, caller: &str, member: &str, id: u32, text: &str) {
    let signal = Message::signal(PATH, NAME, member).destination(caller).build(&(id, text)).unwrap();
    bus.send(&signal).await.unwrap();
}

async fn answer(
    bus: &Connection,
    call: &Message,
    habit: Habit,
    abilities: &[&str],
    seen: &Mutex<Vec<Notified>>,
    kept: &Mutex<Vec<Message>>,
    close: &mpsc::UnboundedSender<u32>,
) {
    let header = call.header();
    let body = call.body();
    match header.member().unwrap().as_str() {
        _ if habit == Habit::Hangs => {}
        "GetServerInformation" => bus.reply(&header, &("fake", "nobody", "0.1", "1.2")).await.unwrap(),
        "GetCapabilities" => bus.reply(&header, &abilities).await.unwrap(),
        "CloseNotification" => {
            _ = close.send(body.deserialize().unwrap());
            bus.reply(&header, &()).await.unwrap();
        }
        "Notify" => {
            type Arguments = (
                String,
                u32,
                String,
                String,
                String,
                Vec<String>,
                std::collections::HashMap<String, zbus::OwnedVariant>,
                i32,
            );
            let (_, replaces, _, summary, body, actions, mut hints, timeout): Arguments = body.deserialize().unwrap();
            let urgency = hints.remove("urgency").and_then(|value| u8::try_from(value).ok());
            let caller = header.sender().unwrap().to_string();
            let id = {
                let mut seen = seen.lock().unwrap();
                seen.push(Notified { caller: caller.clone(), replaces, summary, body, actions, urgency, timeout });
                u32::try_from(seen.len()).unwrap()
            };
            if habit == Habit::TokenAndPressFirst {
                tell(bus, &caller, "ActivationToken", id, "token-1").await;
                tell(bus, &caller, "ActionInvoked", id, "open").await;
            }
            if habit == Habit::Late {
                kept.lock().unwrap().push(call.clone());
            } else {
                bus.reply(&header, &id).await.unwrap();
            }
        }
        _ => {}
    }
}
