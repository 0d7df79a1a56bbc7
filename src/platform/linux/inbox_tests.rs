//! Orders of messages that a real server shows once in a thousand days.

use super::*;

const OWNER: &str = ":1.7";

fn signal(sender: &str, member: &str, body: &(impl serde::Serialize + zbus::DynamicType)) -> Message {
    Message::signal("/org/freedesktop/Notifications", SERVER, member).sender(sender).build(body).unwrap()
}

fn pressed(sender: &str, id: u32) -> Message {
    signal(sender, "ActionInvoked", &(id, "done"))
}

fn call() -> Message {
    Message::method_call("/org/freedesktop/Notifications", "Notify").build(&()).unwrap()
}

/// An inbox whose server is there and shows one notification of ours, number 1.
fn showing_one() -> (Inbox, ShownId) {
    let mut inbox = Inbox::default();
    inbox.owned_by(Some(OWNER.into()));
    inbox.forget_events();
    let call = call();
    let serial = call.primary_header().serial_num();
    inbox.asking(serial);
    let id = inbox.answered(serial, 1);
    (inbox, id)
}

fn events(inbox: &mut Inbox) -> Vec<DesktopEvent> {
    std::iter::from_fn(|| inbox.next()).collect()
}

#[test]
fn a_signal_of_anyone_but_the_owner_is_not_heard() {
    let (mut inbox, _) = showing_one();
    inbox.hear(&pressed(":1.8", 1));
    inbox.hear(&signal(":1.8", "NotificationClosed", &(1_u32, 2_u32)));
    assert_eq!(events(&mut inbox), []);
}

#[test]
fn a_change_of_owner_that_the_bus_did_not_announce_is_not_believed() {
    let (mut inbox, id) = showing_one();
    let forged = Message::signal("/org/freedesktop/DBus", BUS, "NameOwnerChanged")
        .sender(":1.8")
        .build(&(SERVER, OWNER, ":1.8"))
        .unwrap();
    inbox.hear(&forged);
    assert_eq!(inbox.known(id), Some(1));
}

#[test]
fn a_press_that_was_heard_before_the_server_died_is_still_told() {
    let (mut inbox, id) = showing_one();
    inbox.hear(&pressed(OWNER, 1));
    inbox.owned_by(None);
    let press = DesktopEvent::Pressed { id, action: "done".into(), token: None };
    assert_eq!(events(&mut inbox), [press, DesktopEvent::ServerGone]);
}

#[test]
fn the_next_server_counts_from_one_again_and_nobody_is_confused() {
    let (mut inbox, id) = showing_one();
    inbox.owned_by(Some(":1.9".into()));
    assert_eq!(events(&mut inbox), [DesktopEvent::ServerGone, DesktopEvent::ServerAppeared]);
    inbox.hear(&pressed(":1.9", 1));
    assert_eq!(events(&mut inbox), []);
    assert_eq!(inbox.known(id), None);
}

#[test]
fn the_same_owner_told_twice_is_no_news() {
    let (mut inbox, id) = showing_one();
    inbox.owned_by(Some(OWNER.into()));
    assert_eq!(events(&mut inbox), []);
    assert_eq!(inbox.known(id), Some(1));
}

#[test]
fn why_it_closed_is_only_whether_the_author_did_it() {
    for (reason, by_author) in [(1_u32, false), (2, true), (3, false), (4, false), (99, false)] {
        let (mut inbox, id) = showing_one();
        inbox.hear(&signal(OWNER, "NotificationClosed", &(1_u32, reason)));
        assert_eq!(events(&mut inbox), [DesktopEvent::Closed { id, by_author }]);
    }
}

#[test]
fn a_signal_of_the_wrong_shape_is_ignored() {
    let (mut inbox, _) = showing_one();
    inbox.hear(&signal(OWNER, "ActionInvoked", &("1", "done")));
    inbox.hear(&signal(OWNER, "NotificationClosed", &1_u32));
    inbox.hear(&signal(OWNER, "ActionInvoked", &()));
    assert_eq!(events(&mut inbox), []);
}

#[test]
fn a_server_that_talks_while_it_should_answer_fills_no_memory() {
    let (mut inbox, _) = showing_one();
    inbox.asking(call().primary_header().serial_num());
    for id in 100..10_000 {
        inbox.hear(&pressed(OWNER, id));
    }
    assert_eq!(inbox.early.len(), EARLY);
}

#[test]
fn a_late_replacement_is_the_notification_we_know_and_is_not_taken_down() {
    let (mut inbox, _) = showing_one();
    let call = call();
    inbox.asking(call.primary_header().serial_num());
    inbox.hear(&Message::method_return(&call.header()).sender(OWNER).build(&1_u32).unwrap());
    assert_eq!(inbox.orphan(), None);
}
