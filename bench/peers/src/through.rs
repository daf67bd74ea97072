//! Bytes passed through unread: what the calls and the copying cost when nothing is checked.

use bytes::{BufMut, Bytes, BytesMut};
use futures::future::try_join_all;
use http_body_util::{BodyExt, Empty};
use hyper::Request;
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use crate::Error;
use crate::serve::{Answer, Peer};

/// The article's countries.
const COUNTRIES: [&str; 3] = ["turkey", "india", "australia"];

#[derive(Debug, clap::Args)]
pub struct Options {
    /// The upstream's base address.
    #[arg(long)]
    upstream: String,
    /// With which client it is asked.
    #[arg(long)]
    client: ClientName,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum ClientName {
    Hyper,
    Reqwest,
}

#[derive(Debug)]
pub struct Through {
    upstream: String,
    client: AnyClient,
}

#[derive(Debug)]
enum AnyClient {
    Hyper(Client<HttpConnector, Empty<Bytes>>),
    Reqwest(reqwest::Client),
}

impl Through {
    pub fn new(options: Options) -> Result<Self, Error> {
        let client = match options.client {
            ClientName::Hyper => AnyClient::Hyper({
                let mut connector = HttpConnector::new();
                connector.set_nodelay(true);
                Client::builder(TokioExecutor::new()).build(connector)
            }),
            ClientName::Reqwest => AnyClient::Reqwest(reqwest::Client::new()),
        };
        Ok(Self {
            upstream: options.upstream,
            client,
        })
    }

    async fn ask(&self, country: &str) -> Result<Bytes, Error> {
        let address = format!("{}/search?country={country}", self.upstream);
        match &self.client {
            AnyClient::Hyper(client) => {
                let answer = client.get(address.parse()?).await?;
                Ok(answer.into_body().collect().await?.to_bytes())
            }
            AnyClient::Reqwest(client) => Ok(client.get(address).send().await?.bytes().await?),
        }
    }
}

impl Peer for Through {
    async fn answer(&self, _request: Request<Incoming>) -> Option<Answer> {
        let lists = try_join_all(COUNTRIES.map(|country| self.ask(country)));
        let lists = lists.await.ok()?;
        let length: usize = lists.iter().map(|list| list.len() + 16).sum();
        let mut body = BytesMut::with_capacity(length);
        for (place, (country, list)) in COUNTRIES.iter().zip(&lists).enumerate() {
            body.put_slice(if place == 0 { b"{" } else { b"," });
            body.put_slice(format!("\"{country}\":").as_bytes());
            body.put_slice(list);
        }
        body.put_slice(b"}");
        Some(Answer {
            bytes: body.freeze(),
            coding: None,
        })
    }
}
