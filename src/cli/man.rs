//! The manual page: one for all commands, so that there is nothing to install beside it.

use std::io::Write;

use clap::{Arg, Command};

/// The page as troff.
pub fn page(mut commands: Command) -> std::io::Result<String> {
    commands.build();
    let mut page = Vec::new();
    let top = clap_mangen::Man::new(commands.clone());
    top.render_title(&mut page)?;
    top.render_name_section(&mut page)?;
    top.render_synopsis_section(&mut page)?;
    top.render_description_section(&mut page)?;
    top.render_options_section(&mut page)?;
    writeln!(page, ".SH COMMANDS")?;
    explain(&mut page, &commands)?;
    Ok(String::from_utf8_lossy(&page).into_owned())
}

fn explain(page: &mut Vec<u8>, group: &Command) -> std::io::Result<()> {
    let is_for_people = |command: &&Command| command.get_name() != "help" && !command.is_hide_set();
    for command in group.get_subcommands().filter(is_for_people) {
        if command.has_subcommands() {
            explain(page, command)?;
            continue;
        }
        let usage = command.clone().render_usage().to_string();
        writeln!(page, ".SS \"{}\"", escaped(usage.trim_start_matches("Usage: ")).replace('"', "\\(dq"))?;
        if let Some(about) = command.get_long_about().or_else(|| command.get_about()) {
            writeln!(page, "{}", escaped(&about.to_string()))?;
        }
        let own = |arg: &&Arg| !arg.is_global_set() && !matches!(arg.get_id().as_str(), "help" | "version");
        for arg in command.get_arguments().filter(own) {
            let Some(help) = arg.get_help() else { continue };
            writeln!(page, ".TP\n\\fB{}\\fR\n{}", escaped(&arg.to_string()), escaped(&help.to_string()))?;
        }
    }
    Ok(())
}

/// Plain text as troff reads it: no line of it is a request, and a hyphen is a hyphen.
fn escaped(text: &str) -> String {
    let text = text.replace('\\', "\\e").replace('-', "\\-");
    let line = |line: &str| if line.starts_with(['.', '\'']) { format!("\\&{line}") } else { line.to_owned() };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}
