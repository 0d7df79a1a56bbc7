//! The rest of a session: the browser, the keyboard, waking up. These look at the buses of the environment, so each
//! test runs itself once more as a child, in the environment of a rig.

use std::{collections::HashMap, os::unix::fs::PermissionsExt, path::Path, sync::mpsc, time::Duration};

use futures_util::StreamExt;
use goodword::platform::{idle, open_link, open_link_here, supervisor, wake};
use zbus::{Connection, Message, MessageStream, OwnedVariant, Variant, message::Type};

use super::rig::Rig;

const URL: &str = "https://bsky.app/intent/compose?text=A%20word%20for%20$HOME%20%26%20`id`";

/// Runs the named test of this file in the rig's environment, where both buses are the rig's.
fn in_rig(rig: &Rig, test: &str, environment: &[(&str, &str)]) {
    let me = std::env::current_exe().unwrap();
    let mut path = vec![rig.dir().to_owned()];
    path.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap()));
    let output = rig
        .command(me.to_str().unwrap())
        .args(["--exact", &format!("session::{test}"), "--ignored", "--nocapture"])
        .env("DBUS_SYSTEM_BUS_ADDRESS", rig.address())
        .env("PATH", std::env::join_paths(path).unwrap())
        .env("OPENED", rig.dir().join("opened"))
        .envs(environment.iter().copied())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}

/// A program that writes its arguments down, one a line.
fn browser(rig: &Rig, name: &str) -> String {
    let path = rig.dir().join(name);
    std::fs::write(&path, "#!/bin/sh\nprintf '%s\\n' \"$@\" > \"$OPENED.new\"; mv \"$OPENED.new\" \"$OPENED\"\n")
        .unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path.to_str().unwrap().to_owned()
}

/// What the browser was given, once it was.
async fn opened() -> String {
    let path = std::env::var("OPENED").unwrap();
    for _ in 0..600 {
        if let Ok(text) = std::fs::read_to_string(Path::new(&path)) {
            return text;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("no browser was started");
}

/// A service on the bus: `answer` gives the reply's message for each call, or none.
async fn serve(name: &str, answer: impl Fn(&Message) -> Option<Message> + Send + 'static) -> Connection {
    let bus = Connection::session().await.unwrap();
    let mut calls = MessageStream::from(&bus);
    let server = bus.clone();
    tokio::spawn(async move {
        while let Some(Ok(call)) = calls.next().await {
            if call.message_type() == Type::MethodCall {
                let reply = answer(&call).unwrap_or_else(|| {
                    let unknown = "org.freedesktop.DBus.Error.UnknownMethod";
                    Message::error(&call.header(), unknown).build(&"no").unwrap()
                });
                server.send(&reply).await.unwrap();
            }
        }
    });
    let to = "org.freedesktop.DBus";
    bus.call_method(Some(to), "/org/freedesktop/DBus", Some(to), "RequestName", &(name, 4_u32)).await.unwrap();
    bus
}

fn member(call: &Message) -> String {
    call.header().member().unwrap().to_string()
}

/// A portal that takes every link and then says `response`. What it was asked arrives at the receiver.
async fn portal(response: u32) -> mpsc::Receiver<(String, Option<String>)> {
    let (tell, asked) = mpsc::channel();
    let request = "/org/freedesktop/portal/desktop/request/1_7/t";
    let (answered, mut answer) = tokio::sync::mpsc::unbounded_channel::<String>();
    let bus = serve("org.freedesktop.portal.Desktop", move |call| {
        let body = call.body();
        let (_, url, mut options) = body.deserialize::<(String, String, HashMap<String, OwnedVariant>)>().ok()?;
        let token = options.remove("activation_token").and_then(|token| String::try_from(token).ok());
        tell.send((url, token)).unwrap();
        answered.send(call.header().sender()?.to_string()).unwrap();
        let request = zbus::ObjectPath::try_from(request).ok()?;
        Message::method_return(&call.header()).build(&request).ok()
    })
    .await;
    tokio::spawn(async move {
        while let Some(caller) = answer.recv().await {
            let results: HashMap<&str, Variant<'_>> = HashMap::new();
            let signal = Message::signal(request, "org.freedesktop.portal.Request", "Response")
                .destination(caller.as_str())
                .build(&(response, results))
                .unwrap();
            bus.send(&signal).await.unwrap();
        }
    });
    asked
}

#[test]
fn the_portal_is_given_the_link_and_the_token_of_the_press() {
    let Some(rig) = Rig::without_server() else { return };
    in_rig(&rig, "child_with_portal", &[]);
}

#[tokio::test]
#[ignore = "run by its parent, in a rig"]
async fn child_with_portal() {
    let asked = portal(0).await;
    open_link(URL, Some("token-1")).await.unwrap();
    let (url, token) = asked.recv().unwrap();
    assert_eq!((url.as_str(), token.as_deref()), (URL, Some("token-1")));
}

#[test]
fn without_portal_and_systemd_the_link_is_one_argument_of_xdg_open() {
    let Some(rig) = Rig::without_server() else { return };
    browser(&rig, "xdg-open");
    in_rig(&rig, "child_without_portal", &[]);
}

#[tokio::test]
#[ignore = "run by its parent, in a rig"]
async fn child_without_portal() {
    open_link(URL, None).await.unwrap();
    assert_eq!(opened().await, format!("{URL}\n"));
}

#[test]
fn a_portal_that_cannot_open_links_is_not_the_end() {
    let Some(rig) = Rig::without_server() else { return };
    browser(&rig, "xdg-open");
    in_rig(&rig, "child_with_helpless_portal", &[]);
}

#[tokio::test]
#[ignore = "run by its parent, in a rig"]
async fn child_with_helpless_portal() {
    let asked = portal(2).await;
    open_link(URL, None).await.unwrap();
    assert!(asked.recv().is_ok());
    assert_eq!(opened().await, format!("{URL}\n"));
}

#[test]
fn the_authors_own_command_is_preferred() {
    let Some(rig) = Rig::without_server() else { return };
    let program = browser(&rig, "my browser");
    in_rig(&rig, "child_with_own_browser", &[("GOODWORD_BROWSER", &program)]);
}

#[tokio::test]
#[ignore = "run by its parent, in a rig"]
async fn child_with_own_browser() {
    let asked = portal(0).await;
    open_link_here(URL).unwrap();
    assert_eq!(opened().await, format!("{URL}\n"));
    std::fs::remove_file(std::env::var("OPENED").unwrap()).unwrap();
    open_link(URL, None).await.unwrap();
    assert_eq!(opened().await, format!("{URL}\n"));
    assert!(asked.try_recv().is_err());
}

#[test]
fn nobody_who_knows_means_that_the_absence_is_not_known() {
    let Some(rig) = Rig::without_server() else { return };
    in_rig(&rig, "child_alone", &[]);
}

#[tokio::test]
#[ignore = "run by its parent, in a rig"]
async fn child_alone() {
    assert_eq!(idle().await, None);
}

#[test]
fn gnome_says_how_long_nobody_touched_anything() {
    let Some(rig) = Rig::without_server() else { return };
    in_rig(&rig, "child_with_mutter", &[]);
}

#[tokio::test]
#[ignore = "run by its parent, in a rig"]
async fn child_with_mutter() {
    let _mutter = serve("org.gnome.Mutter.IdleMonitor", |call| {
        let reply = Message::method_return(&call.header());
        (member(call) == "GetIdletime").then(|| reply.build(&700_000_u64).unwrap())
    })
    .await;
    assert_eq!(idle().await, Some(Duration::from_secs(700)));
}

#[test]
fn a_locked_session_outweighs_what_the_desktop_says() {
    let Some(rig) = Rig::without_server() else { return };
    in_rig(&rig, "child_with_locked_session", &[]);
}

#[tokio::test]
#[ignore = "run by its parent, in a rig"]
async fn child_with_locked_session() {
    let _saver = serve("org.freedesktop.ScreenSaver", |call| {
        let reply = Message::method_return(&call.header());
        match member(call).as_str() {
            "GetActive" => reply.build(&false).ok(),
            _ => reply.build(&3_000_u32).ok(),
        }
    })
    .await;
    assert_eq!(idle().await, Some(Duration::from_secs(3)), "read as milliseconds: the shorter of the two meanings");
    let _login = serve("org.freedesktop.login1", |call| {
        let session: HashMap<&str, Variant<'_>> =
            [("LockedHint", true.into()), ("IdleHint", false.into()), ("IdleSinceHint", 0_u64.into())].into();
        Message::method_return(&call.header()).build(&session).ok()
    })
    .await;
    assert_eq!(idle().await, Some(Duration::MAX));
}

#[test]
fn waking_is_told_and_going_to_sleep_is_not() {
    let Some(rig) = Rig::without_server() else { return };
    in_rig(&rig, "child_that_sleeps", &[]);
}

#[tokio::test]
#[ignore = "run by its parent, in a rig"]
async fn child_that_sleeps() {
    let login = serve("org.freedesktop.login1", |_| None).await;
    let mut wakes = wake().await;
    let tell = async |asleep: bool| {
        let path = "/org/freedesktop/login1";
        let signal = Message::signal(path, "org.freedesktop.login1.Manager", "PrepareForSleep");
        login.send(&signal.build(&asleep).unwrap()).await.unwrap();
    };
    tell(true).await;
    let early = tokio::time::timeout(Duration::from_millis(200), wakes.next()).await;
    assert!(early.is_err(), "it only goes to sleep");
    tell(false).await;
    tokio::time::timeout(Duration::from_secs(60), wakes.next()).await.expect("awake");
}

#[test]
fn without_a_system_bus_waking_is_never_told_and_costs_nothing() {
    let Some(rig) = Rig::without_bus() else { return };
    in_rig(&rig, "child_without_buses", &[]);
}

#[tokio::test]
#[ignore = "run by its parent, in a rig"]
async fn child_without_buses() {
    let mut wakes = wake().await;
    let polled = tokio::time::timeout(Duration::from_millis(100), wakes.next()).await;
    assert!(polled.is_err());
    assert_eq!(idle().await, None);
}

#[test]
fn systemd_hears_that_we_are_ready_alive_and_stopping() {
    let Some(rig) = Rig::without_bus() else { return };
    let path = rig.dir().join("notify");
    let socket = std::os::unix::net::UnixDatagram::bind(&path).unwrap();
    let environment = [("NOTIFY_SOCKET", path.to_str().unwrap()), ("WATCHDOG_USEC", "120000000")];
    in_rig(&rig, "child_of_systemd", &environment);
    socket.set_nonblocking(true).unwrap();
    let mut heard = Vec::new();
    let mut buffer = [0; 1024];
    while let Ok(len) = socket.recv(&mut buffer) {
        heard.push(String::from_utf8_lossy(&buffer[..len]).trim().to_owned());
    }
    assert_eq!(heard, ["READY=1\nSTATUS=today: Maria Ruiz", "WATCHDOG=1", "STATUS=done", "STOPPING=1"]);
}

#[test]
#[ignore = "run by its parent, in a rig"]
fn child_of_systemd() {
    assert_eq!(supervisor::watchdog(), Some(Duration::from_secs(60)));
    supervisor::ready("today: Maria Ruiz");
    supervisor::alive();
    supervisor::status("done");
    supervisor::stopping();
}
