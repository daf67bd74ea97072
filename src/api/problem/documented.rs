//! What the document says of errors: each group of operations and the statuses it can answer.

use std::marker::PhantomData;

use poem_openapi::ApiResponse;
use poem_openapi::registry::{MetaHeader, MetaMediaType, MetaResponse, MetaResponses, Registry};
use poem_openapi::types::Type;

use super::{PROBLEM_JSON, Problem};

/// The error statuses of a group of operations, for the document.
pub(in crate::api) trait Statuses {
    /// Status codes and what they mean here.
    const STATUSES: &'static [(u16, &'static str)];
}

/// What every operation may answer, where it does not say so in its own words. Descriptions name the
/// types of the problems: the document shows an example of each.
const EVERYWHERE: [(u16, &str); 8] = [
    (
        400,
        "The request is not understood: `unknown-parameter`, `invalid-encoding`, `bad-request`.",
    ),
    (
        405,
        "Of the same path with another method, unless `Allow` names it: `method-not-allowed`.",
    ),
    (
        406,
        "The caller accepts no media type that the operation answers in: `not-acceptable`.",
    ),
    (
        414,
        "The address is longer than what is read: `uri-too-long`.",
    ),
    (
        429,
        "The client asks for more than it may in a minute: `rate-limited`.",
    ),
    (
        431,
        "The request has more headers than are read: `head-too-large`. Over HTTP/1 without a body and most headers.",
    ),
    (500, "A defect of the service: `internal-error`."),
    (
        503,
        "More requests are being answered and waiting than there is room for: `overloaded`.",
    ),
];

/// What is wrong with a request for countries.
const WRONG_COUNTRIES: &str = "A parameter is unknown, missing, repeated or not allowed, or a name fits \
    several countries: `invalid-parameter`, `unknown-parameter`, `duplicate-parameter`, \
    `invalid-encoding`, `too-many-countries`, `too-many-spellings`, `ambiguous-country`, `bad-request`.";

/// What is wrong with a request for something else.
const WRONG_PARAMETERS: &str = "A parameter is unknown, missing, repeated or not allowed: \
    `invalid-parameter`, `unknown-parameter`, `duplicate-parameter`, `invalid-encoding`, `bad-request`.";

/// Whose spelling is wrong.
const NO_SUCH_COUNTRY: &str = "No country has one of the spellings, and the call is to fail with it, or \
    all fail: `unknown-country`.";

/// Operations that fetch countries and answer when all of them are there.
pub(in crate::api) struct Fetching;

impl Statuses for Fetching {
    const STATUSES: &'static [(u16, &'static str)] = &[
        (400, WRONG_COUNTRIES),
        (404, NO_SUCH_COUNTRY),
        (
            502,
            "The upstream fails for one country, and the call is to fail with it, or for all: \
             `upstream-unreachable`, `upstream-dns`, `upstream-tls`, `upstream-reset`, \
             `upstream-protocol`, `upstream-redirect-refused`, `upstream-error`, `upstream-contract`, \
             `upstream-invalid`, `upstream-too-large`; or for each in another way: `nothing-served`.",
        ),
        (
            503,
            "The upstream is to be left alone, for one country or for all, as above, or there is no room: \
             `upstream-unavailable`, `upstream-rate-limited`, `upstream-circuit-open`, `overloaded`.",
        ),
        (
            504,
            "One country is not there in time, or none is, as above: `upstream-timeout`, \
             `deadline-exceeded`.",
        ),
    ];
}

/// The stream, whose status is 200 once its first line is on its way.
pub(in crate::api) struct Streaming;

impl Statuses for Streaming {
    const STATUSES: &'static [(u16, &'static str)] =
        &[(400, WRONG_COUNTRIES), (404, NO_SUCH_COUNTRY)];
}

/// Operations that read what the service holds, by a parameter.
pub(in crate::api) struct Reading;

impl Statuses for Reading {
    const STATUSES: &'static [(u16, &'static str)] = &[(400, WRONG_PARAMETERS)];
}

/// Operations without a parameter.
pub(in crate::api) struct Asking;

impl Statuses for Asking {
    const STATUSES: &'static [(u16, &'static str)] = &[];
}

/// The search in the catalogue.
pub(in crate::api) struct Searching;

impl Statuses for Searching {
    const STATUSES: &'static [(u16, &'static str)] = &[
        (
            400,
            "A parameter is unknown, repeated or not allowed, or several countries have the name: \
             `invalid-parameter`, `unknown-parameter`, `duplicate-parameter`, `invalid-encoding`, \
             `ambiguous-country`, `bad-request`.",
        ),
        (404, "No country has the name: `unknown-country`."),
    ];
}

/// The explanation of a problem type.
pub(in crate::api) struct Explaining;

impl Statuses for Explaining {
    const STATUSES: &'static [(u16, &'static str)] =
        &[(404, "There is no such problem type: `unknown-route`.")];
}

/// The lookup of one domain.
pub(in crate::api) struct LookingUp;

impl Statuses for LookingUp {
    const STATUSES: &'static [(u16, &'static str)] = &[
        (400, WRONG_PARAMETERS),
        (
            404,
            "No university has the domain or one above it: `unknown-domain`.",
        ),
    ];
}

/// The lookup of many domains.
pub(in crate::api) struct LookingUpMany;

impl Statuses for LookingUpMany {
    const STATUSES: &'static [(u16, &'static str)] = &[
        (
            400,
            "A parameter was given, or the body is not as described: `invalid-body`, \
             `unknown-parameter`, `invalid-encoding`, `bad-request`.",
        ),
        (408, "The body did not arrive in time: `request-timeout`."),
        (
            413,
            "The body is longer than what is read: `body-too-large`.",
        ),
        (
            415,
            "The body is not `application/json`: `unsupported-media-type`.",
        ),
    ];
}

/// The readiness probe.
pub(in crate::api) struct Probing;

impl Statuses for Probing {
    const STATUSES: &'static [(u16, &'static str)] =
        &[(503, "The service is stopping: `not-ready`.")];
}

/// The error side of a handler's result: a problem, documented with the statuses of its group.
pub(in crate::api) struct Failed<G>(Problem, PhantomData<fn() -> G>);

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
            headers: match status {
                405 => vec![header::<String>(
                    "Allow",
                    "The methods that the path answers.",
                )],
                429 | 503 => vec![header::<u64>(
                    "Retry-After",
                    "Seconds after which another try makes sense, when that is known.",
                )],
                _ => Vec::new(),
            },
        };
        let own = G::STATUSES.iter();
        let stated = |status: u16| G::STATUSES.iter().any(|(own, _)| *own == status);
        let common = EVERYWHERE.iter().filter(|(status, _)| !stated(*status));
        let mut statuses: Vec<_> = own.chain(common).collect();
        statuses.sort_unstable_by_key(|(status, _)| *status);
        MetaResponses {
            responses: statuses.into_iter().map(response).collect(),
        }
    }

    fn register(registry: &mut Registry) {
        Problem::register(registry);
    }
}

fn header<T: Type>(name: &str, description: &str) -> MetaHeader {
    MetaHeader {
        name: name.to_owned(),
        description: Some(description.to_owned()),
        required: false,
        deprecated: false,
        schema: T::schema_ref(),
    }
}
