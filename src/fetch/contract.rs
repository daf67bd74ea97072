//! What every strategy must hold to, whichever it is.
//!
//! The suite runs on each strategy with the window it claims. Time is paused except where a
//! real socket takes part; what has to be waited for is waited for as an event.

mod scripted;
mod slow_reader;

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use futures::future::FutureExt;
use proptest::prelude::{BoxedStrategy, Just, ProptestConfig, Strategy, prop_oneof, proptest};
use tokio::time::Instant;

use self::scripted::{Part, Scripted};
use super::{Bounded, Concurrent, FetchStrategy, Sequential};
use crate::domain::{Country, CountryOutcome, FailureKind, FetchPlan};
use crate::source::UniversitySource;

/// Longer than any test takes: reaching it means that what was waited for never came.
const NEVER: Duration = Duration::from_secs(30);

fn countries(number: usize) -> Vec<Country> {
    Country::all().take(number).collect()
}

fn plan(countries: &[Country], deadline: Duration) -> FetchPlan {
    FetchPlan {
        countries: countries.to_vec(),
        deadline: Instant::now() + deadline,
    }
}

async fn outcomes(
    strategy: &dyn FetchStrategy,
    source: Arc<dyn UniversitySource>,
    plan: FetchPlan,
) -> Vec<CountryOutcome> {
    strategy.fetch(source, plan).collect().await
}

/// Every country has exactly one outcome. Returns them by country.
fn exactly_once(
    countries: &[Country],
    outcomes: Vec<CountryOutcome>,
) -> HashMap<Country, CountryOutcome> {
    let given = outcomes.len();
    let by_country: HashMap<_, _> = outcomes.into_iter().map(|o| (o.country, o)).collect();
    assert_eq!(given, by_country.len(), "a country has two outcomes");
    assert_eq!(given, countries.len(), "a country has no outcome");
    assert!(countries.iter().all(|c| by_country.contains_key(c)));
    by_country
}

fn kind(outcome: &CountryOutcome) -> Option<FailureKind> {
    outcome.result.as_ref().err().map(|failure| failure.kind)
}

/// Data and failures alike are one outcome each, and the window is used but never exceeded.
async fn one_outcome_each(strategy: &dyn FetchStrategy, window: usize) {
    let countries = countries(12);
    let source = Scripted::observed(&countries, |i| {
        if i % 3 == 0 {
            Part::Fail(20)
        } else {
            Part::Answer(30)
        }
    });
    let outcomes = outcomes(strategy, source.clone(), plan(&countries, NEVER)).await;
    let by_country = exactly_once(&countries, outcomes);
    for (i, country) in countries.iter().enumerate() {
        let expected = (i % 3 == 0).then_some(FailureKind::UpstreamTimeout);
        assert_eq!(kind(&by_country[country]), expected, "{country:?}");
    }
    let counts = source.counts();
    assert_eq!(counts.started, countries.len());
    assert_eq!(counts.in_flight, 0);
    assert_eq!(counts.most_in_flight, window.min(countries.len()));
}

/// At the deadline, calls that hang and calls that never began are failures; what came before
/// it is data; and the stream ends at the deadline, not after it.
async fn one_outcome_each_at_the_deadline(strategy: &dyn FetchStrategy, window: usize) {
    let countries = countries(9);
    let deadline = Duration::from_millis(100);
    let source = Scripted::observed(&countries, |i| {
        if i == 0 { Part::Answer(10) } else { Part::Hang }
    });
    let begun = Instant::now();
    let outcomes = outcomes(strategy, source.clone(), plan(&countries, deadline)).await;
    assert!(begun.elapsed() <= deadline + Duration::from_millis(2));
    let by_country = exactly_once(&countries, outcomes);
    assert_eq!(kind(&by_country[&countries[0]]), None);
    for country in &countries[1..] {
        assert_eq!(
            kind(&by_country[country]),
            Some(FailureKind::DeadlineExceeded)
        );
    }
    let counts = source.counts();
    // Those whose turn comes after the deadline are asked for what is at hand.
    assert_eq!(counts.started, countries.len());
    assert_eq!(counts.most_in_flight, window.min(countries.len()));
    assert_eq!(counts.in_flight, 0, "a call outlived the deadline");
}

/// A panic costs its own country and no other.
async fn one_outcome_each_on_panic(strategy: &dyn FetchStrategy) {
    let countries = countries(7);
    let source = Scripted::observed(&countries, |i| {
        if i % 2 == 1 {
            Part::Panic
        } else {
            Part::Answer(10)
        }
    });
    let outcomes = outcomes(strategy, source, plan(&countries, NEVER)).await;
    let by_country = exactly_once(&countries, outcomes);
    for (i, country) in countries.iter().enumerate() {
        let expected = (i % 2 == 1).then_some(FailureKind::Internal);
        assert_eq!(kind(&by_country[country]), expected, "{country:?}");
    }
}

/// A stream that nobody polls asks for nothing.
async fn nothing_is_called_before_it_is_read(strategy: &dyn FetchStrategy) {
    let countries = countries(3);
    let source = Scripted::observed(&countries, |_| Part::Answer(0));
    let stream = strategy.fetch(source.clone(), plan(&countries, NEVER));
    tokio::task::yield_now().await;
    assert_eq!(source.counts().started, 0);
    drop(stream);
}

/// Dropping the stream aborts its calls, before any other time passes.
async fn dropping_the_stream_aborts_its_calls(strategy: &dyn FetchStrategy) {
    let countries = countries(6);
    let source = Scripted::observed(&countries, |i| {
        if i == 0 { Part::Answer(10) } else { Part::Hang }
    });
    let mut stream = strategy.fetch(source.clone(), plan(&countries, NEVER));
    stream.next().await.expect("the first country answers");
    // Reading on puts the next calls in flight where the window has not done so already.
    assert!(stream.next().now_or_never().is_none());
    tokio::task::yield_now().await;
    assert!(source.counts().in_flight > 0);
    let dropped = Instant::now();
    drop(stream);
    while source.counts().in_flight > 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(dropped.elapsed(), Duration::ZERO);
}

/// With a window of one, outcomes come in the order asked, whatever each call takes.
async fn sequential_keeps_the_order(strategy: &dyn FetchStrategy) {
    let countries = countries(8);
    let source = Scripted::observed(&countries, |i| Part::Answer(80 - 10 * i as u64));
    let outcomes = outcomes(strategy, source, plan(&countries, NEVER)).await;
    let order: Vec<_> = outcomes.iter().map(|o| o.country).collect();
    assert_eq!(order, countries);
}

/// With a wider window, outcomes come as calls complete.
async fn others_give_what_is_there_first(strategy: &dyn FetchStrategy) {
    let countries = countries(2);
    let source = Scripted::observed(&countries, |i| Part::Answer(if i == 0 { 50 } else { 10 }));
    let outcomes = outcomes(strategy, source, plan(&countries, NEVER)).await;
    assert_eq!(outcomes[0].country, countries[1]);
}

fn paused(test: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .expect("a runtime")
        .block_on(test);
}

macro_rules! contract {
    ($name:ident, $strategy:expr, $window:expr) => {
        mod $name {
            use super::*;

            #[test]
            fn one_outcome_each() {
                paused(super::one_outcome_each(&$strategy, $window));
            }

            #[test]
            fn one_outcome_each_at_the_deadline() {
                paused(super::one_outcome_each_at_the_deadline(&$strategy, $window));
            }

            #[test]
            fn one_outcome_each_on_panic() {
                paused(super::one_outcome_each_on_panic(&$strategy));
            }

            #[test]
            fn nothing_is_called_before_it_is_read() {
                paused(super::nothing_is_called_before_it_is_read(&$strategy));
            }

            #[test]
            fn dropping_the_stream_aborts_its_calls() {
                paused(super::dropping_the_stream_aborts_its_calls(&$strategy));
            }

            #[test]
            fn the_order_is_as_promised() {
                paused(async {
                    if $window == 1 {
                        super::sequential_keeps_the_order(&$strategy).await;
                    } else {
                        super::others_give_what_is_there_first(&$strategy).await;
                    }
                });
            }

            #[tokio::test]
            async fn a_slow_reader_stalls_no_running_call() {
                super::slow_reader::a_slow_reader_stalls_no_running_call(&$strategy, $window).await;
            }
        }
    };
}

contract!(sequential, Sequential, 1);
contract!(concurrent, Concurrent, usize::MAX);
contract!(bounded_1, Bounded::new(NonZeroUsize::MIN), 1);
contract!(
    bounded_3,
    Bounded::new(NonZeroUsize::new(3).expect("not zero")),
    3
);

fn any_part() -> BoxedStrategy<Part> {
    prop_oneof![
        4 => (0..200u64).prop_map(Part::Answer),
        2 => (0..200u64).prop_map(Part::Fail),
        1 => Just(Part::Panic),
        1 => Just(Part::Hang),
    ]
    .boxed()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever the number of countries, the window, and who fails, hangs or panics: exactly
    /// one outcome each, of the kind its part makes, and never more in flight than the window.
    #[test]
    fn any_plan_any_window_any_failures(
        parts in proptest::collection::vec(any_part(), 0..60),
        window in 1..70usize,
        deadline_ms in 1..400u64,
        shape in 0..3usize,
    ) {
        let (strategy, window): (Box<dyn FetchStrategy>, usize) = match shape {
            0 => (Box::new(Sequential), 1),
            1 => (Box::new(Concurrent), usize::MAX),
            _ => (Box::new(Bounded::new(NonZeroUsize::new(window).expect("from 1"))), window),
        };
        let countries = countries(parts.len());
        paused(async {
            let source = Scripted::observed(&countries, |i| parts[i]);
            let plan = plan(&countries, Duration::from_millis(deadline_ms));
            let outcomes = outcomes(&*strategy, source.clone(), plan).await;
            let by_country = exactly_once(&countries, outcomes);
            for (country, part) in countries.iter().zip(&parts) {
                let got = kind(&by_country[country]);
                let late = Some(FailureKind::DeadlineExceeded);
                let fits = match part {
                    Part::Answer(_) => got.is_none() || got == late,
                    Part::Fail(_) => got == Some(FailureKind::UpstreamTimeout) || got == late,
                    Part::Panic => got == Some(FailureKind::Internal) || got == late,
                    Part::Hang => got == late,
                };
                assert!(fits, "{country:?} played {part:?} and came out as {got:?}");
            }
            let counts = source.counts();
            assert!(counts.most_in_flight <= window);
            assert!(counts.started <= countries.len());
            assert_eq!(counts.in_flight, 0);
        });
    }
}
