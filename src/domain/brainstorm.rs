//! Brainstorm: from a work to all the audiences it could speak to, over a graph of interests.
//!
//! Most writers stop at "readers of my genre" and "other writers"; those come last here. A graph's **facets** (a
//! genre, a period, the hero's job, ..) lead to **audiences**, audiences lead on to their neighbours, and every step
//! is a tie with a bridge: one sentence that says why.

mod graph;
mod season;
mod words;

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use jiff::civil::Date;

pub use self::{
    graph::{Facet, FacetKind, Graph, Interest, Kind},
    season::Season,
    words::fold,
};
use super::id::stable_hash;

/// How far a brainstorm may walk: a third step would reach nearly everybody, and mean nothing.
pub const MAX_DEPTH: u8 = 2;

/// What brings an audience up: each word that leads to it, directly or not, and its season.
const DIRECT: u32 = 3;
const ONE_STEP_ON: u32 = 1;
const IN_SEASON: u32 = 2;

/// What the author asks.
#[derive(Clone, Debug, Default)]
pub struct Query {
    /// Genres and facets as typed: a name, an alias, a BISAC code or a phrase that contains some.
    /// None: start from the audiences kept. Those that the graph does not know are passed over ([`unknown`]).
    pub words: Vec<String>,
    /// What the work is about, in sentences: the times, places, jobs and things named in them count as well.
    pub blurbs: Vec<String>,
    /// Steps to walk; held within 1..=[`MAX_DEPTH`].
    pub depth: u8,
    /// Slugs the author does not want: neither suggested nor walked through.
    pub dropped: BTreeSet<String>,
    /// Slugs the author keeps: listed after what is new, and one more step is walked from those in reach.
    pub kept: BTreeSet<String>,
}

impl Query {
    /// Reads a line such as `historical mystery, 1863, trains`.
    #[must_use]
    pub fn typed(line: &str) -> Self {
        let words = line.split([',', ';']).map(str::trim).filter(|word| !word.is_empty());
        Query { words: words.map(str::to_owned).collect(), depth: MAX_DEPTH, ..Query::default() }
    }
}

/// A place in the graph, for machines and for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    pub slug: String,
    pub name: String,
}

/// An audience, and how the work leads there: `start`, then `via` (the same for a direct tie), then the audience.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    pub slug: String,
    pub name: String,
    pub kind: Kind,
    /// The facet the author typed, or the audience they kept.
    pub start: Named,
    /// The last stop before this audience.
    pub via: Named,
    /// Why `via` leads here.
    pub bridge: String,
    pub hashtags: Vec<String>,
    pub gather: String,
    /// Steps from `start`: 1 or 2.
    pub distance: u8,
    pub season: Option<Season>,
    pub in_season: bool,
    pub kept: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BrainstormError {
    #[error("there is nothing to start from: name a genre, or keep an audience first")]
    NothingToStartFrom,
    #[error("\"{typed}\" is not in the graph of interests{}", meant(nearest))]
    Unknown { typed: String, nearest: Vec<String> },
}

fn meant(nearest: &[String]) -> String {
    match nearest {
        [] => "; say it in broader words, such as fantasy, romance or memoir".to_owned(),
        [one] => format!("; did you mean {one}?"),
        several => format!("; the nearest are {}", several.join(", ")),
    }
}

/// The audiences in reach of `query`: nearer ones, those in season on `today` and those that several of its words
/// lead to come first, kept ones later, the usual ones last. Among equals `seed` sets the order.
pub fn suggest(graph: &Graph, query: &Query, today: Date, seed: u64) -> Result<Vec<Suggestion>, BrainstormError> {
    let depth = query.depth.clamp(1, MAX_DEPTH);
    let index = graph.index();
    let mut starts: Vec<&str> = Vec::new();
    let mut missed = None;
    for typed in &query.words {
        match graph.resolve(&index, typed) {
            Ok(found) => starts.extend(found),
            Err(error) => missed = missed.or(Some(error)),
        }
    }
    starts.extend(query.blurbs.iter().flat_map(|blurb| graph.named_in(&index, blurb)));
    let mut seen = BTreeSet::new();
    starts.retain(|start| seen.insert(*start));
    if let Some(error) = missed.filter(|_| starts.is_empty()) {
        return Err(error);
    }
    if query.words.is_empty() && starts.is_empty() {
        starts.extend(query.kept.iter().map(String::as_str).filter(|kept| graph.audiences.contains_key(*kept)));
    }
    if starts.is_empty() {
        return Err(BrainstormError::NothingToStartFrom);
    }
    let mut found: BTreeMap<&str, Found> = BTreeMap::new();
    for start in &starts {
        graph.walk(start, depth, &query.dropped, &mut found);
    }
    let stepping_stones: Vec<&str> = found.keys().copied().filter(|slug| query.kept.contains(*slug)).collect();
    for kept in stepping_stones.into_iter().filter(|kept| !starts.contains(kept)) {
        graph.walk(kept, 1, &query.dropped, &mut found);
    }

    let suggestion = |(slug, found): (&&str, &Found)| {
        let interest = graph.audiences.get(*slug)?;
        let in_season = interest.season.is_some_and(|season| season.is_near(today));
        let nearness = found.starts.values().map(|distance| if *distance == 1 { DIRECT } else { ONE_STEP_ON });
        let score = nearness.sum::<u32>() + if in_season { IN_SEASON } else { 0 };
        let kept = query.kept.contains(*slug);
        let chance = stable_hash(&[&seed.to_string(), slug]);
        let suggestion = Suggestion {
            slug: (*slug).to_owned(),
            name: interest.name.clone(),
            kind: interest.kind,
            start: graph.named(found.start),
            via: graph.named(found.via),
            bridge: found.bridge.to_owned(),
            hashtags: interest.hashtags.clone(),
            gather: interest.gather.clone(),
            distance: found.distance,
            season: interest.season,
            in_season,
            kept,
        };
        Some(((interest.usual, kept, Reverse(score), chance), suggestion))
    };
    let reached = found.iter().filter(|(slug, _)| query.kept.contains(**slug) || !starts.contains(slug));
    let mut ranked: Vec<_> = reached.filter_map(suggestion).collect();
    ranked.sort_by_key(|(rank, _)| *rank);
    Ok(ranked.into_iter().map(|(_, suggestion)| suggestion).collect())
}

/// The words of a query that the graph does not know.
#[must_use]
pub fn unknown<'q>(graph: &Graph, query: &'q Query) -> Vec<&'q str> {
    let index = graph.index();
    query.words.iter().map(String::as_str).filter(|word| graph.resolve(&index, word).is_err()).collect()
}

/// The shortest way found to an audience, and every start that leads there with its distance.
struct Found<'a> {
    distance: u8,
    start: &'a str,
    via: &'a str,
    bridge: &'a str,
    starts: BTreeMap<&'a str, u8>,
}

impl Graph {
    /// Walks at most `depth` steps from `start`, breadth first.
    fn walk<'a>(
        &'a self,
        start: &'a str,
        depth: u8,
        dropped: &BTreeSet<String>,
        found: &mut BTreeMap<&'a str, Found<'a>>,
    ) {
        let mut seen = BTreeSet::from([start]);
        let mut edge = vec![start];
        for distance in 1..=depth {
            let mut next = Vec::new();
            for via in edge {
                for (to, bridge) in self.ties.get(via).into_iter().flatten() {
                    let Some(interest) = self.audiences.get(to) else { continue };
                    if dropped.contains(to) || !seen.insert(to) {
                        continue;
                    }
                    let way = Found { distance, start, via, bridge, starts: BTreeMap::from([(start, distance)]) };
                    match found.get_mut(to.as_str()) {
                        Some(known) if known.distance <= distance => _ = known.starts.insert(start, distance),
                        Some(known) => {
                            let starts = std::mem::take(&mut known.starts);
                            *known = way;
                            known.starts.extend(starts);
                        }
                        None => _ = found.insert(to, way),
                    }
                    if !interest.usual {
                        next.push(to.as_str());
                    }
                }
                let near = self.facets.get(via).into_iter().flat_map(|facet| &facet.near);
                next.extend(near.map(String::as_str).filter(|near| seen.insert(near)));
            }
            edge = next;
        }
    }
}
