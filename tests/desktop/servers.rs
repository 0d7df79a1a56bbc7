//! The real daemon with servers that are absent, die, hang or can little.

use super::{
    author::{Author, OFFER, OUTCOME},
    fake::{Beside, Fake, Habit},
    rig::Rig,
};

const RICH: &[&str] = &["actions", "body", "body-markup"];

fn titles(server: &Beside) -> Vec<String> {
    server.seen().into_iter().map(|seen| seen.summary).collect()
}

#[test]
fn without_a_server_the_day_waits_and_comes_up_when_there_is_one() {
    let Some(rig) = Rig::without_server() else { return };
    let mut author = Author::on(rig);
    author.start();
    assert!(author.cli(&["status"])["desktop"]["server"].is_null());
    assert_eq!(author.cli(&["today"])["state"], "planned");
    author.rig.start_dunst();
    author.until_shown(&[OFFER]);
    author.until_state("Maria Ruiz", "shown");
    assert!(author.cli(&["status"])["desktop"]["server"].as_str().unwrap().starts_with("dunst"));
}

#[test]
fn a_server_that_died_shows_it_again_when_it_is_back() {
    let Some(rig) = Rig::start() else { return };
    let mut author = Author::on(rig);
    author.start();
    author.until_state("Maria Ruiz", "shown");
    author.rig.kill_server();
    author.rig.start_dunst();
    author.until_shown(&[OFFER, OFFER]);
    assert_eq!(author.written("shown"), 1);
    author.rig.press("Done");
    author.until_state("Maria Ruiz", "done");
}

#[test]
fn do_not_disturb_holds_one_notification_and_doubles_nothing() {
    let Some(rig) = Rig::start() else { return };
    rig.run("dunstctl", &["set-paused", "true"]);
    let mut author = Author::on(rig);
    author.start();
    author.until_state("Maria Ruiz", "shown");
    for _ in 0..3 {
        author.cli(&["today"]);
    }
    assert_eq!(author.rig.run("dunstctl", &["count", "waiting"]).trim(), "1");
    author.rig.run("dunstctl", &["set-paused", "false"]);
    author.until_shown(&[OFFER]);
}

#[test]
fn commands_are_answered_while_the_server_hangs() {
    let Some(rig) = Rig::without_server() else { return };
    let _server = Fake::beside(&rig, Habit::Hangs, RICH);
    let mut author = Author::on(rig);
    author.start();
    // More than any queue would hold; each makes the daemon look at the screen anew.
    for _ in 0..20 {
        author.cli(&["pick", "Tom Ash"]);
        author.cli(&["pick", "Maria Ruiz"]);
    }
    assert_eq!(author.cli(&["done"])["state"], "done");
}

#[test]
fn two_presses_at_once_are_one_good_word() {
    let Some(rig) = Rig::without_server() else { return };
    let server = Fake::beside(&rig, Habit::Answers, RICH);
    let mut author = Author::on(rig);
    author.start();
    author.until_state("Maria Ruiz", "shown");
    server.tell("ActionInvoked", 1, "done");
    server.tell("ActionInvoked", 1, "done");
    author.until_state("Maria Ruiz", "done");
    author.cli(&["today"]);
    assert_eq!((author.written("done"), titles(&server).len()), (1, 1));
}

#[test]
fn a_press_is_about_the_person_it_was_pressed_on() {
    let Some(rig) = Rig::without_server() else { return };
    let server = Fake::beside(&rig, Habit::Answers, RICH);
    let mut author = Author::on(rig);
    author.start();
    author.until_state("Maria Ruiz", "shown");
    author.cli(&["another"]);
    author.until_state("Tom Ash", "shown");
    // The author was quicker than the screen: this is Maria's notification still.
    server.tell("ActionInvoked", 1, "done");
    author.until_state("Maria Ruiz", "done");
    assert_eq!(author.state("Tom Ash"), "shown");
}

#[test]
fn a_hundred_strange_presses_before_ours_do_not_hide_it() {
    let Some(rig) = Rig::without_server() else { return };
    let server = Fake::beside(&rig, Habit::Answers, RICH);
    let mut author = Author::on(rig);
    author.start();
    author.until_state("Maria Ruiz", "shown");
    for number in 100..200 {
        server.tell("ActionInvoked", number, "another");
    }
    server.tell("ActivationToken", 1, "token-1");
    server.tell("ActionInvoked", 1, "open");
    assert!(author.opened().starts_with("https://bsky.app/"));
    author.until("the next question", || titles(&server) == [OFFER, OUTCOME]);
    assert_eq!(author.written("passed"), 0);
}

/// GNOME's word on how long nobody has touched anything, as long as this lives.
fn absence(rig: &Rig, milliseconds: u64) -> std::sync::Arc<std::sync::atomic::AtomicU64> {
    let said = std::sync::Arc::new(std::sync::atomic::AtomicU64::new(milliseconds));
    let (address, idle) = (rig.address(), said.clone());
    let (ready, is_ready) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let bus = zbus::connection::Builder::address(address.as_str()).build().await.unwrap();
            let mut calls = zbus::MessageStream::from(&bus);
            let (to, own) = ("org.freedesktop.DBus", &("org.gnome.Mutter.IdleMonitor", 4_u32));
            bus.call_method(Some(to), "/org/freedesktop/DBus", Some(to), "RequestName", own).await.unwrap();
            ready.send(()).unwrap();
            while let Some(Ok(call)) = futures_util::StreamExt::next(&mut calls).await {
                if call.message_type() == zbus::message::Type::MethodCall {
                    let now = idle.load(std::sync::atomic::Ordering::SeqCst);
                    _ = bus.reply(&call.header(), &now).await;
                }
            }
        });
    });
    is_ready.recv().unwrap();
    said
}

#[test]
fn while_nobody_is_there_it_is_held_and_whoever_comes_back_sees_it() {
    let Some(rig) = Rig::start() else { return };
    let idle = absence(&rig, 11 * 60 * 1000);
    let mut author = Author::on(rig);
    author.start();
    for _ in 0..3 {
        author.cli(&["today"]);
        let log = || std::fs::read_to_string(author.rig.dir().join("daemon.log")).unwrap();
        author.until("the daemon holds it", || log().contains("nobody is at the keyboard"));
    }
    assert_eq!((author.rig.shown().len(), author.written("shown")), (0, 0));
    idle.store(1000, std::sync::atomic::Ordering::SeqCst);
    author.cli(&["today"]);
    author.until_shown(&[OFFER]);
}

#[test]
fn a_poor_server_is_sent_plain_words_and_no_buttons() {
    let Some(rig) = Rig::without_server() else { return };
    let server = Fake::beside(&rig, Habit::Answers, &["body"]);
    let mut author = Author::on(rig);
    author.start();
    author.until_state("Maria Ruiz", "shown");
    let seen = server.seen().remove(0);
    assert!(seen.actions.is_empty() && !seen.body.contains("&quot;"), "{seen:?}");
    assert_eq!(author.cli(&["status"])["desktop"]["actions"], false);
}

#[test]
#[ignore = "prints how often an idle daemon wakes in twenty seconds"]
fn an_idle_daemon_sleeps() {
    let Some(rig) = Rig::start() else { return };
    let mut author = Author::on(rig);
    author.start();
    author.cli(&["skip"]);
    author.until_gone();
    std::thread::sleep(std::time::Duration::from_secs(3));
    let before = author.wakeups();
    std::thread::sleep(std::time::Duration::from_secs(20));
    println!("{} voluntary context switches in 20 s", author.wakeups() - before);
}
