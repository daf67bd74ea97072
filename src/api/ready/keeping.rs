//! The endpoint at the end of the long way: what it answers from the cache is kept.

use std::sync::Arc;

use poem::http::StatusCode;
use poem::{Endpoint, Request, Response};

use super::super::message::Head;
use super::answer::Answer;
use super::said::Said;
use super::{Address, Composed, Ready};

/// The most bytes of an answer that is kept: all countries, and some of them twice.
const LARGEST: usize = 3 << 20;

/// The most bytes of an address that is kept: all countries by their codes.
const LONGEST: usize = 4 * 1024;

/// An endpoint whose answers from the cache are kept as they are sent.
pub(in crate::api) struct Keeping<E> {
    ready: Arc<Ready>,
    inner: E,
}

impl<E: Endpoint<Output = Response>> Keeping<E> {
    pub(in crate::api) fn new(ready: Arc<Ready>, inner: E) -> Self {
        Self { ready, inner }
    }

    /// Keeps an answer that is made of lists from the cache.
    async fn keep(&self, address: Address, mut response: Response) -> poem::Result<Response> {
        let lists = response.extensions_mut().remove::<Composed>();
        let Some(lists) = lists.filter(|_| response.status() == StatusCode::OK) else {
            return Ok(response);
        };
        let Some(promise) = self.ready.service.vouch_for(&lists.0) else {
            return Ok(response);
        };
        let body = response.take_body().into_bytes().await?;
        response.set_body(body.clone());
        if body.len() > LARGEST {
            return Ok(response);
        }
        let answer = Answer::new(lists, promise, &response, body, &self.ready.metrics);
        self.ready.answers.insert(address, Arc::new(answer));
        Ok(response)
    }
}

impl<E: Endpoint<Output = Response>> Endpoint for Keeping<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        let head = Head::from(&request);
        let asked = self.ready.asked(head, &Said::by(head.headers));
        let asked = asked.filter(|asked| asked.path.len() <= LONGEST);
        let address = asked.map(Address::from);
        // In a box, or every request would carry the room that this takes.
        let response = Box::pin(self.inner.call(request)).await?;
        match address {
            Some(address) => self.keep(address, response).await,
            None => Ok(response),
        }
    }
}
