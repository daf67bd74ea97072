//! The requests of one connection that are being answered.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::body::{Body, Frame, SizeHint};
use tokio::sync::watch;
use tokio::time::timeout;

/// How many requests of a connection are being answered, and how many there have been.
#[derive(Debug, Clone)]
pub(super) struct Requests(watch::Sender<Count>);

/// Of one connection.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Count {
    pub(super) running: usize,
    pub(super) begun: usize,
}

/// A request that is being answered, until it is dropped.
#[derive(Debug)]
pub(super) struct Running(watch::Sender<Count>);

/// An answer's body, with which its request ends.
#[derive(Debug)]
pub(super) struct Answered<B> {
    body: B,
    _running: Running,
}

impl Requests {
    /// None yet; the receiver is told of every one that begins or ends.
    pub(super) fn none() -> (Self, watch::Receiver<Count>) {
        let (sender, receiver) = watch::channel(Count::default());
        (Self(sender), receiver)
    }

    /// One begins.
    pub(super) fn begin(&self) -> Running {
        self.0.send_modify(|count| {
            count.running += 1;
            count.begun += 1;
        });
        Running(self.0.clone())
    }
}

/// Completes when there has been no request for so long.
pub(super) async fn without_requests_for(patience: Duration, count: &mut watch::Receiver<Count>) {
    loop {
        let Ok(begun) = count
            .wait_for(|count| count.running == 0)
            .await
            .map(|count| count.begun)
        else {
            return;
        };
        let another = count.wait_for(|count| count.begun > begun);
        if !matches!(timeout(patience, another).await, Ok(Ok(_))) {
            return;
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.send_modify(|count| count.running -= 1);
    }
}

impl Running {
    /// Ends with the body.
    pub(super) fn with<B>(self, body: B) -> Answered<B> {
        Answered {
            body,
            _running: self,
        }
    }
}

impl<B: Body + Unpin> Body for Answered<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
