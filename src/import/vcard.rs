//! vCards, as address books write them: versions 2.1, 3 and 4. (RFC 6350, RFC 9554; `X-SOCIALPROFILE` is Apple's)

use calcard::{
    Entry as Card, Parser,
    vcard::{VCard, VCardEntry, VCardParameter, VCardParameterName, VCardProperty, VCardValue, VCardVersion},
};

use super::{Entry, Sheet, not_this};
use crate::{
    api::{Error, ImportFormat},
    domain::{Book, Contact, Kind},
};

/// Our own property: a sentence that is the author's, and no note of the address book.
const WHY: &str = "X-GOODWORD-WHY";
const SOCIAL: &str = "X-SOCIALPROFILE";

/// Reads cards one by one, so that a broken one costs no other.
pub fn read(text: &str, sheet: &mut Sheet) -> Result<(), Error> {
    let is =
        |line: &str, wanted: &str| line.trim_matches(['\u{feff}', ' ', '\t', '\r', '\n']).eq_ignore_ascii_case(wanted);
    let mut open: Option<(usize, usize)> = None;
    let (mut at, mut found) = (0, false);
    for (number, line) in text.split_inclusive('\n').enumerate().map(|(number, line)| (number + 1, line)) {
        if is(line, "BEGIN:VCARD") {
            if let Some((begun, _)) = open.replace((number, at)) {
                sheet.problem(begun, "this card has no end");
            }
            found = true;
        }
        at += line.len();
        if is(line, "END:VCARD")
            && let Some((begun, from)) = open.take()
        {
            match Parser::new(text.get(from..at).unwrap_or_default()).entry() {
                Card::VCard(card) => sheet.push(entry(begun, &card))?,
                _ => sheet.problem(begun, "this card cannot be read"),
            }
        }
    }
    if let Some((begun, _)) = open {
        sheet.problem(begun, "this card has no end; the file may be cut off");
    }
    if found { Ok(()) } else { Err(not_this(ImportFormat::Vcard, "there is no BEGIN:VCARD in it")) }
}

fn entry(line: usize, card: &VCard) -> Entry {
    let mut entry = Entry::at(line);
    let (mut parts, mut organisation) = (String::new(), String::new());
    for property in &card.entries {
        let text = property.values.iter().find_map(VCardValue::as_text).unwrap_or_default();
        match &property.name {
            VCardProperty::Fn => entry.name(text),
            VCardProperty::N => parts = name_of(property),
            VCardProperty::Org => text.clone_into(&mut organisation),
            VCardProperty::Email => entry.email(text),
            VCardProperty::Url => entry.page(text),
            VCardProperty::Note => entry.note(text),
            VCardProperty::Kind if matches!(text.to_ascii_lowercase().as_str(), "org" | "group") => {
                entry.contact.kind = Kind::Organisation
            }
            VCardProperty::Categories => {
                property.values.iter().filter_map(VCardValue::as_text).for_each(|name| entry.audience(name));
            }
            VCardProperty::Socialprofile | VCardProperty::Impp => entry.social(&service(property), text),
            VCardProperty::Other(name) => match name.to_ascii_uppercase().as_str() {
                WHY => entry.why(text),
                SOCIAL => entry.social(&service(property), text),
                "X-ABSHOWAS" if text.eq_ignore_ascii_case("company") => entry.contact.kind = Kind::Organisation,
                name => {
                    if let Some(network) = name.strip_prefix("X-").filter(|name| super::entry::network(name).is_some())
                    {
                        entry.social(network, text);
                    }
                }
            },
            _ => {}
        }
    }
    if entry.contact.name.is_empty() {
        entry.name(if parts.is_empty() { &organisation } else { &parts });
    }
    if !organisation.is_empty() && entry.contact.name == organisation.trim() {
        entry.contact.kind = Kind::Organisation;
    }
    entry
}

/// `N:Ruiz;Maria;;Dr.;` as people say it.
fn name_of(property: &VCardEntry) -> String {
    let part = |place: usize| match property.values.get(place) {
        Some(VCardValue::Component(words)) => words.join(" "),
        Some(value) => value.as_text().unwrap_or_default().to_owned(),
        None => String::new(),
    };
    let parts = [part(3), part(1), part(2), part(0)];
    parts.iter().map(|part| part.trim()).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

/// The network that a property says it is about.
fn service(property: &VCardEntry) -> String {
    let of = |parameter: &VCardParameter| {
        let name = parameter.name.as_str().to_ascii_uppercase();
        let is_wanted = matches!(name.as_str(), "TYPE" | "SERVICE-TYPE" | "X-SERVICE-TYPE");
        parameter.value.as_text().filter(|word| is_wanted && super::entry::network(word).is_some()).map(str::to_owned)
    };
    property.params.iter().find_map(of).unwrap_or_default()
}

/// Everybody, as an address book takes them: without private notes, for address books travel.
pub fn write(book: &Book) -> String {
    let mut text = String::new();
    for contact in super::in_order(book) {
        // Writing to a text does not fail.
        _ = card(book, contact).write_to(&mut text, VCardVersion::V3_0);
    }
    text
}

fn card(book: &Book, contact: &Contact) -> VCard {
    let text = |name, value: &str| (!value.is_empty()).then(|| VCardEntry::new(name).with_value(value.to_owned()));
    let social = |(network, handle): (&String, &String)| {
        let parameter = VCardParameter::new(VCardParameterName::Type, network.clone());
        VCardEntry::new(VCardProperty::Other(SOCIAL.to_owned())).with_param(parameter).with_value(handle.clone())
    };
    let audiences: Vec<_> =
        super::audiences_of(book, contact).into_iter().map(|name| VCardValue::Text(name.to_owned())).collect();
    let is_organisation = contact.kind != Kind::Person;
    let name = [String::new(), contact.name.clone()].map(VCardValue::Text).to_vec();
    let entries = [
        text(VCardProperty::Uid, &format!("urn:uuid:{}", contact.id)),
        text(VCardProperty::Fn, &contact.name),
        Some(VCardEntry::new(VCardProperty::N).with_values(name)),
        is_organisation.then(|| text(VCardProperty::Org, &contact.name)).flatten(),
        text(VCardProperty::Email, &contact.email),
        text(VCardProperty::Url, &contact.site),
        text(VCardProperty::Other(WHY.to_owned()), &contact.why),
        (!audiences.is_empty()).then(|| VCardEntry::new(VCardProperty::Categories).with_values(audiences)),
    ];
    VCard { entries: entries.into_iter().flatten().chain(contact.handles.iter().map(social)).collect() }
}
