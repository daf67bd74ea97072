//! Ready answers: what has been answered from the cache is not put together again while the cache holds
//! the same lists.
//!
//! An answer is kept as it was sent, coded or not, for the address that it was asked for by. It is
//! given again after the source has vouched for every list in it, so it is neither older nor counted
//! differently than one that is put together anew. It waits for nothing and needs nobody's room, so it
//! stands before everything else; whoever asks in a way that anything else has a say in goes the long way.

use std::sync::Arc;

use hyper::body::Bytes;
use moka::sync::Cache;
use poem::http::header::{CACHE_CONTROL, ORIGIN};
use poem::http::{HeaderMap, HeaderValue, Method, StatusCode};
use poem::{Body, Endpoint, Request, Response};
use tokio::time::Instant;
use tracing::Level;

use super::coding::wanted;
use super::conditional::unless_had;
use super::edge::{SERVER_TIMING, stamp, unstamp};
use super::metrics::{Matched, count};
use super::timing::timing_of_kept;
use super::{media, message, request_id};
use crate::domain::{KnownList, Origin, Outcome};
use crate::service::UniversityService;
use crate::telemetry;
use crate::telemetry::trace::{PARENT, is_exported};

/// The bytes that ready answers may take.
const MOST_BYTES: u64 = 16 << 20;

/// What an answer that is not put together again is known by: the coding, and the address.
type Address = (Option<&'static str>, Box<str>);

/// The lists that an answer is made of; it has them as an extension.
#[derive(Debug, Clone)]
pub(super) struct Composed(Arc<[KnownList]>);

/// An endpoint whose answers from the cache are kept as they are sent.
pub(super) struct Ready<E> {
    service: Arc<UniversityService>,
    metrics: telemetry::Metrics,
    is_limited: bool,
    answers: Cache<Address, Arc<Answer>>,
    inner: E,
}

/// An answer as it is sent.
struct Answer {
    lists: Composed,
    media_type: Vec<String>,
    headers: HeaderMap,
    matched: Option<Matched>,
    body: Bytes,
}

impl Composed {
    /// The lists of these outcomes, if all came from the cache, fresh.
    pub(super) fn of(outcomes: &[Outcome]) -> Option<Self> {
        let lists = outcomes.iter().map(|outcome| {
            let listing = outcome.result.as_ref().ok()?;
            let is_cached = listing.origin == Origin::Cached;
            is_cached.then_some(KnownList {
                country: outcome.country?,
                list: Arc::downgrade(&listing.universities),
            })
        });
        lists.collect::<Option<_>>().map(Self)
    }
}

impl<E: Endpoint<Output = Response>> Ready<E> {
    /// Where clients may ask only so much, `is_limited`, each of their requests has to be counted.
    pub(super) fn new(
        service: Arc<UniversityService>,
        metrics: telemetry::Metrics,
        is_limited: bool,
        inner: E,
    ) -> Self {
        let weight = |(_, address): &Address, answer: &Arc<Answer>| {
            let bytes = address.len() + answer.body.len() + size_of::<Answer>() + 1024;
            u32::try_from(bytes).unwrap_or(u32::MAX)
        };
        Self {
            service,
            metrics,
            is_limited,
            answers: Cache::builder()
                .max_capacity(MOST_BYTES)
                .weigher(weight)
                .build(),
            inner,
        }
    }

    /// What the answer to a request is known by, if nothing but the request's address and codings matter.
    fn address(&self, request: &Request) -> Option<Address> {
        let headers = request.headers();
        let is_plain = *request.method() == Method::GET
            && ![CACHE_CONTROL.as_str(), ORIGIN.as_str(), PARENT]
                .iter()
                .any(|name| headers.contains_key(*name));
        // What is to be traced or logged of requests is noted on the long way.
        let is_silent = !is_exported() && !tracing::enabled!(Level::DEBUG);
        if self.is_limited || !is_plain || !is_silent {
            return None;
        }
        let coding = wanted(headers).map(|coding| coding.name);
        let address = request.uri().path_and_query()?.as_str();
        Some((coding, Box::from(address)))
    }

    /// The ready answer to a request, if there is one and every list in it is still what is kept.
    fn answer(&self, request: &Request, address: &Address) -> Option<Response> {
        let began = Instant::now();
        let answer = self.answers.get(address)?;
        // What is wrong with a request is said by those who check it.
        message::check(request).ok()?;
        media::check_accepted(request, &answer.media_type).ok()?;
        if !self.service.vouches_for(&answer.lists.0) {
            return None;
        }
        let mut response = answer.response();
        unless_had(request.headers(), &mut response);
        let took = began.elapsed();
        stamp(&mut response, &request_id::of(request.headers()), took);
        count(&self.metrics, &response, took);
        Some(response)
    }

    /// Keeps an answer that is made of lists from the cache.
    async fn keep(&self, address: Address, mut response: Response) -> poem::Result<Response> {
        let lists = response.extensions_mut().remove::<Composed>();
        let Some(lists) = lists.filter(|_| response.status() == StatusCode::OK) else {
            return Ok(response);
        };
        let body = response.take_body().into_bytes().await?;
        response.set_body(body.clone());
        let mut headers = response.headers().clone();
        unstamp(&mut headers);
        if let Ok(timing) = HeaderValue::try_from(timing_of_kept(&lists.0)) {
            headers.insert(SERVER_TIMING, timing);
        }
        let media_type = response.content_type().into_iter();
        let answer = Answer {
            media_type: media_type.map(str::to_owned).collect(),
            matched: response.extensions().get().cloned(),
            lists,
            headers,
            body,
        };
        self.answers.insert(address, Arc::new(answer));
        Ok(response)
    }
}

impl Answer {
    fn response(&self) -> Response {
        let mut response = Response::default();
        *response.headers_mut() = self.headers.clone();
        if let Some(matched) = &self.matched {
            response.extensions_mut().insert(matched.clone());
        }
        response.set_body(Body::from(self.body.clone()));
        response
    }
}

impl<E: Endpoint<Output = Response>> Endpoint for Ready<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        let Some(address) = self.address(&request) else {
            return Box::pin(self.inner.call(request)).await;
        };
        if let Some(answer) = self.answer(&request, &address) {
            return Ok(answer);
        }
        // In a box, or every request would carry the room that this takes.
        let response = Box::pin(self.inner.call(request)).await?;
        self.keep(address, response).await
    }
}
