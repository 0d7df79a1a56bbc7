//! Answers as people read them.

use std::fmt::Write;

use crate::api::{
    Answer, AudienceDetail, AudienceRow, ContactDetail, ContactRow, Diary, DiaryEntry, DraftAnswer, DraftRow, FeedRow,
    State, Status, Today, WorkRow,
};

/// The answer as text, with its line ends.
pub fn text(answer: &Answer) -> String {
    match answer {
        Answer::Today(answer) => today(answer),
        Answer::Draft(answer) => draft(answer),
        Answer::Diary(answer) => diary(answer),
        Answer::Works(rows) => works(rows),
        Answer::Audiences(rows) => audiences(rows),
        Answer::Audience(answer) => audience(answer),
        Answer::Contacts(rows) => contacts(rows),
        Answer::Contact(answer) => contact(answer),
        Answer::ContactPage(answer) => contacts(&answer.rows),
        Answer::AudienceMap(answer) => audiences(&answer.audiences),
        Answer::Page(page) => format!("{}\n", page.url),
        Answer::Session(_) => String::new(),
        Answer::Said(answer) => format!("{}\n", answer.said),
        Answer::Feeds(rows) => feeds(rows),
        Answer::Settings(rows) => {
            let line = |row: &crate::api::SettingRow| {
                let value = if row.value.is_empty() { "-" } else { &row.value };
                format!("{:16} {:24} {}\n", row.key, value, row.about)
            };
            rows.iter().map(line).collect()
        }
        Answer::Status(answer) => status(answer),
        Answer::Doctor(checks) => {
            let mut text = String::new();
            for check in checks {
                let mark = if check.ok { "ok " } else { "!! " };
                _ = writeln!(text, "{mark} {:14} {}", check.check, check.message);
                if let Some(hint) = &check.hint {
                    _ = writeln!(text, "   {:14} {hint}", "");
                }
            }
            text
        }
        Answer::Backups(rows) if rows.is_empty() => "No backup yet; the daemon makes one a day.\n".to_owned(),
        Answer::Backups(rows) => {
            rows.iter().map(|row| format!("{}  {}  {} bytes\n", row.date, row.file, row.bytes)).collect()
        }
        Answer::File(file) => format!("{}\n", file.base64),
    }
}

fn today(today: &Today) -> String {
    let mut text = String::new();
    for remark in &today.remarks {
        _ = writeln!(text, "{remark}");
    }
    let Some(contact) = &today.contact else {
        _ = writeln!(text, "{}: nobody today.", today.date);
        for reason in &today.reasons {
            _ = writeln!(text, "{reason}");
        }
        return text;
    };
    let state = match today.state {
        State::Done => "  (done)".to_owned(),
        State::Skipped => "  (let go for today)".to_owned(),
        State::Opened => "  (draft opened: did it go out? goodword done, or goodword skip)".to_owned(),
        State::Later => today.later_until.map(|at| format!("  (again at {})", local_time(at))).unwrap_or_default(),
        _ => String::new(),
    };
    _ = writeln!(text, "A good word for {}?{state}", contact.name);
    for reason in &today.reasons {
        _ = writeln!(text, "  {reason}");
    }
    if let Some(item) = &today.item {
        let title = if item.title.is_empty() { "what they posted" } else { &item.title };
        _ = writeln!(text, "\n{title}\n  {}", item.url);
    }
    if let Some(draft) = &today.draft {
        text.push('\n');
        words(&mut text, draft);
    }
    if matches!(today.state, State::Planned | State::Shown | State::Opened) {
        text.push_str("\nNext: goodword done | later | another | skip\n");
    }
    text
}

fn words(text: &mut String, draft: &DraftRow) {
    if draft.read_first {
        text.push_str("Read it first: this may be about something sad.\n\n");
    }
    for line in draft.text.lines() {
        _ = if line.is_empty() { writeln!(text) } else { writeln!(text, "  {line}") };
    }
    _ = writeln!(text, "\n{} of {} on {}", draft.length, draft.limit, draft.network);
    if let Some(url) = &draft.share_url {
        _ = writeln!(text, "Open it there: {url}");
    }
}

fn draft(answer: &DraftAnswer) -> String {
    let mut text = format!("For {}:\n\n", answer.contact.name);
    words(&mut text, &answer.draft);
    if !answer.fits {
        text.push_str("It is too long for this network.\n");
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

fn diary(diary: &Diary) -> String {
    let mut text = String::new();
    for entry in &diary.entries {
        entry_line(&mut text, entry);
    }
    let ledger = &diary.ledger;
    if diary.entries.is_empty() {
        text.push_str("Nothing yet: the first good word is a press away (goodword today).\n");
    }
    if ledger.supported > 0 {
        let people = if ledger.supported == 1 { "person" } else { "people" };
        let days = if ledger.days == 1 { "day" } else { "days" };
        _ = write!(text, "\n{} {people} supported on {} {days}", ledger.supported, ledger.days);
        if ledger.answered > 0 {
            _ = write!(text, ", {} wrote back", ledger.answered);
        }
        _ = writeln!(text, ". Strength {:.0} %.", ledger.strength * 100.0);
    }
    text
}

fn entry_line(text: &mut String, entry: &DiaryEntry) {
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

fn works(rows: &[WorkRow]) -> String {
    if rows.is_empty() {
        return "No work yet: goodword work add TITLE --genre GENRE\n".to_owned();
    }
    let line = |row: &WorkRow| {
        let genre = if row.genre.is_empty() { String::new() } else { format!("  ({})", row.genre) };
        format!("{}{genre}\n", row.title)
    };
    rows.iter().map(line).collect()
}

fn audiences(rows: &[AudienceRow]) -> String {
    if rows.is_empty() {
        return "No audience yet: goodword audience suggest has ideas, goodword audience add NAME has yours\n"
            .to_owned();
    }
    rows.iter().map(audience_lines).collect()
}

fn audience_lines(row: &AudienceRow) -> String {
    let mut text = row.name.clone();
    if row.contacts > 0 {
        _ = write!(text, "  ({})", row.contacts);
    }
    if !row.kept {
        _ = write!(text, "  [{}]", row.id);
    }
    text.push('\n');
    match (&row.via, row.bridge.is_empty()) {
        (Some(via), false) => _ = writeln!(text, "  from {via}: {}", row.bridge),
        (Some(via), true) => _ = writeln!(text, "  from {via}"),
        (None, false) => _ = writeln!(text, "  {}", row.bridge),
        (None, true) => {}
    }
    if !row.gather.is_empty() {
        _ = writeln!(text, "  where: {}", row.gather);
    }
    text
}

fn audience(answer: &AudienceDetail) -> String {
    let mut text = audience_lines(&answer.row);
    for tag in &answer.row.hashtags {
        _ = writeln!(text, "  #{tag}");
    }
    for tie in &answer.ties {
        _ = writeln!(text, "  tied to {}: {}", tie.name, tie.bridge);
    }
    for person in &answer.people {
        _ = writeln!(text, "  {}", person.name);
    }
    text
}

fn contacts(rows: &[ContactRow]) -> String {
    if rows.is_empty() {
        return "Nobody here yet: goodword contact add NAME --why \"..\"\n".to_owned();
    }
    let line = |row: &ContactRow| {
        let mark = if row.never {
            "  (never)"
        } else if row.muted {
            "  (muted)"
        } else {
            ""
        };
        let audiences =
            if row.audiences.is_empty() { String::new() } else { format!("  [{}]", row.audiences.join(", ")) };
        format!("{}{mark}{audiences}\n", row.name)
    };
    rows.iter().map(line).collect()
}

fn contact(answer: &ContactDetail) -> String {
    let row = &answer.row;
    let mut text = String::new();
    for remark in &answer.remarks {
        _ = writeln!(text, "{remark}");
    }
    _ = writeln!(text, "{}  ({}, {})", row.name, row.kind, row.stage);
    let lines = [("why", &row.why), ("site", &answer.site), ("e-mail", &answer.email), ("notes", &answer.notes)];
    for (label, value) in lines.into_iter().filter(|(_, value)| !value.is_empty()) {
        _ = writeln!(text, "  {label:10} {value}");
    }
    for (network, handle) in &row.handles {
        _ = writeln!(text, "  {network:10} {handle}");
    }
    for feed in &row.feeds {
        _ = writeln!(text, "  {:10} {feed}", "feed");
    }
    if !row.audiences.is_empty() {
        _ = writeln!(text, "  {:10} {}", "audiences", row.audiences.join(", "));
    }
    match (row.never, &answer.mute) {
        (true, _) => text.push_str("  never picked or suggested again\n"),
        (false, Some(mute)) if mute == "always" => text.push_str("  muted\n"),
        (false, Some(until)) => _ = writeln!(text, "  muted until {until}"),
        (false, None) => {}
    }
    for item in &answer.items {
        let day =
            item.published.map(|at| at.strftime("%Y-%m-%d").to_string()).unwrap_or_else(|| "          ".to_owned());
        _ = writeln!(text, "  {day}  {}", if item.title.is_empty() { &item.url } else { &item.title });
    }
    if !answer.history.is_empty() {
        text.push('\n');
    }
    for entry in &answer.history {
        entry_line(&mut text, entry);
    }
    text
}

fn feeds(rows: &[FeedRow]) -> String {
    if rows.is_empty() {
        return "No feeds yet: goodword contact edit NAME --feed URL\n".to_owned();
    }
    let line = |row: &FeedRow| {
        let health = match (&row.error, row.last_fetched) {
            (Some(error), _) => format!("!! {error}"),
            (None, Some(_)) => format!("ok  {} items", row.items),
            (None, None) => "not read yet".to_owned(),
        };
        format!("{}  ({})\n  {health}\n", row.url, row.contacts.join(", "))
    };
    rows.iter().map(line).collect()
}

fn status(status: &Status) -> String {
    let mut text = String::new();
    match status.pid {
        Some(pid) => _ = writeln!(text, "goodword {} is running (process {pid}).", status.version),
        None => {
            _ = writeln!(text, "goodword {}: no daemon is running. goodword service install starts it.", status.version)
        }
    }
    let next = status.schedule.next.as_deref().unwrap_or("nobody is planned");
    _ = writeln!(text, "next       {next}");
    let document = &status.document;
    _ = writeln!(
        text,
        "book       {} contacts, {} audiences, {} events, {} bytes",
        document.contacts, document.audiences, document.journal, document.bytes
    );
    _ = writeln!(text, "feeds      {} ({} failing)", status.feeds.total, status.feeds.failing);
    if status.pid.is_some() {
        let server = status.desktop.server.as_deref().unwrap_or("no notification server; the day waits for one");
        _ = writeln!(text, "desktop    {server}");
    }
    _ = writeln!(text, "home       {}", status.home);
    text
}

fn local_time(at: jiff::Timestamp) -> String {
    at.to_zoned(jiff::tz::TimeZone::system()).strftime("%H:%M").to_string()
}
