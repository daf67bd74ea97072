//! From our own errors to problems.

use std::time::Duration;

use poem::http::StatusCode;

use super::{ErrorItem, Problem, ProblemType};
use crate::api::timing::server_timing;
use crate::domain::{Failure, FailureKind, Outcome};
use crate::service::ServiceError;

impl From<&Failure> for Problem {
    fn from(failure: &Failure) -> Self {
        let kind = ProblemType::from(failure.kind);
        Self {
            suggestions: suggestions(failure),
            retry_after_s: failure.retry_after.map(whole_seconds),
            phase: failure.phase.map(str::to_owned),
            upstream_status: failure.upstream_status,
            reason: failure.reason.map(str::to_owned),
            ..kind.problem(failure.detail.as_str())
        }
    }
}

impl From<ServiceError> for Problem {
    fn from(error: ServiceError) -> Self {
        match error {
            ServiceError::TooManyCountries { given, most } => too_many(
                ProblemType::TooManyCountries,
                format!("{given} distinct countries were asked for, at most {most} are allowed"),
                given,
                format!("1 to {most} distinct countries"),
            ),
            ServiceError::TooManySpellings {
                country,
                given,
                most,
            } => too_many(
                ProblemType::TooManySpellings,
                format!(
                    "{given} spellings of the country {country:?} were given, at most {most} are allowed"
                ),
                given,
                format!("1 to {most} spellings of one country"),
            ),
            ServiceError::CountryFailed(outcome) => nothing_served(&[*outcome]),
            ServiceError::NothingServed(outcomes) => nothing_served(&outcomes),
        }
    }
}

/// More was asked for than is allowed.
pub(in crate::api) fn too_many(
    kind: ProblemType,
    detail: String,
    given: usize,
    allowed: String,
) -> Problem {
    let item = ErrorItem {
        r#type: kind.uri(),
        detail: detail.clone(),
        parameter: Some("country".to_owned()),
        given: Some(given.to_string()),
        allowed: Some(allowed),
        ..ErrorItem::default()
    };
    Problem {
        errors: Some(vec![item]),
        ..kind.problem(detail)
    }
}

/// The problem of a call without any data. It lists every country's own error, and takes its
/// type from the first when their statuses agree; a misspelled country beside an upstream failure is not what
/// the call failed by.
fn nothing_served(outcomes: &[Outcome]) -> Problem {
    let failures: Vec<_> = outcomes
        .iter()
        .filter_map(|outcome| Some((outcome, outcome.result.as_ref().err()?)))
        .collect();
    let errors = failures.iter().map(|(outcome, failure)| ErrorItem {
        r#type: ProblemType::from(failure.kind).uri(),
        detail: failure.detail.clone(),
        country: Some(outcome.requested[0].clone()),
        suggestions: suggestions(failure),
        ..ErrorItem::default()
    });
    let errors: Vec<_> = errors.collect();
    let upstream: Vec<_> = failures
        .iter()
        .map(|(_, failure)| *failure)
        .filter(|failure| !is_of_the_spelling(failure))
        .collect();
    let decisive = match (&upstream[..], &failures[..]) {
        ([first, rest @ ..], _) if rest.iter().all(|f| status(f) == status(first)) => Some(*first),
        ([], [(_, first), ..]) => Some(*first),
        _ => None,
    };
    let mut problem = match (decisive, failures.len()) {
        (Some(failure), 1) => Problem::from(failure),
        (Some(failure), number) => ProblemType::from(failure.kind).problem(format!(
            "none of the {number} countries could be served; the first says: {}",
            failure.detail
        )),
        (None, number) => ProblemType::NothingServed.problem(format!(
            "none of the {number} countries could be served, for different reasons"
        )),
    };
    // The longest wait is the one after which all of them can be asked again.
    problem.retry_after_s = upstream
        .iter()
        .filter_map(|failure| failure.retry_after)
        .max()
        .map(whole_seconds);
    problem.errors = Some(errors);
    problem.timing = server_timing(outcomes);
    problem
}

fn status(failure: &Failure) -> StatusCode {
    ProblemType::from(failure.kind).status()
}

/// Whether the caller's spelling is the cause.
fn is_of_the_spelling(failure: &Failure) -> bool {
    matches!(
        failure.kind,
        FailureKind::UnknownCountry | FailureKind::AmbiguousCountry
    )
}

/// For a spelling that leads nowhere always a list, if an empty one; for other failures nothing.
fn suggestions(failure: &Failure) -> Option<Vec<String>> {
    is_of_the_spelling(failure).then(|| {
        let names = failure.suggestions.iter().map(|country| country.name());
        names.map(str::to_owned).collect()
    })
}

/// Rounded up: a caller that waits so long has waited long enough.
fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}
