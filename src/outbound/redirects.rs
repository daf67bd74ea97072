//! Where a redirect may lead.

use reqwest::redirect::Policy;
use url::Url;

/// The most that are followed, one after another.
const MOST: usize = 3;

/// Follows a redirect to the same place, which may be secured meanwhile. Everything else is how a captive
/// portal or a hijacked name answers, or leads to where only we can go.
#[must_use]
pub fn to_the_same_place() -> Policy {
    Policy::custom(|attempt| {
        let before = attempt.previous();
        let stays = before
            .last()
            .is_some_and(|from| is_same_place(from, attempt.url()));
        if stays && before.len() <= MOST {
            attempt.follow()
        } else {
            attempt.stop()
        }
    })
}

/// Whether an address is on the same server as another, or on the usual port for TLS of its host when
/// that is on the usual port for none.
fn is_same_place(from: &Url, to: &Url) -> bool {
    let port = |url: &Url| url.port_or_known_default();
    let secured = (from.scheme(), port(from), to.scheme(), port(to))
        == ("http", Some(80), "https", Some(443));
    let same = from.scheme() == to.scheme() && port(from) == port(to);
    from.host_str() == to.host_str() && (same || secured)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_place_is_redirected_to() {
        let from: Url = "http://a.example/search?country=x".parse().expect("a URL");
        for (to, same) in [
            ("http://a.example/v2/search?country=x", true),
            ("https://a.example/search?country=x", true),
            ("http://a.example:8080/search", false),
            ("https://a.example:8443/search", false),
            ("http://b.example/search", false),
            ("http://127.0.0.1/search", false),
            ("ftp://a.example/search", false),
        ] {
            let to = to.parse().expect("a URL");
            assert_eq!(is_same_place(&from, &to), same, "{to}");
        }
        let secret = "https://a.example/search".parse().expect("a URL");
        assert!(!is_same_place(&secret, &from), "never back into the open");
    }
}
