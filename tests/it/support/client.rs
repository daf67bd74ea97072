//! A client that hides nothing: no redirects, no proxies, no codings, no retries.

use std::io::Read;

use reqwest::header::HeaderMap;
use reqwest::{Client, ClientBuilder, RequestBuilder};
use serde_json::Value;
use universities::outbound::tls_config;

use super::truth;

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
    /// Sends the request and reads the whole answer, which is held to the document.
    pub(crate) async fn of(request: RequestBuilder) -> Self {
        let asked = request.try_clone().and_then(|request| request.build().ok());
        let asked = asked.expect("a request with a whole body");
        let answer = Self::of_another(request).await;
        truth::assert_true(asked.method().as_str(), asked.url().path(), &answer);
        answer
    }

    /// The same of whoever does not serve the whole document, or another one.
    pub(crate) async fn of_another(request: RequestBuilder) -> Self {
        let response = request.send().await.expect("an answer");
        Self {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: response.bytes().await.expect("a whole body").to_vec(),
        }
    }

    /// An answer as it was sent to the request, over HTTP/1.
    pub(crate) fn parsed(method: &str, path: &str, text: &str) -> Self {
        let (head, body) = text.split_once("\r\n\r\n").expect("a head");
        let mut lines = head.lines();
        let status = lines.next().and_then(|line| line.split(' ').nth(1));
        let headers = lines.filter_map(|line| line.split_once(": "));
        let answer = Self {
            status: status.expect("a status").parse().expect("a number"),
            headers: headers
                .map(|(name, value)| {
                    (
                        name.parse().expect("a name"),
                        value.parse().expect("a value"),
                    )
                })
                .collect(),
            body: body.as_bytes().to_vec(),
        };
        truth::assert_true(method, path, &answer);
        answer
    }

    /// The body as it was before it was coded.
    pub(crate) fn decoded(&self) -> Vec<u8> {
        let mut plain = Vec::new();
        let body = self.body.as_slice();
        match self.header("content-encoding") {
            "" => plain.extend(body),
            "gzip" => {
                let mut decoder = flate2::read::GzDecoder::new(body);
                decoder.read_to_end(&mut plain).expect("gzip");
            }
            "br" => {
                let mut decoder = brotli_decompressor::Decompressor::new(body, 4096);
                decoder.read_to_end(&mut plain).expect("brotli");
            }
            "zstd" => plain = zstd::decode_all(body).expect("zstd"),
            other => panic!("{other}"),
        }
        plain
    }

    /// What the body is, without parameters.
    pub(crate) fn media_type(&self) -> &str {
        let whole = self.header("content-type");
        whole.split_once(';').map_or(whole, |(essence, _)| essence)
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
