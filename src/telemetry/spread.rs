//! Counting in several places, so that threads which count the same thing do not wait for each other.
//!
//! A number that two cores write to moves between them each time, which costs more than the counting.

use std::array;
use std::iter::zip;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use crossbeam_utils::CachePadded;
use prometheus_client::encoding::{EncodeMetric, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::counter::{Atomic, Counter};
use prometheus_client::metrics::{MetricType, TypedMetric};

/// How many places there are. Threads share them where there are more.
const PLACES: usize = 8;

/// A counter that threads seldom meet at.
pub type SpreadCounter = Counter<u64, Spread>;

/// A number in several places.
#[derive(Debug, Default)]
pub struct Spread([CachePadded<AtomicU64>; PLACES]);

/// How long something took, counted by upper bounds that double. Clones count together.
#[derive(Debug, Clone, Default)]
pub struct Durations(Arc<[CachePadded<Place>; PLACES]>);

/// The bounds: from a millisecond to half a minute.
const BOUNDS: usize = 16;
const LEAST: Duration = Duration::from_millis(1);

#[derive(Debug, Default)]
struct Place {
    nanoseconds: AtomicU64,
    /// By bound, and last what took longer than all.
    counts: [AtomicU64; BOUNDS + 1],
}

/// The place of this thread.
fn place() -> usize {
    static THREADS: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static PLACE: usize = THREADS.fetch_add(1, Ordering::Relaxed) % PLACES;
    }
    PLACE.with(|place| *place)
}

impl Atomic<u64> for Spread {
    fn inc(&self) -> u64 {
        self.inc_by(1)
    }

    /// Gives what was in this thread's place.
    fn inc_by(&self, by: u64) -> u64 {
        self.0[place()].fetch_add(by, Ordering::Relaxed)
    }

    fn get(&self) -> u64 {
        let places = self.0.iter();
        places.map(|place| place.load(Ordering::Relaxed)).sum()
    }
}

impl Durations {
    /// Something took so long.
    pub fn observe(&self, took: Duration) {
        let place = &self.0[place()];
        let bound = bounds().position(|bound| took <= bound);
        place.counts[bound.unwrap_or(BOUNDS)].fetch_add(1, Ordering::Relaxed);
        let nanoseconds = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        place.nanoseconds.fetch_add(nanoseconds, Ordering::Relaxed);
    }
}

fn bounds() -> impl Iterator<Item = Duration> {
    (0..BOUNDS).map(|doubled| LEAST * (1 << doubled))
}

impl EncodeMetric for Durations {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> Result<(), std::fmt::Error> {
        let read = |of: &dyn Fn(&Place) -> &AtomicU64| -> u64 {
            let places = self.0.iter().map(|place| of(place));
            places.map(|number| number.load(Ordering::Relaxed)).sum()
        };
        let counts: [u64; BOUNDS + 1] = array::from_fn(|at| read(&|place| &place.counts[at]));
        let sum = Duration::from_nanos(read(&|place| &place.nanoseconds));
        let bounds = bounds().map(|bound| bound.as_secs_f64());
        let bounds = bounds.chain([f64::INFINITY]);
        let buckets: Vec<_> = zip(bounds, counts).collect();
        let count = counts.iter().sum();
        encoder.encode_histogram::<NoLabelSet>(sum.as_secs_f64(), count, &buckets, None)
    }

    fn metric_type(&self) -> MetricType {
        Self::TYPE
    }
}

impl TypedMetric for Durations {
    const TYPE: MetricType = MetricType::Histogram;
}

#[cfg(test)]
mod tests {
    use super::*;
    use prometheus_client::encoding::text::encode;
    use prometheus_client::registry::Registry;
    use std::thread;

    #[test]
    fn what_threads_count_is_added_up() {
        let counter = SpreadCounter::default();
        let durations = Durations::default();
        thread::scope(|scope| {
            for thread in 0..PLACES as u64 + 2 {
                let (counter, durations) = (&counter, &durations);
                scope.spawn(move || {
                    counter.inc_by(thread);
                    durations.observe(Duration::from_millis(thread));
                });
            }
        });
        durations.observe(Duration::from_secs(60));
        assert_eq!(counter.get(), 45);
        let mut registry = Registry::default();
        registry.register("d", "Durations", durations);
        let mut text = String::new();
        encode(&mut text, &registry).expect("a text");
        for line in [
            "# TYPE d histogram",
            "d_sum 60.045",
            "d_count 11",
            "d_bucket{le=\"0.001\"} 2",
            "d_bucket{le=\"0.004\"} 5",
            "d_bucket{le=\"0.016\"} 10",
            "d_bucket{le=\"32.768\"} 10",
            "d_bucket{le=\"+Inf\"} 11",
        ] {
            assert!(text.lines().any(|it| it == line), "{line}: {text}");
        }
    }
}
