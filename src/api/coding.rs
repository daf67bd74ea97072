//! Content codings: answers in the one that a caller wants.
//!
//! The framework's middleware takes `q=0` for a wish, knows neither `Vary` nor a least size, and has
//! a misspelled zstd; only its encoders are used.

use bytes::Bytes;
use futures::FutureExt;
use poem::error::ReadBodyError;
use poem::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, ETAG, HeaderValue, VARY};
use poem::http::{HeaderMap, Method};
use poem::web::{Compress, CompressionAlgo, CompressionLevel};
use poem::{Body, Endpoint, IntoResponse, Request, Response};

use super::accept_encoding::{Choice, choice};
use super::conditional::{is_there, tags_of};
use super::gzip::{gzip, is_worth_it, not_ready};
use super::pieces::Pieces;
use super::ready::Composed;
use crate::aside::Turns;
use crate::domain::GZIP_LEVEL;

/// The coding of answers that are put together from compressed parts.
pub(super) const GZIP: Coding = Coding {
    name: "gzip",
    algorithm: CompressionAlgo::GZIP,
    level: GZIP_LEVEL,
};

/// The most bytes that are compressed where they are needed: more of them would be in the way of others. Lines of a
/// stream are compressed there whatever their length, as they come.
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
pub(super) struct Coded<E> {
    inner: E,
    /// What is large is compressed in turn.
    turns: Turns,
}

impl<E: Endpoint<Output = Response>> Coded<E> {
    pub(super) fn new(inner: E) -> Self {
        let turns = Turns::of_processors();
        Self { inner, turns }
    }
}

impl<E: Endpoint<Output = Response>> Endpoint for Coded<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        let choice = choice(request.headers());
        let is_head = *request.method() == Method::HEAD;
        let tags = tags_of(&request);
        let mut response = self.inner.call(request).await?;
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
        let body = response.take_body();
        if kind == Kind::Stream {
            choice.coding.announce(response.headers_mut());
            response.set_body(choice.coding.streamed(body));
            return Ok(response);
        }
        let plain = match pieces {
            Some(pieces) => pieces,
            None => body.into_bytes().await?.into(),
        };
        if plain.len() < LEAST {
            response.set_body(plain);
            return Ok(response);
        }
        let form = Form::of(&plain, &choice);
        let mut headers = response.headers().clone();
        form.coding().announce(&mut headers);
        // A body that is not sent is not made.
        if !is_head && !is_there(&tags, response.status(), &headers) {
            let coded = if form.takes_long(&plain) {
                let plain = plain.clone();
                self.turns.take(move || form.make(plain)).await
            } else {
                Some(form.make(plain.clone()))
            };
            // Who would have to wait for too long gets it as it is. Others after that need not.
            let Some(coded) = coded else {
                response.extensions_mut().remove::<Composed>();
                response.set_body(plain);
                return Ok(response);
            };
            response.set_body(coded?);
        }
        *response.headers_mut() = headers;
        Ok(response)
    }
}

/// How an answer that does not stream is coded.
#[derive(Debug, Clone, Copy)]
enum Form {
    /// Put together in gzip from lists that are compressed once.
    InParts,
    /// As a whole.
    Whole(Coding),
}

impl Form {
    fn of(plain: &Pieces, choice: &Choice) -> Self {
        if choice.takes_gzip && is_worth_it(plain) {
            Self::InParts
        } else {
            Self::Whole(choice.coding)
        }
    }

    fn coding(self) -> Coding {
        match self {
            Self::InParts => GZIP,
            Self::Whole(coding) => coding,
        }
    }

    fn takes_long(self, plain: &Pieces) -> bool {
        let bytes = match self {
            Self::InParts => not_ready(plain),
            Self::Whole(_) => plain.len(),
        };
        bytes > CODED_IN_PLACE
    }

    fn make(self, plain: Pieces) -> Result<Pieces, ReadBodyError> {
        match self {
            Self::InParts => Ok(gzip(&plain)),
            Self::Whole(coding) => coding.whole(plain).map(Pieces::from),
        }
    }
}

impl Coding {
    /// The bytes in this coding. What is large is in the way of others for so long.
    pub(super) fn whole(self, plain: Pieces) -> Result<Bytes, ReadBodyError> {
        let coded = self.streamed(plain.into()).into_bytes();
        coded.now_or_never().expect("nothing to wait for")
    }

    /// The body in this coding, compressed as it is read.
    fn streamed(self, body: Body) -> Body {
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
    use poem::endpoint::make_sync;

    use super::super::pieces::Piece;
    use super::super::pieces::tests::list;
    use super::*;

    #[test]
    fn what_is_large_and_not_compressed_yet_takes_long() {
        let text = |length| Pieces::from(Bytes::from(vec![b'x'; length]));
        for coding in CODINGS {
            let whole = Form::Whole(coding);
            assert!(!whole.takes_long(&text(CODED_IN_PLACE)));
            assert!(whole.takes_long(&text(CODED_IN_PLACE + 1)));
        }
        let list = Pieces::from_iter([Piece::List(list(CODED_IN_PLACE))]);
        let gzip_will_do = Choice {
            coding: CODINGS[0],
            takes_gzip: true,
        };
        let form = Form::of(&list, &gzip_will_do);
        assert!(form.takes_long(&list));
        form.make(list.clone()).expect("gzip");
        assert!(!form.takes_long(&list), "it is deflated once");
    }

    #[tokio::test(start_paused = true)]
    async fn who_gets_no_turn_gets_the_answer_as_it_is() {
        let inner = make_sync(|_| {
            let text = "x".repeat(CODED_IN_PLACE + 1);
            let response = Response::builder().header(ETAG, "\"a\"");
            let response = response.content_type("application/json");
            let composed = Composed::of(&[]).expect("no list is old");
            response.extension(composed).body(text)
        });
        let turns = Turns::new(0);
        let coded = Coded { inner, turns };
        let request = || Request::builder().header("Accept-Encoding", "br").finish();
        let response = coded.call(request()).await.expect("an answer");
        assert_eq!(response.header(ETAG), Some("\"a\""));
        assert_eq!(response.header(VARY), Some("Accept-Encoding"));
        assert_eq!(response.header(CONTENT_ENCODING), None);
        assert!(
            response.extensions().get::<Composed>().is_none(),
            "to be given again"
        );
        let body = response.into_body().into_bytes().await.expect("a body");
        assert_eq!(body.len(), CODED_IN_PLACE + 1);
        let turns = Turns::new(1);
        let coded = Coded { turns, ..coded };
        let response = coded.call(request()).await.expect("an answer");
        assert_eq!(response.header(ETAG), Some("\"a-br\""));
        assert_eq!(response.header(CONTENT_ENCODING), Some("br"));
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
