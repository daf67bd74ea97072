//! The circuit, by the clock.

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
    after(&mut breaker, &[Ended::Well; 13], now);
    after(&mut breaker, &[Ended::Badly; 19], now);
    assert_eq!(breaker.circuit(), Circuit::Closed);
    after(&mut breaker, &[Ended::Badly], now);
    assert_eq!(breaker.circuit(), Circuit::Open);
}

#[test]
fn an_upstream_that_does_not_answer_is_known_sooner() {
    let now = Instant::now();
    let mut breaker = Breaker::new(BreakerSettings::default());
    after(&mut breaker, &[Ended::TimedOut; 4], now);
    after(&mut breaker, &[Ended::Well], now);
    after(&mut breaker, &[Ended::TimedOut; 4], now + 11 * SECOND);
    assert_eq!(breaker.circuit(), Circuit::Closed);
    after(&mut breaker, &[Ended::TimedOut], now + 22 * SECOND);
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
