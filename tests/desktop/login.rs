//! What happens around a sleep and a press: the system wakes, the network comes back later, a portal opens the link.

use std::{
    io::{Read, Write},
    net::TcpListener,
    sync::mpsc,
};

use zbus::{Message, MessageStream, message::Type};

use super::{
    author::{Author, OFFER},
    clock,
    fake::{Fake, Habit},
    rig::Rig,
};

const RICH: &[&str] = &["actions", "body", "body-markup"];
const LATE: &str = "A coat that was mended while you slept";

/// A service on the rig's bus that answers each call with nothing but success, and the calls it got.
struct Service {
    calls: mpsc::Receiver<Message>,
    signals: tokio::sync::mpsc::UnboundedSender<Message>,
}

impl Service {
    fn beside(rig: &Rig, name: &'static str, answer: fn(&Message) -> Message) -> Service {
        let (address, (tell, calls)) = (rig.address(), mpsc::channel());
        let (signals, mut signal) = tokio::sync::mpsc::unbounded_channel::<Message>();
        let (ready, is_ready) = mpsc::channel();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let bus = zbus::connection::Builder::address(address.as_str()).build().await.unwrap();
                let mut asked = MessageStream::from(&bus);
                let to = "org.freedesktop.DBus";
                let own = &(name, 4_u32);
                bus.call_method(Some(to), "/org/freedesktop/DBus", Some(to), "RequestName", own).await.unwrap();
                ready.send(()).unwrap();
                loop {
                    tokio::select! {
                        message = signal.recv() => match message {
                            Some(message) => bus.send(&message).await.unwrap(),
                            None => return,
                        },
                        call = futures_util::StreamExt::next(&mut asked) => match call {
                            Some(Ok(call)) if call.message_type() == Type::MethodCall => {
                                bus.send(&answer(&call)).await.unwrap();
                                _ = tell.send(call);
                            }
                            Some(_) => {}
                            None => return,
                        },
                    }
                }
            });
        });
        is_ready.recv().unwrap();
        Service { calls, signals }
    }
}

/// Answers on an address that refused everybody until now.
fn serve_at(address: &str) {
    let listener = TcpListener::bind(address).unwrap();
    std::thread::spawn(move || {
        while let Ok((mut stream, _)) = listener.accept() {
            let mut request = [0; 4096];
            _ = stream.read(&mut request);
            let body = format!(
                "<rss version='2.0'><channel><title>Maria sews</title><item><title>{LATE}</title>\
                 <link>https://maria.example/mended</link>\
                 <pubDate>Sat, 21 Nov 2026 12:00:00 GMT</pubDate></item></channel></rss>"
            );
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
            _ = stream.write_all((head + &body).as_bytes());
        }
    });
}

/// Maria's feed is at an address where nobody listens yet.
fn author_without_network(author: &Author) -> String {
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    author.cli(&["contact", "edit", "Maria Ruiz", "--feed", &format!("http://{address}/feed")]);
    let feeds = author.cli(&["feeds", "list"]);
    let old =
        feeds.as_array().unwrap().iter().filter_map(|row| row["url"].as_str()).find(|url| !url.contains(&address));
    let old = old.unwrap().to_owned();
    author.cli(&["contact", "edit", "Maria Ruiz", "--drop-feed", &old]);
    address
}

fn log_has(author: &Author, words: &str) -> bool {
    std::fs::read_to_string(author.rig.dir().join("daemon.log")).unwrap_or_default().contains(words)
}

fn count_in_log(author: &Author, words: &str) -> usize {
    std::fs::read_to_string(author.rig.dir().join("daemon.log")).unwrap_or_default().matches(words).count()
}

#[test]
fn after_waking_the_network_is_waited_for_and_the_day_shows_what_it_brought() {
    let Some((mut author, clock)) = clock::author("2026-11-22 08:59:30", "09:00") else { return };
    let address = author_without_network(&author);
    let login = Service::beside(&author.rig, "org.freedesktop.login1", |call| {
        Message::error(&call.header(), "org.freedesktop.DBus.Error.UnknownMethod").build(&"no").unwrap()
    });
    clock::start(&mut author);
    // Long after the login, and too short for a sleep that the clocks would tell of.
    clock.set("2026-11-22 09:00:01");
    let wake = Message::signal("/org/freedesktop/login1", "org.freedesktop.login1.Manager", "PrepareForSleep");
    let before = count_in_log(&author, "the network is not there yet");
    login.signals.send(wake.build(&false).unwrap()).unwrap();
    author.until("a look in vain", || count_in_log(&author, "the network is not there yet") > before);
    assert_eq!(author.rig.on_screen(), 0);
    serve_at(&address);
    author.until_shown(&[OFFER]);
    let (_, body) = author.rig.shown().remove(0);
    assert!(body.contains(LATE), "{body}");
    assert!(!log_has(&author, "a feed could not be read"), "a network on its way is nobody's failure");
}

#[test]
fn waking_keeps_the_house_in_a_process_of_its_own() {
    let Some((mut author, _clock)) = clock::author("2026-11-22 08:00:00", "09:00") else { return };
    let login = Service::beside(&author.rig, "org.freedesktop.login1", |call| {
        Message::error(&call.header(), "org.freedesktop.DBus.Error.UnknownMethod").build(&"no").unwrap()
    });
    clock::start(&mut author);
    let backup = author.home().join("backups/goodword-2026-11-22.automerge");
    assert!(!backup.exists());
    let wake = Message::signal("/org/freedesktop/login1", "org.freedesktop.login1.Manager", "PrepareForSleep");
    login.signals.send(wake.build(&false).unwrap()).unwrap();
    author.until("the day's backup", || backup.exists());
    author.until("its end", || log_has(&author, "the house is kept"));
    assert!(log_has(&author, "by a process of its own"));
}

#[test]
fn a_press_opens_the_draft_through_the_portal_with_the_token_of_the_press() {
    let Some(rig) = Rig::without_server() else { return };
    let server = Fake::beside(&rig, Habit::Answers, RICH);
    let portal = Service::beside(&rig, "org.freedesktop.portal.Desktop", |call| {
        let request = zbus::ObjectPath::try_from("/org/freedesktop/portal/desktop/request/1_7/t").unwrap();
        Message::method_return(&call.header()).build(&request).unwrap()
    });
    let mut author = Author::on(rig).with_the_sessions_browser();
    author.start();
    author.until_state("Maria Ruiz", "shown");
    server.tell("ActivationToken", 1, "token-7");
    server.tell("ActionInvoked", 1, "open");
    let call = portal.calls.recv_timeout(std::time::Duration::from_secs(60)).expect("the portal is asked");
    assert_eq!(call.header().member().unwrap().as_str(), "OpenURI");
    type Asked = (String, String, std::collections::HashMap<String, zbus::OwnedVariant>);
    let (_, url, mut options): Asked = call.body().deserialize().unwrap();
    assert!(url.starts_with("https://bsky.app/intent/compose?text="), "{url}");
    let token = options.remove("activation_token").and_then(|token| String::try_from(token).ok());
    assert_eq!(token.as_deref(), Some("token-7"));
    author.until_state("Maria Ruiz", "opened");
}
