//! Is a text an http(s) address, from its first character to its last?

use super::link::Scheme;

/// Is the whole text a well-formed http(s) address (RFC 3986 with letters of any script in the host)?
#[must_use]
pub fn is_link(text: &str, scheme: Scheme) -> bool {
    let unreserved = |c: char| c.is_ascii_alphanumeric() || "-._~".contains(c) || ('\u{400}'..='\u{4FF}').contains(&c);
    let written_with = |text: &str, more: &str| {
        let mut rest = text.chars();
        while let Some(c) = rest.next() {
            let escaped = c == '%' && (0..2).all(|_| rest.next().is_some_and(|hex| hex.is_ascii_hexdigit()));
            if !escaped && (c == '%' || !(unreserved(c) || "!$&'()*+,;=".contains(c) || more.contains(c))) {
                return false;
            }
        }
        true
    };
    let rest = match text.split_once("://") {
        Some((word, rest)) if word.eq_ignore_ascii_case("http") || word.eq_ignore_ascii_case("https") => rest,
        Some((word, _)) if !word.contains(['/', '?', '#', '.']) => return false,
        _ if scheme == Scheme::Needed => return false,
        _ => text,
    };
    let (rest, fragment) = rest.split_once('#').unwrap_or((rest, ""));
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
    let (user, address) = authority.rsplit_once('@').unwrap_or(("", authority));
    let (host, port) = match address.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (address, None),
    };
    let port_fits = port.is_none_or(|port| (1..=5).contains(&port.len()) && port.bytes().all(|b| b.is_ascii_digit()));
    port_fits
        && written_with(user, ":")
        && written_with(path, "/:@|")
        && written_with(query, "/?:@|")
        && written_with(fragment, "/?:@|")
        && is_host(host)
}

fn is_host(host: &str) -> bool {
    if let Some(six) = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        return six.parse::<core::net::Ipv6Addr>().is_ok();
    }
    if host.parse::<core::net::Ipv4Addr>().is_ok() {
        return true;
    }
    let labels: Vec<_> = host.split('.').collect();
    let beyond = |c: char| !c.is_ascii();
    let label_fits = |label: &str, under: bool| {
        let edge = |c: char| c.is_ascii_alphanumeric() || beyond(c);
        label.starts_with(edge)
            && label.ends_with(edge)
            && label.chars().all(|c| edge(c) || c == '-' || (under && c == '_'))
    };
    let last = labels.len() - 1;
    last > 0
        && labels.iter().enumerate().all(|(at, label)| label_fits(label, at + 1 < last))
        && labels.get(last).is_some_and(|end| end.starts_with(|c: char| c.is_ascii_alphabetic() || beyond(c)))
}
