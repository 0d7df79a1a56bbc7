//! The circle under every order of hearing, and under a device that was removed and will not have it.

use std::collections::BTreeSet;

use jiff::Timestamp;
use proptest::prelude::*;

use super::{
    Circle, CircleError, MAX_ENCODED,
    statement::{Statement, What},
};
use crate::sync::{DeviceKey, Key};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

struct Laptop {
    key: DeviceKey,
    circle: Circle,
}

impl Laptop {
    fn new(number: u8) -> Laptop {
        let key = DeviceKey::new(&[number; 32]);
        Laptop { circle: Circle::new(key.public()), key }
    }

    fn name(&self) -> Key {
        self.key.public()
    }

    fn accepts(&self, other: &Laptop) -> bool {
        self.circle.is_member(&other.name())
    }

    fn remove(&mut self, other: Key, second: i64) {
        self.circle.remove(&self.key, other, at(second));
    }

    fn hear(&mut self, statements: &[Statement]) {
        self.circle.hear(&encoded(statements)).unwrap();
    }
}

fn encoded(statements: &[Statement]) -> Vec<u8> {
    let mut circle = Circle::new(DeviceKey::new(&[0; 32]).public());
    circle.statements = statements.to_vec();
    circle.encode()
}

fn laptops<const N: usize>() -> [Laptop; N] {
    std::array::from_fn(|number| Laptop::new(u8::try_from(number + 1).unwrap()))
}

fn pair(a: &mut Laptop, b: &mut Laptop) {
    a.circle.welcome(&a.key, b.name(), at(0)).unwrap();
    b.circle.welcome(&b.key, a.name(), at(0)).unwrap();
    meet(a, b);
}

/// Both say what they know.
fn meet(a: &mut Laptop, b: &mut Laptop) {
    b.circle.hear(&a.circle.encode()).unwrap();
    a.circle.hear(&b.circle.encode()).unwrap();
}

/// Pairs all in a row, and all know all.
fn in_a_row(laptops: &mut [Laptop]) {
    for second in 1..laptops.len() {
        let (before, after) = laptops.split_at_mut(second);
        pair(before.last_mut().unwrap(), &mut after[0]);
    }
    everyone_meets(laptops);
}

fn everyone_meets(laptops: &mut [Laptop]) {
    for _ in 0..laptops.len() {
        for first in 0..laptops.len() {
            for second in first + 1..laptops.len() {
                let (before, after) = laptops.split_at_mut(second);
                let (a, b) = (&mut before[first], &mut after[0]);
                if a.accepts(b) && b.accepts(a) {
                    meet(a, b);
                }
            }
        }
    }
}

fn names(laptops: &[&Laptop]) -> BTreeSet<Key> {
    laptops.iter().map(|laptop| laptop.name()).collect()
}

#[test]
fn who_was_paired_with_one_is_a_member_for_all() {
    let mut row: [Laptop; 3] = laptops();
    in_a_row(&mut row);
    let [a, b, c] = &row;
    assert_eq!(a.circle.members(), &names(&[b, c]));
    assert_eq!(c.circle.members(), &names(&[a, b]));
}

#[test]
fn a_welcome_that_is_not_returned_is_the_welcomers_own_affair() {
    let mut row: [Laptop; 3] = laptops();
    in_a_row(&mut row[..2]);
    let [a, b, c] = &mut row;
    b.circle.welcome(&b.key, c.name(), at(1)).unwrap();
    meet(a, b);
    assert!(b.accepts(c) && !a.accepts(c));
}

#[test]
fn those_who_knew_each_other_only_through_a_removed_device_stay_together() {
    let mut row: [Laptop; 5] = laptops();
    in_a_row(&mut row);
    let removed = [row[1].name(), row[2].name()];
    row[0].remove(removed[0], 1);
    row[4].remove(removed[1], 2);
    everyone_meets(&mut row);
    let [a, _, _, d, e] = &row;
    assert_eq!(a.circle.members(), &names(&[d, e]));
    assert_eq!(d.circle.members(), &names(&[a, e]));
    assert_eq!(e.circle.members(), &names(&[a, d]));
    assert_eq!(a.circle.removed().keys().copied().collect::<BTreeSet<_>>(), BTreeSet::from(removed));
}

#[test]
fn two_that_remove_each_other_are_both_removed() {
    let mut row: [Laptop; 3] = laptops();
    in_a_row(&mut row);
    let [a, b, c] = &mut row;
    a.remove(b.name(), 1);
    b.remove(a.name(), 1);
    meet(a, c);
    c.circle.hear(&b.circle.encode()).unwrap();
    assert!(c.circle.members().is_empty());
    assert_eq!(c.circle.removed().len(), 2);
}

#[test]
fn a_removed_device_learns_it_and_has_nobody_left() {
    let mut row: [Laptop; 3] = laptops();
    in_a_row(&mut row);
    let [a, b, _] = &mut row;
    a.remove(b.name(), 1);
    meet(a, b);
    assert_eq!(b.circle.was_i_removed().map(|removed| removed.by), Some(a.name()));
    assert!(b.circle.members().is_empty() && !b.circle.am_i_left_out());
    assert_eq!(a.circle.welcome(&a.key, b.name(), at(2)), Err(CircleError::WasRemoved));
}

#[test]
fn a_device_that_the_remover_did_not_know_is_left_out_and_can_be_paired_again() {
    let [mut a, mut b, mut c] = laptops();
    pair(&mut a, &mut b);
    pair(&mut b, &mut c);
    a.remove(b.name(), 1);
    c.circle.hear(&a.circle.encode()).unwrap();
    assert!(c.circle.am_i_left_out() && !c.accepts(&a));
    pair(&mut a, &mut c);
    assert!(a.accepts(&c) && c.accepts(&a) && !c.circle.am_i_left_out());
}

#[test]
fn a_key_made_by_a_removed_device_gets_nothing_once_a_third_has_heard() {
    let mut row: [Laptop; 4] = laptops();
    in_a_row(&mut row[..3]);
    let [remover, thief, third, invented] = &mut row;
    remover.remove(thief.name(), 1);
    // In through the third, that has not heard yet: the new key even sacrifices the old one, and vouches for itself.
    pair(thief, invented);
    meet(thief, third);
    assert!(third.accepts(invented), "until it hears, the third knows no better");
    invented.circle.hear(&third.circle.encode()).unwrap();
    invented.remove(thief.name(), 0);
    meet(invented, third);
    assert!(third.accepts(invented));
    third.circle.hear(&remover.circle.encode()).unwrap();
    assert!(!third.accepts(invented) && !third.accepts(thief));
    meet(remover, third);
    assert!(!remover.accepts(invented) && !remover.accepts(thief));
}

#[test]
fn statements_of_strangers_count_for_nothing() {
    let mut row: [Laptop; 4] = laptops();
    in_a_row(&mut row[..2]);
    let [a, b, stranger, other] = &mut row;
    pair(stranger, other);
    stranger.remove(a.name(), 1);
    stranger.circle.welcome(&stranger.key, b.name(), at(1)).unwrap();
    a.circle.hear(&stranger.circle.encode()).unwrap();
    assert_eq!(a.circle.members(), &names(&[b]));
    assert!(a.circle.removed().is_empty());
}

#[test]
fn a_forged_statement_is_skipped_and_the_rest_is_heard() {
    let [mut a, mut b] = laptops();
    let mut forged = Statement::welcome(&b.key, a.name(), at(0)).bytes().to_vec();
    let last = forged.len() - 1;
    forged[last] ^= 1;
    let true_one = Statement::welcome(&b.key, a.name(), at(1));
    let mut bytes = encoded(&[true_one]);
    bytes.extend(u16::try_from(forged.len()).unwrap().to_be_bytes());
    bytes.extend(forged);
    let heard = a.circle.hear(&bytes).unwrap();
    assert_eq!((heard.skipped, heard.new), (1, true));
    pair(&mut a, &mut b);
    assert!(a.accepts(&b));
}

#[test]
fn what_a_later_version_says_is_passed_on() {
    let [mut a, mut b] = laptops();
    pair(&mut a, &mut b);
    let mut later = vec![9];
    later.extend(b.name().bytes());
    later.extend(b"something new");
    let signature = b.key.sign(&[b"goodword circle 1\n", &later[..]].concat());
    later.extend(signature.bytes());
    let later = Statement::read(&later).unwrap();
    assert_eq!(later.what, What::Unknown);
    assert!(a.circle.hear(&encoded(std::slice::from_ref(&later))).unwrap().new);
    let passed_on = a.circle.encode();
    assert!(passed_on.windows(later.bytes().len()).any(|window| window == later.bytes()));
}

#[test]
fn a_member_who_invents_keys_without_end_cannot_drown_a_removal() {
    let mut row: [Laptop; 3] = laptops();
    in_a_row(&mut row);
    let [third, thief, remover] = &mut row;
    let invented: Vec<DeviceKey> = (100..160).map(|number| DeviceKey::new(&[number; 32])).collect();
    let everyone: BTreeSet<Key> = invented.iter().map(DeviceKey::public).collect();
    let mut flood: Vec<Statement> =
        everyone.iter().map(|device| Statement::welcome(&thief.key, *device, at(-1000))).collect();
    for key in &invented {
        flood.extend(everyone.iter().take(10).map(|device| Statement::removal(key, *device, at(0), &everyone)));
    }
    for part in flood.chunks(20) {
        third.hear(part);
    }
    remover.remove(thief.name(), 5);
    third.circle.hear(&remover.circle.encode()).unwrap();
    for part in flood.chunks(20) {
        third.hear(part);
    }
    assert!(third.circle.encode().len() <= MAX_ENCODED);
    assert!(!third.accepts(thief));
    assert_eq!(third.circle.members(), &names(&[remover]));
}

/// Something that happens among honest laptops, by number.
#[derive(Clone, Debug)]
enum Act {
    Pair(usize, usize),
    Remove(usize, usize),
    Meet(usize, usize),
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let two = || (0..5_usize, 0..5_usize);
    let act = prop_oneof![
        2 => two().prop_map(|(a, b)| Act::Pair(a, b)),
        1 => two().prop_map(|(a, b)| Act::Remove(a, b)),
        3 => two().prop_map(|(a, b)| Act::Meet(a, b)),
    ];
    proptest::collection::vec(act, 1..25)
}

fn perform(laptops: &mut [Laptop], acts: &[Act]) {
    for (second, act) in (1..).zip(acts) {
        let (Act::Pair(a, b) | Act::Remove(a, b) | Act::Meet(a, b)) = *act;
        if a == b {
            continue;
        }
        let [a, b] = laptops.get_disjoint_mut([a, b]).unwrap();
        let removed = a.circle.removed().contains_key(&b.name()) || b.circle.removed().contains_key(&a.name());
        match act {
            Act::Pair(..) if !removed => pair(a, b),
            Act::Remove(..) if a.accepts(b) => a.remove(b.name(), second),
            Act::Meet(..) if a.accepts(b) && b.accepts(a) => meet(a, b),
            _ => {}
        }
    }
}

fn all_statements(laptops: &[Laptop]) -> Vec<Statement> {
    laptops.iter().flat_map(|laptop| laptop.circle.statements.clone()).collect()
}

/// What a thief and its invented keys (numbers 0 to 3) may say of anybody.
fn lies() -> impl Strategy<Value = Vec<(usize, bool, usize, BTreeSet<usize>)>> {
    let everyone = || 0..9_usize;
    let lie = (0..4_usize, any::<bool>(), everyone(), proptest::collection::btree_set(everyone(), 0..9));
    proptest::collection::vec(lie, 0..30)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn any_order_and_any_number_of_times_comes_to_the_same(
        (acts, order) in acts().prop_flat_map(|acts| (Just(acts), proptest::collection::vec(any::<u16>(), 0..80)))
    ) {
        let mut laptops: [Laptop; 5] = laptops();
        perform(&mut laptops, &acts);
        let all = all_statements(&laptops);
        prop_assume!(!all.is_empty());
        for laptop in &laptops {
            let mut at_once = Circle::new(laptop.name());
            at_once.hear(&encoded(&all)).unwrap();
            let mut one_by_one = Circle::new(laptop.name());
            let shuffled = order.iter().map(|pick| &all[usize::from(*pick) % all.len()]);
            for said in shuffled.chain(all.iter().rev()) {
                one_by_one.hear(&encoded(std::slice::from_ref(said))).unwrap();
            }
            prop_assert_eq!(one_by_one.removed(), at_once.removed());
            prop_assert_eq!(one_by_one.members(), at_once.members());
        }
    }

    #[test]
    fn once_all_is_said_membership_is_mutual_and_whole(acts in acts()) {
        let mut laptops: [Laptop; 5] = laptops();
        perform(&mut laptops, &acts);
        let all = all_statements(&laptops);
        laptops.iter_mut().for_each(|laptop| laptop.hear(&all));
        for a in &laptops {
            for b in laptops.iter().filter(|b| a.accepts(b)) {
                prop_assert!(b.accepts(a));
                let with = |laptop: &Laptop| {
                    laptop.circle.members().iter().copied().chain([laptop.name()]).collect::<BTreeSet<Key>>()
                };
                prop_assert_eq!(with(a), with(b));
                prop_assert_eq!(a.circle.removed(), b.circle.removed());
            }
        }
    }

    #[test]
    fn nothing_that_is_heard_later_undoes_a_removal(acts in acts(), more in acts()) {
        let mut laptops: [Laptop; 5] = laptops();
        perform(&mut laptops, &acts);
        let before: Vec<BTreeSet<Key>> =
            laptops.iter().map(|laptop| laptop.circle.removed().keys().copied().collect()).collect();
        perform(&mut laptops, &more);
        for (laptop, before) in laptops.iter().zip(before) {
            prop_assert!(before.iter().all(|key| laptop.circle.removed().contains_key(key)));
            prop_assert!(before.iter().all(|key| !laptop.circle.is_member(key)));
        }
    }

    #[test]
    fn a_removed_device_brings_nobody_in_whatever_it_says_and_whenever_that_is_heard(
        lies in lies(), first in any::<bool>(), pairs in proptest::collection::vec((0..5_usize, 0..5_usize), 4..12)
    ) {
        // Number 0 is the thief, 1 to 4 are honest; 5 to 7 are keys that the thief makes up.
        let mut honest: [Laptop; 5] = laptops();
        let pairs: Vec<Act> = pairs.into_iter().map(|(a, b)| Act::Pair(a, b)).collect();
        perform(&mut honest, &pairs);
        let all = all_statements(&honest);
        honest.iter_mut().for_each(|laptop| laptop.hear(&all));
        let thief = honest[0].name();
        prop_assume!(honest[1].circle.is_member(&thief));
        let keys: Vec<DeviceKey> =
            [0, 5, 6, 7].into_iter().map(|number| Laptop::new(number + 1).key).collect();
        let known: Vec<Key> = (1..10).map(|number| Laptop::new(number).name()).collect();
        honest[1].remove(thief, 1);
        let lies: Vec<Statement> = lies
            .iter()
            .map(|(by, welcomes, of, keep)| {
                let keep = keep.iter().map(|number| known[*number]).collect();
                if *welcomes {
                    Statement::welcome(&keys[*by], known[*of], at(2))
                } else {
                    Statement::removal(&keys[*by], known[*of], at(2), &keep)
                }
            })
            .collect();
        let news = honest[1].circle.encode();
        let invented: Vec<Key> = keys.iter().map(DeviceKey::public).collect();
        for laptop in honest.iter_mut().skip(2) {
            if first {
                laptop.hear(&lies);
            }
            laptop.circle.hear(&news).unwrap();
            laptop.hear(&lies);
            if laptop.circle.removed().contains_key(&thief) {
                prop_assert!(invented.iter().all(|key| !laptop.circle.is_member(key)));
            }
        }
    }

    #[test]
    fn any_bytes_are_statements_or_an_error(
        bytes in proptest::collection::vec(any::<u8>(), 0..300), flip in any::<u8>(), place in any::<usize>()
    ) {
        let [mut a, mut b] = laptops();
        pair(&mut a, &mut b);
        _ = a.circle.hear(&bytes);
        _ = Statement::read(&bytes);
        let mut altered = b.circle.encode();
        let place = place % altered.len();
        altered[place] ^= flip;
        _ = a.circle.hear(&altered);
        prop_assert_eq!(a.circle.members(), &names(&[&b]));
    }
}
