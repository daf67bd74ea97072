//! The closed list of problem types: slug, status, title.

use poem::http::StatusCode;

use super::Problem;
use crate::domain::FailureKind;

macro_rules! problem_types {
    ($($(#[$doc:meta])* $name:ident = $slug:literal, $status:ident, $title:literal;)*) => {
        /// The closed list of problem types.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub(in crate::api) enum ProblemType {
            $($(#[$doc])* $name,)*
        }

        impl ProblemType {
            /// The last segment of its `type`.
            #[must_use]
            pub(in crate::api) fn slug(self) -> &'static str {
                match self { $(Self::$name => $slug,)* }
            }

            /// Its `title`.
            #[must_use]
            fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* }
            }

            /// Its `status`.
            #[must_use]
            pub(in crate::api) fn status(self) -> StatusCode {
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
    /// More spellings of one country than one call may have.
    TooManySpellings = "too-many-spellings", BAD_REQUEST, "Too many spellings";
    /// The request could not be understood in a way no other type describes.
    BadRequest = "bad-request", BAD_REQUEST, "Bad request";
    /// The body is not what the operation takes.
    InvalidBody = "invalid-body", BAD_REQUEST, "Invalid body";
    /// The body did not arrive in time.
    RequestTimeout = "request-timeout", REQUEST_TIMEOUT, "Request timeout";
    /// The body is longer than what is read.
    BodyTooLarge = "body-too-large", PAYLOAD_TOO_LARGE, "Body too large";
    /// The body is of another media type than the operation takes.
    UnsupportedMediaType = "unsupported-media-type", UNSUPPORTED_MEDIA_TYPE, "Unsupported media type";
    /// No university has the domain.
    UnknownDomain = "unknown-domain", NOT_FOUND, "Unknown domain";
    /// No country has the spelling.
    UnknownCountry = "unknown-country", NOT_FOUND, "Unknown country";
    /// Several countries have the spelling.
    AmbiguousCountry = "ambiguous-country", BAD_REQUEST, "Ambiguous country";
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

impl ProblemType {
    /// Its `type`, an address relative to the service.
    #[must_use]
    pub(in crate::api) fn uri(self) -> String {
        format!("/problems/{}", self.slug())
    }

    /// A problem of this type.
    pub(in crate::api) fn problem(self, detail: impl Into<String>) -> Problem {
        Problem {
            r#type: self.uri(),
            title: self.title().to_owned(),
            status: self.status().as_u16(),
            detail: detail.into(),
            instance: None,
            errors: None,
            suggestions: None,
            retry_after_s: None,
            phase: None,
            upstream_status: None,
            reason: None,
            timing: String::new(),
        }
    }
}

impl From<FailureKind> for ProblemType {
    fn from(kind: FailureKind) -> Self {
        match kind {
            FailureKind::UnknownCountry => Self::UnknownCountry,
            FailureKind::AmbiguousCountry => Self::AmbiguousCountry,
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
