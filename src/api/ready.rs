//! Ready answers: what was answered a moment ago from lists that are still the same is sent again.
//!
//! Answers of the article's operations from the cache depend on the lists alone, so they are kept as they were
//! sent, each for an address and a coding (`answer`). One is given as long as the service keeps its promise
//! that every list in it is what a caller would get now, fresh. The server asks here first, before it makes a
//! request of what has arrived. Whatever is not ready goes the long way, at whose end stands `keeping`.

mod answer;
mod apart;
mod keeping;
mod said;

use std::hash::Hash;
use std::sync::Arc;

use poem::http::{Method, Request, Response};
use quick_cache::sync::{Cache, DefaultLifecycle};
use quick_cache::{DefaultHashBuilder, Equivalent, OptionsBuilder, Weighter};
use tokio::time::Instant;
use tracing::Level;

use super::accept_encoding::wanted;
use super::edge;
use super::message::{self, Head, MOST_HEADERS};
use super::request_id;
use crate::domain::{KnownList, Origin, Outcome};
use crate::pages::Pages;
use crate::service::UniversityService;
use crate::telemetry;
use crate::telemetry::trace::is_exported;
use answer::{Answer, Copied};
use apart::{Apart, Came};
pub(super) use keeping::Keeping;
use said::Said;

/// The bytes that ready answers may take, those in the system's files included.
const MOST_BYTES: u64 = 32 << 20;

/// How many are looked for at a time without getting in each other's way; each part has its share of the bytes.
const PARTS: usize = 4;

/// The lists that an answer is made of; it has them as an extension.
#[derive(Debug, Clone)]
pub(super) struct Composed(Arc<[KnownList]>);

/// Answers that are given again.
#[derive(Debug)]
pub struct Ready {
    service: Arc<UniversityService>,
    metrics: telemetry::Metrics,
    is_limited: bool,
    answers: Cache<Address, Arc<Answer>, Weight>,
    apart: Apart,
}

/// What a ready answer is known by: the coding, and the path with its query.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Address {
    coding: Option<&'static str>,
    path: Box<str>,
}

/// An [`Address`] that is asked for.
#[derive(Debug, Clone, Copy, Hash)]
struct Asked<'a> {
    coding: Option<&'static str>,
    path: &'a str,
}

#[derive(Debug, Clone)]
struct Weight;

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

impl Equivalent<Address> for Asked<'_> {
    fn equivalent(&self, address: &Address) -> bool {
        self.coding == address.coding && *self.path == *address.path
    }
}

impl From<Asked<'_>> for Address {
    fn from(asked: Asked<'_>) -> Self {
        Self {
            coding: asked.coding,
            path: asked.path.into(),
        }
    }
}

impl Weighter<Address, Arc<Answer>> for Weight {
    fn weight(&self, address: &Address, answer: &Arc<Answer>) -> u64 {
        (address.path.len() + answer.weight()) as u64
    }
}

impl Ready {
    /// Nothing is ready yet. Where clients may ask only so much, `is_limited`, each of their requests has to
    /// be counted.
    pub(super) fn new(
        service: Arc<UniversityService>,
        metrics: telemetry::Metrics,
        is_limited: bool,
    ) -> Self {
        let options = OptionsBuilder::new()
            .estimated_items_capacity(256)
            .weight_capacity(MOST_BYTES)
            .shards(PARTS)
            .build()
            .expect("all that it needs is said");
        let (hasher, lifecycle) = (DefaultHashBuilder::default(), DefaultLifecycle::default());
        Self {
            service,
            metrics,
            is_limited,
            answers: Cache::with_options(options, Weight, hasher, lifecycle),
            apart: Apart::default(),
        }
    }

    /// The ready answer to a request that has no body, if there is one.
    #[must_use]
    pub fn look_up<B>(&self, request: &Request<B>) -> Option<Response<Pages>> {
        let began = Instant::now();
        let head = Head::from(request);
        let said = Said::by(head.headers);
        let asked = self.asked(head, &said)?;
        // What is wrong with a request is said by those who check it. The address has been checked with the
        // request that was answered before.
        if !said.is_plain || head.headers.len() > MOST_HEADERS {
            message::check(head).ok()?;
        }
        let send = |copied: &Copied| {
            let answer = &copied.answer;
            if said.media_types && !answer.suits(head.headers) {
                return Came::Unsuited;
            }
            if !answer.is_vouched_for(&self.service) {
                return Came::Over;
            }
            let has_it = said.tags && answer.is_had(head.headers);
            let id = if said.id {
                request_id::of(head.headers)
            } else {
                request_id::new()
            };
            Came::Of(copied.response(id, has_it, began, &self.metrics))
        };
        self.apart.with(asked, || self.answers.get(&asked), send)
    }

    /// What the answer to a request is known by, if nothing but the request's address and codings matter.
    fn asked<'a>(&self, head: Head<'a>, said: &Said) -> Option<Asked<'a>> {
        // What is to be traced or logged of requests is noted on the long way.
        let is_silent = !is_exported() && !tracing::enabled!(target: edge::TARGET, Level::DEBUG);
        if self.is_limited || *head.method != Method::GET || said.more || !is_silent {
            return None;
        }
        let coding = if said.encoding {
            wanted(head.headers).map(|coding| coding.name)
        } else {
            None
        };
        let path = head.uri.path_and_query()?.as_str();
        Some(Asked { coding, path })
    }
}
