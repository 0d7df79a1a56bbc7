//! Brainstorm: from a work to all the audiences it could speak to, over a graph of interests.
//!
//! Most writers stop at "readers of my genre" and "other writers"; those come last here. A graph's **facets** (a
//! genre, a period, the hero's job, ..) lead to **audiences**, audiences lead on to their neighbours, and every step
//! is a tie with a bridge: one sentence that says why.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use jiff::{Span, civil::Date};
use serde::Deserialize;

use super::{audience::slug, id::stable_hash};

/// How far a brainstorm may walk: a third step would reach nearly everybody, and mean nothing.
pub const MAX_DEPTH: u8 = 2;

/// What leads where. Slugs are the keys; no facet and audience share one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Graph {
    pub facets: BTreeMap<String, Facet>,
    pub audiences: BTreeMap<String, Interest>,
    /// From a facet or an audience to audiences, each with its bridge.
    pub ties: BTreeMap<String, BTreeMap<String, String>>,
    /// Questions that unlock the author's own ideas.
    pub prompts: Vec<String>,
}

/// Something a work is or has, where a brainstorm can start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facet {
    pub name: String,
    pub kind: FacetKind,
    /// Other words for it, and the BISAC codes (or their beginnings) that mean it.
    pub aliases: Vec<String>,
    /// Facets whose audiences are one step further.
    pub near: BTreeSet<String>,
}

/// Which side of a work a facet is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FacetKind {
    Genre,
    Period,
    Place,
    /// What the hero does for a living.
    Job,
    Object,
    Theme,
    LifeStage,
    Season,
}

/// An audience as the graph knows it, before any author kept it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interest {
    pub name: String,
    pub kind: Kind,
    pub aliases: Vec<String>,
    pub season: Option<Season>,
    /// CamelCase, without `#`.
    pub hashtags: Vec<String>,
    /// Where such people meet, for people to read.
    pub gather: String,
    /// The audience everybody thinks of first (other writers, readers of the genre): ranked last, never walked through.
    pub usual: bool,
}

/// What holds an audience together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    Hobby,
    Profession,
    Cause,
    Institution,
    Fandom,
    Place,
    LifeStage,
    Maker,
}

/// The months, first and last included, in which an audience is at its liveliest; `Nov-Jan` runs over New Year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Season {
    from: i8,
    to: i8,
}

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// People plan a little ahead: a season counts this many days before its first.
const RUN_UP_DAYS: i64 = 14;

/// What brings an audience up: each word that leads to it, directly or not, and its season.
const DIRECT: u32 = 3;
const ONE_STEP_ON: u32 = 1;
const IN_SEASON: u32 = 2;

/// What the author asks.
#[derive(Clone, Debug, Default)]
pub struct Query {
    /// Genres and facets as typed: a name, an alias, a BISAC code or a phrase that contains some.
    /// None: start from the audiences kept.
    pub words: Vec<String>,
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
    #[error("\"{typed}\" is not in the graph of interests; the nearest are {}", nearest.join(", "))]
    Unknown { typed: String, nearest: Vec<String> },
}

/// The audiences in reach of `query`: nearer ones, those in season on `today` and those that several of its words
/// lead to come first, kept ones later, the usual ones last. Among equals `seed` sets the order.
pub fn suggest(graph: &Graph, query: &Query, today: Date, seed: u64) -> Result<Vec<Suggestion>, BrainstormError> {
    let depth = query.depth.clamp(1, MAX_DEPTH);
    let index = graph.index();
    let mut starts: Vec<&str> = Vec::new();
    for typed in &query.words {
        for found in graph.resolve(&index, typed)? {
            if !starts.contains(&found) {
                starts.push(found);
            }
        }
    }
    if query.words.is_empty() {
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

    fn named(&self, slug: &str) -> Named {
        let facet = self.facets.get(slug).map(|facet| &facet.name);
        let name = facet.or_else(|| self.audiences.get(slug).map(|interest| &interest.name));
        Named { slug: slug.to_owned(), name: name.map_or(slug, String::as_str).to_owned() }
    }

    /// Every slug, name and alias, [`fold`]ed. Facets win over audiences.
    fn index(&self) -> BTreeMap<String, &str> {
        let mut index = BTreeMap::new();
        let facets = self.facets.iter().map(|(slug, facet)| (slug, &facet.name, &facet.aliases));
        let audiences = self.audiences.iter().map(|(slug, interest)| (slug, &interest.name, &interest.aliases));
        for (slug, name, aliases) in facets.chain(audiences) {
            for word in [slug, name].into_iter().chain(aliases) {
                index.entry(fold(word)).or_insert(slug.as_str());
            }
        }
        index
    }

    /// What a typed word means: exactly that, a BISAC code's longest known beginning, or all the names in the phrase.
    fn resolve<'a>(&self, index: &BTreeMap<String, &'a str>, typed: &str) -> Result<Vec<&'a str>, BrainstormError> {
        if let Some(found) = index.get(&fold(typed)) {
            return Ok(vec![found]);
        }
        if let Some(code) = bisac(typed) {
            let starts = (3..=code.len()).rev().filter_map(|length| code.get(..length));
            if let Some(found) = starts.filter_map(|start| index.get(start)).next() {
                return Ok(vec![found]);
            }
        }
        let folded = fold(typed);
        let words: Vec<&str> = folded.split('-').collect();
        let mut found = Vec::new();
        let mut at = 0;
        while at < words.len() {
            let ends = (at + 1..=words.len().min(at + LONGEST_NAME)).rev();
            let hit = ends.filter_map(|end| Some((end, *index.get(&words.get(at..end)?.join("-"))?))).next();
            found.extend(hit.map(|(_, slug)| slug));
            at = hit.map_or(at + 1, |(end, _)| end);
        }
        if found.is_empty() { Err(self.unknown(typed, index)) } else { Ok(found) }
    }

    fn unknown(&self, typed: &str, index: &BTreeMap<String, &str>) -> BrainstormError {
        let folded = fold(typed);
        let mut best: BTreeMap<&str, f64> = BTreeMap::new();
        for (word, slug) in index {
            let likeness = strsim::jaro_winkler(&folded, word);
            let known = best.entry(slug).or_default();
            *known = known.max(likeness);
        }
        let mut nearest: Vec<_> = best.into_iter().collect();
        nearest.sort_by(|(_, a), (_, b)| b.total_cmp(a));
        let nearest = nearest.into_iter().take(NEAREST).map(|(slug, _)| self.named(slug).name).collect();
        BrainstormError::Unknown { typed: typed.to_owned(), nearest }
    }
}

/// How many names an error offers.
const NEAREST: usize = 5;
/// The most words that a name is looked for in a phrase with.
const LONGEST_NAME: usize = 6;

/// One spelling for what people type in many: case, punctuation and the plural do not matter.
#[must_use]
pub fn fold(word: &str) -> String {
    let plain = slug(&word.replace(['\'', '’'], ""));
    let singular = |word: &str| match (word.strip_suffix("ies"), word.strip_suffix('s')) {
        (Some(stem), _) if stem.len() > 1 => format!("{stem}y"),
        (_, Some(stem)) if stem.len() > 2 && !stem.ends_with('s') => stem.to_owned(),
        _ => word.to_owned(),
    };
    plain.split('-').map(singular).collect::<Vec<_>>().join("-")
}

/// The subject code at the head of a line such as `FIC014000 FICTION / Historical / General`, folded.
fn bisac(typed: &str) -> Option<String> {
    let code = typed.split_whitespace().next()?;
    let (letters, digits) = code.split_at_checked(3)?;
    let is_code = letters.bytes().all(|b| b.is_ascii_alphabetic()) && digits.bytes().all(|b| b.is_ascii_digit());
    (is_code && digits.len() == 6).then(|| code.to_lowercase())
}

impl Season {
    /// Whether a day lies in the season, or shortly before it.
    #[must_use]
    pub fn is_near(self, day: Date) -> bool {
        let soon = day.checked_add(Span::new().days(RUN_UP_DAYS)).unwrap_or(day);
        self.holds(day.month()) || self.holds(soon.month())
    }

    fn holds(self, month: i8) -> bool {
        if self.from <= self.to {
            (self.from..=self.to).contains(&month)
        } else {
            month >= self.from || month <= self.to
        }
    }
}

impl std::str::FromStr for Season {
    type Err = String;

    /// Reads `Oct` or `Nov-Jan`.
    fn from_str(text: &str) -> Result<Self, String> {
        let month = |word: &str| MONTHS.into_iter().zip(1..).find_map(|(name, n)| (name == word.trim()).then_some(n));
        let (from, to) = text.split_once('-').unwrap_or((text, text));
        match (month(from), month(to)) {
            (Some(from), Some(to)) => Ok(Season { from, to }),
            _ => Err(format!("\"{text}\" is not a season such as Oct or Nov-Jan")),
        }
    }
}

impl fmt::Display for Season {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |month: i8| MONTHS.into_iter().zip(1..).find_map(|(name, n)| (n == month).then_some(name));
        f.write_str(name(self.from).unwrap_or_default())?;
        if self.from != self.to {
            write!(f, "-{}", name(self.to).unwrap_or_default())?;
        }
        Ok(())
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::Hobby => "hobby",
            Kind::Profession => "profession",
            Kind::Cause => "cause",
            Kind::Institution => "institution",
            Kind::Fandom => "fandom",
            Kind::Place => "place",
            Kind::LifeStage => "life-stage",
            Kind::Maker => "maker",
        })
    }
}
