//! Drafts over a corpus of items in many scripts, over a year of days, over arbitrary words; and 40 of them to read.
#![allow(clippy::unwrap_used)] // a test may panic: that is how it fails

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use goodword::domain::{
    Audience, Contact, Item, ItemKind, Settings, Stage, critic,
    draft::{Draft, KINDS, Occasion, Phrases, Used, clean, draft, opening, render},
    network::{Markup, Network, RULES, Scheme, count_within, links},
    share::Endpoints,
};
use jiff::civil::{Date, date};
use proptest::prelude::*;
use unicode_segmentation::UnicodeSegmentation;

const ITEM_KINDS: [ItemKind; 8] = [
    ItemKind::Article,
    ItemKind::Episode,
    ItemKind::Video,
    ItemKind::Book,
    ItemKind::Event,
    ItemKind::Artwork,
    ItemKind::Cause,
    ItemKind::Post,
];

/// A person, a title and a why in ten scripts.
const VOICES: [(&str, &str, &str); 10] = [
    ("Maria Ruiz", "How to sew an 1863 sack coat", "sews every button by hand"),
    ("Jürgen Groß", "Über die Kunst, Bücher zu binden", "Bindet Bücher so, dass man sie weitergeben will."),
    ("Ольга Петрова", "Как читать старые письма", "читает письма так, будто их написали вчера"),
    ("Ελένη Παππά", "Το φως στα νησιά", "Ξέρει κάθε λιμάνι."),
    ("ليلى حداد", "كيف نحفظ حكايات الجدات", "تجمع حكايات الجدات قبل أن تضيع"),
    ("נועה לוי", "המחברת של סבתא", "כותבת כאילו היא יושבת לידך"),
    ("अनीता शर्मा", "पुराने गीतों की खोज", "पुराने गीतों को फिर से जीवित करती हैं।"),
    ("山田 花子", "江戸時代の本の作り方", "本を大切に扱う人です。"),
    ("이수진", "오래된 책방에서 보낸 하루", "책방의 하루를 조용히 기록한다"),
    ("พิมพ์ใจ", "ตลาดหนังสือเก่าริมคลอง", "เล่าเรื่องหนังสือเก่าได้อบอุ่น"),
];

/// 300 items, each a variation on a kind, a script and a length.
fn corpus() -> Vec<(Contact, Item)> {
    let long = |title: &str, n: usize| if n % 7 == 6 { [title; 40].join(" ") } else { format!("{title}, {}", n + 1) };
    (0..300)
        .filter_map(|n| {
            let (name, title, why) = *VOICES.get(n % 10)?;
            let kind = *ITEM_KINDS.get((n / 10) % 8)?;
            let item = Item {
                title: if n % 29 == 28 { String::new() } else { long(title, n) },
                url: match n % 5 {
                    4 => format!("https://example.org/{}?id={n}", "very-long-path/".repeat(n % 40)),
                    _ => format!("https://example.org/{n}"),
                },
                summary: if n % 3 == 0 { format!("{title} {why}") } else { String::new() },
                warning: (n % 17 == 0).then(|| "war, food".to_owned()),
                kind,
                ..Item::default()
            };
            Some((person(&format!("c{n}"), name, if n % 4 == 3 { "" } else { why }), item))
        })
        .collect()
}

fn person(id: &str, name: &str, why: &str) -> Contact {
    let handles = [
        ("mastodon", "@maria@sewing.example"),
        ("bluesky", "maria.bsky.social"),
        ("x", "maria_sews"),
        ("threads", "maria.sews"),
    ];
    Contact {
        id: id.into(),
        name: name.to_owned(),
        why: why.to_owned(),
        email: "maria@sewing.example".to_owned(),
        handles: handles.map(|(network, handle)| (network.to_owned(), handle.to_owned())).into(),
        ..Contact::default()
    }
}

fn settings(voice: &str, language: &str) -> Settings {
    Settings {
        voice: voice.to_owned(),
        language: language.to_owned(),
        mastodon: "@ada@books.example".to_owned(),
        seeds: BTreeSet::from(["seed".to_owned()]),
        ..Settings::default()
    }
}

fn sewing() -> Audience {
    let hashtags = ["CivilWarHistory", "historical sewing", "Reenacting"].map(str::to_owned);
    Audience { name: "Civil War re-enactors".to_owned(), hashtags: hashtags.into(), ..Audience::default() }
}

fn write(
    contact: &Contact,
    item: Option<&Item>,
    settings: &Settings,
    network: Network,
    day: Date,
    recent: &[Used],
    turn: u32,
) -> Draft {
    let phrases = &*PHRASES;
    write_with(phrases, contact, item, settings, network, day, recent, turn)
}

#[allow(clippy::too_many_arguments)]
fn write_with(
    phrases: &Phrases,
    contact: &Contact,
    item: Option<&Item>,
    settings: &Settings,
    network: Network,
    day: Date,
    recent: &[Used],
    turn: u32,
) -> Draft {
    let (audience, endpoints) = (sewing(), Endpoints::default());
    let occasion = Occasion {
        contact,
        audience: Some(&audience),
        item,
        date: day,
        settings,
        network: Some(network),
        limit: None,
        stage: Stage::Following,
        recent,
        turn,
        endpoints: &endpoints,
    };
    draft(&occasion, phrases)
}

static PHRASES: LazyLock<Phrases> = LazyLock::new(|| Phrases::builtin().unwrap());

const TODAY: Date = date(2026, 11, 22);

#[test]
fn every_item_of_the_corpus_gives_a_draft_that_fits_and_pleases_the_critic() {
    let phrases = &*PHRASES;
    for (at, (contact, item)) in corpus().iter().enumerate() {
        let settings = settings(["warm", "wry", "plain", "warm+emoji"][at % 4], ["en", "de"][at % 2]);
        // Paragraphs with markup have a test of their own.
        for rules in RULES.into_iter().filter(|rules| rules.markup == Markup::Plain) {
            let draft = write_with(phrases, contact, Some(item), &settings, rules.network, TODAY, &[], 0);
            let broken: Vec<_> = draft.explain.iter().filter(|finding| !finding.ok).collect();
            assert!(
                draft.fits && broken.is_empty() && !draft.text.is_empty(),
                "{}: {broken:?}\n{}",
                rules.name,
                draft.text
            );
        }
    }
}

#[test]
fn a_year_of_days_repeats_no_opening_within_60_days_and_no_skeleton_before_its_turn() {
    let phrases = &*PHRASES;
    for (voice, language, days) in [("warm", "en", 365), ("wry", "en", 150), ("warm", "de", 150)] {
        let settings = settings(voice, language);
        let mut used: Vec<(Date, Used)> = Vec::new();
        let mut by_kind: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut day = date(2026, 1, 1);
        for n in 0..days {
            // Five people only, and often nothing new: the hardest year for fresh words.
            let (name, title, why) = VOICES[n % 5];
            let contact = person(&format!("c{}", n % 5), name, why);
            let kind = ITEM_KINDS[(n / 3) % 8];
            let item = Item {
                title: format!("{title}, {}", n / 40),
                url: format!("https://example.org/{n}"),
                kind,
                ..Item::default()
            };
            let item = (n % 3 != 0).then_some(&item);
            let recent: Vec<Used> = used
                .iter()
                .filter(|(then, _)| then.duration_until(day).as_hours() <= 60 * 24)
                .map(|(_, used)| used.clone())
                .collect();
            let draft = write_with(phrases, &contact, item, &settings, Network::Bluesky, day, &recent, 0);
            let same = recent.iter().find(|used| opening(&used.text) == draft.opening);
            assert_eq!(same, None, "{day}");
            let kind = draft.skeleton.split('/').next().unwrap().to_owned();
            let others = phrases.language(language).skeletons.iter().filter(|skeleton| skeleton.kind == kind).count();
            let before = by_kind.entry(kind.clone()).or_default();
            if kind == "hello" {
                // Every third day: all twelve come round well within the 60 days that are remembered.
                let since = before.iter().rev().take_while(|id| **id != draft.skeleton).collect::<BTreeSet<_>>().len();
                assert!(
                    !before.contains(&draft.skeleton) || since == others - 1,
                    "{day}: {} after {since}",
                    draft.skeleton
                );
            }
            before.push(draft.skeleton.clone());
            // One of the years is remembered by its texts alone.
            let skeleton = (language == "en").then_some(draft.skeleton);
            used.push((day, Used { text: draft.text, skeleton }));
            day = day.tomorrow().unwrap();
        }
    }
}

#[test]
fn two_months_of_letters_or_paragraphs_repeat_no_opening() {
    for (network, every) in
        [(Network::Letter, 3), (Network::Newsletter, 3), (Network::Library, 1), (Network::Review, 1)]
    {
        let mut recent: Vec<Used> = Vec::new();
        for n in 0..60_usize {
            let (name, title, why) = VOICES[n % 5];
            let contact = person(&format!("c{}", n % 5), name, why);
            let (title, url) = (format!("No. {n}, {title}"), format!("https://example.org/{n}"));
            let item = Item { title, url, kind: ItemKind::Book, ..Item::default() };
            let item = (every == 1 || n % every != 0).then_some(&item);
            let draft = write(&contact, item, &settings("warm", "en"), network, TODAY, &recent, 0);
            let broken: Vec<_> = draft.explain.iter().filter(|finding| !finding.ok).collect();
            assert!(broken.is_empty(), "{n}: {broken:?}\n{}", draft.text);
            recent.push(Used { text: draft.text, skeleton: Some(draft.skeleton) });
        }
    }
}

#[test]
fn the_same_day_gives_the_same_draft_and_another_turn_another_phrasing() {
    let (contact, item) = &corpus()[0];
    let settings = settings("warm", "en");
    let turns: Vec<_> =
        (0..12).map(|turn| write(contact, Some(item), &settings, Network::Mastodon, TODAY, &[], turn)).collect();
    assert_eq!(turns[0], write(contact, Some(item), &settings, Network::Mastodon, TODAY, &[], 0));
    assert_eq!(turns.iter().map(|draft| &draft.text).collect::<BTreeSet<_>>().len(), 12);
}

#[test]
fn grief_is_not_drafted_as_cheer() {
    let contact = person("c", "Maria Ruiz", "");
    for title in ["My father died in June", "What grief taught me", "We are laid off", "Nachruf auf meinen Lehrer"] {
        let item = Item { title: title.to_owned(), url: "https://example.org/x".to_owned(), ..Item::default() };
        let draft = write(&contact, Some(&item), &settings("wry+emoji", "en"), Network::Bluesky, TODAY, &[], 0);
        assert!(
            draft.read_first && draft.skeleton.starts_with("quiet/") && !draft.text.contains('#'),
            "{}",
            draft.text
        );
    }
    let item = Item { title: "Diet notes of a classicist".to_owned(), ..Item::default() };
    assert!(!write(&contact, Some(&item), &settings("warm", "en"), Network::Bluesky, TODAY, &[], 0).read_first);
}

#[test]
fn a_content_warning_stands_first_and_is_counted() {
    let item = Item { title: "Letters from the front".to_owned(), warning: Some("war".to_owned()), ..Item::default() };
    let draft =
        write(&person("c", "Maria", ""), Some(&item), &settings("warm", "en"), Network::Mastodon, TODAY, &[], 0);
    assert!(draft.text.starts_with("CW: war\n\n"), "{}", draft.text);
    assert_eq!(draft.length, count_within(Network::Mastodon, &draft.text, 500).length);
}

#[test]
fn no_phrase_guesses_a_pronoun() {
    let pronouns = [" she ", " he ", " her ", " his ", " him ", " hers ", " sie ", " er ", " ihr ", " ihm ", " seine "];
    for (code, language) in PHRASES.languages() {
        // A German letter says "Sie", and its paragraphs have nouns of every gender.
        let all = language.skeletons.iter().filter(|skeleton| code == "en" || KINDS.contains(&skeleton.kind.as_str()));
        for skeleton in all {
            for voice in ["warm", "wry", "plain"] {
                let template = format!(" {} ", skeleton.template(voice).to_lowercase().replace([',', '.'], " "));
                assert!(!pronouns.iter().any(|word| template.contains(word)), "{code} {}: {template}", skeleton.id);
            }
        }
    }
}

#[test]
fn no_phrase_claims_that_the_author_did_something() {
    let claims = [
        "i read",
        "i have read",
        "i reread",
        "i watched",
        "i listened",
        "i heard",
        "i saw",
        "i learned",
        "i went",
        "i gave",
        "i showed",
        "i wrote",
        "i bought",
        "i finished",
        "i kept",
        "i took",
        "i spent",
        "i came",
        "i opened",
        "i put",
        "taught me",
        "kept me",
        "made me",
        "stopped me",
        "left me",
        "my morning",
        "my nightstand",
        "in my calendar",
        "habe ich",
        "ich habe",
        "beigebracht",
        "ich las",
        "ich sah",
    ];
    for (code, language) in PHRASES.languages() {
        for skeleton in language.skeletons.iter().filter(|skeleton| !skeleton.kind.starts_with("review")) {
            for voice in ["warm", "wry", "plain"] {
                let template = skeleton.template(voice).to_lowercase();
                let claim = claims.iter().find(|claim| critic::holds(&template, claim));
                assert_eq!(claim, None, "{code} {}: {template}", skeleton.id);
            }
        }
    }
}

#[test]
fn every_language_has_twelve_skeletons_of_each_kind_with_distinct_openings_and_no_worn_words() {
    let phrases = &*PHRASES;
    for (code, language) in phrases.languages() {
        for kind in KINDS {
            let all: Vec<_> = language.skeletons.iter().filter(|skeleton| skeleton.kind == kind).collect();
            assert!(all.len() >= 12, "{code} {kind}: {}", all.len());
            for voice in ["warm", "wry", "plain"] {
                let mut openings = BTreeSet::new();
                for skeleton in &all {
                    let values = [
                        ("who", "Maria Ruiz"),
                        ("name", "Maria Ruiz"),
                        ("title", "“Sack coats”"),
                        ("audience", ""),
                        ("weekday", "Monday"),
                        ("day", "2"),
                        ("month", "May"),
                        ("stage", "noticed"),
                        ("kind", "article"),
                        ("why", ""),
                        ("link", ""),
                    ];
                    let values = values.map(|(name, value)| (name, value.to_owned()));
                    let text = render(skeleton.template(voice), &values).unwrap();
                    assert!(openings.insert(opening(&text)), "{code} {voice}: {text}");
                    let worn = language
                        .list("banned")
                        .iter()
                        .chain(language.list("bait"))
                        .find(|word| critic::holds(&text.to_lowercase(), word));
                    assert_eq!(worn, None, "{text}");
                    let stops = ['.', '?', '”', '“'];
                    assert!(text.ends_with(stops), "{code} {}: {text}", skeleton.id);
                    assert_eq!(language.recognise(&text), Some(skeleton.id.as_str()), "{text}");
                }
            }
        }
    }
}

#[test]
fn an_authors_phrase_book_takes_the_place_of_ours_and_a_wrong_one_says_where() {
    let own =
        Phrases::with_overrides(&[("en.phrases", "[hello: glad]\nwarm: Ahoy, {{ who }}, from {{ stage }}.")]).unwrap();
    let glad = own.language("en").skeletons.iter().find(|skeleton| skeleton.id == "hello/glad").unwrap();
    assert_eq!(glad.template("wry"), "Ahoy, {{ who }}, from {{ stage }}.");
    for (text, line, what) in [
        ("[hello: a]\n\nwarm: {{ whom }}", 3, "undefined"),
        ("warm: hi", 1, "[section]"),
        ("[nonsense]", 1, "section"),
        ("[poem: a]", 1, "kind"),
        ("[hello: a]\nloud: {{ who }}", 2, "warm:"),
        ("[hello: a]\nwarm: {{ who }} {{ who }}", 2, "once"),
        ("[hello: a]\nwarm: hi there", 2, "nobody"),
        ("[hello: a]\nwarm: {{ who", 2, "syntax"),
        ("[hello: a]\nwarm: {% for a in 'x' * 900 %}{% for b in 'x' * 900 %}{{ who }}{% endfor %}{% endfor %}", 2, ""),
        ("[hello: a]\nwarm: {{ who * 99999999 }}", 2, ""),
    ] {
        let error = Phrases::with_overrides(&[("en.phrases", text)]).unwrap_err();
        assert_eq!((error.file.as_str(), error.line), ("en.phrases", line), "{error}");
        assert!(error.message.contains(what), "{error}");
    }
}

#[test]
fn a_paragraph_for_readers_has_60_to_120_words_one_link_and_a_named_credit() {
    let paragraphs = ["newsletter", "newsletter-markdown", "newsletter-html", "blog", "blog-markdown", "blog-html"];
    for (at, (contact, item)) in corpus().iter().enumerate() {
        let network: Network = paragraphs[at % paragraphs.len()].parse().unwrap();
        let settings = settings(["warm", "wry", "plain"][at % 3], ["en", "de"][at / 6 % 2]);
        for turn in [0, 5] {
            let draft = write(contact, Some(item), &settings, network, TODAY, &[], turn);
            assert!((60..=120).contains(&draft.length) && draft.fits, "{}: {}", draft.length, draft.text);
            let shown = network.rules().markup.shown(&draft.text);
            assert!(shown.contains(&contact.name) && !shown.contains('@') && !shown.contains('#'), "{}", draft.text);
            let written = network.rules().markup.readable_addresses(&draft.text);
            assert_eq!(written.matches("https://").count(), 1, "{}", draft.text);
            assert!(written.contains(&item.url), "{}", draft.text);
            assert_eq!(
                draft.text.starts_with("<p>") && draft.text.ends_with("</p>"),
                network.as_str().ends_with("html")
            );
        }
    }
}

#[test]
fn a_letter_speaks_to_the_person_and_an_email_opens_with_their_address() {
    let (contact, item) = &corpus()[0];
    let settings = Settings { name: "Ada Field".to_owned(), ..settings("wry+emoji", "en") };
    let letter = write(contact, Some(item), &settings, Network::Letter, TODAY, &[], 0);
    assert!(
        letter.text.starts_with("Dear Maria Ruiz,\n\n") && letter.text.ends_with("\n\nAda Field"),
        "{}",
        letter.text
    );
    assert!(
        letter.text.contains(&item.title) && letter.text.contains("“sews every button by hand”"),
        "{}",
        letter.text
    );
    assert_eq!(letter.share_url, None);
    let mail = write(contact, Some(item), &settings, Network::Email, TODAY, &[], 1);
    assert!(mail.share_url.unwrap().starts_with("mailto:maria@sewing.example?subject="));
}

#[test]
fn a_wish_to_the_library_names_the_book_and_a_review_is_left_to_be_finished() {
    let contact = person("c", "Maria Ruiz", "");
    let link = "https://example.org/book";
    let title = "The Button Maker’s Daughter".to_owned();
    let book = Item { title, url: link.to_owned(), kind: ItemKind::Book, ..Item::default() };
    let wish = write(&contact, Some(&book), &settings("warm", "en"), Network::Library, TODAY, &[], 0);
    assert!(
        wish.text.contains("“The Button Maker’s Daughter” by Maria Ruiz") && wish.text.contains(link),
        "{}",
        wish.text
    );
    assert!(wish.share_url.unwrap().starts_with("mailto:?subject=The%20Button"));
    let review = write(&contact, Some(&book), &settings("warm", "en"), Network::Review, TODAY, &[], 0);
    assert!(review.text.matches('…').count() >= 3, "{}", review.text);
    assert_eq!(review.share_url.as_deref(), Some(link));
}

/// The texts that differ only in what `change` does to the occasion, for thirty people with nothing new.
fn texts_with(stage: Stage, audience: &Audience, voice: &str, network: Network) -> Vec<String> {
    let (settings, endpoints) = (settings(voice, "en"), Endpoints::default());
    let text = |n: usize| {
        let contact = person(&format!("c{n}"), "Maria Ruiz", "Old buttons are safe there.");
        let occasion = Occasion {
            contact: &contact,
            audience: Some(audience),
            item: None,
            date: TODAY,
            settings: &settings,
            network: Some(network),
            limit: None,
            stage,
            recent: &[],
            turn: 0,
            endpoints: &endpoints,
        };
        draft(&occasion, &PHRASES).text
    };
    (0..30).map(text).collect()
}

#[test]
fn a_headline_leaves_the_link_to_its_own_field() {
    let (contact, item) = &corpus()[0];
    let draft = write(contact, Some(item), &settings("warm", "en"), Network::Reddit, TODAY, &[], 0);
    assert!(!draft.text.contains("https") && !draft.text.contains('\n'), "{}", draft.text);
    assert!(draft.share_url.unwrap().contains("url=https%3A%2F%2Fexample.org%2F0&title="));
}

#[test]
fn a_picture_without_a_title_or_a_word_keeps_its_link() {
    let item = Item { url: "https://example.org/photo".to_owned(), kind: ItemKind::Post, ..Item::default() };
    let contact = person("c", "Maria Ruiz", "");
    let draft = write(&contact, Some(&item), &settings("warm", "en"), Network::Bluesky, TODAY, &[], 0);
    assert!(draft.text.contains("https://example.org/photo"), "{}", draft.text);
}

#[test]
fn how_far_a_relationship_has_come_changes_the_words() {
    // Each stage's asides, and no other's.
    for (stage, list) in [(Stage::Noticed, "first"), (Stage::Supporting, "again"), (Stage::Allied, "ally")] {
        let texts = texts_with(stage, &sewing(), "warm", Network::Mastodon);
        for other in ["first", "again", "ally"] {
            let asides: Vec<_> = PHRASES
                .language("en")
                .list(other)
                .iter()
                .map(|aside| aside.replace("{{ name }}", "Maria Ruiz"))
                .collect();
            let found = texts.iter().any(|text| asides.iter().any(|aside| text.contains(aside.as_str())));
            assert_eq!(found, other == list, "{stage:?} {other}");
        }
    }
}

#[test]
fn one_emoji_stands_where_the_author_wants_one_and_never_in_a_letter() {
    let emojis = |text: &str| text.graphemes(true).filter(|grapheme| emojis::get(grapheme).is_some()).count();
    for (voice, network, many) in
        [("warm", Network::Bluesky, 0), ("warm+emoji", Network::Bluesky, 1), ("warm+emoji", Network::Letter, 0)]
    {
        for text in texts_with(Stage::Noticed, &sewing(), voice, network) {
            assert_eq!(emojis(&text), many, "{voice}: {text}");
        }
    }
}

#[test]
fn a_bridge_stands_in_a_paragraph_unless_it_speaks_to_the_author() {
    let public = Audience { bridge: "Cartridge boxes do not stitch themselves.".to_owned(), ..sewing() };
    let private = Audience { bridge: "They will check your buttons.".to_owned(), ..sewing() };
    let paragraphs = |audience| texts_with(Stage::Noticed, audience, "warm", Network::Newsletter);
    assert!(paragraphs(&public).iter().all(|text| text.contains(&public.bridge)));
    assert!(paragraphs(&private).iter().all(|text| !text.contains("your buttons")));
}

#[test]
fn every_finding_says_why_in_words() {
    let (contact, item) = &corpus()[0];
    let draft = write(contact, Some(item), &settings("warm", "en"), Network::Bluesky, TODAY, &[], 0);
    for finding in &draft.explain {
        assert!(finding.message.split(' ').count() >= 2 && finding.message != "ok", "{finding:?}");
    }
    assert!(draft.explain.iter().any(|f| f.message.contains("How to sew")), "{:?}", draft.explain);
}

#[test]
fn a_handle_longer_than_a_post_becomes_a_name() {
    let label = "a".repeat(60);
    let mut contact = person("c", "Maria Ruiz", "sews every button by hand");
    contact.handles.insert("bluesky".to_owned(), format!("{label}.{label}.{label}.{label}.org"));
    let (_, item) = &corpus()[1];
    let draft = write(&contact, Some(item), &settings("warm", "en"), Network::Bluesky, TODAY, &[], 0);
    assert!(draft.fits && critic::passes(&draft.explain), "{:?}\n{}", draft.explain, draft.text);
}

#[test]
fn a_title_of_a_megabyte_and_text_in_any_direction_are_only_words() {
    let (contact, _) = &corpus()[4];
    for title in ["ليلى ".repeat(200_000), "e\u{301}\u{302}".repeat(200_000), "\u{202e}abc\u{2066}".repeat(100_000)]
    {
        let item = Item { summary: title.clone(), title, url: "https://example.org/x".to_owned(), ..Item::default() };
        for rules in RULES {
            let draft = write(contact, Some(&item), &settings("wry", "de"), rules.network, TODAY, &[], 0);
            let broken: Vec<_> = draft.explain.iter().filter(|finding| !finding.ok).collect();
            assert!(draft.fits && broken.is_empty(), "{}: {broken:?}\n{}", rules.name, draft.text);
            assert!(!draft.text.contains(['\u{202e}', '\u{2066}']), "{}", draft.text);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_words_from_outside_break_a_draft(
        name in "\\PC{0,40}", title in "(\\PC|[\u{300}-\u{310}\u{200d}\u{202e}\u{fe0f}👩👨🏽🇩🇪@#. \\n])*", why in "(\\PC|[@# .\\n]){0,300}",
        tags in proptest::collection::btree_set("\\PC{0,30}", 0..4), warning in proptest::option::of("\\PC{0,90}"),
        path in "[a-z0-9/_-]{0,400}", many in prop_oneof![Just(1_usize), Just(2_000)], at in 0..RULES.len(), kind in 0..8_usize,
        voice in prop_oneof![Just("warm"), Just("wry+emoji")], turn in 0..40_u32,
        limit in proptest::option::of(prop_oneof![Just(0), Just(5), Just(1_000_000_000_000_usize), 0..400_usize]),
    ) {
        let network = RULES[at].network;
        let contact = person("c", &name, &why);
        let item = Item { title: title.repeat(many), url: format!("https://example.org/{path}"), kind: ITEM_KINDS[kind], warning, ..Item::default() };
        let audience = Audience { hashtags: tags, ..Audience::default() };
        let (settings, endpoints, phrases) = (settings(voice, "en"), Endpoints::default(), &*PHRASES);
        let occasion = Occasion { contact: &contact, audience: Some(&audience), item: Some(&item), date: TODAY, settings: &settings,
            network: Some(network), limit, stage: Stage::Allied, recent: &[], turn, endpoints: &endpoints };
        let draft = draft(&occasion, phrases);
        let broken: Vec<_> = draft.explain.iter().filter(|finding| !finding.ok).collect();
        prop_assert!(broken.is_empty() && draft.fits, "{broken:?}\n{}", draft.text);
        // The one link and the one mention are whole or absent.
        let written = network.rules().markup.readable_addresses(&draft.text);
        let found: Vec<_> = links(&written, Scheme::Needed).into_iter().map(|at| written[at].to_owned()).collect();
        prop_assert!(written.contains(&item.url) || found.is_empty(), "{}", draft.text);
        if let Some(mention) = network.mention(&contact) {
            prop_assert!(draft.text.contains(&mention) && draft.text.matches(&mention).count() == 1, "{}", draft.text);
        }
        // What is left of the title is a run of its own graphemes.
        let shown = network.rules().markup.shown(&draft.text);
        let kept: Vec<&str> = shown.split('“').nth(1).and_then(|rest| rest.split('”').next()).unwrap_or("").trim_end_matches(['…', '.']).graphemes(true).collect();
        let whole = clean(&item.title).replace(['"', '“', '”', '„'], "’");
        let whole: Vec<&str> = whole.graphemes(true).collect();
        // Only where the one pair of quotation marks is ours, around the title.
        let is_title = !whole.is_empty() && shown.matches('“').count() == 1 && !format!("{why}{name}{:?}", item.warning).contains('“');
        prop_assert!(!is_title || whole.starts_with(&kept[..kept.len().saturating_sub(1)]), "{kept:?}");
    }
}

#[test]
fn forty_drafts_read_as_they_did_when_they_were_last_read_by_a_person() {
    let titles = [
        (ItemKind::Article, "How to sew an 1863 sack coat"),
        (ItemKind::Episode, "Bread, riots and the price of flour"),
        (ItemKind::Video, "A waistcoat in forty minutes"),
        (ItemKind::Book, "The Button Maker’s Daughter"),
        (ItemKind::Event, "Muster on the Green"),
        (ItemKind::Artwork, "Blue hour, Gettysburg"),
        (ItemKind::Cause, "The reading room stays open"),
        (ItemKind::Post, "I dyed it with walnut, and the whole street smelled of autumn"),
    ];
    let german = [
        "Wie man einen Uniformrock von 1863 näht",
        "Brot, Aufruhr und der Preis des Mehls",
        "Eine Weste in vierzig Minuten",
        "Die Tochter des Knopfmachers",
        "Lager auf der Wiese",
        "Blaue Stunde, Gettysburg",
        "Der Lesesaal bleibt offen",
        "Mit Walnuss gefärbt, und die ganze Straße roch nach Herbst",
    ];
    let people = [
        ("Maria Ruiz", "sews every button by hand"),
        ("Tom Okafor", "Knows every seam of an 1863 coat. Never boasts about it."),
        ("The Elm Street Library", ""),
        ("Ines Albrecht", "Her podcast got me through edits"),
        ("Old Mill Press", "they answer every letter"),
    ];
    let audience = Audience { bridge: "Cartridge boxes do not stitch themselves.".to_owned(), ..sewing() };
    let endpoints = Endpoints::default();
    let mut text = String::new();
    let mut recent: Vec<Used> = Vec::new();
    let reenactors = Audience { name: "Freunde alter Uniformen".to_owned(), bridge: String::new(), ..sewing() };
    let neighbours = [
        ("Jürgen Groß", "bindet Bücher so, dass man sie weitergeben will"),
        ("Stadtbücherei Linden", ""),
        ("Käthe Brandt", "Kennt jede Naht. Prahlt nie damit."),
        ("Verlag Alte Mühle", "die letzten, die auf Briefe antworten"),
    ];
    let long = [
        Network::Newsletter,
        Network::Letter,
        Network::BlogMarkdown,
        Network::Library,
        Network::NewsletterHtml,
        Network::Review,
        Network::Email,
        Network::Blog,
        Network::Letter,
        Network::Newsletter,
    ];
    let networks = [Network::Bluesky, Network::Mastodon, Network::X, Network::Plain, Network::LinkedIn];
    for n in 0..40_usize {
        let is_german = n % 8 == 7 || n % 11 == 5;
        let (name, why) = if is_german { neighbours[n % 4] } else { people[n % people.len()] };
        let (kind, title) = titles[n % titles.len()];
        let title = if is_german { german[n % german.len()] } else { title };
        let item = Item { title: title.to_owned(), url: format!("https://example.org/{n}"), kind, ..Item::default() };
        let item = (n % 9 != 4).then_some(&item);
        let audience = if is_german { &reenactors } else { &audience };
        let (voice, language) = (["warm", "wry", "plain"][n % 3], if is_german { "de" } else { "en" });
        let network = if n % 4 == 3 { long[n / 4] } else { networks[n / 8] };
        let mut contact = person(&format!("c{n}"), name, why);
        let handle = name.to_lowercase().replace(' ', "");
        contact.handles = [
            ("bluesky", format!("{handle}.bsky.social")),
            ("mastodon", format!("@{handle}@writing.example")),
            ("x", handle.chars().take(15).collect()),
        ]
        .map(|(network, handle)| (network.to_owned(), handle))
        .into();
        let settings = Settings { name: "Ada Field".to_owned(), ..settings(voice, language) };
        let stage = [Stage::Noticed, Stage::Supporting, Stage::Allied][n % 3];
        let draft = draft(
            &Occasion {
                contact: &contact,
                audience: Some(audience),
                item,
                date: TODAY,
                settings: &settings,
                network: Some(network),
                limit: None,
                stage,
                recent: &recent,
                turn: 0,
                endpoints: &endpoints,
            },
            &PHRASES,
        );
        let (number, stage) = (n + 1, stage.as_str());
        let Draft { skeleton, network, length, .. } = &draft;
        text += &format!("--- {number} {voice} {language} {stage} {skeleton} {network}/{length}\n{}\n\n", draft.text);
        recent.push(Used { text: draft.text, skeleton: Some(draft.skeleton) });
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/drafts.txt");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(path, &text).unwrap();
    }
    assert_eq!(
        std::fs::read_to_string(path).unwrap_or_default(),
        text,
        "read them, then run again with UPDATE_GOLDEN=1"
    );
}
