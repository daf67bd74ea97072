//! One connection: speaks HTTP with one client until either side ends it.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use poem::http::uri::Scheme;
use poem::web::{LocalAddr, RemoteAddr};
use poem::{Addr, Endpoint, Request, Response};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::timeout;

use super::Settings;
use super::progress::Progressing;
use super::requests::{Count, Requests, without_requests_for};

/// The most HTTP/2 streams that a client has reset and that are still being put away
/// (CVE-2023-44487).
const MOST_PENDING_RESETS: usize = 20;

/// How often an HTTP/2 client is asked whether it is still there, and how long it may take to say so.
const PING: Duration = Duration::from_secs(20);

/// How long a connection that has been told to end may take to do so without a request.
const FAREWELL: Duration = Duration::from_secs(1);

/// How HTTP is spoken.
pub(super) struct Protocol {
    http: auto::Builder<TokioExecutor>,
    settings: Settings,
}

impl Protocol {
    /// HTTP/1 and cleartext HTTP/2 with the limits of the settings.
    pub(super) fn new(settings: Settings) -> Self {
        let mut http = auto::Builder::new(TokioExecutor::new());
        http.http1()
            .timer(TokioTimer::new())
            .header_read_timeout(settings.head_timeout)
            .max_buf_size(settings.max_head_bytes)
            .max_headers(settings.max_headers);
        http.http2()
            .timer(TokioTimer::new())
            .max_concurrent_streams(settings.max_streams)
            .max_pending_accept_reset_streams(MOST_PENDING_RESETS)
            .max_header_list_size(u32::try_from(settings.max_head_bytes).unwrap_or(u32::MAX))
            .keep_alive_interval(PING)
            .keep_alive_timeout(PING);
        Self { http, settings }
    }

    /// Speaks with one client until either side ends it, or the server stops and its requests have
    /// been answered.
    pub(super) async fn converse<E>(
        &self,
        socket: TcpStream,
        peer: SocketAddr,
        endpoint: Arc<E>,
        stopped: watch::Receiver<bool>,
    ) where
        E: Endpoint<Output = Response> + 'static,
    {
        // A streamed line must leave when it is written, not when a packet is full.
        if let Err(error) = socket.set_nodelay(true) {
            tracing::debug!(client.address = %peer, %error, "socket keeps its delay");
        }
        let socket = Progressing::new(socket, self.settings.write_timeout);
        let Some(tls) = &self.settings.tls else {
            self.speak(socket, peer, Scheme::HTTP, endpoint, stopped)
                .await;
            return;
        };
        match timeout(self.settings.head_timeout, tls.accept(socket)).await {
            Ok(Ok(socket)) => {
                self.speak(socket, peer, Scheme::HTTPS, endpoint, stopped)
                    .await;
            }
            Ok(Err(error)) => {
                tracing::debug!(client.address = %peer, %error, "connection could not be secured");
            }
            Err(_) => tracing::debug!(client.address = %peer, "connection took too long to secure"),
        }
    }

    async fn speak<S, E>(
        &self,
        socket: S,
        peer: SocketAddr,
        scheme: Scheme,
        endpoint: Arc<E>,
        mut stopped: watch::Receiver<bool>,
    ) where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
        E: Endpoint<Output = Response> + 'static,
    {
        let (requests, mut count) = Requests::none();
        let answer = |request: hyper::Request<Incoming>| {
            let (endpoint, scheme, running) =
                (Arc::clone(&endpoint), scheme.clone(), requests.begin());
            async move {
                let remote = RemoteAddr(Addr::SocketAddr(peer));
                let request = Request::from((request, LocalAddr::default(), remote, scheme));
                let response = endpoint.get_response(request).await;
                let response = hyper::Response::from(response);
                Ok::<_, Infallible>(response.map(|body| running.with(body)))
            }
        };
        let connection = self
            .http
            .serve_connection(TokioIo::new(socket), service_fn(answer));
        tokio::pin!(connection);
        let ended = tokio::select! {
            ended = &mut connection => Some(ended),
            _ = stopped.wait_for(|stopped| *stopped) => None,
            () = self.idle(&mut count) => None,
        };
        let ended = if ended.is_some() {
            ended
        } else {
            connection.as_mut().graceful_shutdown();
            tokio::select! {
                ended = &mut connection => Some(ended),
                // A request that has only half arrived is none, and is not waited for.
                () = without_requests_for(FAREWELL, &mut count) => None,
            }
        };
        if let Some(Err(error)) = ended {
            tracing::debug!(client.address = %peer, error, "connection ended early");
        }
    }

    /// Completes when the client has had its time without a request: for the first, or for the next.
    async fn idle(&self, count: &mut watch::Receiver<Count>) {
        let first = count.wait_for(|count| count.begun > 0);
        if timeout(self.settings.head_timeout, first).await.is_err() {
            return;
        }
        without_requests_for(self.settings.idle_timeout, count).await;
    }
}
