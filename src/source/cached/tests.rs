//! The cache under paused time, around a scripted source.

use futures::future::join_all;
use tokio::time::{advance, timeout};

use super::super::call::{Deadline, Turn};
use super::super::scripted::{Act, Scripted, answers, fails, ms, turkey};
use super::*;
use crate::domain::country_of;

const TTL: Duration = Duration::from_secs(600);
const AGE: Duration = Duration::from_secs(599);
const MAX_STALE: Duration = Duration::from_secs(7 * 24 * 3600);

fn around(acts: impl IntoIterator<Item = Act>) -> (Arc<Scripted>, Cached) {
    let inner = Scripted::new(acts);
    let settings = CacheSettings {
        ttl: TTL,
        max_stale: MAX_STALE,
        max_bytes: 1 << 20,
    };
    let cached = Cached::new(inner.clone(), settings, Metrics::default());
    (inner, cached)
}

async fn origin(cached: &Cached) -> Origin {
    let listing = cached.listing(&turkey()).await;
    listing.expect("a list").origin
}

/// Lets what runs behind come to its end.
async fn settled(inner: &Scripted) {
    while inner.counts().in_flight > 0 {
        advance(ms(1)).await;
    }
    tokio::task::yield_now().await;
}

#[tokio::test(start_paused = true)]
async fn what_is_fresh_is_not_fetched_again_and_says_how_old_it_is() {
    let (inner, cached) = around([answers(10)]);
    assert_eq!(origin(&cached).await, Origin::Live);
    advance(AGE).await;
    let listing = cached.listing(&turkey()).await.expect("a list");
    assert_eq!(listing.origin, Origin::Cached);
    assert_eq!((listing.age, listing.attempts), (AGE, 0));
    assert_eq!(inner.calls(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_is_stale_is_served_at_once_while_one_call_looks_for_more() {
    let (inner, cached) = around([answers(10)]);
    origin(&cached).await;
    advance(TTL).await;
    let began = Instant::now();
    let (first, second) = (origin(&cached).await, origin(&cached).await);
    assert_eq!((first, second), (Origin::Stale, Origin::Stale));
    assert_eq!(began.elapsed(), Duration::ZERO);
    tokio::task::yield_now().await;
    settled(&inner).await;
    assert_eq!(inner.calls(), 2);
    assert_eq!(origin(&cached).await, Origin::Cached);
}

#[tokio::test(start_paused = true)]
async fn a_dead_upstream_is_asked_once_a_second_and_stale_lists_go_on() {
    let (inner, cached) = around([answers(0), fails(0)]);
    origin(&cached).await;
    advance(TTL).await;
    for _ in 0..100 {
        assert_eq!(origin(&cached).await, Origin::Stale);
        tokio::task::yield_now().await;
        advance(ms(100)).await;
    }
    let refreshes = inner.calls() - 1;
    assert!((9..=11).contains(&refreshes), "{refreshes} in 10 s");
    advance(MAX_STALE).await;
    let error = cached.listing(&turkey()).await;
    assert!(error.is_err(), "too old to be served");
}

#[tokio::test(start_paused = true)]
async fn a_failure_is_remembered_for_a_second() {
    let (inner, cached) = around([fails(0), answers(0)]);
    for _ in 0..3 {
        assert!(cached.listing(&turkey()).await.is_err());
    }
    assert_eq!(inner.calls(), 1);
    advance(A_MOMENT).await;
    assert_eq!(origin(&cached).await, Origin::Live);
}

#[tokio::test(start_paused = true)]
async fn who_waits_shares_one_call_and_the_first_may_leave() {
    let (inner, cached) = around([answers(100)]);
    let country = turkey();
    let impatient = timeout(ms(50), cached.listing(&country));
    let patient = join_all((0..63).map(|_| cached.listing(&country)));
    let (left, served) = tokio::join!(impatient, patient);
    assert!(left.is_err());
    assert!(served.iter().all(Result::is_ok));
    assert_eq!(inner.calls(), 1);
    assert_eq!(cached.0.metrics.cache_coalesced.get(), 63);
}

#[tokio::test(start_paused = true)]
async fn a_late_answer_is_kept_though_nobody_waits() {
    let (inner, cached) = around([answers(100)]);
    let left = timeout(ms(50), cached.listing(&turkey())).await;
    assert!(left.is_err());
    settled(&inner).await;
    assert_eq!(origin(&cached).await, Origin::Cached);
    assert_eq!(inner.calls(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_list_that_has_shrunk_by_more_than_half_does_not_replace_the_old_one() {
    let universities = |number| (ms(0), Ok(number));
    let (inner, cached) = around([universities(10), universities(4)]);
    origin(&cached).await;
    advance(TTL).await;
    origin(&cached).await;
    tokio::task::yield_now().await;
    let listing = cached.listing(&turkey()).await.expect("the old list");
    assert_eq!(
        (listing.origin, listing.universities.len()),
        (Origin::Stale, 10)
    );
    assert_eq!((inner.calls(), cached.0.metrics.cache_shrunk.get()), (2, 1));
    inner.then([universities(5)]);
    advance(TTL).await;
    origin(&cached).await;
    tokio::task::yield_now().await;
    let listing = cached.listing(&turkey()).await.expect("the new list");
    assert_eq!(listing.universities.len(), 5, "half is not less than half");
}

#[tokio::test(start_paused = true)]
async fn who_wants_what_is_new_gets_it_or_else_what_there_is() {
    let (inner, cached) = around([answers(10), answers(10), fails(10)]);
    origin(&cached).await;
    let new = cached.revalidating();
    let listing = new.listing(&turkey()).await.expect("a list");
    assert_eq!((listing.origin, inner.calls()), (Origin::Live, 2));
    let listing = new.listing(&turkey()).await.expect("a list");
    assert_eq!((listing.origin, inner.calls()), (Origin::Stale, 3));
}

#[tokio::test(start_paused = true)]
async fn lists_take_so_many_bytes_and_no_more() {
    let inner = Scripted::new([(ms(0), Ok(1000))]);
    let settings = CacheSettings {
        ttl: TTL,
        max_stale: MAX_STALE,
        max_bytes: 500_000,
    };
    let cached = Cached::new(inner, settings, Metrics::default());
    for country in Country::all() {
        cached.listing(&country).await.expect("a list");
    }
    cached.0.entries.run_pending_tasks();
    let bytes = cached.0.entries.weighted_size();
    assert!((1..=500_000).contains(&bytes), "{bytes}");
}

#[tokio::test(start_paused = true)]
async fn countries_do_not_share_anything() {
    let (inner, cached) = around([answers(0), fails(0), answers(0)]);
    origin(&cached).await;
    let india = country_of("IN").expect("in the table");
    assert!(cached.listing(&india).await.is_err());
    assert_eq!(origin(&cached).await, Origin::Cached);
    assert_eq!(inner.calls(), 2);
}

#[tokio::test(start_paused = true)]
async fn who_wants_what_is_new_has_what_is_kept_at_the_deadline() {
    let (_, cached) = around([answers(10), answers(10_000)]);
    origin(&cached).await;
    let call = Call {
        turn: Turn::another(),
        deadline: Some(Deadline::at(Instant::now() + ms(100))),
    };
    let (new, country) = (cached.revalidating(), turkey());
    let asked = timeout(ms(100), call.ask(new.listing(&country))).await;
    let listing = asked.expect("in time").expect("a list");
    assert_eq!(listing.origin, Origin::Stale);
}

#[tokio::test(start_paused = true)]
async fn after_the_deadline_there_is_what_is_kept_and_nothing_begins() {
    let (inner, cached) = around([answers(10)]);
    let call = Call {
        turn: Turn::another(),
        deadline: Some(Deadline::at(Instant::now())),
    };
    let country = turkey();
    assert!(call.clone().ask(cached.listing(&country)).await.is_err());
    assert_eq!(inner.calls(), 0);
    origin(&cached).await;
    let listing = call.ask(cached.listing(&country)).await.expect("a list");
    assert_eq!((listing.origin, inner.calls()), (Origin::Cached, 1));
}

#[tokio::test(start_paused = true)]
async fn when_the_old_list_has_gone_the_shrunken_one_is_as_good_as_any() {
    let inner = Scripted::new([(ms(0), Ok(10)), (ms(0), Ok(2))]);
    let settings = CacheSettings {
        ttl: Duration::from_secs(2),
        max_stale: Duration::from_secs(3),
        max_bytes: 1 << 20,
    };
    let cached = Cached::new(inner.clone(), settings, Metrics::default());
    origin(&cached).await;
    advance(Duration::from_secs(2)).await;
    assert_eq!(origin(&cached).await, Origin::Stale);
    tokio::task::yield_now().await;
    assert_eq!(inner.calls(), 2);
    advance(Duration::from_secs(1)).await;
    let listing = cached.listing(&turkey()).await.expect("a list");
    assert_eq!(
        (listing.origin, listing.universities.len()),
        (Origin::Live, 2)
    );
}
