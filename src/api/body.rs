//! JSON that callers send.
//!
//! Owns how much of it is read and for how long, and what is said to a body that does not fit. Its
//! media type has been checked by the guard.

use std::time::Duration;

use poem::error::ReadBodyError;
use poem::{Request, RequestBody};
use poem_openapi::registry::{MetaMediaType, MetaRequest, Registry};
use poem_openapi::types::Type;
use poem_openapi::{ApiExtractor, ApiExtractorType, ExtractParamOptions};
use serde::de::DeserializeOwned;
use serde_path_to_error::{Path, Segment};

use super::problem::{ErrorItem, Problem, ProblemType};

/// What bodies are.
const MEDIA_TYPE: &str = "application/json";

/// The most bytes of a body: a thousand e-mail addresses of the greatest length.
const MOST_BYTES: usize = 384 * 1024;

/// The time a body may take to arrive.
const TIMEOUT: Duration = Duration::from_secs(10);

/// A JSON body with the schema of `T`.
pub(super) struct JsonBody<T>(pub(super) T);

/// What a body's values must hold to beyond their types.
pub(super) trait Checked {
    /// The first value that is not allowed, as an error with its place in the body.
    fn check(&self) -> Result<(), ErrorItem>;
}

impl<'a, T: Type + DeserializeOwned + Checked> ApiExtractor<'a> for JsonBody<T> {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];

    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        T::register(registry);
    }

    fn request_meta() -> Option<MetaRequest> {
        Some(MetaRequest {
            description: None,
            content: vec![MetaMediaType {
                content_type: MEDIA_TYPE,
                schema: T::schema_ref(),
            }],
            required: true,
        })
    }

    async fn from_request(
        _: &'a Request,
        body: &mut RequestBody,
        _: ExtractParamOptions<()>,
    ) -> poem::Result<Self> {
        let body = tokio::time::timeout(TIMEOUT, body.take()?.into_bytes_limit(MOST_BYTES));
        let body = body
            .await
            .map_err(|_| too_slow())?
            .map_err(|error| unreadable(&error))?;
        // The decoder would take a list of the members' values for an object.
        if !body.trim_ascii_start().starts_with(b"{") {
            return Err(invalid("", "it must be a JSON object").into());
        }
        let mut json = serde_json::Deserializer::from_slice(&body);
        let value = serde_path_to_error::deserialize(&mut json)
            .map_err(|error| invalid(&pointer(error.path()), &error.inner().to_string()))?;
        json.end()
            .map_err(|error| invalid("", &error.to_string()))?;
        match T::check(&value) {
            Ok(()) => Ok(Self(value)),
            Err(item) => Err(invalid_item(item).into()),
        }
    }
}

fn too_slow() -> Problem {
    ProblemType::RequestTimeout.problem(format!(
        "the body was not there within {} s",
        TIMEOUT.as_secs()
    ))
}

fn unreadable(error: &ReadBodyError) -> Problem {
    match error {
        ReadBodyError::PayloadTooLarge => ProblemType::BodyTooLarge.problem(format!(
            "the body is longer than {MOST_BYTES} bytes, which is the most that is read"
        )),
        _ => ProblemType::InvalidBody.problem("the body ended before it was whole"),
    }
}

fn invalid(pointer: &str, why: &str) -> Problem {
    invalid_item(ErrorItem {
        detail: why.to_owned(),
        pointer: Some(pointer.to_owned()),
        ..ErrorItem::default()
    })
}

fn invalid_item(item: ErrorItem) -> Problem {
    let kind = ProblemType::InvalidBody;
    let place = match item.pointer.as_deref() {
        Some("") | None => "the body".to_owned(),
        Some(pointer) => format!("the body at {pointer}"),
    };
    let detail = format!("{place} is not as documented: {}", item.detail);
    let item = ErrorItem {
        r#type: kind.uri(),
        ..item
    };
    Problem {
        errors: Some(vec![item]),
        ..kind.problem(detail)
    }
}

/// A place in a document (RFC 6901).
fn pointer(path: &Path) -> String {
    let steps = path.iter().map(|segment| match segment {
        Segment::Seq { index } => format!("/{index}"),
        Segment::Map { key } | Segment::Enum { variant: key } => {
            format!("/{}", key.replace('~', "~0").replace('/', "~1"))
        }
        Segment::Unknown => String::new(),
    });
    steps.collect()
}
