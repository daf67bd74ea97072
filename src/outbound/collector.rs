//! The collector of traces, as it is called.

use std::time::Duration;

use async_trait::async_trait;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use reqwest::Client;
use tokio::runtime::Handle;

use crate::telemetry;

/// A client for collectors. The exporter calls it on a thread of its own, which drives no connections;
/// they are driven where all others are.
#[derive(Debug)]
pub struct Collector {
    client: Client,
    runtime: Handle,
}

impl Collector {
    /// For calls that may take so long, on the runtime that this is called on.
    ///
    /// # Errors
    ///
    /// That of the client, when it cannot be set up.
    pub fn new(timeout: Duration) -> Result<Self, HttpError> {
        Ok(Self {
            client: super::client()?.timeout(timeout).build()?,
            runtime: Handle::current(),
        })
    }
}

#[async_trait]
impl HttpClient for Collector {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let client = self.client.clone();
        let call = self
            .runtime
            .spawn(async move { client.send_bytes(request).await });
        call.await?.map_err(|error| {
            // The address may carry credentials.
            let error = match error.downcast::<reqwest::Error>() {
                Ok(error) => error.without_url().into(),
                Err(other) => other,
            };
            let cause = telemetry::chain(&*error);
            tracing::warn!(error = cause, "the collector of traces was not reached");
            error
        })
    }
}
