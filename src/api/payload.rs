//! Bodies: typed in the document, written once on the wire.
//!
//! poem-openapi's own `Json` clones the value, builds a JSON tree of it and writes that. These
//! carry bytes that are written straight from the value, and report the same schema.

use std::io;
use std::marker::PhantomData;
use std::task::Poll;

use bytes::Bytes;
use futures::{Stream, StreamExt, stream};
use poem::http::HeaderValue;
use poem::http::header::CACHE_CONTROL;
use poem::{Body, IntoResponse, Response};
use poem_openapi::payload::Payload;
use poem_openapi::registry::{MetaSchemaRef, Registry};
use poem_openapi::types::Type;
use serde::Serialize;
use serde_json::ser::Formatter;
use tracing::Span;
use xxhash_rust::xxh3::Xxh3;

use super::conditional::{tag_by, tag_weakly};
use super::pieces::{HasLists, Pieces};
use super::ready::Composed;

/// Lines of JSON.
pub(super) const ND_JSON: &str = "application/x-ndjson";

/// One JSON document with the schema of `T`.
pub(super) struct Json<T> {
    body: Pieces,
    tag: Tag,
    composed: Option<Composed>,
    is_coded_in_parts: bool,
    schema: PhantomData<fn() -> T>,
}

/// How an answer is told from others.
enum Tag {
    /// By its bytes.
    Bytes,
    /// By what determines its bytes, of which this is a hash.
    Parts(u128),
    /// By what it says, of which this is a hash.
    Meaning(u128),
    /// Not at all: it is of this moment only.
    Untagged,
}

/// Lines of JSON (NDJSON), each with the schema of `T`.
pub(super) struct NdJson<T> {
    body: Body,
    schema: PhantomData<fn() -> T>,
}

impl<T: Type + Serialize> Json<T> {
    /// Writes the value.
    pub(super) fn of(value: &T) -> Self {
        Self::from(Bytes::from(to_json(value)).into())
    }

    /// Writes the value, and takes large lists in it along as they are.
    pub(super) fn with_lists(value: &T) -> Self
    where
        T: HasLists,
    {
        Self::from(Pieces::of(value, |value, writer| write(value, writer)))
    }

    fn from(body: Pieces) -> Self {
        Self {
            body,
            tag: Tag::Bytes,
            composed: None,
            is_coded_in_parts: false,
            schema: PhantomData,
        }
    }

    /// Says what it is made of, for as long as which it is the same.
    pub(super) fn composed(self, composed: Option<Composed>) -> Self {
        Self { composed, ..self }
    }

    /// Has it put together from compressed lists where it is compressed: it is not given again as a whole.
    pub(super) fn coded_in_parts(self) -> Self {
        Self {
            is_coded_in_parts: true,
            ..self
        }
    }

    /// Tells it from others by what determines its bytes, of which this is a hash.
    pub(super) fn parts(self, parts: u128) -> Self {
        Self {
            tag: Tag::Parts(parts),
            ..self
        }
    }

    /// Tells it from others by what it says, of which this is a hash.
    pub(super) fn meaning(self, meaning: u128) -> Self {
        Self {
            tag: Tag::Meaning(meaning),
            ..self
        }
    }

    /// Does not tell it from others, since it is of this moment only.
    pub(super) fn untagged(self) -> Self {
        Self {
            tag: Tag::Untagged,
            ..self
        }
    }
}

/// Where the first line of a stream is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum First {
    Awaited,
    Given,
    Sent,
}

impl<T: Type + Serialize + 'static> NdJson<T> {
    /// Writes each item of the stream as a line of its own, when it comes.
    pub(super) fn of(lines: impl Stream<Item = T> + Send + 'static) -> Self {
        let mut lines = lines
            .map(|line| {
                let mut line = to_json(&line);
                line.push(b'\n');
                Ok::<_, io::Error>(line)
            })
            .boxed();
        // The body is read after the handler has returned, and still belongs to its request.
        let span = Span::current();
        let mut first = First::Awaited;
        let lines = stream::poll_fn(move |context| {
            if first == First::Given {
                // It leaves before the next is looked for: to read a country takes longer than to send one.
                first = First::Sent;
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
            let line = span.in_scope(|| lines.poll_next_unpin(context));
            if line.is_ready() && first == First::Awaited {
                first = First::Given;
            }
            line
        });
        Self {
            body: Body::from_bytes_stream(lines),
            schema: PhantomData,
        }
    }
}

/// The value as it is sent. What it writes as bytes is JSON already.
///
/// Only a map with keys that are no strings, or a value that refuses, cannot be written; the
/// schema types are neither.
pub(crate) fn to_json(value: &impl Serialize) -> Vec<u8> {
    // To count a list costs nothing, and what stands around it is small. A large answer that grew while it
    // is written would be copied several times.
    let mut length = Length(0);
    write(value, &mut length);
    // In a stream the end of the line follows.
    let mut json = Vec::with_capacity(length.0 + 1);
    write(value, &mut json);
    json
}

fn write(value: &impl Serialize, writer: impl io::Write) {
    let mut serializer = serde_json::Serializer::with_formatter(writer, Verbatim);
    let written = value.serialize(&mut serializer);
    written.expect("schema types are always JSON");
}

/// Counts the bytes that are written.
struct Length(usize);

impl io::Write for Length {
    fn write(&mut self, json: &[u8]) -> io::Result<usize> {
        self.0 += json.len();
        Ok(json.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Copies what is JSON already.
struct Verbatim;

impl Formatter for Verbatim {
    fn write_byte_array<W>(&mut self, writer: &mut W, json: &[u8]) -> io::Result<()>
    where
        W: ?Sized + io::Write,
    {
        writer.write_all(json)
    }
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
        let mut response = Response::builder()
            .content_type(Self::CONTENT_TYPE)
            .finish();
        let headers = response.headers_mut();
        match self.tag {
            Tag::Bytes => {
                let mut hasher = Xxh3::new();
                self.body
                    .iter()
                    .for_each(|piece| hasher.update(piece.bytes()));
                tag_by(hasher.digest128(), headers);
            }
            Tag::Parts(parts) => tag_by(parts, headers),
            Tag::Meaning(meaning) => tag_weakly(meaning, headers),
            Tag::Untagged => {
                headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
            }
        }
        if let Some(composed) = self.composed {
            response.extensions_mut().insert(composed);
        }
        if self.is_coded_in_parts {
            response.extensions_mut().insert(self.body.clone());
        }
        response.set_body(self.body);
        response
    }
}

impl<T: Type> Payload for NdJson<T> {
    const CONTENT_TYPE: &'static str = ND_JSON;

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
            .header(CACHE_CONTROL, "no-store, no-transform")
            .body(self.body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn the_first_line_leaves_before_the_second_is_looked_for() {
        let made = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&made);
        let lines = stream::iter(["a", "b", "c"]).map(move |line| {
            counted.fetch_add(1, Ordering::Relaxed);
            line.to_owned()
        });
        let mut body = NdJson::of(lines).body.into_bytes_stream();
        let mut next = || {
            let polled = body.next().now_or_never();
            let line = polled.map(|line| line.map(|line| line.expect("no error")));
            (line, made.load(Ordering::Relaxed))
        };
        assert_eq!(next(), (Some(Some("\"a\"\n".into())), 1));
        assert_eq!(next(), (None, 1));
        assert_eq!(next(), (Some(Some("\"b\"\n".into())), 2));
        assert_eq!(next(), (Some(Some("\"c\"\n".into())), 3));
        assert_eq!(next(), (Some(None), 3));
    }
}
