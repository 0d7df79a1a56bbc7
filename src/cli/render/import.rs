//! What an import did, or would do, as people read it.

use std::fmt::Write;

use crate::api::{Fate, Imported, Problem, counted};

/// Rows shown of a dry run, and problems; `--json` gives more of them.
const SCREENFUL: usize = 20;

pub fn imported(answer: &Imported) -> String {
    let mut text = String::new();
    let kind = match answer.list.as_str() {
        "" => format!("Read as {}", answer.format),
        list => format!("Looked at {list}"),
    };
    let would = if answer.dry_run { ". Nothing was changed; this would happen:" } else { ":" };
    _ = writeln!(text, "{kind}{would}");
    let counts = [
        (answer.added, "added"),
        (answer.merged, "merged with somebody you know"),
        (answer.suppressed, "kept out of your way (blocks and mutes)"),
        (answer.skipped, "skipped"),
    ];
    for (count, what) in counts.iter().filter(|(count, what)| *count > 0 || *what == "added") {
        _ = writeln!(text, "  {count:>6} {what}");
    }
    for left in &answer.left_out {
        _ = writeln!(text, "  {:>6} left out: {}", left.people, left.why);
    }
    if answer.more_people {
        text.push_str("  It goes on; nobody has a good word for more.\n");
    }
    for audience in &answer.audiences {
        let new = if audience.new { "new audience" } else { "audience" };
        _ = writeln!(text, "  {new} \"{}\": {}", audience.name, counted(audience.people, "person", "people"));
    }
    let told: Vec<_> =
        answer.rows.iter().filter(|row| answer.dry_run || row.fate != Fate::Added).take(SCREENFUL).collect();
    for row in &told {
        let (mark, note) = match row.fate {
            Fate::Added => ("+", row.audiences.join(", ")),
            Fate::Merged => ("=", format!("with {}", row.note)),
            Fate::Suppressed => ("x", row.note.clone()),
            Fate::Skipped => ("-", row.note.clone()),
        };
        _ = writeln!(text, "  {mark} {}{}{note}", row.name, if note.is_empty() { "" } else { ": " });
    }
    let all = if answer.dry_run { answer.rows.len() + answer.more_rows } else { told.len() };
    if all > told.len() {
        _ = writeln!(text, "  .. and {} more", all - told.len());
    }
    problems(&mut text, &answer.problems, answer.more_problems);
    if answer.dry_run {
        text.push_str("\nThe same command without --dry-run does it.\n");
    } else if answer.added > 0 {
        text.push_str(
            "\nNext: say why they are cool. Who has no why waits until then: goodword contact edit NAME --why \"..\"\n",
        );
    }
    text
}

fn problems(text: &mut String, problems: &[Problem], more: usize) {
    if problems.is_empty() {
        return;
    }
    text.push_str("Could not be read:\n");
    for problem in problems.iter().take(SCREENFUL) {
        match problem.line {
            0 => _ = writeln!(text, "  {}", problem.message),
            line => _ = writeln!(text, "  line {line}: {}", problem.message),
        }
    }
    let left = problems.len().saturating_sub(SCREENFUL) + more;
    if left > 0 {
        _ = writeln!(text, "  .. and {left} more");
    }
}
