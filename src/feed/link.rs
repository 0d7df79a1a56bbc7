//! The canonical address of an item: what a person would share, without the tracking.

use url::{Host, Url};

/// Parameters that tell the site who sent the reader. A trailing `*` stands for any ending.
const TRACKING: [&str; 48] = [
    "utm_*",
    "fbclid",
    "gclid",
    "gclsrc",
    "dclid",
    "gbraid",
    "wbraid",
    "msclkid",
    "twclid",
    "ttclid",
    "li_fat_id",
    "yclid",
    "ysclid",
    "mc_cid",
    "mc_eid",
    "igsh",
    "igshid",
    "ref_src",
    "ref_url",
    "mkt_tok",
    "_hsenc",
    "_hsmi",
    "__hssc",
    "__hstc",
    "__hsfp",
    "hsctatracking",
    "vero_id",
    "vero_conv",
    "oly_anon_id",
    "oly_enc_id",
    "wickedid",
    "_openstat",
    "at_medium",
    "at_campaign",
    "at_custom*",
    "at_link*",
    "pk_campaign",
    "pk_kwd",
    "pk_source",
    "mtm_*",
    "s_cid",
    "cmpid",
    "ns_campaign",
    "ns_mchannel",
    "spm",
    "wt_mc",
    "ml_subscriber*",
    "echobox",
];

/// What turns up behind `#` for counting, not for a place in the page.
const TRACKING_FRAGMENTS: [&str; 3] = ["xtor*", "ftag*", "comment-utm*"];

fn is_tracking(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let matches = |pattern: &&str| match pattern.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => name == **pattern,
    };
    TRACKING.iter().any(matches)
}

/// The canonical form of an address that may be relative to `base`; nothing when it does not lead to the web.
///
/// User names, default ports and tracking parameters go; the order of the others stays. A fragment stays unless it
/// is for tracking.
#[must_use]
pub fn canonical(address: &str, base: Option<&Url>) -> Option<Url> {
    let address = address.trim();
    if address.is_empty() {
        return None;
    }
    let url = match base {
        Some(base) => base.join(address).ok()?,
        None => Url::parse(address).ok()?,
    };
    clean(url)
}

/// As [`canonical`], for an address that is already read.
#[must_use]
pub fn clean(mut url: Url) -> Option<Url> {
    if !matches!(url.scheme(), "http" | "https") || matches!(url.host(), None | Some(Host::Domain(""))) {
        return None;
    }
    url.set_username("").ok()?;
    url.set_password(None).ok()?;
    if let Some(query) = url.query() {
        let kept: Vec<_> = query.split('&').filter(|pair| !pair.is_empty() && !is_tracking(name_of(pair))).collect();
        if kept.len() != query.split('&').count() {
            let kept = kept.join("&");
            url.set_query(Some(kept.as_str()).filter(|kept| !kept.is_empty()));
        }
    }
    let tracks = |fragment: &str| {
        let lower = fragment.to_ascii_lowercase();
        is_tracking(name_of(fragment))
            || TRACKING_FRAGMENTS.iter().any(|pattern| lower.starts_with(pattern.trim_end_matches('*')))
    };
    if url.fragment().is_some_and(|fragment| fragment.is_empty() || tracks(fragment)) {
        url.set_fragment(None);
    }
    Some(url)
}

fn name_of(pair: &str) -> &str {
    pair.split('=').next().unwrap_or(pair)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(address: &str) -> String {
        canonical(address, None).map(String::from).unwrap_or_default()
    }

    #[test]
    fn tracking_goes_and_the_rest_keeps_its_order() {
        let address = "https://example.org/a?b=2&utm_source=x&UTM_medium=y&a=1&fbclid=z#part";
        assert_eq!(of(address), "https://example.org/a?b=2&a=1#part");
        assert_eq!(of("https://example.org/?utm_source=x"), "https://example.org/");
        assert_eq!(of("https://example.org/?q=a+b%20c&&"), "https://example.org/?q=a+b%20c");
    }

    #[test]
    fn a_fragment_stays_when_it_is_a_place() {
        assert_eq!(of("https://example.org/#chapter-2"), "https://example.org/#chapter-2");
        assert_eq!(of("https://example.org/#utm_source=x"), "https://example.org/");
        assert_eq!(of("https://example.org/#Echobox=123"), "https://example.org/");
    }

    #[test]
    fn user_names_and_default_ports_go() {
        assert_eq!(of(" HTTPS://me:secret@Example.org:443/a "), "https://example.org/a");
    }

    #[test]
    fn what_is_not_on_the_web_is_no_link() {
        for address in ["javascript:alert(1)", "mailto:a@example.org", "data:text/html,x", "", "/relative"] {
            assert_eq!(of(address), "", "{address}");
        }
    }

    #[test]
    fn a_relative_address_is_resolved() {
        let base = Url::parse("https://example.org/blog/feed").unwrap();
        assert_eq!(canonical("../a", Some(&base)).map(String::from).as_deref(), Some("https://example.org/a"));
    }

    #[test]
    fn cleaning_twice_changes_nothing() {
        let once = of("https://example.org/a?utm_id=1&b=%7E#x");
        assert_eq!(of(&once), once);
    }
}
