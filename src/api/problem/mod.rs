//! Problems: errors as sent to clients (RFC 9457, `application/problem+json`).
//!
//! Owns the document and how it leaves: a problem travels through poem as a response that
//! carries it; `edge` fills in the request id and writes the body, so that no error can leave
//! without one. The closed list of types is in `kind`, what becomes of our own errors in
//! `convert`, of the framework's in `framework`, and what the document says in `documented`.
//! Error statuses appear in this folder only.

mod convert;
mod documented;
mod framework;
mod kind;

use poem::http::header::{ALLOW, CONNECTION, HeaderName, RETRY_AFTER};
use poem::http::{HeaderValue, StatusCode};
use poem::{IntoResponse, Response};
use poem_openapi::Object;
use serde::Serialize;

pub(super) use convert::too_many;
pub(super) use documented::{
    Asking, Explaining, Failed, Fetching, LookingUp, LookingUpMany, Probing, Reading, Searching,
    Streaming,
};
pub(super) use framework::response_of;
pub(super) use kind::ProblemType;

/// The media type of every error.
pub(super) const PROBLEM_JSON: &str = "application/problem+json";

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
    /// What was being waited for when the upstream's time was up: `connect`, `headers`, `body`
    /// or `total`.
    #[oai(skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) phase: Option<String>,
    /// The status code the upstream answered with.
    #[oai(skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) upstream_status: Option<u16>,
    /// In which way the upstream's document is wrong: `not-json`, `truncated`, `shape` or
    /// `encoding`.
    #[oai(skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reason: Option<String>,
    /// What it has to say in `Server-Timing`.
    #[oai(skip)]
    #[serde(skip)]
    pub(super) timing: String,
}

/// One error of several: of a parameter, of a place in the body, or of a country.
#[derive(Debug, Clone, PartialEq, Default, Object, Serialize)]
pub(super) struct ErrorItem {
    /// Which problem it is.
    pub(super) r#type: String,
    /// What happened.
    pub(super) detail: String,
    /// The place in the body it is about (RFC 6901).
    #[oai(skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) pointer: Option<String>,
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

/// A wrong method, with what is allowed instead (RFC 9110 §15.5.6).
pub(super) fn method_not_allowed(method: &str, path: &str, allow: &str) -> Response {
    let detail = format!("{path} answers {allow}, not {method}");
    let mut response = ProblemType::MethodNotAllowed
        .problem(detail)
        .into_response();
    set(&mut response, ALLOW, allow);
    response
}

/// A body of another media type than the operation takes (RFC 9110 §15.5.16).
pub(super) fn unsupported_media_type(given: Option<&str>, accepted: &str) -> Response {
    let given = given.map_or("none".to_owned(), |given| format!("{given:?}"));
    let detail = format!("the body must be {accepted} in no content coding, and is {given}");
    let mut response = ProblemType::UnsupportedMediaType
        .problem(detail)
        .into_response();
    set(
        &mut response,
        HeaderName::from_static("accept-post"),
        accepted,
    );
    response
}

fn set(response: &mut Response, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let wait = self.retry_after_s;
        let mut response = Response::builder().status(status).finish();
        if let Some(seconds) = wait {
            set(&mut response, RETRY_AFTER, &seconds.to_string());
        }
        if matches!(
            status,
            StatusCode::REQUEST_TIMEOUT | StatusCode::PAYLOAD_TOO_LARGE
        ) {
            // The rest of the body may still come, and must not pass for the next request.
            set(&mut response, CONNECTION, "close");
        }
        if !self.timing.is_empty() {
            set(
                &mut response,
                HeaderName::from_static("server-timing"),
                &self.timing,
            );
        }
        response.extensions_mut().insert(Unwritten(self));
        response
    }
}

impl From<Problem> for poem::Error {
    fn from(problem: Problem) -> Self {
        // An error keeps its data apart and puts it in place of its response's extensions.
        let unwritten = Unwritten(problem.clone());
        let mut error = Self::from_response(problem.into_response());
        error.set_data(unwritten);
        error
    }
}

/// A defect of ours. What it was is in the log, under the request id.
pub(super) fn internal() -> Problem {
    ProblemType::Internal
        .problem("the request failed by a defect of this service; its log has the request id")
}
