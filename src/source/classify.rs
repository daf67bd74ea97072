//! What an answer means that is no list, and what an error of the HTTP client.

use std::error::Error;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::RETRY_AFTER;
use reqwest::{Response, StatusCode};

use super::{InvalidReason, Phase, SourceError};

/// Finds out what an error of the client means; for a timeout, which phase ran out of time.
///
/// The order matters: a timeout in the body also calls itself a decoding error, and a TLS
/// failure a connection error.
pub(super) fn classify(error: reqwest::Error, phase: Phase) -> Result<SourceError, Phase> {
    // The address may carry credentials, and the log says which upstream it is anyway.
    let error = error.without_url();
    if error.is_timeout() {
        return Err(if error.is_connect() {
            Phase::Connect
        } else {
            phase
        });
    }
    if has_cause::<rustls::Error>(&error) {
        return Ok(SourceError::Tls(Arc::new(error)));
    }
    if error.is_dns() {
        return Ok(SourceError::Dns(Arc::new(error)));
    }
    if error.is_connect() {
        return Ok(SourceError::Unreachable(Arc::new(error)));
    }
    let hyper = causes(&error).find_map(|cause| cause.downcast_ref::<hyper::Error>());
    if hyper.is_some_and(|e| e.is_parse() || e.is_parse_too_large()) {
        return Ok(SourceError::Protocol(Arc::new(error)));
    }
    let truncated = causes(&error).any(is_unexpected_end)
        || hyper.is_some_and(hyper::Error::is_incomplete_message);
    if phase == Phase::Body && truncated {
        return Ok(SourceError::Invalid {
            reason: InvalidReason::Truncated,
            cause: Arc::new(error),
        });
    }
    if truncated || causes(&error).any(is_broken_connection) {
        return Ok(SourceError::Reset(Arc::new(error)));
    }
    // What hyper itself could not read of a body is its framing; a decoder's trouble is not hyper's.
    if hyper.is_none() && error.is_decode() {
        return Ok(SourceError::Invalid {
            reason: InvalidReason::Encoding,
            cause: Arc::new(error),
        });
    }
    Ok(SourceError::Protocol(Arc::new(error)))
}

/// The error and its causes, outermost first.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error| inner(*error))
}

fn inner<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    // An `io::Error` wraps another error without naming it as its source.
    match error
        .downcast_ref::<io::Error>()
        .and_then(io::Error::get_ref)
    {
        Some(wrapped) => Some(wrapped),
        None => error.source(),
    }
}

fn has_cause<E: Error + 'static>(error: &(dyn Error + 'static)) -> bool {
    causes(error).any(<dyn Error>::is::<E>)
}

fn is_unexpected_end(cause: &(dyn Error + 'static)) -> bool {
    cause
        .downcast_ref::<io::Error>()
        .is_some_and(|e| e.kind() == io::ErrorKind::UnexpectedEof)
}

fn is_broken_connection(cause: &(dyn Error + 'static)) -> bool {
    cause.downcast_ref::<io::Error>().is_some_and(|e| {
        matches!(
            e.kind(),
            io::ErrorKind::ConnectionReset
                | io::ErrorKind::ConnectionAborted
                | io::ErrorKind::BrokenPipe
        )
    })
}

/// Lets only a 200 pass.
pub(super) fn check_status(response: &Response) -> Result<(), SourceError> {
    let status = response.status();
    match status {
        StatusCode::OK => Ok(()),
        StatusCode::SERVICE_UNAVAILABLE => Err(SourceError::Unavailable {
            retry_after: retry_after(response),
        }),
        StatusCode::TOO_MANY_REQUESTS => Err(SourceError::RateLimited {
            retry_after: retry_after(response),
        }),
        _ if matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308) => {
            Err(SourceError::Redirected {
                status: status.as_u16(),
            })
        }
        _ if status.is_server_error() => Err(SourceError::Status {
            status: status.as_u16(),
        }),
        _ => Err(SourceError::Refused {
            status: status.as_u16(),
        }),
    }
}

/// `Retry-After` in seconds (RFC 9110 §10.2.3). The date form is not read: it would trust two
/// clocks to agree.
fn retry_after(response: &Response) -> Option<Duration> {
    let seconds = response.headers().get(RETRY_AFTER)?.to_str().ok()?;
    seconds.trim().parse().ok().map(Duration::from_secs)
}
