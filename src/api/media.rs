//! Media types: of what callers send, and of what they accept.

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
pub(super) fn check_accepted(request: &Request, answers: &[String]) -> Result<(), Problem> {
    let ranges = request.headers().get_all(ACCEPT).iter();
    let ranges: Vec<_> = ranges.filter_map(|range| range.to_str().ok()).collect();
    let mut ranges = ranges.iter().flat_map(|ranges| ranges.split(','));
    let accepts = |range: &str| answers.iter().any(|answer| takes_in(range, answer));
    if answers.is_empty() || !request.headers().contains_key(ACCEPT) || ranges.any(accepts) {
        return Ok(());
    }
    let answers = answers.join(" or ");
    let detail = format!("the answer is {answers}, and the request accepts neither that nor */*");
    Err(ProblemType::NotAcceptable.problem(detail))
}

/// Whether a media range takes in a media type, and with a weight above 0 (RFC 9110 §12.5.1).
fn takes_in(range: &str, media_type: &str) -> bool {
    let mut parts = range.split(';').map(str::trim);
    let essence = parts.next().unwrap_or_default().to_ascii_lowercase();
    let refused = parts.any(|parameter| {
        let weight = parameter.to_ascii_lowercase();
        let weight = weight.strip_prefix("q=").map(str::parse::<f32>);
        weight.is_some_and(|weight| weight == Ok(0.0))
    });
    let folder = media_type.split('/').next().unwrap_or_default();
    let fits = essence == "*/*" || essence == media_type || essence == format!("{folder}/*");
    fits && !refused
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
        ] {
            assert_eq!(takes_in(range, json), expected, "{range}");
        }
    }
}
