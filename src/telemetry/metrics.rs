//! What is counted and measured, for Prometheus (<https://prometheus.io/docs/concepts/metric_types>).
//!
//! Owns the names, units and buckets of all metrics; `docs/operations.md` explains them. No label has
//! a value that a caller chose.

use std::fmt::Error;
use std::sync::Arc;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};

pub use super::spread::{Durations, SpreadCounter};

/// Of a request.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Answered {
    /// The operation's id in the document; `other` for what is none.
    pub operation: Arc<String>,
    /// The status code.
    pub status: u16,
}

/// Of a request's time.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Operation {
    /// The operation's id in the document; `other` for what is none.
    pub operation: Arc<String>,
}

/// Of a country that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Became {
    /// Its origin, or `none`.
    pub origin: &'static str,
    /// The slug of its failure, or `none`.
    pub failure: &'static str,
}

/// Of an upstream, one of ours by its place in the settings.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Of {
    /// Its place, from 0.
    pub upstream: usize,
}

/// Of an attempt.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Attempt {
    /// The upstream's place, from 0.
    pub upstream: usize,
    /// `ok`, `cancelled`, or the slug of the failure.
    pub result: &'static str,
}

/// Of a list's records that could not be used.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Defect {
    /// `unusable` or `duplicate`.
    pub defect: &'static str,
}

/// Everything that is counted. Clones count together.
#[derive(Debug, Clone, Default)]
pub struct Metrics {
    /// Requests answered.
    pub requests: Family<Answered, SpreadCounter>,
    /// How long answers took, or streams to begin.
    pub request_seconds: Family<Operation, Durations>,
    /// Requests being answered.
    pub requests_in_flight: Gauge,
    /// Countries answered, by what became of them.
    pub countries: Family<Became, SpreadCounter>,
    /// Countries found fresh in the cache.
    pub cache_hits: SpreadCounter,
    /// Countries answered from the cache though no longer fresh.
    pub cache_stale: Counter,
    /// Countries that were not in the cache.
    pub cache_misses: Counter,
    /// Countries that waited for a call that another had begun.
    pub cache_coalesced: Counter,
    /// Lists that had shrunk by more than half, of which the old one was kept.
    pub cache_shrunk: Counter,
    /// Bytes that the cache holds, about.
    pub cache_bytes: Gauge,
    /// Attempts that ended, by upstream and result.
    pub attempts: Family<Attempt, Counter>,
    /// How long attempts took that gave a list.
    pub attempt_seconds: Family<Of, Durations>,
    /// Attempts in flight.
    pub attempts_in_flight: Family<Of, Gauge>,
    /// The most that may be in flight, as it adapts.
    pub attempts_limit: Family<Of, Gauge>,
    /// How long attempts waited for their turn.
    pub queue_seconds: Family<Of, Durations>,
    /// Attempts made again.
    pub retries: Counter,
    /// Attempts not made again because too many were already.
    pub retries_denied: Counter,
    /// Second attempts that answered first.
    pub hedges_won: Counter,
    /// Second attempts that did not.
    pub hedges_lost: Counter,
    /// 0 closed, 1 half-open, 2 open.
    pub circuit: Family<Of, Gauge>,
    /// Bytes of upstream documents, decoded.
    pub upstream_bytes: Family<Of, Counter>,
    /// Records of upstream lists that were left out.
    pub defects: Family<Defect, Counter>,
}

impl Metrics {
    /// The text that Prometheus reads (`OpenMetrics` 1.0).
    ///
    /// # Errors
    ///
    /// Never: writing to a string cannot fail.
    pub fn text(&self) -> Result<String, Error> {
        let mut text = String::new();
        encode(&mut text, &self.registry())?;
        Ok(text)
    }

    fn registry(&self) -> Registry {
        let mut all = Registry::with_prefix("universities");
        all.register(
            "requests",
            "Requests answered, by operation and status",
            self.requests.clone(),
        );
        all.register_with_unit(
            "request_duration",
            "How long answers took, or streams to begin",
            Unit::Seconds,
            self.request_seconds.clone(),
        );
        all.register(
            "requests_in_flight",
            "Requests being answered",
            self.requests_in_flight.clone(),
        );
        all.register(
            "countries",
            "Countries answered, by origin or by why they are missing",
            self.countries.clone(),
        );
        self.register_cache(&mut all);
        self.register_upstreams(&mut all);
        all
    }

    fn register_cache(&self, all: &mut Registry) {
        all.register(
            "cache_hits",
            "Countries found fresh in the cache",
            self.cache_hits.clone(),
        );
        all.register(
            "cache_stale",
            "Countries answered from the cache though no longer fresh",
            self.cache_stale.clone(),
        );
        all.register(
            "cache_misses",
            "Countries that were not in the cache",
            self.cache_misses.clone(),
        );
        all.register(
            "cache_coalesced",
            "Countries that waited for a call that another had begun",
            self.cache_coalesced.clone(),
        );
        all.register(
            "cache_shrunk",
            "Lists that had shrunk by more than half, of which the old one was kept",
            self.cache_shrunk.clone(),
        );
        all.register_with_unit(
            "cache_size",
            "What the cache holds, about",
            Unit::Bytes,
            self.cache_bytes.clone(),
        );
    }

    fn register_upstreams(&self, all: &mut Registry) {
        all.register(
            "upstream_attempts",
            "Attempts that ended, by upstream and result",
            self.attempts.clone(),
        );
        all.register_with_unit(
            "upstream_attempt_duration",
            "How long attempts took that gave a list",
            Unit::Seconds,
            self.attempt_seconds.clone(),
        );
        all.register(
            "upstream_attempts_in_flight",
            "Attempts in flight",
            self.attempts_in_flight.clone(),
        );
        all.register(
            "upstream_attempts_limit",
            "The most attempts that may be in flight",
            self.attempts_limit.clone(),
        );
        all.register_with_unit(
            "upstream_queue_duration",
            "How long attempts waited for their turn",
            Unit::Seconds,
            self.queue_seconds.clone(),
        );
        all.register(
            "upstream_retries",
            "Attempts made again",
            self.retries.clone(),
        );
        all.register(
            "upstream_retries_denied",
            "Attempts not made again because the budget was used up",
            self.retries_denied.clone(),
        );
        all.register(
            "upstream_hedges_won",
            "Second attempts that answered first",
            self.hedges_won.clone(),
        );
        all.register(
            "upstream_hedges_lost",
            "Second attempts that did not answer first",
            self.hedges_lost.clone(),
        );
        all.register(
            "upstream_circuit",
            "0 closed, 1 half-open, 2 open",
            self.circuit.clone(),
        );
        all.register_with_unit(
            "upstream_received",
            "Upstream documents, decoded",
            Unit::Bytes,
            self.upstream_bytes.clone(),
        );
        all.register(
            "upstream_records_left_out",
            "Records of upstream lists that could not be used or came twice",
            self.defects.clone(),
        );
    }
}
