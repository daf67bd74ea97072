//! The request id: the caller's when it is sane, ours otherwise.

use std::time::{SystemTime, UNIX_EPOCH};

use poem::http::{HeaderMap, HeaderName, HeaderValue};
use uuid::{Builder, Uuid};

/// The header it comes in and leaves by.
pub(super) const HEADER: &str = "X-Request-Id";

/// The same, as it is looked for.
pub(super) static NAME: HeaderName = HeaderName::from_static("x-request-id");

/// The longest id taken over.
const LONGEST: usize = 128;

/// The caller's id if it is 1 to 128 of `A-Z a-z 0-9 . _ -`, else a new UUID (version 7, so
/// that ids sort by time, to the millisecond).
pub(super) fn of(headers: &HeaderMap) -> HeaderValue {
    let given = headers.get(&NAME);
    let is_sane = |value: &&HeaderValue| value.to_str().is_ok_and(is_sane);
    given.filter(is_sane).cloned().unwrap_or_else(new)
}

/// A UUID of this moment. Who could guess the next one would gain nothing, so a fast generator is enough,
/// each thread its own.
pub(super) fn new() -> HeaderValue {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH);
    let milliseconds = since_1970.map_or(0, |since| since.as_millis());
    let milliseconds = u64::try_from(milliseconds).unwrap_or(u64::MAX);
    let mut random = [0; 10];
    fastrand::fill(&mut random);
    let id = Builder::from_unix_timestamp_millis(milliseconds, &random).into_uuid();
    let mut text = Uuid::encode_buffer();
    let text = id.hyphenated().encode_lower(&mut text);
    HeaderValue::from_str(text).expect("letters, digits and hyphens")
}

/// Whether an id can stand in a header, a log line and a JSON document as it is.
fn is_sane(id: &str) -> bool {
    (1..=LONGEST).contains(&id.len())
        && id
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::is_sane;

    #[test]
    fn only_plain_short_ids_are_taken_over() {
        assert!(is_sane("01J.abc_DEF-9"));
        assert!(is_sane(&"a".repeat(128)));
        for id in ["", "a b", "a\"b", "ä", &"a".repeat(129)] {
            assert!(!is_sane(id), "{id:?}");
        }
    }
}
