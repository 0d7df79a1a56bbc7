//! How far a relationship has come, and what comes next.

use jiff::civil::date;
use proptest::{collection, prelude::*, sample};

use super::*;
use crate::domain::{Change, Event, What, contact::Mute, evidence::tests::any_evidence, journal::Ledger};

const TODAY: Date = date(2026, 11, 22);

fn evidence(network: &str, deed: Deed) -> Evidence {
    let url = format!("https://{network}.example/{deed}");
    Evidence { contact: "maria".into(), network: network.to_owned(), deed, date: TODAY, url, ended: None }
}

fn maria() -> Contact {
    let handles = [("bluesky", "maria.example"), ("mastodon", "@maria@sewing.example")];
    let handles = handles.map(|(network, handle)| (network.to_owned(), handle.to_owned())).into();
    Contact { id: "maria".into(), name: "Maria Ruiz".to_owned(), handles, ..Contact::default() }
}

fn book(contact: Contact, found: &[Evidence]) -> Book {
    let mut book = Book::default();
    book.apply(&Change::Contact(contact));
    found.iter().for_each(|evidence| book.apply(&Change::Evidence(evidence.clone())));
    let mut settings = book.settings.clone();
    settings.bluesky = "nora.example".to_owned();
    book.apply(&Change::Settings(settings));
    book
}

fn done(book: &mut Book) {
    let at = jiff::Timestamp::UNIX_EPOCH;
    let what = What::Done { network: None, item: None, text: None, url: None };
    let (contact, device, nonce) = ("maria".into(), "laptop".into(), String::new());
    book.apply(&Change::Event(Event { date: TODAY, contact, device, nonce, at, what }));
}

fn seen(deeds: &[Deed]) -> Stage {
    let found: Vec<_> = deeds.iter().map(|deed| evidence("bluesky", *deed)).collect();
    Bond::of(&found, TODAY).stage()
}

fn step(book: &Book) -> Option<StepKind> {
    step_known(book, true).map(|step| step.kind)
}

fn step_known(book: &Book, is_known: bool) -> Option<NextStep> {
    next_step(book, &book.history(TODAY), book.contact(&"maria".into())?, |_| is_known)
}

#[test]
fn the_stages_are_climbed_by_what_can_be_seen() {
    assert_eq!(seen(&[]), Stage::Noticed);
    assert_eq!(seen(&[Deed::Follows]), Stage::Following);
    assert_eq!(seen(&[Deed::Follows, Deed::Liked]), Stage::Engaging);
    assert_eq!(seen(&[Deed::Follows, Deed::FollowsBack]), Stage::Engaging);
    assert_eq!(seen(&[Deed::Liked, Deed::Boosted]), Stage::Supporting);
    assert_eq!(seen(&[Deed::Boosted, Deed::Answered]), Stage::Allied);
}

#[test]
fn followers_alone_move_nothing() {
    assert_eq!(seen(&[Deed::FollowsBack, Deed::LikedBack, Deed::BoostedBack]), Stage::Noticed);
}

#[test]
fn a_follow_that_ended_counts_no_more() {
    let ended = Evidence { ended: Some(TODAY), ..evidence("bluesky", Deed::Follows) };
    let bond = Bond::of([&ended], TODAY);
    assert_eq!((bond.stage(), bond.has(Deed::Follows), bond.standing().len()), (Stage::Noticed, false, 0));
    let elsewhere = evidence("mastodon", Deed::Follows);
    assert_eq!(Bond::of([&ended, &elsewhere], TODAY).stage(), Stage::Following, "still followed on another network");
}

#[test]
fn what_a_wrong_clock_dated_ahead_waits_for_its_day() {
    let ahead = Evidence { date: date(2026, 11, 24), ..evidence("bluesky", Deed::Liked) };
    assert!(!Bond::of([&ahead], TODAY).has(Deed::Liked));
    assert!(Bond::of([&ahead], date(2026, 11, 24)).has(Deed::Liked));
}

#[test]
fn an_answer_seen_in_public_counts_once_and_only_beside_support() {
    let answers = [evidence("bluesky", Deed::Answered), evidence("mastodon", Deed::Answered)];
    let mut book = book(maria(), &answers);
    let counted = |book: &Book| (Ledger::on(book, TODAY).supported, Ledger::on(book, TODAY).answered);
    assert_eq!(counted(&book), (0, 0));
    done(&mut book);
    assert_eq!(counted(&book), (1, 1));
}

#[test]
fn followers_likes_and_boosts_are_never_in_the_ledger() {
    let got = [Deed::Boosted, Deed::FollowsBack, Deed::LikedBack, Deed::BoostedBack];
    let book = book(maria(), &got.map(|deed| evidence("bluesky", deed)));
    assert_eq!(Ledger::on(&book, TODAY), Ledger::default());
}

#[test]
fn the_next_step_is_to_follow_then_to_like_then_to_share() {
    let mut found = Vec::new();
    assert_eq!(step(&book(maria(), &found)), Some(StepKind::Follow));
    found.push(evidence("bluesky", Deed::Follows));
    assert_eq!(step(&book(maria(), &found)), Some(StepKind::Like));
    found.push(evidence("bluesky", Deed::Liked));
    let mut book = book(maria(), &found);
    assert_eq!(step(&book), Some(StepKind::Share));
    done(&mut book);
    assert_eq!(step(&book), None);
}

#[test]
fn what_was_not_looked_up_is_not_claimed() {
    let book = book(maria(), &[]);
    let said = |is_known| step_known(&book, is_known).map(|step| step.said).unwrap_or_default();
    assert_eq!(said(true), "You do not follow Maria Ruiz on Bluesky yet: follow first.");
    assert_eq!(said(false), "If you do not follow Maria Ruiz on Bluesky yet, follow first.");
}

#[test]
fn what_was_given_before_is_not_called_something_else() {
    for deed in [Deed::Liked, Deed::Replied] {
        let book = book(maria(), &[evidence("bluesky", Deed::Follows), evidence("bluesky", deed)]);
        let said = step_known(&book, true).map(|step| step.said).unwrap_or_default();
        assert_eq!(said, "Maria Ruiz has had a kind sign from you: now share something, with the draft.");
    }
}

#[test]
fn who_followed_and_left_is_not_asked_to_follow_again() {
    let ended = Evidence { ended: Some(TODAY), ..evidence("bluesky", Deed::Follows) };
    assert_eq!(step(&book(maria(), &[ended])), Some(StepKind::Like));
}

#[test]
fn the_step_is_on_a_network_that_both_are_on_the_dearest_first() {
    let mut book = book(maria(), &[]);
    let place = |book: &Book| step_known(book, true).map(|step| (step.network, step.url));
    assert_eq!(place(&book), Some((Network::Bluesky, "https://bsky.app/profile/maria.example".to_owned())));
    let mut settings = book.settings.clone();
    settings.mastodon = "@nora@books.example".to_owned();
    settings.networks = vec!["x".to_owned(), "mastodon".to_owned()];
    book.apply(&Change::Settings(settings.clone()));
    assert_eq!(place(&book), Some((Network::Mastodon, "https://sewing.example/@maria".to_owned())));
    (settings.mastodon, settings.bluesky) = Default::default();
    book.apply(&Change::Settings(settings));
    assert_eq!(place(&book), None, "without a handle of the author's own nothing can be known");
}

#[test]
fn a_handle_leads_to_a_profile_and_nowhere_else() {
    for handle in ["maria", "@maria@", "@maria@a.example/b", "@maria@a.example?x=", "@a@b@c.example", "@a/b@c.example"]
    {
        let handles = [("mastodon".to_owned(), handle.to_owned())].into();
        assert_eq!(Network::Mastodon.profile(&Contact { handles, ..Contact::default() }), None, "{handle}");
    }
}

#[test]
fn whoever_is_left_in_peace_has_no_next_step() {
    for contact in [Contact { never: true, ..maria() }, Contact { mute: Some(Mute::Always), ..maria() }] {
        assert_eq!(step(&book(contact, &[])), None);
    }
}

proptest! {
    #[test]
    fn evidence_says_the_same_in_any_order(
        (found, shuffled) in collection::vec(any_evidence(), 0..20).prop_flat_map(|found| (Just(found.clone()), Just(found).prop_shuffle())),
    ) {
        let (one, other) = (Bond::of(&found, TODAY), Bond::of(&shuffled, TODAY));
        prop_assert_eq!(one.standing(), other.standing());
        prop_assert_eq!(one.stage(), other.stage());
    }

    #[test]
    fn the_stage_never_falls_below_what_the_author_said(
        said in sample::select(vec![Stage::Noticed, Stage::Following, Stage::Engaging, Stage::Supporting, Stage::Allied]),
        found in collection::vec(any_evidence(), 0..12),
    ) {
        let book = book(Contact { stage: said, ..maria() }, &found);
        let contact = book.contact(&"maria".into()).unwrap();
        prop_assert!(stage(&book, &book.history(TODAY), contact) >= said);
    }
}
