//! From the framework's errors to problems.

use poem::http::StatusCode;
use poem::{IntoResponse, Response};

use super::{ErrorItem, Problem, ProblemType, internal};

/// An error that did not come from us (no route, no such method, a parameter that does not
/// parse, an extractor's refusal) as a problem; ours pass through unchanged.
pub(in crate::api) fn response_of(error: poem::Error) -> Response {
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
