//! Phrase books: the sentences of a language, read from plain files (`config/phrases/`), the author's own over ours.
//!
//! A file has sections. `[article: seam]` is a skeleton: a kind and a name, then one line per voice (`warm:`, `wry:`,
//! `plain:`), each a minijinja template of whole sentences; a voice that is missing speaks as the first one there is.
//! Other sections are lists, one entry a line: `[why]` (how the author's own sentence is brought in when it is a
//! fragment), `[because]` (what a fragment may begin with, and goes without), `[verbs]` (a fragment that begins with one takes the name before it), `[lead]` (what may stand before a
//! body whose opening was used), `[first]`, `[again]`, `[ally]` and `[audience]` (asides: how far the relationship has
//! come, who may care), `[private]` (words that keep an audience's bridge out of public texts), `[banned]`, `[bait]`,
//! `[grief]` (words, lower case), `[quotes]`, `[weekdays]`, `[months]`. `#` begins a comment, `¶` a paragraph.
//!
//! The variables are told in the file itself (`config/phrases/en.phrases`).

use std::collections::BTreeMap;

use minijinja::{Environment, UndefinedBehavior, Value};

/// The kinds of skeleton: one per kind of item, `hello` when there is nothing new, `quiet` for what is to be read first.
pub const KINDS: [&str; 10] =
    ["article", "episode", "video", "book", "event", "artwork", "cause", "post", "hello", "quiet"];
/// The kinds of skeleton around those sentences, in the longer forms: for the author's readers, to the person, a review
/// to finish, a wish to a library.
pub const LONG_KINDS: [&str; 6] = ["paragraph", "quiet-paragraph", "letter", "quiet-letter", "review", "library"];
const VOICES: [&str; 3] = ["warm", "wry", "plain"];
const LISTS: [&str; 15] = [
    "why", "because", "verbs", "lead", "first", "again", "ally", "audience", "private", "banned", "bait", "grief",
    "quotes", "weekdays", "months",
];
/// Lists whose entries are templates.
const TEMPLATES: [&str; 6] = ["why", "lead", "first", "again", "ally", "audience"];
/// What a template may use.
pub(super) const NAMES: [&str; 14] = [
    "name", "title", "audience", "weekday", "day", "month", "stage", "why", "note", "excerpt", "bridge", "author",
    "kind", "link",
];

/// Instructions that one template may take: ours need fewer than a hundred.
const FUEL: u64 = 5_000;
/// Bytes that one template may have, and that a rendered one may have.
const TEMPLATE_BYTES: usize = 2_000;
const RENDERED_BYTES: usize = 64_000;

const BUILTIN: [(&str, &str); 2] = [
    ("en.phrases", include_str!("../../../config/phrases/en.phrases")),
    ("de.phrases", include_str!("../../../config/phrases/de.phrases")),
];

/// What is wrong with a phrase book, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}, line {line}: {message}")]
pub struct PhraseError {
    pub file: String,
    /// From 1.
    pub line: usize,
    pub message: String,
}

/// A way to say it: one sentence or a few, in each voice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skeleton {
    /// `kind/name`.
    pub id: String,
    pub kind: String,
    voices: BTreeMap<String, String>,
    /// Of every voice, for [`Language::recognise`].
    own_words: Vec<Vec<String>>,
}

impl Skeleton {
    /// The template for a voice.
    #[must_use]
    pub fn template(&self, voice: &str) -> &str {
        let usual = || VOICES.iter().find_map(|voice| self.voices.get(*voice));
        self.voices.get(voice).or_else(usual).map_or("", String::as_str)
    }
}

/// The phrases of one language.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Language {
    pub skeletons: Vec<Skeleton>,
    lists: BTreeMap<String, Vec<String>>,
}

impl Language {
    /// A list's entries; none when the language has no such list.
    #[must_use]
    pub fn list(&self, name: &str) -> &[String] {
        self.lists.get(name).map_or(&[], Vec::as_slice)
    }

    /// The quotation marks around a title.
    #[must_use]
    pub fn quotes(&self) -> (char, char) {
        let mut marks = self.list("quotes").first().map_or("“”", String::as_str).chars();
        (marks.next().unwrap_or('“'), marks.next().unwrap_or('”'))
    }

    /// The skeleton that a text was most likely made from: the one whose own words it holds the most of, in order.
    /// So the journal need not keep more than the text.
    #[must_use]
    pub fn recognise(&self, text: &str) -> Option<&str> {
        let ways = self.skeletons.iter().flat_map(|skeleton| skeleton.own_words.iter().map(move |own| (skeleton, own)));
        let matched = ways.filter_map(|(skeleton, own)| {
            let (mut rest, mut held) = (text, 0);
            for part in own {
                let at = rest.find(part.as_str())?;
                rest = &rest[at + part.len()..];
                held += part.len();
            }
            (held >= 8).then_some((held, skeleton))
        });
        matched
            .max_by_key(|(held, skeleton)| (*held, std::cmp::Reverse(&skeleton.id)))
            .map(|(_, found)| found.id.as_str())
    }
}

/// What a template says by itself, piece by piece; with conditions, each branch for itself.
fn own_words(template: &str) -> impl Iterator<Item = Vec<String>> {
    let branches = template.split("{%").map(|part| part.split_once("%}").map_or(part, |(_, said)| said));
    branches.map(|branch| {
        let pieces = branch
            .split(['¶'])
            .flat_map(|part| part.split("{{"))
            .map(|part| part.split_once("}}").map_or(part, |(_, said)| said).trim());
        pieces.filter(|piece| !piece.is_empty()).map(str::to_owned).collect()
    })
}

/// All languages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phrases {
    languages: BTreeMap<String, Language>,
}

impl Phrases {
    /// Ours.
    ///
    /// # Errors
    /// Only when a file in `config/phrases` is wrong, which a test prevents.
    pub fn builtin() -> Result<Phrases, PhraseError> {
        Phrases::with_overrides(&[])
    }

    /// Ours, with the author's over them: each a file's name (`en.phrases`: the language) and text. A skeleton of an
    /// equal name is replaced, a new one joins its kind, a list is replaced.
    ///
    /// # Errors
    /// The first thing wrong, with file and line: an unknown section or variable, a template that does not compile,
    /// that runs too long, or that says nothing.
    pub fn with_overrides(overrides: &[(&str, &str)]) -> Result<Phrases, PhraseError> {
        let mut phrases = Phrases { languages: BTreeMap::new() };
        // Ours were tried when they were written: a test does it, so that not every start must.
        let ours = BUILTIN.iter().map(|book| (book, false));
        for ((file, text), is_foreign) in ours.chain(overrides.iter().map(|book| (book, true))) {
            let code = file.split('.').next().unwrap_or(file).to_lowercase();
            read(phrases.languages.entry(code).or_default(), file, text, is_foreign)?;
        }
        Ok(phrases)
    }

    /// The phrases for a language tag (`de`, `de-AT`); English where we have none.
    #[must_use]
    pub fn language(&self, tag: &str) -> &Language {
        static NONE: Language = Language { skeletons: Vec::new(), lists: BTreeMap::new() };
        let code = tag.split(['-', '_']).next().unwrap_or(tag).to_lowercase();
        let found = self.languages.get(&code).filter(|language| !language.skeletons.is_empty());
        found.or_else(|| self.languages.get("en")).unwrap_or(&NONE)
    }

    /// Every language, by its code.
    pub fn languages(&self) -> impl Iterator<Item = (&str, &Language)> {
        self.languages.iter().map(|(code, language)| (code.as_str(), language))
    }
}

/// Reads one file into a language; what is foreign is tried before it is believed.
fn read(language: &mut Language, file: &str, text: &str, is_foreign: bool) -> Result<(), PhraseError> {
    let tried = |template: &str, more: &str| if is_foreign { check(template, more) } else { Ok(()) };
    let mut section = String::new();
    let mut skeleton: Option<usize> = None;
    for (number, line) in text.lines().enumerate() {
        let wrong = |message: String| PhraseError { file: file.to_owned(), line: number + 1, message };
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            section = name.trim().to_owned();
            skeleton = None;
            if let Some((kind, name)) = section.split_once(':') {
                let kind = kind.trim();
                if !KINDS.contains(&kind) && !LONG_KINDS.contains(&kind) {
                    let kinds = [&KINDS[..], &LONG_KINDS[..]].concat().join(", ");
                    return Err(wrong(format!("\"{kind}\" is no kind; there are {kinds}")));
                }
                let id = format!("{kind}/{}", name.trim());
                let fresh =
                    Skeleton { id: id.clone(), kind: kind.to_owned(), voices: BTreeMap::new(), own_words: Vec::new() };
                let known = language.skeletons.iter().position(|skeleton| skeleton.id == id);
                let at = known.unwrap_or(language.skeletons.len());
                match language.skeletons.get_mut(at) {
                    Some(old) => *old = fresh,
                    None => language.skeletons.push(fresh),
                }
                skeleton = Some(at);
            } else if LISTS.contains(&section.as_str()) {
                language.lists.insert(section.clone(), Vec::new());
            } else {
                return Err(wrong(format!(
                    "\"[{section}]\" is no section; write [kind: name] or one of {}",
                    LISTS.join(", ")
                )));
            }
        } else if let Some(skeleton) = skeleton.and_then(|at| language.skeletons.get_mut(at)) {
            let voice = line.split_once(':').filter(|(voice, _)| VOICES.contains(voice));
            let (voice, template) =
                voice.ok_or_else(|| wrong(format!("a line begins with one of {}", VOICES.join(": ") + ":")))?;
            tried(template.trim(), if LONG_KINDS.contains(&skeleton.kind.as_str()) { "said" } else { "who" })
                .map_err(wrong)?;
            skeleton.own_words.extend(own_words(template));
            skeleton.voices.insert(voice.to_owned(), template.trim().to_owned());
        } else if let Some(list) = language.lists.get_mut(&section) {
            if TEMPLATES.contains(&section.as_str()) {
                tried(line, "").map_err(wrong)?;
            }
            list.push(line.to_owned());
        } else {
            return Err(wrong("a file begins with a [section]".to_owned()));
        }
    }
    Ok(())
}

/// A template that works with anything: `more` is the variable it may use beside [`NAMES`], if there is one.
fn check(template: &str, more: &str) -> Result<(), String> {
    if template.len() > TEMPLATE_BYTES {
        return Err(format!("a template has at most {TEMPLATE_BYTES} bytes"));
    }
    let said = if more == "who" { "@Probe" } else { "Probe" };
    let sample = |link: &str| {
        let value = |name: &&'static str| (*name, if *name == "link" { link.to_owned() } else { "Probe".to_owned() });
        NAMES.iter().map(value).chain([(more, said.to_owned())]).collect::<Vec<_>>()
    };
    let rendered = render(template, &sample(""))?;
    if !rendered.contains("Probe") {
        return Err("the sentence names nobody and nothing: use {{ who }} or {{ name }}".to_owned());
    }
    if rendered.matches("@Probe").count() > 1 {
        return Err("a person is mentioned at most once: {{ who }}, then {{ name }}".to_owned());
    }
    let linked = render(template, &sample("\u{E002}"))?;
    match linked.split('\u{E002}').skip(1).all(|behind| behind.is_empty() || behind.starts_with(char::is_whitespace)) {
        true => Ok(()),
        false => Err("a space or nothing stands behind {{ link }}: a mark would become part of it".to_owned()),
    }
}

/// Stands for a paragraph while a template is rendered. Words from outside never hold it.
const PARAGRAPH: char = '\u{E000}';

/// Renders a template, whoever wrote it: an unknown variable, too many steps and too long a text are errors.
///
/// # Errors
/// What the template engine says.
pub fn render(template: &str, values: &[(&str, String)]) -> Result<String, String> {
    // Empty: no filters, functions or loops over ranges; a draft needs none, and none can run away.
    let mut engine = Environment::empty();
    engine.set_fuel(Some(FUEL));
    engine.set_undefined_behavior(UndefinedBehavior::Strict);
    let values = Value::from_pairs(values.iter().map(|(name, value)| (*name, Value::from(value.as_str()))));
    let template = template.replace('¶', "\u{E000}");
    let compiled = engine.template_from_str(&template).map_err(|error| error.to_string())?;
    let text = compiled.render(values).map_err(|error| error.to_string())?;
    if text.len() > RENDERED_BYTES {
        return Err(format!("the text is longer than {RENDERED_BYTES} bytes"));
    }
    let line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let paragraphs: Vec<_> = text.split(PARAGRAPH).map(line).filter(|part| !part.is_empty()).collect();
    Ok(paragraphs.join("\n\n"))
}
