//! How much one client may ask for in a minute.
//!
//! What is counted is distinct countries, because that is what a call costs; a call without any counts
//! as one.
//! By the generic cell rate algorithm: a client that has used nothing for a minute has it all.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DefaultKeyedStateStore;
use governor::{Quota, RateLimiter};
use ipnet::IpNet;
use poem::http::{HeaderMap, HeaderValue, Method};
use poem::{Endpoint, IntoResponse, Request, Response};

use super::client_address::{client_address, client_network};
use super::params::article_countries;
use super::problem::{Problem, ProblemType, too_many};
use super::surface::OPERATORS;
use crate::domain::ask;

/// What is remembered of clients is thrown away after so many requests, as far as it no longer
/// matters.
const TIDY_EVERY: u32 = 10_000;

/// How much one client may ask for.
#[derive(Debug, Clone, Default)]
pub struct Rate {
    /// Countries a minute; as many as it likes where there is none.
    pub per_minute: Option<NonZeroU32>,
    /// Proxies of ours, whose word about who asks is taken.
    pub proxies: Vec<IpNet>,
}

type Limiter =
    RateLimiter<IpAddr, DefaultKeyedStateStore<IpAddr>, DefaultClock, StateInformationMiddleware>;

/// An endpoint that each client may ask only so much.
pub(super) struct Limited<E> {
    limit: Option<(Limiter, NonZeroU32)>,
    proxies: Vec<IpNet>,
    requests: AtomicU32,
    inner: E,
}

impl<E: Endpoint<Output = Response>> Limited<E> {
    pub(super) fn new(rate: Rate, inner: E) -> Self {
        let limit = rate.per_minute.map(|most| {
            let limiter = RateLimiter::keyed(Quota::per_minute(most));
            (limiter.with_middleware(), most)
        });
        Self {
            limit,
            proxies: rate.proxies,
            requests: AtomicU32::new(0),
            inner,
        }
    }

    fn tidy(&self, limiter: &Limiter) {
        if self.requests.fetch_add(1, Ordering::Relaxed) % TIDY_EVERY == TIDY_EVERY - 1 {
            limiter.retain_recent();
            limiter.shrink_to_fit();
        }
    }
}

impl<E: Endpoint<Output = Response>> Endpoint for Limited<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        let Some((limiter, most)) = &self.limit else {
            return self.inner.call(request).await;
        };
        // Neither a probe nor a browser's question beforehand asks for anything that costs.
        if OPERATORS.contains(&request.uri().path()) || *request.method() == Method::OPTIONS {
            return self.inner.call(request).await;
        }
        // A request that came over no socket is a test's own.
        let Some(peer) = request.remote_addr().as_socket_addr() else {
            return self.inner.call(request).await;
        };
        self.tidy(limiter);
        let client = client_address(peer.ip(), request.headers(), &self.proxies);
        let cost = cost(&request);
        let (mut response, left, wait) = match limiter.check_key_n(&client_network(client), cost) {
            Ok(Ok(state)) => {
                let left = state.remaining_burst_capacity();
                (self.inner.call(request).await?, left, None)
            }
            Ok(Err(not_yet)) => {
                let wait = not_yet.wait_time_from(DefaultClock::default().now());
                let left = left_of(cost, wait, not_yet.quota());
                let wait = wait.as_secs() + 1;
                let refused = later(cost, *most, wait).into_response();
                (refused, left, Some(wait))
            }
            // Nothing has been used up, and nothing is known of what is left.
            Err(_) => return Ok(never(cost, *most).into_response()),
        };
        say(response.headers_mut(), *most, left, wait);
        Ok(response)
    }
}

/// How many a client has left who must wait so long for so many.
fn left_of(cost: NonZeroU32, wait: Duration, quota: Quota) -> u32 {
    let interval = quota.replenish_interval().as_nanos();
    let missing = wait.as_nanos().div_ceil(interval.max(1));
    let missing = u32::try_from(missing).unwrap_or(u32::MAX);
    cost.get().saturating_sub(missing)
}

/// How many countries a request asks for, and at least one.
fn cost(request: &Request) -> NonZeroU32 {
    let query = request.uri().query().unwrap_or_default();
    let pairs = url::form_urlencoded::parse(query.as_bytes());
    let countries = pairs.filter(|(name, _)| name == "country");
    let mut countries: Vec<_> = countries.map(|(_, country)| country.into_owned()).collect();
    if countries.is_empty() && request.uri().path().starts_with("/universities") {
        countries = article_countries().0;
    }
    let countries = u32::try_from(ask(countries).len()).unwrap_or(u32::MAX);
    NonZeroU32::new(countries).unwrap_or(NonZeroU32::MIN)
}

fn later(cost: NonZeroU32, most: NonZeroU32, wait: u64) -> Problem {
    let detail = format!(
        "of the {most} countries that are allowed in a minute too few are left for {cost}; in {wait} s \
         there will be enough"
    );
    Problem {
        retry_after_s: Some(wait),
        ..ProblemType::RateLimited.problem(detail)
    }
}

/// The problem of a request that no waiting makes possible.
fn never(cost: NonZeroU32, most: NonZeroU32) -> Problem {
    let detail = format!("{cost} countries are more than the {most} that are allowed in a minute");
    too_many(
        ProblemType::TooManyCountries,
        detail,
        cost.get() as usize,
        format!("1 to {most} distinct countries"),
    )
}

/// What a client may do and has left (draft-ietf-httpapi-ratelimit-headers).
fn say(headers: &mut HeaderMap, most: NonZeroU32, left: u32, wait: Option<u64>) {
    let policy = format!("\"countries\";q={most};w=60");
    let state = match wait {
        Some(wait) => format!("\"countries\";r={left};t={wait}"),
        None => format!("\"countries\";r={left}"),
    };
    for (name, value) in [("ratelimit-policy", policy), ("ratelimit", state)] {
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(name, value);
        }
    }
}
