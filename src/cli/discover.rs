//! `discover`: on a terminal each of a handful is shown, and the author says why they are cool, or not.

use super::{
    Printed,
    args::{Discover, DiscoverChoice},
    client, printed,
    questions::{Questions, say},
    render, wrong,
};
use crate::{
    api::{Answer, Discovery, Error, Request, counted},
    platform::Folders,
};

pub fn run(folders: &Folders, words: Discover, json: bool) -> Result<Printed, Error> {
    let ask = |request| client::ask(folders, request);
    match words.choice {
        Some(DiscoverChoice::Keep { id, why, audience }) => {
            ask(Request::DiscoverKeep { id, why, audience }).map(printed)
        }
        Some(DiscoverChoice::Drop { ids }) => ask(Request::DiscoverDrop { ids }).map(printed),
        None => {
            let answer = ask(Request::Discover { audience: words.audience, from: words.from, still: Vec::new() })?;
            let mut questions = Questions::new(json);
            match answer {
                Answer::Discovery(discovery) if questions.interactive => choose(&ask, &mut questions, &discovery),
                answer => Ok(printed(answer)),
            }
        }
    }
}

/// Goes through the handful. What is said of one is done at once: nothing is lost when the author stops in between.
fn choose(
    ask: &impl Fn(Request) -> Result<Answer, Error>,
    questions: &mut Questions,
    discovery: &Discovery,
) -> Result<Printed, Error> {
    let (mut kept, mut dropped) = (0, 0);
    for remark in &discovery.remarks {
        say(&wrong::tame(&format!("{remark}\n")));
    }
    say("Say in a sentence why they are cool, and they are in your book. n: not for me, ever. Enter alone: not now.\n");
    for candidate in &discovery.candidates {
        say(&wrong::tame(&format!("\n{}", render::discover::candidate(candidate, false))));
        while let Some(said) = questions.ask(&format!("Why is {} cool? (a sentence, n, or Enter)", candidate.name)) {
            let done = if said.eq_ignore_ascii_case("n") {
                ask(Request::DiscoverDrop { ids: vec![candidate.id.clone()] }).map(|_| dropped += 1)
            } else {
                ask(Request::DiscoverKeep { id: candidate.id.clone(), why: said, audience: None }).map(|_| kept += 1)
            };
            match done {
                Ok(()) => break,
                Err(error) => say(&wrong::tame(&format!("{}\n", error.message))),
            }
        }
        if !questions.interactive {
            break;
        }
    }
    let people = |number: usize| counted(number, "person", "people");
    let mut text = format!("{} kept, {} not for you.\n", people(kept), people(dropped));
    if discovery.more > 0 {
        text.push_str("There are more: goodword discover\n");
    }
    let json = serde_json::json!({ "kept": kept, "dropped": dropped, "more": discovery.more });
    Ok(Printed { text, json: json.to_string(), nothing: false })
}
