//! `draft`: the words for one network, and a look at them in the author's own editor.

use std::{io::Write, process::Command};

use super::{Printed, args, client, printed, render};
use crate::{
    api::{Answer, DraftAnswer, Error, Request},
    platform::Folders,
};

pub fn run(folders: &Folders, draft: args::Draft) -> Result<Printed, Error> {
    let (edit, explain) = (draft.edit, draft.explain);
    let (network, turn) = (draft.network.clone(), draft.turn);
    let mut answer = client::ask(folders, draft.into())?;
    if let (true, Answer::Draft(draft)) = (edit, &answer) {
        let text = edited(draft)?;
        let network = network.or_else(|| Some(draft.draft.network.clone()));
        answer = client::ask(folders, Request::Draft { network, turn, text: Some(text) })?;
    }
    let mut both = printed(answer.clone());
    if let (true, Answer::Draft(draft)) = (explain, &answer) {
        both.text.push_str(&render::checks(draft));
    }
    Ok(both)
}

/// The text as the author leaves it in their editor.
fn edited(draft: &DraftAnswer) -> Result<String, Error> {
    let editor = ["VISUAL", "EDITOR"]
        .into_iter()
        .find_map(|name| std::env::var(name).ok().filter(|text| !text.trim().is_empty()));
    let editor = editor.unwrap_or_else(|| "vi".to_owned());
    let failed = |error: std::io::Error| {
        Error::failed(format!("the editor \"{editor}\": {error}")).hint("set $EDITOR to the one you use")
    };
    let mut file = tempfile::Builder::new().prefix("goodword-").suffix(".txt").tempfile().map_err(failed)?;
    file.write_all(draft.draft.text.as_bytes()).map_err(failed)?;
    file.flush().map_err(failed)?;
    // An editor may be a command with options, such as "code --wait".
    let mut words = editor.split_whitespace();
    let mut command = Command::new(words.next().unwrap_or("vi"));
    let status = command.args(words).arg(file.path()).status().map_err(failed)?;
    if !status.success() {
        return Err(Error::failed(format!("the editor \"{editor}\" ended with an error; the draft is unchanged"))
            .hint("set $EDITOR to the one you use"));
    }
    let bytes = std::fs::read(file.path()).map_err(failed)?;
    let text = String::from_utf8(bytes).map_err(|_| Error::usage("the edited text is not UTF-8"))?;
    Ok(text.trim_end().to_owned())
}
