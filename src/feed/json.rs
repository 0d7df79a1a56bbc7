//! JSON Feed, versions 1 and 1.1: <https://www.jsonfeed.org/version/1.1/>. Wrong types are passed over, not minded.

use serde_json::Value;
use url::Url;

use super::{
    Feed, date,
    entry::{Entry, Rank, TITLE_CHARS},
    text,
};

/// Reads JSON as a feed; none when it is not JSON, or has no list of items.
pub(super) fn read(json: &str, address: &str) -> Option<Feed> {
    // Only the first value: what stands behind it is not minded.
    let root = serde_json::Deserializer::from_str(json).into_iter::<Value>().next()?.ok()?;
    let items = root.get("items")?.as_array()?;
    let base = Url::parse(address).ok();
    let mut head = Entry::default();
    head.offer_link(Rank::Page, string(&root, "home_page_url"), base.as_ref());
    Some(Feed {
        title: text::plain(&text::escape(string(&root, "title")), TITLE_CHARS),
        dialect: "json",
        site: head.site(),
        items: items.iter().map(|item| entry(item, base.as_ref()).into_item(address)).collect(),
    })
}

fn entry(item: &Value, base: Option<&Url>) -> Entry {
    let text_or_html = |text: &str, html: &str| {
        let html = string(item, html);
        if html.is_empty() { text::escape(string(item, text)) } else { html.to_owned() }
    };
    let mut entry = Entry {
        title: text::escape(string(item, "title")),
        summary: text::escape(string(item, "summary")),
        content: text_or_html("content_text", "content_html"),
        published: date::parse(string(item, "date_published")),
        updated: date::parse(string(item, "date_modified")),
        ..Entry::default()
    };
    entry.offer_link(Rank::Page, string(item, "url"), base);
    entry.offer_link(Rank::Alternate, string(item, "external_url"), base);
    entry.offer_link(Rank::Permalink, string(item, "id"), None);
    for attachment in item.get("attachments").and_then(Value::as_array).into_iter().flatten() {
        entry.offer_media(string(attachment, "mime_type"));
    }
    entry
}

fn string<'v>(value: &'v Value, key: &str) -> &'v str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}
