//! What an author typed, found in the graph.

use std::collections::BTreeMap;

use super::{BrainstormError, FacetKind, Graph};
use crate::domain::audience::slug;

/// How many names an error offers.
const NEAREST: usize = 5;
/// How alike two words must be for the one to be the other, misspelt; 1 is the same.
const LIKE: f64 = 0.84;
/// The most words that a name is looked for in a phrase with.
const LONGEST_NAME: usize = 6;

/// What can be typed, with the slug it means.
#[derive(Default)]
pub(super) struct Index<'a> {
    /// Every slug, name and alias, [`fold`]ed. Facets win over audiences.
    words: BTreeMap<String, &'a str>,
    /// Subject codes and their beginnings. Apart, because `HIS` is history but "his" is not.
    codes: BTreeMap<&'a str, &'a str>,
}

impl Graph {
    pub(super) fn index(&self) -> Index<'_> {
        let mut index = Index::default();
        let facets = self.facets.iter().map(|(slug, facet)| (slug, &facet.name, &facet.aliases));
        let audiences = self.audiences.iter().map(|(slug, interest)| (slug, &interest.name, &interest.aliases));
        for (slug, name, aliases) in facets.chain(audiences) {
            let (codes, aliases): (Vec<_>, Vec<_>) = aliases.iter().partition(|alias| is_code(alias));
            index.codes.extend(codes.into_iter().map(|code| (code.as_str(), slug.as_str())));
            for word in [slug, name].into_iter().chain(aliases) {
                index.words.entry(fold(word)).or_insert(slug.as_str());
            }
        }
        index
    }

    /// What a typed word means: exactly that, a BISAC code's longest known beginning, or all the names in the phrase.
    pub(super) fn resolve<'a>(&self, index: &Index<'a>, typed: &str) -> Result<Vec<&'a str>, BrainstormError> {
        if let Some(found) = index.words.get(&fold(typed)) {
            return Ok(vec![found]);
        }
        if let Some(code) = bisac(typed) {
            let starts = (3..=code.len()).rev().filter_map(|length| code.get(..length));
            if let Some(found) = starts.filter_map(|start| index.codes.get(start)).next() {
                return Ok(vec![found]);
            }
        }
        let folded = fold(typed);
        let words: Vec<&str> = folded.split('-').collect();
        let mut found = Vec::new();
        let mut at = 0;
        while at < words.len() {
            let ends = (at + 1..=words.len().min(at + LONGEST_NAME)).rev();
            let hit = ends.filter_map(|end| Some((end, *index.words.get(&words.get(at..end)?.join("-"))?))).next();
            found.extend(hit.map(|(_, slug)| slug));
            at = hit.map_or(at + 1, |(end, _)| end);
        }
        if found.is_empty() { Err(self.unknown(typed, index)) } else { Ok(found) }
    }

    /// The facets that a sentence names. A genre in it is no news ("a novel of ..") and neither is that it is a book.
    pub(super) fn named_in<'a>(&self, index: &Index<'a>, sentence: &str) -> Vec<&'a str> {
        let words = sentence.split_whitespace().filter(|word| !matches!(fold(word).as_str(), "book" | "novel"));
        let mut found = self.resolve(index, &words.collect::<Vec<_>>().join(" ")).unwrap_or_default();
        found.retain(|slug| self.facets.get(*slug).is_some_and(|facet| facet.kind != FacetKind::Genre));
        found
    }

    fn unknown(&self, typed: &str, index: &Index<'_>) -> BrainstormError {
        let folded = fold(typed);
        let mut best: BTreeMap<&str, f64> = BTreeMap::new();
        for (word, slug) in &index.words {
            let likeness = strsim::jaro_winkler(&folded, word);
            let known = best.entry(slug).or_default();
            *known = known.max(likeness);
        }
        let mut nearest: Vec<_> = best.into_iter().filter(|(_, likeness)| *likeness >= LIKE).collect();
        nearest.sort_by(|(_, a), (_, b)| b.total_cmp(a));
        let nearest = nearest.into_iter().take(NEAREST).map(|(slug, _)| self.named(slug).name).collect();
        BrainstormError::Unknown { typed: typed.to_owned(), nearest }
    }
}

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

/// The subject code at the head of a line such as `FIC014000 FICTION / Historical / General`, in capitals.
fn bisac(typed: &str) -> Option<String> {
    let first = typed.split_whitespace().next()?;
    let has_digits = first.bytes().any(|byte| byte.is_ascii_digit());
    let code = if has_digits { first.to_ascii_uppercase() } else { first.to_owned() };
    is_code(&code).then_some(code)
}

/// Three capitals and at most six digits: a code of the BISAC subject headings, or the beginning of one.
fn is_code(word: &str) -> bool {
    word.split_at_checked(3).is_some_and(|(letters, digits)| {
        letters.bytes().all(|byte| byte.is_ascii_uppercase())
            && digits.len() <= 6
            && digits.bytes().all(|byte| byte.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_punctuation_and_the_plural_do_not_matter() {
        for (typed, folded) in [
            ("Cozy Mysteries", "cozy-mystery"),
            ("Children's", "children"),
            ("  Civil War Re-enactors! ", "civil-war-re-enactor"),
            ("Chess", "chess"),
            ("WW2", "ww2"),
            ("歴史小説", "歴史小説"),
            ("", ""),
        ] {
            assert_eq!(fold(typed), folded);
        }
    }

    #[test]
    fn three_letters_and_digits_are_a_subject_code() {
        for (typed, code) in
            [("FIC014000 FICTION / Historical", "FIC014000"), ("fic014", "FIC014"), ("FIC", "FIC"), ("YAF", "YAF")]
        {
            assert_eq!(bisac(typed).as_deref(), Some(code));
        }
        for typed in ["", "his", "FI", "FIC0140000", "éé1", "thriller", "123456789"] {
            assert_eq!(bisac(typed), None, "{typed}");
        }
    }
}
