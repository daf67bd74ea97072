//! Hedged: when the first call takes longer than nearly all do, a second one may overtake it.
//!
//! (J. Dean and L. A. Barroso, *The Tail at Scale*, Communications of the ACM 56(2), 2013.) The second
//! call begins when the first has taken as long as 95 of 100 do; the first to answer wins and the other
//! is cancelled. A budget keeps hedges at a twentieth of all calls, so that an upstream which has
//! become slow as a whole does not get twice the load.

use std::sync::Arc;

use futures::future::{BoxFuture, FutureExt, select_ok};
use tokio::time::{Instant, timeout};

use super::budget::Budget;
use super::latencies::Latencies;
use super::{SourceError, UniversitySource};
use crate::domain::{Country, CountryListing};
use crate::telemetry::Metrics;

/// Hedges there may be for each call.
const SHARE: f64 = 0.05;

/// The most hedges that quiet times save up for bad ones.
const MOST_SAVED: f64 = 10.0;

/// How much longer than the 95th percentile the first call may take. Where latencies lie close
/// together, the percentile itself is hardly longer than what is usual, and a hedge for each twentieth
/// call would leave none for the slow ones.
const MARGIN: f64 = 1.1;

/// A source that is asked a second time when it is slow.
#[derive(Debug)]
pub struct Hedged {
    inner: Arc<dyn UniversitySource>,
    latencies: Latencies,
    budget: Budget,
    metrics: Metrics,
}

impl Hedged {
    /// Asks `inner` a second time when it is slow.
    pub fn new(inner: Arc<dyn UniversitySource>, metrics: Metrics) -> Self {
        Self {
            inner,
            latencies: Latencies::default(),
            budget: Budget::new(SHARE, 0.0, MOST_SAVED),
            metrics,
        }
    }

    async fn ask(&self, country: &Country) -> Result<CountryListing, SourceError> {
        self.budget.earn();
        let mut first = self.timed(country);
        let Some(usual) = self.latencies.p95() else {
            return first.await;
        };
        let slow = usual.mul_f64(MARGIN);
        if let Ok(answer) = timeout(slow, &mut first).await {
            return answer;
        }
        if !self.budget.spend() {
            return first.await;
        }
        self.overtake(first, country).await
    }

    /// Lets a second call run against the first; the first list wins, and an error only when both fail.
    async fn overtake<'a>(
        &'a self,
        first: BoxFuture<'a, Result<CountryListing, SourceError>>,
        country: &'a Country,
    ) -> Result<CountryListing, SourceError> {
        let mut hedge = Hedge {
            metrics: &self.metrics,
            won: false,
        };
        let first = first
            .map(|answer| answer.map(|listing| (listing, false)))
            .boxed();
        let second = self
            .timed(country)
            .map(|answer| answer.map(|listing| (listing, true)))
            .boxed();
        let ((listing, won), _cancelled) = select_ok([first, second]).await?;
        hedge.won = won;
        Ok(listing.after(1))
    }

    /// A call whose time is remembered when it answers.
    fn timed<'a>(
        &'a self,
        country: &'a Country,
    ) -> BoxFuture<'a, Result<CountryListing, SourceError>> {
        async move {
            let began = Instant::now();
            let listing = self.inner.listing(country).await?;
            self.latencies.note(began.elapsed());
            Ok(listing)
        }
        .boxed()
    }
}

/// A second call, counted when it is over, cancelled or not.
struct Hedge<'a> {
    metrics: &'a Metrics,
    won: bool,
}

impl Drop for Hedge<'_> {
    fn drop(&mut self) {
        if self.won {
            self.metrics.hedges_won.inc();
        } else {
            self.metrics.hedges_lost.inc();
        }
    }
}

impl UniversitySource for Hedged {
    fn listing<'a>(
        &'a self,
        country: &'a Country,
    ) -> BoxFuture<'a, Result<CountryListing, SourceError>> {
        self.ask(country).boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::super::scripted::{Act, Scripted, answers, fails, ms, turkey};
    use super::*;
    use futures::future::join_all;
    use std::time::Duration;

    /// Around a source that has answered forty calls in 100 ms each, which earns two hedges.
    async fn accustomed(acts: impl IntoIterator<Item = Act>) -> (Arc<Scripted>, Hedged) {
        let inner = Scripted::new([answers(100)]);
        let hedged = Hedged::new(inner.clone(), Metrics::default());
        for _ in 0..40 {
            hedged.listing(&turkey()).await.expect("an answer");
        }
        assert_eq!(inner.calls(), 40, "none was slow");
        inner.then(acts);
        (inner, hedged)
    }

    #[tokio::test(start_paused = true)]
    async fn a_second_call_overtakes_a_slow_one_which_is_cancelled() {
        let (inner, hedged) = accustomed([answers(10_000), answers(100)]).await;
        let began = Instant::now();
        let listing = hedged.listing(&turkey()).await.expect("an answer");
        assert_eq!(began.elapsed(), ms(110 + 100));
        assert_eq!(listing.attempts, 2);
        assert_eq!((inner.calls(), inner.counts().in_flight), (42, 0));
        assert_eq!(hedged.metrics.hedges_won.get(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn the_first_may_still_win() {
        let (inner, hedged) = accustomed([answers(150), answers(100)]).await;
        let began = Instant::now();
        hedged.listing(&turkey()).await.expect("an answer");
        assert_eq!(began.elapsed(), ms(150));
        assert_eq!(inner.counts().in_flight, 0);
        assert_eq!(hedged.metrics.hedges_lost.get(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_fails_does_not_end_the_other() {
        let (_, hedged) = accustomed([answers(300), fails(10)]).await;
        assert!(hedged.listing(&turkey()).await.is_ok());
        let (_, hedged) = accustomed([fails(150), answers(100)]).await;
        assert!(hedged.listing(&turkey()).await.is_ok());
        let (_, hedged) = accustomed([fails(150), fails(100)]).await;
        assert!(hedged.listing(&turkey()).await.is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_that_fails_before_it_is_slow_has_no_second() {
        let (inner, hedged) = accustomed([fails(10)]).await;
        assert!(hedged.listing(&turkey()).await.is_err());
        assert_eq!(inner.calls(), 41);
    }

    #[tokio::test(start_paused = true)]
    async fn an_upstream_that_is_slow_as_a_whole_sees_a_twentieth_more() {
        let (inner, hedged) = accustomed([answers(10_000)]).await;
        for _ in 0..60 {
            hedged.listing(&turkey()).await.expect("an answer");
        }
        // Once all are slow, slow is what is usual.
        assert!(inner.calls() <= 100 + 5, "{}", inner.calls());
    }

    /// The median and the 99th percentile of calls for three countries at once, of whose answers
    /// one in a hundred takes ten times as long.
    async fn of_three_at_once(source: &dyn UniversitySource) -> (Duration, Duration) {
        let country = turkey();
        let mut took = Vec::new();
        for _ in 0..1500 {
            let began = Instant::now();
            join_all((0..3).map(|_| source.listing(&country))).await;
            took.push(began.elapsed());
        }
        took.sort_unstable();
        (took[took.len() / 2], took[took.len() * 99 / 100])
    }

    #[tokio::test(start_paused = true)]
    async fn one_slow_answer_in_a_hundred_is_hardly_seen() {
        let mut chance = fastrand::Rng::with_seed(1);
        let mut act = || {
            let usual = chance.u64(80..120);
            answers(if chance.u8(0..100) == 0 {
                10 * usual
            } else {
                usual
            })
        };
        let acts: Vec<_> = (0..10_000).map(|_| act()).collect();
        let plain = Scripted::new(acts.clone());
        let (median, late) = of_three_at_once(&*plain).await;
        assert!(late > 5 * median, "{late:?} without hedging, {median:?}");
        let inner = Scripted::new(acts);
        let hedged = Hedged::new(inner.clone(), Metrics::default());
        let (median, late) = of_three_at_once(&hedged).await;
        assert!(2 * late < 5 * median, "{late:?} with hedging, {median:?}");
        assert!(inner.calls() <= 4500 * 105 / 100, "{}", inner.calls());
    }

    #[tokio::test(start_paused = true)]
    async fn who_leaves_cancels_both() {
        let (inner, hedged) = accustomed([answers(10_000)]).await;
        let left = timeout(Duration::from_secs(1), hedged.listing(&turkey())).await;
        assert!(left.is_err());
        assert_eq!((inner.calls(), inner.counts().in_flight), (42, 0));
    }
}
