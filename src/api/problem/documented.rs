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

/// What every operation may answer, where it does not say so in its own words.
const EVERYWHERE: [(u16, &str); 4] = [
    (
        406,
        "The caller accepts no media type that the operation answers in.",
    ),
    (414, "The address is longer than what is read."),
    (429, "The client asks for more than it may in a minute."),
    (
        503,
        "More requests are being answered and waiting than there is room for.",
    ),
];

/// Operations that fetch countries and answer when all of them are there.
pub(in crate::api) struct Fetching;

impl Statuses for Fetching {
    const STATUSES: &'static [(u16, &'static str)] = &[
        (
            400,
            "A parameter is unknown, missing, repeated or not allowed, or a name fits several countries.",
        ),
        (
            404,
            "No country has one of the spellings, and the call is to fail with it, or all fail.",
        ),
        (500, "A defect of the service."),
        (
            502,
            "The upstream fails for one country, and the call is to fail with it, or for all.",
        ),
        (
            503,
            "The upstream asks to be left alone, for one country or for all, as above.",
        ),
        (
            504,
            "One country is not there in time, or none is, as above.",
        ),
    ];
}

/// The stream, whose status is 200 once its first line is on its way.
pub(in crate::api) struct Streaming;

impl Statuses for Streaming {
    const STATUSES: &'static [(u16, &'static str)] = &[
        (
            400,
            "A parameter is unknown, missing, repeated or not allowed, or a name fits several countries.",
        ),
        (
            404,
            "No country has one of the spellings, and the call is to fail with it, or all fail.",
        ),
        (500, "A defect of the service."),
    ];
}

/// Operations that read what the service holds.
pub(in crate::api) struct Reading;

impl Statuses for Reading {
    const STATUSES: &'static [(u16, &'static str)] = &[
        (400, "A parameter is unknown or not allowed."),
        (500, "A defect of the service."),
    ];
}

/// The search in the catalogue.
pub(in crate::api) struct Searching;

impl Statuses for Searching {
    const STATUSES: &'static [(u16, &'static str)] = &[
        (
            400,
            "A parameter is unknown, repeated or not allowed, or several countries have the name.",
        ),
        (404, "No country has the name."),
        (500, "A defect of the service."),
    ];
}

/// The explanation of a problem type.
pub(in crate::api) struct Explaining;

impl Statuses for Explaining {
    const STATUSES: &'static [(u16, &'static str)] = &[
        (400, "A parameter is unknown or not allowed."),
        (404, "There is no such problem type."),
        (500, "A defect of the service."),
    ];
}

/// The lookup of one domain.
pub(in crate::api) struct LookingUp;

impl Statuses for LookingUp {
    const STATUSES: &'static [(u16, &'static str)] = &[
        (
            400,
            "A parameter is unknown, missing, repeated or not allowed.",
        ),
        (404, "No university has the domain or one above it."),
        (500, "A defect of the service."),
    ];
}

/// The lookup of many domains.
pub(in crate::api) struct LookingUpMany;

impl Statuses for LookingUpMany {
    const STATUSES: &'static [(u16, &'static str)] = &[
        (
            400,
            "A parameter was given, or the body is not as described.",
        ),
        (408, "The body did not arrive in time."),
        (413, "The body is longer than what is read."),
        (415, "The body is not `application/json`."),
        (500, "A defect of the service."),
    ];
}

/// The readiness probe.
pub(in crate::api) struct Probing;

impl Statuses for Probing {
    const STATUSES: &'static [(u16, &'static str)] = &[
        (400, "A parameter is unknown."),
        (500, "A defect of the service."),
        (503, "The service is stopping."),
    ];
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
            headers: if matches!(status, 429 | 503) {
                vec![retry_after()]
            } else {
                Vec::new()
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

fn retry_after() -> MetaHeader {
    MetaHeader {
        name: "Retry-After".to_owned(),
        description: Some(
            "Seconds after which another try makes sense, when that is known.".to_owned(),
        ),
        required: false,
        deprecated: false,
        schema: u64::schema_ref(),
    }
}
