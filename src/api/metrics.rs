//! `GET /metrics`, and the counting of requests.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use poem::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use poem::http::{HeaderValue, StatusCode};
use poem::web::Data;
use poem::{Endpoint, IntoResponse, Request, Response};
use poem_openapi::payload::Payload;
use poem_openapi::registry::{MetaSchemaRef, Registry};
use poem_openapi::types::Type;
use poem_openapi::{ApiResponse, OpenApi};
use tokio::time::Instant;

use super::Tag;
use super::problem::{Asking, Failed, internal};
use crate::telemetry;
use crate::telemetry::metrics::{Answered, Durations, Operation, SpreadCounter};

/// The metrics' operation.
#[derive(Debug, Default)]
pub(super) struct Metrics;

/// The text format of `OpenMetrics`, as readers choose it by.
const TEXT: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The text format of `OpenMetrics`.
struct OpenMetrics(String);

#[derive(ApiResponse)]
enum Answer {
    /// What has been counted since the service began, as Prometheus reads it.
    #[oai(status = 200)]
    Text(OpenMetrics),
}

/// Which operation an answer is of, for those that are of one.
#[derive(Debug, Clone)]
pub(super) struct Matched {
    /// The operation's id in the document.
    pub(super) id: Arc<String>,
    /// Its path in the document.
    pub(super) path: Arc<str>,
}

/// An endpoint whose answers are counted.
#[derive(Debug)]
pub(super) struct Counted<E> {
    metrics: telemetry::Metrics,
    inner: E,
}

/// A request that is being answered.
struct InFlight<'a>(&'a telemetry::Metrics);

#[OpenApi(tag = "Tag::Service")]
impl Metrics {
    /// What the service has done
    ///
    /// Counters, gauges and histograms in the text format of `OpenMetrics`.
    #[oai(path = "/metrics", method = "get", operation_id = "getMetrics")]
    async fn get_metrics(
        &self,
        metrics: Data<&telemetry::Metrics>,
    ) -> Result<Answer, Failed<Asking>> {
        let text = metrics.text().map_err(|_never| internal())?;
        Ok(Answer::Text(OpenMetrics(text)))
    }
}

impl Payload for OpenMetrics {
    const CONTENT_TYPE: &'static str = "application/openmetrics-text";

    fn schema_ref() -> MetaSchemaRef {
        String::schema_ref()
    }

    fn register(registry: &mut Registry) {
        String::register(registry);
    }
}

impl IntoResponse for OpenMetrics {
    fn into_response(self) -> Response {
        let mut response = Response::from(self.0);
        let headers = response.headers_mut();
        for (name, value) in [(CONTENT_TYPE, TEXT), (CACHE_CONTROL, "no-store")] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        response
    }
}

impl<E: Endpoint<Output = Response>> Counted<E> {
    pub(super) fn new(metrics: telemetry::Metrics, inner: E) -> Self {
        Self { metrics, inner }
    }
}

impl<E: Endpoint<Output = Response>> Endpoint for Counted<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        let began = Instant::now();
        self.metrics.requests_in_flight.inc();
        let in_flight = InFlight(&self.metrics);
        let response = self.inner.call(request).await?;
        drop(in_flight);
        count(&self.metrics, &response, began.elapsed());
        Ok(response)
    }
}

/// Counts an answer and how long it took.
fn count(metrics: &telemetry::Metrics, response: &Response, took: Duration) {
    let matched = response.extensions().get::<Matched>();
    seconds(metrics, matched).observe(took);
    answered(metrics, matched, response.status()).inc();
}

/// How long answers of an operation took.
pub(super) fn seconds(metrics: &telemetry::Metrics, matched: Option<&Matched>) -> Durations {
    let operation = operation(matched);
    let of = Operation { operation };
    metrics.request_seconds.get_or_create_owned(&of)
}

/// How many answers of an operation had this status.
pub(super) fn answered(
    metrics: &telemetry::Metrics,
    matched: Option<&Matched>,
    status: StatusCode,
) -> SpreadCounter {
    let (operation, status) = (operation(matched), status.as_u16());
    let answered = Answered { operation, status };
    metrics.requests.get_or_create_owned(&answered)
}

fn operation(matched: Option<&Matched>) -> Arc<String> {
    static OTHER: LazyLock<Arc<String>> = LazyLock::new(|| Arc::new("other".to_owned()));
    Arc::clone(matched.map_or(&OTHER, |matched| &matched.id))
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.requests_in_flight.dec();
    }
}
