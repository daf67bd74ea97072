//! The HTTP server: accepts connections and hands requests to an endpoint.
//!
//! Owns the accept loop, the number of connections and the graceful stop; what happens on one
//! connection is in `connection`, and its parts: `activity` (who waits for whom), `progress` (the socket),
//! `answered` (the bodies), `uncopied` and `outgoing` (what is sent without being copied), `streams` (of
//! HTTP/2), `linger` (the end), `tls` (certificates). The listener and the stop signal are the caller's, so a
//! test can pass a free port and an event. It is our own loop around hyper-util because poem's
//! server sets neither a timer for request heads nor a limit on HTTP/2 streams, and spins on accept
//! errors.

mod activity;
mod alarm;
mod answered;
mod connection;
mod descriptors;
mod linger;
mod outgoing;
mod progress;
mod streams;
mod tls;
mod uncopied;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use poem::{Endpoint, Response};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;

use connection::Protocol;
pub use descriptors::room_for_connections;
pub use tls::{Tls, TlsError};

use crate::pages::Pages;

/// What is answered before an endpoint is asked, because it is ready.
pub trait Ready: Send + Sync + 'static {
    /// The answer to a request that has no body, if it is ready.
    fn answer(&self, request: &hyper::Request<Incoming>) -> Option<hyper::Response<Pages>>;
}

/// Nothing is ready.
impl Ready for () {
    fn answer(&self, _request: &hyper::Request<Incoming>) -> Option<hyper::Response<Pages>> {
        None
    }
}

/// The limits of the server.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How long a client may take from its connection to its first request, and to send the head
    /// of any request.
    pub head_timeout: Duration,
    /// How long a connection may stay without a request.
    pub idle_timeout: Duration,
    /// How long a client may take nothing of an answer that waits for it.
    pub write_timeout: Duration,
    /// The largest request head, in bytes.
    pub max_head_bytes: usize,
    /// The most headers of a request.
    pub max_headers: usize,
    /// The most HTTP/2 streams one connection may have open.
    pub max_streams: u32,
    /// The most connections; others wait to be accepted until there is room.
    pub max_connections: usize,
    /// How long to go on accepting after the stop signal, while the readiness probe says no.
    pub drain: Duration,
    /// How long running requests may take to finish once the server is told to stop.
    pub grace: Duration,
    /// What connections are secured with, if they are.
    pub tls: Option<Tls>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            head_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(60),
            write_timeout: Duration::from_secs(30),
            max_head_bytes: 64 * 1024,
            max_headers: 100,
            max_streams: 100,
            max_connections: 16_384,
            drain: Duration::ZERO,
            grace: Duration::from_secs(30),
            tls: None,
        }
    }
}

/// Connections that the system completes before they are accepted. Linux caps it at
/// `net.core.somaxconn`; a short queue makes a burst of clients wait a second for their second try.
const BACKLOG: u32 = 4096;

/// How long to leave `accept` alone after it failed, as it does without free descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Listens on an address, with room for bursts.
///
/// # Errors
///
/// Those of the system: the address is in use, is not this machine's, needs rights.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4(),
        SocketAddr::V6(_) => TcpSocket::new_v6(),
    }?;
    // A restart must not wait for the connections of the one before to time out.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Serves what is ready, and otherwise what the endpoint answers, until `stop` completes; then lets running
/// requests finish within the grace.
///
/// Returns how many connections were cut off because they were not done by then.
pub async fn serve<E, R>(
    listener: TcpListener,
    endpoint: Arc<E>,
    ready: Arc<R>,
    stop: impl Future<Output = ()>,
    settings: Settings,
) -> usize
where
    E: Endpoint<Output = Response> + 'static,
    R: Ready,
{
    let grace = settings.grace;
    let tls = settings.tls.clone();
    let renewal = async {
        match tls {
            Some(tls) => tls.keep_fresh().await,
            None => std::future::pending().await,
        }
    };
    let room = Arc::new(Semaphore::new(settings.max_connections));
    let protocol = Arc::new(Protocol::new(settings));
    let (stopping, stopped) = watch::channel(false);
    let mut connections = JoinSet::new();
    tokio::pin!(stop, renewal);
    loop {
        tokio::select! {
            () = &mut stop => break,
            never = &mut renewal => match never {},
            Some(_ended) = connections.join_next() => {}
            (accepted, room) = accept(&listener, &room) => match accepted {
                Ok((socket, peer)) => {
                    let (protocol, endpoint) = (Arc::clone(&protocol), Arc::clone(&endpoint));
                    let (ready, stopped) = (Arc::clone(&ready), stopped.clone());
                    connections.spawn(async move {
                        protocol
                            .converse(socket, peer, endpoint, ready, stopped)
                            .await;
                        drop(room);
                    });
                }
                Err(error) => {
                    tracing::warn!(error = %error, "connection could not be accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            },
        }
    }
    drop(listener);
    stopping.send_replace(true);
    let all_finished = async { while connections.join_next().await.is_some() {} };
    // What has ended by then has left the set, so what is left is cut off.
    let _some_may_not = tokio::time::timeout(grace, all_finished).await;
    while connections.try_join_next().is_some() {}
    let cut_off = connections.len();
    if cut_off > 0 {
        tracing::warn!(
            connections = cut_off,
            "grace is over, connections are cut off"
        );
    }
    connections.shutdown().await;
    cut_off
}

/// The next connection, once there is room for it.
async fn accept(
    listener: &TcpListener,
    room: &Arc<Semaphore>,
) -> (io::Result<(TcpStream, SocketAddr)>, OwnedSemaphorePermit) {
    let room = Arc::clone(room).acquire_owned().await;
    let room = room.expect("the semaphore is never closed");
    (listener.accept().await, room)
}
