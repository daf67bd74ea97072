//! The body of an answer, which says whether the client takes it.

use std::pin::Pin;
use std::task::{Context, Poll};

use hyper::body::{Body, Bytes, Frame, SizeHint};

use super::activity::Running;
use super::streams::Untaken;

/// The most bytes that are handed over at a time where a connection carries several answers: what
/// has been handed over is out of sight until the client makes room for it.
const PIECE: usize = 16 * 1024;

/// An answer's body, with which its request ends.
#[derive(Debug)]
pub(super) struct Answered<B> {
    body: B,
    _running: Running,
    untaken: Untaken,
    in_pieces: bool,
    rest: Bytes,
}

impl<B> Answered<B> {
    /// The body of the answer to a request, in pieces or as it comes.
    pub(super) fn new(body: B, running: Running, in_pieces: bool) -> Self {
        Self {
            body,
            _running: running,
            untaken: Untaken::of_this_stream(),
            in_pieces,
            rest: Bytes::new(),
        }
    }

    fn piece(&mut self) -> Frame<Bytes> {
        let end = self.rest.len().min(PIECE);
        Frame::data(self.rest.split_to(end))
    }
}

impl<B: Body<Data = Bytes> + Unpin> Body for Answered<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        if self.rest.is_empty() {
            let polled = Pin::new(&mut self.body).poll_frame(context);
            let Poll::Ready(Some(Ok(frame))) = polled else {
                self.untaken.note(false);
                return polled;
            };
            self.untaken.note(true);
            match frame.into_data() {
                Ok(data) if self.in_pieces => self.rest = data,
                Ok(data) => return Poll::Ready(Some(Ok(Frame::data(data)))),
                Err(trailers) => return Poll::Ready(Some(Ok(trailers))),
            }
        } else {
            self.untaken.note(true);
        }
        Poll::Ready(Some(Ok(self.piece())))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let (rest, hint) = (self.rest.len() as u64, self.body.size_hint());
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

    async fn sizes(in_pieces: bool) -> Vec<usize> {
        let inner = hyper::Response::from(body()).into_body();
        let activity = Activity::new();
        let mut answered = Answered::new(inner, activity.begin(in_pieces), in_pieces);
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
        assert_eq!(sizes(true).await, [PIECE, 1]);
        assert_eq!(sizes(false).await, [PIECE + 1]);
    }
}
