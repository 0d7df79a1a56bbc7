//! What to do next, as a thing and not as words: the command line names a command, the page a place to press.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Named, Nobody};

/// What to do next. `Display` has the words of the command line, which are those of its JSON too; the page has its own
/// for each. Over the socket it is a text, and comes out as [`Next::Words`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum Next {
    /// Words that are true wherever they are read.
    Words(String),

    // The day.
    Undo,
    /// A moment that `later` understands.
    Later,
    /// What there is to do on a day without anybody.
    Nobody(Nobody),

    // People.
    Unmute(Named),
    MuteForGood,
    /// Say why they are cool.
    Why,
    /// Say who it is.
    Name,
    /// Somebody who is in the book already.
    Edit(Named),
    AddFeed(Named),
    /// Add somebody by name, where nobody was found at an address.
    ByName,
    People,
    /// Look for people once more.
    LookAgain,
    /// The author's own server could be asked for people too.
    OwnServer,
    /// Nothing is known of what an audience posts under.
    Hashtags,

    // Audiences and works.
    Audience(Named),
    Audiences,
    /// What can lead to an audience.
    AudiencesAndWorks,
    /// There is none yet.
    FirstAudience,
    Suggestions,
    /// A work with a genre, to start from.
    Genre,
    /// How several words are asked about.
    Genres,
    Works,

    // Laptops.
    Laptops,
    /// A new invitation, on this laptop.
    InviteHere,
    /// A new invitation, on the other one.
    InviteThere,
    /// This laptop cannot remove itself.
    RemoveElsewhere,

    // Files.
    /// The format need not be said.
    AnyFormat,
    /// Readers of a newsletter, if they agreed to be in the book.
    Readers,

    // The program itself.
    Settings,
    Doctor,
    /// Another process holds the home.
    Busy,
    StartDaemon,
    Restart,
    /// A new address of the page.
    OpenPage,
    /// Go on from this backup, or from one that is to be named.
    Restore(Option<String>),
    Backups,
}

impl fmt::Display for Next {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = match self {
            Next::Words(words) => words,
            Next::Undo => "goodword undo takes the latest act of today back",
            Next::Later => "such as goodword later 45m, or goodword later 17:30",
            Next::Nobody(nobody) => about(*nobody),
            Next::Unmute(who) => return write!(f, "goodword contact unmute \"{}\" first", who.name),
            Next::MuteForGood => "leave --until away to mute for good",
            Next::Why => {
                "one sentence in your own words, as in --why \"She answers every letter\"; it is what the draft is made of"
            }
            Next::Name => "goodword contact add \"Maria Ruiz\" --why \"..\"",
            Next::Edit(who) => {
                return write!(f, "goodword contact edit \"{}\" changes what you said of them", who.name);
            }
            Next::AddFeed(who) => return write!(f, "goodword contact edit \"{}\" --feed URL adds one", who.name),
            Next::ByName => {
                "look whether it opens in a browser; goodword contact add NAME --why \"..\" adds somebody by name alone"
            }
            Next::People => "goodword contact list shows everybody",
            Next::LookAgain => "goodword discover shows people with their ids",
            Next::OwnServer => {
                "goodword settings set mastodon @you@host lets your own instance be asked too; goodword discover --from URL looks at a place you know"
            }
            Next::Hashtags => {
                "goodword audience add NAME --hashtag TAG says what they post under; goodword discover --from URL looks at a place you know"
            }
            Next::Audience(which) => return write!(f, "goodword audience show \"{}\"", which.name),
            Next::Audiences => "goodword audience list shows those you keep",
            Next::AudiencesAndWorks => "goodword audience list and goodword work list show them",
            Next::FirstAudience => "goodword audience suggest has ideas, goodword audience add NAME has yours",
            Next::Suggestions => "goodword audience suggest shows them; goodword audience list has those you keep",
            Next::Genre => {
                "goodword audience suggest --genre \"historical fiction\", or goodword work edit TITLE --genre GENRE"
            }
            Next::Genres => "goodword audience suggest --genre takes several words, with commas between them",
            Next::Works => "goodword work list shows them",
            Next::Laptops => "goodword device list shows them",
            Next::InviteHere => "goodword device invite shows a new code, to be typed on the other laptop",
            Next::InviteThere => "goodword device invite on the other laptop shows a new code, to be typed here",
            Next::RemoveElsewhere => "remove it from another one; goodword service uninstall stops it here",
            Next::AnyFormat => "leave --format away, and it is found out",
            Next::Readers => "nothing was changed; --format readers takes it all the same, if they agreed to that",
            Next::Settings => "goodword settings list shows every setting",
            Next::Doctor => "goodword doctor looks closer",
            Next::Busy => "it may be busy or just stopping; try again in a moment, or see goodword status",
            Next::StartDaemon => {
                "goodword service install starts it for good, goodword daemon for as long as the window is open"
            }
            Next::Restart => "restart the service: goodword service install",
            Next::OpenPage => "goodword open gives a new address",
            Next::Restore(Some(file)) => {
                return write!(f, "goodword backup restore {file} sets the damaged file aside and goes on");
            }
            Next::Restore(None) => "goodword backup restore FILE goes on from a copy; nothing was changed here",
            Next::Backups => "goodword backup list; a database that was altered is best replaced by a backup",
        };
        f.write_str(words)
    }
}

fn about(nobody: Nobody) -> &'static str {
    match nobody {
        Nobody::NoContacts => "Add the first person: goodword contact add NAME --why \"why they are cool\"",
        Nobody::NobodyWelcome => "Unmute somebody (goodword contact unmute NAME), or add somebody new.",
        Nobody::NobodyHasWhy => "Say it in one sentence: goodword contact edit NAME --why \"..\"",
        Nobody::EveryoneRests => "Nothing to do: enjoy the day. Or add somebody new, or choose: goodword pick NAME",
        Nobody::EveryonePassed => "Tomorrow is another day. Or choose somebody yourself: goodword pick NAME",
        Nobody::Paused => "To go on now: goodword settings set pause_until \"\"",
        Nobody::DayOff => "To choose somebody all the same: goodword pick NAME",
        Nobody::Over => "Nothing to do until tomorrow.",
    }
}

impl From<&str> for Next {
    fn from(words: &str) -> Next {
        Next::Words(words.to_owned())
    }
}

impl From<String> for Next {
    fn from(words: String) -> Next {
        Next::Words(words)
    }
}

impl From<Next> for String {
    fn from(next: Next) -> String {
        match next {
            Next::Words(words) => words,
            next => next.to_string(),
        }
    }
}

/// One of each, for whoever says them in words.
#[cfg(test)]
pub fn each() -> Vec<Next> {
    let who = || Named { id: "7f3a".to_owned(), name: "Maria Ruiz".to_owned() };
    let nobodies = [
        Nobody::NoContacts,
        Nobody::NobodyWelcome,
        Nobody::NobodyHasWhy,
        Nobody::EveryoneRests,
        Nobody::EveryonePassed,
        Nobody::Paused,
        Nobody::DayOff,
        Nobody::Over,
    ];
    let others = [
        Next::Words("try again in a moment".to_owned()),
        Next::Undo,
        Next::Later,
        Next::Unmute(who()),
        Next::MuteForGood,
        Next::Why,
        Next::Name,
        Next::Edit(who()),
        Next::AddFeed(who()),
        Next::ByName,
        Next::People,
        Next::LookAgain,
        Next::OwnServer,
        Next::Hashtags,
        Next::Audience(who()),
        Next::Audiences,
        Next::AudiencesAndWorks,
        Next::FirstAudience,
        Next::Suggestions,
        Next::Genre,
        Next::Genres,
        Next::Works,
        Next::Laptops,
        Next::InviteHere,
        Next::InviteThere,
        Next::RemoveElsewhere,
        Next::AnyFormat,
        Next::Readers,
        Next::Settings,
        Next::Doctor,
        Next::Busy,
        Next::StartDaemon,
        Next::Restart,
        Next::OpenPage,
        Next::Restore(Some("backups/book-2026-11-22.db".to_owned())),
        Next::Restore(None),
        Next::Backups,
    ];
    nobodies.map(Next::Nobody).into_iter().chain(others).collect()
}
