//! What was typed wrongly, in words for authors: the parser's own are for engineers.

use clap::error::{ContextKind, ContextValue, ErrorKind as Kind};

use crate::api::Error;

/// The longest message we print, in characters: what was typed may be a whole book.
const MAX_SHOWN: usize = 600;

/// A usage error with what to do next.
pub fn usage(error: &clap::Error, command: &str) -> Error {
    let part = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.clone()),
        Some(ContextValue::Strings(all)) => Some(all.join(", ")),
        Some(ContextValue::StyledStr(text)) => Some(text.to_string()),
        Some(ContextValue::StyledStrs(all)) => Some(all.first()?.to_string()),
        _ => None,
    };
    let word = |kind| part(kind).unwrap_or_default();
    let value = || format!("\"{}\"", word(ContextKind::InvalidValue));
    let message = match error.kind() {
        Kind::InvalidSubcommand => format!("there is no command \"{}\"", word(ContextKind::InvalidSubcommand)),
        Kind::UnknownArgument => format!("nothing is known about \"{}\" here", word(ContextKind::InvalidArg)),
        Kind::MissingRequiredArgument => format!("something is missing: {}", word(ContextKind::InvalidArg)),
        Kind::MissingSubcommand | Kind::DisplayHelpOnMissingArgumentOrSubcommand => "say what to do".to_owned(),
        Kind::InvalidValue if word(ContextKind::InvalidValue).is_empty() => {
            format!("{} needs a value", word(ContextKind::InvalidArg))
        }
        Kind::InvalidValue => format!("{} is none of {}", value(), word(ContextKind::ValidValue)),
        Kind::ValueValidation => match std::error::Error::source(error) {
            Some(why) if why.is::<std::num::ParseIntError>() => {
                format!("{} is not a whole number for {}", value(), word(ContextKind::InvalidArg))
            }
            Some(why) => format!("{why} ({})", word(ContextKind::InvalidArg)),
            None => format!("{} is not right for {}", value(), word(ContextKind::InvalidArg)),
        },
        Kind::ArgumentConflict => {
            let (one, other) = (word(ContextKind::InvalidArg), word(ContextKind::PriorArg));
            if one == other || other.is_empty() {
                format!("{one} can be said only once")
            } else {
                format!("{one} and {other} do not go together")
            }
        }
        Kind::InvalidUtf8 => "a word on the command line is not UTF-8 text".to_owned(),
        _ => first_paragraph(&error.to_string()),
    };
    let better = [ContextKind::SuggestedSubcommand, ContextKind::SuggestedArg, ContextKind::SuggestedValue];
    let hint = better.into_iter().find_map(part).map(|better| format!("did you mean {better}?"));
    let hint = hint.or_else(|| Some(format!("use it like this: {}", usage_line(&part(ContextKind::Usage)?)?)));
    Error::usage(message).hint(hint.unwrap_or_else(|| format!("{command} --help says more")))
}

/// The command that was begun, as far as its words are known: `goodword contact add`.
pub fn command_of(arguments: &[std::ffi::OsString], commands: &clap::Command) -> String {
    let (mut at, mut path) = (commands, "goodword".to_owned());
    for word in arguments.iter().skip(1).filter_map(|word| word.to_str()) {
        if let Some(next) = at.find_subcommand(word) {
            path = format!("{path} {word}");
            at = next;
        }
    }
    path
}

fn usage_line(text: &str) -> Option<String> {
    let line = text.lines().find(|line| !line.trim().is_empty())?;
    Some(line.trim_start_matches("Usage: ").trim().to_owned())
}

fn first_paragraph(text: &str) -> String {
    let lines: Vec<_> = text.lines().take_while(|line| !line.is_empty()).map(str::trim).collect();
    lines.join(" ").trim_start_matches("error: ").to_owned()
}

/// The error as it may be shown: no longer than a screen.
pub fn clipped(error: Error) -> Error {
    Error { message: clip(error.message), hint: error.hint.map(|next| clip(next.into()).into()), ..error }
}

fn clip(text: String) -> String {
    match text.char_indices().nth(MAX_SHOWN) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

/// The text as a terminal may have it: what others wrote must not move the cursor or change colours.
pub fn tame(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && !matches!(c, '\n' | '\t') { '\u{fffd}' } else { c }).collect()
}

/// A day as people type it.
pub fn day(text: &str) -> Result<jiff::civil::Date, String> {
    text.trim().parse().map_err(|_| format!("\"{text}\" is not a day; write it as 2026-12-24"))
}

/// Why a file could not be read or written, without the system's numbers.
pub fn file(path: &std::path::Path, error: &std::io::Error) -> String {
    use std::io::ErrorKind as Io;
    let path = path.display();
    match error.kind() {
        Io::NotFound => format!("there is no {path}"),
        Io::PermissionDenied => format!("{path} is not yours to read or write"),
        Io::IsADirectory => format!("{path} is a folder, not a file"),
        Io::NotADirectory => format!("{path} leads through a file as if it were a folder"),
        Io::StorageFull => format!("there is no room on the disk for {path}"),
        Io::ReadOnlyFilesystem => format!("{path} is on a disk that cannot be written"),
        _ => format!("{path}: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_terminal_gets_no_control_characters_from_others() {
        assert_eq!(tame("a\x1b[31mb\u{9b}c\r\n\td"), "a\u{fffd}[31mb\u{fffd}c\u{fffd}\n\td");
    }

    #[test]
    fn every_command_that_an_error_recommends_exists() {
        for next in crate::api::each() {
            for said in next.to_string().split("goodword ").skip(1) {
                let commands = crate::cli::Cli::command();
                let words: Vec<&str> = said.split(|c: char| !c.is_alphanumeric() && c != '-').collect();
                let mut at = &commands;
                while let Some(below) = words.iter().find_map(|word| at.find_subcommand(word)) {
                    at = below;
                }
                assert!(at.get_name() != "goodword" && !at.is_subcommand_required_set(), "{next:?}");
                for option in words.iter().filter_map(|word| word.strip_prefix("--")) {
                    assert!(at.get_arguments().any(|known| known.get_long() == Some(option)), "{next:?}: --{option}");
                }
            }
        }
    }

    #[test]
    fn a_message_is_no_longer_than_a_screen() {
        let error = clipped(Error::usage("ä".repeat(100_000)).hint("x"));
        assert_eq!(error.message.chars().count(), MAX_SHOWN + 1);
    }

    proptest! {
        #[test]
        fn any_text_is_a_day_or_an_error(text in "\\PC{0,30}") {
            _ = day(&text);
        }
    }
}
