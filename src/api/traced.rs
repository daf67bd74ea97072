//! A request as traces show it.

use poem::Response;
use poem::http::Method;

use super::metrics::Matched;
use crate::telemetry::trace::Span;

/// Notes in the request's span what it was and what became of it.
pub(super) fn note(span: &Span, method: &Method, path: &str, response: &Response) {
    if !span.is_recorded() {
        return;
    }
    // Names are few; what callers make up is an attribute.
    if let Some(matched) = response.extensions().get::<Matched>() {
        span.rename(format!("{method} {}", matched.path));
        span.note("http.route", matched.path.to_string());
        span.note("http.request.method", method.to_string());
    } else if is_known(method) {
        span.rename(method.to_string());
        span.note("http.request.method", method.to_string());
    } else {
        span.rename("HTTP".to_owned());
        span.note("http.request.method", "_OTHER");
        span.note("http.request.method_original", method.to_string());
    }
    let status = response.status();
    span.note("url.path", path.to_owned());
    span.note("http.response.status_code", i64::from(status.as_u16()));
    if status.is_server_error() {
        span.fail(status.as_str());
    }
}

/// Whether everybody knows the method (RFC 9110 §9.3, RFC 5789).
fn is_known(method: &Method) -> bool {
    let known = [
        "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH",
    ];
    known.contains(&method.as_str())
}
