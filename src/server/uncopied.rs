//! A socket that sends what the system has as pages of a file from there.
//!
//! hyper writes a head and the body behind it, wherever their bytes are. What of them is part of the body
//! that leaves next is recognized by where it is, and `sendfile(2)` takes its place.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::outgoing::Outgoing;

/// A socket, and what leaves over it next.
#[derive(Debug)]
pub(super) struct Uncopied {
    socket: TcpStream,
    outgoing: Outgoing,
}

impl Uncopied {
    pub(super) fn new(socket: TcpStream, outgoing: Outgoing) -> Self {
        Self { socket, outgoing }
    }

    /// The socket alone.
    pub(super) fn into_socket(self) -> TcpStream {
        self.socket
    }

    /// Sends the head, if there is one, and as much of the body as there is room for, or says that this is
    /// no body of which the system has pages.
    #[cfg(target_os = "linux")]
    fn poll_send(
        &self,
        context: &mut Context<'_>,
        head: &[u8],
        body: &[u8],
    ) -> Option<Poll<io::Result<usize>>> {
        use rustix::fs::sendfile;
        use rustix::net::{SendFlags, send};
        use tokio::io::Interest;

        let mut outgoing = self.outgoing.get();
        let pages = outgoing.as_ref()?;
        let (file, offset) = pages.find(body)?;
        let end = pages.len();
        loop {
            match self.socket.poll_write_ready(context) {
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(error)) => return Some(Poll::Ready(Err(error))),
                Poll::Pending => return Some(Poll::Pending),
            }
            let sent = self.socket.try_io(Interest::WRITABLE, || {
                let mut sent = 0;
                if !head.is_empty() {
                    sent = send(&self.socket, head, SendFlags::MORE | SendFlags::NOSIGNAL)?;
                    if sent < head.len() {
                        return Ok(sent);
                    }
                }
                let mut from = offset as u64;
                match sendfile(&self.socket, file, Some(&mut from), body.len()) {
                    Ok(more) => Ok(sent + more),
                    // The head has left, and what became of the body is said the next time.
                    Err(_) if sent > 0 => Ok(sent),
                    Err(error) => Err(error.into()),
                }
            });
            match sent {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                sent => {
                    let sent_to = |sent: &usize| offset + sent.saturating_sub(head.len());
                    if sent.as_ref().is_ok_and(|sent| sent_to(sent) == end) {
                        *outgoing = None;
                    }
                    return Some(Poll::Ready(sent));
                }
            }
        }
    }

    #[cfg(not(target_os = "linux"))]
    #[expect(clippy::unused_self, reason = "other systems have no such files")]
    fn poll_send(
        &self,
        _context: &mut Context<'_>,
        _head: &[u8],
        _body: &[u8],
    ) -> Option<Poll<io::Result<usize>>> {
        None
    }
}

impl AsyncRead for Uncopied {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_read(context, buffer)
    }
}

impl AsyncWrite for Uncopied {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if let Some(sent) = self.poll_send(context, &[], bytes) {
            return sent;
        }
        Pin::new(&mut self.socket).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let sent = match bytes {
            [body] => self.poll_send(context, &[], body),
            [head, body] => self.poll_send(context, head, body),
            _ => None,
        };
        if let Some(sent) = sent {
            return sent;
        }
        Pin::new(&mut self.socket).poll_write_vectored(context, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(context)
    }
}
