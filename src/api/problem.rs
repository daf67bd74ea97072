//! Problems: errors as sent to clients (RFC 9457, `application/problem+json`).
//!
//! Owns the closed list of problem types and every error status code of the service. A problem
//! travels through poem as a response that carries it; `edge` fills in the request id and
//! writes the body, so that no error can leave without one.

use std::marker::PhantomData;
use std::time::Duration;

use poem::http::StatusCode;
use poem::http::header::{ALLOW, RETRY_AFTER};
use poem::{IntoResponse, Response};
use poem_openapi::registry::{MetaMediaType, MetaResponse, MetaResponses, Registry};
use poem_openapi::types::Type;
use poem_openapi::{ApiResponse, Object};
use serde::Serialize;

use crate::domain::{Failure, FailureKind, Outcome};
use crate::service::ServiceError;

/// The media type of every error.
pub(super) const PROBLEM_JSON: &str = "application/problem+json";

macro_rules! problem_types {
    ($($(#[$doc:meta])* $name:ident = $slug:literal, $status:ident, $title:literal;)*) => {
        /// The closed list of problem types.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum ProblemType {
            $($(#[$doc])* $name,)*
        }

        impl ProblemType {
            /// The last segment of its `type`.
            #[must_use]
            pub fn slug(self) -> &'static str {
                match self { $(Self::$name => $slug,)* }
            }

            /// Its `title`.
            #[must_use]
            pub fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* }
            }

            /// Its `status`.
            #[must_use]
            pub fn status(self) -> StatusCode {
                match self { $(Self::$name => StatusCode::$status,)* }
            }
        }
    };
}

problem_types! {
    /// A parameter's value is not allowed, or a required one is missing.
    InvalidParameter = "invalid-parameter", BAD_REQUEST, "Invalid parameter";
    /// The operation has no such parameter.
    UnknownParameter = "unknown-parameter", BAD_REQUEST, "Unknown parameter";
    /// A parameter that takes one value was given several.
    DuplicateParameter = "duplicate-parameter", BAD_REQUEST, "Duplicate parameter";
    /// The query is not percent-encoded UTF-8.
    InvalidEncoding = "invalid-encoding", BAD_REQUEST, "Invalid encoding";
    /// More distinct countries than one call may have.
    TooManyCountries = "too-many-countries", BAD_REQUEST, "Too many countries";
    /// The request could not be understood in a way no other type describes.
    BadRequest = "bad-request", BAD_REQUEST, "Bad request";
    /// No country has the spelling.
    UnknownCountry = "unknown-country", NOT_FOUND, "Unknown country";
    /// The service has no such path.
    UnknownRoute = "unknown-route", NOT_FOUND, "Unknown route";
    /// The path does not answer the method.
    MethodNotAllowed = "method-not-allowed", METHOD_NOT_ALLOWED, "Method not allowed";
    /// A defect of the service.
    Internal = "internal-error", INTERNAL_SERVER_ERROR, "Internal error";
    /// The service is stopping.
    NotReady = "not-ready", SERVICE_UNAVAILABLE, "Not ready";
    /// The request's deadline passed.
    DeadlineExceeded = "deadline-exceeded", GATEWAY_TIMEOUT, "Deadline exceeded";
    /// No country could be served, for different reasons.
    NothingServed = "nothing-served", BAD_GATEWAY, "Nothing could be served";
    /// The upstream's name has no address.
    UpstreamDns = "upstream-dns", BAD_GATEWAY, "Upstream not found";
    /// No connection to the upstream.
    UpstreamUnreachable = "upstream-unreachable", BAD_GATEWAY, "Upstream unreachable";
    /// No secure connection to the upstream.
    UpstreamTls = "upstream-tls", BAD_GATEWAY, "Upstream not trusted";
    /// The upstream is too slow.
    UpstreamTimeout = "upstream-timeout", GATEWAY_TIMEOUT, "Upstream timeout";
    /// The upstream's connection broke.
    UpstreamReset = "upstream-reset", BAD_GATEWAY, "Upstream connection reset";
    /// The upstream does not speak HTTP.
    UpstreamProtocol = "upstream-protocol", BAD_GATEWAY, "Upstream protocol error";
    /// The upstream redirects.
    UpstreamRedirectRefused = "upstream-redirect-refused", BAD_GATEWAY, "Upstream redirect refused";
    /// The upstream answers with a server error.
    UpstreamError = "upstream-error", BAD_GATEWAY, "Upstream error";
    /// The upstream says it is unavailable.
    UpstreamUnavailable = "upstream-unavailable", SERVICE_UNAVAILABLE, "Upstream unavailable";
    /// The upstream says it is asked too often. Not the caller's fault, so not a 429.
    UpstreamRateLimited = "upstream-rate-limited", SERVICE_UNAVAILABLE, "Upstream rate limited";
    /// The upstream does not keep to what it offers.
    UpstreamContract = "upstream-contract", BAD_GATEWAY, "Upstream contract broken";
    /// The upstream's document is not valid.
    UpstreamInvalid = "upstream-invalid", BAD_GATEWAY, "Upstream document invalid";
    /// The upstream's document is too large.
    UpstreamTooLarge = "upstream-too-large", BAD_GATEWAY, "Upstream document too large";
}

/// An error: what was wrong, what was given and what is allowed (RFC 9457).
#[derive(Debug, Clone, PartialEq, Object, Serialize)]
pub(super) struct Problem {
    /// Which problem it is: a stable address, relative to the service.
    pub(super) r#type: String,
    /// The problem type in words.
    pub(super) title: String,
    /// The HTTP status code, or what it would be for this country alone.
    pub(super) status: u16,
    /// What happened this time.
    pub(super) detail: String,
    /// The request id, as in `X-Request-Id`; absent on the problem of a single country.
    #[oai(skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) instance: Option<String>,
    /// The single errors, when the problem sums up several or names a parameter.
    #[oai(skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) errors: Option<Vec<ErrorItem>>,
    /// What may have been meant.
    #[oai(skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) suggestions: Option<Vec<String>>,
    /// Seconds after which another try makes sense.
    #[oai(skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) retry_after_s: Option<u64>,
}

/// One error of several: of a parameter, or of a country.
#[derive(Debug, Clone, PartialEq, Default, Object, Serialize)]
pub(super) struct ErrorItem {
    /// Which problem it is.
    pub(super) r#type: String,
    /// What happened.
    pub(super) detail: String,
    /// The parameter it is about.
    #[oai(skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) parameter: Option<String>,
    /// What was given; long values are cut.
    #[oai(skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) given: Option<String>,
    /// What is allowed.
    #[oai(skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) allowed: Option<String>,
    /// The country it is about, as the caller spelled it.
    #[oai(skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) country: Option<String>,
    /// What may have been meant.
    #[oai(skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) suggestions: Option<Vec<String>>,
}

/// A problem on its way out, which a response carries until `edge` writes it.
#[derive(Debug, Clone)]
pub(super) struct Unwritten(pub(super) Problem);

impl ProblemType {
    /// Its `type`, an address relative to the service.
    #[must_use]
    pub fn uri(self) -> String {
        format!("/problems/{}", self.slug())
    }

    /// A problem of this type.
    pub(super) fn problem(self, detail: impl Into<String>) -> Problem {
        Problem {
            r#type: self.uri(),
            title: self.title().to_owned(),
            status: self.status().as_u16(),
            detail: detail.into(),
            instance: None,
            errors: None,
            suggestions: None,
            retry_after_s: None,
        }
    }
}

impl From<FailureKind> for ProblemType {
    fn from(kind: FailureKind) -> Self {
        match kind {
            FailureKind::UnknownCountry => Self::UnknownCountry,
            FailureKind::DeadlineExceeded => Self::DeadlineExceeded,
            FailureKind::UpstreamDns => Self::UpstreamDns,
            FailureKind::UpstreamUnreachable => Self::UpstreamUnreachable,
            FailureKind::UpstreamTls => Self::UpstreamTls,
            FailureKind::UpstreamTimeout => Self::UpstreamTimeout,
            FailureKind::UpstreamReset => Self::UpstreamReset,
            FailureKind::UpstreamProtocol => Self::UpstreamProtocol,
            FailureKind::UpstreamRedirectRefused => Self::UpstreamRedirectRefused,
            FailureKind::UpstreamError => Self::UpstreamError,
            FailureKind::UpstreamUnavailable => Self::UpstreamUnavailable,
            FailureKind::UpstreamRateLimited => Self::UpstreamRateLimited,
            FailureKind::UpstreamContract => Self::UpstreamContract,
            FailureKind::UpstreamInvalid => Self::UpstreamInvalid,
            FailureKind::UpstreamTooLarge => Self::UpstreamTooLarge,
            FailureKind::Internal => Self::Internal,
        }
    }
}

impl From<&Failure> for Problem {
    fn from(failure: &Failure) -> Self {
        let kind = ProblemType::from(failure.kind);
        Self {
            suggestions: suggestions(failure),
            retry_after_s: failure.retry_after.map(whole_seconds),
            ..kind.problem(failure.detail.as_str())
        }
    }
}

impl From<ServiceError> for Problem {
    fn from(error: ServiceError) -> Self {
        match error {
            ServiceError::TooManyCountries { given, most } => {
                let detail =
                    format!("{given} distinct countries were asked for, at most {most} are allowed");
                let item = ErrorItem {
                    r#type: ProblemType::TooManyCountries.uri(),
                    detail: detail.clone(),
                    parameter: Some("country".to_owned()),
                    given: Some(given.to_string()),
                    allowed: Some(format!("1 to {most} distinct countries")),
                    ..ErrorItem::default()
                };
                Self {
                    errors: Some(vec![item]),
                    ..ProblemType::TooManyCountries.problem(detail)
                }
            }
            ServiceError::CountryFailed(outcome) => nothing_served(&[*outcome]),
            ServiceError::NothingServed(outcomes) => nothing_served(&outcomes),
        }
    }
}

/// The problem of a call without any data. It lists every country's own error, and takes its
/// type from them when they agree; a misspelled country beside an upstream failure is not what
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
        .filter(|failure| failure.kind != FailureKind::UnknownCountry)
        .collect();
    let decisive = match (&upstream[..], &failures[..]) {
        ([first, rest @ ..], _) if rest.iter().all(|f| f.kind == first.kind) => Some(*first),
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
    problem
}

/// For an unknown country always a list, if an empty one; for other failures nothing.
fn suggestions(failure: &Failure) -> Option<Vec<String>> {
    (failure.kind == FailureKind::UnknownCountry).then(|| {
        let names = failure.suggestions.iter().map(|country| country.name());
        names.map(str::to_owned).collect()
    })
}

/// Rounded up: a caller that waits so long has waited long enough.
fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

/// A wrong method, with what is allowed instead (RFC 9110 §15.5.6).
pub(super) fn method_not_allowed(method: &str, path: &str, allow: &str) -> Response {
    ProblemType::MethodNotAllowed
        .problem(format!("{path} answers {allow}, not {method}"))
        .into_response()
        .tap_header(ALLOW, allow)
}

trait TapHeader {
    fn tap_header(self, name: poem::http::HeaderName, value: &str) -> Self;
}

impl TapHeader for Response {
    fn tap_header(mut self, name: poem::http::HeaderName, value: &str) -> Self {
        if let Ok(value) = value.parse() {
            self.headers_mut().insert(name, value);
        }
        self
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let wait = self.retry_after_s;
        let mut response = Response::builder().status(status).finish();
        if let Some(seconds) = wait {
            response = response.tap_header(RETRY_AFTER, &seconds.to_string());
        }
        response.extensions_mut().insert(Unwritten(self));
        response
    }
}

impl From<Problem> for poem::Error {
    fn from(problem: Problem) -> Self {
        Self::from_response(problem.into_response())
    }
}

/// An error that did not come from us (no route, no such method, a parameter that does not
/// parse, an extractor's refusal) as a problem; ours pass through unchanged.
pub(super) fn response_of(error: poem::Error) -> Response {
    if error.is_from_response() {
        return error.into_response();
    }
    if let Some(parameter) = error.downcast_ref::<poem_openapi::error::ParseParamError>() {
        let item = ErrorItem {
            r#type: ProblemType::InvalidParameter.uri(),
            detail: parameter.reason.clone(),
            parameter: Some(parameter.name.to_owned()),
            ..ErrorItem::default()
        };
        let problem = Problem {
            errors: Some(vec![item]),
            ..ProblemType::InvalidParameter.problem(error.to_string())
        };
        return problem.into_response();
    }
    let kind = match error.status() {
        StatusCode::NOT_FOUND => ProblemType::UnknownRoute,
        StatusCode::METHOD_NOT_ALLOWED => ProblemType::MethodNotAllowed,
        status if status.is_client_error() => ProblemType::BadRequest,
        _ => {
            tracing::error!(error = %error, "request failed by an error without a type");
            return internal().into_response();
        }
    };
    kind.problem(error.to_string()).into_response()
}

/// A defect of ours. What it was is in the log, under the request id.
pub(super) fn internal() -> Problem {
    ProblemType::Internal.problem("the request failed by a defect of this service; its log has the request id")
}

/// The error statuses of a group of operations, for the document.
pub(super) trait Statuses {
    /// Status codes and what they mean here.
    const STATUSES: &'static [(u16, &'static str)];
}

/// Operations that fetch countries.
pub(super) struct Fetching;

impl Statuses for Fetching {
    const STATUSES: &'static [(u16, &'static str)] = &[
        (400, "A parameter is unknown, missing, repeated or not allowed."),
        (404, "No country has any of the spellings."),
        (500, "A defect of the service."),
        (502, "No country could be served: the upstream fails."),
        (503, "No country could be served: the upstream asks to be left alone."),
        (504, "No country could be served in time."),
    ];
}

/// Operations that read what the service holds.
pub(super) struct Reading;

impl Statuses for Reading {
    const STATUSES: &'static [(u16, &'static str)] = &[
        (400, "A parameter is unknown or not allowed."),
        (500, "A defect of the service."),
    ];
}

/// The readiness probe.
pub(super) struct Probing;

impl Statuses for Probing {
    const STATUSES: &'static [(u16, &'static str)] = &[
        (400, "A parameter is unknown."),
        (500, "A defect of the service."),
        (503, "The service is stopping."),
    ];
}

/// The error side of a handler's result: a problem, documented with the statuses of its group.
pub(super) struct Failed<G>(Problem, PhantomData<fn() -> G>);

impl<G, P: Into<Problem>> From<P> for Failed<G> {
    fn from(problem: P) -> Self {
        Self(problem.into(), PhantomData)
    }
}

impl<G> From<Failed<G>> for poem::Error {
    fn from(failed: Failed<G>) -> Self {
        failed.0.into()
    }
}

impl<G: Statuses> ApiResponse for Failed<G> {
    fn meta() -> MetaResponses {
        let response = |(status, description): &(u16, &'static str)| MetaResponse {
            description,
            status: Some(*status),
            status_range: None,
            content: vec![MetaMediaType {
                content_type: PROBLEM_JSON,
                schema: Problem::schema_ref(),
            }],
            headers: Vec::new(),
        };
        MetaResponses {
            responses: G::STATUSES.iter().map(response).collect(),
        }
    }

    fn register(registry: &mut Registry) {
        Problem::register(registry);
    }
}
