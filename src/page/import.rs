//! Bringing people along from where they already are: a file, or a list that anybody can see, then what would happen, and only then does it happen.

use maud::{Markup, html};

use super::{
    complaint, token,
    words::{capital, clean, name},
};
use crate::api::{Error, Fate, ImportFormat, Imported, counted};

/// The formats an author may name, each with where its file comes from. What is not here is found out.
const SOURCES: [(ImportFormat, &str, &str); 14] = [
    (
        ImportFormat::Csv,
        "a spreadsheet",
        "CSV with a column called name; why, audiences, site, email, mastodon, bluesky, x and feeds are read too.",
    ),
    (ImportFormat::Json, "another goodword", "What contact export wrote as JSON."),
    (ImportFormat::Mastodon, "Mastodon, follows", "Preferences, Import and export, Data export: Follows."),
    (ImportFormat::MastodonLists, "Mastodon, lists", "In the same place: each list becomes an audience."),
    (ImportFormat::MastodonBlocks, "Mastodon, blocks", "Whom you block is never picked or suggested."),
    (ImportFormat::MastodonMutes, "Mastodon, mutes", "Whom you mute is left in peace."),
    (ImportFormat::Opml, "a feed reader or podcast player", "Its OPML export: folders become audiences."),
    (ImportFormat::Vcard, "an address book", "vCard (.vcf), as phones and mail programs write it."),
    (ImportFormat::Linkedin, "LinkedIn", "Settings, Data privacy, Get a copy of your data: Connections.csv."),
    (ImportFormat::Goodreads, "Goodreads", "My Books, Import and export: the authors you rated well."),
    (ImportFormat::Google, "Google Contacts", "Export, as Google CSV."),
    (ImportFormat::X, "X", "The archive of your data: following.js, block.js or mute.js."),
    (
        ImportFormat::Instagram,
        "Instagram",
        "Download your information, as JSON: following.json or blocked_accounts.json.",
    ),
    (
        ImportFormat::Readers,
        "your newsletter's readers",
        "Private: they subscribed to you. Taken only if you choose this here.",
    ),
];
/// Entries and problems that are shown; the numbers say how many more there are.
const SHOWN: usize = 60;

/// The page with the place for a file. `known` are the names of audiences, `own` the author's own handles.
#[must_use]
pub fn page(form: &str, known: &[String], own: &[String], error: Option<&Error>) -> Markup {
    html! {
        h1 { "Bring people along" }
        p class="lead" { "From where they already are. You see what would happen before anything does, and nobody is told." }
        (complaint(error))
        form method="post" action="/people/import" enctype="multipart/form-data" class="calm" data-drop {
            (token(form))
            div class="drop field" {
                label for="file" { "A file: choose it, or drop it here" }
                input id="file" name="file" type="file";
            }
            div class="field" {
                label for="from" { "Or whom you follow: your handle, or a link" }
                input id="from" name="from" list="own" autocomplete="off" aria-describedby="from-hint" placeholder="@you.bsky.social";
                datalist id="own" { @for handle in own { option value=(handle) {} } }
                p class="quiet" id="from-hint" { "On Bluesky or Mastodon, no password needed. Or the link to a list or a starter pack on Bluesky: it becomes an audience. Who asks to be left alone stays out." }
            }
            div class="field" {
                label for="audience" { "Put all of them into" }
                input id="audience" name="audience" list="known" autocomplete="off" aria-describedby="audience-hint";
                p class="quiet" id="audience-hint" { "An audience, such as history teachers. You can leave it out." }
                datalist id="known" { @for audience in known.iter().take(200) { option value=(audience) {} } }
            }
            div class="field" {
                label for="format" { "Where it comes from" }
                select id="format" name="format" {
                    option value="" { "Find out" }
                    @for (format, called, _) in SOURCES { option value=(format.as_str()) { (capital(called, 80)) } }
                }
            }
            p class="row" { button class="main" { "Look at it first" } a class="button" href="/people" { "Leave it" } }
        }
        details {
            summary { "Where such files come from" }
            dl { @for (_, called, how) in SOURCES { dt { (capital(called, 80)) } dd { (how) } } }
        }
    }
}

/// What would happen. `pending` names the file that is kept until the author has decided.
#[must_use]
pub fn dry_run(form: &str, file: &str, pending: &str, would: &Imported) -> Markup {
    let nothing = would.added + would.merged + would.suppressed == 0;
    html! {
        h1 { @if nothing { "Nothing would change" } @else { "This is what would happen" } }
        p class="lead" {
            @if would.list.is_empty() { bdi { (clean(file, 120)) } ", read as " (source(&would.format)) } @else { "This is " bdi { (clean(&would.list, 200)) } }
            ". Nothing has been done yet."
        }
        dl class="sums" {
            @for (number, words) in [
                (would.added, "new"),
                (would.merged, "already in the book, with something more now"),
                (would.suppressed, "blocks and mutes, to be honoured"),
                (would.skipped, "left out: known as they are, or not wanted"),
            ] { @if number > 0 { dt { (number) } dd { (words) } } }
            @for left in would.left_out.iter().take(SHOWN) { dt { (left.people) } dd { "left out: " bdi { (clean(&left.why, 120)) } } }
            @if would.more_people { dt { "more" } dd { "than are read: a good word is for people, choose" } }
            @if !would.problems.is_empty() { dt { (would.problems.len() + would.more_problems) } dd { "could not be read, or not wholly" } }
        }
        @if !would.audiences.is_empty() {
            p { "Into: " @for (n, audience) in would.audiences.iter().take(SHOWN).enumerate() { @if n > 0 { ", " } (name(&audience.name)) span class="quiet" { " (" (audience.people) @if audience.new { ", new" } ")" } } "." }
        }
        @if nothing {
            p class="row" { a class="button main" href="/people/import" { "Something else" } a class="button" href="/people" { "Back to the people" } }
        } @else {
            form method="post" action="/people/import/do" class="row" {
                (token(form))
                input type="hidden" name="pending" value=(pending);
                button class="main" { "Bring them along" }
                a class="button" href="/people/import" { "Leave it" }
            }
        }
        @if !would.problems.is_empty() {
            section aria-labelledby="problems" {
                h2 id="problems" { "What could not be read" }
                ul { @for problem in would.problems.iter().take(SHOWN) { li { @if problem.line > 0 { span class="quiet" { "Line " (problem.line) ": " } } bdi { (clean(&problem.message, 200)) } } } }
                (more(would.problems.len().saturating_sub(SHOWN) + would.more_problems))
            }
        }
        @if !would.rows.is_empty() {
            section aria-labelledby="rows" {
                h2 id="rows" { "One by one" }
                ul class="people" {
                    @for row in would.rows.iter().take(SHOWN) {
                        li {
                            (name(&row.name)) " " span class="tag" { (fate(row.fate)) }
                            p class="quiet" { bdi { (clean(&row.note, 160)) } @for (n, audience) in row.audiences.iter().take(3).enumerate() { @if n > 0 || !row.note.is_empty() { " · " } (name(audience)) } }
                        }
                    }
                }
                (more(would.rows.len().saturating_sub(SHOWN) + would.more_rows))
            }
        }
    }
}

/// What was done, in a sentence.
#[must_use]
pub fn done(did: &Imported) -> String {
    let parts = [
        (did.added, counted(did.added, "person came along", "people came along")),
        (did.merged, format!("{} gained something", did.merged)),
        (did.suppressed, counted(did.suppressed, "block or mute is honoured", "blocks and mutes are honoured")),
    ];
    let parts: Vec<String> = parts.into_iter().filter(|(number, _)| *number > 0).map(|(_, words)| words).collect();
    if parts.is_empty() { "Nothing changed.".to_owned() } else { format!("{}.", parts.join(", ")) }
}

fn more(number: usize) -> Markup {
    html! { @if number > 0 { p class="quiet" { "And " (number) " more." } } }
}

fn source(format: &str) -> &str {
    SOURCES.iter().find(|(known, ..)| known.as_str() == format).map_or(format, |(_, called, _)| called)
}

fn fate(fate: Fate) -> &'static str {
    match fate {
        Fate::Added => "new",
        Fate::Merged => "known",
        Fate::Suppressed => "left in peace",
        Fate::Skipped => "left out",
    }
}
