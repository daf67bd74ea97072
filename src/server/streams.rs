//! HTTP/2 streams: each is a task, which ends when its client takes nothing of the answer.
//!
//! hyper waits without end for a client to make room for more of an answer. A stream that is dropped
//! is reset, and the others of its connection go on.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::time::Duration;

use hyper::rt::Executor;
use tokio::time::{Instant, sleep};

tokio::task_local! {
    static UNTAKEN: Untaken;
}

/// Since when a stream's client has not taken what it was given, if that is so.
#[derive(Debug, Clone, Default)]
pub(super) struct Untaken(Arc<Mutex<Option<Instant>>>);

/// Runs streams, each for as long as its client takes what it asked for.
#[derive(Debug, Clone)]
pub(super) struct Streams {
    patience: Duration,
}

impl Untaken {
    /// Of the stream that this is asked in.
    ///
    /// # Panics
    ///
    /// Outside the task of a stream, since nobody would look at it.
    pub(super) fn of_this_stream() -> Self {
        UNTAKEN.with(Clone::clone)
    }

    /// The client has been given something, or has taken it.
    pub(super) fn note(&self, some: bool) {
        let mut since = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *since = some.then(Instant::now);
    }

    fn since(&self) -> Option<Instant> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Streams {
    /// A client may take nothing of an answer for so long.
    pub(super) fn new(patience: Duration) -> Self {
        Self { patience }
    }
}

impl<F: Future<Output = ()> + Send + 'static> Executor<F> for Streams {
    fn execute(&self, stream: F) {
        let (patience, untaken) = (self.patience, Untaken::default());
        tokio::spawn(UNTAKEN.scope(untaken.clone(), async move {
            let (mut stream, mut end) = (pin!(stream), pin!(sleep(patience)));
            poll_fn(|context| {
                if stream.as_mut().poll(context).is_ready() {
                    return Poll::Ready(());
                }
                let Some(since) = untaken.since() else {
                    return Poll::Pending;
                };
                end.as_mut().reset(since + patience);
                end.as_mut().poll(context)
            })
            .await;
        }));
    }
}
