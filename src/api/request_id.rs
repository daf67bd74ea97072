//! The request id: the caller's when it is sane, ours otherwise.

use poem::http::HeaderMap;
use uuid::Uuid;

/// The header it comes in and leaves by.
pub(super) const HEADER: &str = "X-Request-Id";

/// The longest id taken over.
const LONGEST: usize = 128;

/// The caller's id if it is 1 to 128 of `A-Z a-z 0-9 . _ -`, else a new UUID (version 7, so
/// that ids sort by time).
pub(super) fn of(headers: &HeaderMap) -> String {
    headers
        .get(HEADER)
        .and_then(|value| value.to_str().ok())
        .filter(|id| is_sane(id))
        .map_or_else(|| Uuid::now_v7().to_string(), str::to_owned)
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
