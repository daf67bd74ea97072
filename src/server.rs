//! The HTTP server: accepts connections and hands requests to an endpoint.
//!
//! Owns the accept loop, the limits of a connection and the graceful stop. The listener and the
//! stop signal are the caller's, so a test can pass a free port and an event. It is our own loop
//! around hyper-util because poem's server sets neither a timer for request heads nor a limit on
//! HTTP/2 streams, and spins on accept errors.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use poem::http::uri::Scheme;
use poem::web::{LocalAddr, RemoteAddr};
use poem::{Addr, Endpoint, Request, Response};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinSet;

/// The limits of the server.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How long a client may take to send a request head.
    pub head_timeout: Duration,
    /// The largest request head, in bytes.
    pub max_head_bytes: usize,
    /// The most HTTP/2 streams one connection may have open.
    pub max_streams: u32,
    /// How long to go on accepting after the stop signal, while the readiness probe says no.
    pub drain: Duration,
    /// How long running requests may take to finish once the server is told to stop.
    pub grace: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            head_timeout: Duration::from_secs(10),
            max_head_bytes: 64 * 1024,
            max_streams: 100,
            drain: Duration::ZERO,
            grace: Duration::from_secs(30),
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

/// Serves until `stop` completes, then lets running requests finish within the grace.
///
/// Returns how many connections were cut off because they were not done by then.
pub async fn serve<E>(
    listener: TcpListener,
    endpoint: Arc<E>,
    stop: impl Future<Output = ()>,
    settings: Settings,
) -> usize
where
    E: Endpoint<Output = Response> + 'static,
{
    let protocol = protocol(&settings);
    let graceful = GracefulShutdown::new();
    let mut connections = JoinSet::new();
    tokio::pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => break,
            Some(_ended) = connections.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((socket, peer)) => {
                    let (protocol, endpoint) = (protocol.clone(), Arc::clone(&endpoint));
                    connections.spawn(converse(protocol, socket, peer, endpoint, graceful.watcher()));
                }
                Err(error) => {
                    tracing::warn!(error = %error, "connection could not be accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            },
        }
    }
    drop(listener);
    let all_finished = async {
        graceful.shutdown().await;
        while connections.join_next().await.is_some() {}
    };
    // What has ended by then has left the set, so what is left is cut off.
    let _some_may_not = tokio::time::timeout(settings.grace, all_finished).await;
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

/// HTTP/1 and cleartext HTTP/2 with the limits of the settings.
fn protocol(settings: &Settings) -> auto::Builder<TokioExecutor> {
    let mut protocol = auto::Builder::new(TokioExecutor::new());
    protocol
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(settings.head_timeout)
        .max_buf_size(settings.max_head_bytes);
    protocol
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(settings.max_streams);
    protocol
}

/// Speaks HTTP with one client until either side ends it.
async fn converse<E>(
    protocol: auto::Builder<TokioExecutor>,
    socket: TcpStream,
    peer: SocketAddr,
    endpoint: Arc<E>,
    watcher: Watcher,
) where
    E: Endpoint<Output = Response> + 'static,
{
    // A streamed line must leave when it is written, not when a packet is full.
    if let Err(error) = socket.set_nodelay(true) {
        tracing::debug!(client.address = %peer, %error, "socket keeps its delay");
    }
    let answer = |request: hyper::Request<Incoming>| {
        let endpoint = Arc::clone(&endpoint);
        async move {
            let remote = RemoteAddr(Addr::SocketAddr(peer));
            let request = Request::from((request, LocalAddr::default(), remote, Scheme::HTTP));
            let response = endpoint.get_response(request).await;
            Ok::<_, Infallible>(hyper::Response::from(response))
        }
    };
    let connection = protocol.serve_connection(TokioIo::new(socket), service_fn(answer));
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(client.address = %peer, error, "connection ended early");
    }
}
