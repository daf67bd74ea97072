//! The composition root: picks implementations and stacks them. Nobody else does.
//!
//! Owns which source stands in front of which upstream, and the embedded upstream's life.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use poem::{Endpoint, Response};
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use url::Url;

use crate::api::{self, Readiness};
use crate::catalogue::{Catalogue, CatalogueError};
use crate::domain::{About, UpstreamAbout};
use crate::server;
use crate::service::UniversityService;
use crate::source::{self, HttpSource, Observed, SetupError, UniversitySource, UpstreamUrl};
use crate::upstream;

/// What the service is made of.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Which upstream answers.
    pub upstream: Upstream,
    /// The list to load; the bundled sample when there is none.
    pub catalogue: Option<PathBuf>,
    /// The time a connection to the upstream may take.
    pub connect_timeout: Duration,
    /// The time one upstream request may take.
    pub attempt_timeout: Duration,
    /// The time all upstream requests for one country may take.
    pub total_timeout: Duration,
    /// The most decoded bytes of one upstream document.
    pub max_body_bytes: usize,
}

/// Which upstream answers.
#[derive(Debug, Clone)]
pub enum Upstream {
    /// Our own, on a free loopback port, waiting so long before each answer.
    Embedded(Duration),
    /// A remote one at this base address.
    Remote(UpstreamUrl),
}

/// The service could not start.
#[derive(Debug, Error)]
pub enum StartError {
    /// The catalogue is unreadable or wrong.
    #[error("the catalogue could not be loaded")]
    Catalogue(#[from] CatalogueError),
    /// The HTTP client could not be set up.
    #[error("the source could not be set up")]
    Source(#[from] SetupError),
    /// There is no free loopback port.
    #[error("the embedded upstream found no loopback port")]
    Embedded(#[source] std::io::Error),
}

/// The assembled service, with its upstream running if that is the embedded one.
#[derive(Debug)]
pub struct App {
    service: Arc<UniversityService>,
    http: source::Settings,
    embedded: Option<Embedded>,
}

/// The embedded upstream's server.
#[derive(Debug)]
struct Embedded {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    server: JoinHandle<usize>,
}

impl App {
    /// Loads the catalogue, starts the embedded upstream if that is the one, and stacks the
    /// sources.
    ///
    /// # Errors
    ///
    /// [`StartError`], naming what could not be had.
    pub async fn start(settings: &Settings) -> Result<Self, StartError> {
        let catalogue = load(settings.catalogue.as_deref())?;
        let (embedded, url, label) = match &settings.upstream {
            Upstream::Embedded(latency) => {
                let embedded = Embedded::start(&catalogue, *latency)?;
                let url = embedded.url();
                (Some(embedded), url, catalogue.label())
            }
            Upstream::Remote(url) => (None, url.clone(), url.to_string()),
        };
        let about = About {
            upstream: UpstreamAbout {
                embedded: embedded.is_some(),
                url: url.to_string(),
                latency: match settings.upstream {
                    Upstream::Embedded(latency) => latency,
                    Upstream::Remote(_) => Duration::ZERO,
                },
            },
            catalogue: catalogue.about(),
        };
        let http = source::Settings {
            url,
            label: label.into(),
            connect_timeout: settings.connect_timeout,
            attempt_timeout: settings.attempt_timeout,
            total_timeout: settings.total_timeout,
            max_body_bytes: settings.max_body_bytes,
        };
        let (source, _) = stack(&http)?;
        tracing::info!(
            upstream.embedded = about.upstream.embedded,
            upstream.url = about.upstream.url,
            catalogue.name = about.catalogue.name,
            catalogue.universities = about.catalogue.universities,
            catalogue.countries = about.catalogue.by_country.len(),
            "answers come from {}{}",
            if about.upstream.embedded {
                "the embedded upstream"
            } else {
                "a remote upstream"
            },
            if about.upstream.embedded && about.catalogue.sample {
                " and its bundled sample, which is not the whole world"
            } else {
                ""
            },
        );
        Ok(Self {
            service: Arc::new(UniversityService::new(source, about)),
            http,
            embedded,
        })
    }

    /// The service.
    #[must_use]
    pub fn service(&self) -> &UniversityService {
        &self.service
    }

    /// Another stack of sources in front of the same upstream, with connections of its own, and
    /// its innermost source, which counts the upstream's calls.
    ///
    /// # Errors
    ///
    /// [`SetupError`], as when the first was set up.
    pub fn another_source(
        &self,
    ) -> Result<(Arc<dyn UniversitySource>, Arc<HttpSource>), SetupError> {
        stack(&self.http)
    }

    /// Serves the API until `stop` completes and running requests have finished.
    ///
    /// Returns how many connections were cut off at the end of the grace.
    pub async fn serve(
        self,
        listener: TcpListener,
        stop: impl Future<Output = ()>,
        settings: server::Settings,
    ) -> usize {
        let readiness = Arc::new(Readiness::default());
        let endpoint = api::endpoint(Arc::clone(&self.service), Arc::clone(&readiness));
        let drain = settings.drain;
        let stop = async {
            stop.await;
            readiness.stop();
            // Load balancers look at the probe now and then; until they have, requests come.
            tokio::time::sleep(drain).await;
        };
        let cut_off = server::serve(listener, Arc::new(endpoint), stop, settings).await;
        self.close().await;
        cut_off
    }

    /// Stops the embedded upstream.
    pub async fn close(self) {
        if let Some(embedded) = self.embedded {
            embedded.stop().await;
        }
    }
}

/// The sources, outermost first: observed → http. Also gives the innermost by itself.
fn stack(
    settings: &source::Settings,
) -> Result<(Arc<dyn UniversitySource>, Arc<HttpSource>), SetupError> {
    let http = Arc::new(HttpSource::new(settings.clone())?);
    let observed = Observed::new(http.clone());
    Ok((Arc::new(observed), http))
}

impl Embedded {
    fn start(catalogue: &Catalogue, latency: Duration) -> Result<Self, StartError> {
        let free_port = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let listener = server::listen(free_port).map_err(StartError::Embedded)?;
        let address = listener.local_addr().map_err(StartError::Embedded)?;
        let (stop, stopped) = oneshot::channel();
        let endpoint = Arc::new(upstream::endpoint(catalogue, latency));
        let stopped = async {
            let _dropped_is_stopped_too = stopped.await;
        };
        let settings = upstream_server_settings();
        let server = tokio::spawn(server::serve(listener, endpoint, stopped, settings));
        Ok(Self {
            address,
            stop,
            server,
        })
    }

    fn url(&self) -> UpstreamUrl {
        let url = format!("http://{}", self.address).parse::<Url>();
        url.expect("a socket address is a valid authority").into()
    }

    async fn stop(self) {
        let _already_gone = self.stop.send(());
        if let Err(error) = self.server.await {
            tracing::error!(%error, "embedded upstream did not stop in order");
        }
    }
}

/// The catalogue at the path, or the bundled sample.
///
/// # Errors
///
/// [`CatalogueError`], naming the record and field that are wrong.
pub fn load(path: Option<&std::path::Path>) -> Result<Catalogue, CatalogueError> {
    match path {
        Some(path) => Catalogue::load(path),
        None => Catalogue::sample(),
    }
}

/// How an upstream of ours is served, embedded or by itself.
#[must_use]
pub fn upstream_server_settings() -> server::Settings {
    server::Settings {
        // The service keeps connections for reuse longer than a stranger may.
        head_timeout: Duration::from_secs(120),
        // Whoever still waits for it is stopping too.
        grace: Duration::from_secs(1),
        ..server::Settings::default()
    }
}

/// An upstream by itself, as an endpoint to serve.
#[must_use]
pub fn upstream(
    catalogue: &Catalogue,
    latency: Duration,
) -> impl Endpoint<Output = Response> + 'static {
    upstream::endpoint(catalogue, latency)
}
