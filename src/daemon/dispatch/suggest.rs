//! `audience suggest`, `keep` and `drop`: from a work to all the groups it could speak to.

use std::collections::HashMap;

use jiff::Timestamp;

use super::{
    Home,
    audience::{self, Crowds},
    names,
};
use crate::{
    api::{Answer, AudienceRow, Brainstorm, Error, ErrorKind, Next, Request},
    domain::{
        Audience, Book, Change, Id, Work,
        audience::slug,
        brainstorm::{self, Graph, Query, Suggestion},
        id::stable_hash,
        refusal,
    },
};

pub fn dispatch(home: &mut Home, now: Timestamp, request: Request) -> Result<Answer, Error> {
    match request {
        Request::AudienceSuggest { work, genre, depth } => suggest(home, now, work, genre, depth),
        Request::AudienceKeep { ids } => keep(home, now, &ids),
        Request::AudienceDrop { ids } => drop_them(home, now, &ids),
        _ => Err(Error::usage("this is not about suggestions")),
    }
}

fn suggest(
    home: &Home,
    now: Timestamp,
    work: Option<String>,
    genre: Option<String>,
    depth: u8,
) -> Result<Answer, Error> {
    let graph = home.graph()?;
    let book = home.book();
    let kept = kept_as(book, &graph);
    let dropped = refusal::audiences(book).map(str::to_owned).collect();
    let query = Query { depth, dropped, kept: kept.keys().cloned().collect(), ..starts(book, work, genre)? };
    // Equals come in a different order each time: nobody reads past the first screen.
    let seed = u64::from(now.subsec_nanosecond().unsigned_abs());
    let found = brainstorm::suggest(&graph, &query, home.clock(now).date(), seed)
        .map_err(|error| Error::new(ErrorKind::NotFound, error.to_string()).hint(Next::Genres))?;
    let crowds = audience::crowds(home, now);
    let row = |suggestion: Suggestion| row(kept.get(&suggestion.slug).copied(), &crowds, suggestion);
    let mut prompts = graph.prompts.clone();
    prompts.sort_by_cached_key(|prompt| stable_hash(&[&seed.to_string(), prompt]));
    let unknown = brainstorm::unknown(&graph, &query).into_iter().map(str::to_owned).collect();
    Ok(Answer::Brainstorm(Brainstorm { rows: found.into_iter().map(row).collect(), prompts, unknown }))
}

/// What to start from: words as typed, or all that is said of a work, or of all works.
fn starts(book: &Book, work: Option<String>, genre: Option<String>) -> Result<Query, Error> {
    if let Some(genre) = genre {
        return if genre.trim().is_empty() {
            Err(Error::usage("a genre cannot be empty").hint(Next::Genres))
        } else {
            Ok(Query::typed(&genre))
        };
    }
    let works: Vec<&Work> = match work {
        Some(name) => vec![names::work(book, &name)?],
        None => book.works.values().filter(|work| work.removed.is_none()).collect(),
    };
    let said = works.iter().flat_map(|work| [work.genre.as_str(), work.about.as_str()]);
    let words: Vec<_> = said.filter(|words| !words.is_empty()).collect();
    if words.is_empty() {
        return Err(Error::new(ErrorKind::Nothing, "no work in the book has a genre to start from").hint(Next::Genre));
    }
    let blurbs = works.iter().map(|work| work.blurb.clone()).filter(|blurb| !blurb.is_empty()).collect();
    Ok(Query { blurbs, ..Query::typed(&words.join(", ")) })
}

/// The kept audiences that the graph knows too, under the graph's slugs: what the author typed as "Civil War
/// re-enactors" is not to be suggested as another one.
fn kept_as<'a>(book: &'a Book, graph: &Graph) -> HashMap<String, &'a Audience> {
    let known = graph.audiences.iter().flat_map(|(wanted, interest)| {
        let names = std::iter::once(&interest.name).chain(&interest.aliases).map(|name| slug(name));
        names.chain([wanted.clone()]).map(move |name| (name, wanted))
    });
    let known: HashMap<_, _> = known.collect();
    let kept = book.kept_audiences();
    kept.filter_map(|audience| Some(((*known.get(&audience.slug)?).clone(), audience))).collect()
}

/// Where a kept audience leads in the graph: what is one step on, new ones first. The author's own lead nowhere yet.
pub fn leads(home: &Home, now: Timestamp, audience: &Audience) -> Vec<AudienceRow> {
    // A graph with a fault in it is no reason not to show the audience.
    let Ok(graph) = home.graph() else { return Vec::new() };
    let (book, crowds) = (home.book(), audience::crowds(home, now));
    let kept = kept_as(book, &graph);
    let here = kept.iter().find(|(_, kept)| kept.id == audience.id).map(|(slug, _)| slug);
    let ties = here.and_then(|slug| graph.ties.get(slug)).into_iter().flatten();
    let steps = ties.filter_map(|(slug, bridge)| {
        let (interest, kept) = (graph.audiences.get(slug)?, kept.get(slug).copied());
        let is_dropped = kept.is_none() && book.refusals.contains(&refusal::audience(slug));
        (!is_dropped && kept.is_none_or(|kept| kept.id != audience.id)).then(|| AudienceRow {
            contacts: kept.and_then(|kept| crowds.get(&kept.id)).map_or(0, |crowd| crowd.people),
            met: kept.and_then(|kept| crowds.get(&kept.id)).and_then(|crowd| crowd.met),
            kept: kept.is_some(),
            id: kept.map_or_else(|| slug.clone(), |kept| kept.id.to_string()),
            name: interest.name.clone(),
            via: Some(audience.name.clone()),
            bridge: bridge.clone(),
            hashtags: interest.hashtags.clone(),
            distance: 1,
            gather: interest.gather.clone(),
            kind: interest.kind.to_string(),
            season: interest.season.map(|season| season.to_string()),
            ..AudienceRow::default()
        })
    });
    let mut rows: Vec<_> = steps.collect();
    rows.sort_by_key(|row| row.kept);
    rows
}

fn row(kept: Option<&Audience>, crowds: &Crowds, suggestion: Suggestion) -> AudienceRow {
    let crowd = kept.and_then(|kept| crowds.get(&kept.id)).copied().unwrap_or_default();
    AudienceRow {
        contacts: crowd.people,
        met: crowd.met,
        kept: kept.is_some(),
        id: kept.map_or(suggestion.slug, |kept| kept.id.to_string()),
        name: suggestion.name,
        path: if suggestion.start == suggestion.via {
            vec![suggestion.via.name.clone()]
        } else {
            vec![suggestion.start.name, suggestion.via.name.clone()]
        },
        via: Some(suggestion.via.name),
        bridge: suggestion.bridge,
        hashtags: suggestion.hashtags,
        distance: u32::from(suggestion.distance),
        gather: suggestion.gather,
        kind: suggestion.kind.to_string(),
        season: suggestion.season.map(|season| season.to_string()),
        in_season: suggestion.in_season,
    }
}

fn keep(home: &mut Home, now: Timestamp, ids: &[String]) -> Result<Answer, Error> {
    let graph = home.graph()?;
    let mut changes = Vec::new();
    for id in ids {
        let wanted = slug(id);
        let Some(interest) = graph.audiences.get(&wanted) else {
            return Err(
                Error::new(ErrorKind::NotFound, format!("no suggestion has the id \"{id}\"")).hint(Next::Suggestions)
            );
        };
        if kept_as(home.book(), &graph).contains_key(&wanted) {
            continue;
        }
        let (via, bridge) = way(home.book(), &graph, &wanted, &changes);
        changes.push(Change::Audience(Audience {
            id: home.new_id(now),
            name: interest.name.clone(),
            slug: wanted.clone(),
            via,
            bridge,
            hashtags: interest.hashtags.iter().cloned().collect(),
            added: Some(home.clock(now).date()),
            removed: None,
        }));
        changes.push(Change::Refusal(refusal::audience(&wanted), false));
    }
    home.commit(&changes)?;
    audience::dispatch(home, now, Request::AudienceList)
}

/// How a kept audience was reached: from a work with its genre, else from an audience that is kept too.
fn way(book: &Book, graph: &Graph, wanted: &str, changes: &[Change]) -> (Option<Id>, String) {
    for work in book.works.values().filter(|work| work.removed.is_none()) {
        let typed = Query::typed(&format!("{}, {}", work.genre, work.about));
        let query = Query { depth: 1, blurbs: vec![work.blurb.clone()], ..typed };
        let near = brainstorm::suggest(graph, &query, jiff::civil::Date::MIN, 0).unwrap_or_default();
        if let Some(step) = near.into_iter().find(|step| step.slug == wanted) {
            return (Some(work.id.clone()), step.bridge);
        }
    }
    let just_kept = changes.iter().filter_map(|change| match change {
        Change::Audience(audience) => Some(audience),
        _ => None,
    });
    for audience in book.kept_audiences().chain(just_kept) {
        if let Some(bridge) = graph.ties.get(&audience.slug).and_then(|ties| ties.get(wanted)) {
            return (Some(audience.id.clone()), bridge.clone());
        }
    }
    let any = graph.ties.values().find_map(|ties| ties.get(wanted));
    (None, any.cloned().unwrap_or_default())
}

fn drop_them(home: &mut Home, now: Timestamp, ids: &[String]) -> Result<Answer, Error> {
    let graph = home.graph()?;
    let mut changes = Vec::new();
    for id in ids {
        let book = home.book();
        // A suggestion is not the beginning of a longer name that is kept.
        let kept = match names::exact_audience(book, id) {
            None if !graph.audiences.contains_key(&slug(id)) => names::maybe_audience(book, id)?,
            exact => exact,
        };
        let wanted = kept.map_or_else(|| slug(id), |audience| audience.slug.clone());
        if kept.is_none() && !graph.audiences.contains_key(&wanted) {
            return Err(Error::new(ErrorKind::NotFound, format!("there is no audience \"{id}\", kept or suggested"))
                .hint(Next::Suggestions));
        }
        // Also as it was made on another laptop, or it would be back at once.
        let removed = Some(home.clock(now).date());
        let all = book.audiences.values().filter(|one| kept.is_some() && book.audience(&one.id) == kept);
        changes.extend(all.map(|audience| Change::Audience(Audience { removed, ..audience.clone() })));
        changes.push(Change::Refusal(refusal::audience(&wanted), true));
    }
    home.commit(&changes)?;
    audience::dispatch(home, now, Request::AudienceList)
}
