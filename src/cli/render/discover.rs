//! People who are not in the book yet.

use std::fmt::Write;

use crate::api::{CandidateRow, Discovery, FoundPerson, ItemRow};

/// Who was found at an address.
pub fn found(person: &FoundPerson) -> String {
    let mut text = format!("{}  ({})\n", person.name, person.kind);
    if let Some(known) = &person.known {
        _ = writeln!(text, "  is in your book already, as {}", known.name);
    }
    for (label, value) in [("about", &person.about), ("site", &person.site)] {
        if !value.is_empty() {
            _ = writeln!(text, "  {label:10} {value}");
        }
    }
    for handle in &person.handles {
        let mark = if handle.verified { "  (confirmed by both sides)" } else { "" };
        _ = writeln!(text, "  {:10} {}{mark}", handle.network, handle.handle);
    }
    for feed in &person.feeds {
        _ = writeln!(text, "  {:10} {feed}", "feed");
    }
    person.items.iter().for_each(|item| _ = writeln!(text, "  {}", item_line(item)));
    if let Some(asks) = &person.asks {
        _ = writeln!(text, "  Nobody may suggest them: {asks}. You may still add them.");
    }
    text
}

/// A handful of people.
pub fn discovery(answer: &Discovery) -> String {
    let mut text: String = answer.remarks.iter().map(|remark| format!("{remark}\n")).collect();
    if !answer.audience.is_empty() {
        _ = writeln!(text, "For {}:\n", answer.audience);
    }
    for person in &answer.candidates {
        text.push_str(&candidate(person, true));
        text.push('\n');
    }
    text.push_str(
        "Whom you find cool: goodword discover keep ID --why \"..\"   Not for you: goodword discover drop ID\n",
    );
    if answer.more > 0 {
        text.push_str("Ask again for others.\n");
    }
    text
}

/// One of them, with what a choice needs.
pub fn candidate(person: &CandidateRow, with_id: bool) -> String {
    let handles: Vec<_> = person.handles.values().map(String::as_str).collect();
    let id = if with_id { format!("  [{}]", person.id) } else { String::new() };
    let mut text = format!("{}{id}  {}", person.name, handles.join("  ")).trim_end().to_owned() + "\n";
    if !person.reasons.is_empty() {
        _ = writeln!(text, "  {}", person.reasons.join("; "));
    }
    if !person.about.is_empty() {
        let short: String = person.about.chars().take(160).collect();
        let cut = if short.len() < person.about.len() { "…" } else { "" };
        _ = writeln!(text, "  \"{short}{cut}\"");
    }
    if let Some(item) = &person.latest {
        _ = writeln!(text, "  {}", item_line(item));
    }
    _ = writeln!(text, "  {}", person.url);
    text
}

fn item_line(item: &ItemRow) -> String {
    let day = item.published.map(|at| at.strftime("%Y-%m-%d  ").to_string()).unwrap_or_default();
    format!("{day}{}", if item.title.is_empty() { &item.url } else { &item.title })
}
