//! From what the service returns to what is written.

use std::sync::Arc;

use super::{
    Country, CountryRef, Origin, Outcome, OutcomeLine, Problem, Report, StreamLine, Summary,
    SummaryLine, Universities, date, milliseconds,
};
use crate::api::pieces::HasLists;
use crate::domain::Listed;
use crate::{domain, service};

impl From<domain::Country> for CountryRef {
    fn from(country: domain::Country) -> Self {
        Self {
            code: country.code().to_owned(),
            name: country.name().to_owned(),
        }
    }
}

impl Country {
    /// A country of which the catalogue has so many universities.
    pub(in crate::api) fn of(country: domain::Country, universities: usize) -> Self {
        let spellings = country.spellings().iter();
        Self {
            code: country.code().to_owned(),
            alpha_3: country.alpha_3().to_owned(),
            numeric: country.numeric().map(str::to_owned),
            name: country.name().to_owned(),
            universities,
            spellings: spellings.map(|&s| s.to_owned()).collect(),
        }
    }
}

impl From<domain::Origin> for Origin {
    fn from(origin: domain::Origin) -> Self {
        match origin {
            domain::Origin::Live => Self::Live,
            domain::Origin::Cached => Self::Cached,
            domain::Origin::Stale => Self::Stale,
            domain::Origin::Snapshot => Self::Snapshot,
        }
    }
}

impl From<domain::Outcome> for Outcome {
    fn from(outcome: domain::Outcome) -> Self {
        let missing = Self {
            requested: outcome.requested,
            country: outcome.country.map(CountryRef::from),
            origin: None,
            age_s: None,
            elapsed_ms: outcome.elapsed.map(milliseconds),
            attempts: None,
            upstream: None,
            universities: None,
            problem: None,
        };
        match outcome.result {
            Ok(listing) => Self {
                origin: Some(listing.origin.into()),
                age_s: Some(listing.age.as_secs()),
                attempts: Some(listing.attempts),
                upstream: Some(listing.upstream.as_ref().to_owned()),
                universities: Some(Universities(listing.universities)),
                ..missing
            },
            Err(failure) => Self {
                problem: Some(Problem::from(&failure)),
                ..missing
            },
        }
    }
}

impl HasLists for Report {
    fn lists(&self) -> impl Iterator<Item = &Arc<Listed>> {
        let lists = self
            .outcomes
            .iter()
            .flat_map(|outcome| &outcome.universities);
        lists.map(|Universities(list)| list)
    }
}

impl From<service::Report> for Report {
    fn from(report: service::Report) -> Self {
        let service::Summary {
            complete,
            strategy,
            concurrency,
            version,
            elapsed,
            ..
        } = report.summary;
        Self {
            complete,
            strategy: strategy.kind().into(),
            concurrency,
            elapsed_ms: milliseconds(elapsed),
            data_version: version.hash.as_ref().to_owned(),
            data_date: date(version.changed),
            outcomes: report.outcomes.into_iter().map(Outcome::from).collect(),
        }
    }
}

impl From<service::StreamItem> for StreamLine {
    fn from(item: service::StreamItem) -> Self {
        match item {
            service::StreamItem::Outcome(outcome) => Self::Outcome(OutcomeLine {
                outcome: outcome.into(),
            }),
            service::StreamItem::Summary(summary) => Self::Summary(SummaryLine {
                summary: Summary {
                    complete: summary.complete,
                    strategy: summary.strategy.kind().into(),
                    concurrency: summary.concurrency,
                    elapsed_ms: milliseconds(summary.elapsed),
                    data_version: summary.version.hash.as_ref().to_owned(),
                    data_date: date(summary.version.changed),
                    countries: summary.countries,
                    failed: summary.failed,
                },
            }),
        }
    }
}
