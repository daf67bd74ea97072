//! Limited: only so many calls at a time, as many as the upstream can take.
//!
//! The limit grows by one for each round of calls that succeed, and shrinks by a tenth when the upstream
//! shows that it has too much to do: additive increase, multiplicative decrease (D.-M. Chiu and R. Jain,
//! *Analysis of the Increase and Decrease Algorithms for Congestion Avoidance in Computer Networks*,
//! Computer Networks and ISDN Systems 17, 1989), which makes several who share an upstream share it
//! fairly. The factor is gentler than TCP's half, because a call is a whole answer and not a packet. It
//! shows so by failing, or by taking much longer than before (`delay`).
//!
//! As many may wait as will have their turn while somebody waits for it. The others are refused at once,
//! which is better than an answer that comes too late.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::future::{BoxFuture, FutureExt};
use tokio::time::{Instant, timeout};

use super::call::Turn;
use super::delay::{Delay, Said};
use super::queue::FairQueue;
use super::{SourceError, UniversitySource};
use crate::domain::{Country, CountryListing};
use crate::telemetry::Metrics;
use crate::telemetry::metrics::Of;

/// What is left of the limit when there was too much.
const DECREASE: f64 = 0.9;

/// The least limit that delay alone leads to: what is slow is still of use.
const LEAST_BY_DELAY: f64 = 8.0;

/// The most calls that wait.
const MOST_QUEUED: usize = 1024;

/// How long calls should wait for their turn at most: for so many there is room.
const LONGEST_WAIT: Duration = Duration::from_secs(7);

/// How long a call does wait: less than there is for a country by default, so that who waits in vain is
/// told why.
const PATIENCE: Duration = Duration::from_secs(8);

/// How many calls there may be at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// As many as the upstream can take: begins with the first number, and is never above the second.
    Adaptive(usize, usize),
    /// So many.
    Fixed(usize),
}

impl Default for Limit {
    fn default() -> Self {
        Self::Adaptive(32, 256)
    }
}

/// A source that is asked only so much at a time.
#[derive(Debug)]
pub struct Limited {
    inner: Arc<dyn UniversitySource>,
    limit: Limit,
    queue: FairQueue,
    adapted: Mutex<Adapted>,
    upstream: usize,
    metrics: Metrics,
}

#[derive(Debug)]
struct Adapted {
    limit: f64,
    /// When it was last lowered: calls that began before say nothing new.
    lowered: Instant,
    delay: Delay,
    /// What calls said last, and when.
    said: Option<(Said, Instant)>,
}

impl Limited {
    /// Limits the calls of `inner`, the upstream at that place in the settings.
    pub fn new(
        inner: Arc<dyn UniversitySource>,
        limit: Limit,
        upstream: usize,
        metrics: Metrics,
    ) -> Self {
        let first = match limit {
            Limit::Adaptive(first, _) | Limit::Fixed(first) => first,
        };
        let limited = Self {
            inner,
            limit,
            queue: FairQueue::new(first),
            adapted: Mutex::new(Adapted {
                #[expect(clippy::cast_precision_loss, reason = "limits are small")]
                limit: first as f64,
                lowered: Instant::now(),
                delay: Delay::new(Instant::now()),
                said: None,
            }),
            upstream,
            metrics,
        };
        limited.show(first);
        limited
    }

    fn show(&self, places: usize) {
        let upstream = self.upstream;
        let places = i64::try_from(places).unwrap_or(i64::MAX);
        let gauge = self.metrics.attempts_limit.get_or_create(&Of { upstream });
        gauge.set(places);
    }

    /// Learns from a call that began then and found so many others in flight.
    fn learn(
        &self,
        began: Instant,
        in_flight: usize,
        result: &Result<CountryListing, SourceError>,
    ) {
        let Limit::Adaptive(_, most) = self.limit else {
            return;
        };
        let mut adapted = self.adapted();
        let now = Instant::now();
        match result {
            Ok(_) => adapted.succeeded(now - began, now, in_flight, most),
            Err(error) if error.is_congestion() && began >= adapted.lowered => {
                adapted.lower(now, 1.0);
            }
            Err(_) => return,
        }
        let places = adapted.places();
        drop(adapted);
        self.queue.resize(places);
        self.show(places);
    }

    fn adapted(&self) -> MutexGuard<'_, Adapted> {
        self.adapted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn ask(&self, country: &Country) -> Result<CountryListing, SourceError> {
        let queued = Instant::now();
        let room = self.adapted().most_waiting(queued);
        let place = timeout(PATIENCE, self.queue.enter(Turn::current(), room)).await;
        let place = place.ok().and_then(Result::ok);
        let _place = place.ok_or(SourceError::Overloaded)?;
        let began = Instant::now();
        let upstream = self.upstream;
        let durations = &self.metrics.queue_seconds;
        let waited = began - queued;
        durations.get_or_create(&Of { upstream }).observe(waited);
        let in_flight = self.queue.taken();
        let result = self.inner.listing(country).await;
        self.learn(began, in_flight, &result);
        result
    }
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "limits are at least 1, and small"
)]
impl Adapted {
    /// A call has brought a list after so long, with so many in flight when it began.
    fn succeeded(&mut self, took: Duration, now: Instant, in_flight: usize, most: usize) {
        if let Some(said) = self.delay.note(took, now) {
            self.said = Some((said, now));
            if said.much_longer {
                self.lower(now, LEAST_BY_DELAY);
            }
        }
        let well = !self.said.is_some_and(|(said, _)| said.much_longer);
        // A limit that nobody reaches is not found to be too low.
        if well && in_flight as f64 * 2.0 >= self.limit {
            self.limit = (self.limit + 1.0 / self.limit).min(most as f64);
        }
    }

    fn lower(&mut self, now: Instant, least: f64) {
        self.limit = (self.limit * DECREASE).max(least.min(self.limit));
        self.lowered = now;
    }

    fn places(&self) -> usize {
        self.limit as usize
    }

    /// How many have their turn within the longest wait, as far as is known: what was said longer ago than
    /// that says nothing.
    fn most_waiting(&self, now: Instant) -> usize {
        let said = self.said.filter(|(_, when)| now - *when < LONGEST_WAIT);
        let Some((said, _)) = said.filter(|(said, _)| !said.median.is_zero()) else {
            return MOST_QUEUED;
        };
        let rounds = LONGEST_WAIT.div_duration_f64(said.median);
        (self.limit * rounds).clamp(1.0, MOST_QUEUED as f64) as usize
    }
}

impl UniversitySource for Limited {
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
    use super::super::scripted::{Scripted, answers, ms, turkey};
    use super::*;
    use futures::future::join_all;

    async fn all_at_once(limited: &Limited, calls: usize) {
        let country = turkey();
        join_all((0..calls).map(|_| limited.listing(&country))).await;
    }

    fn limit(limited: &Limited) -> i64 {
        let of = Of { upstream: 0 };
        limited.metrics.attempts_limit.get_or_create(&of).get()
    }

    #[tokio::test(start_paused = true)]
    async fn there_are_never_more_at_a_time() {
        let inner = Scripted::new([answers(10)]);
        let limited = Limited::new(inner.clone(), Limit::Fixed(3), 0, Metrics::default());
        let began = Instant::now();
        all_at_once(&limited, 10).await;
        assert_eq!(inner.counts().most_in_flight, 3);
        assert_eq!(began.elapsed(), ms(40));
    }

    #[tokio::test(start_paused = true)]
    async fn the_limit_grows_while_it_is_used_and_calls_succeed() {
        let inner = Scripted::new([answers(10)]);
        let limited = Limited::new(inner, Limit::Adaptive(4, 8), 0, Metrics::default());
        for _ in 0..100 {
            all_at_once(&limited, 1).await;
        }
        assert_eq!(limit(&limited), 4, "one at a time says nothing of more");
        all_at_once(&limited, 100).await;
        assert_eq!(limit(&limited), 8);
    }

    #[tokio::test(start_paused = true)]
    async fn the_limit_falls_once_for_all_that_failed_together_and_never_to_nothing() {
        let (phase, limit_of_it) = (Phase::Headers, ms(10));
        let slow = SourceError::Timeout {
            phase,
            limit: limit_of_it,
        };
        let inner = Scripted::new([(ms(10), Err(slow))]);
        let limited = Limited::new(inner, Limit::Adaptive(10, 20), 0, Metrics::default());
        all_at_once(&limited, 10).await;
        assert_eq!(limit(&limited), 9);
        for _ in 0..100 {
            all_at_once(&limited, 1).await;
        }
        assert_eq!(limit(&limited), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn the_limit_falls_when_calls_take_much_longer_and_fewer_wait() {
        let quick = std::iter::repeat_n(answers(50), 64);
        let inner = Scripted::new(quick.chain([answers(1000)]));
        let limited = Limited::new(inner, Limit::Adaptive(20, 20), 0, Metrics::default());
        all_at_once(&limited, 64).await;
        assert_eq!(limit(&limited), 20);
        all_at_once(&limited, 160).await;
        assert!(limit(&limited) < 20);
        all_at_once(&limited, 80).await;
        assert_eq!(limit(&limited), 8, "what is slow is still of use");
        // Eight a second for seven seconds, and eight that need not wait.
        let country = turkey();
        let calls = (0..250).map(|_| limited.listing(&country));
        let answered = join_all(calls).await.into_iter().flatten();
        assert_eq!(answered.count(), 64);
    }

    #[tokio::test(start_paused = true)]
    async fn too_many_waiting_are_refused_at_once() {
        let inner = Scripted::new([answers(1)]);
        let limited = Limited::new(inner, Limit::Fixed(1), 0, Metrics::default());
        let country = turkey();
        let calls = (0..MOST_QUEUED + 2).map(|_| limited.listing(&country));
        let refused = join_all(calls).await.into_iter().filter(Result::is_err);
        assert_eq!(refused.count(), 1);
    }
}
