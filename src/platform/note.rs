//! The wording of a notification: what fits on every desktop, and what a server would misread.
//!
//! Lengths are what GNOME, KDE, dunst and xfce show without cutting. GNOME draws three buttons and drops the rest.

use notify_rust::{Notification, Timeout};
use unicode_segmentation::UnicodeSegmentation;

use super::ServerInfo;

/// Graphemes.
const TITLE: usize = 45;
/// Graphemes.
const BODY: usize = 200;
const BUTTONS: usize = 3;

/// A notification as the daemon thinks of it: plain text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Note {
    /// "A good word for Maria Ruiz?"
    pub summary: String,
    /// The key line comes first: collapsed notifications show about 40 characters of it.
    pub body: String,
    /// `(key, label)`, at most three. The click on the notification itself is always there, as `default`.
    pub actions: Vec<(String, String)>,
    /// Where the author can do the same without buttons.
    pub page: Option<String>,
}

impl Note {
    /// The value that a server is sent.
    #[must_use]
    pub fn notification(&self, server: &ServerInfo) -> Notification {
        let escape = |text: String| if server.markup { escaped(&text) } else { text };
        let mut built = Notification::new();
        built
            .appname("goodword")
            // The summary is plain text by the specification, also where the body is markup.
            .summary(&cut(&one_line(&self.summary), TITLE))
            .body(&escape(self.body_for(server)))
            .timeout(Timeout::Never);
        if server.actions {
            // Some servers draw it as a button.
            built.action("default", if self.page.is_some() { "Open the page" } else { "Open draft" });
            for (key, label) in self.actions.iter().take(BUTTONS) {
                built.action(key, &one_line(label));
            }
        }
        hints(&mut built);
        built
    }

    fn body_for(&self, server: &ServerInfo) -> String {
        let body = self.body.lines().map(one_line).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n");
        match &self.page {
            Some(page) if !server.actions => {
                let page = one_line(page);
                let left = BODY.saturating_sub(page.graphemes(true).count() + 1);
                format!("{}\n{page}", cut(&body, left)).trim_start().to_owned()
            }
            _ => cut(&body, BODY),
        }
    }
}

#[cfg(target_os = "linux")]
fn hints(built: &mut Notification) {
    use notify_rust::{Hint, Urgency};
    built
        .icon("goodword")
        .urgency(Urgency::Normal)
        .hint(Hint::DesktopEntry("goodword".into()))
        .hint(Hint::Category("presence".into()));
}

#[cfg(target_os = "macos")]
fn hints(_: &mut Notification) {}

/// No line breaks and no control characters: a NUL cannot even travel on the bus.
fn one_line(text: &str) -> String {
    let spaced: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// At most `most` graphemes, the last of them an ellipsis if something was left out.
fn cut(text: &str, most: usize) -> String {
    if text.graphemes(true).count() <= most {
        return text.to_owned();
    }
    let kept: String = text.graphemes(true).take(most.saturating_sub(1)).collect();
    if most == 0 { kept } else { format!("{}…", kept.trim_end()) }
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn server(actions: bool, markup: bool) -> ServerInfo {
        ServerInfo { name: "any".into(), version: "1".into(), actions, markup }
    }

    fn note(summary: &str, body: &str) -> Note {
        Note {
            summary: summary.into(),
            body: body.into(),
            actions: ["open", "done", "another", "fourth"].map(|key| (key.to_owned(), key.to_uppercase())).to_vec(),
            page: Some("http://127.0.0.1:4747/".into()),
        }
    }

    #[test]
    fn the_click_and_three_buttons_are_sent_to_a_server_with_actions() {
        let built = note("a", "b").notification(&server(true, true));
        let keys: Vec<&str> = built.actions.iter().step_by(2).map(String::as_str).collect();
        assert_eq!(keys, ["default", "open", "done", "another"]);
        assert_eq!(built.body, "b");
    }

    #[test]
    fn the_click_is_named_after_what_it_opens() {
        let with_page = note("a", "b");
        let without = Note { page: None, ..with_page.clone() };
        for (note, label) in [(with_page, "Open the page"), (without, "Open draft")] {
            assert_eq!(note.notification(&server(true, true)).actions[..2], ["default", label]);
        }
    }

    #[test]
    fn without_actions_the_address_of_the_page_stands_in_the_text() {
        let built = note("a", &"long ".repeat(100)).notification(&server(false, false));
        assert!(built.actions.is_empty());
        assert!(built.body.ends_with("…\nhttp://127.0.0.1:4747/"), "{}", built.body);
        assert_eq!(built.body.graphemes(true).count(), BODY);
    }

    #[test]
    fn only_the_body_is_escaped_and_only_where_it_is_markup() {
        let text = r#"<b>"Q&A"</b> it's"#;
        assert_eq!(note(text, text).notification(&server(true, false)).body, text);
        let built = note(text, text).notification(&server(true, true));
        assert_eq!(built.summary, text);
        assert_eq!(built.body, "&lt;b&gt;&quot;Q&amp;A&quot;&lt;/b&gt; it&#39;s");
    }

    #[test]
    fn a_family_is_one_character_and_never_cut_apart() {
        let family = "👨‍👩‍👧‍👦";
        let built = note(&family.repeat(46), "").notification(&server(true, true));
        assert_eq!(built.summary, format!("{}…", family.repeat(44)));
    }

    proptest! {
        #[test]
        fn whatever_a_feed_holds_fits_and_has_no_control_character(
            summary in any::<String>(), body in any::<String>(), actions in any::<bool>()
        ) {
            let built = note(&summary, &body).notification(&server(actions, false));
            prop_assert!(built.summary.graphemes(true).count() <= TITLE);
            prop_assert!(built.body.graphemes(true).count() <= BODY);
            let control = |text: &str| text.chars().any(|c| c.is_control() && c != '\n');
            prop_assert!(!control(&built.summary) && !built.summary.contains('\n') && !control(&built.body));
        }
    }
}
