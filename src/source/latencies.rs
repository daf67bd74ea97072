//! How long calls have taken lately.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// How many of the last calls are remembered.
const REMEMBERED: usize = 256;

/// The fewest calls that say anything about the slowest twentieth.
const ENOUGH: usize = 20;

/// How long the last calls have taken.
#[derive(Debug, Default)]
pub(super) struct Latencies(Mutex<Ring>);

#[derive(Debug, Default)]
struct Ring {
    latest: Vec<Duration>,
    next: usize,
}

impl Latencies {
    /// A call has taken so long.
    pub(super) fn note(&self, took: Duration) {
        let mut ring = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if ring.latest.len() < REMEMBERED {
            ring.latest.push(took);
        } else {
            let next = ring.next;
            ring.latest[next] = took;
        }
        ring.next = (ring.next + 1) % REMEMBERED;
    }

    /// The 95th percentile, by the nearest rank, once enough is known.
    pub(super) fn p95(&self) -> Option<Duration> {
        let mut latest = {
            let ring = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            ring.latest.clone()
        };
        if latest.len() < ENOUGH {
            return None;
        }
        let rank = (latest.len() * 95).div_ceil(100) - 1;
        let (_, percentile, _) = latest.select_nth_unstable(rank);
        Some(*percentile)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nineteen_of_twenty_took_no_longer() {
        let latencies = Latencies::default();
        for ms in 1..=19 {
            latencies.note(Duration::from_millis(ms));
            assert_eq!(latencies.p95(), None);
        }
        latencies.note(Duration::from_secs(9));
        assert_eq!(latencies.p95(), Some(Duration::from_millis(19)));
    }

    #[test]
    fn what_was_long_ago_is_forgotten() {
        let latencies = Latencies::default();
        for _ in 0..REMEMBERED {
            latencies.note(Duration::from_secs(9));
        }
        for _ in 0..REMEMBERED {
            latencies.note(Duration::from_millis(1));
        }
        assert_eq!(latencies.p95(), Some(Duration::from_millis(1)));
    }
}
