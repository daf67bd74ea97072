//! The innermost source: one upstream that speaks the public *Universities List API*.
//!
//! Owns the HTTP client, its timeouts and limits, and the classification of everything that
//! can go wrong on the way. It makes one attempt for each spelling of a country and never
//! retries; what else a call needs is a decorator's business.

use std::collections::HashSet;
use std::error::Error;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use futures::future::{BoxFuture, FutureExt, try_join_all};
use reqwest::header::{ACCEPT, HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::{Client, Response, StatusCode, redirect};
use thiserror::Error;
use url::Url;

use super::wire::{self, Decoded};
use super::{InvalidReason, Phase, SourceError, UniversitySource, tls_config};
use crate::domain::{Country, CountryListing, Origin};

/// What the source needs to know.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The upstream's base address; `/search` is appended to its path.
    pub url: Url,
    /// How outcomes name this upstream.
    pub label: Arc<str>,
    /// The time a connection may take.
    pub connect_timeout: Duration,
    /// The time one request may take, connection and body included.
    pub attempt_timeout: Duration,
    /// The time all requests for one country may take together.
    pub total_timeout: Duration,
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
    Address(Url),
}

/// A source over HTTP. All calls share one client and its connections.
#[derive(Debug)]
pub struct HttpSource {
    client: Client,
    search: Url,
    settings: Settings,
}

impl HttpSource {
    /// Sets the client up; connects to nothing yet.
    ///
    /// # Errors
    ///
    /// [`SetupError`], when the settings cannot work for any call.
    pub fn new(settings: Settings) -> Result<Self, SetupError> {
        let mut search = settings.url.clone();
        search
            .path_segments_mut()
            .map_err(|()| SetupError::Address(settings.url.clone()))?
            .pop_if_empty()
            .push("search");
        let client = Client::builder()
            .tls_backend_preconfigured(tls_config().map_err(SetupError::Tls)?)
            .connect_timeout(settings.connect_timeout)
            .timeout(settings.attempt_timeout)
            // A redirect is how a captive portal or a hijacked name answers; none is followed.
            .redirect(redirect::Policy::none())
            // Callers' environments must not decide where upstream calls go.
            .no_proxy()
            .pool_idle_timeout(POOL_IDLE)
            .user_agent(concat!("universities/", env!("CARGO_PKG_VERSION")))
            .default_headers(HeaderMap::from_iter([(
                ACCEPT,
                HeaderValue::from_static("application/json"),
            )]))
            .build()
            .map_err(SetupError::Client)?;
        Ok(Self {
            client,
            search,
            settings,
        })
    }

    async fn list(&self, country: Country) -> Result<CountryListing, SourceError> {
        let spellings = country.upstream_spellings();
        // Part of a country must not pass for the whole: one failed spelling fails the call.
        let asked = try_join_all(spellings.iter().map(|spelling| self.ask(country, spelling)));
        let documents = tokio::time::timeout(self.settings.total_timeout, asked)
            .await
            .map_err(|_| self.timeout(Phase::Total))??;

        let mut seen = HashSet::new();
        let (mut dropped, mut duplicates) = (0, 0);
        let mut universities = Vec::new();
        for document in documents {
            dropped += document.dropped;
            for university in document.universities {
                if seen.insert(university.key()) {
                    universities.push(university);
                } else {
                    duplicates += 1;
                }
            }
        }
        if dropped > 0 || duplicates > 0 {
            tracing::warn!(
                country.code = country.code(),
                records.dropped = dropped,
                records.duplicates = duplicates,
                "upstream list has defective records"
            );
        }
        Ok(CountryListing {
            universities: universities.into(),
            origin: Origin::Live,
            age: Duration::ZERO,
            attempts: u32::try_from(spellings.len()).unwrap_or(u32::MAX),
            upstream: Arc::clone(&self.settings.label),
        })
    }

    async fn ask(&self, country: Country, spelling: &str) -> Result<Decoded, SourceError> {
        let response = self
            .client
            .get(self.search.clone())
            .query(&[("country", spelling)])
            .send()
            .await
            .map_err(|error| self.classify(error, Phase::Headers))?;
        check_status(&response)?;
        let body = self.body(response).await?;
        wire::decode(&body, country, spelling)
    }

    /// Reads the body up to the limit. Counts decoded bytes, so that a small compressed body
    /// cannot become a large one.
    async fn body(&self, response: Response) -> Result<Vec<u8>, SourceError> {
        let limit = self.settings.max_body_bytes;
        let mut body = Vec::new();
        let mut chunks = response.bytes_stream();
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk.map_err(|error| self.classify(error, Phase::Body))?;
            if body.len() + chunk.len() > limit {
                return Err(SourceError::TooLarge { limit });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    fn timeout(&self, phase: Phase) -> SourceError {
        SourceError::Timeout {
            phase,
            limit: match phase {
                Phase::Connect => self.settings.connect_timeout,
                Phase::Headers | Phase::Body => self.settings.attempt_timeout,
                Phase::Total => self.settings.total_timeout,
            },
        }
    }

    /// Finds out what an error of the client means. The order matters: a timeout in the body
    /// also calls itself a decoding error, and a TLS failure a connection error.
    fn classify(&self, error: reqwest::Error, phase: Phase) -> SourceError {
        // The address may carry credentials, and the log says which upstream it is anyway.
        let error = error.without_url();
        if error.is_timeout() {
            return self.timeout(if error.is_connect() {
                Phase::Connect
            } else {
                phase
            });
        }
        if has_cause::<rustls::Error>(&error) {
            return SourceError::Tls(error.into());
        }
        if error.is_dns() {
            return SourceError::Dns(error.into());
        }
        if error.is_connect() {
            return SourceError::Unreachable(error.into());
        }
        let hyper = causes(&error).find_map(|cause| cause.downcast_ref::<hyper::Error>());
        if hyper.is_some_and(|e| e.is_parse() || e.is_parse_too_large()) {
            return SourceError::Protocol(error.into());
        }
        let truncated = causes(&error).any(is_unexpected_end)
            || hyper.is_some_and(hyper::Error::is_incomplete_message);
        if phase == Phase::Body && truncated {
            return SourceError::Invalid {
                reason: InvalidReason::Truncated,
                cause: error.into(),
            };
        }
        if truncated || causes(&error).any(is_broken_connection) {
            return SourceError::Reset(error.into());
        }
        if error.is_decode() {
            return SourceError::Invalid {
                reason: InvalidReason::Encoding,
                cause: error.into(),
            };
        }
        SourceError::Protocol(error.into())
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

/// Lets only a 200 pass.
fn check_status(response: &Response) -> Result<(), SourceError> {
    let status = response.status();
    match status {
        StatusCode::OK => Ok(()),
        StatusCode::SERVICE_UNAVAILABLE => Err(SourceError::Unavailable {
            retry_after: retry_after(response),
        }),
        StatusCode::TOO_MANY_REQUESTS => Err(SourceError::RateLimited {
            retry_after: retry_after(response),
        }),
        _ if status.is_redirection() => Err(SourceError::Redirected {
            status: status.as_u16(),
        }),
        _ if status.is_server_error() => Err(SourceError::Status {
            status: status.as_u16(),
        }),
        _ => Err(SourceError::Refused {
            status: status.as_u16(),
        }),
    }
}

/// `Retry-After` in seconds (RFC 9110 §10.2.3). The date form is not read: it would trust two
/// clocks to agree.
fn retry_after(response: &Response) -> Option<Duration> {
    let seconds = response.headers().get(RETRY_AFTER)?.to_str().ok()?;
    seconds.trim().parse().ok().map(Duration::from_secs)
}

/// The error and its causes, outermost first.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error| inner(*error))
}

fn inner<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    // An `io::Error` wraps another error without naming it as its source.
    match error
        .downcast_ref::<io::Error>()
        .and_then(io::Error::get_ref)
    {
        Some(wrapped) => Some(wrapped),
        None => error.source(),
    }
}

fn has_cause<E: Error + 'static>(error: &(dyn Error + 'static)) -> bool {
    causes(error).any(<dyn Error>::is::<E>)
}

fn is_unexpected_end(cause: &(dyn Error + 'static)) -> bool {
    cause
        .downcast_ref::<io::Error>()
        .is_some_and(|e| e.kind() == io::ErrorKind::UnexpectedEof)
}

fn is_broken_connection(cause: &(dyn Error + 'static)) -> bool {
    cause.downcast_ref::<io::Error>().is_some_and(|e| {
        matches!(
            e.kind(),
            io::ErrorKind::ConnectionReset
                | io::ErrorKind::ConnectionAborted
                | io::ErrorKind::BrokenPipe
        )
    })
}
