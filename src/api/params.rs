//! Parameters: how they are written, what is allowed, what holds when they are absent.

use std::num::NonZeroUsize;
use std::time::Duration;

use poem_openapi::Enum;
use poem_openapi::registry::{MetaSchema, MetaSchemaRef};
use poem_openapi::types::{ParseError, ParseFromParameter, ParseResult, ToJSON};
use serde::Serialize;
use serde_json::Value;

use super::poem_type::poem_type;
use super::problem::ProblemType;
use crate::domain::{OnError, Strategy, StrategyKind};

/// The most characters of one country's spelling; the longest official name has 56.
const LONGEST_COUNTRY: usize = 100;

/// The window of `bounded` unless `concurrency` says otherwise.
const DEFAULT_CONCURRENCY: NonZeroUsize = NonZeroUsize::new(8).expect("not zero");

/// The largest window of `bounded`.
const MOST_CONCURRENCY: usize = 64;

/// The longest deadline, which the article's operations, having no parameter for it, get.
pub(super) const LONGEST_DEADLINE: Duration = Duration::from_secs(60);

/// How the source calls are scheduled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, Serialize)]
#[oai(rename = "Strategy", rename_all = "lowercase")]
#[serde(rename_all = "lowercase")]
pub(super) enum StrategyName {
    /// One country after another, in the order asked: takes the sum of all.
    Sequential,
    /// Every country at once: takes as long as the slowest.
    Concurrent,
    /// At most `concurrency` countries at once.
    Bounded,
}

/// What one missing country does to the whole answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename = "OnError", rename_all = "lowercase")]
pub(super) enum OnErrorName {
    /// The others are answered; the missing one has a problem in its place.
    Partial,
    /// The call ends with the first missing country's problem.
    Fail,
}

/// Countries as the caller spells them. Repeated, never separated by commas, which belong to
/// names (`Korea, Republic of`).
#[derive(Debug, Clone)]
pub(super) struct CountryNames(pub(super) Vec<String>);

/// The window of `bounded`, if it was given.
#[derive(Debug, Clone, Copy)]
pub(super) struct Concurrency(pub(super) Option<NonZeroUsize>);

/// The article's three countries.
pub(super) fn article_countries() -> CountryNames {
    CountryNames(["turkey", "india", "australia"].map(str::to_owned).to_vec())
}

impl StrategyName {
    /// The strategy with its window; `None` when a window was given to one that has none.
    pub(super) fn with(self, concurrency: Concurrency) -> Option<Strategy> {
        match (self, concurrency.0) {
            (Self::Bounded, window) => {
                Some(Strategy::Bounded(window.unwrap_or(DEFAULT_CONCURRENCY)))
            }
            (Self::Sequential, None) => Some(Strategy::Sequential),
            (Self::Concurrent, None) => Some(Strategy::Concurrent),
            (Self::Sequential | Self::Concurrent, Some(_)) => None,
        }
    }

    /// The strategy as it is without a window.
    pub(super) fn plain(self) -> Strategy {
        match self {
            Self::Sequential => Strategy::Sequential,
            Self::Concurrent => Strategy::Concurrent,
            Self::Bounded => Strategy::Bounded(DEFAULT_CONCURRENCY),
        }
    }
}

impl From<StrategyKind> for StrategyName {
    fn from(kind: StrategyKind) -> Self {
        match kind {
            StrategyKind::Sequential => Self::Sequential,
            StrategyKind::Concurrent => Self::Concurrent,
            StrategyKind::Bounded => Self::Bounded,
        }
    }
}

impl From<OnErrorName> for OnError {
    fn from(name: OnErrorName) -> Self {
        match name {
            OnErrorName::Partial => Self::Partial,
            OnErrorName::Fail => Self::Fail,
        }
    }
}

/// A schema that stands where it is used and needs no component.
fn inline(schema: MetaSchema) -> MetaSchemaRef {
    MetaSchemaRef::Inline(Box::new(schema))
}

poem_type!(
    CountryNames,
    required = true,
    schema = inline(MetaSchema {
        min_items: Some(1),
        items: Some(Box::new(inline(MetaSchema {
            min_length: Some(1),
            max_length: Some(LONGEST_COUNTRY),
            example: Some(Value::from("turkey")),
            ..MetaSchema::new("string")
        }))),
        ..MetaSchema::new("array")
    })
);

impl ParseFromParameter for CountryNames {
    fn parse_from_parameter(value: &str) -> ParseResult<Self> {
        Ok(Self(vec![value.to_owned()]))
    }

    fn parse_from_parameters<I: IntoIterator<Item = A>, A: AsRef<str>>(
        values: I,
    ) -> ParseResult<Self> {
        Ok(Self(
            values.into_iter().map(|v| v.as_ref().to_owned()).collect(),
        ))
    }
}

impl ToJSON for CountryNames {
    fn to_json(&self) -> Option<Value> {
        Some(Value::from(self.0.clone()))
    }
}

#[expect(clippy::cast_precision_loss, reason = "a small constant")]
const MOST: f64 = MOST_CONCURRENCY as f64;

poem_type!(
    Concurrency,
    required = false,
    schema = inline(MetaSchema {
        minimum: Some(1.0),
        maximum: Some(MOST),
        // No default: callers that send defaults would send it with strategies that have no
        // window. The description says what holds.
        ..MetaSchema::new_with_format("integer", "int32")
    })
);

impl ParseFromParameter for Concurrency {
    fn parse_from_parameter(value: &str) -> ParseResult<Self> {
        match value.parse::<NonZeroUsize>() {
            Ok(window) if window.get() <= MOST_CONCURRENCY => Ok(Self(Some(window))),
            _ => Err(ParseError::custom(format!(
                "must be 1 to {MOST_CONCURRENCY}"
            ))),
        }
    }

    fn parse_from_parameters<I: IntoIterator<Item = A>, A: AsRef<str>>(
        values: I,
    ) -> ParseResult<Self> {
        match values.into_iter().next() {
            Some(value) => Self::parse_from_parameter(value.as_ref()),
            None => Ok(Self(None)),
        }
    }
}

/// An e-mail address, which is never said again.
#[derive(Debug, Clone)]
pub(super) struct EmailAddress(pub(super) String);

poem_type!(
    EmailAddress,
    required = true,
    schema = inline(MetaSchema {
        min_length: Some(3),
        max_length: Some(320),
        example: Some(Value::from("student@cs.usc.edu")),
        ..MetaSchema::new_with_format("string", "email")
    })
);

impl ParseFromParameter for EmailAddress {
    fn parse_from_parameter(value: &str) -> ParseResult<Self> {
        Ok(Self(value.to_owned()))
    }
}

impl ToJSON for EmailAddress {
    fn to_json(&self) -> Option<Value> {
        Some(Value::from(self.0.as_str()))
    }
}

/// The name of a problem type.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slug(pub(super) ProblemType);

poem_type!(
    Slug,
    required = true,
    schema = inline(MetaSchema {
        enum_items: ProblemType::ALL
            .iter()
            .map(|kind| Value::from(kind.slug()))
            .collect(),
        ..MetaSchema::new("string")
    })
);

impl ParseFromParameter for Slug {
    fn parse_from_parameter(value: &str) -> ParseResult<Self> {
        let kind = ProblemType::ALL.iter().find(|kind| kind.slug() == value);
        let kind = kind.ok_or_else(|| ParseError::custom("is no problem type"))?;
        Ok(Self(*kind))
    }
}
