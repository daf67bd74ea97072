//! Why a country is missing from an answer.

use std::time::Duration;

use super::Country;

/// The closed, public list of reasons. Each is one problem type at the edge and one label in
/// logs and metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FailureKind {
    /// No country has the spelling that was asked for.
    UnknownCountry,
    /// Several countries have the spelling that was asked for.
    AmbiguousCountry,
    /// The request's deadline passed first.
    DeadlineExceeded,
    /// The upstream's host name has no address.
    UpstreamDns,
    /// The upstream refused the connection or there was no route to it.
    UpstreamUnreachable,
    /// No secure connection could be agreed on.
    UpstreamTls,
    /// The upstream took longer than it may.
    UpstreamTimeout,
    /// The upstream closed the connection before its answer was whole.
    UpstreamReset,
    /// What came back was not HTTP.
    UpstreamProtocol,
    /// The upstream pointed to another address.
    UpstreamRedirectRefused,
    /// The upstream answered with a server error.
    UpstreamError,
    /// The upstream said it is unavailable.
    UpstreamUnavailable,
    /// The upstream said it is asked too often.
    UpstreamRateLimited,
    /// The upstream did not keep to what it offers: a client error, another country's data.
    UpstreamContract,
    /// The upstream's document could not be understood.
    UpstreamInvalid,
    /// The upstream's document is larger than accepted.
    UpstreamTooLarge,
    /// The upstream has failed too often and is left alone for a while.
    UpstreamCircuitOpen,
    /// Too many calls wait for the upstream.
    Overloaded,
    /// A defect of this service.
    Internal,
}

impl FailureKind {
    /// Every one of them.
    pub const ALL: [Self; 19] = [
        Self::UnknownCountry,
        Self::AmbiguousCountry,
        Self::DeadlineExceeded,
        Self::UpstreamDns,
        Self::UpstreamUnreachable,
        Self::UpstreamTls,
        Self::UpstreamTimeout,
        Self::UpstreamReset,
        Self::UpstreamProtocol,
        Self::UpstreamRedirectRefused,
        Self::UpstreamError,
        Self::UpstreamUnavailable,
        Self::UpstreamRateLimited,
        Self::UpstreamContract,
        Self::UpstreamInvalid,
        Self::UpstreamTooLarge,
        Self::UpstreamCircuitOpen,
        Self::Overloaded,
        Self::Internal,
    ];

    /// Its public name, which is also the slug of its problem type.
    #[must_use]
    pub fn slug(self) -> &'static str {
        match self {
            Self::UnknownCountry => "unknown-country",
            Self::AmbiguousCountry => "ambiguous-country",
            Self::DeadlineExceeded => "deadline-exceeded",
            Self::UpstreamDns => "upstream-dns",
            Self::UpstreamUnreachable => "upstream-unreachable",
            Self::UpstreamTls => "upstream-tls",
            Self::UpstreamTimeout => "upstream-timeout",
            Self::UpstreamReset => "upstream-reset",
            Self::UpstreamProtocol => "upstream-protocol",
            Self::UpstreamRedirectRefused => "upstream-redirect-refused",
            Self::UpstreamError => "upstream-error",
            Self::UpstreamUnavailable => "upstream-unavailable",
            Self::UpstreamRateLimited => "upstream-rate-limited",
            Self::UpstreamContract => "upstream-contract",
            Self::UpstreamInvalid => "upstream-invalid",
            Self::UpstreamTooLarge => "upstream-too-large",
            Self::UpstreamCircuitOpen => "upstream-circuit-open",
            Self::Overloaded => "overloaded",
            Self::Internal => "internal-error",
        }
    }
}

/// One country's failure: its kind, and a sentence that may be shown to callers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Which of the public reasons it is.
    pub kind: FailureKind,
    /// What happened, in a sentence without internals.
    pub detail: String,
    /// How long the upstream asked to be left alone.
    pub retry_after: Option<Duration>,
    /// What was being waited for when time was up: `connect`, `headers`, `body` or `total`.
    pub phase: Option<&'static str>,
    /// The status code the upstream answered with.
    pub upstream_status: Option<u16>,
    /// In which way its document is wrong: `not-json`, `truncated`, `shape` or `encoding`.
    pub reason: Option<&'static str>,
    /// Countries the caller may have meant.
    pub suggestions: Vec<Country>,
}

impl Failure {
    /// A failure with nothing to add to its sentence.
    pub fn new(kind: FailureKind, detail: impl Into<String>) -> Self {
        Self {
            kind,
            detail: detail.into(),
            retry_after: None,
            phase: None,
            upstream_status: None,
            reason: None,
            suggestions: Vec::new(),
        }
    }
}
