//! The handshake under everything that may come instead of what should.

use proptest::prelude::*;

use super::*;
use crate::sync::key::DeviceKey;

fn key(n: u8) -> Key {
    DeviceKey::new(&[n; 32]).public()
}

fn ends() -> Ends {
    Ends { joiner: key(1), inviter: key(2) }
}

fn secrets() -> Secrets {
    Secrets::of(&Invitation::new(&[7; 32]))
}

/// How a joiner with this secret fares, with what each side takes the ends to be: what it says and hears, and then
/// whether each side trusts the other.
fn meet(kind: Kind, secret: &[u8], seen: [Ends; 2], random: [u8; 32]) -> (Result<(), Failure>, Result<(), Failure>) {
    let (joiner, hello) = Joiner::start(kind, secret, seen[0], &random);
    let (inviter, share) = Inviter::hear_hello(&secrets(), seen[1], &[9; 32], &hello).unwrap();
    let (joiner, proof) = joiner.hear_share(&share).unwrap();
    match inviter.hear_proof(&proof) {
        Ok(answer) => (joiner.hear_proof(&answer), Ok(())),
        Err(why) => (joiner.hear_proof(&say_sorry(&why)), Err(why)),
    }
}

const WRONG: Failure = Failure::Wrong { from: None };

proptest! {
    #[test]
    fn whoever_has_the_code_or_the_ticket_is_trusted(random in any::<[u8; 32]>()) {
        let right = secrets();
        let code = meet(Kind::Code, right.code.as_bytes(), [ends(); 2], random);
        prop_assert_eq!(code, (Ok(()), Ok(())));
        prop_assert_eq!(meet(Kind::Ticket, &right.ticket, [ends(); 2], random), (Ok(()), Ok(())));
    }

    #[test]
    fn whoever_has_not_is_told_so_and_learns_nothing(secret in any::<Vec<u8>>(), random in any::<[u8; 32]>()) {
        prop_assume!(secret != secrets().code.as_bytes());
        prop_assert_eq!(meet(Kind::Code, &secret, [ends(); 2], random), (Err(WRONG), Err(WRONG)));
    }

    #[test]
    fn any_bytes_at_any_step_are_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..80), kind in 0..8_u8) {
        for bytes in [bytes.clone(), said(kind, &bytes)] {
            _ = Inviter::hear_hello(&secrets(), ends(), &[9; 32], &bytes);
            let (joiner, hello) = Joiner::start(Kind::Code, b"7", ends(), &[8; 32]);
            let (inviter, share) = Inviter::hear_hello(&secrets(), ends(), &[9; 32], &hello).unwrap();
            prop_assert!(inviter.hear_proof(&bytes).is_err());
            let (proving, _) = joiner.hear_share(&share).unwrap();
            prop_assert!(proving.hear_proof(&bytes).is_err());
            let (joiner, _) = Joiner::start(Kind::Code, b"7", ends(), &[8; 32]);
            _ = joiner.hear_share(&bytes);
            _ = hear_payload(&bytes);
            _ = hear_thanks(&bytes);
        }
    }

    #[test]
    fn one_bit_that_is_changed_on_the_way_breaks_the_proof(message in 0..4_usize, bit in any::<prop::sample::Index>()) {
        let flip = |n: usize, mut bytes: Vec<u8>| {
            if n == message {
                let bit = bit.index(bytes.len() * 8);
                bytes[bit / 8] ^= 1 << (bit % 8);
            }
            bytes
        };
        let run = || {
            let right = secrets();
            let (joiner, hello) = Joiner::start(Kind::Code, right.code.as_bytes(), ends(), &[8; 32]);
            let (inviter, share) = Inviter::hear_hello(&right, ends(), &[9; 32], &flip(0, hello))?;
            let (joiner, proof) = joiner.hear_share(&flip(1, share))?;
            let answer = inviter.hear_proof(&flip(2, proof))?;
            joiner.hear_proof(&flip(3, answer))
        };
        prop_assert!(run().is_err());
    }
}

#[test]
fn somebody_in_the_middle_with_keys_of_their_own_is_found_out() {
    let (right, middle) = (secrets(), key(3));
    let seen = [Ends { joiner: key(1), inviter: middle }, Ends { joiner: middle, inviter: key(2) }];
    assert_eq!(meet(Kind::Code, right.code.as_bytes(), seen, [8; 32]), (Err(WRONG), Err(WRONG)));
    let swapped = [Ends { joiner: key(2), inviter: key(1) }, ends()];
    assert_eq!(meet(Kind::Code, right.code.as_bytes(), swapped, [8; 32]), (Err(WRONG), Err(WRONG)));
}

#[test]
fn a_proof_of_an_earlier_meeting_proves_nothing() {
    let right = secrets();
    let (joiner, hello) = Joiner::start(Kind::Code, right.code.as_bytes(), ends(), &[8; 32]);
    let (_, share) = Inviter::hear_hello(&right, ends(), &[9; 32], &hello).unwrap();
    let (_, proof) = joiner.hear_share(&share).unwrap();
    let (again, _) = Inviter::hear_hello(&right, ends(), &[10; 32], &hello).unwrap();
    assert_eq!(again.hear_proof(&proof), Err(WRONG));
}

#[test]
fn what_was_said_comes_back_in_vain() {
    let right = secrets();
    let (joiner, hello) = Joiner::start(Kind::Code, right.code.as_bytes(), ends(), &[8; 32]);
    let reflected = said(SHARE, &hello[3..]);
    assert!(matches!(joiner.hear_share(&reflected), Err(Failure::Garbled)));
    let (joiner, hello) = Joiner::start(Kind::Code, right.code.as_bytes(), ends(), &[8; 32]);
    let (_, share) = Inviter::hear_hello(&right, ends(), &[9; 32], &hello).unwrap();
    let (joiner, proof) = joiner.hear_share(&share).unwrap();
    assert_eq!(joiner.hear_proof(&proof), Err(WRONG));
}

#[test]
fn another_version_is_told_on_both_sides() {
    let (_, mut hello) = Joiner::start(Kind::Code, b"7", ends(), &[8; 32]);
    hello[1] = 2;
    let newer = Inviter::hear_hello(&secrets(), ends(), &[9; 32], &hello).err().unwrap();
    assert_eq!(newer, Failure::TheyAreNewer);
    let (joiner, _) = Joiner::start(Kind::Code, b"7", ends(), &[8; 32]);
    assert_eq!(joiner.hear_share(&say_sorry(&newer)).err(), Some(Failure::TheyAreOlder));
}

#[test]
fn only_a_proof_spends_the_guess() {
    assert!(is_proof(&said(PROOF, &[0; 32])));
    for other in [vec![], vec![PROOF], said(PROOF, &[0; 31]), said(SHARE, &[0; 32]), say_thanks()] {
        assert!(!is_proof(&other));
    }
}

#[test]
fn a_reason_is_told_without_what_would_spoil_a_screen() {
    let message = say_sorry(&Failure::Declined("no\u{1b}[2J room\n".repeat(100)));
    let Err(Failure::Declined(why)) = hear_payload(&message) else { panic!("no reason") };
    assert!(why.starts_with("no[2J room") && why.chars().count() <= MAX_REASON && !why.contains('\n'));
}
