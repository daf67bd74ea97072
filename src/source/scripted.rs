//! A source for the tests of decorators: it does what a script says, call by call.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::future::{BoxFuture, FutureExt};
use tokio::time::sleep;

use super::meter::{CallCounts, Meter};
use super::{SourceError, UniversitySource};
use crate::domain::{Country, CountryListing, Origin, University, country_of};

/// What one call does: when it ends, and how.
pub(super) type Act = (Duration, Result<usize, SourceError>);

/// Plays one act for each call, and the last one for all that follow.
#[derive(Debug)]
pub(super) struct Scripted {
    acts: Mutex<VecDeque<Act>>,
    meter: Meter,
}

impl Scripted {
    pub(super) fn new(acts: impl IntoIterator<Item = Act>) -> Arc<Self> {
        Arc::new(Self {
            acts: Mutex::new(acts.into_iter().collect()),
            meter: Meter::default(),
        })
    }

    /// From here on, other acts.
    pub(super) fn then(&self, acts: impl IntoIterator<Item = Act>) {
        let mut current = self.acts.lock().unwrap_or_else(PoisonError::into_inner);
        *current = acts.into_iter().collect();
    }

    pub(super) fn counts(&self) -> CallCounts {
        self.meter.counts()
    }

    /// How many calls have begun.
    pub(super) fn calls(&self) -> usize {
        self.counts().started
    }
}

impl UniversitySource for Scripted {
    fn listing<'a>(
        &'a self,
        country: &'a Country,
    ) -> BoxFuture<'a, Result<CountryListing, SourceError>> {
        async move {
            let _in_flight = self.meter.begin();
            let (after, result) = {
                let mut acts = self.acts.lock().unwrap_or_else(PoisonError::into_inner);
                match acts.len() {
                    0 | 1 => acts.front().cloned().expect("an act"),
                    _ => acts.pop_front().expect("an act"),
                }
            };
            sleep(after).await;
            result.map(|universities| listing(*country, universities))
        }
        .boxed()
    }
}

/// So many milliseconds.
pub(super) fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// A call that answers after so many milliseconds.
pub(super) fn answers(after: u64) -> Act {
    (ms(after), Ok(1))
}

/// A call that fails after so many milliseconds, as an overtaxed upstream does.
pub(super) fn fails(after: u64) -> Act {
    (ms(after), Err(SourceError::Status { status: 500 }))
}

/// A country that the script does not look at.
pub(super) fn turkey() -> Country {
    country_of("TR").expect("in the table")
}

fn listing(country: Country, universities: usize) -> CountryListing {
    let universities: Vec<_> = (0..universities)
        .map(|number| University {
            name: format!("University {number}"),
            country: country.name().to_owned(),
            alpha_two_code: country.code().to_owned(),
            state_province: None,
            domains: Vec::new(),
            web_pages: Vec::new(),
        })
        .collect();
    CountryListing {
        universities: Arc::new(universities.iter().collect()),
        origin: Origin::Live,
        age: Duration::ZERO,
        attempts: 1,
        upstream: "scripted".into(),
    }
}
