//! A bond: what the evidence says of one person, how far that has come, and the next gentle step.
//!
//! The stage of a relationship is the furthest of three: what the author said, what the journal says, and what anybody
//! can see. A deed that lasts and has ended counts no more, so the evidence's part may fall again; the other two never
//! do. Followers are never counted: that they follow, like or share moves nothing before the author followed them.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{Book, Contact, Deed, Evidence, History, Stage, journal::last_that_counts, network::Network};

/// Of each deed on each network the latest.
#[derive(Clone, Debug, Default)]
pub struct Bond<'a> {
    deeds: BTreeMap<(&'a str, Deed), &'a Evidence>,
}

impl<'a> Bond<'a> {
    /// Folds evidence of one person, in any order. What a wrong clock dated ahead counts when its day comes.
    pub fn of(evidence: impl IntoIterator<Item = &'a Evidence>, today: Date) -> Bond<'a> {
        let mut bond = Bond::default();
        let last = last_that_counts(today);
        for evidence in evidence.into_iter().filter(|evidence| evidence.known() <= last) {
            let known = bond.deeds.entry((&evidence.network, evidence.deed)).or_insert(evidence);
            // Doubles may each have some.
            if known.rank() < evidence.rank() {
                *known = evidence;
            }
        }
        bond
    }

    /// What is known of a deed on a network, also when it has ended.
    #[must_use]
    pub fn get(&self, network: &str, deed: Deed) -> Option<&'a Evidence> {
        self.deeds.get(&(network, deed)).copied()
    }

    /// All that stands, the latest first.
    #[must_use]
    pub fn standing(&self) -> Vec<&'a Evidence> {
        let mut standing: Vec<_> = self.live().collect();
        standing.sort_by(|a, b| b.date.cmp(&a.date).then_with(|| a.cmp(b)));
        standing
    }

    /// A deed that stands, on any network.
    #[must_use]
    pub fn has(&self, deed: Deed) -> bool {
        self.live().any(|evidence| evidence.deed == deed)
    }

    /// How far the relationship has come as anybody can see.
    #[must_use]
    pub fn stage(&self) -> Stage {
        let has = |deeds: &[Deed]| deeds.iter().any(|deed| self.has(*deed));
        let follows = self.has(Deed::Follows);
        if self.has(Deed::Answered) {
            Stage::Allied
        } else if self.has(Deed::Boosted) {
            Stage::Supporting
        } else if has(&[Deed::Liked, Deed::Replied])
            || follows && has(&[Deed::FollowsBack, Deed::LikedBack, Deed::BoostedBack])
        {
            Stage::Engaging
        } else if follows {
            Stage::Following
        } else {
            Stage::Noticed
        }
    }

    fn live(&self) -> impl Iterator<Item = &'a Evidence> {
        self.deeds.values().copied().filter(|evidence| evidence.ended.is_none())
    }
}

/// How far the relationship with somebody has come: what the author said, what the days add, and what can be seen.
/// Never less than the author said.
#[must_use]
pub fn stage(book: &Book, history: &History, contact: &Contact) -> Stage {
    history.of(&contact.id).stage(contact.stage).max(book.bond(&contact.id, history.as_of).stage())
}

/// The networks on which it can be seen without a login who did what, and how people call them.
pub const OPEN: [(Network, &str); 2] = [(Network::Bluesky, "Bluesky"), (Network::Mastodon, "Mastodon")];

/// A small thing that the author may do next, by hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NextStep {
    pub kind: StepKind,
    pub network: Network,
    /// One sentence.
    pub said: String,
    /// Their profile there.
    pub url: String,
}

/// Follow first, then like, then share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StepKind {
    Follow,
    Like,
    Share,
}

/// The next gentle step with somebody; none where nothing can be known, or all three are taken, or who is to be left
/// in peace.
///
/// `is_known`: whether it was looked up lately what the author did on a network. Where it was not, the sentence says
/// "if". An author who followed and no longer does had a reason: nobody is asked to follow again.
#[must_use]
pub fn next_step(
    book: &Book,
    history: &History,
    contact: &Contact,
    is_known: impl Fn(Network) -> bool,
) -> Option<NextStep> {
    if !contact.is_welcome(history.as_of) {
        return None;
    }
    let dearest: Vec<Network> = book.settings.networks.iter().filter_map(|name| name.parse().ok()).collect();
    let mut open = OPEN.to_vec();
    open.sort_by_key(|(network, _)| dearest.iter().position(|dear| dear == network).unwrap_or(usize::MAX));
    let mut shared = open.into_iter().filter(|(network, _)| book.settings.handle_on(*network).is_some());
    let (network, place, url) =
        shared.find_map(|(network, place)| Some((network, place, network.profile(contact)?)))?;
    let bond = book.bond(&contact.id, history.as_of);
    let has_left = |(network, _): &(Network, &str)| {
        bond.get(network.as_str(), Deed::Follows).is_some_and(|follow| follow.ended.is_some())
    };
    let name = contact.name.trim();
    let (kind, said) = if !bond.has(Deed::Follows) && !OPEN.iter().any(has_left) {
        let said = if is_known(network) {
            format!("You do not follow {name} on {place} yet: follow first.")
        } else {
            format!("If you do not follow {name} on {place} yet, follow first.")
        };
        (StepKind::Follow, said)
    } else if ![Deed::Liked, Deed::Replied, Deed::Boosted].iter().any(|deed| bond.has(*deed)) {
        (StepKind::Like, format!("Next, like something of {name}'s on {place}."))
    } else if stage(book, history, contact) < Stage::Supporting {
        (StepKind::Share, format!("{name} has had a kind sign from you: now share something, with the draft."))
    } else {
        return None;
    };
    Some(NextStep { kind, network, said, url })
}

#[cfg(test)]
mod tests;
