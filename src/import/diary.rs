//! The diary as Markdown, to be read or printed.

use crate::api::{Diary, State, counted};

/// The newest month first, and what the ledger says before it.
pub fn write(diary: &Diary) -> String {
    let ledger = &diary.ledger;
    let mut text = format!(
        "# Diary\n\n{} supported, {} wrote back, on {}.\n",
        ledger.supported,
        ledger.answered,
        counted(ledger.days, "day", "days")
    );
    let mut month = None;
    for entry in diary.entries.iter().filter(|entry| entry.state == State::Done) {
        let this = (entry.date.year(), entry.date.month());
        if month.replace(this) != Some(this) {
            text.push_str(&format!("\n## {}\n\n", entry.date.strftime("%B %Y")));
        }
        let network = entry.network.as_ref().map(|network| format!(" ({})", plain(network))).unwrap_or_default();
        text.push_str(&format!("- **{}**: {}{network}\n", entry.date, plain(&entry.contact.name)));
        if let Some(url) = &entry.item_url {
            text.push_str(&format!("  <{}>\n", url.replace(['<', '>', ' '], "")));
        }
        for line in entry.text.iter().flat_map(|text| text.lines()) {
            text.push_str(&format!("  > {}\n", plain(line)));
        }
    }
    text
}

/// Words that Markdown shows as they are: a name or a text makes no link, no heading and no HTML.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (place, char) in text.chars().enumerate() {
        let begins = place == 0 && matches!(char, '-' | '+' | '>' | '=');
        if begins || matches!(char, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '#' | '|' | '~' | '!' | '&') {
            out.push('\\');
        }
        out.push(if char == '\r' { ' ' } else { char });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::journal::Ledger;

    #[test]
    fn one_day_is_a_day() {
        let ledger = Ledger { supported: 1, answered: 0, days: 1, strength: 0.08 };
        let text = write(&Diary { entries: Vec::new(), ledger });
        assert_eq!(text, "# Diary\n\n1 supported, 0 wrote back, on 1 day.\n");
    }
}
