//! The types of lookups.

use poem_openapi::registry::{MetaSchema, MetaSchemaRef};
use poem_openapi::types::{ParseError, ParseFromJSON, ParseResult, ToJSON};
use poem_openapi::{Enum, Object};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::university::University;
use crate::api::body::Checked;
use crate::api::poem_type::poem_type;
use crate::api::problem::{ErrorItem, Problem};
use crate::domain::Owners;

/// The most queries of one request.
const MOST_QUERIES: usize = 1000;

/// The most characters of a query: as many as an e-mail address may have.
const LONGEST_QUERY: usize = 320;

/// Whose a domain is.
#[derive(Debug, Clone, Object, Serialize)]
pub(in crate::api) struct Lookup {
    /// What was asked for; of an e-mail address, what stands behind the `@`.
    pub(in crate::api) query: String,
    /// One for each university that has the domain.
    pub(in crate::api) matches: Vec<LookupMatch>,
}

/// A university that has the domain.
#[derive(Debug, Clone, Object, Serialize)]
pub(in crate::api) struct LookupMatch {
    /// The domain that it has, with its international labels in their ASCII form.
    domain: String,
    /// Where that domain stands to the one asked for.
    r#match: MatchKind,
    /// The university.
    university: University,
}

/// Where a university's domain stands to the one asked for.
#[derive(Debug, Clone, Copy, Enum, Serialize)]
#[oai(rename = "MatchKind", rename_all = "lowercase")]
#[serde(rename_all = "lowercase")]
pub(in crate::api) enum MatchKind {
    /// It is the same.
    Exact,
    /// It is above it: `usc.edu` for `cs.usc.edu`.
    Parent,
}

/// Domains and e-mail addresses to look up.
#[derive(Debug, Object, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct LookupRequest {
    /// Each a domain or an e-mail address.
    #[oai(validator(min_items = 1, max_items = 1000))]
    queries: Vec<LookupQuery>,
}

/// A domain or an e-mail address.
#[derive(Debug, Clone, Deserialize)]
struct LookupQuery(String);

/// What became of each query.
#[derive(Debug, Clone, Object, Serialize)]
pub(in crate::api) struct LookupResults {
    /// One for each query, in their order.
    pub(in crate::api) results: Vec<LookupResult>,
}

/// What became of one query: matches or a problem, never neither, never both.
#[derive(Debug, Clone, Object, Serialize)]
pub(in crate::api) struct LookupResult {
    /// What was asked for; of an e-mail address, what stands behind the `@`. Empty when the query was
    /// neither a domain nor an address.
    query: String,
    /// One for each university that has the domain.
    #[oai(nullable)]
    matches: Option<Vec<LookupMatch>>,
    /// Why there are none.
    #[oai(nullable)]
    problem: Option<Problem>,
}

impl Lookup {
    /// The owners of what was asked for.
    pub(in crate::api) fn of(query: &str, owners: Owners) -> Self {
        let Owners {
            domain,
            exact,
            universities,
        } = owners;
        let kind = if exact {
            MatchKind::Exact
        } else {
            MatchKind::Parent
        };
        let matches = universities.into_iter().map(|university| LookupMatch {
            domain: domain.clone(),
            r#match: kind,
            university: university.into(),
        });
        Self {
            query: query.to_owned(),
            matches: matches.collect(),
        }
    }
}

impl LookupRequest {
    /// The queries, in order.
    pub(in crate::api) fn queries(&self) -> impl Iterator<Item = &str> {
        self.queries.iter().map(|query| query.0.as_str())
    }
}

impl Checked for LookupRequest {
    fn check(&self) -> Result<(), ErrorItem> {
        let item = |pointer: String, given: usize, allowed: String| ErrorItem {
            detail: format!("there must be {allowed}, not {given}"),
            pointer: Some(pointer),
            given: Some(given.to_string()),
            allowed: Some(allowed),
            ..ErrorItem::default()
        };
        if !(1..=MOST_QUERIES).contains(&self.queries.len()) {
            let allowed = format!("1 to {MOST_QUERIES} queries");
            return Err(item("/queries".to_owned(), self.queries.len(), allowed));
        }
        let lengths = self.queries().map(|query| query.chars().count());
        let fits = |length: &usize| (1..=LONGEST_QUERY).contains(length);
        match lengths.enumerate().find(|(_, length)| !fits(length)) {
            None => Ok(()),
            Some((place, length)) => {
                let allowed = format!("1 to {LONGEST_QUERY} characters");
                Err(item(format!("/queries/{place}"), length, allowed))
            }
        }
    }
}

impl LookupResult {
    /// Somebody's.
    pub(in crate::api) fn found(Lookup { query, matches }: Lookup) -> Self {
        Self {
            query,
            matches: Some(matches),
            problem: None,
        }
    }

    /// Nobody's, or not even a domain.
    pub(in crate::api) fn failed(query: &str, problem: &Problem) -> Self {
        Self {
            query: query.to_owned(),
            matches: None,
            problem: Some(problem.clone()),
        }
    }
}

poem_type!(
    LookupQuery,
    required = true,
    schema = MetaSchemaRef::Inline(Box::new(MetaSchema {
        min_length: Some(1),
        max_length: Some(LONGEST_QUERY),
        example: Some(Value::from("cs.usc.edu")),
        ..MetaSchema::new("string")
    }))
);

impl ToJSON for LookupQuery {
    fn to_json(&self) -> Option<Value> {
        Some(Value::from(self.0.as_str()))
    }
}

impl ParseFromJSON for LookupQuery {
    fn parse_from_json(value: Option<Value>) -> ParseResult<Self> {
        match value {
            Some(Value::String(text)) => Ok(Self(text)),
            _ => Err(ParseError::custom("is text")),
        }
    }
}
