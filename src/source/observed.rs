//! Observed: counts calls and logs the ones that fail.
//!
//! The outermost decorator, so that what it sees is what the strategies see. A failure is
//! logged here, once, with its whole chain of causes; nobody further out logs it again.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures::future::{BoxFuture, FutureExt};

use super::{SourceError, UniversitySource};
use crate::domain::{Country, CountryListing};
use crate::telemetry;

/// A source whose calls are counted and whose failures are logged.
#[derive(Debug)]
pub struct Observed {
    inner: Arc<dyn UniversitySource>,
    counters: Counters,
}

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

#[derive(Debug, Default)]
struct Counters {
    started: AtomicUsize,
    in_flight: AtomicUsize,
    most_in_flight: AtomicUsize,
}

/// Counts a call as in flight until dropped, which cancellation does too.
struct InFlight<'a>(&'a Counters);

impl Observed {
    /// Observes the calls of `inner`.
    pub fn new(inner: Arc<dyn UniversitySource>) -> Self {
        Self {
            inner,
            counters: Counters::default(),
        }
    }

    /// What has been counted since the source was made.
    #[must_use]
    pub fn counts(&self) -> CallCounts {
        CallCounts {
            started: self.counters.started.load(Ordering::Relaxed),
            in_flight: self.counters.in_flight.load(Ordering::Relaxed),
            most_in_flight: self.counters.most_in_flight.load(Ordering::Relaxed),
        }
    }
}

impl Counters {
    fn begin(&self) -> InFlight<'_> {
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

impl UniversitySource for Observed {
    fn listing<'a>(
        &'a self,
        country: &'a Country,
    ) -> BoxFuture<'a, Result<CountryListing, SourceError>> {
        async move {
            let in_flight = self.counters.begin();
            let result = self.inner.listing(country).await;
            drop(in_flight);
            if let Err(error) = &result {
                tracing::warn!(
                    country.code = country.code(),
                    failure.kind = ?error.kind(),
                    error = telemetry::chain(error),
                    "source call for {} failed",
                    country.code(),
                );
            }
            result
        }
        .boxed()
    }
}
