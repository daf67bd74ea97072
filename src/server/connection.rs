//! One connection: speaks HTTP with one client until either side ends it.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures::future::{self, Either};
use hyper::Version;
use hyper::body::{Body, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use poem::http::uri::Scheme;
use poem::web::{LocalAddr, RemoteAddr};
use poem::{Addr, Endpoint, Request, Response};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_rustls::server::TlsStream;

use super::activity::Activity;
use super::answered::{Answered, Content, Way};
use super::linger::linger;
use super::outgoing::Outgoing;
use super::progress::Progressing;
use super::streams::{Streams, Untaken};
use super::uncopied::Uncopied;
use super::{Ready, Settings, Tls};

/// The most HTTP/2 streams that a client has reset and that are still being put away
/// (CVE-2023-44487).
const MOST_PENDING_RESETS: usize = 20;

/// How often an HTTP/2 client is asked whether it is still there, and how long it may take to say so.
const PING: Duration = Duration::from_secs(20);

/// How long a connection that has been told to end may take to do so without a request or a byte.
const FAREWELL: Duration = Duration::from_secs(1);

/// How a conversation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Spoken {
    /// The client may still be reading.
    ToTheEnd,
    /// The client has had its time.
    GivenUp,
}

/// What is known of a connection.
struct Connection {
    peer: SocketAddr,
    scheme: Scheme,
    activity: Activity,
    /// Where ready bodies are noted that can leave uncopied.
    outgoing: Option<Outgoing>,
}

/// How HTTP is spoken.
pub(super) struct Protocol {
    http: auto::Builder<Streams>,
    settings: Settings,
}

impl Protocol {
    /// HTTP/1 and cleartext HTTP/2 with the limits of the settings.
    pub(super) fn new(settings: Settings) -> Self {
        let mut http = auto::Builder::new(Streams::new(settings.write_timeout));
        http.http1()
            .timer(TokioTimer::new())
            // `Activity` tells an arriving head from none, and needs no timer that is set for each request.
            .header_read_timeout(None)
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
    pub(super) async fn converse<E, R>(
        &self,
        socket: TcpStream,
        peer: SocketAddr,
        endpoint: Arc<E>,
        ready: Arc<R>,
        stopped: watch::Receiver<bool>,
    ) where
        E: Endpoint<Output = Response> + 'static,
        R: Ready,
    {
        // A streamed line must leave when it is written, not when a packet is full.
        if let Err(error) = socket.set_nodelay(true) {
            tracing::debug!(client.address = %peer, %error, "socket keeps its delay");
        }
        let outgoing = Outgoing::default();
        let socket = Uncopied::new(socket, outgoing.clone());
        let activity = Activity::new();
        let patience = self.settings.write_timeout;
        let (socket, back) = Progressing::new(socket, patience, activity.clone());
        let mut connection = Connection {
            peer,
            scheme: Scheme::HTTP,
            activity: activity.clone(),
            outgoing: Some(outgoing),
        };
        let spoken = match &self.settings.tls {
            None => {
                self.speak(socket, connection, endpoint, ready, stopped)
                    .await
            }
            Some(tls) => match self.secured(tls, socket, peer, &stopped).await {
                None => Spoken::GivenUp,
                Some(socket) => {
                    connection.scheme = Scheme::HTTPS;
                    // What leaves is not what is ready.
                    connection.outgoing = None;
                    self.speak(socket, connection, endpoint, ready, stopped)
                        .await
                }
            },
        };
        if let (Spoken::ToTheEnd, Ok(socket)) = (spoken, back.await) {
            linger(socket.into_socket(), activity.on_its_way()).await;
        }
    }

    /// The socket once it is secured; `None` when that fails, takes too long, or the server stops.
    async fn secured<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        tls: &Tls,
        socket: S,
        peer: SocketAddr,
        stopped: &watch::Receiver<bool>,
    ) -> Option<TlsStream<S>> {
        let mut stopped = stopped.clone();
        let stopped = async {
            // What it waits for is not to be held while it sleeps.
            let _stopped = stopped.wait_for(|stopped| *stopped).await.map(drop);
            tokio::time::sleep(FAREWELL).await;
        };
        let secured = timeout(self.settings.head_timeout, tls.accept(socket));
        let why = tokio::select! {
            secured = secured => match secured {
                Ok(Ok(socket)) => return Some(socket),
                Ok(Err(error)) => error.to_string(),
                Err(_) => "it took too long".to_owned(),
            },
            () = stopped => "the server stops".to_owned(),
        };
        tracing::debug!(client.address = %peer, error = why, "connection could not be secured");
        None
    }

    async fn speak<S, E, R>(
        &self,
        socket: S,
        connection: Connection,
        endpoint: Arc<E>,
        ready: Arc<R>,
        mut stopped: watch::Receiver<bool>,
    ) -> Spoken
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
        E: Endpoint<Output = Response> + 'static,
        R: Ready,
    {
        let Connection {
            peer,
            ref scheme,
            ref activity,
            ref outgoing,
        } = connection;
        let answer = |request: hyper::Request<Incoming>| {
            let multiplexed = request.version() == Version::HTTP_2;
            let running = activity.begin(multiplexed);
            let answered = move |content, outgoing| {
                let way = if multiplexed {
                    Way::pieces(Untaken::of_this_stream())
                } else {
                    Way::Whole(outgoing)
                };
                Answered::new(content, way, running)
            };
            if request.body().is_end_stream()
                && let Some(response) = ready.answer(&request)
            {
                let outgoing = outgoing.clone();
                // Not before it is polled: a stream is watched from within its own task.
                return Either::Left(future::lazy(move |_| {
                    let answered = |pages| answered(Content::Ready(pages), outgoing);
                    Ok::<_, Infallible>(response.map(answered))
                }));
            }
            let (endpoint, scheme) = (Arc::clone(&endpoint), scheme.clone());
            Either::Right(async move {
                let remote = RemoteAddr(Addr::SocketAddr(peer));
                let request = Request::from((request, LocalAddr::default(), remote, scheme));
                let response = endpoint.get_response(request).await;
                let response = hyper::Response::from(response);
                Ok(response.map(|body| answered(Content::Made(body), None)))
            })
        };
        let connection = self
            .http
            .serve_connection(TokioIo::new(socket), service_fn(answer));
        tokio::pin!(connection);
        let spoken = async {
            tokio::select! {
                biased;
                ended = &mut connection => return ended,
                _ = stopped.wait_for(|stopped| *stopped) => {}
                () = activity.quiet_for(self.settings.idle_timeout) => {}
            }
            connection.as_mut().graceful_shutdown();
            tokio::select! {
                biased;
                ended = &mut connection => ended,
                () = activity.quiet_for(FAREWELL) => Ok(()),
            }
        };
        tokio::select! {
            biased;
            ended = spoken => {
                if let Err(error) = ended {
                    tracing::debug!(client.address = %peer, error, "connection ended early");
                }
                Spoken::ToTheEnd
            }
            () = activity.out_of_time(&self.settings) => {
                tracing::debug!(client.address = %peer, "client is too slow");
                Spoken::GivenUp
            }
        }
    }
}

#[cfg(test)]
mod tests;
