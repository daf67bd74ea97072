//! Bodies: typed in the document, written once on the wire.
//!
//! poem-openapi's own `Json` clones the value, builds a JSON tree of it and writes that. These
//! carry bytes that are written straight from the value, and report the same schema.

use std::marker::PhantomData;

use futures::{Stream, StreamExt, stream};
use poem::{Body, IntoResponse, Response};
use poem_openapi::payload::Payload;
use poem_openapi::registry::{MetaSchemaRef, Registry};
use poem_openapi::types::Type;
use serde::Serialize;
use tracing::Span;

/// One JSON document with the schema of `T`.
pub(super) struct Json<T> {
    body: Vec<u8>,
    schema: PhantomData<fn() -> T>,
}

/// Lines of JSON (NDJSON), each with the schema of `T`.
pub(super) struct NdJson<T> {
    body: Body,
    schema: PhantomData<fn() -> T>,
}

impl<T: Type + Serialize> Json<T> {
    /// Writes the value.
    pub(super) fn of(value: &T) -> Self {
        Self {
            body: to_json(value),
            schema: PhantomData,
        }
    }
}

impl<T: Type + Serialize + 'static> NdJson<T> {
    /// Writes each item of the stream as a line of its own, when it comes.
    pub(super) fn of(lines: impl Stream<Item = T> + Send + 'static) -> Self {
        let mut lines = lines
            .map(|line| {
                let mut line = to_json(&line);
                line.push(b'\n');
                Ok::<_, std::io::Error>(line)
            })
            .boxed();
        // The body is read after the handler has returned, and still belongs to its request.
        let span = Span::current();
        let lines =
            stream::poll_fn(move |context| span.in_scope(|| lines.poll_next_unpin(context)));
        Self {
            body: Body::from_bytes_stream(lines),
            schema: PhantomData,
        }
    }
}

/// Only a map with keys that are no strings, or a value that refuses, cannot be written; the
/// schema types are neither.
pub(crate) fn to_json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("schema types are always JSON")
}

impl<T: Type> Payload for Json<T> {
    const CONTENT_TYPE: &'static str = "application/json";

    fn schema_ref() -> MetaSchemaRef {
        T::schema_ref()
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }
}

impl<T: Type> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        Response::builder()
            .content_type(Self::CONTENT_TYPE)
            .body(self.body)
    }
}

impl<T: Type> Payload for NdJson<T> {
    const CONTENT_TYPE: &'static str = "application/x-ndjson";

    fn schema_ref() -> MetaSchemaRef {
        T::schema_ref()
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }
}

impl<T: Type> IntoResponse for NdJson<T> {
    fn into_response(self) -> Response {
        Response::builder()
            .content_type(Self::CONTENT_TYPE)
            // Proxies that collect a body before passing it on would undo the streaming.
            .header("X-Accel-Buffering", "no")
            .header("Cache-Control", "no-transform")
            .body(self.body)
    }
}
