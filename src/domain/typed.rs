//! What an author types or a file says, made whole or refused with words that help.

use url::Url;

use super::network::{Network, RULES, profile};

/// The longest text we take for a field, in characters: a novel belongs elsewhere.
pub const MAX_TEXT: usize = 10_000;
/// The longest name, in characters.
pub const MAX_NAME: usize = 200;

/// Why a text is not what it should be, and what would be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Wrong {
    pub message: String,
    pub hint: Option<String>,
}

impl Wrong {
    fn new(message: String) -> Wrong {
        Wrong { message, hint: None }
    }

    fn hint(mut self, hint: &str) -> Wrong {
        self.hint = Some(hint.to_owned());
        self
    }
}

/// A text within its limit.
pub fn bounded(field: &str, text: &str, most: usize) -> Result<String, Wrong> {
    let text = text.trim();
    let length = text.chars().count();
    if length > most {
        return Err(Wrong::new(format!("{field} has {length} characters; {most} is the most")));
    }
    Ok(text.to_owned())
}

/// A text within its limit, on one line.
pub fn one_line(field: &str, text: &str, most: usize) -> Result<String, Wrong> {
    let words: Vec<_> =
        text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()).collect();
    bounded(field, &words.join(" "), most)
}

/// An http(s) address in its normal form; `example.org` is read as `https://example.org/`.
pub fn web_address(field: &str, text: &str) -> Result<String, Wrong> {
    let text = text.trim();
    let wrong = |why: &str| {
        Wrong::new(format!("{field} \"{text}\" is not a web address: {why}"))
            .hint("such as https://their.site/feed.xml")
    };
    let full = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
    let url = Url::parse(&full).map_err(|error| wrong(&error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(wrong("it does not begin with http:// or https://"));
    }
    if text.chars().count() > 2_000 {
        return Err(wrong("it is too long"));
    }
    let host = url.host_str().unwrap_or_default();
    if !text.contains("://") && !host.contains('.') {
        return Err(wrong("there is no dot in its host"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("a name or password in it would be kept in the book"));
    }
    Ok(url.into())
}

pub fn email_address(text: &str) -> Result<String, Wrong> {
    let text = text.trim();
    let plausible = text.is_empty()
        || text.split_once('@').is_some_and(|(user, host)| {
            !user.is_empty() && host.contains('.') && !host.contains('@') && !text.contains(char::is_whitespace)
        });
    if plausible && text.len() <= 320 {
        Ok(text.to_owned())
    } else {
        Err(Wrong::new(format!("\"{text}\" is not an e-mail address")))
    }
}

/// A network by its name.
pub fn network(text: &str) -> Result<Network, Wrong> {
    text.trim().to_lowercase().parse().map_err(|_| {
        let all = RULES.map(|rules| rules.name).join(", ");
        Wrong::new(format!("there is no network \"{text}\"")).hint(&format!("there are {all}"))
    })
}

/// A handle as people write it on its network; nothing for an empty one. The address of a profile is as good.
pub fn handle(network: &str, text: &str) -> Result<Option<String>, Wrong> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let address = if text.contains('/') { profile(text).filter(|(known, _)| *known == network) } else { None };
    let handle = address.map_or_else(|| text.to_owned(), |(_, handle)| handle);
    let bare = handle.trim_start_matches('@');
    let word = |text: &str, most: usize, extra: &str| {
        (1..=most).contains(&text.len()) && text.chars().all(|c| c.is_ascii_alphanumeric() || extra.contains(c))
    };
    let (normal, shape) = match network {
        "mastodon" => {
            let parts = bare.split_once('@').filter(|(user, host)| {
                // A port is what test servers on loopback have.
                word(user, 253, "_.-") && word(host, 253, ".-:") && (host.contains('.') || host.contains(':'))
            });
            (parts.map(|(user, host)| format!("@{user}@{}", host.to_lowercase())), "@user@host.example")
        }
        "bluesky" => {
            let fits = word(bare, 253, ".-") && bare.contains('.') && !bare.ends_with('.');
            (fits.then(|| bare.to_lowercase()), "name.bsky.social")
        }
        "x" => (word(bare, 15, "_").then(|| format!("@{bare}")), "@name"),
        "threads" | "instagram" => (word(bare, 30, "_.").then(|| format!("@{}", bare.to_lowercase())), "@name"),
        // Names in addresses are in every script there.
        "linkedin" => {
            let fits =
                (1..=100).contains(&bare.chars().count()) && bare.chars().all(|c| c.is_alphanumeric() || c == '-');
            (fits.then(|| bare.to_lowercase()), "linkedin.com/in/name")
        }
        other => {
            return Err(Wrong::new(format!("there is no network \"{other}\" with handles")));
        }
    };
    normal.map(Some).ok_or_else(|| {
        Wrong::new(format!("\"{text}\" is not a handle on {network}")).hint(&format!("it looks like {shape}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn handles_are_read_as_people_write_them() {
        for (network, typed, kept) in [
            ("mastodon", "maria@sewing.example", "@maria@sewing.example"),
            ("mastodon", "@Maria@Sewing.Example", "@Maria@sewing.example"),
            ("bluesky", "@Maria.bsky.social", "maria.bsky.social"),
            ("x", "maria_r", "@maria_r"),
            ("x", "https://twitter.com/maria_r", "@maria_r"),
            ("mastodon", "https://sewing.example/@maria", "@maria@sewing.example"),
            ("instagram", "Maria.Sews", "@maria.sews"),
            ("linkedin", "https://www.linkedin.com/in/Maria-Ruiz-1863/", "maria-ruiz-1863"),
        ] {
            assert_eq!(handle(network, typed), Ok(Some(kept.to_owned())), "{typed}");
        }
        for (network, typed) in [
            ("mastodon", "maria"),
            ("mastodon", "@a@b@c.d"),
            ("bluesky", "maria"),
            ("x", "a b"),
            ("x", "toolongforthisnetwork"),
            ("x", "https://bsky.app/profile/maria.bsky.social"),
        ] {
            assert!(handle(network, typed).is_err(), "{typed}");
        }
    }

    #[test]
    fn addresses_are_made_whole_or_refused() {
        assert_eq!(web_address("feed", "example.org/feed").unwrap(), "https://example.org/feed");
        for wrong in
            ["", "example", "javascript:alert(1)", "file:///etc/passwd", "ftp://a.b/", "https://u:p@a.b/", "http://"]
        {
            assert!(web_address("feed", wrong).is_err(), "{wrong}");
        }
    }
}
