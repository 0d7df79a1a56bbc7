//! Puts one text together: a way to say it, and a portion of the material.

use unicode_segmentation::UnicodeSegmentation;

use super::{
    Desk, Occasion, Skeleton,
    material::{Form, Portion},
    phrases::{NAMES, render},
    shorten,
    words::{ended, first_sentence, quoted, with_capital},
};
use crate::domain::{
    Stage,
    id::stable_hash,
    network::{Markup, Network},
};

/// One way to say it.
#[derive(Clone, Copy)]
pub struct Way<'a> {
    /// The sentences about the item.
    pub said: &'a Skeleton,
    /// What stands around them in a longer form.
    pub frame: Option<&'a Skeleton>,
    /// What stands before them, when their own opening was used; may be empty.
    pub lead: &'a str,
}

/// A text, and whose words it holds.
pub struct Text {
    pub text: String,
    pub mention: Option<String>,
    pub link: Option<String>,
    /// The words of others, as they stand in the text.
    pub foreign: Vec<String>,
    /// Those that make it concrete.
    pub concrete: Vec<String>,
}

/// Stands for the words that carry the link until the text is whole. Cleaned words never hold it.
const ANCHOR: &str = "\u{E001}";

/// Puts one text together; none when the author's own template fails on it.
pub fn compose(desk: &Desk<'_>, way: &Way<'_>, portion: Portion) -> Option<Text> {
    let Desk { occasion, material, .. } = *desk;
    let markup = desk.network.rules().markup;
    let words = Words::of(desk, portion);
    let voice = occasion.settings.voice.split('+').next().unwrap_or_default();
    let link = material.link.clone().filter(|_| portion.link);
    let said = way.said.template(voice);
    let mut values = words.values(desk, markup, link.is_some());
    values.push(("link", link.clone().filter(|_| markup == Markup::Plain).unwrap_or_default()));
    // A text that begins with a mention is a reply on X, and a name is kinder to read first.
    let starts = way.lead.is_empty() && way.frame.is_none() && said.starts_with("{{ who }}");
    let mention = material.mention.clone().filter(|_| portion.mention && way.frame.is_none());
    let who = match &mention {
        Some(mention) if starts => format!("{} ({mention})", words.name),
        Some(mention) => mention.clone(),
        None => values.iter().find(|(key, _)| *key == "name").map(|(_, name)| name.clone()).unwrap_or_default(),
    };
    values.push(("who", who));
    let mut body = render(said, &values).ok()?;
    if !way.lead.is_empty() {
        body = format!("{} {body}", render(way.lead, &values).ok()?);
    }
    let text = match way.frame {
        Some(frame) => {
            values.push(("said", body));
            let template = frame.template(voice);
            let body = render(template, &values).ok()?;
            let anchored = anchored(&body, &words, markup, link.as_deref());
            let text = match &material.warning {
                Some(warning) => format!("CW: {}\n\n{anchored}", markup.escaped(warning)),
                None => anchored,
            };
            // Who gets a letter knows the address.
            let stands = markup != Markup::Plain || material.form != Form::Paragraph || template.contains("{{ link }}");
            let behind = link.as_ref().filter(|_| !stands);
            markup.paragraphs(&behind.map_or_else(|| text.clone(), |link| format!("{text}\n\n{link}")))
        }
        None => {
            // A name that stands there already is not said again beside it.
            let is_named = body.contains(&words.name) || words.why.contains(&words.name);
            let aside = if portion.extras { aside(desk, &values, is_named) } else { String::new() };
            if occasion.settings.voice.ends_with("+emoji") && !material.is_heavy() {
                body = format!("{body} {}", emoji(material.kind));
            }
            let tags = material.tags.iter().take(portion.tags).map(String::as_str).collect::<Vec<_>>().join(" ");
            let is_placed = material.form == Form::Headline || said.contains("{{ link }}");
            let link = link.as_deref().filter(|_| !is_placed).unwrap_or_default();
            let why = if said.contains("{{ why }}") { "" } else { &words.why };
            // The same name at the end of a sentence and at the start of the next would read like a list.
            let apart = choice(desk, "layout", 2) == 0 || (body.contains(&words.name) && why.starts_with(&words.name));
            laid_out(desk, apart, [&body, &aside, why, link, &tags])
        }
    };
    let concrete =
        [&words.title, &words.why_words, &words.note].into_iter().filter(|words| !words.is_empty()).cloned().collect();
    let warning = material.warning.clone().unwrap_or_default();
    let Words { title, name, why_words, note, excerpt, bridge, .. } = words;
    let mention = mention.filter(|mention| text.contains(mention.as_str()));
    let foreign = vec![title, name, why_words, note, excerpt, bridge, material.audience.clone(), warning];
    Some(Text { text, mention, link, foreign, concrete })
}

/// Where the parts of a post stand: the why in the first paragraph or in one of its own, the link and the hashtags last.
/// X and Threads make a card of a link that ends the text; Mastodon sets hashtags apart that do.
fn laid_out(desk: &Desk<'_>, apart: bool, [body, aside, why, link, tags]: [&str; 5]) -> String {
    let first: Vec<&str> =
        [body, aside, if apart { "" } else { why }].into_iter().filter(|part| !part.is_empty()).collect();
    let ends_with_link = matches!(desk.network, Network::X | Network::Threads);
    let last = if ends_with_link { [tags, link] } else { [link, tags] };
    let last = last.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n");
    let warning = desk.material.warning.as_ref().map(|warning| format!("CW: {warning}")).unwrap_or_default();
    if desk.material.form == Form::Headline {
        return if warning.is_empty() { body.to_owned() } else { format!("{warning}. {body}") };
    }
    let parts = [warning, first.join(" "), if apart { why.to_owned() } else { String::new() }, last];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n\n")
}

/// A text whose anchor carries the link, and is words again elsewhere.
fn anchored(body: &str, words: &Words, markup: Markup, link: Option<&str>) -> String {
    let Some(link) = link.filter(|_| markup != Markup::Plain) else { return body.to_owned() };
    let anchor = markup.escaped(if words.title.is_empty() { &words.name } else { &words.title });
    body.replacen(ANCHOR, &markup.linked(&anchor, link), 1).replace(ANCHOR, &anchor)
}

/// The words of others, of a portion's length.
struct Words {
    name: String,
    /// In quotation marks.
    title: String,
    /// A sentence of its own, brought in where it is a fragment.
    why: String,
    /// The author's words within it.
    why_words: String,
    /// The author's words without an end, to be quoted.
    note: String,
    excerpt: String,
    bridge: String,
}

impl Words {
    fn of(desk: &Desk<'_>, portion: Portion) -> Words {
        let Desk { material, language, .. } = *desk;
        let name = shorten(&material.name, portion.name);
        let title = shorten(&material.title, portion.title);
        let title = match material.kind {
            _ if title.is_empty() => title,
            "post" => quoted(&ended(&title), language.quotes()),
            _ => quoted(&title, language.quotes()),
        };
        let note = why_within(&material.why, portion.why);
        let (why, why_words) = why_sentence(desk, &name, &note);
        let note = note.trim_end_matches(['.', '。', '।']).to_owned();
        let extra = |text: &String| if portion.extras { text.clone() } else { String::new() };
        let excerpt = Some(extra(&material.excerpt)).filter(|text| !text.is_empty());
        let excerpt = excerpt.map(|text| quoted(&ended(&text), language.quotes())).unwrap_or_default();
        let bridge = Some(extra(&material.bridge)).map(|text| ended(&text)).unwrap_or_default();
        Words { name, title, why, why_words, note, excerpt, bridge }
    }

    /// What a template may use, but for `who`, `link` and `said`; fit to stand in the markup.
    fn values(&self, desk: &Desk<'_>, markup: Markup, linked: bool) -> Vec<(&'static str, String)> {
        let Desk { occasion, material, language, .. } = *desk;
        let Occasion { date, stage, settings, .. } = *occasion;
        let nth = |list: &str, at: i8| {
            let at = usize::try_from(at).unwrap_or_default();
            language.list(list).get(at).cloned().unwrap_or_default()
        };
        let is_anchor =
            |words: &str, other: &str| linked && markup != Markup::Plain && !words.is_empty() && other.is_empty();
        let anchor = |words: &str, is_anchor: bool| if is_anchor { ANCHOR.to_owned() } else { markup.escaped(words) };
        vec![
            ("name", anchor(&self.name, is_anchor(&self.name, &self.title))),
            ("title", anchor(&self.title, is_anchor(&self.title, ""))),
            ("why", markup.escaped(&self.why)),
            ("note", markup.escaped(&self.note)),
            ("excerpt", markup.escaped(&self.excerpt)),
            ("bridge", markup.escaped(&self.bridge)),
            ("audience", markup.escaped(&material.audience)),
            ("author", markup.escaped(&shorten(&super::clean(&settings.name), 60))),
            ("kind", material.kind.to_owned()),
            ("weekday", nth("weekdays", date.weekday().to_monday_zero_offset())),
            ("day", date.day().to_string()),
            ("month", nth("months", date.month() - 1)),
            ("stage", stage.as_str().to_owned()),
        ]
    }
}

/// A number that stays for a day and a person, and moves on with each turn.
fn choice(desk: &Desk<'_>, what: &str, many: usize) -> usize {
    let Occasion { contact, settings, date, turn, .. } = *desk.occasion;
    let hash = stable_hash(&[settings.seed(), &date.to_string(), contact.id.as_str(), what]);
    usize::try_from(hash.wrapping_add(u64::from(turn)) % many.max(1) as u64).unwrap_or_default()
}

/// An entry of a list, by [`choice`].
fn chosen<'a>(desk: &Desk<'a>, list: &str) -> Option<&'a String> {
    let list = desk.language.list(list);
    list.get(choice(desk, "list", list.len()))
}

/// A sentence beside the matter, on some days: how well the author knows this person, or who may care.
fn aside(desk: &Desk<'_>, values: &[(&str, String)], is_named: bool) -> String {
    let Desk { occasion, material, .. } = *desk;
    if material.is_heavy() || material.form != Form::Post {
        return String::new();
    }
    let stage = match occasion.stage {
        Stage::Noticed | Stage::Following | Stage::Engaging => "first",
        Stage::Supporting => "again",
        Stage::Allied => "ally",
    };
    let list = match choice(desk, "aside", 4) {
        0 if !is_named => stage,
        1 if !material.audience.is_empty() => "audience",
        2 if !is_named && material.kind == "hello" => stage,
        _ => return String::new(),
    };
    chosen(desk, list).and_then(|template| render(template, values).ok()).unwrap_or_default()
}

/// The why as a sentence, and the author's own words within it.
fn why_sentence(desk: &Desk<'_>, name: &str, why: &str) -> (String, String) {
    let whole = ended(why);
    let first = why.split_whitespace().next().unwrap_or_default();
    let verb = first.to_lowercase();
    if desk.language.list("verbs").contains(&verb) {
        let words = format!("{verb}{}", &whole[first.len()..]);
        return (format!("{name} {words}"), words);
    }
    let is_because = is_fragment(why) && desk.language.list("because").contains(&verb);
    let whole = if is_because { whole[first.len()..].trim_start().to_owned() } else { whole };
    let template = chosen(desk, "why").filter(|_| is_fragment(&whole));
    let Some(template) = template else { return (whole.clone(), whole) };
    let before = template.split("{{ why").next().unwrap_or_default().trim_end();
    let words = if before.ends_with(['.', '?', '!']) { with_capital(&whole) } else { whole.clone() };
    let unused = NAMES.map(|key| (key, String::new()));
    let values: Vec<_> = unused.into_iter().chain([("name", name.to_owned()), ("why", words.clone())]).collect();
    render(template, &values).map_or_else(|_| (whole.clone(), whole), |sentence| (sentence, words))
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
