//! `Server-Timing`: one entry for each country that was fetched (W3C Server Timing).

use std::fmt::Write;

use super::problem::ProblemType;
use super::schema::milliseconds;
use crate::domain::{Origin, Outcome};

/// `TR;dur=398.1;desc="live", IN;dur=5000;desc="upstream-timeout"`. The total is the edge's.
pub(super) fn server_timing(outcomes: &[Outcome]) -> String {
    let mut timing = String::new();
    for outcome in outcomes {
        let (Some(country), Some(elapsed)) = (outcome.country, outcome.elapsed) else {
            continue;
        };
        let description = match &outcome.result {
            Ok(listing) => origin(listing.origin),
            Err(failure) => ProblemType::from(failure.kind).slug(),
        };
        let separator = if timing.is_empty() { "" } else { ", " };
        let milliseconds = milliseconds(elapsed);
        // Writing to a string cannot fail.
        let _infallible = write!(
            timing,
            "{separator}{};dur={milliseconds};desc=\"{description}\"",
            country.code()
        );
    }
    timing
}

fn origin(origin: Origin) -> &'static str {
    match origin {
        Origin::Live => "live",
        Origin::Cached => "cached",
        Origin::Stale => "stale",
        Origin::Snapshot => "snapshot",
    }
}
