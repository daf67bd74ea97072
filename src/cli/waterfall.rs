//! The comparison as text: a table, then a waterfall for each strategy.
//!
//! All waterfalls share one time axis, from the start of a run to the end of the slowest, so
//! that bars of different strategies can be compared by eye. Colour appears on a terminal only.

use std::fmt::Write;
use std::time::Duration;

use console::{Color, style};

use super::compare::{Run, name, speed_up};
use crate::domain::CountryOutcome;

/// Columns of the time axis.
const AXIS: usize = 48;

/// Columns of a country's name.
const NAME: usize = 16;

/// Draws the table and the waterfalls.
pub(super) fn draw(upstream: &str, runs: &[Run]) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _infallible = write_all(&mut text, upstream, runs);
    text
}

fn write_all(text: &mut String, upstream: &str, runs: &[Run]) -> std::fmt::Result {
    let countries = runs.first().map_or(0, |run| run.outcomes.len());
    let plural = if countries == 1 {
        "country"
    } else {
        "countries"
    };
    writeln!(text, "{countries} {plural} from {upstream}\n")?;
    writeln!(
        text,
        "{:<14} {:>10} {:>10} {:>16} {:>16}",
        "strategy", "elapsed", "speed-up", "upstream calls", "most in flight"
    )?;
    for run in runs {
        writeln!(
            text,
            "{:<14} {:>10} {:>9.2}× {:>16} {:>16}",
            name(run.strategy),
            seconds(run.elapsed),
            speed_up(runs, run),
            run.calls,
            run.most_in_flight
        )?;
    }
    let longest = runs.iter().map(|run| run.elapsed).max().unwrap_or_default();
    for run in runs {
        writeln!(text, "\n{}", style(name(run.strategy)).bold())?;
        let end = seconds(longest);
        writeln!(text, "  {:NAME$} 0 s{end:>width$}", "", width = AXIS - 3)?;
        for outcome in &run.outcomes {
            write_call(text, run, outcome, longest)?;
        }
    }
    Ok(())
}

fn write_call(
    text: &mut String,
    run: &Run,
    outcome: &CountryOutcome,
    longest: Duration,
) -> std::fmt::Result {
    let started = outcome.started - run.began;
    let (from, to) = columns(started, started + outcome.elapsed, longest);
    let (block, colour, note) = match &outcome.result {
        Ok(listing) => {
            let number = listing.universities.len();
            ("█", Color::Green, format!("{number} universities"))
        }
        Err(failure) => ("▒", Color::Red, failure.detail.clone()),
    };
    writeln!(
        text,
        "  {:NAME$} {}{}{} {:>8}  {note}",
        cut(outcome.country.name()),
        " ".repeat(from),
        style(block.repeat(to - from)).fg(colour),
        " ".repeat(AXIS - to),
        seconds(outcome.elapsed),
    )
}

/// The columns a bar covers, at least one, within the axis.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a share of the axis is between 0 and its few columns"
)]
fn columns(started: Duration, ended: Duration, longest: Duration) -> (usize, usize) {
    let column = |at: Duration| {
        let share = at.as_secs_f64() / longest.as_secs_f64().max(f64::EPSILON);
        ((share * AXIS as f64).round() as usize).min(AXIS)
    };
    let from = column(started).min(AXIS - 1);
    (from, column(ended).max(from + 1))
}

fn seconds(duration: Duration) -> String {
    format!("{:.3} s", duration.as_secs_f64())
}

fn cut(name: &str) -> String {
    if name.chars().count() <= NAME {
        return name.to_owned();
    }
    name.chars().take(NAME - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_lies_within_the_axis_and_is_never_invisible() {
        let ms = Duration::from_millis;
        assert_eq!(columns(ms(0), ms(600), ms(1800)), (0, 16));
        assert_eq!(columns(ms(600), ms(1200), ms(1800)), (16, 32));
        assert_eq!(columns(ms(1800), ms(1800), ms(1800)), (47, 48));
        assert_eq!(columns(ms(5), ms(5), ms(1800)), (0, 1));
        assert_eq!(columns(ms(0), ms(0), ms(0)), (0, 1));
    }

    #[test]
    fn long_names_are_cut() {
        assert_eq!(cut("Türkiye"), "Türkiye");
        assert_eq!(
            cut("South Georgia and the South Sandwich Islands")
                .chars()
                .count(),
            NAME
        );
    }
}
