//! Servers as they are found in the wild: quick, silent, poor, late.

use std::time::Duration;

use goodword::platform::{Desktop, DesktopError, DesktopEvent};

use super::{
    fake::{Fake, Habit},
    next, note, press,
    rig::Rig,
};

const RICH: &[&str] = &["actions", "body", "body-markup"];

#[tokio::test]
async fn a_press_that_comes_before_the_reply_is_not_lost_and_has_its_token() {
    let Some(rig) = Rig::without_server() else { return };
    let _server = Fake::start(&rig.address(), Habit::TokenAndPressFirst, RICH).await;
    let mut desktop = Desktop::connect(Some(&rig.address())).await;
    for _ in 0..20 {
        let id = desktop.show(&note(), None).await.unwrap();
        assert_eq!(press(&mut desktop).await, (id, "open".to_owned(), Some("token-1".to_owned())));
    }
}

#[tokio::test]
async fn a_token_belongs_to_the_press_that_follows_and_to_no_other() {
    let Some(rig) = Rig::without_server() else { return };
    let server = Fake::start(&rig.address(), Habit::Answers, RICH).await;
    let mut desktop = Desktop::connect(Some(&rig.address())).await;
    let id = desktop.show(&note(), None).await.unwrap();
    server.tell("ActivationToken", 1, "token-9").await;
    server.tell("ActionInvoked", 1, "done").await;
    server.tell("ActionInvoked", 1, "done").await;
    assert_eq!(press(&mut desktop).await, (id, "done".to_owned(), Some("token-9".to_owned())));
    assert_eq!(press(&mut desktop).await, (id, "done".to_owned(), None), "the second press arrives too");
}

#[tokio::test]
async fn a_press_about_an_id_we_never_had_is_ignored() {
    let Some(rig) = Rig::without_server() else { return };
    let server = Fake::start(&rig.address(), Habit::Answers, RICH).await;
    let mut desktop = Desktop::connect(Some(&rig.address())).await;
    let id = desktop.show(&note(), None).await.unwrap();
    for other in 100..200 {
        server.tell("ActionInvoked", other, "another").await;
    }
    server.tell("ActionInvoked", 1, "done").await;
    assert_eq!(next(&mut desktop).await, DesktopEvent::Pressed { id, action: "done".into(), token: None });
}

#[tokio::test]
async fn a_poor_server_gets_plain_text_the_pages_address_and_no_buttons() {
    let Some(rig) = Rig::without_server() else { return };
    let server = Fake::start(&rig.address(), Habit::Answers, &["body"]).await;
    let mut desktop = Desktop::connect(Some(&rig.address())).await;
    let mut wording = note();
    wording.body = "Q&A <live>".into();
    desktop.show(&wording, None).await.unwrap();
    let seen = server.seen().remove(0);
    assert_eq!(seen.body, "Q&A <live>\nhttp://127.0.0.1:4747/");
    assert!(seen.actions.is_empty());
}

#[tokio::test]
async fn a_rich_server_gets_markup_escaped_buttons_normal_urgency_and_no_timeout() {
    let Some(rig) = Rig::without_server() else { return };
    let server = Fake::start(&rig.address(), Habit::Answers, RICH).await;
    let mut desktop = Desktop::connect(Some(&rig.address())).await;
    let mut wording = note();
    wording.body = "Q&A".into();
    desktop.show(&wording, None).await.unwrap();
    let seen = server.seen().remove(0);
    assert_eq!((seen.body.as_str(), seen.urgency, seen.timeout, seen.replaces), ("Q&amp;A", Some(1), 0, 0));
    assert_eq!(seen.actions.len(), 8);
    assert_eq!(seen.summary, wording.summary);
}

#[tokio::test]
async fn a_server_that_never_answers_is_an_error_and_the_loop_goes_on() {
    let Some(mut rig) = Rig::without_server() else { return };
    let server = Fake::start(&rig.address(), Habit::Hangs, RICH).await;
    let mut desktop = Desktop::connect(Some(&rig.address())).await;
    assert_eq!(desktop.server(), None);
    let shown = tokio::time::timeout(Duration::from_secs(60), desktop.show(&note(), None)).await.expect("an end");
    assert!(matches!(shown, Err(DesktopError::Silent)), "{shown:?}");
    drop(server);
    rig.stop_bus();
    rig.start_bus();
    rig.start_dunst();
    super::until(&mut desktop, DesktopEvent::ServerGone).await;
    desktop.show(&note(), None).await.unwrap();
}

#[tokio::test]
async fn what_a_slow_server_shows_after_all_is_taken_down() {
    let Some(rig) = Rig::without_server() else { return };
    let mut server = Fake::start(&rig.address(), Habit::Late, RICH).await;
    let mut desktop = Desktop::connect(Some(&rig.address())).await;
    let shown = desktop.show(&note(), None).await;
    assert!(matches!(shown, Err(DesktopError::Silent)), "{shown:?}");
    server.answer_late(7).await;
    let id = tokio::select! {
        id = server.closed() => id,
        event = next(&mut desktop) => panic!("nobody waits for it any more: {event:?}"),
    };
    assert_eq!(id, 7);
}

#[tokio::test]
async fn a_press_is_not_lost_when_another_branch_of_the_loop_wins() {
    let Some(rig) = Rig::without_server() else { return };
    let server = Fake::start(&rig.address(), Habit::Answers, RICH).await;
    let mut desktop = Desktop::connect(Some(&rig.address())).await;
    desktop.show(&note(), None).await.unwrap();
    let mut heard = 0;
    for _ in 0..200 {
        server.tell("ActionInvoked", 1, "done").await;
        for _ in 0..3 {
            tokio::select! {
                biased;
                _ = desktop.next_event() => heard += 1,
                () = tokio::task::yield_now() => {}
            }
        }
    }
    while heard < 200 {
        press(&mut desktop).await;
        heard += 1;
    }
}
