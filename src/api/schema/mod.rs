//! The types of answers, as the document shows them and as they are written.
//!
//! Universities, the bulk of every answer, are in `university`, lookups in `lookup`; how answers are made of what
//! the service returns is in `convert`.

mod convert;
mod lookup;
mod university;

use std::time::{Duration, SystemTime};

use poem_openapi::{Enum, Object, Union};
use serde::Serialize;

use super::params::StrategyName;
use super::problem::{Problem, ProblemType};

pub(super) use lookup::{Lookup, LookupRequest, LookupResult, LookupResults};
pub(super) use university::{Dictionary, Found, Universities};

/// The country that spellings led to.
#[derive(Debug, Clone, Object, Serialize)]
#[oai(rename = "CountryRef")]
pub(super) struct CountryRef {
    /// ISO 3166-1 alpha-2 code; `XK` for Kosovo.
    pub(super) code: String,
    /// Everyday English name.
    pub(super) name: String,
}

/// Where a listing came from.
#[derive(Debug, Clone, Copy, Enum, Serialize)]
#[oai(rename = "Origin", rename_all = "lowercase")]
#[serde(rename_all = "lowercase")]
pub(super) enum Origin {
    /// An upstream call made for this request.
    Live,
    /// The cache, still fresh.
    Cached,
    /// The cache, no longer fresh.
    Stale,
    /// The catalogue, because nothing else answered.
    Snapshot,
}

/// What became of one distinct country: universities or a problem, never neither, never both.
#[derive(Debug, Clone, Object, Serialize)]
pub(super) struct Outcome {
    /// The caller's spellings of it.
    pub(super) requested: Vec<String>,
    /// The country they led to.
    #[oai(nullable)]
    pub(super) country: Option<CountryRef>,
    /// Where the universities came from.
    #[oai(nullable)]
    pub(super) origin: Option<Origin>,
    /// How old they are, in seconds; 0 when live.
    #[oai(nullable)]
    pub(super) age_s: Option<u64>,
    /// How long the country took, in milliseconds.
    #[oai(nullable)]
    pub(super) elapsed_ms: Option<f64>,
    /// Upstream requests it took.
    #[oai(nullable)]
    pub(super) attempts: Option<u32>,
    /// Which upstream answered, and from which catalogue where that is known.
    #[oai(nullable)]
    pub(super) upstream: Option<String>,
    /// The universities; empty for a country the upstream has none of.
    #[oai(nullable)]
    pub(super) universities: Option<Universities>,
    /// Why there are none.
    #[oai(nullable)]
    pub(super) problem: Option<Problem>,
}

/// The answer of a call: one outcome for each distinct country, in the order asked.
#[derive(Debug, Clone, Object, Serialize)]
pub(super) struct Report {
    /// Whether every country has universities.
    pub(super) complete: bool,
    /// The strategy that ran.
    pub(super) strategy: StrategyName,
    /// The most source calls it may have kept in flight.
    pub(super) concurrency: usize,
    /// How long the call took, in milliseconds.
    pub(super) elapsed_ms: f64,
    /// The list that the service itself held then: the beginning of its SHA-256, in hexadecimal
    /// digits. The embedded upstream answers from it.
    pub(super) data_version: String,
    /// When that list was last changed, as far as its location says (RFC 3339).
    pub(super) data_date: String,
    /// What became of each country.
    pub(super) outcomes: Vec<Outcome>,
}

/// The end of a stream.
#[derive(Debug, Clone, Object, Serialize)]
pub(super) struct Summary {
    /// Whether every country has universities.
    pub(super) complete: bool,
    /// The strategy that ran.
    pub(super) strategy: StrategyName,
    /// The most source calls it may have kept in flight.
    pub(super) concurrency: usize,
    /// How long the call took, in milliseconds.
    pub(super) elapsed_ms: f64,
    /// The list that the service itself held when the call began.
    pub(super) data_version: String,
    /// When that list was last changed (RFC 3339).
    pub(super) data_date: String,
    /// Distinct countries asked for.
    pub(super) countries: usize,
    /// How many of them have no universities to show, by failure or because the call ended.
    pub(super) failed: usize,
}

/// One line of a stream: an outcome, or the summary that ends it.
#[derive(Debug, Clone, Union, Serialize)]
#[oai(one_of)]
#[serde(untagged)]
#[expect(
    clippy::large_enum_variant,
    reason = "one line at a time is in memory, and most are outcomes"
)]
pub(super) enum StreamLine {
    /// A country.
    Outcome(OutcomeLine),
    /// The end.
    Summary(SummaryLine),
}

/// A line with one country.
#[derive(Debug, Clone, Object, Serialize)]
pub(super) struct OutcomeLine {
    /// What became of it.
    pub(super) outcome: Outcome,
}

/// The last line.
#[derive(Debug, Clone, Object, Serialize)]
pub(super) struct SummaryLine {
    /// What the call amounts to.
    pub(super) summary: Summary,
}

/// A country of the table.
#[derive(Debug, Clone, Object, Serialize)]
pub(super) struct Country {
    /// ISO 3166-1 alpha-2 code; `XK` for Kosovo.
    pub(super) code: String,
    /// ISO 3166-1 alpha-3 code; `XKX` for Kosovo.
    pub(super) alpha_3: String,
    /// ISO 3166-1 numeric code, three digits; null for Kosovo.
    #[oai(nullable)]
    pub(super) numeric: Option<String>,
    /// Everyday English name.
    pub(super) name: String,
    /// How many universities the service's own catalogue has of it.
    pub(super) universities: usize,
    /// Other names that lead to it. Case, accents and punctuation never matter.
    pub(super) spellings: Vec<String>,
}

/// The countries that were asked for, or all.
#[derive(Debug, Clone, Object, Serialize)]
pub(super) struct CountryList {
    /// Ordered by code.
    pub(super) countries: Vec<Country>,
}

/// Milliseconds with one decimal.
#[expect(
    clippy::cast_precision_loss,
    reason = "a tenth of a millisecond is exact for 28,000 years"
)]
pub(super) fn milliseconds(duration: Duration) -> f64 {
    (duration.as_micros() as f64 / 100.0).round() / 10.0
}

/// A date as it is written (RFC 3339): `2026-11-22T00:00:00Z`.
pub(super) fn date(time: SystemTime) -> String {
    humantime::format_rfc3339_seconds(time).to_string()
}

/// What a problem type means, and what to do about it.
#[derive(Debug, Clone, Object, Serialize)]
pub(super) struct Explanation {
    /// The problem type, an address relative to the service.
    r#type: String,
    /// The problem type in words.
    title: String,
    /// The HTTP status code, or what it would be for one country alone.
    status: u16,
    /// What it means.
    meaning: String,
    /// What a caller can do about it.
    advice: String,
}

impl Explanation {
    /// The explanation of a problem type.
    pub(super) fn of(kind: ProblemType) -> Self {
        Self {
            r#type: kind.uri(),
            title: kind.title().to_owned(),
            status: kind.status().as_u16(),
            meaning: kind.meaning().to_owned(),
            advice: kind.advice().to_owned(),
        }
    }
}
