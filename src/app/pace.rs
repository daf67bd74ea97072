//! When to look for a new list again.

use std::time::Duration;

/// How long to wait at first after a list could not be had.
const FIRST_RETRY: Duration = Duration::from_secs(60);

/// The greatest part of a wait that is left out by chance, so that services that were started
/// together do not all ask together for ever.
const JITTER: f64 = 0.1;

/// A period, shortened after failures: an outage of a minute must not cost a day.
#[derive(Debug)]
pub(super) struct Pace {
    period: Duration,
    /// How often in a row there was no usable list.
    failures: u32,
}

impl Pace {
    /// A pace after a first look that did or did not succeed.
    pub(super) fn new(period: Duration, succeeded: bool) -> Self {
        let mut pace = Self {
            period,
            failures: 0,
        };
        pace.note(succeeded);
        pace
    }

    /// Notes what became of a look.
    pub(super) fn note(&mut self, succeeded: bool) {
        self.failures = if succeeded { 0 } else { self.failures + 1 };
    }

    /// How long to wait for the next.
    pub(super) fn wait(&self) -> Duration {
        self.longest_wait().mul_f64(1.0 - JITTER * fastrand::f64())
    }

    fn longest_wait(&self) -> Duration {
        match self.failures.checked_sub(1) {
            None => self.period,
            Some(doublings) => FIRST_RETRY
                .saturating_mul(2_u32.saturating_pow(doublings))
                .min(self.period),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_secs(24 * 60 * 60);

    #[test]
    fn failures_are_followed_up_soon_and_then_ever_later() {
        let mut pace = Pace::new(DAY, true);
        assert_eq!(pace.longest_wait(), DAY);
        let mut waits = Vec::new();
        for _ in 0..40 {
            pace.note(false);
            waits.push(pace.longest_wait());
        }
        assert_eq!(waits[..3], [60, 120, 240].map(Duration::from_secs));
        assert!(waits.is_sorted() && waits[39] == DAY);
        pace.note(true);
        assert_eq!(pace.longest_wait(), DAY);
        assert_eq!(Pace::new(DAY, false).longest_wait(), FIRST_RETRY);
        let hectic = Pace::new(Duration::from_secs(1), false);
        assert_eq!(hectic.longest_wait(), Duration::from_secs(1));
    }

    #[test]
    fn chance_shortens_a_wait_by_a_tenth_at_most() {
        let pace = Pace::new(DAY, true);
        let waits: Vec<_> = (0..1000).map(|_| pace.wait()).collect();
        assert!(
            waits
                .iter()
                .all(|wait| (DAY.mul_f64(0.9)..=DAY).contains(wait))
        );
        assert!(waits.iter().any(|wait| *wait != waits[0]));
    }
}
