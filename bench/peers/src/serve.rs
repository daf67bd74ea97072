//! The server that all peers have: hyper, and nothing around it.

use std::convert::Infallible;
use std::net::Ipv4Addr;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderValue};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use crate::Error;

/// An answer: bytes, and the coding that they are in.
#[derive(Debug, Clone)]
pub struct Answer {
    pub bytes: Bytes,
    pub coding: Option<&'static str>,
}

/// What answers requests; `None` is not found.
pub trait Peer: Send + Sync + 'static {
    fn answer(&self, request: Request<Incoming>) -> impl Future<Output = Option<Answer>> + Send;
}

/// Serves until the process ends.
pub async fn serve(port: u16, peer: impl Peer) -> Result<(), Error> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    let peer = Arc::new(peer);
    loop {
        let (socket, _) = listener.accept().await?;
        socket.set_nodelay(true)?;
        let peer = Arc::clone(&peer);
        tokio::spawn(async move {
            let service = service_fn(move |request| {
                let peer = Arc::clone(&peer);
                async move { Ok::<_, Infallible>(response(peer.answer(request).await)) }
            });
            let connection = hyper::server::conn::http1::Builder::new();
            // Whoever leaves early is the load generator at its end.
            let _left = connection
                .serve_connection(TokioIo::new(socket), service)
                .await;
        });
    }
}

fn response(answer: Option<Answer>) -> Response<Full<Bytes>> {
    let Some(Answer { bytes, coding }) = answer else {
        let mut response = Response::default();
        *response.status_mut() = StatusCode::NOT_FOUND;
        return response;
    };
    let mut response = Response::new(Full::new(bytes));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Some(coding) = coding {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static(coding));
    }
    response
}
