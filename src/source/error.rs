//! Why a source has no list, and what policy may ask of that.
//!
//! `Display` states only its own level; the cause is the error's source, for logs. What
//! callers read comes from [`SourceError::failure`] and holds no internals.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;

use crate::domain::{Failure, FailureKind};

/// Shared, because several callers may wait for one call.
type Cause = Arc<dyn std::error::Error + Send + Sync>;

/// When to come back after what may well succeed a moment later. A cache remembers failures for as long,
/// so that an upstream that is down is not asked by every caller.
pub(super) const A_MOMENT: Duration = Duration::from_secs(1);

/// What an attempt was waiting for when its time was up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// A connection.
    Connect,
    /// The response head.
    Headers,
    /// The rest of the body.
    Body,
    /// The end of all attempts together.
    Total,
}

/// In which way a document is not what it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvalidReason {
    /// It is not JSON.
    NotJson,
    /// It ends too early.
    Truncated,
    /// It is JSON, but not a list of records.
    Shape,
    /// Its content coding could not be undone.
    Encoding,
}

/// Why a source has no list for a country.
#[derive(Debug, Clone, Error)]
#[non_exhaustive]
pub enum SourceError {
    /// The upstream's name has no address.
    #[error("the upstream's host name could not be resolved")]
    Dns(#[source] Cause),
    /// No connection.
    #[error("the upstream could not be reached")]
    Unreachable(#[source] Cause),
    /// No secure connection.
    #[error("no secure connection to the upstream could be made")]
    Tls(#[source] Cause),
    /// Too slow.
    #[error("the upstream took longer than {limit:?}, {phase}")]
    Timeout {
        /// What was being waited for.
        phase: Phase,
        /// The time it had.
        limit: Duration,
    },
    /// The connection broke.
    #[error("the upstream closed the connection before its answer was whole")]
    Reset(#[source] Cause),
    /// Not HTTP.
    #[error("the upstream did not answer in HTTP")]
    Protocol(#[source] Cause),
    /// A redirect to where it is not followed.
    #[error("the upstream redirects to another address (status {status})")]
    Redirected {
        /// The redirect's status code.
        status: u16,
    },
    /// A server error.
    #[error("the upstream answered with status {status}")]
    Status {
        /// The status code, 500 to 599 without 503.
        status: u16,
    },
    /// 503.
    #[error("the upstream is unavailable (status 503)")]
    Unavailable {
        /// How long it asked to be left alone.
        retry_after: Option<Duration>,
    },
    /// 429.
    #[error("the upstream is asked too often (status 429)")]
    RateLimited {
        /// How long it asked to be left alone.
        retry_after: Option<Duration>,
    },
    /// A client error or an unexpected success.
    #[error("the upstream refused the request with status {status}")]
    Refused {
        /// The status code.
        status: u16,
    },
    /// Another country's records.
    #[error("the upstream answered with records of {got} when asked for {asked}")]
    Mixup {
        /// The code of the country asked for.
        asked: &'static str,
        /// The code it gave.
        got: String,
    },
    /// A document that could not be understood.
    #[error("the upstream's document is {reason}")]
    Invalid {
        /// In which way.
        reason: InvalidReason,
        /// What the decoder said.
        #[source]
        cause: Cause,
    },
    /// A list over the limit.
    #[error("the upstream's list has more than {limit} records")]
    TooManyRecords {
        /// The most records accepted.
        limit: usize,
    },
    /// Nothing is asked of an upstream that fails, for a while.
    #[error("the upstream has failed too often and is left alone")]
    CircuitOpen {
        /// For how long yet.
        retry_after: Duration,
    },
    /// Too many calls wait for the upstream already.
    #[error("too many calls are waiting for the upstream")]
    Overloaded,
    /// A document over the limit.
    #[error("the upstream's document is larger than {limit} bytes")]
    TooLarge {
        /// The most decoded bytes accepted.
        limit: usize,
    },
}

impl SourceError {
    /// The public reason.
    #[must_use]
    pub fn kind(&self) -> FailureKind {
        match self {
            Self::Dns(_) => FailureKind::UpstreamDns,
            Self::Unreachable(_) => FailureKind::UpstreamUnreachable,
            Self::Tls(_) => FailureKind::UpstreamTls,
            Self::Timeout { .. } => FailureKind::UpstreamTimeout,
            Self::Reset(_) => FailureKind::UpstreamReset,
            Self::Protocol(_) => FailureKind::UpstreamProtocol,
            Self::Redirected { .. } => FailureKind::UpstreamRedirectRefused,
            Self::Status { .. } => FailureKind::UpstreamError,
            Self::Unavailable { .. } => FailureKind::UpstreamUnavailable,
            Self::RateLimited { .. } => FailureKind::UpstreamRateLimited,
            Self::Refused { .. } | Self::Mixup { .. } => FailureKind::UpstreamContract,
            Self::Invalid { .. } => FailureKind::UpstreamInvalid,
            Self::CircuitOpen { .. } => FailureKind::UpstreamCircuitOpen,
            Self::Overloaded => FailureKind::Overloaded,
            Self::TooLarge { .. } | Self::TooManyRecords { .. } => FailureKind::UpstreamTooLarge,
        }
    }

    /// All attempts together have had their time.
    pub(super) fn too_late(limit: Duration) -> Self {
        Self::Timeout {
            phase: Phase::Total,
            limit,
        }
    }

    /// Whether it says nothing of the upstream, but that there was no room here, or no more time.
    #[must_use]
    pub(super) fn is_ours(&self) -> bool {
        let out_of_time = matches!(
            self,
            Self::Timeout {
                phase: Phase::Total,
                ..
            }
        );
        out_of_time || matches!(self, Self::Overloaded)
    }

    /// Whether the same call may well succeed a moment later.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable(_)
            | Self::Timeout { .. }
            | Self::Reset(_)
            | Self::Unavailable { .. }
            | Self::Invalid {
                reason: InvalidReason::Truncated,
                ..
            } => true,
            Self::Status { status } => matches!(status, 500 | 502 | 504),
            // Who is asked too often is asked again only when it has said when.
            Self::RateLimited { retry_after } => retry_after.is_some(),
            _ => false,
        }
    }

    /// Whether it says that the upstream is not well, and not only about this one country.
    #[must_use]
    pub fn is_outage(&self) -> bool {
        !matches!(
            self,
            Self::Refused { .. }
                | Self::Mixup { .. }
                | Self::TooLarge { .. }
                | Self::TooManyRecords { .. }
                | Self::RateLimited { retry_after: None }
                | Self::CircuitOpen { .. }
                | Self::Overloaded
        )
    }

    /// Whether it says that the upstream has more to do than it can.
    #[must_use]
    pub fn is_congestion(&self) -> bool {
        matches!(
            self,
            Self::Timeout { .. } | Self::Unavailable { .. } | Self::RateLimited { .. }
        )
    }

    /// How long the upstream asked to be left alone, if it did.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Unavailable { retry_after } | Self::RateLimited { retry_after } => *retry_after,
            Self::CircuitOpen { retry_after } => Some(*retry_after),
            Self::Overloaded => Some(A_MOMENT),
            _ => None,
        }
    }

    /// The failure as callers may see it: this level's sentence, nothing of its causes.
    #[must_use]
    pub fn failure(&self) -> Failure {
        Failure {
            retry_after: self
                .retry_after()
                .or_else(|| self.is_transient().then_some(A_MOMENT)),
            phase: match self {
                Self::Timeout { phase, .. } => Some(phase.name()),
                _ => None,
            },
            upstream_status: match self {
                Self::Redirected { status }
                | Self::Status { status }
                | Self::Refused { status } => Some(*status),
                Self::Unavailable { .. } => Some(503),
                Self::RateLimited { .. } => Some(429),
                _ => None,
            },
            reason: match self {
                Self::Invalid { reason, .. } => Some(reason.name()),
                _ => None,
            },
            ..Failure::new(self.kind(), self.to_string())
        }
    }
}

impl Phase {
    /// Its public name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Headers => "headers",
            Self::Body => "body",
            Self::Total => "total",
        }
    }
}

impl InvalidReason {
    /// Its public name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::NotJson => "not-json",
            Self::Truncated => "truncated",
            Self::Shape => "shape",
            Self::Encoding => "encoding",
        }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connect => "waiting for a connection",
            Self::Headers => "waiting for the response head",
            Self::Body => "waiting for the body",
            Self::Total => "in all",
        })
    }
}

impl fmt::Display for InvalidReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotJson => "not JSON",
            Self::Truncated => "cut short",
            Self::Shape => "not a list of records",
            Self::Encoding => "wrongly compressed",
        })
    }
}
