//! The edge: what every answer has, whatever became of the request.
//!
//! Owns the headers of every answer, the writing of problems, and the catching of panics. Nothing
//! leaves the service without having passed it, be it that it did so the last time (`ready`).

use std::panic::AssertUnwindSafe;

use futures::FutureExt;
use poem::http::header::CONTENT_TYPE;
use poem::http::{HeaderValue, Method};
use poem::{Body, Endpoint, Request, Response};
use tokio::time::Instant;
use tracing::Instrument;

use super::payload::to_json;
use super::problem::{self, PROBLEM_JSON, Unwritten};
use super::request_id;
use super::schema::milliseconds;
use super::stamp::stamp;
use super::traced;
use crate::telemetry::trace::Span;

/// Where the line of each request is logged.
pub(super) const TARGET: &str = module_path!();

/// What browsers are told about every answer, unless the answer says otherwise: take it for what it
/// says it is, run nothing in it, frame it nowhere, tell nobody where it came from.
const ALWAYS: [(&str, &str); 4] = [
    ("X-Content-Type-Options", "nosniff"),
    (
        "Content-Security-Policy",
        "default-src 'none'; frame-ancestors 'none'",
    ),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Resource-Policy", "cross-origin"),
];

/// An endpoint whose every answer is complete.
#[derive(Debug)]
pub struct Edge<E>(E);

impl<E: Endpoint> Edge<E> {
    /// Completes every answer of `inner`.
    pub fn new(inner: E) -> Self {
        Self(inner)
    }
}

impl<E: Endpoint> Endpoint for Edge<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        let began = Instant::now();
        let id_header = request_id::of(request.headers());
        let id = id_header.to_str().expect("ids are plain").to_owned();
        let method = request.method().clone();
        let path = request.uri().path().to_owned();
        // Whatever is logged for this request, in whichever task, says whose it is.
        let trace = Span::of_request(request.headers());
        let trace_id = trace.trace_id();
        let span = tracing::info_span!("request", id, trace_id);
        // In a box, since it is large and on its way through several hands.
        let call = AssertUnwindSafe(Box::pin(self.0.call(request))).catch_unwind();
        let called = trace.over(call.instrument(span.clone())).await;
        let _entered = span.enter();
        let mut response = match called {
            Ok(Ok(response)) => poem::IntoResponse::into_response(response),
            Ok(Err(error)) => problem::response_of(error),
            // The panic hook has printed where; this says for whom.
            Err(_panic) => {
                tracing::error!(http.path = path, "request handler panicked");
                poem::IntoResponse::into_response(problem::internal())
            }
        };
        if let Some(Unwritten(mut problem)) = response.extensions_mut().remove::<Unwritten>() {
            problem.instance = Some(id.clone());
            response.set_body(to_json(&problem));
            let problem_json = HeaderValue::from_static(PROBLEM_JSON);
            response.headers_mut().insert(CONTENT_TYPE, problem_json);
        }
        // The answer to HEAD has no body, and HTTP/2 clients take one for a broken stream.
        if method == Method::HEAD {
            response.set_body(Body::empty());
        }
        for (name, value) in ALWAYS {
            let entry = response.headers_mut().entry(name);
            entry.or_insert(HeaderValue::from_static(value));
        }
        let elapsed = began.elapsed();
        stamp(response.headers_mut(), id_header, elapsed);
        traced::note(&trace, &method, &path, &response);
        tracing::debug!(
            http.method = %method,
            http.path = path,
            http.status = response.status().as_u16(),
            elapsed_ms = milliseconds(elapsed),
            "request answered"
        );
        Ok(response)
    }
}
