//! Media types: of what callers send, and of what they accept.

use poem::http::HeaderMap;
use poem::http::header::{ACCEPT, CONTENT_ENCODING};
use poem::{Request, Response};

use super::problem::{Problem, ProblemType, unsupported_media_type};

/// Checks that the body is of the media type that is taken.
///
/// # Errors
///
/// The answer that says what is taken.
pub(super) fn check_sent(request: &Request, accepted: &str) -> Result<(), Response> {
    let given = request.content_type();
    // Parameters such as `charset` change nothing about JSON (RFC 8259 §11).
    let essence = given.and_then(|given| given.split(';').next());
    // A body in a content coding is of no media type that is taken (RFC 9110 §8.4).
    let coded = request
        .header(CONTENT_ENCODING)
        .filter(|coding| *coding != "identity");
    let fits =
        essence.is_some_and(|given| given.trim().eq_ignore_ascii_case(accepted)) && coded.is_none();
    fits.then_some(())
        .ok_or_else(|| unsupported_media_type(coded.or(given), accepted))
}

/// Checks that the caller accepts one of the media types that it may be answered in. What is an error
/// is a problem document all the same.
///
/// # Errors
///
/// The problem that says what there is.
pub(super) fn check_accepted(headers: &HeaderMap, answers: &[String]) -> Result<(), Problem> {
    // Whoever says nothing takes anything.
    if !headers.contains_key(ACCEPT) {
        return Ok(());
    }
    let ranges = headers.get_all(ACCEPT).iter();
    let ranges: Vec<_> = ranges.filter_map(|range| range.to_str().ok()).collect();
    let ranges = ranges.join(",");
    let accepts = answers.iter().any(|answer| accepted(&ranges, answer));
    // An empty list says nothing.
    if answers.is_empty() || ranges.trim().is_empty() || accepts {
        return Ok(());
    }
    let answers = answers.join(" or ");
    let detail = format!("the answer is {answers}, and the request accepts neither that nor */*");
    Err(ProblemType::NotAcceptable.problem(detail))
}

/// Whether media ranges take in a media type: what the most specific of those that fit says
/// (RFC 9110 §12.5.1).
fn accepted(ranges: &str, media_type: &str) -> bool {
    let fitting = ranges.split(',').filter_map(|range| {
        let mut parts = range.split(';').map(str::trim);
        let specificity = specificity(parts.next().unwrap_or_default(), media_type)?;
        let refused = parts.any(|parameter| {
            let weight = parameter.to_ascii_lowercase();
            let weight = weight.strip_prefix("q=").map(str::parse::<f32>);
            weight.is_some_and(|weight| weight == Ok(0.0))
        });
        // Of two that are as specific, the one that accepts counts.
        Some((specificity, !refused))
    });
    fitting.max().is_some_and(|(_, accepts)| accepts)
}

/// How closely a media range describes a media type, if at all.
fn specificity(range: &str, media_type: &str) -> Option<u8> {
    let folder = media_type.split('/').next().unwrap_or_default();
    if range.eq_ignore_ascii_case(media_type) {
        Some(2)
    } else if range.eq_ignore_ascii_case(&format!("{folder}/*")) {
        Some(1)
    } else {
        (range == "*/*").then_some(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_takes_in_its_types_unless_they_weigh_nothing() {
        let json = "application/json";
        for (range, expected) in [
            ("*/*", true),
            ("application/*", true),
            ("Application/JSON", true),
            (" application/json ;charset=utf-8", true),
            ("application/json;q=0.1", true),
            ("application/json;q=0", false),
            ("*/*; Q=0.000", false),
            ("text/*", false),
            ("text/html", false),
            ("application/problem+json", false),
            ("", false),
            ("application/json;q=0, */*", false),
            ("text/html, */*;q=0.1", true),
            ("application/*;q=0, application/json", true),
        ] {
            assert_eq!(accepted(range, json), expected, "{range}");
        }
    }
}
