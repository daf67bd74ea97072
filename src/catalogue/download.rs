//! Fetching a list from an address, when it has changed.
//!
//! Owns the HTTP client of the catalogue and its limits. What is done with a document is the
//! refresher's business.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use reqwest::header::{
    ACCEPT, ETAG, HeaderMap, HeaderName, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH,
    LAST_MODIFIED, LOCATION,
};
use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use url::Url;

use super::CatalogueError;
use super::load::MOST_BYTES;
use crate::outbound::{self, Places, ReadError, RemoteUrl};

/// The time a list may take in all.
const TIMEOUT: Duration = Duration::from_secs(60);

/// The time a connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// The most redirects that are followed.
const MOST_REDIRECTS: usize = 3;

/// A client for one address.
#[derive(Debug)]
pub(super) struct Download {
    client: Client,
    url: RemoteUrl,
}

/// What a server said of a document, to be repeated to it (RFC 9110 §13).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Validators {
    etag: Option<String>,
    last_modified: Option<String>,
}

/// What an address gave.
#[derive(Debug)]
pub(super) enum Downloaded {
    /// Nothing new since the validators.
    Unchanged,
    /// A document.
    Document(Bytes, Validators),
}

impl Download {
    /// Sets the client up; connects to nothing yet.
    ///
    /// # Errors
    ///
    /// [`CatalogueError::Client`].
    pub(super) fn new(url: RemoteUrl) -> Result<Self, CatalogueError> {
        let client = outbound::client()
            .map_err(|error| CatalogueError::Client(error.into()))?
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(TIMEOUT)
            .redirect(followed())
            .build()
            .map_err(|error| CatalogueError::Client(error.into()))?;
        Ok(Self { client, url })
    }

    /// The address.
    pub(super) fn url(&self) -> &RemoteUrl {
        &self.url
    }

    /// Fetches the document unless it is still the one that the validators are of.
    ///
    /// # Errors
    ///
    /// [`CatalogueError`], when there is neither a document nor word that it has not changed.
    pub(super) async fn fetch(
        &self,
        validators: &Validators,
    ) -> Result<Downloaded, CatalogueError> {
        let request = self.client.get(self.url.exposed().clone());
        let request = request.headers(validators.conditions());
        let response = request.send().await.map_err(|error| self.failed(error))?;
        match response.status() {
            StatusCode::OK => {}
            StatusCode::NOT_MODIFIED if *validators != Validators::default() => {
                return Ok(Downloaded::Unchanged);
            }
            status => {
                let (url, code) = (self.url.clone(), status.as_u16());
                let is_redirect = response.headers().contains_key(LOCATION);
                return Err(if status.is_redirection() && is_redirect {
                    CatalogueError::Redirected { url, status: code }
                } else {
                    CatalogueError::Status { url, status: code }
                });
            }
        }
        let validators = Validators::of(&response);
        // The only one that is read.
        let room = Places::default().room(Instant::now() + TIMEOUT);
        let document = outbound::read(response, MOST_BYTES, &room).await;
        let document = document.map_err(|error| match error {
            ReadError::Client(error) => self.failed(error),
            ReadError::TooSlow(_) | ReadError::NoRoom => CatalogueError::Fetch {
                url: self.url.clone(),
                cause: error.into(),
            },
            ReadError::TooLarge => CatalogueError::TooLarge {
                url: self.url.clone(),
                limit: MOST_BYTES,
            },
        })?;
        Ok(Downloaded::Document(document, validators))
    }

    fn failed(&self, error: reqwest::Error) -> CatalogueError {
        CatalogueError::Fetch {
            url: self.url.clone(),
            // The address may carry credentials.
            cause: error.without_url().into(),
        }
    }
}

/// Lists move, and whoever keeps one says so: it is followed on its own host, or to an address that
/// proves whose it is. What was once asked for in secret is never asked for in the open.
fn followed() -> Policy {
    Policy::custom(|attempt| {
        let is_secret = |url: &Url| url.scheme() == "https";
        let host = |url: &Url| url.host_str().map(str::to_owned);
        let (before, to) = (attempt.previous(), attempt.url());
        let stays = before.last().is_some_and(|from| host(from) == host(to));
        let is_safe = is_secret(to) || (stays && !before.iter().any(is_secret));
        if is_safe && before.len() <= MOST_REDIRECTS {
            attempt.follow()
        } else {
            attempt.stop()
        }
    })
}

impl Validators {
    fn of(response: &Response) -> Self {
        let text = |name: HeaderName| {
            let value = response.headers().get(name)?.to_str().ok()?;
            Some(value.to_owned())
        };
        Self {
            etag: text(ETAG),
            last_modified: text(LAST_MODIFIED),
        }
    }

    fn conditions(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        let conditions = [
            (IF_NONE_MATCH, &self.etag),
            (IF_MODIFIED_SINCE, &self.last_modified),
        ];
        for (name, value) in conditions {
            let value = value.as_deref().map(HeaderValue::from_str);
            if let Some(Ok(value)) = value {
                headers.insert(name, value);
            }
        }
        headers
    }

    /// When the document was last changed, if the server said so.
    pub(super) fn changed(&self) -> Option<SystemTime> {
        let date = self.last_modified.as_deref()?;
        httpdate::parse_http_date(date).ok()
    }
}
