//! JSON that callers send.
//!
//! Owns how much of it is read and for how long, and what is said to a body that does not fit. Its
//! media type has been checked by the guard.

use std::time::Duration;

use poem::error::ReadBodyError;
use poem::http::header::CONTENT_LENGTH;
use poem::{Request, RequestBody};
use poem_openapi::registry::{MetaMediaType, MetaRequest, Registry};
use poem_openapi::types::Type;
use poem_openapi::{ApiExtractor, ApiExtractorType, ExtractParamOptions};
use serde::de::DeserializeOwned;
use serde_json::error::Category;
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
        request: &'a Request,
        body: &mut RequestBody,
        _: ExtractParamOptions<()>,
    ) -> poem::Result<Self> {
        let announced = request.header(CONTENT_LENGTH);
        let announced = announced.and_then(|length| length.parse::<usize>().ok());
        if announced.is_some_and(|length| length > MOST_BYTES) {
            return Err(too_large().into());
        }
        let body = tokio::time::timeout(TIMEOUT, body.take()?.into_bytes_limit(MOST_BYTES));
        let body = body
            .await
            .map_err(|_| too_slow())?
            .map_err(|error| unreadable(&error))?;
        let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&body);
        // The decoder would take a list of the members' values for an object.
        if !body.trim_ascii_start().starts_with(b"{") {
            return Err(invalid("", "it must be a JSON object").into());
        }
        let mut json = serde_json::Deserializer::from_slice(body);
        let value = serde_path_to_error::deserialize(&mut json)
            .map_err(|error| misfit(error.path(), error.inner()))?;
        json.end()
            .map_err(|_| invalid("", "there is more behind the JSON object"))?;
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

fn too_large() -> Problem {
    ProblemType::BodyTooLarge.problem(format!(
        "the body is longer than {MOST_BYTES} bytes, which is the most that is read"
    ))
}

fn unreadable(error: &ReadBodyError) -> Problem {
    match error {
        ReadBodyError::PayloadTooLarge => too_large(),
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

/// What does not fit and what would: the decoder's own words repeat the value, which may be an
/// e-mail address, or very long.
fn misfit(path: &Path, error: &serde_json::Error) -> Problem {
    let steps: Vec<_> = path.iter().collect();
    let said = error.to_string();
    match error.classify() {
        Category::Data if said.starts_with("unknown field") => {
            let (_, parents) = steps.split_last().unwrap_or((&&Segment::Unknown, &[]));
            let why = format!("it has a member that is not known, {}", expected(&said));
            invalid(&pointer(parents), &why)
        }
        Category::Data if said.starts_with("invalid") => invalid(&pointer(&steps), expected(&said)),
        // What is missing or there twice is one of the documented members.
        Category::Data => invalid(
            &pointer(&steps),
            said.split(" at line ").next().unwrap_or(""),
        ),
        _ => {
            let (line, column) = (error.line(), error.column());
            invalid(
                &pointer(&steps),
                &format!("it is not JSON at line {line}, column {column}"),
            )
        }
    }
}

/// `expected a string` of `invalid type: integer `1`, expected a string at line 1 column 13`.
fn expected(said: &str) -> &str {
    let end = said.rfind(" at line ").unwrap_or(said.len());
    let begin = said[..end].rfind("expected ").unwrap_or(end);
    &said[begin..end]
}

/// A place in a document (RFC 6901).
fn pointer(steps: &[&Segment]) -> String {
    let steps = steps.iter().map(|segment| match segment {
        Segment::Seq { index } => format!("/{index}"),
        Segment::Map { key } | Segment::Enum { variant: key } => {
            format!("/{}", key.replace('~', "~0").replace('/', "~1"))
        }
        Segment::Unknown => String::new(),
    });
    steps.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::schema::LookupRequest;
    use poem::Body;
    use serde::Deserialize;

    async fn read(body: Body) -> poem::Error {
        let request = Request::default();
        let mut body = RequestBody::new(body);
        let options = ExtractParamOptions {
            name: "",
            ignore_case: false,
            default_value: None,
            example_value: None,
            explode: true,
            style: None,
        };
        let read = JsonBody::<LookupRequest>::from_request(&request, &mut body, options);
        read.await.err().expect("a refusal")
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_does_not_come_is_not_waited_for() {
        let chunks = futures::stream::pending::<Result<Vec<u8>, std::io::Error>>();
        let began = tokio::time::Instant::now();
        let response = read(Body::from_bytes_stream(chunks)).await.into_response();
        assert_eq!(response.status(), ProblemType::RequestTimeout.status());
        assert_eq!(response.headers()["connection"], "close");
        assert_eq!(began.elapsed(), TIMEOUT);
    }

    #[tokio::test]
    async fn a_body_that_breaks_off_is_invalid() {
        let broken = std::io::Error::from(std::io::ErrorKind::UnexpectedEof);
        let chunks = [Ok(b"{\"queries\":".to_vec()), Err(broken)];
        let chunks = futures::stream::iter(chunks);
        let response = read(Body::from_bytes_stream(chunks)).await.into_response();
        assert_eq!(response.status(), ProblemType::InvalidBody.status());
    }

    #[test]
    fn what_is_said_of_a_value_does_not_repeat_it() {
        #[derive(Debug, Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Nested {
            #[expect(dead_code, reason = "only read")]
            inner: Vec<Option<u8>>,
        }
        for (json, expected) in [
            (r#"{"inner":"secret"}"#, "/inner expected a sequence"),
            (r#"{"inner":["secret expected 7"]}"#, "/inner/0 expected u8"),
            (
                r#"{"secret":1}"#,
                " it has a member that is not known, expected `inner`",
            ),
            ("{}", " missing field `inner`"),
            (r#"{"inner":[],"inner":[]}"#, " duplicate field `inner`"),
            (
                r#"{"inner":[secret"#,
                "/inner/0 it is not JSON at line 1, column 11",
            ),
        ] {
            let mut decoder = serde_json::Deserializer::from_str(json);
            let error = serde_path_to_error::deserialize::<_, Nested>(&mut decoder);
            let error = error.expect_err("a misfit");
            let problem = misfit(error.path(), error.inner());
            let item = &problem.errors.expect("an error")[0];
            let pointer = item.pointer.as_deref().unwrap_or_default();
            let said = format!("{pointer} {}", item.detail);
            assert_eq!(said, expected);
        }
    }
}
