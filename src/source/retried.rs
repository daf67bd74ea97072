//! Retried: what may well succeed a moment later is tried again.
//!
//! Only transient errors, only so often, only within the time for one country, and only as long as the
//! budget lasts: retries of everything would be a second load on an upstream that fails under its
//! first. Delays grow exponentially with full jitter
//! (<https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/>): the whole delay is
//! random, so that callers who failed together do not come back together.

use std::sync::Arc;
use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use futures::future::{BoxFuture, FutureExt};
use tokio::time::{Instant, sleep, timeout_at};

use super::budget::Budget;
use super::call::Call;
use super::{SourceError, UniversitySource};
use crate::domain::{Country, CountryListing};
use crate::telemetry::Metrics;

/// Retries there may be for each call.
const SHARE: f64 = 0.2;

/// Retries there may be beyond that share: enough for three countries to have both of theirs when a
/// service has just started, and little to an upstream.
const RESERVE: f64 = 6.0;

/// The most retries that quiet times save up for bad ones.
const MOST_SAVED: f64 = 50.0;

/// How often and for how long.
#[derive(Debug, Clone, Copy)]
pub struct RetrySettings {
    /// The most attempts after the first.
    pub most: usize,
    /// The longest first delay; each next one may be twice as long.
    pub delay: Duration,
    /// The longest delay.
    pub longest_delay: Duration,
    /// The time all attempts for one country may take together.
    pub total_timeout: Duration,
}

/// A source that is asked again.
#[derive(Debug)]
pub struct Retried {
    inner: Arc<dyn UniversitySource>,
    settings: RetrySettings,
    budget: Budget,
    metrics: Metrics,
}

impl Retried {
    /// Asks `inner` again where that helps.
    pub fn new(
        inner: Arc<dyn UniversitySource>,
        settings: RetrySettings,
        metrics: Metrics,
    ) -> Self {
        Self {
            inner,
            settings,
            budget: Budget::new(SHARE, RESERVE, MOST_SAVED),
            metrics,
        }
    }

    async fn ask(&self, country: &Country) -> Result<CountryListing, SourceError> {
        if Call::is_over() {
            return Err(SourceError::too_late(self.settings.total_timeout));
        }
        let end = Instant::now() + self.settings.total_timeout;
        let mut delays = ExponentialBuilder::new()
            .with_min_delay(self.settings.delay)
            .with_max_delay(self.settings.longest_delay)
            .with_max_times(self.settings.most)
            .build();
        self.budget.earn();
        let mut failed = 0;
        loop {
            let attempt = timeout_at(end, self.inner.listing(country)).await;
            let error = match attempt
                .unwrap_or_else(|_| Err(SourceError::too_late(self.settings.total_timeout)))
            {
                Ok(listing) => return Ok(listing.after(failed)),
                Err(error) => error,
            };
            failed += 1;
            let Some(most) = delays.next().filter(|_| error.is_transient()) else {
                return Err(error);
            };
            let jittered = most.mul_f64(fastrand::f64());
            // Who were told the same time do not come back at the same moment.
            let asked_for = error.retry_after().unwrap_or_default();
            let delay = asked_for.saturating_add(jittered);
            if delay >= end - Instant::now() {
                return Err(error);
            }
            if !self.budget.spend() {
                self.metrics.retries_denied.inc();
                return Err(error);
            }
            self.metrics.retries.inc();
            tracing::debug!(
                country.code = country.code(),
                failure.kind = error.kind().slug(),
                delay_ms = delay.as_millis(),
                "asking again"
            );
            sleep(delay).await;
        }
    }
}

impl UniversitySource for Retried {
    fn listing<'a>(
        &'a self,
        country: &'a Country,
    ) -> BoxFuture<'a, Result<CountryListing, SourceError>> {
        self.ask(country).boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::super::Phase;
    use super::super::scripted::{Act, Scripted, answers, fails, ms, turkey};
    use super::*;

    const SETTINGS: RetrySettings = RetrySettings {
        most: 2,
        delay: Duration::from_millis(100),
        longest_delay: Duration::from_secs(1),
        total_timeout: Duration::from_secs(5),
    };

    fn around(acts: impl IntoIterator<Item = Act>) -> (Arc<Scripted>, Retried) {
        let inner = Scripted::new(acts);
        (
            Arc::clone(&inner),
            Retried::new(inner, SETTINGS, Metrics::default()),
        )
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_transient_is_tried_again_and_counted() {
        let (inner, retried) = around([fails(1), fails(1), answers(1)]);
        let listing = retried.listing(&turkey()).await.expect("the third time");
        assert_eq!((inner.calls(), listing.attempts), (3, 3));
    }

    #[tokio::test(start_paused = true)]
    async fn two_more_and_not_a_third() {
        let (inner, retried) = around([fails(1)]);
        assert!(retried.listing(&turkey()).await.is_err());
        assert_eq!(inner.calls(), 3);
    }

    #[tokio::test(start_paused = true)]
    async fn what_will_not_change_is_not_tried_again() {
        let (inner, retried) = around([(ms(1), Err(SourceError::Refused { status: 404 }))]);
        assert!(retried.listing(&turkey()).await.is_err());
        assert_eq!(inner.calls(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn delays_are_random_and_never_longer_than_the_schedule() {
        let mut delays = Vec::new();
        let (_, retried) = around([fails(0)]);
        for _ in 0..3 {
            let began = Instant::now();
            assert!(retried.listing(&turkey()).await.is_err());
            assert!(
                began.elapsed() <= ms(100 + 200 + 2),
                "{:?}",
                began.elapsed()
            );
            delays.push(began.elapsed());
        }
        delays.dedup();
        assert!(delays.len() > 1, "all the same: {delays:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn who_says_when_is_asked_then_and_not_at_all_when_that_is_too_late() {
        let unavailable = |seconds| SourceError::Unavailable {
            retry_after: Some(Duration::from_secs(seconds)),
        };
        let (inner, retried) = around([(ms(0), Err(unavailable(2))), answers(0)]);
        let began = Instant::now();
        assert!(retried.listing(&turkey()).await.is_ok());
        assert_eq!((inner.calls(), began.elapsed().as_secs()), (2, 2));
        for too_late in [5, u64::MAX] {
            let (inner, retried) = around([(ms(0), Err(unavailable(too_late)))]);
            let began = Instant::now();
            assert!(retried.listing(&turkey()).await.is_err());
            assert_eq!((inner.calls(), began.elapsed()), (1, Duration::ZERO));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn all_attempts_together_have_their_time() {
        let (inner, retried) = around([fails(3_000), answers(3_000)]);
        let began = Instant::now();
        let error = retried.listing(&turkey()).await.expect_err("too late");
        let total = Phase::Total;
        assert!(matches!(error, SourceError::Timeout { phase, .. } if phase == total));
        assert_eq!(
            (inner.calls(), began.elapsed()),
            (2, SETTINGS.total_timeout)
        );
    }

    #[tokio::test(start_paused = true)]
    async fn an_upstream_that_always_fails_sees_a_fifth_more_and_the_reserve() {
        let (inner, retried) = around([fails(0)]);
        for _ in 0..1000 {
            assert!(retried.listing(&turkey()).await.is_err());
        }
        assert_eq!(inner.calls(), 1000 + 200 + 6);
        assert_eq!(retried.metrics.retries.get(), 206);
    }
}
