//! A code that is spoken from one laptop to the other: `7-otter-lamp`.
//!
//! The number is no secret: by it the joiner finds the inviter on the same network. The two words are, for the one guess
//! that anybody has: one in 65,536.

use std::{fmt, str::FromStr};

use super::Failure;

/// 256 words, each easy to say, to spell and to tell from the others.
const WORDS: &str = include_str!("words.txt");
/// The numbers that a code begins with.
const NUMBERS: u8 = 99;
/// How much of what was typed is looked at.
const MAX_TYPED: usize = 200;
/// How alike a mistyped word must be to be the one that was meant.
const LIKE: f64 = 0.8;

/// A number and two words.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Code {
    number: u8,
    words: [u8; 2],
}

impl Code {
    /// A code from three random bytes.
    #[must_use]
    pub fn new([number, first, second]: [u8; 3]) -> Code {
        Code { number: number % NUMBERS + 1, words: [first, second] }
    }

    /// By which the joiner finds the inviter.
    #[must_use]
    pub fn number(&self) -> u8 {
        self.number
    }
}

fn word(index: u8) -> &'static str {
    WORDS.lines().nth(usize::from(index)).unwrap_or_default()
}

fn index(typed: &str) -> Result<u8, Failure> {
    let found = WORDS.lines().position(|word| word == typed);
    if let Some(index) = found.and_then(|index| u8::try_from(index).ok()) {
        return Ok(index);
    }
    let likeness = |word: &&str| strsim::jaro_winkler(typed, word);
    let nearest = WORDS.lines().max_by(|a, b| likeness(a).total_cmp(&likeness(b))).filter(|word| likeness(word) > LIKE);
    Err(Failure::UnknownWord { typed: typed.to_owned(), meant: nearest.map(str::to_owned) })
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [first, second] = self.words.map(word);
        write!(f, "{}-{first}-{second}", self.number)
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Code({}-..)", self.number)
    }
}

impl FromStr for Code {
    type Err = Failure;

    /// Takes a code however it was typed: in capitals, with spaces, with a full stop.
    fn from_str(text: &str) -> Result<Code, Failure> {
        let typed: String = text.chars().take(MAX_TYPED).collect::<String>().to_lowercase();
        let mut parts = typed.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty());
        let (Some(number), Some(first), Some(second), None) = (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(Failure::NoCode);
        };
        let number = number.parse().ok().filter(|number| (1..=NUMBERS).contains(number)).ok_or(Failure::NoCode)?;
        Ok(Code { number, words: [index(first)?, index(second)?] })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_words_are_256_and_no_two_are_taken_for_one_another() {
        let words: Vec<_> = WORDS.lines().collect();
        assert_eq!(words.len(), 256);
        for (n, word) in words.iter().enumerate() {
            assert!((4..=9).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_lowercase()), "{word}");
            for other in &words[..n] {
                assert!(strsim::levenshtein(word, other) > 1, "{word} and {other}");
            }
        }
    }

    #[test]
    fn a_code_is_taken_however_it_was_typed() {
        let code: Code = "7-otter-lamp".parse().unwrap();
        assert_eq!(code.to_string(), "7-otter-lamp");
        for typed in [" 7 Otter Lamp ", "7-OTTER-LAMP.", "07 otter_lamp", "\"7-otter-lamp\"", "7 – otter – lamp"] {
            assert_eq!(typed.parse(), Ok(code), "{typed}");
        }
    }

    #[test]
    fn a_mistyped_word_is_told_before_the_one_guess_is_spent() {
        let meant = Some("otter".to_owned());
        assert_eq!("7-oter-lamp".parse::<Code>(), Err(Failure::UnknownWord { typed: "oter".into(), meant }));
        let unknown = Failure::UnknownWord { typed: "qqqq".into(), meant: None };
        assert_eq!("7-qqqq-lamp".parse::<Code>(), Err(unknown));
        for typed in ["", "7", "7-otter", "7-otter-lamp-lamp", "0-otter-lamp", "100-otter-lamp", "otter-lamp-7"] {
            assert!(typed.parse::<Code>().is_err(), "{typed}");
        }
    }

    proptest! {
        #[test]
        fn a_code_is_read_as_it_was_shown(random in any::<[u8; 3]>()) {
            let code = Code::new(random);
            prop_assert_eq!(code.to_string().parse(), Ok(code));
        }

        #[test]
        fn any_text_is_a_code_or_an_error(text in "\\PC{0,60}|[0-9]{1,3}[- ][a-z]{0,9}[- ][a-z]{0,9}") {
            _ = text.parse::<Code>();
        }
    }
}
