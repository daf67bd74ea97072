//! The innermost source: one upstream that speaks the public *Universities List API*.
//!
//! Owns the HTTP client, its timeouts and limits. What its errors mean is in `classify`, what its
//! documents mean in `wire`. It makes one attempt for each spelling of a country and never
//! retries; what else a call needs is a decorator's business.

use std::collections::HashSet;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures::future::{BoxFuture, FutureExt, try_join_all};
use reqwest::header::{ACCEPT, HeaderMap, HeaderValue};
use reqwest::{Client, Response};
use thiserror::Error;
use tokio::time::Instant;
use url::Url;

use super::attempt::Attempt;
use super::classify::{check_status, classify};
use super::meter::Meter;
use super::reused::{noticed, over_reused};
use super::wire::{Decoded, decode};
use super::{Phase, SourceError, UniversitySource};
use crate::aside::aside;
use crate::domain::{Country, CountryListing, Origin};
use crate::outbound::{self, Places, ReadError, RemoteUrl, Room};
use crate::telemetry::metrics::Defect;
use crate::telemetry::{Metrics, trace};

/// The most bytes that are decoded where they arrive. More of them would keep a thread from the
/// other countries for longer than handing them over to another costs.
const DECODED_IN_PLACE: usize = 128 * 1024;

/// What the source needs to know.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The upstream's base address; `/search` is appended to its path.
    pub url: RemoteUrl,
    /// How outcomes name this upstream.
    pub label: Arc<str>,
    /// The time a connection may take.
    pub connect_timeout: Duration,
    /// The time one request may take, connection and body included.
    pub attempt_timeout: Duration,
    /// The most bytes of one document, counted after decompression.
    pub max_body_bytes: usize,
}

/// How long an unused connection is kept: shorter than common servers keep theirs, so that one
/// that the other side has just closed is rarely picked.
const POOL_IDLE: Duration = Duration::from_secs(30);

/// The HTTP client could not be set up.
#[derive(Debug, Error)]
pub enum SetupError {
    /// The TLS settings do not fit together.
    #[error("the TLS client could not be set up")]
    Tls(#[source] rustls::Error),
    /// The client refused its settings.
    #[error("the HTTP client could not be set up")]
    Client(#[source] reqwest::Error),
    /// The address cannot carry a path.
    #[error("the upstream address {0} cannot be extended by a path")]
    Address(RemoteUrl),
}

/// A source over HTTP. All calls share one client and its connections.
pub struct HttpSource {
    client: Client,
    /// Makes a connection for each request.
    unpooled: Client,
    search: Url,
    settings: Settings,
    place: usize,
    places: Places,
    meter: Arc<Meter>,
    metrics: Metrics,
    /// Countries that this upstream has been found to spell as the public list did before.
    old_fashioned: Mutex<HashSet<Country>>,
}

impl fmt::Debug for HttpSource {
    /// Without the address that is called, which may carry credentials.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = f.debug_struct("HttpSource");
        text.field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

impl HttpSource {
    /// Sets the client up for the upstream at that place in the settings, whose bodies take their places
    /// with those of others and whose requests the meter counts; connects to nothing yet.
    ///
    /// # Errors
    ///
    /// [`SetupError`], when the settings cannot work for any call.
    pub fn new(
        settings: Settings,
        place: usize,
        places: Places,
        metrics: Metrics,
        meter: Arc<Meter>,
    ) -> Result<Self, SetupError> {
        let mut search = settings.url.exposed().clone();
        search
            .path_segments_mut()
            .map_err(|()| SetupError::Address(settings.url.clone()))?
            .pop_if_empty()
            .push("search");
        let client = || {
            let client = outbound::client()
                .map_err(SetupError::Tls)?
                .redirect(outbound::to_the_same_place())
                .connect_timeout(settings.connect_timeout)
                .default_headers(HeaderMap::from_iter([(
                    ACCEPT,
                    HeaderValue::from_static("application/json"),
                )]));
            Ok::<_, SetupError>(client)
        };
        let pooled = client()?
            .pool_idle_timeout(POOL_IDLE)
            .connector_layer(noticed())
            .build();
        let unpooled = client()?.pool_max_idle_per_host(0).build();
        Ok(Self {
            client: pooled.map_err(SetupError::Client)?,
            unpooled: unpooled.map_err(SetupError::Client)?,
            search,
            settings,
            place,
            places,
            meter,
            metrics,
            old_fashioned: Mutex::default(),
        })
    }

    async fn list(&self, country: Country) -> Result<CountryListing, SourceError> {
        let (decoded, attempts) = self.ask_as_it_spells(country).await?;
        self.count_defects(&decoded);
        if decoded.dropped > 0 || decoded.duplicates > 0 {
            tracing::warn!(
                country.code = country.code(),
                records.dropped = decoded.dropped,
                records.duplicates = decoded.duplicates,
                "upstream list has defective records"
            );
        }
        Ok(CountryListing {
            universities: Arc::new(decoded.universities),
            origin: Origin::Live,
            age: Duration::ZERO,
            attempts: u32::try_from(attempts).unwrap_or(u32::MAX),
            upstream: Arc::clone(&self.settings.label),
        })
    }

    /// Asks by today's spellings, or by those of before where this upstream is known to use
    /// them; by the others too when the first answer nothing. Gives the number of requests.
    async fn ask_as_it_spells(&self, country: Country) -> Result<(Decoded, usize), SourceError> {
        let today = country.upstream_spellings();
        let before = country.former_upstream_spellings();
        let old_fashioned = self.old_fashioned().contains(&country);
        let (first, second) = if old_fashioned {
            (before, today)
        } else {
            (today, before)
        };
        let decoded = self.ask_all(country, first).await?;
        if !decoded.universities.is_empty() || second.is_empty() {
            return Ok((decoded, first.len()));
        }
        let decoded = self.ask_all(country, second).await?;
        if !decoded.universities.is_empty() {
            if old_fashioned {
                self.old_fashioned().remove(&country);
            } else {
                self.old_fashioned().insert(country);
            }
        }
        Ok((decoded, first.len() + second.len()))
    }

    fn old_fashioned(&self) -> MutexGuard<'_, HashSet<Country>> {
        // Nothing panics while the lock is held, and a set of countries cannot be half changed.
        self.old_fashioned
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    async fn ask_all(
        &self,
        country: Country,
        spellings: &'static [&'static str],
    ) -> Result<Decoded, SourceError> {
        // Part of a country must not pass for the whole: one failed spelling fails the call.
        let end = Instant::now() + self.settings.attempt_timeout;
        let room = self.places.room(end);
        let asked = spellings
            .iter()
            .map(|spelling| self.ask(spelling, &room, end));
        let documents = try_join_all(asked).await?;
        let bytes: usize = documents.iter().map(Bytes::len).sum();
        let decoded = move || {
            // What is decoded is still held.
            let _room = room;
            let documents = documents.iter().map(Bytes::as_ref);
            let documents: Vec<_> = documents.zip(spellings.iter().copied()).collect();
            decode(country, &documents)
        };
        if bytes <= DECODED_IN_PLACE {
            return decoded();
        }
        aside(decoded).await
    }

    /// One request, counted as an attempt.
    async fn ask(&self, spelling: &str, room: &Room, end: Instant) -> Result<Bytes, SourceError> {
        let _in_flight = self.meter.begin();
        let attempt = Attempt::begin(&self.metrics, self.place, &self.search);
        let answer = attempt.make(self.read(spelling, room, end)).await;
        attempt.end(&answer);
        answer
    }

    async fn read(&self, spelling: &str, room: &Room, end: Instant) -> Result<Bytes, SourceError> {
        let response = self.request(spelling, end).await?;
        check_status(&response)?;
        let limit = self.settings.max_body_bytes;
        let body = outbound::read(response, limit, room).await;
        body.map_err(|error| match error {
            ReadError::TooLarge => SourceError::TooLarge { limit },
            ReadError::TooSlow(limit) => SourceError::Timeout {
                phase: Phase::Body,
                limit,
            },
            ReadError::NoRoom => SourceError::Overloaded,
            ReadError::Client(error) => self.error(error, Phase::Body),
        })
    }

    /// The response's head. What was asked over a connection that the upstream had closed meanwhile
    /// is asked once more, over a new one and within the same time.
    async fn request(&self, spelling: &str, end: Instant) -> Result<Response, SourceError> {
        let (answer, reused) = over_reused(self.send(&self.client, spelling, end)).await;
        match answer {
            Err(SourceError::Reset(_)) if reused => self.send(&self.unpooled, spelling, end).await,
            answer => answer,
        }
    }

    async fn send(
        &self,
        client: &Client,
        spelling: &str,
        end: Instant,
    ) -> Result<Response, SourceError> {
        let request = client.get(self.search.clone());
        let request = request
            .query(&[("country", spelling)])
            .headers(trace::headers());
        let sent = request.timeout(end - Instant::now()).send().await;
        sent.map_err(|error| self.error(error, Phase::Headers))
    }

    fn count_defects(&self, decoded: &Decoded) {
        for (defect, records) in [
            ("unusable", decoded.dropped),
            ("duplicate", decoded.duplicates),
        ] {
            let counter = self.metrics.defects.get_or_create(&Defect { defect });
            counter.inc_by(records as u64);
        }
    }

    fn error(&self, error: reqwest::Error, phase: Phase) -> SourceError {
        classify(error, phase).unwrap_or_else(|phase| self.timeout(phase))
    }

    fn timeout(&self, phase: Phase) -> SourceError {
        SourceError::Timeout {
            phase,
            limit: match phase {
                Phase::Connect => self.settings.connect_timeout,
                Phase::Headers | Phase::Body | Phase::Total => self.settings.attempt_timeout,
            },
        }
    }
}

impl UniversitySource for HttpSource {
    fn listing<'a>(
        &'a self,
        country: &'a Country,
    ) -> BoxFuture<'a, Result<CountryListing, SourceError>> {
        self.list(*country).boxed()
    }
}
