//! Notifications over our own connection to the session bus.
//!
//! notify-rust makes the value; we deliver it, because its wait loop subscribes after it notified and loses presses.
//! One connection stays open for the daemon's life (GNOME removes an application's notifications when it closes), all
//! it carries is read in order from one queue, and every operation ends within [`LIMIT`].

use std::{collections::BTreeMap, num::NonZeroUsize};

use futures_util::{FutureExt, StreamExt};
use notify_rust::Hint;
use tokio::time::timeout;
use zbus::{
    Connection, Message, MessageStream, Variant,
    message::{Flags, Type},
};

use super::super::{DesktopError, DesktopEvent, LIMIT, Note, ServerInfo, ShownId};
use super::inbox::{Inbox, SERVER};

const PATH: &str = "/org/freedesktop/Notifications";
const BUS: &str = "org.freedesktop.DBus";
/// Messages that may wait for us while the daemon does something else. A full queue only makes the bus wait.
const QUEUE: NonZeroUsize = NonZeroUsize::new(256).unwrap();
/// The bus passes on what the server broadcasts; what it sends to us directly arrives without a rule. Anybody may send
/// such things: the inbox looks at the sender again.
const RULES: [&str; 2] = [
    "type='signal',sender='org.freedesktop.Notifications',interface='org.freedesktop.Notifications'",
    "type='signal',sender='org.freedesktop.DBus',interface='org.freedesktop.DBus',member='NameOwnerChanged',\
     arg0='org.freedesktop.Notifications'",
];

/// The author's desktop, there or not. The daemon's loop owns it.
pub struct Desktop {
    address: Option<String>,
    link: Option<Link>,
    /// Of which of the inbox's owners, and what it said about itself.
    server: Option<(u64, ServerInfo)>,
    /// The owner that let us wait in vain: only a notification to show is worth asking it again.
    silent: Option<u64>,
    inbox: Inbox,
}

struct Link {
    bus: Connection,
    messages: MessageStream,
    /// Whoever is cancelled in between leaves the rest to the next.
    subscribed: bool,
}

/// A method of the server or of the bus, with its arguments.
struct Call<'a, B> {
    to: &'a str,
    path: &'a str,
    method: &'a str,
    arguments: B,
}

impl Desktop {
    /// Looks for a bus (the session's, unless an address is given) and a notification server. Without one of them it
    /// is merely absent: [`check`](Self::check) and [`next_event`](Self::next_event) find it when it appears.
    pub async fn connect(address: Option<&str>) -> Desktop {
        let mut desktop = Desktop {
            address: address.map(str::to_owned),
            link: None,
            server: None,
            silent: None,
            inbox: Inbox::default(),
        };
        desktop.check().await;
        desktop.inbox.forget_events();
        desktop
    }

    /// Who draws notifications now, as far as we know. A server that the bus would start on demand is not there yet:
    /// call [`show`](Self::show) all the same.
    #[must_use]
    pub fn server(&self) -> Option<&ServerInfo> {
        let (of, info) = self.server.as_ref()?;
        (*of == self.inbox.generation() && self.inbox.has_owner()).then_some(info)
    }

    /// Reconnects if the bus was lost, and asks a server that is new for its name and abilities. Costs nothing when
    /// there is nothing to do, waits only once for a server that does not answer, and starts none. For each tick, and
    /// after [`DesktopEvent::ServerAppeared`].
    pub async fn check(&mut self) {
        if let Err(error) = limited(self.look()).await {
            tracing::debug!(%error, "no desktop for notifications");
            if matches!(error, DesktopError::Silent) {
                self.silent = Some(self.inbox.generation());
            }
        }
    }

    /// Raises the notification, in the place of `replaces` if that is still there. Cancelled or timed out, it leaves
    /// nothing behind: what the server shows after all is taken down.
    ///
    /// # Errors
    /// When nobody can show it now. The day stays pending; try again on [`DesktopEvent::ServerAppeared`] and on ticks.
    pub async fn show(&mut self, note: &Note, replaces: Option<ShownId>) -> Result<ShownId, DesktopError> {
        limited(async {
            self.look().await?;
            if self.server().is_none() {
                // The bus may know how to start one; asking its name does that.
                self.ask_server().await?;
            }
            let Some(server) = self.server() else { return Err(DesktopError::NoServer) };
            let value = note.notification(server);
            let replaces = replaces.and_then(|id| self.inbox.known(id)).unwrap_or(0);
            self.notify(&value, replaces).await
        })
        .await
    }

    /// Takes a notification down. One that is gone already, or was shown by a server that died, counts as down.
    ///
    /// # Errors
    /// When the server does not answer, or the bus is gone.
    pub async fn close(&mut self, id: ShownId) -> Result<(), DesktopError> {
        match self.inbox.known(id) {
            Some(id) => self.close_number(id).await,
            None => Ok(()),
        }
    }

    async fn close_number(&mut self, id: u32) -> Result<(), DesktopError> {
        match limited(self.call(server_call("CloseNotification", id))).await {
            // The specification lets a server answer with an error when it is gone.
            Ok(_) | Err(DesktopError::Refused(_) | DesktopError::NoServer) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Words by which [`close_marked`](Self::close_marked) finds this notification again, also from another process.
    #[must_use]
    pub fn mark(&self, id: ShownId) -> Option<String> {
        let (link, id) = (self.link.as_ref()?, self.inbox.known(id)?);
        Some(format!("{} {} {id}", link.bus.server_guid(), self.inbox.owner()?))
    }

    /// Takes down what a process that was killed left on the screen. The same server on the same bus never gives an
    /// id twice; any other knows nothing of it, and is not asked.
    ///
    /// # Errors
    /// As [`close`](Self::close).
    pub async fn close_marked(&mut self, mark: &str) -> Result<(), DesktopError> {
        let here =
            self.link.as_ref().and_then(|link| Some(format!("{} {} ", link.bus.server_guid(), self.inbox.owner()?)));
        let id = here.and_then(|here| mark.strip_prefix(&here)?.parse::<u32>().ok());
        match id {
            Some(id) => self.close_number(id).await,
            None => Ok(()),
        }
    }

    /// The next thing that happened. Cancel-safe: nothing is lost when another branch of a `select!` wins. Without a
    /// bus it waits for ever; [`check`](Self::check) brings it back.
    pub async fn next_event(&mut self) -> DesktopEvent {
        loop {
            self.take_down_orphans().await;
            if let Some(event) = self.inbox.next() {
                return event;
            }
            let Some(link) = self.link.as_mut() else { return std::future::pending().await };
            match link.messages.next().await {
                Some(Ok(message)) => self.inbox.hear(&message),
                _ => self.bus_lost(),
            }
        }
    }

    async fn look(&mut self) -> Result<(), DesktopError> {
        self.take_in_what_waits();
        if self.link.is_none() {
            self.link = Some(self.open().await.map_err(|error| DesktopError::NoSession(error.to_string()))?);
        }
        if self.link.as_ref().is_some_and(|link| !link.subscribed) {
            self.subscribe().await?;
        }
        let silent = self.silent == Some(self.inbox.generation());
        if self.inbox.has_owner() && self.server().is_none() && !silent {
            self.ask_server().await?;
        }
        Ok(())
    }

    async fn open(&self) -> zbus::Result<Link> {
        let builder = match &self.address {
            Some(address) => zbus::connection::Builder::address(address.as_str()),
            None => zbus::connection::Builder::session(),
        };
        let bus = builder.max_queued(QUEUE).build().await?;
        let messages = MessageStream::from(&bus);
        Ok(Link { bus, messages, subscribed: false })
    }

    /// Before the first `Notify`, or a quick press is lost.
    async fn subscribe(&mut self) -> Result<(), DesktopError> {
        for rule in RULES {
            self.call(bus_call("AddMatch", rule)).await?;
        }
        let owner = match self.call(bus_call("GetNameOwner", SERVER)).await {
            Ok(reply) => reply.body().deserialize::<String>().ok(),
            Err(DesktopError::Refused(_) | DesktopError::NoServer) => None,
            Err(error) => return Err(error),
        };
        self.inbox.owned_by(owner);
        if let Some(link) = self.link.as_mut() {
            link.subscribed = true;
        }
        Ok(())
    }

    async fn ask_server(&mut self) -> Result<(), DesktopError> {
        let info = self.call(server_call("GetServerInformation", ())).await?;
        let (name, _vendor, version, _spec) =
            info.body().deserialize::<(String, String, String, String)>().unwrap_or_default();
        let able = match self.call(server_call("GetCapabilities", ())).await {
            Ok(reply) => reply.body().deserialize::<Vec<String>>().unwrap_or_default(),
            // It shows text and knows no more.
            Err(DesktopError::Refused(_)) => Vec::new(),
            Err(error) => return Err(error),
        };
        let can = |ability: &str| able.iter().any(|one| one == ability);
        let info = ServerInfo { name, version, actions: can("actions"), markup: can("body-markup") };
        self.server = Some((self.inbox.generation(), info));
        Ok(())
    }

    async fn notify(&mut self, value: &notify_rust::Notification, replaces: u32) -> Result<ShownId, DesktopError> {
        let hints = hints(value);
        let arguments = (
            &value.appname,
            replaces,
            &value.icon,
            &value.summary,
            &value.body,
            &value.actions,
            hints,
            i32::from(value.timeout),
        );
        let message = server_call("Notify", arguments).message()?;
        let serial = message.primary_header().serial_num();
        self.inbox.asking(serial);
        match self.send(&message).await {
            Ok(reply) => match reply.body().deserialize::<u32>() {
                Ok(id) => Ok(self.inbox.answered(serial, id)),
                Err(error) => {
                    self.inbox.unasked(serial);
                    Err(DesktopError::Refused(error.to_string()))
                }
            },
            Err(error) => {
                self.inbox.unasked(serial);
                Err(error)
            }
        }
    }

    async fn call<B: serde::Serialize + zbus::DynamicType>(
        &mut self,
        call: Call<'_, B>,
    ) -> Result<Message, DesktopError> {
        let message = call.message()?;
        self.send(&message).await
    }

    /// Sends a call and takes in everything else that arrives until its reply does, in the order of the bus.
    async fn send(&mut self, call: &Message) -> Result<Message, DesktopError> {
        let serial = call.primary_header().serial_num();
        let Some(link) = self.link.as_mut() else { return Err(DesktopError::NoSession("the bus is gone".into())) };
        let mut sent = link.bus.send(call).await;
        while sent.is_ok() {
            match link.messages.next().await {
                Some(Ok(message)) if message.header().reply_serial() == Some(serial) => return accepted(message),
                Some(Ok(message)) => self.inbox.hear(&message),
                Some(Err(error)) => sent = Err(error),
                None => break,
            }
            // However fast messages come, the time limit around us gets its turn.
            tokio::task::coop::consume_budget().await;
        }
        self.bus_lost();
        Err(DesktopError::NoSession(sent.err().map_or_else(|| "the bus is gone".into(), |error| error.to_string())))
    }

    async fn take_down_orphans(&mut self) {
        while let (Some(id), Some(link)) = (self.inbox.orphan(), &self.link) {
            if let Ok(message) = server_call("CloseNotification", id).without_reply() {
                // Cancelled here, it is sent again: closing twice is harmless.
                if let Err(error) = link.bus.send(&message).await {
                    tracing::debug!(%error, "a notification that came too late stays on the screen");
                }
            }
            self.inbox.forget_orphan(id);
        }
    }

    /// What arrived already: it may say that the server is another one by now.
    fn take_in_what_waits(&mut self) {
        while let Some(link) = self.link.as_mut() {
            match link.messages.next().now_or_never() {
                Some(Some(Ok(message))) => self.inbox.hear(&message),
                Some(_) => self.bus_lost(),
                None => break,
            }
        }
    }

    fn bus_lost(&mut self) {
        self.link = None;
        self.inbox.owned_by(None);
    }
}

impl<B: serde::Serialize + zbus::DynamicType> Call<'_, B> {
    fn message(&self) -> Result<Message, DesktopError> {
        self.flagged(Flags::empty())
    }

    fn without_reply(&self) -> Result<Message, DesktopError> {
        self.flagged(Flags::NO_REPLY_EXPECTED)
    }

    fn flagged(&self, flags: Flags) -> Result<Message, DesktopError> {
        Message::method_call(self.path, self.method)
            .destination(self.to)
            // The server's and the bus's interfaces bear their names.
            .interface(self.to)
            .with_flags(flags)
            .build(&self.arguments)
            .map_err(|error| DesktopError::Refused(error.to_string()))
    }
}

fn server_call<B>(method: &str, arguments: B) -> Call<'_, B> {
    Call { to: SERVER, path: PATH, method, arguments }
}

fn bus_call<B>(method: &str, arguments: B) -> Call<'_, B> {
    Call { to: BUS, path: "/org/freedesktop/DBus", method, arguments }
}

async fn limited<T>(work: impl Future<Output = Result<T, DesktopError>>) -> Result<T, DesktopError> {
    timeout(LIMIT, work).await.unwrap_or(Err(DesktopError::Silent))
}

fn accepted(reply: Message) -> Result<Message, DesktopError> {
    if reply.message_type() != Type::Error {
        return Ok(reply);
    }
    let name = reply.header().error_name().map(ToString::to_string).unwrap_or_default();
    match name.as_str() {
        "org.freedesktop.DBus.Error.ServiceUnknown" | "org.freedesktop.DBus.Error.NameHasNoOwner" => {
            Err(DesktopError::NoServer)
        }
        _ => Err(DesktopError::Refused(format!("{name} {}", reply.body().deserialize::<String>().unwrap_or_default()))),
    }
}

/// The hints that a note uses; notify-rust keeps its own conversion to itself.
fn hints(value: &notify_rust::Notification) -> BTreeMap<&'static str, Variant<'_>> {
    let hint = |hint| match hint {
        &Hint::Urgency(urgency) => Some(("urgency", Variant::U8(urgency as u8))),
        Hint::DesktopEntry(name) => Some(("desktop-entry", Variant::from(name.as_str()))),
        Hint::Category(name) => Some(("category", Variant::from(name.as_str()))),
        _ => None,
    };
    value.hints.iter().filter_map(hint).collect()
}
