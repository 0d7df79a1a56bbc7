//! A question to somebody's public interface: where, with what, and how old its answer may be.

use std::time::Duration;

use url::Url;

use crate::feed::Wants;

/// How old an answer may be unless the question says otherwise.
const USUALLY: Duration = Duration::from_secs(3600);

/// One question. Cheap to make; [`super::Client`] asks it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    pub(super) url: Url,
    pub(super) wants: Wants,
    pub(super) led_by: Option<String>,
    pub(super) fresh_for: Duration,
    pub(super) is_kept: bool,
}

impl Ask {
    /// A question for JSON at a path below a base address.
    ///
    /// The path's own `?`, `#` and `..` have no meaning: each part is written as it is, escaped.
    #[must_use]
    pub fn json(base: &Url, path: &str) -> Ask {
        let mut url = base.clone();
        url.set_query(None);
        url.set_fragment(None);
        if let Ok(mut parts) = url.path_segments_mut() {
            let meant = |part: &&str| !matches!(*part, "" | "." | "..");
            parts.pop_if_empty().extend(path.split('/').filter(meant));
        }
        Ask { url, wants: Wants::Json, led_by: None, fresh_for: USUALLY, is_kept: true }
    }

    /// A question for the web page at an address.
    #[must_use]
    pub fn page(address: &Url) -> Ask {
        let mut url = address.clone();
        url.set_fragment(None);
        Ask { url, wants: Wants::Page, led_by: None, fresh_for: USUALLY, is_kept: true }
    }

    /// With one more parameter.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl ToString) -> Ask {
        self.url.query_pairs_mut().append_pair(name, &value.to_string());
        self
    }

    /// The address came from somebody else's answer, not from the author: if that one is public, it may not lead to a
    /// private address.
    #[must_use]
    pub fn led_by(mut self, address: impl ToString) -> Ask {
        self.led_by = Some(address.to_string());
        self
    }

    /// An answer of this age is good enough; zero asks anew, but still says what is known already.
    #[must_use]
    pub fn fresh_for(mut self, age: Duration) -> Ask {
        self.fresh_for = age;
        self
    }

    /// The answer is worth nothing later: it is asked for anew, and not kept.
    #[must_use]
    pub fn unkept(mut self) -> Ask {
        (self.fresh_for, self.is_kept) = (Duration::ZERO, false);
        self
    }

    /// The same question at another address of the same host; none where it leads elsewhere.
    #[must_use]
    pub(super) fn onward(&self, to: &str) -> Option<Ask> {
        let url = Url::parse(to).ok().filter(|url| url.origin() == self.url.origin())?;
        Some(Ask { url, ..self.clone() })
    }

    /// The same question with a parameter changed.
    #[must_use]
    pub(super) fn instead(&self, name: &str, value: &str) -> Ask {
        let others: Vec<(String, String)> =
            self.url.query_pairs().filter(|(key, _)| key != name).map(|(k, v)| (k.into(), v.into())).collect();
        let mut ask = self.clone();
        ask.url.query_pairs_mut().clear().extend_pairs(others).append_pair(name, value);
        ask
    }

    /// The host and port that is asked.
    #[must_use]
    pub fn host(&self) -> String {
        host_of(&self.url)
    }
}

/// A host as people write it, with its port where that is not the usual one.
pub(super) fn host_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn a_path_is_put_below_its_base_and_cannot_leave_it() {
        for (base_url, path, whole) in [
            ("https://a.example", "api/v1/accounts/lookup", "https://a.example/api/v1/accounts/lookup"),
            ("https://a.example/x/?q#f", "/xrpc/app.bsky", "https://a.example/x/xrpc/app.bsky"),
            ("https://a.example/x", "../../etc?p=1#f", "https://a.example/x/etc%3Fp=1%23f"),
        ] {
            assert_eq!(Ask::json(&base(base_url), path).url.as_str(), whole);
        }
    }

    #[test]
    fn a_list_goes_on_at_its_own_host_only() {
        let ask = Ask::json(&base("https://a.example"), "x").with("cursor", 1).with("limit", 2);
        assert!(ask.onward("https://a.example/y").is_some());
        assert!(ask.onward("https://b.example/y").is_none());
        assert!(ask.onward("http://a.example/y").is_none());
        assert_eq!(ask.instead("cursor", "a b").url.as_str(), "https://a.example/x?limit=2&cursor=a+b");
    }
}
