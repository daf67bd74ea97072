//! Observed: counts calls and logs the ones that fail.
//!
//! The outermost decorator, so that what it sees is what the strategies see. A failure is
//! logged here, once, with its whole chain of causes; nobody further out logs it again.

use std::sync::Arc;

use futures::future::{BoxFuture, FutureExt};

use super::call::Call;
use super::meter::{CallCounts, Meter};
use super::{SourceError, UniversitySource, Voucher};
use crate::domain::{Country, CountryListing, FailureKind, KnownList, Origin};
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

    fn count(&self, origin: &'static str, failure: &'static str) {
        let became = Became { origin, failure };
        self.metrics.countries.get_or_create(&became).inc();
    }

    /// What has been counted since the source was made.
    #[must_use]
    pub fn counts(&self) -> CallCounts {
        self.meter.counts()
    }
}

/// A call that has begun. One that is dropped at its deadline has failed; one that is dropped before was
/// not waited for.
struct Asked<'a> {
    observed: &'a Observed,
    country: &'a Country,
    answered: bool,
}

impl Drop for Asked<'_> {
    fn drop(&mut self) {
        if !self.answered && Call::is_over() {
            let failure = FailureKind::DeadlineExceeded;
            self.observed.count("none", failure.slug());
            tracing::warn!(
                country.code = self.country.code(),
                failure.kind = ?failure,
                "source call for {} was not answered by the deadline",
                self.country.code(),
            );
        }
    }
}

impl UniversitySource for Observed {
    fn listing<'a>(
        &'a self,
        country: &'a Country,
    ) -> BoxFuture<'a, Result<CountryListing, SourceError>> {
        async move {
            let _in_flight = self.meter.begin();
            let mut asked = Asked {
                observed: self,
                country,
                answered: false,
            };
            let result = self.inner.listing(country).await;
            asked.answered = true;
            match &result {
                Ok(listing) => self.count(listing.origin.name(), "none"),
                Err(error) => {
                    self.count("none", error.kind().slug());
                    tracing::warn!(
                        country.code = country.code(),
                        failure.kind = ?error.kind(),
                        error = telemetry::chain(error),
                        "source call for {} failed",
                        country.code(),
                    );
                }
            }
            result
        }
        .boxed()
    }

    fn vouch_for(&self, lists: &[KnownList]) -> Option<Voucher> {
        let voucher = self.inner.vouch_for(lists)?;
        let became = Became {
            origin: Origin::Cached.name(),
            failure: "none",
        };
        let counter = self.metrics.countries.get_or_create_owned(&became);
        Some(voucher.counted_by(counter))
    }
}
