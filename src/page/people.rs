//! The people: a list to search, and those who wait for a word on why they are cool.

use jiff::civil::Date;
use maud::{Markup, html};

use super::{
    token,
    words::{STAGES, ago, clean, encoded, name},
};
use crate::{
    api::{AudienceRow, ContactPage, ContactRow},
    domain::{Kind, Stage},
};

/// In the place of a stage: those who have no why yet.
pub const WAITING: &str = "waiting";
/// What stands before an id in the name of a field for a why.
pub const WHY: &str = "why-";

/// Audiences to choose from.
const MOST_AUDIENCES: usize = 300;

/// The files in which people go out, each with its word in an address.
const EXPORTS: [(&str, &str); 5] = [
    ("csv", "A spreadsheet (CSV)"),
    ("json", "JSON"),
    ("vcard", "An address book (vCard)"),
    ("opml", "Their feeds (OPML)"),
    ("mastodon", "Mastodon handles"),
];

/// What the list was asked for.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub search: String,
    pub audience: String,
    pub stage: String,
}

impl Filter {
    /// The address of one screen of this list.
    #[must_use]
    pub fn address(&self, skip: usize) -> String {
        let Filter { search, audience, stage } = self;
        let (search, audience, stage) = (encoded(search), encoded(audience), encoded(stage));
        format!("/people?q={search}&audience={audience}&stage={stage}&from={skip}")
    }

    fn is_waiting(&self) -> bool {
        self.stage == WAITING
    }

    fn is_open(&self) -> bool {
        self.search.is_empty() && self.audience.is_empty() && self.stage.is_empty()
    }
}

/// One screen of the list; `screenful` is how many stand on one.
#[must_use]
pub fn list(
    form: &str,
    filter: &Filter,
    people: &ContactPage,
    audiences: &[AudienceRow],
    screenful: usize,
    today: Date,
) -> Markup {
    let first = people.skip + 1;
    let last = people.skip + people.rows.len();
    html! {
        h1 { "People" }
        @if !(people.rows.is_empty() && filter.is_open()) { (search(filter, audiences)) }
        p class="row" { a class="button" href="/people/new" { "Add somebody" } a class="button" href="/discover" { "Find people" } a class="button" href="/people/import" { "Bring people along" } }
        div id="list" data-part {
            @if people.rows.is_empty() {
                p class="lead" {
                    @if filter.is_open() { "Nobody yet. Start with just one person." }
                    @else if filter.is_waiting() { "You have said of everybody why they are cool. " a href="/people" { "Show everybody" } }
                    @else { "Nobody is like that. " a href="/people" { "Show everybody" } }
                }
            } @else {
                p class="quiet" { @if people.total > people.rows.len() { (first) " to " (last) " of " (people.total) } @else { (people.total) @if people.total == 1 { " contact" } @else { " contacts" } } }
                @if filter.is_waiting() { (cards(form, &people.rows)) } @else {
                    ul class="people" { @for row in &people.rows { (line(row, today)) } }
                }
                (pager(filter, people, screenful))
            }
        }
        @if !people.rows.is_empty() {
            details {
                summary { "Take everybody with you" }
                p { "As a file, for another program. Your notes are in the first two only." }
                p class="row" {
                    @for (format, words) in EXPORTS { a class="button" href={ "/people/export/" (format) } download { (words) } }
                }
            }
        }
    }
}

fn search(filter: &Filter, audiences: &[AudienceRow]) -> Markup {
    html! {
        form method="get" action="/people" class="filter" role="search" {
            label class="hidden" for="q" { "Search" }
            input id="q" name="q" type="search" value=(filter.search) placeholder="A name, a word, a handle";
            label class="hidden" for="audience" { "Audience" }
            select id="audience" name="audience" {
                option value="" { "All audiences" }
                @for audience in audiences.iter().take(MOST_AUDIENCES) {
                    option value=(audience.id) selected[[&audience.id, &audience.name].contains(&&filter.audience)] { (clean(&audience.name, 60)) }
                }
            }
            label class="hidden" for="stage" { "Stage" }
            select id="stage" name="stage" {
                option value="" { "All stages" }
                @for stage in STAGES.map(Stage::as_str) { option value=(stage) selected[stage == filter.stage] { (stage) } }
                option value=(WAITING) selected[filter.is_waiting()] { "without a why" }
            }
            button { "Find" }
        }
    }
}

/// One sentence for each, as many as come to mind.
fn cards(form: &str, rows: &[ContactRow]) -> Markup {
    html! {
        p { "They are picked once you have said, in one sentence, why they are cool. Leave out whom you like." }
        form method="post" action="/people/why" class="calm" {
            (token(form))
            ul class="people" {
                @for row in rows {
                    @let field = format!("{WHY}{}", row.id);
                    li {
                        label for=(field) { a href={ "/people/" (encoded(&row.id)) } { (name(&row.name)) } @for (_, handle) in &row.handles { span class="quiet" { " · " (clean(handle, 80)) } } }
                        input id=(field) name=(field) dir="auto" autocomplete="off" placeholder="Why are they cool?";
                    }
                }
            }
            p { button class="main" { "Save" } }
        }
    }
}

fn line(row: &ContactRow, today: Date) -> Markup {
    html! {
        li {
            a href={ "/people/" (encoded(&row.id)) } { (name(&row.name)) }
            @if row.kind != Kind::Person { " " span class="tag" { (row.kind.as_str()) } }
            @if row.never { " " span class="tag" { "never" } } @else if row.muted { " " span class="tag" { "muted" } }
            @if row.why.is_empty() { p { a class="quiet" href={ "/people/" (encoded(&row.id)) "/edit#why" } { "Why are they cool?" } } } @else { p dir="auto" { (clean(&row.why, 160)) } }
            p class="quiet" {
                (row.stage.as_str())
                @if let Some(date) = row.last_supported { " · a good word " (ago(date, today)) }
                @for audience in row.audiences.iter().take(3) { " · " (name(audience)) }
            }
        }
    }
}

fn pager(filter: &Filter, people: &ContactPage, screenful: usize) -> Markup {
    let after = people.skip + people.rows.len();
    html! {
        @if people.total > people.rows.len() {
            nav class="row" aria-label="More people" {
                @if people.skip > 0 { a class="button" rel="prev" href=(filter.address(people.skip.saturating_sub(screenful))) { "Before" } }
                @if after < people.total { a class="button" rel="next" href=(filter.address(after)) { "Next" } }
            }
        }
    }
}
