//! Delay: whether calls take longer than they did a moment ago.
//!
//! As in TCP Vegas (L. S. Brakmo and L. L. Peterson, *TCP Vegas: End to End Congestion Avoidance on a
//! Global Internet*, IEEE Journal on Selected Areas in Communications 13(8), 1995): what takes much longer
//! than the quickest of late is waiting somewhere for its turn. Calls differ by their country, and some may
//! always be slow; but where all have to wait, the quick ones do too. So of some calls, the one at the
//! quarter is compared.

use std::time::Duration;

use tokio::time::Instant;

/// The calls that say something together.
const CALLS: usize = 16;

/// How many times as long as the quickest is too long.
const TOO_MANY_TIMES: u32 = 3;

/// Differences that are too small to be a queue at the upstream.
const NOISE: Duration = Duration::from_millis(50);

/// Half of how long the quickest is remembered: what has become slow for good is usual then.
const HALF: Duration = Duration::from_secs(10);

/// How long calls take.
#[derive(Debug)]
pub(super) struct Delay {
    calls: Vec<Duration>,
    /// The quickest quarter of this spell and of the one before.
    quickest: [Option<Duration>; 2],
    half_began: Instant,
}

/// What some calls say together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Said {
    /// How long half of them took at most.
    pub(super) median: Duration,
    /// Whether they took much longer than calls did of late.
    pub(super) much_longer: bool,
}

impl Delay {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            calls: Vec::with_capacity(CALLS),
            quickest: [None, None],
            half_began: now,
        }
    }

    /// Notes how long a call took that has ended now. Every so many calls say something together.
    pub(super) fn note(&mut self, took: Duration, now: Instant) -> Option<Said> {
        self.calls.push(took);
        if self.calls.len() < CALLS {
            return None;
        }
        self.calls.sort_unstable();
        let (quarter, median) = (self.calls[CALLS / 4], self.calls[CALLS / 2]);
        self.calls.clear();
        self.forget(now);
        let quickest = self.quickest.into_iter().flatten().min();
        let this_half = &mut self.quickest[0];
        *this_half = Some(this_half.map_or(quarter, |quickest| quickest.min(quarter)));
        let quickest = quickest.unwrap_or(quarter);
        let much_longer = quarter > quickest * TOO_MANY_TIMES && quarter > quickest + NOISE;
        Some(Said {
            median,
            much_longer,
        })
    }

    fn forget(&mut self, now: Instant) {
        let halves = (now - self.half_began).as_secs() / HALF.as_secs();
        if halves > 0 {
            let before = self.quickest[0].filter(|_| halves == 1);
            self.quickest = [None, before];
            self.half_began = now;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the last of so many calls of so many milliseconds says, which end at that second.
    fn calls(delay: &mut Delay, began: Instant, second: u64, ms: u64) -> bool {
        let now = began + Duration::from_secs(second);
        let said = (0..CALLS).filter_map(|_| delay.note(Duration::from_millis(ms), now));
        let said: Vec<_> = said.collect();
        let [Said { much_longer, .. }] = said[..] else {
            panic!("one word, got {said:?}");
        };
        much_longer
    }

    #[test]
    fn much_longer_is_several_times_as_long_and_no_noise() {
        let began = Instant::now();
        let mut delay = Delay::new(began);
        assert!(!calls(&mut delay, began, 0, 100), "nothing to compare with");
        assert!(!calls(&mut delay, began, 1, 290));
        assert!(calls(&mut delay, began, 2, 310));
        let mut quick = Delay::new(began);
        assert!(!calls(&mut quick, began, 0, 1));
        assert!(!calls(&mut quick, began, 1, 40), "noise");
        assert!(calls(&mut quick, began, 2, 60));
    }

    #[test]
    fn many_slow_calls_are_not_all_of_them() {
        let began = Instant::now();
        let mut delay = Delay::new(began);
        calls(&mut delay, began, 0, 100);
        for call in 0..CALLS {
            let took = if call % 5 < 3 { 5000 } else { 100 };
            let said = delay.note(Duration::from_millis(took), began);
            assert!(!said.is_some_and(|said| said.much_longer));
        }
    }

    #[test]
    fn what_stays_slow_is_usual_after_two_spells() {
        let began = Instant::now();
        let mut delay = Delay::new(began);
        calls(&mut delay, began, 0, 100);
        assert!(calls(&mut delay, began, 9, 1000));
        assert!(calls(&mut delay, began, 11, 1000), "a spell later");
        assert!(!calls(&mut delay, began, 22, 1000), "and another");
    }
}
