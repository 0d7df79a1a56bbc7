//! Which addresses a feed may lead to: a stranger's redirect or name server must not point us into the author's home.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

/// An address on the open internet: not this computer, not the author's network, not multicast or reserved
/// (IANA's special-purpose registries, RFC 6890).
#[must_use]
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => match embedded_v4(v6) {
            Some(v4) => is_public_v4(v4),
            None => is_public_v6(v6),
        },
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !(address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || a == 0
        || a >= 224 // multicast and reserved
        || (a, b & 0xc0) == (100, 64) // shared by a provider's customers
        || (a, b, c) == (192, 0, 0)
        || (a, b & 0xfe) == (198, 18))
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [first, second, ..] = address.segments();
    // Only 2000::/3 is given out; of that, 2001:db8::/32 is for documents.
    first & 0xe000 == 0x2000 && (first, second) != (0x2001, 0xdb8)
}

/// The IPv4 address that an IPv6 address stands for: mapped, or through a translator (NAT64, 6to4).
fn embedded_v4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let from = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        Some(Ipv4Addr::new(a, b, c, d))
    };
    match address.segments() {
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => from(high, low),
        [0x2002, high, low, ..] => from(high, low),
        _ => None,
    }
}

/// Endings of names that are only known inside a house or a firm (RFC 6761, 6762, 8375, and habit).
const LOCAL_NAMES: [&str; 8] =
    ["localhost", "local", "lan", "home", "internal", "intranet", "home.arpa", "localdomain"];

/// An address that is private by how it is written. The author may type it; nobody else may lead us there. A public
/// name that *resolves* to a private address is not private by this rule: it is refused when we connect.
#[must_use]
pub fn is_written_private(address: &Url) -> bool {
    match address.host() {
        Some(Host::Ipv4(v4)) => !is_public(v4.into()),
        Some(Host::Ipv6(v6)) => !is_public(v6.into()),
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            let ends =
                |ending: &&str| name.strip_suffix(*ending).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
            !name.contains('.') || LOCAL_NAMES.iter().any(ends)
        }
        None => true,
    }
}

/// What is said when a name has no public address; [`super::fetch`] finds it in the chain of causes.
#[derive(Debug, thiserror::Error)]
#[error("it leads to a private address")]
pub(super) struct LeadsHome;

/// Resolves names to public addresses only. The connection goes to exactly the addresses that were checked here, so a
/// name that changes between check and use (DNS rebinding) gains nothing.
pub(super) struct PublicOnly {
    pub is_allowed: fn(IpAddr) -> bool,
    /// Names of proxies: they stand in the author's own network, by the author's own wish.
    pub proxies: Vec<String>,
    /// In place of the system's resolver.
    pub table: Option<Arc<[(String, SocketAddr)]>>,
}

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        let (is_allowed, table) = (self.is_allowed, self.table.clone());
        let is_proxy = self.proxies.iter().any(|proxy| proxy == name.as_str());
        Box::pin(async move {
            let found: Vec<SocketAddr> = match table {
                Some(table) => {
                    let of_name = table.iter().filter(|(known, _)| known == name.as_str());
                    of_name.map(|(_, address)| *address).collect()
                }
                None => tokio::net::lookup_host((name.as_str(), 0)).await?.collect(),
            };
            if found.is_empty() {
                return Err(io::Error::from(io::ErrorKind::NotFound).into());
            }
            let allowed: Vec<_> = found.into_iter().filter(|address| is_proxy || is_allowed(address.ip())).collect();
            if allowed.is_empty() { Err(LeadsHome.into()) } else { Ok(Box::new(allowed.into_iter()) as Addrs) }
        })
    }
}

/// The names of the proxies that the environment asks for.
pub(super) fn proxies() -> Vec<String> {
    let variables = ["http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"];
    let values = variables.iter().filter_map(|name| std::env::var(name).ok());
    values.filter_map(|value| host_of_proxy(&value)).collect()
}

/// `http://proxy:3128`, or without the scheme.
fn host_of_proxy(value: &str) -> Option<String> {
    let address = if value.contains("://") { value.to_owned() } else { format!("http://{value}") };
    Url::parse(&address).ok()?.host_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_open_internet_is_public() {
        for address in ["1.1.1.1", "100.128.0.1", "172.32.0.1", "2606:4700::1111", "64:ff9b::101:101", "::ffff:8.8.8.8"]
        {
            assert!(is_public(address.parse().unwrap()), "{address}");
        }
        for address in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
            "198.18.0.1",
            "192.0.2.1",
            "::1",
            "::",
            "fe80::1",
            "fd00::1",
            "ff02::1",
            "2001:db8::1",
            "::ffff:127.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "2002:c0a8:101::",
        ] {
            assert!(!is_public(address.parse().unwrap()), "{address}");
        }
    }

    #[test]
    fn an_address_is_private_by_how_it_is_written() {
        let private = |address: &str| is_written_private(&Url::parse(address).unwrap());
        for address in [
            "http://127.1:80/",
            "http://localhost/",
            "http://nas/",
            "http://nas.lan/",
            "http://[::1]/",
            "http://0x7f000001/",
            "http://a.home.arpa./",
        ] {
            assert!(private(address), "{address}");
        }
        for address in ["https://example.org/", "https://1.1.1.1/", "https://local.example/", "https://mylan.org/"] {
            assert!(!private(address), "{address}");
        }
    }

    #[tokio::test]
    async fn a_proxy_may_stand_in_the_authors_network_and_others_may_not() {
        let home = SocketAddr::from(([192, 168, 1, 1], 0));
        let table = ["proxy.example", "trick.example"].map(|name| (name.to_owned(), home));
        let proxies = vec![host_of_proxy("proxy.example:3128").unwrap()];
        let guard = PublicOnly { is_allowed: is_public, proxies, table: Some(Arc::new(table)) };
        assert!(guard.resolve("proxy.example".parse().unwrap()).await.is_ok());
        assert!(guard.resolve("trick.example".parse().unwrap()).await.is_err_and(|error| error.is::<LeadsHome>()));
    }
}
