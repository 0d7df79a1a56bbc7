//! The graph of interests: facets, audiences, and the ties between them.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use serde::Deserialize;

use super::{Named, Season};

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

impl Graph {
    pub(super) fn named(&self, slug: &str) -> Named {
        let facet = self.facets.get(slug).map(|facet| &facet.name);
        let name = facet.or_else(|| self.audiences.get(slug).map(|interest| &interest.name));
        Named { slug: slug.to_owned(), name: name.map_or(slug, String::as_str).to_owned() }
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
