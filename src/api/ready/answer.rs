//! One ready answer: the headers and the bytes of what was sent, and what is of the moment beside them.

use std::mem::size_of;
use std::sync::Arc;

use arc_swap::ArcSwap;
use bytes::Bytes;
use poem::http::header::CONTENT_TYPE;
use poem::http::{HeaderMap, HeaderValue, Response, StatusCode};
use tokio::time::Instant;

use super::super::conditional::has_it;
use super::super::media;
use super::super::metrics::{Matched, answered, seconds};
use super::super::stamp::{prepare, restamp};
use super::super::timing::timing_of_kept;
use super::Composed;
use crate::pages::Pages;
use crate::service::{UniversityService, Vouched};
use crate::telemetry::Metrics;
use crate::telemetry::metrics::{Durations, SpreadCounter};

/// The bytes that an answer takes besides, about: tables and allocations of its headers, here and in threads.
const OVERHEAD: usize = 4 * 1024;

/// An answer as it is sent.
#[derive(Debug)]
pub(super) struct Answer {
    lists: Composed,
    /// That the lists are what they were.
    promise: ArcSwap<Vouched>,
    media_type: Vec<String>,
    /// With places for what is of the moment.
    headers: HeaderMap,
    body: Pages,
    matched: Option<Matched>,
    /// How many answers of its operation were sent whole, and how long answers took.
    sent: SpreadCounter,
    seconds: Durations,
}

/// An answer, and what of it is counted when it is sent, held apart.
#[derive(Debug)]
pub(super) struct Copied {
    pub(super) answer: Arc<Answer>,
    headers: HeaderMap,
    body: Pages,
}

impl Answer {
    /// What was sent with this body and made of these lists, as long as the service keeps its promise.
    pub(super) fn new(
        lists: Composed,
        promise: Vouched,
        sent: &poem::Response,
        body: Bytes,
        metrics: &Metrics,
    ) -> Self {
        let matched: Option<Matched> = sent.extensions().get().cloned();
        let media_type = sent.content_type().into_iter();
        let media_type = media_type.map(str::to_owned).collect();
        let mut headers = sent.headers().clone();
        prepare(&mut headers, &timing_of_kept(&lists.0));
        Self {
            lists,
            promise: ArcSwap::from_pointee(promise),
            media_type,
            headers,
            body: Pages::of(body),
            sent: answered(metrics, matched.as_ref(), StatusCode::OK),
            seconds: seconds(metrics, matched.as_ref()),
            matched,
        }
    }

    /// The bytes that it takes, about.
    pub(super) fn weight(&self) -> usize {
        let headers = self.headers.iter();
        let headers: usize = headers
            .map(|(name, value)| name.as_str().len() + value.len())
            .sum();
        size_of::<Self>() + OVERHEAD + 2 * headers + self.body.weight()
    }

    /// Whether a caller with these headers accepts it.
    pub(super) fn suits(&self, asked: &HeaderMap) -> bool {
        media::check_accepted(asked, &self.media_type).is_ok()
    }

    /// Whether a caller with these headers has it already.
    pub(super) fn is_had(&self, asked: &HeaderMap) -> bool {
        has_it(asked, &self.headers)
    }

    /// Whether every list in it is what a caller would get now. If so, they are taken to be given.
    pub(super) fn is_vouched_for(&self, service: &UniversityService) -> bool {
        let lists = &self.lists.0;
        if service.keeps(&self.promise.load(), lists) {
            return true;
        }
        // Something has changed, which need not be one of these.
        let Some(promise) = service.vouch_for(lists) else {
            return false;
        };
        let keeps = service.keeps(&promise, lists);
        self.promise.store(Arc::new(promise));
        keeps
    }
}

impl Copied {
    pub(super) fn new(answer: Arc<Answer>) -> Self {
        let headers = answer.headers.iter();
        let headers = headers.map(|(name, value)| (name.clone(), apart(value)));
        Self {
            headers: headers.collect(),
            body: answer.body.apart(),
            answer,
        }
    }

    /// The answer to the request with this id that came at that time; without the body if its caller `had`
    /// it.
    pub(super) fn response(
        &self,
        id: HeaderValue,
        had: bool,
        began: Instant,
        metrics: &Metrics,
    ) -> Response<Pages> {
        let answer = &self.answer;
        let mut response = Response::new(Pages::default());
        let mut headers = self.headers.clone();
        let took = began.elapsed();
        restamp(&mut headers, id, took);
        answer.seconds.observe(took);
        if had {
            headers.remove(CONTENT_TYPE);
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            answered(metrics, answer.matched.as_ref(), StatusCode::NOT_MODIFIED).inc();
        } else {
            *response.body_mut() = self.body.clone();
            answer.sent.inc();
        }
        *response.headers_mut() = headers;
        response
    }
}

/// The same value, held by itself.
fn apart(value: &HeaderValue) -> HeaderValue {
    HeaderValue::from_bytes(value.as_bytes()).unwrap_or_else(|_| value.clone())
}
