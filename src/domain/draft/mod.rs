//! The draft: one text for one network about one real thing a person did, such as a generous, literate human would post.
//!
//! The same for (seed, date, contact, network, turn) on every laptop. Whole sentences from the phrase books stand beside
//! whole words of others (title, name, the author's why), never glued into one another; what does not fit is left out
//! step by step: hashtags, then the why, then the end of the title; never half a link, a mention or a grapheme.

mod phrases;
mod words;

pub use phrases::{KINDS, Language, PhraseError, Phrases, Skeleton, render};
pub use words::{clean, opening, shorten};

use jiff::civil::Date;
use unicode_segmentation::UnicodeSegmentation;

use super::{
    Audience, Contact, Item, ItemKind, Settings, Stage,
    critic::{self, Brief, Finding},
    id::stable_hash,
    network::{Network, Scheme, count_within, is_link},
    share::{Endpoints, Shared, share_url},
};
use words::{ended, first_sentence, hashtags, quoted};

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
    /// What the author's instance allows, where it is known; `None`: the network's usual limit.
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
    /// The first five words, lower case.
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

/// The foreign words of an occasion, cleaned once.
struct Material {
    name: String,
    mention: Option<String>,
    title: String,
    why: String,
    audience: String,
    link: Option<String>,
    tags: Vec<String>,
    warning: Option<String>,
    kind: &'static str,
    /// Reddit takes a headline; the address has a field of its own there.
    one_line: bool,
}

/// How much of the material a text is given: the steps down.
#[derive(Clone, Copy)]
struct Portion {
    tags: usize,
    /// Graphemes of the why; 0: none.
    why: usize,
    title: usize,
    name: usize,
    link: bool,
}

const NAME: usize = 60;
const STEPS: [Portion; 13] = [
    Portion { tags: 2, why: 400, title: 140, name: NAME, link: true },
    Portion { tags: 1, why: 400, title: 140, name: NAME, link: true },
    Portion { tags: 0, why: 400, title: 140, name: NAME, link: true },
    Portion { tags: 0, why: 140, title: 140, name: NAME, link: true },
    Portion { tags: 0, why: 70, title: 140, name: NAME, link: true },
    Portion { tags: 0, why: 0, title: 140, name: NAME, link: true },
    Portion { tags: 0, why: 0, title: 90, name: NAME, link: true },
    Portion { tags: 0, why: 0, title: 60, name: NAME, link: true },
    Portion { tags: 0, why: 0, title: 40, name: 40, link: true },
    Portion { tags: 0, why: 0, title: 20, name: 24, link: true },
    Portion { tags: 0, why: 0, title: 60, name: 40, link: false },
    Portion { tags: 0, why: 0, title: 20, name: 24, link: false },
    Portion { tags: 0, why: 0, title: 10, name: 10, link: false },
];

/// Writes the draft.
#[must_use]
pub fn draft(occasion: &Occasion<'_>, phrases: &Phrases) -> Draft {
    let Occasion { contact, settings, recent, .. } = *occasion;
    let network = occasion.network.unwrap_or_else(|| Network::choose(&settings.networks, contact));
    let limit = occasion.limit.unwrap_or(network.rules().limit);
    let language = phrases.language(&settings.language);
    let material = Material::of(occasion, network, phrases);
    let voice = settings.voice.split('+').next().unwrap_or_default();
    let order = order(occasion, network, language, material.kind);
    let leads = language.list("lead");
    let turn = occasion.turn as usize;
    let mut best: Option<(usize, Draft)> = None;
    // The skeleton whose turn it is comes first, with a lead if its own opening was used; then the next one.
    for at in 0..order.len() {
        let Some(skeleton) = order.get((at + turn) % order.len()) else { continue };
        for lead in std::iter::once("").chain(leads.iter().map(String::as_str)) {
            for portion in material.steps() {
                let Some((text, brief_words)) =
                    compose(occasion, language, &material, skeleton.template(voice), lead, portion)
                else {
                    continue;
                };
                let count = count_within(network, &text, limit);
                if !count.fits && best.is_some() {
                    continue;
                }
                let link = material.link.as_deref().filter(|link| portion.link && text.ends_with(*link));
                let brief = Brief {
                    network,
                    limit,
                    mention: material.mention.as_deref(),
                    link,
                    foreign: &brief_words.foreign,
                    concrete: &brief_words.concrete,
                    warning: material.warning.as_deref(),
                    recent,
                };
                let explain = critic::review(&text, &brief, language);
                let broken = explain.iter().filter(|finding| !finding.ok).count();
                let better = best.as_ref().is_none_or(|(least, _)| broken < *least);
                if better {
                    let subject = if material.title.is_empty() { &material.name } else { &material.title };
                    let link = material.link.as_deref().filter(|_| portion.link);
                    let shared = Shared { text: &text, link, subject };
                    let share_url = share_url(network, shared, contact, settings, occasion.endpoints);
                    let draft = Draft {
                        network,
                        length: count.length,
                        limit,
                        fits: count.fits,
                        share_url,
                        opening: opening(&text),
                        skeleton: skeleton.id.clone(),
                        read_first: material.kind == "quiet",
                        warning: material.warning.clone(),
                        explain,
                        text,
                    };
                    best = Some((broken, draft));
                }
                if broken == 0 {
                    break;
                }
                if count.fits {
                    // It is the opening: less of the rest would not change that.
                    break;
                }
            }
            if best.as_ref().is_some_and(|(broken, _)| *broken == 0) {
                return best.map(|(_, draft)| draft).unwrap_or_else(|| bare(network, limit));
            }
        }
    }
    best.map_or_else(|| bare(network, limit), |(_, draft)| draft)
}

/// Phrase books without a single skeleton leave nothing to say.
fn bare(network: Network, limit: usize) -> Draft {
    Draft {
        network,
        text: String::new(),
        length: 0,
        limit,
        fits: true,
        share_url: None,
        opening: String::new(),
        skeleton: String::new(),
        read_first: false,
        warning: None,
        explain: Vec::new(),
    }
}

/// The skeletons of a kind in the order of their turn: never used first (shuffled by the seed), then the longest unused.
fn order<'a>(occasion: &Occasion<'_>, network: Network, language: &'a Language, kind: &str) -> Vec<&'a Skeleton> {
    let used: Vec<Option<&str>> = occasion
        .recent
        .iter()
        .map(|used| used.skeleton.as_deref().or_else(|| language.recognise(&used.text)))
        .collect();
    let date = occasion.date.to_string();
    let seed =
        |id: &str| stable_hash(&[occasion.settings.seed(), &date, occasion.contact.id.as_str(), network.as_str(), id]);
    let mut order: Vec<_> = language.skeletons.iter().filter(|skeleton| skeleton.kind == kind).collect();
    order.sort_by_cached_key(|skeleton| {
        let last = used.iter().rposition(|id| *id == Some(skeleton.id.as_str()));
        (last.map_or(0, |at| at + 1), seed(&skeleton.id))
    });
    order
}

impl Material {
    fn of(occasion: &Occasion<'_>, network: Network, phrases: &Phrases) -> Material {
        let Occasion { contact, audience, item, .. } = *occasion;
        let text = |choose: fn(&Item) -> &str| item.map(|item| clean(choose(item))).unwrap_or_default();
        let (title, summary) = (text(|item| &item.title), text(|item| &item.summary));
        let warning = item.and_then(|item| item.warning.as_deref()).map(|warning| shorten(&clean(warning), 80));
        let warning = warning.filter(|warning| !warning.is_empty());
        let all = [&title, &summary, warning.as_ref().unwrap_or(&title)].map(|text| text.to_lowercase());
        let heavy = phrases.languages().flat_map(|(_, language)| language.list("grief"));
        let is_heavy = heavy.into_iter().any(|word| all.iter().any(|text| critic::holds(text, word)));
        // A short post has no title: its first words stand for it.
        let title = if title.is_empty() { shorten(&summary, 140) } else { title };
        let kind = match item.map(|item| item.kind) {
            _ if title.is_empty() => "hello",
            _ if is_heavy => "quiet",
            Some(ItemKind::Article) => "article",
            Some(ItemKind::Episode) => "episode",
            Some(ItemKind::Video) => "video",
            Some(ItemKind::Book) => "book",
            Some(ItemKind::Event) => "event",
            Some(ItemKind::Artwork) => "artwork",
            Some(ItemKind::Cause) => "cause",
            Some(ItemKind::Post | ItemKind::Other) => "post",
            None => "hello",
        };
        let link = item.map(|item| item.url.trim()).filter(|url| is_link(url, Scheme::Needed));
        let one_line = network == Network::Reddit;
        let name = clean(&contact.name);
        let tags = audience.into_iter().flat_map(|audience| audience.hashtags.iter());
        Material {
            name: if name.is_empty() { "someone".to_owned() } else { name },
            mention: network.mention(contact),
            title,
            why: if one_line { String::new() } else { clean(&contact.why) },
            audience: shorten(&audience.map(|audience| clean(&audience.name)).unwrap_or_default(), 40),
            link: link.map(str::to_owned),
            tags: if kind == "quiet" { Vec::new() } else { hashtags(tags, network.rules().hashtags.min(2)) },
            warning,
            kind,
            one_line,
        }
    }

    /// The steps down. Where there is nothing new the why is all there is to say: it is shortened, not dropped.
    fn steps(&self) -> impl Iterator<Item = Portion> + use<> {
        let only_why = self.kind == "hello" && !self.why.is_empty();
        STEPS.into_iter().map(move |portion| match portion {
            Portion { why: 0, title, .. } if only_why => Portion { why: title, ..portion },
            portion => portion,
        })
    }
}

/// The words of others in a text.
struct Foreign {
    foreign: Vec<String>,
    concrete: Vec<String>,
}

/// Puts one text together; none when the author's own template fails on it.
fn compose(
    occasion: &Occasion<'_>,
    language: &Language,
    material: &Material,
    template: &str,
    lead: &str,
    portion: Portion,
) -> Option<(String, Foreign)> {
    let name = shorten(&material.name, portion.name);
    let title = shorten(&material.title, portion.title);
    let why = why_within(&material.why, portion.why);
    let marks = language.quotes();
    let shown_title = match material.kind {
        _ if title.is_empty() => String::new(),
        "post" => quoted(&ended(&title), marks),
        _ => quoted(&title, marks),
    };
    // A text that begins with a mention is a reply on X, and a name is kinder to read first.
    let starts = lead.is_empty() && template.trim_start().starts_with("{{ who }}");
    let who = match &material.mention {
        Some(mention) if starts => format!("{name} ({mention})"),
        Some(mention) => mention.clone(),
        None => name.clone(),
    };
    let nth = |list: &str, at: i8| {
        let at = usize::try_from(at).unwrap_or_default();
        language.list(list).get(at).cloned().unwrap_or_default()
    };
    let mut values = vec![
        ("name", name.clone()),
        ("title", shown_title.clone()),
        ("audience", material.audience.clone()),
        ("weekday", nth("weekdays", occasion.date.weekday().to_monday_zero_offset())),
        ("day", occasion.date.day().to_string()),
        ("month", nth("months", occasion.date.month() - 1)),
        ("stage", occasion.stage.as_str().to_owned()),
        ("who", who),
    ];
    let mut body = render(template, &values).ok()?;
    if !lead.is_empty() {
        body = format!("{} {body}", render(lead, &values).ok()?);
    }
    if occasion.settings.voice.ends_with("+emoji") && material.kind != "quiet" {
        body.push(' ');
        body.push_str(emoji(material.kind));
    }
    let mut text = String::new();
    if let Some(warning) = &material.warning {
        text = format!("CW: {warning}\n\n");
    }
    text.push_str(&body);
    if !why.is_empty() {
        let leads_in = language.list("why");
        let pick = stable_hash(&[occasion.settings.seed(), &occasion.date.to_string(), occasion.contact.id.as_str()]);
        let at = (pick.wrapping_add(u64::from(occasion.turn)) % (leads_in.len().max(1) as u64)) as usize;
        values.push(("why", ended(&why)));
        let sentence = match leads_in.get(at).filter(|_| is_fragment(&why)) {
            Some(lead_in) => render(lead_in, &values).ok()?,
            None => ended(&why),
        };
        text.push_str("\n\n");
        text.push_str(&sentence);
    }
    let tags: Vec<_> = material.tags.iter().take(portion.tags).map(String::as_str).collect();
    for line in [Some(tags.join(" ")), material.link.clone().filter(|_| portion.link && !material.one_line)] {
        if let Some(line) = line.filter(|line| !line.is_empty()) {
            text.push_str("\n\n");
            text.push_str(&line);
        }
    }
    // Two bodies can join into one grapheme only across a space, never across our line breaks.
    let concrete = [&shown_title, &why].into_iter().filter(|words| !words.is_empty()).cloned().collect();
    let foreign = vec![shown_title, name, why, material.audience.clone(), material.warning.clone().unwrap_or_default()];
    Some((text, Foreign { foreign, concrete }))
}

/// The whole why, or its first sentence, or that sentence shortened; none within nothing.
fn why_within(why: &str, most: usize) -> String {
    let fits = |text: &str| text.graphemes(true).take(most + 1).count() <= most;
    match first_sentence(why) {
        _ if most == 0 => String::new(),
        _ if fits(why) => why.to_owned(),
        first => shorten(first, most),
    }
}

/// A fragment needs a lead-in; a sentence begins with a capital, or in a script that has none.
fn is_fragment(why: &str) -> bool {
    why.chars().find(|c| c.is_alphabetic()).is_some_and(char::is_lowercase)
}

fn emoji(kind: &str) -> &'static str {
    match kind {
        "episode" => "🎧",
        "video" => "🎬",
        "book" | "article" => "📖",
        "event" => "📅",
        "artwork" => "🎨",
        "cause" => "🤝",
        _ => "👋",
    }
}
