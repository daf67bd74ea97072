//! Counting calls: how many began, how many are in flight, how many were at most.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Calls counted so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallCounts {
    /// Calls begun.
    pub started: usize,
    /// Calls that have begun and neither ended nor been cancelled.
    pub in_flight: usize,
    /// The most calls in flight at one time.
    pub most_in_flight: usize,
}

/// Counts calls.
#[derive(Debug, Default)]
pub struct Meter {
    started: AtomicUsize,
    in_flight: AtomicUsize,
    most_in_flight: AtomicUsize,
}

/// Counts a call as in flight until dropped, which cancellation does too.
pub(super) struct InFlight<'a>(&'a Meter);

impl Meter {
    /// What has been counted.
    #[must_use]
    pub fn counts(&self) -> CallCounts {
        CallCounts {
            started: self.started.load(Ordering::Relaxed),
            in_flight: self.in_flight.load(Ordering::Relaxed),
            most_in_flight: self.most_in_flight.load(Ordering::Relaxed),
        }
    }

    /// Counts a call from now until the guard is dropped.
    pub(super) fn begin(&self) -> InFlight<'_> {
        self.started.fetch_add(1, Ordering::Relaxed);
        let now = self.in_flight.fetch_add(1, Ordering::Relaxed) + 1;
        self.most_in_flight.fetch_max(now, Ordering::Relaxed);
        InFlight(self)
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}
