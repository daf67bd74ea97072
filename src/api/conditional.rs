//! Conditional requests (RFC 9110 §13): what a caller has already is not sent again.

use poem::http::header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use poem::http::{HeaderMap, HeaderValue, Method, StatusCode};
use poem::{Body, Endpoint, Request, Response};

/// An endpoint whose tagged answers are not sent to callers who have them.
#[derive(Debug)]
pub(super) struct Conditional<E>(E);

impl<E: Endpoint<Output = Response>> Conditional<E> {
    pub(super) fn new(inner: E) -> Self {
        Self(inner)
    }
}

impl<E: Endpoint<Output = Response>> Endpoint for Conditional<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        let tags = tags_of(&request);
        let mut response = self.0.call(request).await?;
        if is_there(&tags, response.status(), response.headers()) {
            leave_out(&mut response);
        }
        Ok(response)
    }
}

/// Whether a caller with the headers `asked` has the answer with these headers already.
pub(super) fn has_it(asked: &HeaderMap, answer: &HeaderMap) -> bool {
    let mut had = asked.get_all(IF_NONE_MATCH).iter();
    had.any(|had| answer.get(ETAG).is_some_and(|tag| lists(had, tag)))
}

/// The tags of what the caller has, as they are sent: of a request that reads.
pub(super) fn tags_of(request: &Request) -> HeaderMap {
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    let tags = request.headers().get_all(IF_NONE_MATCH).iter();
    let tags = tags.filter(|_| is_read).cloned();
    tags.map(|tag| (IF_NONE_MATCH, tag)).collect()
}

/// Whether an answer is not sent, since the caller with these tags has it.
pub(super) fn is_there(tags: &HeaderMap, status: StatusCode, answer: &HeaderMap) -> bool {
    status == StatusCode::OK && has_it(tags, answer)
}

/// Leaves out the body of an answer that the caller has already.
fn leave_out(response: &mut Response) {
    response.set_status(StatusCode::NOT_MODIFIED);
    response.set_body(Body::empty());
    response.headers_mut().remove(CONTENT_TYPE);
    response.headers_mut().remove(CONTENT_LENGTH);
}

/// Whether a caller wants what is new and not what is kept (RFC 9111 §5.2.1.4).
pub(super) fn wants_new(headers: &HeaderMap) -> bool {
    let directives = headers.get_all(CACHE_CONTROL).iter();
    let directives = directives.filter_map(|value| value.to_str().ok());
    directives
        .flat_map(|value| value.split(','))
        .any(|directive| directive.trim().eq_ignore_ascii_case("no-cache"))
}

/// Whether an `If-None-Match` names the tag, by weak comparison (RFC 9110 §13.1.2).
fn lists(had: &HeaderValue, tag: &HeaderValue) -> bool {
    let (Ok(had), Ok(tag)) = (had.to_str(), tag.to_str()) else {
        return false;
    };
    let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    had.trim() == "*" || had.split(',').any(|had| opaque(had) == opaque(tag))
}

/// Tags an answer by a hash of its bytes, or of what determines them: the same tag is the same answer.
/// It may be kept, and is asked for again before it is used.
pub(super) fn tag_by(hash: u128, headers: &mut HeaderMap) {
    tag(&format!("\"{hash:032x}\""), headers);
}

/// Tags an answer by what it says, which it may say in other bytes another time.
pub(super) fn tag_weakly(meaning: u128, headers: &mut HeaderMap) {
    tag(&format!("W/\"{meaning:032x}\""), headers);
}

fn tag(tag: &str, headers: &mut HeaderMap) {
    if let Ok(tag) = HeaderValue::from_str(tag) {
        headers.insert(ETAG, tag);
        let entry = headers.entry(CACHE_CONTROL);
        entry.or_insert(HeaderValue::from_static("no-cache"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_reads_can_have_an_answer_already() {
        let mut answer = HeaderMap::new();
        tag_by(1, &mut answer);
        for (method, expected) in [
            (Method::GET, true),
            (Method::HEAD, true),
            (Method::POST, false),
        ] {
            let request = Request::builder().method(method.clone());
            let request = request.header(IF_NONE_MATCH, "*").finish();
            let tags = tags_of(&request);
            assert_eq!(
                is_there(&tags, StatusCode::OK, &answer),
                expected,
                "{method}"
            );
            assert!(
                !is_there(&tags, StatusCode::NO_CONTENT, &answer),
                "{method}"
            );
        }
    }

    #[test]
    fn a_tag_is_found_among_others_weak_or_strong() {
        for (had, tag, expected) in [
            ("\"a\"", "\"a\"", true),
            ("W/\"a\"", "\"a\"", true),
            ("\"a\"", "W/\"a\"", true),
            ("\"b\", W/\"a\"", "\"a\"", true),
            ("*", "\"a\"", true),
            ("\"b\"", "\"a\"", false),
            ("\"a-br\"", "\"a\"", false),
            ("a", "\"a\"", false),
            ("", "\"a\"", false),
        ] {
            let [had_value, tag_value] = [had, tag].map(|v| v.parse().expect("a header"));
            assert_eq!(lists(&had_value, &tag_value), expected, "{had} {tag}");
        }
    }
}
