//! Reading values out of JSON that a stranger wrote: what is missing, odd or too long is simply not there.

use jiff::Timestamp;
use serde_json::Value;
use url::Url;

use crate::feed::plain;

/// The longest text that is taken from an answer, in characters.
pub const TEXT: usize = 500;
/// The longest identifier or handle, in bytes.
const WORD: usize = 512;

/// A text as it is; nothing for one that is empty or longer than any identifier.
pub fn word<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    let text = value.get(key)?.as_str()?.trim();
    let fits = !text.is_empty() && text.len() <= WORD && !text.contains(char::is_control);
    fits.then_some(text)
}

/// A text for people: HTML taken out, on one line, at most `most` characters.
pub fn text(value: &Value, key: &str, most: usize) -> String {
    value.get(key).and_then(Value::as_str).map(|html| plain(html, most)).unwrap_or_default()
}

/// Only a true truth value is true.
pub fn truth(value: &Value, key: &str) -> Option<bool> {
    value.get(key)?.as_bool()
}

pub fn number(value: &Value, key: &str) -> u64 {
    value.get(key).and_then(Value::as_u64).unwrap_or_default()
}

/// A list of at most `most` values; what is no list is an empty one.
pub fn list<'a>(value: &'a Value, key: &str, most: usize) -> impl Iterator<Item = &'a Value> + use<'a> {
    value.get(key).and_then(Value::as_array).into_iter().flatten().take(most)
}

/// An address of the web.
pub fn link(value: &Value, key: &str) -> Option<String> {
    web(value.get(key)?.as_str()?).map(String::from)
}

/// A time; one without a zone is read as UTC.
pub fn time(value: &Value, key: &str) -> Option<Timestamp> {
    value.get(key)?.as_str()?.parse().ok()
}

/// An http(s) address with a host, of a length that people send around.
pub fn web(text: &str) -> Option<Url> {
    let text = text.trim();
    let url = Url::parse(text).ok().filter(|_| text.len() <= 2_000)?;
    let is_web = matches!(url.scheme(), "http" | "https") && url.host_str().is_some_and(|host| !host.is_empty());
    (is_web && url.username().is_empty() && url.password().is_none()).then_some(url)
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::{collection, prelude::*, sample};
    use serde_json::json;

    use super::*;

    /// JSON as a stranger might write it, with the keys that are looked for.
    pub fn any_json() -> impl Strategy<Value = Value> {
        let key = sample::select(vec![
            "id",
            "acct",
            "url",
            "note",
            "fields",
            "value",
            "name",
            "verified_at",
            "account",
            "visibility",
            "content",
            "subject",
            "links",
            "rel",
            "href",
            "did",
            "handle",
            "labels",
            "val",
            "record",
            "post",
            "author",
            "feed",
            "actors",
            "cursor",
            "starterPack",
            "list",
            "items",
            "uri",
            "createdAt",
            "text",
        ]);
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            "\\PC{0,30}".prop_map(Value::from),
            sample::select(vec!["public", "1", "a@b.example", "https://a.example/x?y", "did:plc:abc", "href=\"", "me"])
                .prop_map(Value::from),
        ];
        leaf.prop_recursive(5, 60, 8, move |inner| {
            prop_oneof![
                collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                collection::hash_map(key.clone().prop_map(str::to_owned), inner, 0..8)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    #[test]
    fn what_is_missing_odd_or_too_long_is_not_there() {
        let value = json!({"a": " x ", "b": 1, "c": "", "long": "x".repeat(WORD + 1), "nul": "a\u{0}b"});
        assert_eq!(word(&value, "a"), Some("x"));
        for key in ["b", "c", "long", "nul", "none"] {
            assert_eq!(word(&value, key), None, "{key}");
        }
        for no_link in ["", "javascript:1", "ftp://a.b", "https://", "https://u:p@a.b/", "a.b"] {
            assert_eq!(web(no_link), None, "{no_link}");
        }
    }
}
