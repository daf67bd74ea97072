//! Guarded: an upstream that fails is left alone for a while.
//!
//! The circuit is looked at twice: at the gate, so that nobody queues for an upstream that is not asked,
//! and behind the queue, so that those who were queueing when it opened do not ask either.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::future::{BoxFuture, FutureExt};
use tokio::time::Instant;

use super::breaker::{Breaker, BreakerSettings, Circuit, Ended, Pass};
use super::{SourceError, UniversitySource};
use crate::domain::{Country, CountryListing};
use crate::telemetry::Metrics;
use crate::telemetry::metrics::Of;

/// A source behind a circuit.
#[derive(Debug)]
pub struct Guarded {
    inner: Arc<dyn UniversitySource>,
    guard: Arc<Guard>,
}

/// A source whose calls end at a circuit, which turns them away before they get that far.
#[derive(Debug)]
pub struct Gate {
    inner: Arc<dyn UniversitySource>,
    guard: Arc<Guard>,
}

#[derive(Debug)]
struct Guard {
    breaker: Mutex<Breaker>,
    upstream: usize,
    metrics: Metrics,
}

/// A call that has been let through; one that is dropped before it ended was cancelled.
struct Let<'a> {
    guard: &'a Guard,
    pass: Pass,
    ended: Ended,
}

impl Guarded {
    /// Puts a circuit in front of `inner`, the upstream at that place in the settings.
    pub fn new(
        inner: Arc<dyn UniversitySource>,
        settings: BreakerSettings,
        upstream: usize,
        metrics: Metrics,
    ) -> Self {
        metrics.circuit.get_or_create(&Of { upstream }).set(0);
        let guard = Guard {
            breaker: Mutex::new(Breaker::new(settings)),
            upstream,
            metrics,
        };
        Self {
            inner,
            guard: Arc::new(guard),
        }
    }

    /// Turns calls away from `outer`, which calls this source in the end, while the circuit is open.
    #[must_use]
    pub fn gate(&self, outer: Arc<dyn UniversitySource>) -> Gate {
        Gate {
            inner: outer,
            guard: Arc::clone(&self.guard),
        }
    }

    async fn ask(&self, country: &Country) -> Result<CountryListing, SourceError> {
        let admitted = self.guard.with(|breaker| breaker.admit(Instant::now()));
        let pass = admitted.map_err(|retry_after| SourceError::CircuitOpen { retry_after })?;
        let mut call = Let {
            guard: &self.guard,
            pass,
            ended: Ended::Cancelled,
        };
        let result = self.inner.listing(country).await;
        call.ended = match &result {
            Ok(_) => Ended::Well,
            Err(error) => ended(error),
        };
        drop(call);
        result
    }
}

/// What an error says of the upstream.
fn ended(error: &SourceError) -> Ended {
    let asks = matches!(
        error,
        SourceError::Unavailable { .. } | SourceError::RateLimited { .. }
    );
    match error.retry_after().filter(|pause| asks && !pause.is_zero()) {
        Some(pause) => Ended::LeaveAlone(pause),
        None if matches!(error, SourceError::Timeout { .. }) => Ended::TimedOut,
        None if error.is_outage() => Ended::Badly,
        None => Ended::Well,
    }
}

impl Guard {
    /// Decides on a call, and says so when that changed the circuit.
    fn with<T>(&self, decide: impl FnOnce(&mut Breaker) -> T) -> T {
        let mut breaker = self.lock();
        let before = breaker.circuit();
        let decided = decide(&mut breaker);
        let after = breaker.circuit();
        drop(breaker);
        if after != before {
            let upstream = self.upstream;
            let gauge = self.metrics.circuit.get_or_create(&Of { upstream });
            match after {
                Circuit::Closed => {
                    gauge.set(0);
                    tracing::info!(upstream, "circuit closed, the upstream is well again");
                }
                Circuit::HalfOpen => {
                    gauge.set(1);
                    tracing::debug!(upstream, "circuit half-open, one call finds out");
                }
                Circuit::Open => {
                    gauge.set(2);
                    tracing::warn!(upstream, "circuit open, the upstream is left alone");
                }
            }
        }
        decided
    }

    fn lock(&self) -> MutexGuard<'_, Breaker> {
        self.breaker.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Let<'_> {
    fn drop(&mut self) {
        let (pass, ended) = (self.pass, self.ended);
        self.guard
            .with(|breaker| breaker.note(pass, ended, Instant::now()));
    }
}

impl UniversitySource for Guarded {
    fn listing<'a>(
        &'a self,
        country: &'a Country,
    ) -> BoxFuture<'a, Result<CountryListing, SourceError>> {
        self.ask(country).boxed()
    }
}

impl UniversitySource for Gate {
    fn listing<'a>(
        &'a self,
        country: &'a Country,
    ) -> BoxFuture<'a, Result<CountryListing, SourceError>> {
        async move {
            if let Some(retry_after) = self.guard.lock().refuses(Instant::now()) {
                return Err(SourceError::CircuitOpen { retry_after });
            }
            self.inner.listing(country).await
        }
        .boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::super::scripted::{Act, Scripted, answers, fails, ms, turkey};
    use super::*;
    use std::time::Duration;

    use super::super::limited::{Limit, Limited};
    use futures::future::join_all;
    use tokio::time::{advance, timeout};

    fn around(acts: impl IntoIterator<Item = Act>) -> (Arc<Scripted>, Guarded) {
        let inner = Scripted::new(acts);
        let settings = BreakerSettings::default();
        let guarded = Guarded::new(inner.clone(), settings, 0, Metrics::default());
        (inner, guarded)
    }

    fn gauge(guarded: &Guarded) -> i64 {
        let of = Of { upstream: 0 };
        guarded.guard.metrics.circuit.get_or_create(&of).get()
    }

    async fn opened() -> (Arc<Scripted>, Guarded) {
        let (inner, guarded) = around([fails(0)]);
        for _ in 0..20 {
            assert!(guarded.listing(&turkey()).await.is_err());
        }
        assert_eq!((inner.calls(), gauge(&guarded)), (20, 2));
        (inner, guarded)
    }

    #[tokio::test(start_paused = true)]
    async fn an_upstream_that_fails_is_not_asked_and_nobody_waits() {
        let (inner, guarded) = opened().await;
        let began = Instant::now();
        let error = guarded.listing(&turkey()).await.expect_err("left alone");
        assert!(matches!(error, SourceError::CircuitOpen { .. }), "{error}");
        assert_eq!(error.retry_after(), Some(Duration::from_secs(1)));
        assert_eq!((inner.calls(), began.elapsed()), (20, Duration::ZERO));
    }

    #[tokio::test(start_paused = true)]
    async fn one_call_finds_out_whether_it_is_well_again() {
        let (inner, guarded) = opened().await;
        inner.then([answers(100)]);
        advance(Duration::from_secs(1)).await;
        let country = turkey();
        let probe = guarded.listing(&country);
        let another = async {
            tokio::time::sleep(ms(50)).await;
            assert_eq!(gauge(&guarded), 1);
            guarded.listing(&country).await
        };
        let (probed, refused) = tokio::join!(probe, another);
        assert!(probed.is_ok());
        assert!(refused.is_err());
        assert_eq!((inner.calls(), gauge(&guarded)), (21, 0));
    }

    #[tokio::test(start_paused = true)]
    async fn a_probe_that_is_cancelled_frees_its_place() {
        let (inner, guarded) = opened().await;
        inner.then([answers(10_000), answers(1)]);
        advance(Duration::from_secs(1)).await;
        let left = timeout(ms(10), guarded.listing(&turkey())).await;
        assert!(left.is_err());
        assert!(guarded.listing(&turkey()).await.is_ok());
        assert_eq!(gauge(&guarded), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn a_country_that_cannot_be_had_says_nothing_of_the_others() {
        let (inner, guarded) = around([(ms(0), Err(SourceError::Refused { status: 404 }))]);
        for _ in 0..40 {
            assert!(guarded.listing(&turkey()).await.is_err());
        }
        assert_eq!((inner.calls(), gauge(&guarded)), (40, 0));
    }

    #[tokio::test(start_paused = true)]
    async fn who_asks_to_be_left_alone_is() {
        let retry_after = Some(Duration::from_secs(7));
        for error in [
            SourceError::Unavailable { retry_after },
            SourceError::RateLimited { retry_after },
        ] {
            let (inner, guarded) = around([(ms(0), Err(error))]);
            assert!(guarded.listing(&turkey()).await.is_err());
            let error = guarded.listing(&turkey()).await.expect_err("left alone");
            assert_eq!((inner.calls(), error.retry_after()), (1, retry_after));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn who_was_queueing_when_it_opened_is_turned_away_too() {
        let retry_after = Some(Duration::from_secs(30));
        let inner = Scripted::new([(ms(100), Err(SourceError::Unavailable { retry_after }))]);
        let metrics = Metrics::default();
        let settings = BreakerSettings::default();
        let guarded = Arc::new(Guarded::new(inner.clone(), settings, 0, metrics.clone()));
        let limited = Limited::new(guarded.clone(), Limit::Fixed(4), 0, metrics);
        let gate = guarded.gate(Arc::new(limited));
        let country = turkey();
        let began = Instant::now();
        let all = join_all((0..200).map(|_| gate.listing(&country))).await;
        assert!(all.iter().all(Result::is_err));
        assert_eq!((inner.calls(), began.elapsed()), (4, ms(100)));
        assert!(gate.listing(&country).await.is_err());
        assert_eq!((inner.calls(), began.elapsed()), (4, ms(100)));
    }
}
