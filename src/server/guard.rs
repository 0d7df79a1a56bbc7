//! Who may speak to the page at all: the host, the origin, the way a browser says it came, the two tokens.
//!
//! Any site in the author's browser can send requests to 127.0.0.1, and any name can be made to point there (DNS
//! rebinding). So the Host is compared with our own address as a whole, a change must say that it comes from our own
//! page, and both a cookie that other sites do not send along and a token that other sites cannot read are needed.

use axum::http::{HeaderMap, HeaderValue, Method, Uri, header, request::Parts};
use sha2::{Digest, Sha256};

/// Why a request is turned away. For tests and counters; the page tells a stranger nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Not addressed to us, whatever name led here.
    Host,
    /// A method that the page does not know.
    Method,
    /// A change that does not come from our own page, or another site looking in.
    Origin,
}

/// Compares requests with where the page really is.
#[derive(Clone, Copy, Debug)]
pub struct Guard {
    port: u16,
}

impl Guard {
    /// A guard for the page on this port of 127.0.0.1.
    #[must_use]
    pub fn new(port: u16) -> Guard {
        Guard { port }
    }

    /// Whether a request may come in at all, before anybody looks at its cookie.
    pub fn check(self, parts: &Parts) -> Result<(), Refusal> {
        if !self.is_our_host(&parts.headers, &parts.uri) {
            return Err(Refusal::Host);
        }
        let comes_from = only(&parts.headers, "sec-fetch-site").map_err(|()| Refusal::Origin)?;
        match parts.method {
            // A link that somebody sent may lead to the door, never past it.
            Method::GET if parts.uri.path() == "/enter" => Ok(()),
            Method::GET => match comes_from {
                None | Some("same-origin" | "none") => Ok(()),
                Some(_) => Err(Refusal::Origin),
            },
            Method::POST => {
                let origin = only(&parts.headers, header::ORIGIN.as_str()).map_err(|()| Refusal::Origin)?;
                match (origin, comes_from) {
                    (Some(origin), None | Some("same-origin")) if self.is_our_origin(origin) => Ok(()),
                    // Under our own Referrer-Policy a browser writes `null` for a form of ours (Fetch, "append a
                    // request `Origin` header"); no site can write Sec-Fetch-Site.
                    (Some("null"), Some("same-origin")) => Ok(()),
                    _ => Err(Refusal::Origin),
                }
            }
            _ => Err(Refusal::Method),
        }
    }

    fn is_our_host(self, headers: &HeaderMap, uri: &Uri) -> bool {
        // An absolute request target names a host as well; both have to be ours.
        let target = uri.authority().is_none_or(|authority| self.is_us(authority.as_str()));
        let scheme = uri.scheme_str().is_none_or(|scheme| scheme == "http");
        target && scheme && only(headers, header::HOST.as_str()).is_ok_and(|host| host.is_some_and(|h| self.is_us(h)))
    }

    /// Exactly our address and port, digit by digit: no other spelling of either is sent by a browser that means us.
    fn is_us(self, authority: &str) -> bool {
        let Some((host, port)) = authority.rsplit_once(':') else {
            return authority == "127.0.0.1" && self.port == 80;
        };
        host == "127.0.0.1" && port == self.port.to_string()
    }

    fn is_our_origin(self, origin: &str) -> bool {
        origin.strip_prefix("http://").is_some_and(|authority| self.is_us(authority))
    }

    /// The session in the cookie of our port. Two of them are nobody's.
    #[must_use]
    pub fn session(self, headers: &HeaderMap) -> Option<String> {
        let name = self.cookie_name();
        let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        let pairs = cookies.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
        let mut ours = pairs.filter(|(key, _)| *key == name).map(|(_, value)| value);
        let session = ours.next().filter(|value| is_secret(value))?;
        ours.next().is_none().then(|| session.to_owned())
    }

    /// Ports do not part cookies, so the name does: two homes on one laptop keep out of each other's way.
    #[must_use]
    pub fn cookie_name(self) -> String {
        format!("goodword-{}", self.port)
    }

    /// The cookie for a session; `None` takes it away.
    #[must_use]
    pub fn cookie(self, session: Option<&str>) -> String {
        let age = if session.is_some() { 30 * 24 * 60 * 60 } else { 0 };
        let name = self.cookie_name();
        format!("{name}={}; Path=/; Max-Age={age}; HttpOnly; SameSite=Strict", session.unwrap_or_default())
    }
}

/// What every form carries: made from the session, which no script and no other site can read.
#[must_use]
pub fn form_token(session: &str) -> String {
    let mut digest = Sha256::new();
    digest.update(b"goodword form ");
    digest.update(session.as_bytes());
    digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Compares without telling by its time where the first difference is.
#[must_use]
pub fn is_same(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    one.len() == other.len() && one.iter().zip(other).fold(0, |sum, (a, b)| sum | (a ^ b)) == 0
}

/// The shape of a secret of ours.
fn is_secret(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// A header's one value. Twice the same header is a trick.
fn only<'a>(headers: &'a HeaderMap, name: &str) -> Result<Option<&'a str>, ()> {
    let mut values = headers.get_all(name).iter();
    let first = values.next().map(HeaderValue::to_str).transpose().map_err(|_| ())?;
    if values.next().is_some() { Err(()) } else { Ok(first) }
}

/// What every answer carries.
pub fn seal(headers: &mut HeaderMap) {
    const SEALS: [(&str, &str); 9] = [
        (
            "content-security-policy",
            "default-src 'self'; base-uri 'none'; object-src 'none'; form-action 'self'; frame-ancestors 'none'",
        ),
        ("x-frame-options", "DENY"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cache-control", "no-store"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("permissions-policy", "camera=(), microphone=(), geolocation=(), payment=()"),
        ("x-robots-tag", "noindex"),
    ];
    for (name, value) in SEALS {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    fn parts(method: &str, target: &str, headers: &[(&str, &str)]) -> Parts {
        let mut request = Request::builder().method(method).uri(target);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(()).unwrap().into_parts().0
    }

    #[test]
    fn our_own_page_comes_in() {
        let ours = ("host", "127.0.0.1:4747");
        for (method, headers) in [
            ("GET", vec![ours]),
            ("GET", vec![ours, ("sec-fetch-site", "none")]),
            ("POST", vec![ours, ("origin", "http://127.0.0.1:4747")]),
            ("POST", vec![ours, ("origin", "http://127.0.0.1:4747"), ("sec-fetch-site", "same-origin")]),
            ("POST", vec![ours, ("origin", "null"), ("sec-fetch-site", "same-origin")]),
        ] {
            assert_eq!(Guard::new(4747).check(&parts(method, "/", &headers)), Ok(()), "{method} {headers:?}");
        }
    }

    #[test]
    fn hosts_that_only_look_like_ours_are_refused() {
        for host in [
            "",
            "localhost:4747",
            "127.0.0.1",
            "127.0.0.1:",
            "127.0.0.1:47470",
            "127.0.0.1:04747",
            "127.0.0.1:+4747",
            "127.0.0.1.evil.example:4747",
            "evil.example:4747",
            "a@127.0.0.1:4747",
            "127.1:4747",
            "2130706433:4747",
            "0x7f.0.0.1:4747",
            "[::1]:4747",
            "[::ffff:127.0.0.1]:4747",
            "127.0.0.1:4747.",
            "127.0.0.1.:4747",
            " 127.0.0.1:4747 x",
        ] {
            let checked = Guard::new(4747).check(&parts("GET", "/", &[("host", host)]));
            assert_eq!(checked, Err(Refusal::Host), "{host}");
        }
    }

    #[test]
    fn two_cookies_of_our_name_are_nobodys() {
        let (one, two) = ("a".repeat(64), "b".repeat(64));
        let guard = Guard::new(4747);
        let session = |line: String| guard.session(&parts("GET", "/", &[("cookie", &line)]).headers);
        assert_eq!(session(format!("x=1; goodword-4747={one}")), Some(one.clone()));
        assert_eq!(session(format!("goodword-4747={one}; goodword-4747={two}")), None);
        assert_eq!(session(format!("goodword-4748={one}")), None);
        assert_eq!(session("goodword-4747=short".to_owned()), None);
    }
}
