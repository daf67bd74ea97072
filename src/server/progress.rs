//! A socket whose other side must take what is written to it, and which says what it does.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::oneshot;
use tokio::time::{Instant, Sleep};

use super::activity::Activity;

/// A stream on which a write that makes no progress for too long is an error.
#[derive(Debug)]
pub(super) struct Progressing<S> {
    /// There until it goes back.
    socket: Option<S>,
    owner: Option<oneshot::Sender<S>>,
    activity: Activity,
    patience: Duration,
    /// When patience ends; of no meaning unless a write is waiting.
    end: Pin<Box<Sleep>>,
    waiting: bool,
}

impl<S> Progressing<S> {
    /// Takes a socket, which its owner gets back when nobody speaks over it any more.
    pub(super) fn new(
        socket: S,
        patience: Duration,
        activity: Activity,
    ) -> (Self, oneshot::Receiver<S>) {
        let (owner, back) = oneshot::channel();
        let progressing = Self {
            socket: Some(socket),
            owner: Some(owner),
            activity,
            patience,
            end: Box::pin(tokio::time::sleep(patience)),
            waiting: false,
        };
        (progressing, back)
    }

    fn socket(&mut self) -> Pin<&mut S>
    where
        S: Unpin,
    {
        Pin::new(self.socket.as_mut().expect("it goes back at the end"))
    }

    fn taken(&self, written: &Poll<io::Result<usize>>) {
        if let Poll::Ready(Ok(bytes)) = written {
            self.activity.wrote(*bytes);
        }
    }

    /// What a write says, or that it has waited for too long.
    fn watch<T>(
        &mut self,
        context: &mut Context<'_>,
        written: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if written.is_pending() != self.waiting {
            self.waiting = written.is_pending();
            self.activity.writing(self.waiting);
            if self.waiting {
                self.end.as_mut().reset(Instant::now() + self.patience);
            }
        }
        if written.is_ready() {
            return written;
        }
        match self.end.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(Err(io::Error::new(
                io::ErrorKind::TimedOut,
                "the client takes nothing of its answer",
            ))),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl<S> Drop for Progressing<S> {
    fn drop(&mut self) {
        if let (Some(owner), Some(socket)) = (self.owner.take(), self.socket.take()) {
            // Whoever has left does not want it back.
            let _left = owner.send(socket);
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Progressing<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = self.socket().poll_read(context, buffer);
        if buffer.filled().len() > before {
            self.activity.read();
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Progressing<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = self.socket().poll_write(context, bytes);
        self.taken(&written);
        self.watch(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = self.socket().poll_write_vectored(context, bytes);
        self.taken(&written);
        self.watch(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.as_ref().is_some_and(S::is_write_vectored)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = self.socket().poll_flush(context);
        self.watch(context, flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.socket().poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    const PATIENCE: Duration = Duration::from_secs(30);

    #[tokio::test(start_paused = true)]
    async fn a_reader_that_takes_nothing_is_given_up() {
        let (ours, _theirs) = tokio::io::duplex(4);
        let (mut ours, _back) = Progressing::new(ours, PATIENCE, Activity::new());
        let began = Instant::now();
        let error = ours
            .write_all(b"more than four")
            .await
            .expect_err("too slow");
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert_eq!(began.elapsed(), PATIENCE);
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_reader_is_not() {
        let (ours, mut theirs) = tokio::io::duplex(1);
        let (mut ours, back) = Progressing::new(ours, PATIENCE, Activity::new());
        let reader = tokio::spawn(async move {
            let mut read = Vec::new();
            while let Ok(byte) = theirs.read_u8().await {
                read.push(byte);
                tokio::time::sleep(PATIENCE / 2).await;
            }
            read
        });
        ours.write_all(b"slowly").await.expect("in the end");
        drop(ours);
        drop(back);
        assert_eq!(reader.await.expect("no panic"), b"slowly");
    }
}
