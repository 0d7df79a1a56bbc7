//! One file of the graph: its form, and the checks that name the line.

use std::collections::{BTreeMap, BTreeSet, btree_map::Entry};

use serde::Deserialize;
use toml::Spanned;

use super::{Fault, Loaded};
use crate::domain::{
    audience::slug,
    brainstorm::{Facet, FacetKind, Graph, Interest, Kind, fold},
};

/// A bridge is read at a glance.
const MAX_BRIDGE_CHARS: usize = 120;
const MAX_HASHTAGS: usize = 3;

type Table<T> = BTreeMap<Spanned<String>, T>;

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
struct File {
    prompts: Vec<String>,
    genre: Table<FacetEntry>,
    period: Table<FacetEntry>,
    place: Table<FacetEntry>,
    job: Table<FacetEntry>,
    object: Table<FacetEntry>,
    theme: Table<FacetEntry>,
    life_stage: Table<FacetEntry>,
    season: Table<FacetEntry>,
    audience: Table<AudienceEntry>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct FacetEntry {
    name: Option<String>,
    aliases: Vec<String>,
    near: Vec<Spanned<String>>,
    /// Slug of an audience = bridge.
    to: Table<String>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct AudienceEntry {
    name: Option<String>,
    aliases: Vec<String>,
    kind: Option<Kind>,
    season: Option<Spanned<String>>,
    hashtags: Vec<Spanned<String>>,
    gather: Option<String>,
    usual: Option<bool>,
    to: Table<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Side {
    Facet,
    Audience,
}

/// Where something stands: an index into the files read, and a line.
type Place = (usize, usize);

/// Gathers files into a graph. References are checked at the end, when all is known.
#[derive(Default)]
pub(super) struct Reader {
    graph: Graph,
    faults: Vec<Fault>,
    files: Vec<String>,
    /// Who has a folded name or alias. A facet and an audience may share one: typed, it means the facet.
    names: BTreeMap<(Side, String), (String, Place)>,
    ties: BTreeMap<(String, String), (String, Place)>,
    near: BTreeMap<(String, String), Place>,
}

impl Reader {
    pub(super) fn read_layer(&mut self, files: &[(&str, &str)]) {
        let mut named = BTreeMap::new();
        for (name, text) in files {
            self.files.push((*name).to_owned());
            let lines = Lines::of(text);
            match toml::from_str::<File>(text) {
                Ok(file) => self.read_file(file, &lines, &mut named),
                Err(error) => {
                    let start = error.span().map_or(0, |span| span.start);
                    let place = (self.files.len() - 1, lines.line(start));
                    self.fault(place, error.message().replace('\n', " "));
                }
            }
        }
    }

    fn read_file(&mut self, file: File, lines: &Lines, named: &mut BTreeMap<String, Place>) {
        self.graph.prompts.extend(file.prompts);
        let tables = [
            (FacetKind::Genre, file.genre),
            (FacetKind::Period, file.period),
            (FacetKind::Place, file.place),
            (FacetKind::Job, file.job),
            (FacetKind::Object, file.object),
            (FacetKind::Theme, file.theme),
            (FacetKind::LifeStage, file.life_stage),
            (FacetKind::Season, file.season),
        ];
        for (kind, table) in tables {
            for (key, entry) in table {
                let place = self.place(lines, &key);
                self.read_facet(kind, key.into_inner(), entry, place, lines, named);
            }
        }
        for (key, entry) in file.audience {
            let place = self.place(lines, &key);
            self.read_audience(key.into_inner(), entry, place, lines, named);
        }
    }

    fn read_facet(
        &mut self,
        kind: FacetKind,
        key: String,
        entry: FacetEntry,
        place: Place,
        lines: &Lines,
        named: &mut BTreeMap<String, Place>,
    ) {
        self.read_ties(&key, entry.to, lines);
        for near in entry.near {
            let at = self.place(lines, &near);
            self.near.insert((key.clone(), near.into_inner()), at);
        }
        if !self.take_names(Side::Facet, &key, entry.name.as_deref(), &entry.aliases, place, named) {
            return;
        }
        if self.graph.audiences.contains_key(&key) {
            return self.fault(place, format!("\"{key}\" is an audience already"));
        }
        match (self.graph.facets.entry(key), entry.name) {
            (Entry::Occupied(known), _) if known.get().kind != kind => {
                let message = format!("\"{}\" is there already as another kind of facet", known.key());
                self.fault(place, message);
            }
            (Entry::Occupied(mut known), name) => {
                let facet = known.get_mut();
                facet.name = name.unwrap_or_else(|| facet.name.clone());
                facet.aliases.extend(entry.aliases);
            }
            (Entry::Vacant(free), Some(name)) => {
                free.insert(Facet { name, kind, aliases: entry.aliases, near: BTreeSet::new() });
            }
            (Entry::Vacant(free), None) => {
                let message = format!("\"{}\" is new here and needs a name", free.key());
                self.fault(place, message);
            }
        }
    }

    fn read_audience(
        &mut self,
        key: String,
        entry: AudienceEntry,
        place: Place,
        lines: &Lines,
        named: &mut BTreeMap<String, Place>,
    ) {
        self.read_ties(&key, entry.to, lines);
        if !self.take_names(Side::Audience, &key, entry.name.as_deref(), &entry.aliases, place, named) {
            return;
        }
        if self.graph.facets.contains_key(&key) {
            return self.fault(place, format!("\"{key}\" is a facet already"));
        }
        let mut season = None;
        if let Some(typed) = entry.season {
            let at = self.place(lines, &typed);
            season = typed.get_ref().parse().map_err(|message| self.fault(at, message)).ok();
        }
        let mut hashtags = Vec::new();
        for tag in entry.hashtags {
            let at = self.place(lines, &tag);
            match fault_of_hashtag(tag.get_ref()) {
                Some(fault) => self.fault(at, fault),
                None if hashtags.len() == MAX_HASHTAGS => self.fault(at, format!("more than {MAX_HASHTAGS} hashtags")),
                None => hashtags.push(tag.into_inner()),
            }
        }
        match (self.graph.audiences.entry(key), entry.name, entry.kind) {
            (Entry::Occupied(mut known), name, kind) => {
                let interest = known.get_mut();
                interest.name = name.unwrap_or_else(|| interest.name.clone());
                interest.kind = kind.unwrap_or(interest.kind);
                interest.season = season.or(interest.season);
                interest.gather = entry.gather.unwrap_or_else(|| interest.gather.clone());
                interest.usual = entry.usual.unwrap_or(interest.usual);
                interest.aliases.extend(entry.aliases);
                if !hashtags.is_empty() {
                    interest.hashtags = hashtags;
                }
            }
            (Entry::Vacant(free), Some(name), Some(kind)) => {
                let (gather, usual) = (entry.gather.unwrap_or_default(), entry.usual.unwrap_or_default());
                free.insert(Interest { name, kind, aliases: entry.aliases, season, hashtags, gather, usual });
            }
            (Entry::Vacant(free), _, _) => {
                let message = format!("\"{}\" is new here and needs a name and a kind", free.key());
                self.fault(place, message);
            }
        }
    }

    /// Notes an entry's key, name and aliases; false where the entry cannot be taken in.
    fn take_names(
        &mut self,
        side: Side,
        key: &str,
        name: Option<&str>,
        aliases: &[String],
        place: Place,
        named: &mut BTreeMap<String, Place>,
    ) -> bool {
        if key.is_empty() || slug(key) != key {
            self.fault(place, format!("\"{key}\" is not a slug: lower case letters and digits, with - between words"));
            return false;
        }
        if name.is_some_and(|name| name.trim().is_empty()) {
            self.fault(place, format!("\"{key}\" has an empty name"));
            return false;
        }
        if name.is_some()
            && let Some(first) = named.insert(key.to_owned(), place)
        {
            let first = self.shown(first);
            self.fault(place, format!("\"{key}\" is named twice, first in {first}"));
            return false;
        }
        for word in [Some(key), name].into_iter().flatten().chain(aliases.iter().map(String::as_str)) {
            let (owner, first) =
                self.names.entry((side, fold(word))).or_insert_with(|| (key.to_owned(), place)).clone();
            if owner != key {
                let first = self.shown(first);
                self.fault(place, format!("\"{word}\" already means \"{owner}\" in {first}"));
            }
        }
        true
    }

    fn read_ties(&mut self, from: &str, ties: Table<String>, lines: &Lines) {
        for (to, bridge) in ties {
            let place = self.place(lines, &to);
            let length = bridge.chars().count();
            if bridge.trim().is_empty() {
                self.fault(place, format!("the tie from \"{from}\" to \"{}\" has no bridge", to.get_ref()));
            } else if length > MAX_BRIDGE_CHARS || bridge.chars().any(char::is_control) {
                let limit = format!("a bridge is one line of at most {MAX_BRIDGE_CHARS} characters; this has {length}");
                self.fault(place, limit);
            } else {
                self.ties.insert((from.to_owned(), to.into_inner()), (bridge, place));
            }
        }
    }

    pub(super) fn finish(mut self) -> Loaded {
        let mut bridges: BTreeMap<String, Place> = BTreeMap::new();
        let mut ties: Vec<_> = std::mem::take(&mut self.ties).into_iter().collect();
        // In the order of reading, so that of two equal bridges the later one is at fault.
        ties.sort_by_key(|(_, (_, place))| *place);
        for ((from, to), (bridge, place)) in ties {
            let known = self.graph.facets.contains_key(&from) || self.graph.audiences.contains_key(&from);
            if !known {
                self.fault(place, format!("a tie starts at \"{from}\", which is nowhere"));
            } else if from == to || !self.graph.audiences.contains_key(&to) {
                self.fault(place, format!("\"{from}\" leads to \"{to}\", which is no other audience"));
            } else {
                if let Some(first) = bridges.insert(fold(&bridge), place) {
                    let first = self.shown(first);
                    self.fault(place, format!("the bridge \"{bridge}\" is used in {first} too"));
                }
                self.graph.ties.entry(from).or_default().insert(to, bridge);
            }
        }
        for ((from, to), place) in std::mem::take(&mut self.near) {
            let known = from != to && self.graph.facets.contains_key(&to);
            match self.graph.facets.get_mut(&from) {
                Some(facet) if known => _ = facet.near.insert(to),
                _ => self.fault(place, format!("\"{from}\" is near \"{to}\", which is no other facet")),
            }
        }
        self.faults.sort();
        Loaded { graph: self.graph, faults: self.faults }
    }

    fn place<T>(&self, lines: &Lines, at: &Spanned<T>) -> Place {
        (self.files.len().saturating_sub(1), lines.line(at.span().start))
    }

    fn shown(&self, (file, line): Place) -> String {
        format!("{}:{line}", self.files.get(file).map_or("?", String::as_str))
    }

    fn fault(&mut self, (file, line): Place, message: String) {
        let file = self.files.get(file).cloned().unwrap_or_default();
        self.faults.push(Fault { file, line, message });
    }
}

/// Where the lines of a text end, so that a thousand places cost one reading.
struct Lines(Vec<usize>);

impl Lines {
    fn of(text: &str) -> Self {
        Lines(text.bytes().enumerate().filter_map(|(at, byte)| (byte == b'\n').then_some(at)).collect())
    }

    /// The line of a byte, from 1.
    fn line(&self, offset: usize) -> usize {
        1 + self.0.partition_point(|end| *end < offset)
    }
}

/// CamelCase, because screen readers speak such tags word by word; letters and digits, because networks end a tag at
/// anything else.
fn fault_of_hashtag(tag: &str) -> Option<String> {
    let starts_well = tag.starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit());
    let good = starts_well && tag.chars().all(char::is_alphanumeric) && tag.chars().any(char::is_alphabetic);
    (!good).then(|| format!("\"{tag}\" is not a hashtag in CamelCase, such as HistoryTeacher"))
}
