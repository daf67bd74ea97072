//! What became of each country of a request.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::{Country, Failure, FailureKind, Listed, suggest};

/// Where a listing came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Origin {
    /// An upstream call made for this request.
    Live,
    /// The cache, still fresh.
    Cached,
    /// The cache, no longer fresh.
    Stale,
    /// The catalogue, because nothing else answered.
    Snapshot,
}

impl Origin {
    /// Every one of them.
    pub const ALL: [Self; 4] = [Self::Live, Self::Cached, Self::Stale, Self::Snapshot];

    /// Its public name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Cached => "cached",
            Self::Stale => "stale",
            Self::Snapshot => "snapshot",
        }
    }
}

/// A country's universities and where they came from. May be empty: an upstream answers a
/// country it has never heard of with an empty list.
#[derive(Debug, Clone)]
pub struct CountryListing {
    /// The universities, in the upstream's order, without duplicates.
    pub universities: Arc<Listed>,
    /// Where they came from.
    pub origin: Origin,
    /// How old they are; zero when live.
    pub age: Duration,
    /// Upstream requests it took.
    pub attempts: u32,
    /// Which upstream answered, and from which catalogue where that is known.
    pub upstream: Arc<str>,
}

impl CountryListing {
    /// The same after so many requests more.
    #[must_use]
    pub fn after(self, requests: u32) -> Self {
        Self {
            attempts: self.attempts + requests,
            ..self
        }
    }
}

/// What a strategy reports for one country: its listing or its failure, and when.
#[derive(Debug, Clone)]
pub struct CountryOutcome {
    /// The country.
    pub country: Country,
    /// When its source call began.
    pub started: Instant,
    /// How long the call took.
    pub elapsed: Duration,
    /// Data or failure, never both.
    pub result: Result<CountryListing, Failure>,
}

/// What a caller gets for one distinct country of a request.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The caller's spellings.
    pub requested: Vec<String>,
    /// The country they led to, if any.
    pub country: Option<Country>,
    /// How long the source call took; absent when none was made.
    pub elapsed: Option<Duration>,
    /// Data or failure, never both.
    pub result: Result<CountryListing, Failure>,
}

impl Outcome {
    /// Joins what a strategy reports with the spellings that asked for it.
    #[must_use]
    pub fn fetched(requested: Vec<String>, outcome: CountryOutcome) -> Self {
        Self {
            requested,
            country: Some(outcome.country),
            elapsed: Some(outcome.elapsed),
            result: outcome.result,
        }
    }

    /// The outcome of spellings that lead to no country.
    #[must_use]
    pub fn unknown(requested: Vec<String>) -> Self {
        let spelling = requested.first().map_or("", String::as_str);
        let failure = Failure {
            suggestions: suggest(spelling),
            ..Failure::new(
                FailureKind::UnknownCountry,
                format!(
                    "no country is called {spelling:?}; ISO 3166-1 codes and names in many \
                     languages are understood, see /v1/countries"
                ),
            )
        };
        Self::unresolved(requested, failure)
    }

    /// The outcome of a spelling that fits several countries.
    #[must_use]
    pub fn ambiguous(requested: Vec<String>, choices: Vec<Country>, reason: &str) -> Self {
        let spelling = requested.first().map_or("", String::as_str);
        let names: Vec<_> = choices.iter().map(|c| c.name()).collect();
        let detail = format!("{spelling:?} may be {}: {reason}", names.join(" or "));
        let failure = Failure {
            suggestions: choices,
            ..Failure::new(FailureKind::AmbiguousCountry, detail)
        };
        Self::unresolved(requested, failure)
    }

    fn unresolved(requested: Vec<String>, failure: Failure) -> Self {
        Self {
            requested,
            country: None,
            elapsed: None,
            result: Err(failure),
        }
    }

    /// Whether the country is missing from the answer.
    #[must_use]
    pub fn is_failed(&self) -> bool {
        self.result.is_err()
    }
}
