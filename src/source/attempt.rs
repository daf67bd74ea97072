//! One upstream request, as it is counted.

use tokio::time::Instant;

use super::SourceError;
use crate::telemetry::Metrics;
use crate::telemetry::metrics::{self, Of};

/// A request that is under way; one that is dropped before it ended was cancelled.
pub(super) struct Attempt<'a> {
    metrics: &'a Metrics,
    upstream: usize,
    began: Instant,
    result: &'static str,
}

impl<'a> Attempt<'a> {
    pub(super) fn begin(metrics: &'a Metrics, upstream: usize) -> Self {
        let in_flight = &metrics.attempts_in_flight;
        in_flight.get_or_create(&Of { upstream }).inc();
        Self {
            metrics,
            upstream,
            began: Instant::now(),
            result: "cancelled",
        }
    }

    /// It has ended with a document or an error.
    pub(super) fn end(mut self, answer: &Result<Vec<u8>, SourceError>) {
        let of = Of {
            upstream: self.upstream,
        };
        match answer {
            Ok(document) => {
                let bytes = self.metrics.upstream_bytes.get_or_create(&of);
                bytes.inc_by(document.len() as u64);
                let took = self.began.elapsed().as_secs_f64();
                let seconds = self.metrics.attempt_seconds.get_or_create(&of);
                seconds.observe(took);
                self.result = "ok";
            }
            Err(error) => self.result = error.kind().slug(),
        }
    }
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        let (upstream, result) = (self.upstream, self.result);
        let attempts = &self.metrics.attempts;
        let ended = metrics::Attempt { upstream, result };
        attempts.get_or_create(&ended).inc();
        let in_flight = &self.metrics.attempts_in_flight;
        in_flight.get_or_create(&Of { upstream }).dec();
    }
}
