//! How long calls have taken lately.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How many of the last calls are remembered.
const REMEMBERED: usize = 256;

/// The fewest calls that say anything about the slowest twentieth, and after how many it is looked for again.
const ENOUGH: usize = 20;

/// How long the last calls have taken.
#[derive(Debug, Default)]
pub(super) struct Latencies(Mutex<Ring>);

#[derive(Debug, Default)]
struct Ring {
    latest: Vec<Duration>,
    noted: usize,
    p95: Option<Duration>,
}

impl Latencies {
    /// A call has taken so long.
    pub(super) fn note(&self, took: Duration) {
        self.ring().note(took);
    }

    /// The 95th percentile, by the nearest rank, once enough is known; it is looked for now and then.
    pub(super) fn p95(&self) -> Option<Duration> {
        self.ring().p95
    }

    fn ring(&self) -> MutexGuard<'_, Ring> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ring {
    fn note(&mut self, took: Duration) {
        let place = self.noted % REMEMBERED;
        match self.latest.get_mut(place) {
            Some(oldest) => *oldest = took,
            None => self.latest.push(took),
        }
        self.noted += 1;
        if self.noted.is_multiple_of(ENOUGH) {
            let mut latest = self.latest.clone();
            let rank = (latest.len() * 95).div_ceil(100) - 1;
            let (_, percentile, _) = latest.select_nth_unstable(rank);
            self.p95 = Some(*percentile);
        }
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
        for _ in 0..REMEMBERED + ENOUGH {
            latencies.note(Duration::from_millis(1));
        }
        assert_eq!(latencies.p95(), Some(Duration::from_millis(1)));
    }
}
