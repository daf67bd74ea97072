//! A source in which each country plays a part.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures::future::{BoxFuture, FutureExt};

use crate::domain::{Country, CountryListing, Origin, University};
use crate::source::{Observed, Phase, SourceError, UniversitySource};
use crate::telemetry::Metrics;

/// What a country does when it is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// Answers after so many milliseconds.
    Answer(u64),
    /// Fails after so many milliseconds.
    Fail(u64),
    /// Panics when called.
    Panic,
    /// Never answers.
    Hang,
}

/// A source in which each country plays its part; `Answer(0)` unless told otherwise.
#[derive(Debug, Default)]
pub(super) struct Scripted(HashMap<Country, Part>);

impl Scripted {
    /// The source, counted.
    pub(super) fn observed(countries: &[Country], part: impl Fn(usize) -> Part) -> Arc<Observed> {
        let parts = countries.iter().enumerate();
        let scripted = Self(parts.map(|(i, country)| (*country, part(i))).collect());
        Arc::new(Observed::new(Arc::new(scripted), Metrics::default()))
    }
}

impl UniversitySource for Scripted {
    fn listing<'a>(
        &'a self,
        country: &'a Country,
    ) -> BoxFuture<'a, Result<CountryListing, SourceError>> {
        async move {
            match self.0[country] {
                Part::Answer(ms) => {
                    tokio::time::sleep(Duration::from_millis(ms)).await;
                    Ok(listing(&[]))
                }
                Part::Fail(ms) => {
                    tokio::time::sleep(Duration::from_millis(ms)).await;
                    Err(SourceError::Timeout {
                        phase: Phase::Headers,
                        limit: Duration::from_millis(ms),
                    })
                }
                Part::Panic => panic!("this part of the script panics"),
                Part::Hang => std::future::pending().await,
            }
        }
        .boxed()
    }
}

pub(super) fn listing(universities: &[University]) -> CountryListing {
    CountryListing {
        universities: Arc::new(universities.iter().collect()),
        origin: Origin::Live,
        age: Duration::ZERO,
        attempts: 1,
        upstream: "scripted".into(),
    }
}
