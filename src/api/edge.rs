//! The edge: what every answer has, whatever became of the request.
//!
//! Owns the headers of every answer, the writing of problems, and the catching of panics. It is
//! the outermost endpoint: nothing leaves the service without having passed it.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures::FutureExt;
use poem::http::{HeaderMap, HeaderValue, Method};
use poem::{Body, Endpoint, Request, Response};
use tokio::time::Instant;
use tracing::Instrument;

use super::payload::to_json;
use super::problem::{self, PROBLEM_JSON, Unwritten};
use super::request_id;
use super::schema::milliseconds;
use super::traced;
use crate::telemetry::trace::Span;

/// How long the request took, in the article's format: `0.5812 sec`.
pub(super) const PROCESS_TIME: &str = "X-Process-Time";

/// How long its parts took (W3C Server Timing).
pub(super) const SERVER_TIMING: &str = "Server-Timing";

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
        let id = request_id::of(request.headers());
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
            set(&mut response, "Content-Type", PROBLEM_JSON);
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
        stamp(&mut response, &id, elapsed);
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

/// Says which request it is the answer to, and how long it took.
pub(super) fn stamp(response: &mut Response, id: &str, elapsed: Duration) {
    set(response, request_id::HEADER, id);
    let seconds = format!("{:.4} sec", elapsed.as_secs_f64());
    set(response, PROCESS_TIME, &seconds);
    let total = format!("total;dur={}", milliseconds(elapsed));
    if let Ok(value) = HeaderValue::try_from(total) {
        response.headers_mut().append(SERVER_TIMING, value);
    }
}

/// Takes off what [`stamp`] says.
pub(super) fn unstamp(headers: &mut HeaderMap) {
    for name in [request_id::HEADER, PROCESS_TIME, SERVER_TIMING] {
        headers.remove(name);
    }
}

fn set(response: &mut Response, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}
