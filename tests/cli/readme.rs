//! The README's commands do what it says: every `console` block is run, in order, in one scratch home.
//!
//! A line that begins with `$ ` is a command; the lines below it are what it prints, in this order. `...` stands for
//! anything: within a line, or as a line of its own for any lines. Days are any day.

use crate::{GOODWORD, Home};

const README: &str = include_str!("../../README.md");

/// Each command with the lines shown below it.
fn shown() -> Vec<(String, Vec<String>)> {
    let mut commands: Vec<(String, Vec<String>)> = Vec::new();
    for block in README.split("```console\n").skip(1) {
        for line in block.split("```").next().unwrap().lines() {
            match (line.strip_prefix("$ "), commands.last_mut()) {
                (Some(command), _) => commands.push((command.to_owned(), Vec::new())),
                (None, Some((_, output))) => output.push(line.to_owned()),
                (None, None) => panic!("output before any command: {line}"),
            }
        }
    }
    commands
}

/// The text with every date replaced.
fn any_day(text: &str) -> String {
    let is_day = |word: &str| word.parse::<jiff::civil::Date>().is_ok() && word.len() == 10;
    let words: Vec<_> = text.split(' ').map(|word| if is_day(word) { "2026-01-01" } else { word }).collect();
    words.join(" ")
}

/// Whether a line is as shown: its parts between `...` follow one another.
fn is_as_shown(line: &str, shown: &str) -> bool {
    let Some((first, rest)) = shown.split_once("...") else { return line == shown };
    let Some(mut left) = line.strip_prefix(first) else { return false };
    let parts: Vec<_> = rest.split("...").collect();
    let (last, middle) = parts.split_last().unwrap();
    for part in middle {
        match left.split_once(part) {
            Some((_, after)) => left = after,
            None => return false,
        }
    }
    left.ends_with(last)
}

#[track_caller]
fn check(command: &str, printed: &str, shown: &[String]) {
    let printed: Vec<_> = printed.lines().map(any_day).collect();
    let mut at = 0;
    let mut anything = false;
    for line in shown.iter().map(|line| any_day(line)) {
        if line == "..." {
            anything = true;
            continue;
        }
        let found = match anything {
            true => printed[at..].iter().position(|printed| is_as_shown(printed, &line)).map(|ahead| at + ahead),
            false => printed.get(at).filter(|printed| is_as_shown(printed, &line)).map(|_| at),
        };
        at = 1 + found.unwrap_or_else(|| panic!("$ {command}\nshown: {line}\nprinted: {printed:#?}"));
        anything = false;
    }
    assert!(anything || at == printed.len(), "$ {command}\nprints more than is shown: {:#?}", &printed[at..]);
}

#[test]
fn every_command_works_and_prints_what_is_shown() {
    let home = Home::empty();
    let folder = std::path::Path::new(GOODWORD).parent().unwrap();
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap());
    let commands = shown();
    assert!(commands.len() >= 8, "the README shows how to begin");
    assert!(commands.iter().any(|(_, shown)| !shown.is_empty()), "the README shows what is printed");
    for (command, shown) in commands {
        let mut shell = std::process::Command::new("sh");
        shell.args(["-c", &command]).current_dir(home.dir.path()).env_clear().env("PATH", &path);
        for (name, value) in home.command().get_envs().filter(|(name, _)| *name != "PATH") {
            shell.env(name, value.unwrap());
        }
        let output = shell.output().unwrap();
        assert!(output.status.success(), "$ {command}\n{}", String::from_utf8_lossy(&output.stderr));
        if !shown.is_empty() {
            check(&command, &String::from_utf8(output.stdout).unwrap(), &shown);
        }
    }
}

#[test]
fn the_first_screen_has_the_two_commands() {
    let first: Vec<_> = README.lines().take(24).map(str::trim).collect();
    assert!(first.contains(&"cargo run --release -- demo") && first.contains(&"tests/run"), "{first:#?}");
}

#[test]
fn dots_stand_for_anything_and_nothing_else_does() {
    assert!(is_as_shown("a b c", "a ... c") && is_as_shown("abc", "...") && is_as_shown("abc", "a...b...c"));
    assert!(!is_as_shown("abc", "ab") && !is_as_shown("abc", "a...d") && !is_as_shown("abc", "b...c"));
}
