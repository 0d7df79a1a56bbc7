//! A person's page: how they can be reached, how far it has come, what they did, and what you did together.

use jiff::civil::Date;
use maud::{Markup, html};

use super::{
    token,
    words::{STAGES, ago, capital, clean, clean_lines, encoded, link, name, network, short_day},
};
use crate::{
    api::{ContactDetail, DiaryEntry, FeedRow, NextStepRow, State, counted},
    domain::{Kind, Stage},
};

/// What happened lately between the two, at first sight; and how much more behind it.
const LATELY: usize = 8;
const EARLIER: usize = 60;
/// What speaks for the stage, the latest first.
const EVIDENCE: usize = 12;

/// The page.
#[must_use]
pub fn page(form: &str, who: &ContactDetail, feeds: &[FeedRow], today: Date) -> Markup {
    let row = &who.row;
    let at = format!("/people/{}", encoded(&row.id));
    html! {
        div id="person" data-part {
            p class="kicker" {
                @if row.kind != Kind::Person || row.audiences.is_empty() { (capital(row.kind.as_str(), 40)) }
                @for (n, audience) in row.audiences.iter().enumerate() { @if n > 0 || row.kind != Kind::Person { ", " } (name(audience)) }
            }
            h1 class="person" { (name(&row.name)) }
            @if row.why.is_empty() {
                p class="note" { "You have not said yet why they are cool. " a href={ (at) "/edit" } { "Say it" } }
            } @else {
                p class="why" dir="auto" { "“" (clean(&row.why, 2_000)) "”" }
            }
            @if row.never { p class="note" { "You said never. They are not picked again." } }
            @else if let Some(mute) = &who.mute { p class="note" { "Muted" @if let Ok(until) = mute.parse() { " until " (short_day(until)) } "." } }
            div class="row" {
                a class="button" href={ (at) "/edit" } { "Edit" }
                @if !row.never && !row.muted { (press(form, &format!("{at}/pick"), "Choose for today")) }
            }
            (stage(row.stage))
            (evidence(who))
            (facts(who, today))
            (latest(who))
            (health(feeds))
            (history(who))
            @if !who.notes.is_empty() {
                section aria-labelledby="notes" {
                    h2 id="notes" { "Notes" }
                    p class="quiet" { "Only yours: they never leave your laptops." }
                    p class="kept" dir="auto" { (clean_lines(&who.notes)) }
                }
            }
            section aria-labelledby="care" {
                h2 id="care" { "Between you" }
                div class="row" {
                    @if !row.never {
                        (press(form, &format!("{at}/answered"), "They wrote back"))
                        @if row.muted { (press(form, &format!("{at}/unmute"), "Unmute")) }
                    }
                }
                @if !row.never && !row.muted {
                    form method="post" action={ (at) "/mute" } class="row" {
                        (token(form))
                        label for="until" { "Leave in peace until" }
                        input id="until" name="until" type="date" min=(today.tomorrow().unwrap_or(today));
                        button { "Mute" }
                        span class="quiet" { "No date: until you say otherwise." }
                    }
                }
                @if !row.never { (confirmed(form, &format!("{at}/never"), "Never pick them", "This is final: they are never picked or suggested again.", "Yes, never")) }
                (confirmed(form, &format!("{at}/remove"), "Remove", "They leave the list. What you did together stays in the diary.", "Yes, remove"))
            }
        }
    }
}

/// How far it has come, among all the stages there are.
fn stage(stage: Stage) -> Markup {
    html! {
        ol class="stages" aria-label="How far it has come" {
            @for one in STAGES { li class=(if one <= stage { "reached" } else { "ahead" }) aria-current=[(one == stage).then_some("step")] { span { (one.as_str()) } } }
        }
    }
}

/// Why the stage is what it is, and what could come next.
fn evidence(who: &ContactDetail) -> Markup {
    html! {
        @if !who.evidence.is_empty() {
            ul class="evidence dated" {
                @for seen in who.evidence.iter().take(EVIDENCE) {
                    li {
                        time class="quiet" datetime=(seen.date) { (short_day(seen.date)) }
                        p { (capital(&seen.said, 200)) " " span class="quiet" { "on " @match &seen.url { Some(url) => (link(url, network(&seen.network))), None => (network(&seen.network)) } } }
                    }
                }
            }
        }
        @if let Some(step) = &who.next_step { (next_step(step)) }
    }
}

/// A small thing that only the author can do.
#[must_use]
pub fn next_step(step: &NextStepRow) -> Markup {
    html! {
        div class="step" {
            p class="label" { "A gentle step" }
            p dir="auto" { (clean(&step.said, 300)) }
            p { (link(&step.url, &format!("Their page on {}", network(&step.network)))) }
        }
    }
}

fn press(form: &str, action: &str, words: &str) -> Markup {
    html! { form method="post" action=(action) class="inline" { (token(form)) button { (words) } } }
}

fn confirmed(form: &str, action: &str, words: &str, warning: &str, yes: &str) -> Markup {
    html! {
        details {
            summary { (words) }
            p { (warning) }
            (press(form, action, yes))
        }
    }
}

fn facts(who: &ContactDetail, today: Date) -> Markup {
    let row = &who.row;
    html! {
        dl {
            @for (key, handle) in &row.handles { dt { (network(key)) } dd { (profile(key, handle)) } }
            @if !who.site.is_empty() { dt { "Site" } dd { (link(&who.site, &who.site)) } }
            @if !who.email.is_empty() { dt { "E-mail" } dd { (link(&format!("mailto:{}", who.email), &who.email)) } }
            dt { "Last good word" } dd { @match row.last_supported { Some(date) => { (short_day(date)) ", " (ago(date, today)) }, None => "none yet" } }
            @if row.never { dt { "Picked" } dd { "never" } } @else { dt { "Priority" } dd { (who.priority.as_str()) } }
        }
    }
}

/// Where a handle leads, on networks whose addresses are known.
fn profile(key: &str, handle: &str) -> Markup {
    let bare = handle.trim_start_matches('@');
    let address = match (key, bare.split_once('@')) {
        ("bluesky", _) => format!("https://bsky.app/profile/{}", encoded(bare)),
        ("x", _) => format!("https://x.com/{}", encoded(bare)),
        ("mastodon", Some((user, host))) => format!("https://{host}/@{}", encoded(user)),
        _ => String::new(),
    };
    link(&address, handle)
}

fn latest(who: &ContactDetail) -> Markup {
    html! {
        @if !who.items.is_empty() {
            section aria-labelledby="latest" {
                h2 id="latest" { "What they did lately" }
                ul class="dated" {
                    @for item in &who.items {
                        li { span class="quiet" { @if let Some(at) = item.published { (at.strftime("%-d %b %Y")) } } p { (link(&item.url, &item.title)) } }
                    }
                }
            }
        }
    }
}

fn health(feeds: &[FeedRow]) -> Markup {
    html! {
        @if !feeds.is_empty() {
            section aria-labelledby="feeds" {
                h2 id="feeds" { "Feeds" }
                ul class="feeds" {
                    @for feed in feeds {
                        li {
                            (link(&feed.url, if feed.title.is_empty() { &feed.url } else { &feed.title }))
                            p class="quiet" {
                                @match (&feed.error, feed.last_fetched) {
                                    (Some(error), _) => { "Not well: " (clean(error, 200)) },
                                    (None, Some(at)) => { "Well, read on " (at.strftime("%-d %b %Y")) ", " (counted(feed.items, "item", "items")) },
                                    (None, None) => "Not read yet",
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn what(state: State) -> &'static str {
    match state {
        State::Done => "a good word",
        State::Shown => "shown to you",
        State::Opened => "the draft was opened",
        State::Later => "put off",
        State::Passed => "someone else was asked for",
        State::Skipped => "a day off",
        State::Planned => "your choice",
        State::None => "",
    }
}

fn history(who: &ContactDetail) -> Markup {
    let line = |entry: &DiaryEntry| {
        html! {
            li {
                time class="quiet" datetime=(entry.date) { (short_day(entry.date)) }
                div {
                    p { (capital(what(entry.state), 80)) @if let Some(key) = entry.network.as_deref().filter(|key| *key != "plain") { " on " (network(key)) } }
                    @if let Some(text) = &entry.text { blockquote dir="auto" { (clean(text, 300)) } }
                }
            }
        }
    };
    html! {
        @if !who.history.is_empty() {
            section aria-labelledby="history" {
                h2 id="history" { "Together" }
                @let (lately, earlier) = who.history.split_at(who.history.len().min(LATELY));
                ul class="dated" { @for entry in lately { (line(entry)) } }
                @if !earlier.is_empty() {
                    details { summary { "Earlier" } ul class="dated" { @for entry in earlier.iter().take(EARLIER) { (line(entry)) } } }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_feed_with_one_item_has_one_item() {
        let feed = |items| FeedRow {
            url: "https://maria.example/feed".to_owned(),
            title: "Maria".to_owned(),
            contacts: Vec::new(),
            items,
            last_fetched: Some(jiff::Timestamp::UNIX_EPOCH),
            next: None,
            failures: 0,
            error: None,
        };
        let shown = health(&[feed(1), feed(2)]).into_string();
        assert!(shown.contains(", 1 item<") && shown.contains(", 2 items<"), "{shown}");
    }
}
