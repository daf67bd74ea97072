//! Content codings: which one a caller wants (RFC 9110 §12.5.3), and answers in it.
//!
//! The framework's middleware takes `q=0` for a wish, knows neither `Vary` nor a least size, and has
//! a misspelled zstd; only its encoders are used.

use std::cmp::Reverse;

use poem::http::header::{
    ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, ETAG, HeaderValue, IF_NONE_MATCH, VARY,
};
use poem::http::{HeaderMap, Method};
use poem::web::{Compress, CompressionAlgo, CompressionLevel};
use poem::{Endpoint, IntoResponse, Request, Response};

use super::gzip::{gzip, is_worth_it, not_ready};
use super::pieces::Pieces;
use crate::aside::aside;
use crate::domain::GZIP_LEVEL;

/// The coding of answers that are put together from compressed parts.
const GZIP: Coding = Coding {
    name: "gzip",
    algorithm: CompressionAlgo::GZIP,
    level: GZIP_LEVEL,
};

/// The most bytes that are compressed where they are needed: more of them would be in the way of others.
const CODED_IN_PLACE: usize = 32 * 1024;

/// The least bytes that are worth a coding: fewer fit into one packet anyway.
const LEAST: usize = 1_024;

/// A coding of ours.
#[derive(Debug, Clone, Copy)]
pub(super) struct Coding {
    pub(super) name: &'static str,
    algorithm: CompressionAlgo,
    /// The level that is worth its time.
    level: i32,
}

/// Codings by preference where a caller has none.
pub(super) const CODINGS: [Coding; 3] = [
    Coding {
        name: "br",
        algorithm: CompressionAlgo::BR,
        level: 5,
    },
    Coding {
        name: "zstd",
        algorithm: CompressionAlgo::ZSTD,
        level: 3,
    },
    GZIP,
];

/// An endpoint whose answers are coded as callers want them.
#[derive(Debug)]
pub(super) struct Coded<E>(E);

impl<E: Endpoint<Output = Response>> Coded<E> {
    pub(super) fn new(inner: E) -> Self {
        Self(inner)
    }
}

impl<E: Endpoint<Output = Response>> Endpoint for Coded<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        let wanted = wanted(request.headers());
        let takes_gzip = wanted.is_some() && takes_gzip(request.headers());
        // A body that may not be sent is not made before it is.
        let is_sent =
            *request.method() == Method::GET && !request.headers().contains_key(IF_NONE_MATCH);
        let mut response = self.0.call(request).await?;
        let pieces = response.extensions_mut().remove::<Pieces>();
        if response.headers().contains_key(CONTENT_ENCODING) {
            return Ok(response);
        }
        let Some(kind) = Kind::of(&response) else {
            return Ok(response);
        };
        add_vary(response.headers_mut(), "Accept-Encoding");
        let Some(coding) = wanted else {
            return Ok(response);
        };
        let in_parts =
            pieces.filter(|pieces| takes_gzip && pieces.len() >= LEAST && is_worth_it(pieces));
        if let Some(pieces) = in_parts {
            return Ok(if is_sent {
                put_together(response, pieces).await
            } else {
                GZIP.code(response)
            });
        }
        if kind == Kind::Whole {
            let body = response.take_body().into_bytes().await?;
            let is_worth_it = body.len() >= LEAST;
            response.set_body(body);
            if !is_worth_it {
                return Ok(response);
            }
        }
        Ok(coding.code(response))
    }
}

/// The answer in gzip, put together from these pieces.
async fn put_together(mut response: Response, pieces: Pieces) -> Response {
    let name = HeaderValue::from_static(GZIP.name);
    response.headers_mut().insert(CONTENT_ENCODING, name);
    GZIP.retag(response.headers_mut());
    let coded = if not_ready(&pieces) <= CODED_IN_PLACE {
        gzip(&pieces)
    } else {
        aside(move || gzip(&pieces)).await
    };
    response.set_body(coded);
    response
}

impl Coding {
    /// The answer in this coding. What is streamed leaves as it comes.
    pub(super) fn code(self, mut response: Response) -> Response {
        self.retag(response.headers_mut());
        let level = CompressionLevel::Precise(self.level);
        let mut response = Compress::new(response, self.algorithm)
            .with_quality(level)
            .into_response();
        response.headers_mut().remove(CONTENT_LENGTH);
        response
    }

    fn retag(self, headers: &mut HeaderMap) {
        if let Some(tag) = headers.get(ETAG)
            && let Some(tag) = self.tag(tag)
        {
            headers.insert(ETAG, tag);
        }
    }

    /// The entity tag of the coded form, which is other bytes: `"x"` becomes `"x-br"`.
    fn tag(self, tag: &HeaderValue) -> Option<HeaderValue> {
        let tag = tag.to_str().ok()?.strip_suffix('"')?;
        HeaderValue::try_from(format!("{tag}-{}\"", self.name)).ok()
    }
}

/// How an answer that a coding would do good leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// In one piece.
    Whole,
    /// Line by line.
    Stream,
}

impl Kind {
    fn of(response: &Response) -> Option<Self> {
        let media_type = response.content_type()?.split(';').next()?;
        match media_type {
            "application/x-ndjson" => Some(Self::Stream),
            text if text.starts_with("text/") => Some(Self::Whole),
            "application/json" | "application/yaml" | "application/javascript" => Some(Self::Whole),
            _ => None,
        }
    }
}

/// The best coding of ours that the caller accepts; `None` for the bytes as they are.
pub(super) fn wanted(headers: &HeaderMap) -> Option<Coding> {
    best(headers, &CODINGS)
}

/// Whether the caller accepts gzip as gladly as any other coding of ours.
fn takes_gzip(headers: &HeaderMap) -> bool {
    let mut codings = CODINGS;
    codings.sort_unstable_by_key(|coding| coding.name != GZIP.name);
    best(headers, &codings).is_some_and(|best| best.name == GZIP.name)
}

/// The coding that the caller likes best, of several the first.
fn best(headers: &HeaderMap, codings: &[Coding]) -> Option<Coding> {
    let first = headers.get(ACCEPT_ENCODING)?;
    // One field that names one coding is seen at once.
    let only = codings.iter().copied().find(|coding| first == coding.name);
    if only.is_some() && headers.get_all(ACCEPT_ENCODING).iter().nth(1).is_none() {
        return only;
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
    codings
        .iter()
        .enumerate()
        .map(|(place, &coding)| (weight(coding.name), Reverse(place), coding))
        .filter(|(weight, ..)| *weight > 0 && *weight >= identity)
        .max_by_key(|(weight, place, _)| (*weight, *place))
        .map(|(.., coding)| coding)
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

/// Adds a header to those that the answer depends on.
pub(super) fn add_vary(headers: &mut HeaderMap, name: &'static str) {
    if !headers.get_all(VARY).iter().any(|there| there == name) {
        headers.append(VARY, HeaderValue::from_static(name));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(accept: &str) -> Option<&'static str> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT_ENCODING, accept.parse().expect("a header"));
        wanted(&headers).map(|coding| coding.name)
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
            assert_eq!(chosen(accept), expected, "{accept:?}");
        }
        assert!(wanted(&HeaderMap::new()).is_none());
    }

    #[test]
    fn a_coded_form_has_a_tag_of_its_own() {
        let tag = HeaderValue::from_static("W/\"abc\"");
        assert_eq!(CODINGS[0].tag(&tag).expect("a tag"), "W/\"abc-br\"");
        assert!(
            CODINGS[0]
                .tag(&HeaderValue::from_static("nonsense"))
                .is_none()
        );
    }
}
