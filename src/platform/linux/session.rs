//! Waking up, and who is at the keyboard. Best effort: whatever does not answer is simply not known.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use futures_util::StreamExt;
use tokio::time::timeout;
use zbus::{
    Connection, MatchRule, Message, MessageStream, OwnedVariant,
    message::{Flags, Type},
};

use super::super::LIMIT;

/// For all the questions of [`idle`] together.
const IDLE_LIMIT: Duration = Duration::from_millis(200);
const LOGIN: &str = "org.freedesktop.login1";

/// Each time the machine woke from sleep.
pub struct Wakes(Option<MessageStream>);

/// Listens to logind on the system bus. Without one, it never yields.
pub async fn wake() -> Wakes {
    match timeout(LIMIT, listen()).await {
        Ok(Ok(stream)) => Wakes(Some(stream)),
        failed => {
            tracing::debug!(?failed, "no word from logind: waking up is noticed at the next tick");
            Wakes(None)
        }
    }
}

async fn listen() -> zbus::Result<MessageStream> {
    let bus = Connection::system().await?;
    let rule = MatchRule::builder()
        .msg_type(Type::Signal)
        .sender(LOGIN)
        .interface("org.freedesktop.login1.Manager")
        .member("PrepareForSleep")
        .build()?;
    MessageStream::for_match_rule(rule, &bus, None).await
}

impl Wakes {
    /// Resolves when the machine woke. Cancel-safe. A false alarm is harmless: it only makes the daemon look at the
    /// clock.
    pub async fn next(&mut self) {
        while let Some(stream) = &mut self.0 {
            match stream.next().await {
                // True before sleeping, false after.
                Some(Ok(message)) if message.body().deserialize::<bool>() == Ok(false) => return,
                Some(Ok(_)) => {}
                _ => self.0 = None,
            }
        }
        std::future::pending().await
    }
}

/// For how long nobody has touched this machine: what the first that knows says, within 200 ms. A locked screen is
/// [`Duration::MAX`]. `None`: not known, so take it to be in use.
pub async fn idle() -> Option<Duration> {
    let desktop = async {
        let bus = Connection::session().await.ok()?;
        match mutter(&bus).await {
            Some(idle) => Some(idle),
            None => screensaver(&bus).await,
        }
    };
    let (desktop, login) = tokio::join!(timeout(IDLE_LIMIT, desktop), timeout(IDLE_LIMIT, login()));
    let (desktop, login) = (desktop.ok().flatten(), login.ok().flatten());
    match login {
        Some(Duration::MAX) => login,
        _ => desktop.or(login),
    }
}

async fn mutter(bus: &Connection) -> Option<Duration> {
    let to = "org.gnome.Mutter.IdleMonitor";
    let reply = ask(bus, to, "/org/gnome/Mutter/IdleMonitor/Core", to, "GetIdletime", ()).await?;
    reply.body().deserialize::<u64>().ok().map(Duration::from_millis)
}

async fn screensaver(bus: &Connection) -> Option<Duration> {
    let to = "org.freedesktop.ScreenSaver";
    let path = "/org/freedesktop/ScreenSaver";
    let active = ask(bus, to, path, to, "GetActive", ()).await?;
    if active.body().deserialize::<bool>().ok()? {
        return Some(Duration::MAX);
    }
    let reply = ask(bus, to, path, to, "GetSessionIdleTime", ()).await?;
    // Milliseconds, in KDE's kscreenlocker (read in its source), the one that answers this under this name. Were they
    // seconds elsewhere, too short an absence would only mean "in use".
    reply.body().deserialize::<u32>().ok().map(|time| Duration::from_millis(time.into()))
}

async fn login() -> Option<Duration> {
    let bus = Connection::system().await.ok()?;
    let path = "/org/freedesktop/login1/session/auto";
    let interface = "org.freedesktop.login1.Session";
    let reply = ask(&bus, LOGIN, path, "org.freedesktop.DBus.Properties", "GetAll", interface).await?;
    let body = reply.body();
    let mut session = body.deserialize::<std::collections::HashMap<String, OwnedVariant>>().ok()?;
    let locked = bool::try_from(session.remove("LockedHint")?).ok()?;
    let idle = bool::try_from(session.remove("IdleHint")?).ok()?;
    let since = u64::try_from(session.remove("IdleSinceHint")?).ok()?;
    absence(locked, idle, Duration::from_micros(since), SystemTime::now().duration_since(UNIX_EPOCH).ok()?)
}

/// What logind's hints say. A desktop that never sets them says nothing when it says "not idle".
fn absence(locked: bool, idle: bool, since: Duration, now: Duration) -> Option<Duration> {
    match (locked, idle) {
        (true, _) => Some(Duration::MAX),
        (false, true) => Some(now.saturating_sub(since)),
        (false, false) => None,
    }
}

/// A question that starts nobody just to be answered.
async fn ask<B: serde::Serialize + zbus::DynamicType>(
    bus: &Connection,
    to: &str,
    path: &str,
    interface: &str,
    method: &str,
    arguments: B,
) -> Option<Message> {
    let call = Message::method_call(path, method)
        .destination(to)
        .interface(interface)
        .with_flags(Flags::NO_AUTO_START)
        .build(&arguments)
        .ok()?;
    let serial = call.primary_header().serial_num();
    let mut messages = MessageStream::from(bus);
    bus.send(&call).await.ok()?;
    while let Some(Ok(message)) = messages.next().await {
        if message.header().reply_serial() == Some(serial) {
            return (message.message_type() == Type::MethodReturn).then_some(message);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Duration = Duration::from_secs(1_800_000_000);

    #[test]
    fn a_locked_screen_is_the_longest_absence() {
        assert_eq!(absence(true, false, NOON, NOON), Some(Duration::MAX));
    }

    #[test]
    fn an_idle_session_is_idle_since_then() {
        assert_eq!(absence(false, true, NOON - Duration::from_secs(700), NOON), Some(Duration::from_secs(700)));
    }

    #[test]
    fn a_clock_set_back_makes_no_negative_absence() {
        assert_eq!(absence(false, true, NOON + Duration::from_secs(9), NOON), Some(Duration::ZERO));
    }

    #[test]
    fn a_session_without_the_hint_is_unknown() {
        assert_eq!(absence(false, false, Duration::ZERO, NOON), None);
    }
}
