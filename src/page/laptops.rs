//! The author's laptops: who holds the book, how they stand, and how one more comes in.

use jiff::{Timestamp, tz::TimeZone};
use maud::{Markup, html};

use super::{
    complaint, sentence, token,
    words::{clean, hour, moment, name},
};
use crate::api::{DeviceRow, Error, FolderStatus, Invited, Joined, PeerStatus, SyncStatus, counted};

/// What became of the invitation of this browser.
#[derive(Clone, Debug)]
pub enum Invitation {
    /// Open until somebody comes, or its time is over.
    Open(Invited),
    Joined(Joined),
    /// Nobody came, or the one guess was wrong.
    Over(Error),
}

/// Everything that the page shows.
#[derive(Debug)]
pub struct View<'a> {
    pub form: &'a str,
    pub devices: &'a [DeviceRow],
    pub sync: &'a SyncStatus,
    pub invitation: Option<&'a Invitation>,
    /// The code that was typed, and why it did not work.
    pub typed: &'a str,
    pub error: Option<&'a Error>,
    pub now: Timestamp,
    pub zone: &'a TimeZone,
}

/// The page.
#[must_use]
pub fn page(view: &View<'_>) -> Markup {
    let (mine, gone): (Vec<_>, Vec<_>) =
        view.devices.iter().partition(|device| device.this || device.removed.is_none());
    html! {
        h1 { "Your laptops" }
        p class="lead" { "The book lives on your own laptops and nowhere else. Those that know each other keep it the same by themselves, directly, with no account." }
        div id="laptops" data-part {
            @for trouble in &view.sync.troubles { div class="complaint" role="alert" { p { (sentence(trouble)) } } }
            ul class="devices" { @for device in &mine { (laptop(view, device)) } }
            @if view.sync.peers.iter().any(|peer| !peer.in_sync) {
                form method="post" action="/laptops/sync" class="row" { (token(view.form)) button { "Try to reach them now" } }
            }
            @if let Some(folder) = &view.sync.folder { (shared_folder(view, folder)) }
        }
        section aria-labelledby="more" {
            h2 id="more" data-part { @if mine.len() > 1 { "One more laptop" } @else { "A second laptop" } }
            p { "It takes one step on each. Nothing is lost if both have a book already: the two become one." }
            div class="pair" {
                div id="invite" data-part { (invite(view)) }
                div id="join" data-part { (join(view)) }
            }
        }
        @if !gone.is_empty() {
            details {
                summary { "Removed: " (gone.len()) }
                ul { @for device in gone { li { (name(&device.name)) @if let Some(at) = &device.removed { span class="quiet" { ", on " (clean(at.get(..10).unwrap_or(at), 10)) } } } } }
            }
        }
    }
}

fn laptop(view: &View<'_>, device: &DeviceRow) -> Markup {
    let peer = view.sync.peers.iter().find(|peer| peer.device == device.id);
    let field = format!("name-{}", device.id);
    html! {
        li {
            strong { (name(&device.name)) }
            @if device.this { " " span class="tag" { "this one" } }
            @if device.hub { " " span class="tag" { "a hub: keeps the others in step, never notifies" } }
            @if let Some(peer) = peer {
                p class="state" { (state(peer, view)) }
                @if let Some(trouble) = &peer.trouble { p class="note" { (sentence(trouble)) } }
            } @else if !device.this { p class="state" { span class="dot" {} span { "Not linked with this laptop." } } }
            details {
                summary { "Rename" @if !device.this { " or remove" } }
                form method="post" action="/laptops/rename" class="row" {
                    (token(view.form))
                    input type="hidden" name="device" value=(device.id);
                    label for=(field) { "Called" }
                    input id=(field) name="name" required value=(clean(&device.name, 200)) autocomplete="off";
                    button { "Rename" }
                }
                @if !device.this {
                    p { "Removing it is final. It gets nothing more, and no old copy brings it back. What it has it keeps: the book as of its last sync, with your people, your notes about them and the diary. If it was stolen, change the passwords that are stored on it." }
                    form method="post" action="/laptops/remove" class="row" {
                        (token(view.form))
                        button name="device" value=(device.id) { "Yes, remove " (name(&device.name)) }
                    }
                }
            }
        }
    }
}

fn state(peer: &PeerStatus, view: &View<'_>) -> Markup {
    html! {
        @match (peer.connected, peer.in_sync, peer.last_seen) {
            (true, true, _) => { span class="dot on" {} span { "Connected, and both hold the same book." } },
            (true, false, _) => { span class="dot on" {} span { "Connected; the book is on its way." } },
            (false, _, Some(at)) => { span class="dot" {} span { "Not connected; last seen " (moment(at, view.now, view.zone)) ". It catches up when both are on." } },
            (false, _, None) => { span class="dot" {} span { "Not seen yet. Is goodword running there, and is it on this network?" } },
        }
    }
}

fn shared_folder(view: &View<'_>, folder: &FolderStatus) -> Markup {
    let when = |at: Option<Timestamp>| at.map_or_else(|| "not yet".to_owned(), |at| moment(at, view.now, view.zone));
    html! {
        section aria-labelledby="folder" {
            h2 id="folder" { "The shared folder" }
            p { "In " code { (clean(&folder.path, 300)) } ", locked, for laptops that are never on together. Read " (when(folder.last_read)) ", written " (when(folder.last_written)) "." }
            @if let Some(error) = &folder.error { p class="note" { (clean(error, 400)) } }
        }
    }
}

fn invite(view: &View<'_>) -> Markup {
    html! {
        h3 { "Invite one from here" }
        @match view.invitation {
            Some(Invitation::Open(invited)) => {
                p { "On the " strong { "other" } " laptop, open this same page and type:" }
                p class="code" { (clean(&invited.code, 60)) }
                p class="quiet" { "Good for one try, until " (hour(invited.expires, view.zone)) ". In a terminal it is " code { "goodword device join " (clean(&invited.code, 60)) } "." }
                details {
                    summary { "They are not on the same network" }
                    label for="ticket" { "Give this ticket to the other laptop instead" }
                    textarea id="ticket" class="ticket" readonly rows="4" { (clean(&invited.ticket, 4_000)) }
                    button type="button" data-copy="ticket" hidden { "Copy" }
                }
            }
            Some(Invitation::Joined(joined)) if belongs(view, joined) => { p class="note" role="status" { (together(joined)) } (open_button(view, "Invite another")) }
            Some(Invitation::Over(error)) => { (complaint(Some(error))) (open_button(view, "Show a new code")) }
            Some(Invitation::Joined(_)) | None => { p { "Show a code on this laptop, and type it on the other one." } (open_button(view, "Show a code")) }
        }
    }
}

/// Whoever came in is still there.
fn belongs(view: &View<'_>, joined: &Joined) -> bool {
    view.devices.iter().any(|device| device.id == joined.joined.id && device.removed.is_none())
}

fn open_button(view: &View<'_>, words: &str) -> Markup {
    html! { form method="post" action="/laptops/invite" { (token(view.form)) button class="main" { (words) } } }
}

fn join(view: &View<'_>) -> Markup {
    html! {
        h3 { "I have a code" }
        p { "The other laptop shows one? Type it here, or its ticket." }
        (complaint(view.error))
        form method="post" action="/laptops/join" class="calm" {
            (token(view.form))
            label for="at" { "Code or ticket" }
            input id="at" name="at" required value=(clean(view.typed, 4_000)) data-edited=[(!view.typed.is_empty()).then_some("")] autocomplete="off" autocapitalize="none" spellcheck="false" placeholder="7-otter-lamp";
            p { button { "Join" } }
        }
    }
}

/// Two laptops hold one book, in a sentence or two.
#[must_use]
pub fn together(joined: &Joined) -> String {
    let other = clean(&joined.joined.name, 120);
    let people = counted(joined.people, "person", "people");
    let came = joined.people.saturating_sub(joined.people_before);
    match (joined.in_sync, joined.people_before, came) {
        (false, ..) => format!("This laptop and {other} belong together now. The book is still on its way."),
        (true, 0, _) => format!("This laptop and {other} hold one book now: {people} came over."),
        (true, _, 0) => format!("This laptop and {other} hold one book now: everybody was here already ({people})."),
        (true, _, came) => format!("This laptop and {other} hold one book now: {people}, {came} of them new here."),
    }
}
