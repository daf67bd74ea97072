//! The body of an answer, which says whether the client takes it.

use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll};

use hyper::body::{Body, Bytes, Frame, SizeHint};

use super::activity::Running;
use super::outgoing::Outgoing;
use super::streams::Untaken;
use crate::pages::Pages;

/// The most bytes that are handed over at a time where a connection carries several answers: what
/// has been handed over is out of sight until the client makes room for it.
const PIECE: usize = 16 * 1024;

/// What an answer says.
#[derive(Debug)]
pub(super) enum Content<B> {
    /// Something ready, until it is handed over.
    Ready(Pages),
    /// What is still being made.
    Made(B),
}

/// An answer's body, with which its request ends.
#[derive(Debug)]
pub(super) struct Answered<B> {
    content: Content<B>,
    way: Way,
    _running: Running,
}

/// How a body is handed over.
#[derive(Debug)]
pub(super) enum Way {
    /// As it comes: the connection carries one answer at a time, and is told of one that is ready if it can
    /// send that uncopied.
    Whole(Option<Outgoing>),
    /// In pieces, of which this is what is left.
    Pieces(Bytes, Untaken),
}

impl Way {
    /// Over a connection that carries several answers at a time.
    pub(super) fn pieces(untaken: Untaken) -> Self {
        Self::Pieces(Bytes::new(), untaken)
    }
}

impl<B> Answered<B> {
    /// The body of the answer to a request.
    pub(super) fn new(content: Content<B>, way: Way, running: Running) -> Self {
        Self {
            content,
            way,
            _running: running,
        }
    }
}

impl<B: Body<Data = Bytes> + Unpin> Content<B> {
    /// What there is to hand over next; `told` is told of what is ready.
    fn poll(
        &mut self,
        context: &mut Context<'_>,
        told: Option<&Outgoing>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        match self {
            Self::Ready(pages) if pages.is_empty() => Poll::Ready(None),
            Self::Ready(pages) => {
                let pages = mem::take(pages);
                let frame = Frame::data(pages.bytes());
                if let Some(outgoing) = told.filter(|_| pages.has_file()) {
                    outgoing.set(pages);
                }
                Poll::Ready(Some(Ok(frame)))
            }
            Self::Made(body) => Pin::new(body).poll_frame(context),
        }
    }

    fn is_end(&self) -> bool {
        match self {
            Self::Ready(pages) => pages.is_empty(),
            Self::Made(body) => body.is_end_stream(),
        }
    }

    fn size(&self) -> SizeHint {
        match self {
            Self::Ready(pages) => SizeHint::with_exact(pages.len() as u64),
            Self::Made(body) => body.size_hint(),
        }
    }
}

impl<B: Body<Data = Bytes> + Unpin> Body for Answered<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let Self { content, way, .. } = &mut *self;
        let (rest, untaken) = match way {
            Way::Whole(outgoing) => return content.poll(context, outgoing.as_ref()),
            Way::Pieces(rest, untaken) => (rest, untaken),
        };
        if rest.is_empty() {
            let polled = content.poll(context, None);
            let Poll::Ready(Some(Ok(frame))) = polled else {
                untaken.note(false);
                return polled;
            };
            match frame.into_data() {
                Ok(data) => *rest = data,
                Err(trailers) => {
                    untaken.note(true);
                    return Poll::Ready(Some(Ok(trailers)));
                }
            }
        }
        untaken.note(true);
        let end = rest.len().min(PIECE);
        Poll::Ready(Some(Ok(Frame::data(rest.split_to(end)))))
    }

    fn is_end_stream(&self) -> bool {
        let is_all = match &self.way {
            Way::Whole(_) => true,
            Way::Pieces(rest, _) => rest.is_empty(),
        };
        is_all && self.content.is_end()
    }

    fn size_hint(&self) -> SizeHint {
        let rest = match &self.way {
            Way::Whole(_) => 0,
            Way::Pieces(rest, _) => rest.len() as u64,
        };
        let hint = self.content.size();
        let mut whole = SizeHint::new();
        whole.set_lower(hint.lower() + rest);
        if let Some(upper) = hint.upper() {
            whole.set_upper(upper + rest);
        }
        whole
    }
}

#[cfg(test)]
mod tests {
    use super::super::activity::Activity;
    use super::*;
    use futures::stream;

    use poem::Body as PoemBody;

    fn body() -> poem::Response {
        PoemBody::from_bytes_stream(stream::iter([Ok::<_, std::io::Error>(Bytes::from(vec![
            7;
            PIECE
                + 1
        ]))]))
        .into()
    }

    async fn sizes(way: Way) -> Vec<usize> {
        let inner = hyper::Response::from(body()).into_body();
        let running = Activity::new().begin(false);
        let mut answered = Answered::new(Content::Made(inner), way, running);
        let mut sizes = Vec::new();
        while !answered.is_end_stream() {
            let next = std::future::poll_fn(|context| Pin::new(&mut answered).poll_frame(context));
            let Some(frame) = next.await else { break };
            sizes.push(frame.expect("data").into_data().expect("data").len());
        }
        sizes
    }

    #[tokio::test]
    async fn large_bodies_are_handed_over_in_pieces_where_asked() {
        assert_eq!(sizes(Way::pieces(Untaken::default())).await, [PIECE, 1]);
        assert_eq!(sizes(Way::Whole(None)).await, [PIECE + 1]);
    }
}
