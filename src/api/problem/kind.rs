//! The closed list of problem types: slug, status, title, and what to do about each.

use poem::http::StatusCode;

use super::Problem;
use crate::domain::FailureKind;

macro_rules! problem_types {
    ($(#[doc = $meaning:literal] $name:ident = $slug:literal, $status:ident, $title:literal,
        $advice:literal;)*) => {
        /// The closed list of problem types.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub(in crate::api) enum ProblemType {
            $(#[doc = $meaning] $name,)*
        }

        impl ProblemType {
            /// Every one of them.
            pub(in crate::api) const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// What it means.
            #[must_use]
            pub(in crate::api) fn meaning(self) -> &'static str {
                match self { $(Self::$name => $meaning.trim_ascii_start(),)* }
            }

            /// What a caller can do about it.
            #[must_use]
            pub(in crate::api) fn advice(self) -> &'static str {
                match self { $(Self::$name => $advice,)* }
            }

            /// The last segment of its `type`.
            #[must_use]
            pub(in crate::api) fn slug(self) -> &'static str {
                match self { $(Self::$name => $slug,)* }
            }

            /// Its `title`.
            #[must_use]
            pub(in crate::api) fn title(self) -> &'static str {
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
    InvalidParameter = "invalid-parameter", BAD_REQUEST, "Invalid parameter",
        "Read `errors`: each names the parameter, what was given and what is allowed.";
    /// The operation has no such parameter.
    UnknownParameter = "unknown-parameter", BAD_REQUEST, "Unknown parameter",
        "Leave it out, or spell it as `suggestions` or `errors[].allowed` say.";
    /// A parameter that takes one value was given several.
    DuplicateParameter = "duplicate-parameter", BAD_REQUEST, "Duplicate parameter",
        "Give it once. Only `country` may be repeated.";
    /// The query is not percent-encoded UTF-8.
    InvalidEncoding = "invalid-encoding", BAD_REQUEST, "Invalid encoding",
        "Percent-encode the query as UTF-8, without NUL.";
    /// More distinct countries than one call may have.
    TooManyCountries = "too-many-countries", BAD_REQUEST, "Too many countries",
        "Split the call; `errors[].allowed` says how many one may have.";
    /// More spellings of one country than one call may have.
    TooManySpellings = "too-many-spellings", BAD_REQUEST, "Too many spellings",
        "Ask for the country by one of them.";
    /// The request could not be understood in a way no other type describes.
    BadRequest = "bad-request", BAD_REQUEST, "Bad request",
        "Compare the request with the document at `/docs`.";
    /// The caller accepts no media type that the operation answers in.
    NotAcceptable = "not-acceptable", NOT_ACCEPTABLE, "Not acceptable",
        "Accept what `detail` names, or `*/*`.";
    /// The body is not what the operation takes.
    InvalidBody = "invalid-body", BAD_REQUEST, "Invalid body",
        "Read `errors`: each has the place in the body (RFC 6901) and what is expected there.";
    /// The body did not arrive in time.
    RequestTimeout = "request-timeout", REQUEST_TIMEOUT, "Request timeout",
        "Send the body without long pauses; try again.";
    /// The body is longer than what is read.
    BodyTooLarge = "body-too-large", PAYLOAD_TOO_LARGE, "Body too large",
        "Split it; `detail` says how much is read.";
    /// The body is of another media type than the operation takes.
    UnsupportedMediaType = "unsupported-media-type", UNSUPPORTED_MEDIA_TYPE, "Unsupported media type",
        "Send what the header `Accept-Post` names, and say so in `Content-Type`.";
    /// No university has the domain.
    UnknownDomain = "unknown-domain", NOT_FOUND, "Unknown domain",
        "Nothing, if the domain is right: the catalogue has no university with it. `GET /` says which catalogue it is.";
    /// No country has the spelling.
    UnknownCountry = "unknown-country", NOT_FOUND, "Unknown country",
        "Look at `suggestions`, or at `/v1/countries`, for a name or code that is known.";
    /// Several countries have the spelling.
    AmbiguousCountry = "ambiguous-country", BAD_REQUEST, "Ambiguous country",
        "Ask for one of `suggestions`, by its name or code.";
    /// The service has no such path.
    UnknownRoute = "unknown-route", NOT_FOUND, "Unknown route",
        "Look at `suggestions`, or at `/docs`, for what there is.";
    /// The path does not answer the method.
    MethodNotAllowed = "method-not-allowed", METHOD_NOT_ALLOWED, "Method not allowed",
        "Use a method that the header `Allow` names.";
    /// A defect of the service.
    Internal = "internal-error", INTERNAL_SERVER_ERROR, "Internal error",
        "Try again; should it stay, give the operator `instance`, under which the log has the cause.";
    /// More requests are being answered and waiting than there is room for.
    Overloaded = "overloaded", SERVICE_UNAVAILABLE, "Overloaded",
        "Try again after `retry_after_s`, and not all at once.";
    /// The client asks for more than it may in a minute.
    RateLimited = "rate-limited", TOO_MANY_REQUESTS, "Too many requests",
        "Try again after `retry_after_s`; the header `RateLimit` says what is left.";
    /// The request's address is longer than what is read.
    UriTooLong = "uri-too-long", URI_TOO_LONG, "Address too long",
        "Split the call.";
    /// The request has more headers than are read.
    HeadTooLarge = "head-too-large", REQUEST_HEADER_FIELDS_TOO_LARGE, "Head too large",
        "Send fewer headers.";
    /// The service is stopping.
    NotReady = "not-ready", SERVICE_UNAVAILABLE, "Not ready",
        "Ask another instance; this one is about to end.";
    /// The request's deadline passed.
    DeadlineExceeded = "deadline-exceeded", GATEWAY_TIMEOUT, "Deadline exceeded",
        "Ask again with a longer `deadline_ms`, or with `strategy=concurrent`.";
    /// No country could be served, for different reasons.
    NothingServed = "nothing-served", BAD_GATEWAY, "Nothing could be served",
        "Read `errors`: each country has a reason of its own.";
    /// The upstream's name has no address.
    UpstreamDns = "upstream-dns", BAD_GATEWAY, "Upstream not found",
        "Nothing but waiting; the operator looks at `--upstream-url` and the name servers.";
    /// No connection to the upstream.
    UpstreamUnreachable = "upstream-unreachable", BAD_GATEWAY, "Upstream unreachable",
        "Try again later; the operator looks at the upstream and the way to it.";
    /// No secure connection to the upstream.
    UpstreamTls = "upstream-tls", BAD_GATEWAY, "Upstream not trusted",
        "Nothing but waiting; the operator looks at the upstream's certificate.";
    /// The upstream is too slow.
    UpstreamTimeout = "upstream-timeout", GATEWAY_TIMEOUT, "Upstream timeout",
        "Try again later; `phase` says what was being waited for.";
    /// The upstream's connection broke.
    UpstreamReset = "upstream-reset", BAD_GATEWAY, "Upstream connection reset",
        "Try again.";
    /// The upstream does not speak HTTP.
    UpstreamProtocol = "upstream-protocol", BAD_GATEWAY, "Upstream protocol error",
        "Try again later; the operator looks at what answers at `--upstream-url`.";
    /// The upstream redirects.
    UpstreamRedirectRefused = "upstream-redirect-refused", BAD_GATEWAY, "Upstream redirect refused",
        "Nothing but waiting; the operator looks at `--upstream-url`. Redirects to elsewhere are how captive portals answer, so they are not followed.";
    /// The upstream answers with a server error.
    UpstreamError = "upstream-error", BAD_GATEWAY, "Upstream error",
        "Try again later; `upstream_status` is what it answered with.";
    /// The upstream says it is unavailable.
    UpstreamUnavailable = "upstream-unavailable", SERVICE_UNAVAILABLE, "Upstream unavailable",
        "Try again after `retry_after_s`.";
    /// The upstream says it is asked too often. Not the caller's fault, so not a 429.
    UpstreamRateLimited = "upstream-rate-limited", SERVICE_UNAVAILABLE, "Upstream rate limited",
        "Try again after `retry_after_s`.";
    /// The upstream does not keep to what it offers.
    UpstreamContract = "upstream-contract", BAD_GATEWAY, "Upstream contract broken",
        "Try again later; the upstream's answer was not to what it was asked.";
    /// The upstream's document is not valid.
    UpstreamInvalid = "upstream-invalid", BAD_GATEWAY, "Upstream document invalid",
        "Try again later; `reason` says in which way the document is wrong.";
    /// The upstream's document is too large.
    UpstreamTooLarge = "upstream-too-large", BAD_GATEWAY, "Upstream document too large",
        "Nothing but waiting; the operator looks at `--max-body-bytes`.";
    /// The upstream has failed too often and is left alone for a while.
    UpstreamCircuitOpen = "upstream-circuit-open", SERVICE_UNAVAILABLE, "Upstream left alone",
        "Try again after `retry_after_s`, when the upstream is asked again.";
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
            FailureKind::UpstreamCircuitOpen => Self::UpstreamCircuitOpen,
            FailureKind::Overloaded => Self::Overloaded,
            FailureKind::Internal => Self::Internal,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failures_name_is_the_slug_of_its_problem_type() {
        for kind in FailureKind::ALL {
            assert_eq!(ProblemType::from(kind).slug(), kind.slug());
        }
    }
}
