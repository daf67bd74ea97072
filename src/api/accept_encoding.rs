//! Which coding a caller wants (RFC 9110 §12.5.3).

use std::cmp::Reverse;

use poem::http::HeaderMap;
use poem::http::header::ACCEPT_ENCODING;

use super::coding::{CODINGS, Coding, GZIP};

/// What an answer is coded in.
pub(super) struct Choice {
    /// The coding that the caller likes best, and of several our favourite.
    pub(super) coding: Coding,
    /// Whether gzip is as welcome.
    pub(super) takes_gzip: bool,
}

/// The best coding of ours that the caller accepts; `None` for the bytes as they are.
pub(super) fn wanted(headers: &HeaderMap) -> Option<Coding> {
    choice(headers).map(|choice| choice.coding)
}

/// The same, and whether gzip would do.
pub(super) fn choice(headers: &HeaderMap) -> Option<Choice> {
    let first = headers.get(ACCEPT_ENCODING)?;
    // One field that names one coding is seen at once.
    let only = CODINGS.into_iter().find(|coding| first == coding.name);
    if let Some(coding) = only
        && headers.get_all(ACCEPT_ENCODING).iter().nth(1).is_none()
    {
        let takes_gzip = coding.name == GZIP.name;
        return Some(Choice { coding, takes_gzip });
    }
    let fields = headers.get_all(ACCEPT_ENCODING).iter();
    let accepted: Vec<(String, u16)> = fields
        .filter_map(|field| field.to_str().ok())
        .flat_map(|field| field.split(','))
        .filter_map(weighed)
        .collect();
    let weight = |name: &str| {
        let of = |name: &str| accepted.iter().find(|(n, _)| n == name).map(|(_, q)| *q);
        of(name).or_else(|| of("*")).unwrap_or(0)
    };
    // Unless the caller says otherwise, its own form is worth as little as can be.
    let identity = accepted.iter().find(|(name, _)| name == "identity");
    let identity = identity.map_or(0, |(_, q)| *q);
    let liked = CODINGS.into_iter().enumerate();
    liked
        .map(|(place, coding)| (weight(coding.name), Reverse(place), coding))
        .filter(|(weight, ..)| *weight > 0 && *weight >= identity)
        .max_by_key(|(weight, place, _)| (*weight, *place))
        .map(|(best, _, coding)| Choice {
            coding,
            takes_gzip: weight(GZIP.name) == best,
        })
}

/// A coding and its weight in thousandths: `gzip;q=0.5`. `None` for what is neither.
fn weighed(item: &str) -> Option<(String, u16)> {
    let mut parts = item.split(';').map(str::trim);
    let name = parts.next().filter(|name| !name.is_empty())?;
    let mut weight = 1000;
    for parameter in parts {
        let (key, value) = parameter.split_once('=')?;
        if key.trim().eq_ignore_ascii_case("q") {
            weight = thousandths(value.trim())?;
        }
    }
    let name = name.to_ascii_lowercase();
    let name = if name == "x-gzip" {
        "gzip".to_owned()
    } else {
        name
    };
    Some((name, weight))
}

/// `0.5` as 500 (RFC 9110 §12.4.2).
fn thousandths(weight: &str) -> Option<u16> {
    let (whole, decimals) = weight.split_once('.').unwrap_or((weight, ""));
    let digits = decimals.len() <= 3 && decimals.bytes().all(|byte| byte.is_ascii_digit());
    let decimals: u16 = format!("{decimals:0<3}").parse().ok().filter(|_| digits)?;
    match (whole, decimals) {
        ("0", decimals) => Some(decimals),
        ("1", 0) => Some(1000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(accept: &str) -> Option<Choice> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT_ENCODING, accept.parse().expect("a header"));
        choice(&headers)
    }

    #[test]
    fn the_heaviest_coding_that_is_ours_is_chosen() {
        for (accept, expected) in [
            ("gzip", Some("gzip")),
            ("GZIP", Some("gzip")),
            ("x-gzip", Some("gzip")),
            ("gzip, br", Some("br")),
            ("gzip, zstd", Some("zstd")),
            ("gzip;q=1.0, br;q=0.5", Some("gzip")),
            ("gzip; q=0.5", Some("gzip")),
            ("gzip;q=0", None),
            ("gzip;q=0.000, *", Some("br")),
            ("*", Some("br")),
            ("*;q=0", None),
            ("identity;q=0, br;q=0, gzip", Some("gzip")),
            ("identity, gzip;q=0.5", None),
            ("identity;q=0.5, gzip;q=0.5", Some("gzip")),
            ("deflate", None),
            ("", None),
            ("gzip;q=2", None),
            ("gzip;q=abc", None),
            ("gzip;level=9", Some("gzip")),
        ] {
            let name = chosen(accept).map(|choice| choice.coding.name);
            assert_eq!(name, expected, "{accept:?}");
        }
        assert!(wanted(&HeaderMap::new()).is_none());
    }

    #[test]
    fn gzip_will_do_where_it_is_as_welcome() {
        for (accept, expected) in [
            ("gzip", true),
            ("gzip, br", true),
            ("*", true),
            ("br;q=0.5, *;q=0.5", true),
            ("br", false),
            ("br, gzip;q=0.9", false),
            ("br, gzip;q=0", false),
            ("gzip;q=0, *", false),
        ] {
            let takes_gzip = chosen(accept).map(|choice| choice.takes_gzip);
            assert_eq!(takes_gzip, Some(expected), "{accept:?}");
        }
    }
}
