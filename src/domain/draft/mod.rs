//! The draft: one text for one network about one real thing a person did, such as a generous, literate human would post.
//!
//! The same for (seed, date, contact, network, turn) on every laptop. Whole sentences from the phrase books stand beside
//! whole words of others (title, name, the author's why), never glued into one another. What does not fit is left out
//! step by step ([`material::Portion`]), never half a link, a mention or a grapheme. What the phrase books say is true
//! whatever the author did that day: they praise, point and invite; the author's why carries the personal part.

mod compose;
mod material;
mod phrases;
mod words;

pub use phrases::{KINDS, LONG_KINDS, Language, PhraseError, Phrases, Skeleton, render};
pub use words::{clean, opening, shorten};

use jiff::civil::Date;

use super::{
    Audience, Contact, Item, Settings, Stage,
    critic::{self, Brief, Finding},
    id::stable_hash,
    network::{Network, count_within},
    share::{Endpoints, Shared, share_url},
};
use compose::{Text, Way, compose};
use material::Material;

/// Everything a draft depends on.
#[derive(Clone, Copy, Debug)]
pub struct Occasion<'a> {
    pub contact: &'a Contact,
    pub audience: Option<&'a Audience>,
    pub item: Option<&'a Item>,
    pub date: Date,
    pub settings: &'a Settings,
    /// `None`: [`Network::choose`].
    pub network: Option<Network>,
    /// What the author's instance says that it allows, where that is known; see [`Network::limit`].
    pub limit: Option<usize>,
    pub stage: Stage,
    /// Shout-outs of the last 60 days, oldest first.
    pub recent: &'a [Used],
    /// 0; one more for each "another phrasing".
    pub turn: u32,
    pub endpoints: &'a Endpoints,
}

/// A shout-out that went out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Used {
    pub text: String,
    /// The skeleton it was made from; `None`: recognised by its words.
    pub skeleton: Option<String>,
}

/// A shout-out that may go out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    pub network: Network,
    pub text: String,
    pub length: usize,
    pub limit: usize,
    pub fits: bool,
    /// Opens the network with the text filled in; none where it is copied by hand.
    pub share_url: Option<String>,
    /// See [`opening`].
    pub opening: String,
    /// `kind/name`.
    pub skeleton: String,
    /// The item speaks of grief, illness or lost work: the author reads it before anything is posted.
    pub read_first: bool,
    /// The source's content warning; it also stands first in the text.
    pub warning: Option<String>,
    /// The critic's findings.
    pub explain: Vec<Finding>,
}

/// Writes the draft: of all ways to say it, in the order of their turn, the first that the critic lets pass; if there
/// is none, the one it finds least wrong.
#[must_use]
pub fn draft(occasion: &Occasion<'_>, phrases: &Phrases) -> Draft {
    let Occasion { contact, settings, .. } = *occasion;
    let network = occasion.network.unwrap_or_else(|| Network::choose(&settings.networks, contact));
    let language = phrases.language(&settings.language);
    let material = Material::of(occasion, network, phrases);
    let desk = Desk { occasion, network, limit: network.limit(occasion.limit), language, material: &material };
    let mut best: Option<(usize, Draft)> = None;
    for way in desk.ways() {
        let Some(draft) = desk.fullest(&way) else { continue };
        let broken = draft.explain.iter().filter(|finding| !finding.ok).count();
        if broken == 0 {
            return draft;
        }
        if best.as_ref().is_none_or(|(least, _)| broken < *least) {
            best = Some((broken, draft));
        }
    }
    best.map_or_else(|| desk.nothing(), |(_, draft)| draft)
}

/// What lies before the writer.
struct Desk<'a> {
    occasion: &'a Occasion<'a>,
    network: Network,
    limit: usize,
    language: &'a Language,
    material: &'a Material,
}

impl<'a> Desk<'a> {
    /// The ways to say it: the skeleton whose turn it is with its own opening, then behind each lead; then the next.
    fn ways(&self) -> impl Iterator<Item = Way<'a>> {
        let said = self.in_turn(self.material.kind);
        let frames = self.material.frame().map(|kind| self.in_turn(kind)).filter(|frames| !frames.is_empty());
        let leads = if self.material.form.is_letter() { &[] } else { self.language.list("lead") };
        let many = frames.as_ref().map_or(0, Vec::len).max(said.len());
        let turn = self.occasion.turn as usize;
        (0..many).flat_map(move |at| {
            let nth = |of: &[&'a Skeleton]| of.get((at + turn) % of.len().max(1)).copied();
            let (said, frame) = (nth(&said), frames.as_deref().and_then(nth));
            let leads = std::iter::once("").chain(leads.iter().map(String::as_str));
            said.into_iter().flat_map(move |said| leads.clone().map(move |lead| Way { said, frame, lead }))
        })
    }

    /// The skeletons of a kind in the order of their turn: never used first (shuffled by the seed), then the longest
    /// unused.
    fn in_turn(&self, kind: &str) -> Vec<&'a Skeleton> {
        let Occasion { contact, settings, recent, date, .. } = *self.occasion;
        let skeleton_of = |used: &'a Used| used.skeleton.as_deref().or_else(|| self.language.recognise(&used.text));
        let used: Vec<Option<&str>> = recent.iter().map(skeleton_of).collect();
        let (date, network) = (date.to_string(), self.network.as_str());
        let mut order: Vec<_> = self.language.skeletons.iter().filter(|skeleton| skeleton.kind == kind).collect();
        order.sort_by_cached_key(|skeleton| {
            let last = used.iter().rposition(|id| *id == Some(skeleton.id.as_str()));
            let shuffled = stable_hash(&[settings.seed(), &date, contact.id.as_str(), network, &skeleton.id]);
            (last.map_or(0, |at| at + 1), shuffled)
        });
        order
    }

    /// One way with as much of the material as fits; nothing when the author's own template fails on it.
    fn fullest(&self, way: &Way<'_>) -> Option<Draft> {
        let texts = self.material.portions().filter_map(|portion| compose(self, way, portion));
        let mut last = None;
        for text in texts {
            let fits = count_within(self.network, &text.text, self.limit).fits;
            last = Some(text);
            if fits {
                break;
            }
        }
        last.map(|text| self.judged(way, text))
    }

    fn judged(&self, way: &Way<'_>, text: Text) -> Draft {
        let Occasion { contact, settings, recent, endpoints, .. } = *self.occasion;
        let material = self.material;
        let Text { text, mention, link, foreign, concrete } = text;
        let brief = Brief {
            network: self.network,
            limit: self.limit,
            mention: mention.as_deref(),
            link: link.as_deref(),
            foreign: &foreign,
            concrete: &concrete,
            warning: material.warning.as_deref(),
            recent,
        };
        let explain = critic::review(&text, &brief, self.language);
        let count = count_within(self.network, &text, self.limit);
        let subject = if material.title.is_empty() { &material.name } else { &material.title };
        let shared = Shared { text: &text, link: link.as_deref(), subject };
        Draft {
            network: self.network,
            length: count.length,
            limit: self.limit,
            fits: count.fits,
            share_url: share_url(self.network, shared, contact, settings, endpoints),
            opening: opening(&text),
            skeleton: way.frame.unwrap_or(way.said).id.clone(),
            read_first: material.is_heavy(),
            warning: material.warning.clone(),
            explain,
            text,
        }
    }

    /// Phrase books without a single skeleton leave nothing to say.
    fn nothing(&self) -> Draft {
        Draft {
            network: self.network,
            text: String::new(),
            length: 0,
            limit: self.limit,
            fits: true,
            share_url: None,
            opening: String::new(),
            skeleton: String::new(),
            read_first: false,
            warning: None,
            explain: Vec::new(),
        }
    }
}
