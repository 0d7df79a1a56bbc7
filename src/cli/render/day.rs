//! The day and the diary, as people read them.

use std::fmt::Write;

use crate::api::{Diary, DiaryEntry, DraftAnswer, DraftRow, NextStepRow, State, Today, counted};

pub fn today(today: &Today) -> String {
    let mut text = String::new();
    for remark in &today.remarks {
        _ = writeln!(text, "{remark}");
    }
    let Some(contact) = &today.contact else {
        _ = writeln!(text, "Nobody today, {}.", today.date);
        for reason in &today.reasons {
            _ = writeln!(text, "{reason}");
        }
        return text;
    };
    let name = &contact.name;
    _ = match (today.state, &today.later_at) {
        (State::Skipped, _) => {
            _ = writeln!(text, "Today is let go; it costs nothing. (It would have been {name}.)");
            text.push_str("goodword undo opens it again.\n");
            return text;
        }
        (State::Done, _) => writeln!(text, "Done: a good word for {name}."),
        (State::Opened, _) => {
            writeln!(text, "The draft for {name} was opened. Did it go out? goodword done, or goodword skip")
        }
        (State::Later, Some(at)) => writeln!(text, "A good word for {name}, again at {at}."),
        _ => writeln!(text, "A good word for {name}?"),
    };
    for reason in &today.reasons {
        _ = writeln!(text, "  {reason}");
    }
    if let Some(item) = &today.item {
        let title = if item.title.is_empty() { "What they posted" } else { &item.title };
        _ = writeln!(text, "\n{title}\n  {}", item.url);
    }
    if let Some(draft) = &today.draft {
        text.push('\n');
        if today.state == State::Done { said(&mut text, draft) } else { words(&mut text, draft) }
    }
    if let Some(step) = &today.next_step {
        next_step(&mut text, step);
    }
    text.push_str(match today.state {
        State::Done => "\nTomorrow somebody else. (goodword undo takes it back.)\n",
        State::Later => "\nNext: goodword done | another | skip | undo\n",
        _ => "\nNext: goodword done | later | another | skip\n",
    });
    text
}

pub fn next_step(text: &mut String, step: &NextStepRow) {
    _ = writeln!(text, "\nA small step: {}\n  {}", step.said, step.url);
}

fn said(text: &mut String, draft: &DraftRow) {
    for line in draft.text.lines() {
        _ = if line.is_empty() { writeln!(text) } else { writeln!(text, "  {line}") };
    }
}

fn words(text: &mut String, draft: &DraftRow) {
    if draft.read_first {
        text.push_str("Read it first: this may be about something sad.\n\n");
    }
    said(text, draft);
    _ = writeln!(text, "\n{} of {} on {}", draft.length, draft.limit, draft.network);
    match &draft.share_url {
        Some(url) => _ = writeln!(text, "Open it there: {url}"),
        None if draft.network == "mastodon" => {
            text.push_str("To open it there: goodword settings set mastodon @you@your.instance\n");
        }
        None => {}
    }
}

pub fn draft(answer: &DraftAnswer) -> String {
    let mut text = format!("For {}:\n\n", answer.contact.name);
    words(&mut text, &answer.draft);
    if !answer.fits {
        text.push_str("It is too long for this network: goodword draft --edit makes it shorter.\n");
    }
    text
}

/// What the draft was held against.
pub fn checks(answer: &DraftAnswer) -> String {
    let mut text = "\n".to_owned();
    for check in &answer.checks {
        let mark = if check.ok { "ok " } else { "!! " };
        _ = writeln!(text, "{mark} {:14} {}", check.rule, check.message);
    }
    text
}

pub fn diary(diary: &Diary) -> String {
    let mut text = String::new();
    for entry in &diary.entries {
        entry_line(&mut text, entry);
    }
    let ledger = &diary.ledger;
    if diary.entries.is_empty() && ledger.supported > 0 {
        text.push_str("Nothing since then.\n");
    } else if diary.entries.is_empty() {
        text.push_str("Nothing here yet: the first good word is a press away (goodword today).\n");
    }
    if ledger.supported > 0 {
        let people = counted(ledger.supported, "person", "people");
        _ = write!(text, "\n{people} supported on {}", counted(ledger.days, "day", "days"));
        if ledger.answered > 0 {
            _ = write!(text, ", {} wrote back", ledger.answered);
        }
        _ = writeln!(text, ". Strength {:.0} %.", ledger.strength * 100.0);
    }
    text
}

pub fn entry_line(text: &mut String, entry: &DiaryEntry) {
    let state = match entry.state {
        State::Planned => "your choice",
        State::Shown => "shown",
        State::Opened => "draft opened",
        State::Later => "for later",
        State::Passed => "someone else",
        State::Skipped => "let go",
        State::Done | State::None => "a good word",
    };
    let place = entry.network.as_deref().filter(|network| *network != "plain");
    let place = place.map(|network| format!(" on {network}")).unwrap_or_default();
    _ = writeln!(text, "{}  {}  {state}{place}", entry.date, entry.contact.name);
    if let Some(url) = &entry.item_url {
        _ = writeln!(text, "            {url}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_later_hour_is_told_on_the_authors_clock_wherever_the_laptop_is() {
        let put_off: Today = serde_json::from_value(serde_json::json!({
            "date": "2026-11-23", "state": "later", "contact": {"id": "m", "name": "Maria Ruiz"}, "audience": null,
            "reasons": [], "item": null, "draft": null, "later_until": "2026-11-23T16:30:00Z", "later_at": "17:59",
        }))
        .unwrap();
        assert!(today(&put_off).starts_with("A good word for Maria Ruiz, again at 17:59.\n"), "{}", today(&put_off));
    }
}
