//! The types of answers, as the document shows them and as they are written.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use poem_openapi::registry::{MetaSchemaRef, Registry};
use poem_openapi::types::{ParseError, ParseFromJSON, ParseResult, ToJSON, Type};
use poem_openapi::{Enum, Object, Union};
use serde::{Serialize, Serializer};
use serde_json::Value;

use super::params::StrategyName;
use super::problem::Problem;
use crate::domain;
use crate::service;

/// A university.
#[derive(Debug, Clone, Object)]
pub(super) struct University {
    /// The institution's name.
    pub(super) name: String,
    /// The country, as the upstream spells it.
    pub(super) country: String,
    /// The country's ISO 3166-1 alpha-2 code; `XK` for Kosovo.
    pub(super) alpha_two_code: String,
    /// State, province or region, where the upstream has one.
    #[oai(rename = "state-province", nullable)]
    pub(super) state_province: Option<String>,
    /// Domains of its web and e-mail addresses.
    pub(super) domains: Vec<String>,
    /// Addresses of its home pages.
    pub(super) web_pages: Vec<String>,
}

/// A listing's universities: documented as a list of [`University`], written from the listing
/// without copying it.
#[derive(Debug, Clone)]
pub(super) struct Universities(pub(super) Arc<[domain::University]>);

/// How one university is written. A test keeps it equal to [`University`].
#[derive(Serialize)]
pub(crate) struct Written<'a> {
    name: &'a str,
    country: &'a str,
    alpha_two_code: &'a str,
    #[serde(rename = "state-province")]
    state_province: Option<&'a str>,
    domains: &'a [String],
    web_pages: &'a [String],
}

impl<'a> From<&'a domain::University> for Written<'a> {
    fn from(university: &'a domain::University) -> Self {
        Self {
            name: &university.name,
            country: &university.country,
            alpha_two_code: &university.alpha_two_code,
            state_province: university.state_province.as_deref(),
            domains: &university.domains,
            web_pages: &university.web_pages,
        }
    }
}

impl Serialize for Universities {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(Written::from))
    }
}

/// Universities by country, keyed and ordered as the caller spelled and asked.
#[derive(Debug, Clone)]
pub(super) struct Dictionary(pub(super) Vec<(String, Universities)>);

impl Serialize for Dictionary {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(country, list)| (country, list)))
    }
}

/// A type that is documented as another one, and only ever written.
macro_rules! documented_as {
    ($type:ty, $schema:ty) => {
        impl Type for $type {
            const IS_REQUIRED: bool = true;
            type RawValueType = Self;
            type RawElementValueType = Self;

            fn name() -> Cow<'static, str> {
                <$schema>::name()
            }

            fn schema_ref() -> MetaSchemaRef {
                <$schema>::schema_ref()
            }

            fn register(registry: &mut Registry) {
                <$schema>::register(registry);
            }

            fn as_raw_value(&self) -> Option<&Self::RawValueType> {
                Some(self)
            }

            fn raw_element_iter<'a>(
                &'a self,
            ) -> Box<dyn Iterator<Item = &'a Self::RawElementValueType> + 'a> {
                Box::new(self.as_raw_value().into_iter())
            }
        }

        impl ToJSON for $type {
            fn to_json(&self) -> Option<Value> {
                serde_json::to_value(self).ok()
            }
        }

        impl ParseFromJSON for $type {
            fn parse_from_json(_: Option<Value>) -> ParseResult<Self> {
                Err(ParseError::custom("is part of answers only"))
            }
        }
    };
}

documented_as!(Universities, Vec<University>);
documented_as!(Dictionary, std::collections::HashMap<String, Vec<University>>);

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
    /// Distinct countries asked for.
    pub(super) countries: usize,
    /// How many of them have no universities to show, by failure or because the call ended.
    pub(super) failed: usize,
}

/// One line of a stream: an outcome, or the summary that ends it.
#[derive(Debug, Clone, Union, Serialize)]
#[oai(one_of)]
#[serde(untagged)]
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
    /// Other names that lead to it. Case, accents and punctuation never matter.
    pub(super) spellings: Vec<String>,
}

/// Every country the service knows.
#[derive(Debug, Clone, Object, Serialize)]
pub(super) struct Countries {
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

impl From<domain::Country> for CountryRef {
    fn from(country: domain::Country) -> Self {
        Self {
            code: country.code().to_owned(),
            name: country.name().to_owned(),
        }
    }
}

impl From<domain::Country> for Country {
    fn from(country: domain::Country) -> Self {
        let spellings = country.spellings().iter();
        Self {
            code: country.code().to_owned(),
            alpha_3: country.alpha_3().to_owned(),
            numeric: country.numeric().map(str::to_owned),
            name: country.name().to_owned(),
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

impl From<service::Report> for Report {
    fn from(report: service::Report) -> Self {
        let service::Summary {
            complete,
            strategy,
            concurrency,
            elapsed,
            ..
        } = report.summary;
        Self {
            complete,
            strategy: strategy.kind().into(),
            concurrency,
            elapsed_ms: milliseconds(elapsed),
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
                    countries: summary.countries,
                    failed: summary.failed,
                },
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_university_is_written_as_it_is_documented() {
        let university = domain::University {
            name: "A".to_owned(),
            country: "Turkiye".to_owned(),
            alpha_two_code: "TR".to_owned(),
            state_province: None,
            domains: vec!["a.tr".to_owned()],
            web_pages: vec!["https://a.tr/".to_owned()],
        };
        let written = serde_json::to_value(Written::from(&university)).expect("JSON");
        let documented = University {
            name: university.name,
            country: university.country,
            alpha_two_code: university.alpha_two_code,
            state_province: university.state_province,
            domains: university.domains,
            web_pages: university.web_pages,
        };
        assert_eq!(Some(written), documented.to_json());
    }

    #[test]
    fn a_dictionary_keeps_the_callers_order_and_spelling() {
        let empty = Universities(Arc::new([]));
        let dictionary = Dictionary(vec![("turkey".to_owned(), empty.clone()), ("IN".to_owned(), empty)]);
        let written = serde_json::to_string(&dictionary).expect("JSON");
        assert_eq!(written, r#"{"turkey":[],"IN":[]}"#);
    }
}
