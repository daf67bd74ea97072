//! What headers say of each country that was fetched: how long it took (`Server-Timing`, W3C Server
//! Timing) and where it came from (`Cache-Status`, RFC 9211).

use std::fmt::Write;

use super::schema::milliseconds;
use crate::domain::{KnownList, Origin, Outcome};

/// `TR;dur=398.1;desc="live", IN;dur=5000;desc="upstream-timeout"`. The total is the edge's.
pub(super) fn server_timing(outcomes: &[Outcome]) -> String {
    let mut timing = String::new();
    for outcome in outcomes {
        let (Some(country), Some(elapsed)) = (outcome.country, outcome.elapsed) else {
            continue;
        };
        let description = match &outcome.result {
            Ok(listing) => listing.origin.name(),
            Err(failure) => failure.kind.slug(),
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

/// The same for lists that were at hand: `TR;dur=0;desc="cached"`.
pub(super) fn timing_of_kept(lists: &[KnownList]) -> String {
    let origin = Origin::Cached.name();
    let lists = lists
        .iter()
        .map(|known| format!("{};dur=0;desc=\"{origin}\"", known.country.code()));
    lists.collect::<Vec<_>>().join(", ")
}

/// `universities;key=TR;hit, universities;key=IN;fwd=stale`. What was not found fresh was forwarded to
/// the upstream; `detail` says what became of that where it was no list.
pub(super) fn cache_status(outcomes: &[Outcome]) -> String {
    let countries = outcomes.iter().filter_map(|outcome| {
        let key = outcome
            .country
            .filter(|_| outcome.elapsed.is_some())?
            .code();
        let became = match &outcome.result {
            Ok(listing) => match listing.origin {
                Origin::Cached => "hit".to_owned(),
                Origin::Live => "fwd=miss".to_owned(),
                Origin::Stale => "fwd=stale".to_owned(),
                Origin::Snapshot => "fwd=miss;detail=snapshot".to_owned(),
            },
            Err(failure) => format!("fwd=miss;detail={}", failure.kind.slug()),
        };
        Some(format!("universities;key={key};{became}"))
    });
    countries.collect::<Vec<_>>().join(", ")
}
