//! The composition root: picks implementations and stacks them. Nobody else does.
//!
//! Owns the service's life: it starts with a list, looks for a new one now and again, and answers
//! from that as soon as it is there. How an edition is made of a list is in `editions`, how long
//! the embedded upstream runs in `embedded`, and when to look for a list again in `pace`.

mod editions;
mod embedded;
mod pace;
mod serving;
mod stack;

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use futures::FutureExt;
use poem::{Endpoint, Response};
use thiserror::Error;
use tokio::sync::Mutex;

use crate::api;
use crate::catalogue::{Catalogue, CatalogueError, Location, Refresher};
use crate::domain::About;
use crate::outbound::RemoteUrl;
use crate::service::UniversityService;
use crate::source::{self, Meter, SetupError, UniversitySource};
use crate::telemetry::Metrics;
use crate::{server, telemetry, upstream};
use editions::{Calls, Editions};
use pace::Pace;
pub use serving::Listeners;
pub use stack::Resilience;

/// What the service is made of.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Which upstream answers.
    pub upstream: Upstream,
    /// Where the list comes from.
    pub catalogue: Location,
    /// How long to wait before looking for a new list at an address.
    pub refresh_every: Duration,
    /// Who may ask, and how much.
    pub api: api::Settings,
    /// The time a connection to the upstream may take.
    pub connect_timeout: Duration,
    /// The time one upstream request may take.
    pub attempt_timeout: Duration,
    /// The most decoded bytes of one upstream document.
    pub max_body_bytes: usize,
    /// What is done for a country whose upstream is slow, fails, or has been asked already.
    pub resilience: Resilience,
}

/// Which upstream answers.
#[derive(Debug, Clone)]
pub enum Upstream {
    /// Our own, on a free loopback port, waiting so long before each answer.
    Embedded(Duration),
    /// Remote ones at these base addresses, each of which stands in for those before.
    Remote(Vec<RemoteUrl>),
}

/// The service could not start, or not with a new list.
#[derive(Debug, Error)]
pub enum StartError {
    /// The catalogue cannot be had, or is wrong.
    #[error("the catalogue could not be loaded")]
    Catalogue(#[from] CatalogueError),
    /// The HTTP client could not be set up.
    #[error("the source could not be set up")]
    Source(#[from] SetupError),
    /// There is no free loopback port.
    #[error("the embedded upstream found no loopback port")]
    Embedded(#[source] std::io::Error),
    /// A defect of ours; the panic's own words stand before it in the log.
    #[error("making an edition of the list panicked")]
    Panicked,
}

/// What became of looking for a new list.
#[derive(Debug)]
pub enum Refreshed {
    /// There is one, and it is answered from.
    New,
    /// It is the one in use.
    Unchanged,
    /// There is none that could be used; the one in use stays.
    Kept(StartError),
}

/// The assembled service, with its upstream running if that is the embedded one.
#[derive(Debug)]
pub struct App {
    service: Arc<UniversityService>,
    editions: Editions,
    /// How the upstreams of the edition in use are called, for comparisons.
    upstreams: ArcSwap<Vec<source::Settings>>,
    metrics: Metrics,
    refresher: Refresher,
    /// Held while a new list is looked for: one at a time.
    refreshing: Mutex<Pace>,
    api: api::Settings,
}

impl App {
    /// Loads the catalogue, starts the embedded upstream if that is the one, and stacks the
    /// sources.
    ///
    /// # Errors
    ///
    /// [`StartError`], naming what could not be had.
    pub async fn start(settings: &Settings) -> Result<Self, StartError> {
        let (refresher, fresh, instead_of) = Refresher::open(&settings.catalogue).await?;
        let metrics = Metrics::default();
        let calls = Calls {
            connect_timeout: settings.connect_timeout,
            attempt_timeout: settings.attempt_timeout,
            max_body_bytes: settings.max_body_bytes,
            resilience: settings.resilience.clone(),
            metrics: metrics.clone(),
        };
        let editions = Editions::new(&settings.upstream, calls)?;
        let made = editions.of(fresh.catalogue).await?;
        refresher.keep(fresh.receipt).await;
        announce(&made.edition.about);
        let pace = Pace::new(settings.refresh_every, instead_of.is_none());
        Ok(Self {
            service: Arc::new(UniversityService::new(made.edition)),
            editions,
            upstreams: ArcSwap::from_pointee(made.upstreams),
            metrics,
            refresher,
            refreshing: Mutex::new(pace),
            api: settings.api.clone(),
        })
    }

    /// The service.
    #[must_use]
    pub fn service(&self) -> &UniversityService {
        &self.service
    }

    /// Other sources in front of the same upstreams, with connections of their own and nothing kept, and
    /// what counts the requests they make.
    ///
    /// # Errors
    ///
    /// [`SetupError`], as when the first were set up.
    pub fn another_source(&self) -> Result<(Arc<dyn UniversitySource>, Arc<Meter>), SetupError> {
        let meter = Arc::default();
        let source = self.editions.uncached(&self.upstreams.load(), &meter)?;
        Ok((source, meter))
    }

    /// Looks for a new list, and answers from it if there is one. Requests that have begun end with
    /// the list they began with.
    pub async fn refresh(&self) -> Refreshed {
        let mut pace = self.refreshing.lock().await;
        // A defect in making an edition of a list must not end the service.
        let newer = AssertUnwindSafe(self.newer_edition()).catch_unwind().await;
        let refreshed = match newer.unwrap_or(Err(StartError::Panicked)) {
            Ok(Some(about)) => {
                announce(&about);
                Refreshed::New
            }
            Ok(None) => {
                tracing::info!("catalogue has not changed");
                Refreshed::Unchanged
            }
            Err(error) => {
                tracing::warn!(
                    error = telemetry::chain(&error),
                    "no new catalogue, the one in use stays"
                );
                Refreshed::Kept(error)
            }
        };
        pace.note(!matches!(refreshed, Refreshed::Kept(_)));
        refreshed
    }

    /// Only to be called by one at a time: what is accepted depends on what is in use.
    async fn newer_edition(&self) -> Result<Option<About>, StartError> {
        let in_use = self.service.edition();
        let Some(fresh) = self.refresher.refresh(&in_use.catalogue).await? else {
            return Ok(None);
        };
        let made = self.editions.of(fresh.catalogue).await?;
        let about = made.edition.about.clone();
        self.upstreams.store(Arc::new(made.upstreams));
        self.service.replace(made.edition);
        self.refresher.keep(fresh.receipt).await;
        Ok(Some(about))
    }
}

/// Says what is answered from.
fn announce(
    About {
        upstream,
        catalogue,
    }: &About,
) {
    let date = humantime::format_rfc3339_seconds(catalogue.version.changed);
    tracing::info!(
        upstream.embedded = upstream.embedded,
        upstream.url = upstream.url,
        catalogue.name = catalogue.name,
        catalogue.version = &*catalogue.version.hash,
        catalogue.date = %date,
        catalogue.universities = catalogue.universities,
        catalogue.countries = catalogue.by_country.len(),
        "answers come from {}{}",
        if upstream.embedded {
            "the embedded upstream"
        } else {
            "a remote upstream"
        },
        if upstream.embedded && catalogue.sample {
            " and its bundled sample, which is not the whole world"
        } else {
            ""
        },
    );
}

/// The list at a location, once.
///
/// # Errors
///
/// [`CatalogueError`], naming what is wrong with it or why it cannot be had.
pub async fn load(location: &Location) -> Result<Catalogue, CatalogueError> {
    let (_, fresh, _) = Refresher::open(location).await?;
    Ok(fresh.catalogue)
}

/// How an upstream of ours is served, embedded or by itself.
#[must_use]
pub fn upstream_server_settings() -> server::Settings {
    embedded::settings()
}

/// An upstream by itself, as an endpoint to serve.
#[must_use]
pub fn upstream(
    catalogue: &Catalogue,
    latency: Duration,
) -> impl Endpoint<Output = Response> + use<> {
    upstream::endpoint(catalogue, latency)
}
