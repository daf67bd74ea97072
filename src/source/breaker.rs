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
    /// The timeouts in a row at which it opens, however few outcomes there are: each of them has cost a
    /// caller all the time there was.
    pub timeouts: usize,
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
            ratio: 0.75,
            timeouts: 5,
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
    TimedOut,
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
    /// How many of the last were timeouts.
    timeouts: usize,
}

impl Breaker {
    pub(super) fn new(settings: BreakerSettings) -> Self {
        Self {
            state: State::Closed,
            era: 0,
            open_for: settings.open_for,
            outcomes: VecDeque::new(),
            failures: 0,
            timeouts: 0,
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

    /// How long no call will pass, if none does now.
    pub(super) fn refuses(&self, now: Instant) -> Option<Duration> {
        match self.state {
            State::Open { until } if now < until => Some(until - now),
            State::HalfOpen { probing: true } => Some(self.settings.open_for),
            _ => None,
        }
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
            (State::Closed, Ended::Well | Ended::Badly | Ended::TimedOut) => self.count(ended, now),
            (State::HalfOpen { .. }, Ended::Well) => {
                self.open_for = self.settings.open_for;
                self.enter(State::Closed);
            }
            (State::HalfOpen { .. }, Ended::Badly | Ended::TimedOut) => {
                self.open_for = (self.open_for * 2).min(self.settings.longest);
                self.open(self.open_for, now);
            }
            (State::HalfOpen { .. }, Ended::Cancelled) => {
                self.state = State::HalfOpen { probing: false };
            }
        }
    }

    fn count(&mut self, ended: Ended, now: Instant) {
        let failed = ended != Ended::Well;
        self.timeouts = match ended {
            Ended::TimedOut => self.timeouts + 1,
            _ => 0,
        };
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
        let many = all >= self.settings.volume && ratio >= self.settings.ratio;
        if failed && (many || self.timeouts >= self.settings.timeouts) {
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
        self.timeouts = 0;
    }
}

#[cfg(test)]
mod tests;
