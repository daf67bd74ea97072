//! From a list to an edition of the service: picks implementations and stacks them.

use std::sync::Arc;
use std::time::Duration;

use super::embedded::Embedded;
use super::{StartError, Upstream};
use crate::aside::aside;
use crate::catalogue::Catalogue;
use crate::domain::{About, UpstreamAbout};
use crate::outbound::RemoteUrl;
use crate::service::Edition;
use crate::source::{self, HttpSource, Observed, SetupError, UniversitySource};
use crate::upstream;

/// What editions are made with.
#[derive(Debug)]
pub(super) enum Editions {
    /// Each has an upstream of its own, which answers from its list after the latency.
    Embedded(Duration, Calls),
    /// All have one source.
    Remote(Arc<dyn UniversitySource>, source::Settings),
}

/// The limits of calls, whichever upstream they go to.
#[derive(Debug)]
pub(super) struct Calls {
    pub(super) connect_timeout: Duration,
    pub(super) attempt_timeout: Duration,
    pub(super) total_timeout: Duration,
    pub(super) max_body_bytes: usize,
}

/// An edition, and how its upstream is called.
pub(super) struct Made {
    pub(super) edition: Edition,
    pub(super) calls: source::Settings,
}

impl Editions {
    pub(super) fn new(upstream: &Upstream, calls: Calls) -> Result<Self, SetupError> {
        Ok(match upstream {
            Upstream::Embedded(latency) => Self::Embedded(*latency, calls),
            Upstream::Remote(url) => {
                let settings = calls.to(url.clone(), url.to_string());
                let (source, _) = stack(&settings)?;
                Self::Remote(source, settings)
            }
        })
    }

    /// Makes an edition of a list, with the embedded upstream running if that is the one.
    pub(super) async fn of(&self, catalogue: Catalogue) -> Result<Made, StartError> {
        match self {
            Self::Remote(source, settings) => {
                let source = Arc::clone(source);
                Ok(Made::of(source, settings.clone(), catalogue, None))
            }
            Self::Embedded(latency, calls) => {
                let latency = *latency;
                // All answers are written beforehand.
                let (endpoint, catalogue) =
                    aside(move || (upstream::endpoint(&catalogue, latency), catalogue)).await;
                let embedded = Embedded::start(endpoint).map_err(StartError::Embedded)?;
                let settings = calls.to(embedded.url(), catalogue.label());
                let (source, _) = stack(&settings)?;
                let source = embedded.behind(source);
                Ok(Made::of(source, settings, catalogue, Some(latency)))
            }
        }
    }
}

impl Calls {
    fn to(&self, url: RemoteUrl, label: String) -> source::Settings {
        source::Settings {
            url,
            label: label.into(),
            connect_timeout: self.connect_timeout,
            attempt_timeout: self.attempt_timeout,
            total_timeout: self.total_timeout,
            max_body_bytes: self.max_body_bytes,
        }
    }
}

impl Made {
    /// With the latency of the embedded upstream if it is that one.
    fn of(
        source: Arc<dyn UniversitySource>,
        calls: source::Settings,
        catalogue: Catalogue,
        embedded: Option<Duration>,
    ) -> Self {
        let upstream = UpstreamAbout {
            embedded: embedded.is_some(),
            url: calls.url.to_string(),
            latency: embedded.unwrap_or_default(),
        };
        let about = About {
            upstream,
            catalogue: catalogue.about(),
        };
        let edition = Edition {
            source,
            catalogue,
            about,
        };
        Self { edition, calls }
    }
}

/// The sources, outermost first: observed → http. Also gives the innermost by itself.
pub(super) fn stack(
    settings: &source::Settings,
) -> Result<(Arc<dyn UniversitySource>, Arc<HttpSource>), SetupError> {
    let http = Arc::new(HttpSource::new(settings.clone())?);
    let observed = Observed::new(http.clone());
    Ok((Arc::new(observed), http))
}
