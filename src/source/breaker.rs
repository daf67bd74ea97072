//! A circuit, as pure logic: time and outcomes in, decisions out.
//!
//! Closed, it counts outcomes over a sliding window and opens when enough of them are failures. Open,
//! it refuses everything; then, half-open, it admits one probe, whose outcome closes it or opens it for
//! twice as long.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

/// The longest that an upstream is left alone because it asks for that: it may be well again sooner, or
/// may have meant a date.
const LONGEST_ASKED: Duration = Duration::from_secs(10 * 60);

/// When it opens, and for how long.
#[derive(Debug, Clone, Copy)]
pub struct BreakerSettings {
    /// How far back outcomes count.
    pub window: Duration,
    /// The fewest outcomes that say anything.
    pub volume: usize,
    /// The share of failures at which it opens.
    pub ratio: f64,
    /// How long it stays open the first time; twice as long each time that a probe fails.
    pub open_for: Duration,
    /// How long it stays open at most.
    pub longest: Duration,
}

impl Default for BreakerSettings {
    fn default() -> Self {
        Self {
            window: Duration::from_secs(10),
            volume: 20,
            ratio: 0.5,
            open_for: Duration::from_secs(1),
            longest: Duration::from_secs(30),
        }
    }
}

/// What a circuit does with calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Circuit {
    /// It passes them.
    Closed,
    /// It passes one at a time, to find out.
    HalfOpen,
    /// It refuses them.
    Open,
}

/// The right to make one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pass {
    /// Which time the circuit was closed or half-open; outcomes of an earlier one say nothing.
    era: u64,
}

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    Well,
    Badly,
    /// The upstream asked to be left alone for so long.
    LeaveAlone(Duration),
    /// Nobody waited for the end; it says nothing.
    Cancelled,
}

#[derive(Debug)]
enum State {
    Closed,
    HalfOpen { probing: bool },
    Open { until: Instant },
}

/// A circuit.
#[derive(Debug)]
pub(super) struct Breaker {
    settings: BreakerSettings,
    state: State,
    era: u64,
    open_for: Duration,
    /// Outcomes of the window: when, and whether it was a failure.
    outcomes: VecDeque<(Instant, bool)>,
    failures: usize,
}

impl Breaker {
    pub(super) fn new(settings: BreakerSettings) -> Self {
        Self {
            state: State::Closed,
            era: 0,
            open_for: settings.open_for,
            outcomes: VecDeque::new(),
            failures: 0,
            settings,
        }
    }

    /// What it does with calls now.
    pub(super) fn circuit(&self) -> Circuit {
        match self.state {
            State::Closed => Circuit::Closed,
            State::HalfOpen { .. } => Circuit::HalfOpen,
            State::Open { .. } => Circuit::Open,
        }
    }

    /// Lets a call pass, or says how long none will.
    pub(super) fn admit(&mut self, now: Instant) -> Result<Pass, Duration> {
        if let State::Open { until } = self.state
            && until <= now
        {
            self.enter(State::HalfOpen { probing: false });
        }
        match &mut self.state {
            State::Closed => {}
            State::HalfOpen { probing: false } => {
                self.state = State::HalfOpen { probing: true };
            }
            // The probe will be known soon.
            State::HalfOpen { probing: true } => return Err(self.settings.open_for),
            State::Open { until } => return Err(*until - now),
        }
        Ok(Pass { era: self.era })
    }

    /// Notes how a call ended.
    pub(super) fn note(&mut self, pass: Pass, ended: Ended, now: Instant) {
        if pass.era != self.era {
            return;
        }
        match (&self.state, ended) {
            (State::Open { .. }, _) | (State::Closed, Ended::Cancelled) => {}
            (_, Ended::LeaveAlone(pause)) => {
                let pause = pause.min(LONGEST_ASKED);
                self.open(pause.max(self.open_for), now);
            }
            (State::Closed, Ended::Well | Ended::Badly) => self.count(ended == Ended::Badly, now),
            (State::HalfOpen { .. }, Ended::Well) => {
                self.open_for = self.settings.open_for;
                self.enter(State::Closed);
            }
            (State::HalfOpen { .. }, Ended::Badly) => {
                self.open_for = (self.open_for * 2).min(self.settings.longest);
                self.open(self.open_for, now);
            }
            (State::HalfOpen { .. }, Ended::Cancelled) => {
                self.state = State::HalfOpen { probing: false };
            }
        }
    }

    fn count(&mut self, failed: bool, now: Instant) {
        self.outcomes.push_back((now, failed));
        self.failures += usize::from(failed);
        while let Some((when, failed)) = self.outcomes.front()
            && now.duration_since(*when) > self.settings.window
        {
            self.failures -= usize::from(*failed);
            self.outcomes.pop_front();
        }
        let all = self.outcomes.len();
        #[expect(
            clippy::cast_precision_loss,
            reason = "a window has far fewer outcomes"
        )]
        let ratio = self.failures as f64 / all as f64;
        if failed && all >= self.settings.volume && ratio >= self.settings.ratio {
            self.open(self.open_for, now);
        }
    }

    fn open(&mut self, pause: Duration, now: Instant) {
        self.enter(State::Open { until: now + pause });
    }

    fn enter(&mut self, state: State) {
        self.state = state;
        self.era += 1;
        self.outcomes.clear();
        self.failures = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn after(breaker: &mut Breaker, outcomes: &[Ended], now: Instant) {
        for ended in outcomes {
            let pass = breaker.admit(now).expect("closed");
            breaker.note(pass, *ended, now);
        }
    }

    fn opened(now: Instant) -> Breaker {
        let mut breaker = Breaker::new(BreakerSettings::default());
        after(&mut breaker, &[Ended::Badly; 20], now);
        assert_eq!(breaker.circuit(), Circuit::Open);
        breaker
    }

    #[test]
    fn few_failures_and_few_among_many_say_nothing() {
        let now = Instant::now();
        let mut breaker = Breaker::new(BreakerSettings::default());
        after(&mut breaker, &[Ended::Badly; 19], now);
        after(&mut breaker, &[Ended::Well; 40], now);
        after(&mut breaker, &[Ended::Badly; 20], now);
        assert_eq!(breaker.circuit(), Circuit::Closed);
        after(&mut breaker, &[Ended::Badly], now);
        assert_eq!(breaker.circuit(), Circuit::Open);
    }

    #[test]
    fn what_is_older_than_the_window_does_not_count() {
        let now = Instant::now();
        let mut breaker = Breaker::new(BreakerSettings::default());
        after(&mut breaker, &[Ended::Badly; 19], now);
        after(&mut breaker, &[Ended::Badly], now + 11 * SECOND);
        assert_eq!(breaker.circuit(), Circuit::Closed);
    }

    #[test]
    fn it_stays_open_for_twice_as_long_each_time_and_not_for_ever() {
        let mut now = Instant::now();
        let mut breaker = opened(now);
        for seconds in [1, 2, 4, 8, 16, 30, 30] {
            assert_eq!(breaker.admit(now), Err(SECOND * seconds));
            now += SECOND * seconds;
            let probe = breaker.admit(now).expect("a probe");
            assert!(breaker.admit(now).is_err(), "one probe at a time");
            breaker.note(probe, Ended::Badly, now);
        }
    }

    #[test]
    fn a_probe_that_succeeds_closes_it() {
        let now = Instant::now();
        let mut breaker = opened(now);
        let probe = breaker.admit(now + SECOND).expect("a probe");
        breaker.note(probe, Ended::Well, now + SECOND);
        assert_eq!(breaker.circuit(), Circuit::Closed);
        // What was open for long before does not count against it.
        after(&mut breaker, &[Ended::Badly; 20], now + SECOND);
        assert_eq!(breaker.admit(now + SECOND), Err(SECOND));
    }

    #[test]
    fn a_probe_that_nobody_waits_for_makes_room_for_another() {
        let now = Instant::now();
        let mut breaker = opened(now);
        let probe = breaker.admit(now + SECOND).expect("a probe");
        breaker.note(probe, Ended::Cancelled, now + SECOND);
        assert!(breaker.admit(now + SECOND).is_ok());
    }

    #[test]
    fn calls_that_began_before_it_changed_say_nothing() {
        let now = Instant::now();
        let mut breaker = Breaker::new(BreakerSettings::default());
        let late = breaker.admit(now).expect("closed");
        after(&mut breaker, &[Ended::Badly; 20], now);
        let probe = breaker.admit(now + SECOND).expect("a probe");
        breaker.note(late, Ended::Badly, now + SECOND);
        assert_eq!(breaker.circuit(), Circuit::HalfOpen);
        breaker.note(probe, Ended::Well, now + SECOND);
        assert_eq!(breaker.circuit(), Circuit::Closed);
    }

    #[test]
    fn who_asks_to_be_left_alone_is() {
        let now = Instant::now();
        let mut breaker = Breaker::new(BreakerSettings::default());
        let pass = breaker.admit(now).expect("closed");
        breaker.note(pass, Ended::LeaveAlone(7 * SECOND), now);
        assert_eq!(breaker.admit(now), Err(7 * SECOND));
        assert!(breaker.admit(now + 7 * SECOND).is_ok());
        let mut breaker = Breaker::new(BreakerSettings::default());
        let pass = breaker.admit(now).expect("closed");
        breaker.note(pass, Ended::LeaveAlone(Duration::MAX), now);
        assert_eq!(breaker.admit(now), Err(LONGEST_ASKED));
    }
}
