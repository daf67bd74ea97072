//! One upstream request, as it is counted and traced.

use bytes::Bytes;
use tokio::time::Instant;
use url::Url;

use super::SourceError;
use crate::telemetry::Metrics;
use crate::telemetry::metrics::{self, Of};
use crate::telemetry::trace::Span;

/// What became of a request that nobody waited for any more.
const CANCELLED: &str = "cancelled";

/// A request that is under way; one that is dropped before it ended was cancelled.
pub(super) struct Attempt<'a> {
    metrics: &'a Metrics,
    upstream: usize,
    began: Instant,
    result: &'static str,
    trace: Span,
}

impl<'a> Attempt<'a> {
    /// Begins one at the upstream at that place in the settings, which has that address.
    pub(super) fn begin(metrics: &'a Metrics, upstream: usize, address: &Url) -> Self {
        let in_flight = &metrics.attempts_in_flight;
        in_flight.get_or_create(&Of { upstream }).inc();
        let trace = Span::of_call("GET");
        trace.note("http.request.method", "GET");
        trace.note(
            "server.address",
            address.host_str().unwrap_or_default().to_owned(),
        );
        trace.note(
            "server.port",
            i64::from(address.port_or_known_default().unwrap_or_default()),
        );
        Self {
            trace,
            metrics,
            upstream,
            began: Instant::now(),
            result: CANCELLED,
        }
    }

    /// Makes it.
    pub(super) async fn make<T>(&self, request: impl Future<Output = T>) -> T {
        self.trace.over(request).await
    }

    /// It has ended with a document or an error.
    pub(super) fn end(mut self, answer: &Result<Bytes, SourceError>) {
        let of = Of {
            upstream: self.upstream,
        };
        match answer {
            Ok(document) => {
                let bytes = self.metrics.upstream_bytes.get_or_create(&of);
                bytes.inc_by(document.len() as u64);
                let seconds = self.metrics.attempt_seconds.get_or_create(&of);
                seconds.observe(self.began.elapsed());
                self.result = "ok";
            }
            Err(error) => {
                self.result = error.kind().slug();
                self.trace.fail(self.result);
            }
        }
    }
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        let (upstream, result) = (self.upstream, self.result);
        if result == CANCELLED {
            self.trace.note("universities.cancelled", true);
        }
        let attempts = &self.metrics.attempts;
        let ended = metrics::Attempt { upstream, result };
        attempts.get_or_create(&ended).inc();
        let in_flight = &self.metrics.attempts_in_flight;
        in_flight.get_or_create(&Of { upstream }).dec();
    }
}
