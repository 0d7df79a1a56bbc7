//! Answers as people read them.

mod day;
mod device;
pub mod discover;
mod import;
mod status;

use std::fmt::Write;

pub use self::day::checks;
use crate::api::{
    Answer, AudienceDetail, AudienceRow, Brainstorm, ContactDetail, ContactRow, FeedRow, SettingRow, WorkRow, counted,
};

/// How many suggestions are shown at once; `--json` gives all of them.
const SCREENFUL: usize = 10;
/// Questions asked at once: more than that is an interrogation.
const QUESTIONS: usize = 3;

/// The answer as text, with its line ends.
pub fn text(answer: &Answer) -> String {
    match answer {
        Answer::Today(answer) => day::today(answer),
        Answer::Draft(answer) => day::draft(answer),
        Answer::Diary(answer) => day::diary(answer),
        Answer::Works(rows) => works(rows),
        Answer::Audiences(rows) => audiences(rows),
        Answer::Brainstorm(found) => brainstorm(found),
        Answer::Audience(answer) => audience(answer),
        Answer::Contacts(rows) => contacts(rows),
        Answer::Contact(answer) => contact(answer),
        Answer::Imported(answer) => import::imported(answer),
        Answer::Found(person) => discover::found(person),
        Answer::Discovery(answer) => discover::discovery(answer),
        Answer::ContactPage(answer) => contacts(&answer.rows),
        Answer::AudienceMap(answer) => audiences(&answer.audiences),
        Answer::Page(page) => format!("{}\n", page.url),
        Answer::Session(_) | Answer::Visit(_) => String::new(),
        Answer::Said(answer) => format!("{}\n", answer.said),
        Answer::Feeds(rows) => feeds(rows),
        Answer::Settings(rows) => settings(rows),
        Answer::Status(answer) => status::status(answer),
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
        Answer::Devices(rows) => device::devices(rows),
        Answer::Invited(invited) => device::invited(invited),
        Answer::Joined(joined) => device::joined(joined),
        Answer::Sync(sync) => device::sync(sync),
        Answer::File(file) => format!("{}\n", file.base64),
    }
}

fn works(rows: &[WorkRow]) -> String {
    if rows.is_empty() {
        return "No work yet: goodword work add TITLE --genre GENRE\n".to_owned();
    }
    let line = |row: &WorkRow| {
        let genre = if row.genre.is_empty() { String::new() } else { format!("  ({})", row.genre) };
        let more = [&row.about, &row.blurb, &row.link].into_iter().filter(|line| !line.is_empty());
        let more: String = more.map(|line| format!("  {line}\n")).collect();
        format!("{}{genre}\n{more}", row.title)
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

fn brainstorm(found: &Brainstorm) -> String {
    let Brainstorm { rows, prompts, unknown } = found;
    let mut text = String::new();
    if !unknown.is_empty() {
        _ = writeln!(
            text,
            "Nothing is known here of {}. A group that it makes you think of: goodword audience add NAME --bridge \"..\"\n",
            unknown.join(", ")
        );
    }
    text.extend(rows.iter().take(SCREENFUL).map(audience_lines));
    let left = rows.len().saturating_sub(SCREENFUL);
    if left > 0 {
        _ = writeln!(text, "\n.. and {left} more; ask again for others.");
    }
    text.push_str("\nWhom have you not thought of?\n");
    text.extend(prompts.iter().take(QUESTIONS).map(|prompt| format!("  {prompt}\n")));
    text.push_str("\nNext: goodword audience keep ID.. | drop ID..   (the IDs are in brackets)\n");
    text.push_str("Your own: goodword audience add NAME --via PARENT --bridge \"why the one leads to the other\"\n");
    text
}

fn audience_lines(row: &AudienceRow) -> String {
    let mut text = row.name.clone();
    if row.contacts > 0 {
        _ = write!(text, "  ({})", row.contacts);
    }
    if !row.kept {
        _ = write!(text, "  [{}]", row.id);
    }
    if row.in_season {
        text.push_str("  now is their season");
    }
    text.push('\n');
    let path = Some(row.path.join(" > ")).filter(|path| !path.is_empty()).or_else(|| row.via.clone());
    match (&path, row.bridge.is_empty()) {
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
    for next in &answer.leads {
        _ = writeln!(text, "  leads to {} [{}]: {}", next.name, next.id, next.bridge);
    }
    text
}

fn contacts(rows: &[ContactRow]) -> String {
    if rows.is_empty() {
        return "Nobody here yet: goodword contact add NAME --why \"..\"\n".to_owned();
    }
    let widest = width(rows.iter().map(|row| row.name.as_str()));
    let line = |row: &ContactRow| {
        let audiences = Some(row.audiences.join(", ")).filter(|names| !names.is_empty());
        let supported = row.last_supported.map(|day| format!("a good word on {day}"));
        let mark = match (row.never, row.muted) {
            (true, _) => Some("never".to_owned()),
            (false, true) => Some("muted".to_owned()),
            (false, false) => None,
        };
        let about: Vec<_> = [mark, audiences, supported].into_iter().flatten().collect();
        format!("{}\n", format!("{:widest$}  {}", row.name, about.join("; ")).trim_end())
    };
    rows.iter().map(line).collect()
}

/// The widest of some names, within reason: columns that line up.
fn width<'a>(names: impl Iterator<Item = &'a str>) -> usize {
    names.map(|name| name.chars().count()).max().unwrap_or_default().min(32)
}

fn settings(rows: &[SettingRow]) -> String {
    let value = |row: &SettingRow| if row.value.is_empty() { "-".to_owned() } else { row.value.clone() };
    let widest = rows.iter().map(|row| value(row).chars().count()).max().unwrap_or_default().min(24);
    rows.iter().map(|row| format!("{:15}  {:widest$}  {}\n", row.key, value(row), row.about)).collect()
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
    if !answer.evidence.is_empty() {
        text.push_str("\nBetween you, as anybody can see:\n");
    }
    for evidence in &answer.evidence {
        _ = writeln!(text, "  {}  {} ({})", evidence.date, evidence.said, evidence.network);
        evidence.url.iter().for_each(|url| _ = writeln!(text, "              {url}"));
    }
    if let Some(step) = &answer.next_step {
        day::next_step(&mut text, step);
    }
    if !answer.history.is_empty() {
        text.push('\n');
    }
    for entry in &answer.history {
        day::entry_line(&mut text, entry);
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
            (None, Some(_)) => format!("ok  {}", counted(row.items, "item", "items")),
            (None, None) => "not read yet".to_owned(),
        };
        format!("{}  ({})\n  {health}\n", row.url, row.contacts.join(", "))
    };
    rows.iter().map(line).collect()
}
