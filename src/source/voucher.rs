//! Vouchers: what a source would give now, for as long as that is so.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::time::Instant;

use crate::telemetry::metrics::SpreadCounter;

/// How often something has changed. Clones count together.
#[derive(Debug, Clone, Default)]
pub struct Changes(Arc<AtomicU64>);

/// A promise that a source would give certain lists, fresh and without waiting: until they are too old, or
/// anything that it keeps has changed.
#[derive(Debug)]
pub struct Voucher {
    until: Instant,
    changes: Changes,
    seen: u64,
    /// What counts a list that is given.
    counters: Vec<SpreadCounter>,
}

impl Changes {
    /// There has been one more.
    pub fn note(&self) {
        self.0.fetch_add(1, Ordering::Release);
    }

    /// How many there have been.
    #[must_use]
    pub fn so_far(&self) -> u64 {
        self.0.load(Ordering::Acquire)
    }
}

impl Voucher {
    /// For what was so after the changes `seen`, until then.
    #[must_use]
    pub fn new(until: Instant, changes: Changes, seen: u64) -> Self {
        Self {
            until,
            changes,
            seen,
            counters: Vec::new(),
        }
    }

    /// With a counter of the lists that are given.
    #[must_use]
    pub fn counted_by(mut self, counter: SpreadCounter) -> Self {
        self.counters.push(counter);
        self
    }

    /// Whether the promise holds.
    #[must_use]
    pub fn holds(&self, now: Instant) -> bool {
        now < self.until && self.changes.so_far() == self.seen
    }

    /// So many lists have been given, each of which counts as a call.
    pub fn given(&self, lists: u64) {
        for counter in &self.counters {
            counter.inc_by(lists);
        }
    }
}
