//! From a list to an edition of the service.

use std::sync::Arc;
use std::time::Duration;

use super::embedded::Embedded;
use super::stack::{Resilience, Stack, uncached};
use super::{StartError, Upstream};
use crate::aside::aside;
use crate::catalogue::Catalogue;
use crate::domain::{About, UpstreamAbout};
use crate::outbound::RemoteUrl;
use crate::service::Edition;
use crate::source::{self, Meter, SetupError};
use crate::telemetry::Metrics;
use crate::upstream;

/// What editions are made with.
#[derive(Debug)]
pub(super) struct Editions {
    of: Of,
    calls: Calls,
}

#[derive(Debug)]
enum Of {
    /// Each has an upstream of its own, which answers from its list after the latency.
    Embedded(Duration),
    /// All have one stack of sources.
    Remote(Stack, Vec<source::Settings>),
}

/// How upstreams are called, whichever they are.
#[derive(Debug, Clone)]
pub(super) struct Calls {
    pub(super) connect_timeout: Duration,
    pub(super) attempt_timeout: Duration,
    pub(super) max_body_bytes: usize,
    pub(super) resilience: Resilience,
    pub(super) metrics: Metrics,
}

/// An edition, and how its upstreams are called.
pub(super) struct Made {
    pub(super) edition: Edition,
    pub(super) upstreams: Vec<source::Settings>,
}

impl Editions {
    pub(super) fn new(upstream: &Upstream, calls: Calls) -> Result<Self, SetupError> {
        let of = match upstream {
            Upstream::Embedded(latency) => Of::Embedded(*latency),
            Upstream::Remote(urls) => {
                let upstreams = urls
                    .iter()
                    .map(|url| calls.to(url.clone(), url.to_string()));
                let upstreams: Vec<_> = upstreams.collect();
                Of::Remote(calls.stack(&upstreams)?, upstreams)
            }
        };
        Ok(Self { of, calls })
    }

    /// Makes an edition of a list, with the embedded upstream running if that is the one.
    pub(super) async fn of(&self, catalogue: Catalogue) -> Result<Made, StartError> {
        match &self.of {
            Of::Remote(stack, upstreams) => {
                Ok(self.made(stack.clone(), upstreams.clone(), Arc::new(catalogue), None))
            }
            Of::Embedded(latency) => {
                let latency = *latency;
                // All answers are written beforehand.
                let (endpoint, catalogue) =
                    aside(move || (upstream::endpoint(&catalogue, latency), catalogue)).await;
                let embedded = Embedded::start(endpoint).map_err(StartError::Embedded)?;
                let embedded = Arc::new(embedded);
                let upstreams = vec![self.calls.to(embedded.url(), catalogue.label())];
                let stack = self.calls.stack(&upstreams)?;
                let stack = stack.map(|source| embedded.behind(source));
                Ok(self.made(stack, upstreams, Arc::new(catalogue), Some(latency)))
            }
        }
    }

    /// With the latency of the embedded upstream if it is that one.
    fn made(
        &self,
        stack: Stack,
        upstreams: Vec<source::Settings>,
        catalogue: Arc<Catalogue>,
        embedded: Option<Duration>,
    ) -> Made {
        let urls: Vec<_> = upstreams.iter().map(|it| it.url.to_string()).collect();
        let about = About {
            upstream: UpstreamAbout {
                embedded: embedded.is_some(),
                url: urls.join(", "),
                latency: embedded.unwrap_or_default(),
            },
            catalogue: catalogue.about(),
        };
        let stack = stack.finished(&catalogue, &self.calls.metrics);
        let edition = Edition {
            source: stack.kept,
            revalidating: stack.new,
            catalogue,
            about,
        };
        Made { edition, upstreams }
    }

    /// Sources in front of these upstreams, with connections of their own and nothing kept, whose calls
    /// the meter counts.
    pub(super) fn uncached(
        &self,
        upstreams: &[source::Settings],
        meter: &Arc<Meter>,
    ) -> Result<Arc<dyn source::UniversitySource>, SetupError> {
        let calls = &self.calls;
        uncached(upstreams, &calls.resilience, &calls.metrics, meter)
    }
}

impl Calls {
    fn to(&self, url: RemoteUrl, label: String) -> source::Settings {
        source::Settings {
            url,
            label: label.into(),
            connect_timeout: self.connect_timeout,
            attempt_timeout: self.attempt_timeout,
            max_body_bytes: self.max_body_bytes,
        }
    }

    fn stack(&self, upstreams: &[source::Settings]) -> Result<Stack, SetupError> {
        let uncached = uncached(upstreams, &self.resilience, &self.metrics, &Arc::default())?;
        Ok(Stack::of(uncached, &self.resilience, &self.metrics))
    }
}
