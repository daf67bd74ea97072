//! Pages of other origins may ask (<https://fetch.spec.whatwg.org>, CORS).

use poem::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, ALLOW,
    ORIGIN,
};
use poem::http::{HeaderMap, HeaderValue, Method};
use poem::{Endpoint, Request, Response};

use super::coding::add_vary;

/// Headers of ours that pages may read.
const EXPOSED: &str = "Accept-Post, Allow, Cache-Status, ETag, Link, RateLimit, RateLimit-Policy, Retry-After, \
                       Server-Timing, X-Complete, X-Process-Time, X-Request-Id, X-Total-Count";

/// Headers that pages may send.
const ACCEPTED: &str = "Cache-Control, Content-Type, If-None-Match, Traceparent, Tracestate, \
                        X-Request-Id";

/// For how long a browser need not ask again what it may do, in seconds.
const MAX_AGE: &str = "86400";

/// The origins whose pages may ask.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Origins {
    /// All: there are no credentials here that a page could misuse.
    #[default]
    Any,
    /// These.
    Only(Vec<String>),
}

/// An endpoint that pages of other origins may ask.
#[derive(Debug)]
pub(super) struct Cors<E> {
    origins: Origins,
    inner: E,
}

impl<E: Endpoint<Output = Response>> Cors<E> {
    pub(super) fn new(origins: Origins, inner: E) -> Self {
        Self { origins, inner }
    }
}

impl Origins {
    /// What is said to a page of this origin; `None` for one that may not ask.
    fn allowed(&self, origin: &HeaderValue) -> Option<HeaderValue> {
        match self {
            Self::Any => Some(HeaderValue::from_static("*")),
            Self::Only(origins) => {
                let may = origins.iter().any(|allowed| *allowed == *origin);
                may.then(|| origin.clone())
            }
        }
    }
}

impl<E: Endpoint<Output = Response>> Endpoint for Cors<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        let origin = request.headers().get(ORIGIN);
        let allowed = origin.and_then(|origin| self.origins.allowed(origin));
        let asks_beforehand = *request.method() == Method::OPTIONS
            && request
                .headers()
                .contains_key(ACCESS_CONTROL_REQUEST_METHOD);
        let mut response = self.inner.call(request).await?;
        let headers = response.headers_mut();
        if self.origins != Origins::Any {
            add_vary(headers, "Origin");
        }
        if let Some(allowed) = allowed {
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, allowed);
            if asks_beforehand {
                answer_beforehand(headers);
            } else {
                let exposed = HeaderValue::from_static(EXPOSED);
                headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
            }
        }
        Ok(response)
    }
}

/// What a browser asks before it sends a page's request: the methods are those of the path.
fn answer_beforehand(headers: &mut HeaderMap) {
    if let Some(methods) = headers.get(ALLOW).cloned() {
        headers.insert(ACCESS_CONTROL_ALLOW_METHODS, methods);
    }
    let accepted = HeaderValue::from_static(ACCEPTED);
    headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, accepted);
    headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static(MAX_AGE));
}
