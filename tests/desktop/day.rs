//! A day of the real daemon on a real dunst: every button, the command line beside it, ends and new beginnings.

use super::{
    author::{Author, NEXT, OFFER, OUTCOME},
    rig::Rig,
};

/// The daemon runs and its offer is on the screen.
fn offered() -> Option<Author> {
    let mut author = Author::on(Rig::start()?);
    author.start();
    author.until_shown(&[OFFER]);
    author.until_state("Maria Ruiz", "shown");
    Some(author)
}

#[test]
fn the_offer_says_why_and_what_and_has_three_buttons() {
    let Some(author) = offered() else { return };
    let today = author.cli(&["today"]);
    let (_, body) = author.rig.shown().remove(0);
    let (reason, draft) = body.split_once("\nDraft: ").expect("a reason and the draft");
    let plain = |text: &str| text.replace("&quot;", "\"").replace("&#39;", "'").replace("&amp;", "&");
    assert_eq!(plain(reason), today["reasons"][0].as_str().unwrap());
    assert!(
        today["draft"]["text"].as_str().unwrap().starts_with(plain(draft).trim_end_matches('…')),
        "{draft} is not of {today}"
    );
    author.rig.press("Done");
    author.until_state("Maria Ruiz", "done");
    let labels = author.rig.menu().join("\n");
    for label in ["Open draft", "Done", "Someone else"] {
        assert!(labels.contains(label), "{label} is missing: {labels}");
    }
}

#[test]
fn done_writes_network_item_and_text_and_clears_the_screen() {
    let Some(author) = offered() else { return };
    author.rig.press("Done");
    author.until_state("Maria Ruiz", "done");
    author.until_gone();
    let entry = author.entry("Maria Ruiz");
    assert_eq!(entry["network"], "bluesky");
    assert_eq!(entry["item_url"], "https://maria.example/sack-coat");
    assert!(entry["text"].as_str().unwrap().contains("sack coat"), "{entry}");
}

#[test]
fn open_draft_opens_the_share_link_and_asks_whether_it_went_out() {
    let Some(author) = offered() else { return };
    let link = author.cli(&["today"])["draft"]["share_url"].as_str().unwrap().to_owned();
    author.rig.press("Open draft");
    assert_eq!(author.opened(), link);
    author.until_shown(&[OFFER, OUTCOME]);
    assert_eq!(author.state("Maria Ruiz"), "opened");
    author.rig.press("Done");
    author.until_state("Maria Ruiz", "done");
    author.until_gone();
    assert_eq!(author.written("opened"), 1);
}

#[test]
fn not_today_lets_the_day_go() {
    let Some(author) = offered() else { return };
    author.rig.press("Open draft");
    author.until_shown(&[OFFER, OUTCOME]);
    author.rig.press("Not today");
    author.until_state("Maria Ruiz", "skipped");
    author.until_gone();
}

#[test]
fn a_click_opens_the_page_and_closing_with_it_hides_no_question() {
    let Some(author) = offered() else { return };
    let page = author.cli(&["status"])["page"]["url"].as_str().unwrap().to_owned();
    author.rig.click();
    let opened = author.opened();
    assert!(opened.starts_with(&format!("{page}enter?token=")), "{opened}");
    // dunst closes what is clicked, and says that the author did.
    author.until_shown(&[OFFER, OFFER]);
    assert_eq!((author.written("shown"), author.written("opened")), (1, 0));
    author.rig.press("Done");
    author.until_state("Maria Ruiz", "done");
    author.until_gone();
}

#[test]
fn someone_else_replaces_it_with_the_next() {
    let Some(author) = offered() else { return };
    author.rig.press("Someone else");
    author.until_shown(&[OFFER, NEXT]);
    assert_eq!(author.state("Maria Ruiz"), "passed");
    author.until_state("Tom Ash", "shown");
}

#[test]
fn what_is_dismissed_stays_away_until_a_restart() {
    let Some(mut author) = offered() else { return };
    author.rig.dismiss();
    author.until_gone();
    // Each of these makes the daemon look at the day.
    for _ in 0..3 {
        assert_eq!(author.cli(&["today"])["state"], "shown");
    }
    assert_eq!((author.rig.shown().len(), author.rig.on_screen()), (1, 0));
    author.stop();
    author.start();
    author.until_shown(&[OFFER, OFFER]);
    assert_eq!(author.written("shown"), 1);
}

#[test]
fn the_command_line_takes_it_down_or_replaces_it() {
    for (command, left) in [("done", None), ("skip", None), ("later", None), ("another", Some(NEXT))] {
        let Some(author) = offered() else { return };
        author.cli(&[command]);
        match left {
            Some(next) => author.until_shown(&[OFFER, next]),
            None => author.until_gone(),
        }
    }
}

#[test]
fn sigterm_takes_it_down_and_a_start_raises_it_again_without_a_second_shown() {
    let Some(mut author) = offered() else { return };
    author.stop();
    assert_eq!(author.rig.on_screen(), 0);
    author.start();
    author.until_shown(&[OFFER, OFFER]);
    assert_eq!(author.written("shown"), 1);
}

#[test]
fn after_a_kill_one_notification_stands_and_its_buttons_work() {
    let Some(mut author) = offered() else { return };
    author.kill();
    assert_eq!(author.rig.on_screen(), 1, "dunst keeps what a dead program raised");
    author.start();
    author.until_shown(&[OFFER, OFFER]);
    assert_eq!(author.written("shown"), 1);
    author.rig.press("Done");
    author.until_state("Maria Ruiz", "done");
}

#[test]
fn a_press_while_the_daemon_stops_is_written_or_asked_again() {
    let Some(mut author) = offered() else { return };
    author.rig.press("Done");
    author.stop();
    author.start();
    // Whichever came first: the day is done and quiet, or still open and on the screen. Never lost in between.
    author.until("a day that is consistent", || {
        let quiet = author.rig.on_screen() == 0;
        (author.state("Maria Ruiz") == "done") == quiet && author.written("done") <= 1
    });
}

#[test]
#[ignore = "for eyes: writes day.png into the folder GOODWORD_SHOTS"]
fn a_screenshot_of_a_day_is_kept_for_whoever_wants_to_look() {
    let Some(dir) = std::env::var_os("GOODWORD_SHOTS") else { return };
    let Some(author) = offered() else { return };
    for (shot, press) in [("offer.png", Some("Open draft")), ("outcome.png", None)] {
        // dunst draws in its own time; what it drew is for eyes only.
        let mut import = author.rig.command("import");
        let shot = std::path::Path::new(&dir).join(shot);
        assert!(import.args(["-pause", "1", "-window", "root"]).arg(shot).status().unwrap().success());
        if let Some(press) = press {
            author.rig.press(press);
            author.until_shown(&[OFFER, OUTCOME]);
        }
    }
}
