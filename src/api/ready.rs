//! Ready answers: what has been answered from the cache is not put together again while the cache holds
//! the same lists.
//!
//! An answer is kept as it was sent, coded or not, for the address that it was asked for by. It is
//! given again after the source has vouched for every list in it, so it is neither older nor counted
//! differently than one that is put together anew.

use std::sync::Arc;

use hyper::body::Bytes;
use moka::sync::Cache;
use poem::http::header::CACHE_CONTROL;
use poem::http::{HeaderMap, HeaderValue, Method};
use poem::{Body, Endpoint, Request, Response};

use super::coding::wanted;
use super::edge::SERVER_TIMING;
use super::metrics::Matched;
use super::timing::timing_of_kept;
use super::{media, message};
use crate::domain::{KnownList, Origin, Outcome};
use crate::service::UniversityService;

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
    pub(super) fn new(service: Arc<UniversityService>, inner: E) -> Self {
        let weight = |(_, address): &Address, answer: &Arc<Answer>| {
            let bytes = address.len() + answer.body.len() + size_of::<Answer>() + 1024;
            u32::try_from(bytes).unwrap_or(u32::MAX)
        };
        Self {
            service,
            answers: Cache::builder()
                .max_capacity(MOST_BYTES)
                .weigher(weight)
                .build(),
            inner,
        }
    }

    /// The ready answer to a request, if there is one and every list in it is still what is kept.
    fn answer(&self, request: &Request, address: &Address) -> Option<Response> {
        let answer = self.answers.get(address)?;
        // What is wrong with a request is said by those who check it.
        message::check(request).ok()?;
        media::check_accepted(request, &answer.media_type).ok()?;
        self.service
            .vouches_for(&answer.lists.0)
            .then(|| answer.response())
    }

    /// Keeps an answer that is made of lists from the cache.
    async fn keep(&self, address: Address, mut response: Response) -> poem::Result<Response> {
        let Some(lists) = response.extensions_mut().remove::<Composed>() else {
            return Ok(response);
        };
        let body = response.take_body().into_bytes().await?;
        response.set_body(body.clone());
        let mut headers = response.headers().clone();
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
        let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
        let headers = request.headers();
        // Who says anything about what is kept is answered by the handler.
        if !is_read || headers.contains_key(CACHE_CONTROL) {
            return self.inner.call(request).await;
        }
        let Some(address) = request.uri().path_and_query() else {
            return self.inner.call(request).await;
        };
        let coding = wanted(headers).map(|coding| coding.name);
        let address = (coding, Box::from(address.as_str()));
        if let Some(answer) = self.answer(&request, &address) {
            return Ok(answer);
        }
        // In a box, or every request would carry the room that this takes.
        let response = Box::pin(self.inner.call(request)).await?;
        self.keep(address, response).await
    }
}
