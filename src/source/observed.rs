//! Observed: counts calls and logs the ones that fail.
//!
//! The outermost decorator, so that what it sees is what the strategies see. A failure is
//! logged here, once, with its whole chain of causes; nobody further out logs it again.

use std::sync::Arc;

use futures::future::{BoxFuture, FutureExt};

use super::meter::{CallCounts, Meter};
use super::{SourceError, UniversitySource};
use crate::domain::{Country, CountryListing};
use crate::telemetry::metrics::Became;
use crate::telemetry::{self, Metrics};

/// A source whose calls are counted and whose failures are logged.
#[derive(Debug)]
pub struct Observed {
    inner: Arc<dyn UniversitySource>,
    meter: Meter,
    metrics: Metrics,
}

impl Observed {
    /// Observes the calls of `inner`.
    pub fn new(inner: Arc<dyn UniversitySource>, metrics: Metrics) -> Self {
        Self {
            inner,
            metrics,
            meter: Meter::default(),
        }
    }

    /// What has been counted since the source was made.
    #[must_use]
    pub fn counts(&self) -> CallCounts {
        self.meter.counts()
    }
}

impl UniversitySource for Observed {
    fn listing<'a>(
        &'a self,
        country: &'a Country,
    ) -> BoxFuture<'a, Result<CountryListing, SourceError>> {
        async move {
            let in_flight = self.meter.begin();
            let result = self.inner.listing(country).await;
            drop(in_flight);
            let became = Became {
                origin: result
                    .as_ref()
                    .map_or("none", |listing| listing.origin.name()),
                failure: result
                    .as_ref()
                    .map_or_else(|error| error.kind().slug(), |_| "none"),
            };
            self.metrics.countries.get_or_create(&became).inc();
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
