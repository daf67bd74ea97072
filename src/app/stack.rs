//! How sources are stacked: which properties an upstream's lists have on their way to the service.

use std::sync::Arc;
use std::time::Duration;

use crate::catalogue::Catalogue;
use crate::outbound::Places;
use crate::source::{
    self, Backed, BreakerSettings, CacheSettings, Cached, Guarded, Hedged, HttpSource, Limit,
    Limited, Meter, Observed, Redundant, Retried, RetrySettings, SetupError, UniversitySource,
};
use crate::telemetry::Metrics;

/// What is done for a country whose upstream is slow, fails, or has been asked already.
#[derive(Debug, Clone)]
pub struct Resilience {
    /// How long lists are kept; not at all where there is nothing.
    pub cache: Option<CacheSettings>,
    /// How often what fails is tried again.
    pub retry: RetrySettings,
    /// Whether what is slow is asked for a second time.
    pub hedge: bool,
    /// When an upstream that fails is left alone; never where there is nothing.
    pub circuit: Option<BreakerSettings>,
    /// How many calls an upstream has at a time.
    pub limit: Limit,
}

impl Default for Resilience {
    fn default() -> Self {
        Self {
            cache: Some(CacheSettings {
                ttl: Duration::from_secs(10 * 60),
                max_stale: Duration::from_secs(7 * 24 * 60 * 60),
                max_bytes: 64 << 20,
            }),
            retry: RetrySettings {
                most: 2,
                delay: Duration::from_millis(100),
                longest_delay: Duration::from_secs(2),
                total_timeout: Duration::from_secs(9),
            },
            hedge: true,
            circuit: Some(BreakerSettings::default()),
            limit: Limit::default(),
        }
    }
}

/// Sources in front of the upstreams, with what is kept of their answers.
#[derive(Debug, Clone)]
pub(super) struct Stack {
    /// For callers who take what is kept.
    pub(super) kept: Arc<dyn UniversitySource>,
    /// For callers who want what is new.
    pub(super) new: Arc<dyn UniversitySource>,
}

/// The upstreams by themselves, whose calls are counted by the meter: retried → redundant, and for each
/// hedged → gate → limited → guarded → http.
pub(super) fn uncached(
    upstreams: &[source::Settings],
    resilience: &Resilience,
    metrics: &Metrics,
    meter: &Arc<Meter>,
) -> Result<Arc<dyn UniversitySource>, SetupError> {
    let places = Places::default();
    let mut each = Vec::with_capacity(upstreams.len());
    for (place, settings) in upstreams.iter().enumerate() {
        let (metrics, meter) = (metrics.clone(), Arc::clone(meter));
        let places = places.clone();
        let http = HttpSource::new(settings.clone(), place, places, metrics.clone(), meter)?;
        let limited = |source| Limited::new(source, resilience.limit, place, metrics.clone());
        let mut source: Arc<dyn UniversitySource> = match resilience.circuit {
            None => Arc::new(limited(Arc::new(http))),
            Some(circuit) => {
                let http = Arc::new(http);
                let guarded = Guarded::new(http, circuit, place, metrics.clone());
                let guarded = Arc::new(guarded);
                Arc::new(guarded.gate(Arc::new(limited(guarded.clone()))))
            }
        };
        if resilience.hedge {
            source = Arc::new(Hedged::new(source, metrics));
        }
        each.push(source);
    }
    let redundant = Arc::new(Redundant::new(each));
    let retried = Retried::new(redundant, resilience.retry, metrics.clone());
    Ok(Arc::new(retried))
}

impl Stack {
    /// With what is kept in front of the upstreams.
    pub(super) fn of(
        uncached: Arc<dyn UniversitySource>,
        resilience: &Resilience,
        metrics: &Metrics,
    ) -> Self {
        match resilience.cache {
            None => Self {
                kept: Arc::clone(&uncached),
                new: uncached,
            },
            Some(settings) => {
                let cached = Cached::new(uncached, settings, metrics.clone());
                Self {
                    new: Arc::new(cached.revalidating()),
                    kept: Arc::new(cached),
                }
            }
        }
    }

    /// As callers get them: observed, and backed by the list that the service holds if that is of the
    /// whole world.
    pub(super) fn finished(self, catalogue: &Arc<Catalogue>, metrics: &Metrics) -> Self {
        self.map(|mut source| {
            if !catalogue.is_sample() {
                source = Arc::new(Backed::new(source, Arc::clone(catalogue)));
            }
            Arc::new(Observed::new(source, metrics.clone()))
        })
    }

    /// Each of its sources behind another.
    pub(super) fn map(
        self,
        behind: impl Fn(Arc<dyn UniversitySource>) -> Arc<dyn UniversitySource>,
    ) -> Self {
        Self {
            kept: behind(self.kept),
            new: behind(self.new),
        }
    }
}
