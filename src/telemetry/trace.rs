//! Traces: the spans of a request, and how a trace goes on from one service to the next
//! (W3C Trace Context, <https://www.w3.org/TR/trace-context>).
//!
//! Spans are `OpenTelemetry`'s. They are recorded where traces are exported (`export`); where they are
//! not, the trace that a caller is part of goes on to the upstream as if this service were not there.

use std::sync::LazyLock;

use http::{HeaderMap, HeaderValue};
use opentelemetry::propagation::{Extractor, TextMapPropagator};
use opentelemetry::trace::{
    FutureExt, SpanKind, Status, TraceContextExt, TraceId, Tracer, WithContext,
};
use opentelemetry::{Context, KeyValue, Value};
use opentelemetry_http::HeaderInjector;
use opentelemetry_sdk::propagation::TraceContextPropagator;

use super::export::tracer;

/// The header that says which trace a request is part of.
pub const PARENT: &str = "traceparent";
/// The header with what others have to say of the trace.
const STATE: &str = "tracestate";

static W3C: LazyLock<TraceContextPropagator> = LazyLock::new(TraceContextPropagator::new);

/// Whether traces go anywhere.
#[must_use]
pub fn is_exported() -> bool {
    tracer().is_some()
}

/// A part of what is done for a request. It ends when it is dropped, whoever still works within it.
#[derive(Debug)]
pub struct Span(Context);

impl Span {
    /// The answering of a request with these headers.
    #[must_use]
    pub fn of_request(headers: &HeaderMap) -> Self {
        let parent = Received::of(headers).map_or_else(Context::new, |received| {
            W3C.extract_with_context(&Context::new(), &received)
        });
        Self::begin("request", SpanKind::Server, parent)
    }

    /// A part of the one that is current.
    #[must_use]
    pub fn within(name: &'static str) -> Self {
        Self::begin(name, SpanKind::Internal, Context::current())
    }

    /// A call of ours, as part of the one that is current.
    #[must_use]
    pub fn of_call(name: &'static str) -> Self {
        Self::begin(name, SpanKind::Client, Context::current())
    }

    fn begin(name: &'static str, kind: SpanKind, parent: Context) -> Self {
        let Some(tracer) = tracer() else {
            return Self(parent);
        };
        let span = tracer.span_builder(name).with_kind(kind);
        let span = span.start_with_context(tracer, &parent);
        Self(parent.with_span(span))
    }

    /// Does some work within it.
    pub fn over<F: Future>(&self, work: F) -> WithContext<F> {
        work.with_context(self.0.clone())
    }

    /// Whether what is noted of it goes anywhere.
    #[must_use]
    pub fn is_recorded(&self) -> bool {
        self.0.span().is_recording()
    }

    /// Names it anew, when more is known than at its beginning.
    pub fn rename(&self, name: String) {
        self.0.span().update_name(name);
    }

    /// Notes something of it, by a name of `OpenTelemetry`'s semantic conventions where there is one
    /// (<https://opentelemetry.io/docs/specs/semconv/http/http-spans>).
    pub fn note(&self, name: &'static str, value: impl Into<Value>) {
        self.0.span().set_attribute(KeyValue::new(name, value));
    }

    /// Says that it failed, and in which way.
    pub fn fail(&self, kind: &str) {
        self.note("error.type", kind.to_owned());
        self.0.span().set_status(Status::error(""));
    }

    /// The trace that it is part of, if any, as logs name it.
    #[must_use]
    pub fn trace_id(&self) -> Option<String> {
        let span = self.0.span();
        let id = span.span_context().trace_id();
        (id != TraceId::INVALID).then(|| id.to_string())
    }
}

impl Drop for Span {
    fn drop(&mut self) {
        self.0.span().end();
    }
}

/// The headers of a trace as they were received.
struct Received<'a> {
    parent: &'a str,
    /// All lines of it (§3.3.1).
    state: String,
}

impl<'a> Received<'a> {
    /// What can be read of them, if there is one parent: which of two is meant cannot be known.
    fn of(headers: &'a HeaderMap) -> Option<Self> {
        let mut parents = headers.get_all(PARENT).iter();
        let parent = parents.next()?.to_str().ok()?;
        if parents.next().is_some() || !is_well_formed(parent) {
            return None;
        }
        let lines = headers.get_all(STATE).iter();
        let lines: Vec<_> = lines.filter_map(|line| line.to_str().ok()).collect();
        let state = lines.join(",");
        Some(Self { parent, state })
    }
}

impl Extractor for Received<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        match key {
            PARENT => Some(self.parent),
            STATE if !self.state.is_empty() => Some(&self.state),
            _ => None,
        }
    }

    fn keys(&self) -> Vec<&str> {
        vec![PARENT, STATE]
    }
}

/// Whether the parts of a parent are of their length and in hexadecimal digits (§3.2.2): the propagator
/// fills up what is too short, and takes signs.
fn is_well_formed(parent: &str) -> bool {
    let parts: Vec<_> = parent.splitn(5, '-').take(4).collect();
    let lengths: Vec<_> = parts.iter().map(|part| part.len()).collect();
    let digits = |part: &&str| part.bytes().all(|byte| byte.is_ascii_hexdigit());
    lengths == [2, 32, 16, 2] && parts.iter().all(digits)
}

/// Where a task belongs that goes on by itself: the spans of traces and of logs that are current.
#[derive(Debug, Clone)]
pub struct Here {
    trace: Context,
    log: tracing::Span,
}

impl Here {
    /// As it is now.
    #[must_use]
    pub fn now() -> Self {
        Self {
            trace: Context::current(),
            log: tracing::Span::current(),
        }
    }

    /// Does something as if it were done there.
    pub fn enter<T>(&self, work: impl FnOnce() -> T) -> T {
        let _attached = self.trace.clone().attach();
        self.log.in_scope(work)
    }

    /// Lets a future run as if it ran there.
    pub fn lead<F: Future>(&self, work: F) -> impl Future<Output = F::Output> + use<F> {
        let work = tracing::Instrument::instrument(work, self.log.clone());
        work.with_context(self.trace.clone())
    }
}

/// The headers by which the current span goes on elsewhere; none where there is no trace.
#[must_use]
pub fn headers() -> HeaderMap {
    let mut headers = HeaderMap::new();
    W3C.inject_context(&Context::current(), &mut HeaderInjector(&mut headers));
    if headers.get(STATE).is_some_and(HeaderValue::is_empty) {
        headers.remove(STATE);
    }
    headers
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

    fn passed_on(headers: &[(&'static str, &str)]) -> HeaderMap {
        let mut received = HeaderMap::new();
        for (name, value) in headers {
            received.append(*name, value.parse().expect("a header"));
        }
        let request = Span::of_request(&received);
        let _attached = request.0.clone().attach();
        super::headers()
    }

    #[test]
    fn a_trace_goes_on_as_it_came() {
        let parent = format!("00-{TRACE}-00f067aa0ba902b7-01");
        let headers = passed_on(&[(PARENT, &parent), (STATE, "congo=t61rcWkgMzE")]);
        assert_eq!(headers[PARENT], parent);
        assert_eq!(headers[STATE], "congo=t61rcWkgMzE");
        assert_eq!(passed_on(&[(PARENT, &parent)]).len(), 1, "no empty state");
        let headers = passed_on(&[(PARENT, &parent), (STATE, "a=1"), (STATE, "b=2")]);
        assert_eq!(headers[STATE], "a=1,b=2");
    }

    #[test]
    fn what_is_no_parent_goes_nowhere() {
        let span = "00f067aa0ba902b7";
        let zeros = "0".repeat(32);
        for parent in [
            String::new(),
            format!("00-{zeros}-{span}-01"),
            format!("00-{TRACE}-{}-01", &zeros[..16]),
            format!("00-{}-{span}-01", TRACE.to_uppercase()),
            format!("00-{TRACE}-{span}"),
            format!("ff-{TRACE}-{span}-01"),
            format!("00-{TRACE}-{span}-01-more"),
            format!("00-{}-{span}-01", &TRACE[1..]),
            format!("00-+{}-{span}-01", &TRACE[1..]),
            format!("00-{TRACE}-{span}-+1"),
        ] {
            assert!(passed_on(&[(PARENT, &parent)]).is_empty(), "{parent}");
        }
        let twice = format!("00-{TRACE}-{span}-01");
        assert!(passed_on(&[(PARENT, &twice), (PARENT, &twice)]).is_empty());
    }
}
