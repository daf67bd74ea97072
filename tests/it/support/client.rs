//! A client that hides nothing: no redirects, no proxies, no codings, no retries.

use reqwest::header::HeaderMap;
use reqwest::{Client, ClientBuilder, RequestBuilder};
use serde_json::Value;
use universities::outbound::tls_config;

/// A whole answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

/// A new client with connections of its own.
pub(crate) fn client() -> Client {
    let builder = builder().redirect(reqwest::redirect::Policy::none());
    builder.no_gzip().build().expect("a client")
}

/// One that speaks HTTP/2 from the beginning.
pub(crate) fn http_2() -> Client {
    let builder = builder().http2_prior_knowledge();
    builder.build().expect("a client")
}

fn builder() -> ClientBuilder {
    Client::builder()
        .tls_backend_preconfigured(tls_config().expect("TLS settings"))
        .no_proxy()
}

/// The request with so many headers more.
pub(crate) fn with_headers(request: RequestBuilder, headers: usize) -> RequestBuilder {
    (0..headers).fold(request, |request, number| {
        request.header(format!("x-{number}"), "1")
    })
}

impl Answer {
    /// Sends the request and reads the whole answer.
    pub(crate) async fn of(request: RequestBuilder) -> Self {
        let response = request.send().await.expect("an answer");
        Self {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: response.bytes().await.expect("a whole body").to_vec(),
        }
    }

    /// A header's value; empty when it is absent.
    pub(crate) fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name).map(|value| value.to_str());
        value.unwrap_or(Ok("")).expect("a plain header")
    }

    /// The body as JSON.
    pub(crate) fn json(&self) -> Value {
        match serde_json::from_slice(&self.body) {
            Ok(json) => json,
            Err(error) => panic!("{error}: {}", String::from_utf8_lossy(&self.body)),
        }
    }

    /// The body as a problem: checks what every problem has (invariant I7).
    pub(crate) fn problem(&self) -> Value {
        assert_eq!(self.header("content-type"), "application/problem+json");
        let problem = self.json();
        assert_eq!(problem["status"], self.status);
        assert_eq!(problem["instance"], self.header("x-request-id"));
        for field in ["type", "title", "detail"] {
            assert!(
                problem[field].as_str().is_some_and(|text| !text.is_empty()),
                "{problem}"
            );
        }
        problem
    }
}
