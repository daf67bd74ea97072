//! Content codings: answers in the one that a caller wants.
//!
//! The framework's middleware takes `q=0` for a wish, knows neither `Vary` nor a least size, and has
//! a misspelled zstd; only its encoders are used.

use std::num::NonZero;
use std::sync::{Arc, LazyLock};
use std::thread::available_parallelism;

use bytes::Bytes;
use poem::error::ReadBodyError;
use poem::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, ETAG, HeaderValue, VARY};
use poem::http::{HeaderMap, Method};
use poem::web::{Compress, CompressionAlgo, CompressionLevel};
use poem::{Body, Endpoint, IntoResponse, Request, Response};
use tokio::runtime::Handle;
use tokio::sync::Semaphore;

use super::accept_encoding::choice;
use super::conditional::{had, is_had};
use super::gzip::{gzip, is_worth_it, not_ready};
use super::pieces::Pieces;
use crate::aside::aside;
use crate::domain::GZIP_LEVEL;

/// The coding of answers that are put together from compressed parts.
pub(super) const GZIP: Coding = Coding {
    name: "gzip",
    algorithm: CompressionAlgo::GZIP,
    level: GZIP_LEVEL,
};

/// The most bytes that are compressed where they are needed: more of them would be in the way of others.
const CODED_IN_PLACE: usize = 32 * 1024;

/// The least bytes that are worth a coding: fewer fit into one packet anyway.
const LEAST: usize = 1_024;

/// A coding of ours.
#[derive(Debug, Clone, Copy)]
pub(super) struct Coding {
    pub(super) name: &'static str,
    algorithm: CompressionAlgo,
    /// The level that is worth its time.
    level: i32,
}

/// Codings by preference where a caller has none.
pub(super) const CODINGS: [Coding; 3] = [
    Coding {
        name: "br",
        algorithm: CompressionAlgo::BR,
        level: 5,
    },
    Coding {
        name: "zstd",
        algorithm: CompressionAlgo::ZSTD,
        level: 3,
    },
    GZIP,
];

/// An endpoint whose answers are coded as callers want them.
#[derive(Debug)]
pub(super) struct Coded<E>(E);

impl<E: Endpoint<Output = Response>> Coded<E> {
    pub(super) fn new(inner: E) -> Self {
        Self(inner)
    }
}

impl<E: Endpoint<Output = Response>> Endpoint for Coded<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        let choice = choice(request.headers());
        let is_head = *request.method() == Method::HEAD;
        let had = had(&request);
        let mut response = self.0.call(request).await?;
        let pieces = response.extensions_mut().remove::<Pieces>();
        if response.headers().contains_key(CONTENT_ENCODING) {
            return Ok(response);
        }
        let Some(kind) = Kind::of(&response) else {
            return Ok(response);
        };
        add_vary(response.headers_mut(), "Accept-Encoding");
        let Some(choice) = choice else {
            return Ok(response);
        };
        let is_in_parts =
            |pieces: &Pieces| choice.takes_gzip && pieces.len() >= LEAST && is_worth_it(pieces);
        let plain = match (pieces.filter(is_in_parts), response.take_body()) {
            (Some(pieces), _) => Plain::Pieces(pieces),
            (None, lines) if kind == Kind::Stream => Plain::Lines(lines),
            (None, body) => Plain::Whole(body.into_bytes().await?),
        };
        if let Plain::Whole(short) = &plain
            && short.len() < LEAST
        {
            response.set_body(short.clone());
            return Ok(response);
        }
        let coding = match plain {
            Plain::Pieces(_) => GZIP,
            Plain::Whole(_) | Plain::Lines(_) => choice.coding,
        };
        coding.announce(response.headers_mut());
        // A body that is not sent is not made.
        if !is_head && !is_had(&had, &response) {
            response.set_body(plain.coded(coding).await?);
        }
        Ok(response)
    }
}

/// The body of an answer before it is coded.
enum Plain {
    /// Nearly nothing but lists, which are compressed by themselves.
    Pieces(Pieces),
    /// In one piece.
    Whole(Bytes),
    /// Line by line.
    Lines(Body),
}

impl Plain {
    async fn coded(self, coding: Coding) -> Result<Body, ReadBodyError> {
        Ok(match self {
            Self::Pieces(pieces) if not_ready(&pieces) <= CODED_IN_PLACE => gzip(&pieces).into(),
            Self::Pieces(pieces) => in_turn(move || gzip(&pieces)).await.into(),
            Self::Whole(bytes) => coding.whole(bytes).await?.into(),
            Self::Lines(lines) => coding.encoded(lines),
        })
    }
}

/// Does the work aside, and as much of it at a time as there are processors: more would only take memory.
async fn in_turn<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    static PROCESSORS: LazyLock<Arc<Semaphore>> = LazyLock::new(|| {
        let processors = available_parallelism().map_or(1, NonZero::get);
        Arc::new(Semaphore::new(processors))
    });
    let turn = Arc::clone(&PROCESSORS).acquire_owned().await;
    aside(move || {
        let done = work();
        // Whoever asked may have left; the work has its turn until it is done.
        drop(turn);
        done
    })
    .await
}

impl Coding {
    /// The bytes in this coding.
    pub(super) async fn whole(self, bytes: Bytes) -> Result<Bytes, ReadBodyError> {
        let is_short = bytes.len() <= CODED_IN_PLACE;
        let coded = self.encoded(bytes.into()).into_bytes();
        if is_short {
            coded.await
        } else {
            let runtime = Handle::current();
            in_turn(move || runtime.block_on(coded)).await
        }
    }

    /// The body in this coding, as it is read.
    fn encoded(self, body: Body) -> Body {
        let level = CompressionLevel::Precise(self.level);
        Compress::new(body, self.algorithm)
            .with_quality(level)
            .into_response()
            .into_body()
    }

    /// Says that an answer is in this coding.
    pub(super) fn announce(self, headers: &mut HeaderMap) {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static(self.name));
        headers.remove(CONTENT_LENGTH);
        self.retag(headers);
    }

    fn retag(self, headers: &mut HeaderMap) {
        if let Some(tag) = headers.get(ETAG)
            && let Some(tag) = self.tag(tag)
        {
            headers.insert(ETAG, tag);
        }
    }

    /// The entity tag of the coded form, which is other bytes: `"x"` becomes `"x-br"`.
    fn tag(self, tag: &HeaderValue) -> Option<HeaderValue> {
        let tag = tag.to_str().ok()?.strip_suffix('"')?;
        HeaderValue::try_from(format!("{tag}-{}\"", self.name)).ok()
    }
}

/// How an answer that a coding would do good leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// In one piece.
    Whole,
    /// Line by line.
    Stream,
}

impl Kind {
    fn of(response: &Response) -> Option<Self> {
        let media_type = response.content_type()?.split(';').next()?;
        match media_type {
            "application/x-ndjson" => Some(Self::Stream),
            text if text.starts_with("text/") => Some(Self::Whole),
            "application/json" | "application/yaml" | "application/javascript" => Some(Self::Whole),
            _ => None,
        }
    }
}

/// Adds a header to those that the answer depends on.
pub(super) fn add_vary(headers: &mut HeaderMap, name: &'static str) {
    if !headers.get_all(VARY).iter().any(|there| there == name) {
        headers.append(VARY, HeaderValue::from_static(name));
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::sync::mpsc::channel;

    use futures::FutureExt;
    use tokio::runtime::Builder;

    use super::*;

    #[test]
    fn what_is_large_is_compressed_out_of_the_way() {
        let runtime = Builder::new_current_thread()
            .max_blocking_threads(1)
            .build();
        runtime.expect("a runtime").block_on(async {
            // Nothing is done aside before this is.
            let (end, until) = channel();
            let mut busy = pin!(aside(move || until.recv()));
            assert!(busy.as_mut().now_or_never().is_none());
            for coding in CODINGS {
                let at_once = |length| coding.whole(vec![b'x'; length].into()).now_or_never();
                assert!(at_once(CODED_IN_PLACE).is_some(), "{}", coding.name);
                assert!(at_once(CODED_IN_PLACE + 1).is_none(), "{}", coding.name);
            }
            drop(end);
            let ended: Result<(), _> = busy.await;
            ended.expect_err("nothing was sent");
        });
    }

    #[test]
    fn a_coded_form_has_a_tag_of_its_own() {
        let tag = HeaderValue::from_static("W/\"abc\"");
        assert_eq!(CODINGS[0].tag(&tag).expect("a tag"), "W/\"abc-br\"");
        assert!(
            CODINGS[0]
                .tag(&HeaderValue::from_static("nonsense"))
                .is_none()
        );
    }
}
