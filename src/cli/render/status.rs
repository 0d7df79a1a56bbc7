//! What is running, as people read it.

use std::fmt::Write;

use jiff::{Timestamp, Zoned};

use crate::api::{Status, counted};

pub fn status(status: &Status) -> String {
    let mut text = String::new();
    _ = match status.pid {
        Some(pid) => writeln!(text, "goodword {} is running (process {pid}).", status.version),
        None => {
            writeln!(text, "goodword {}: no daemon is running. goodword service install starts it.", status.version)
        }
    };
    let document = &status.document;
    let next = match &status.schedule.next {
        _ if document.contacts == 0 => "nobody yet: goodword contact add NAME --why \"..\"".to_owned(),
        None => "nobody is planned".to_owned(),
        Some(next) => moment(next),
    };
    _ = writeln!(text, "next       {next}");
    let parts = [
        counted(document.contacts, "contact", "contacts"),
        counted(document.audiences, "audience", "audiences"),
        counted(document.journal, "event", "events"),
    ];
    _ = writeln!(text, "book       {}, {} kB", parts.join(", "), document.bytes.div_ceil(1_000));
    let failing = if status.feeds.failing > 0 { format!(", {} failing", status.feeds.failing) } else { String::new() };
    _ = writeln!(text, "feeds      {}{failing}", status.feeds.total);
    if status.pid.is_some() {
        let server = status.desktop.server.as_deref().unwrap_or("no notification server; the day waits for one");
        _ = writeln!(text, "desktop    {server}");
    }
    if let Some(page) = &status.page {
        _ = writeln!(text, "page       {}", page.url);
    }
    for peer in &status.peers {
        _ = writeln!(text, "laptop     {}", super::device::peer(peer));
    }
    _ = writeln!(text, "home       {}", status.home);
    text
}

/// A moment of RFC 9557 as people say it.
fn moment(text: &str) -> String {
    match text.parse::<Zoned>() {
        Ok(at) if at.timestamp() <= Timestamp::now() => "now: goodword today shows who".to_owned(),
        Ok(at) => clock(&at),
        Err(_) => text.to_owned(),
    }
}

pub(super) fn clock(at: &Zoned) -> String {
    at.strftime("%A %-d %B, %H:%M").to_string()
}
