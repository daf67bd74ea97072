//! Who asks, where proxies stand in between.
//!
//! Owns which header is believed: anyone can send one, so only what proxies of ours have added counts.

use std::net::{IpAddr, Ipv6Addr};

use ipnet::IpNet;
use poem::http::HeaderMap;
use poem::http::header::{FORWARDED, HeaderName};

/// The header that proxies commonly add (not standardised; `Forwarded` is, by RFC 7239).
const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The address of the client: the peer's, or, behind proxies of ours, the nearest one that is none
/// of ours. A proxy that adds the one header passes a caller's own other one on, so where the two
/// disagree nothing is known.
pub(super) fn client_address(peer: IpAddr, headers: &HeaderMap, proxies: &[IpNet]) -> IpAddr {
    let peer = plain(peer);
    let is_ours = |address: &IpAddr| proxies.iter().any(|net| net.contains(address));
    if !is_ours(&peer) {
        return peer;
    }
    let nearest = |hops: Vec<Option<IpAddr>>| {
        let mut nearest = peer;
        for hop in hops.into_iter().rev() {
            // Behind something that is no address, nothing is known to be true.
            let Some(address) = hop else {
                break;
            };
            nearest = plain(address);
            if !is_ours(&nearest) {
                break;
            }
        }
        nearest
    };
    let commonly = headers.contains_key(X_FORWARDED_FOR);
    let by_the_standard = headers.contains_key(FORWARDED);
    match (commonly, by_the_standard) {
        (true, false) => nearest(x_forwarded_for(headers)),
        (false, true) => nearest(forwarded(headers)),
        (true, true) => {
            let address = nearest(forwarded(headers));
            let agreed = nearest(x_forwarded_for(headers)) == address;
            if agreed { address } else { peer }
        }
        (false, false) => peer,
    }
}

/// Everyone with a machine of their own has as many addresses as they like below one of these.
pub(super) fn client_network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => {
            let network = u128::from(address) & (u128::MAX << 64);
            IpAddr::V6(Ipv6Addr::from(network))
        }
    }
}

/// The addresses that the request came through, the client's first; `None` where it is not known.
fn x_forwarded_for(headers: &HeaderMap) -> Vec<Option<IpAddr>> {
    elements(headers, &X_FORWARDED_FOR, address)
}

/// The same, as RFC 7239 has them.
fn forwarded(headers: &HeaderMap) -> Vec<Option<IpAddr>> {
    elements(headers, &FORWARDED, |element| {
        let mut pairs = element.split(';').filter_map(|pair| pair.split_once('='));
        let (_, value) = pairs.find(|(name, _)| name.trim().eq_ignore_ascii_case("for"))?;
        address(value)
    })
}

/// Every element of a list header, read; one that is no text is there too.
fn elements(
    headers: &HeaderMap,
    name: &HeaderName,
    read: impl Fn(&str) -> Option<IpAddr>,
) -> Vec<Option<IpAddr>> {
    let values = headers.get_all(name).into_iter();
    let elements = values.flat_map(|value| value.as_bytes().split(|byte| *byte == b','));
    elements
        .map(|element| std::str::from_utf8(element).ok().and_then(&read))
        .collect()
}

/// `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `"[2001:db8::1]:80"`.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim().trim_matches('"');
    if let Some(rest) = text.strip_prefix('[') {
        return rest.split_once(']')?.0.parse().ok();
    }
    let with_port = || text.rsplit_once(':')?.0.parse().ok();
    text.parse().ok().or_else(with_port)
}

/// An IPv4 address that came in an IPv6 one.
fn plain(address: IpAddr) -> IpAddr {
    address.to_canonical()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(peer: &str, headers: &[(&'static str, &str)]) -> String {
        let proxies = ["10.0.0.0/8", "fd00::/8"].map(|net| net.parse().expect("a network"));
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().expect("a header"));
        }
        client_address(peer.parse().expect("an address"), &map, &proxies).to_string()
    }

    #[test]
    fn only_what_our_proxies_add_is_believed() {
        for (peer, header, value, expected) in [
            ("192.0.2.1", "x-forwarded-for", "198.51.100.9", "192.0.2.1"),
            (
                "10.0.0.1",
                "x-forwarded-for",
                "198.51.100.9",
                "198.51.100.9",
            ),
            (
                "::ffff:10.0.0.1",
                "x-forwarded-for",
                "198.51.100.9:80",
                "198.51.100.9",
            ),
            (
                "10.0.0.1",
                "x-forwarded-for",
                "1.2.3.4, 198.51.100.9",
                "198.51.100.9",
            ),
            (
                "10.0.0.1",
                "x-forwarded-for",
                "198.51.100.9, 10.0.0.2",
                "198.51.100.9",
            ),
            (
                "10.0.0.1",
                "x-forwarded-for",
                "198.51.100.9, unknown",
                "10.0.0.1",
            ),
            (
                "10.0.0.1",
                "x-forwarded-for",
                "10.0.0.3, 10.0.0.2",
                "10.0.0.3",
            ),
            (
                "10.0.0.1",
                "forwarded",
                "for=198.51.100.9;proto=https",
                "198.51.100.9",
            ),
            (
                "fd00::1",
                "forwarded",
                "By=x; For=\"[2001:db8::7]:80\"",
                "2001:db8::7",
            ),
            ("10.0.0.1", "forwarded", "for=_hidden", "10.0.0.1"),
            ("10.0.0.1", "accept", "x", "10.0.0.1"),
        ] {
            assert_eq!(
                client(peer, &[(header, value)]),
                expected,
                "{peer} {header}: {value}"
            );
        }
        let two = [
            ("x-forwarded-for", "1.2.3.4"),
            ("x-forwarded-for", "5.6.7.8"),
        ];
        assert_eq!(client("10.0.0.1", &two), "5.6.7.8");
        let both = [("forwarded", "for=1.2.3.4"), ("x-forwarded-for", "5.6.7.8")];
        assert_eq!(client("10.0.0.1", &both), "10.0.0.1", "one of them lies");
        let both = [("forwarded", "for=5.6.7.8"), ("x-forwarded-for", "5.6.7.8")];
        assert_eq!(client("10.0.0.1", &both), "5.6.7.8");
    }

    #[test]
    fn a_client_is_its_network() {
        let network = |text: &str| client_network(text.parse().expect("an address")).to_string();
        assert_eq!(network("192.0.2.1"), "192.0.2.1");
        assert_eq!(network("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
    }
}
