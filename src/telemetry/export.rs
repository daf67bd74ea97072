//! The export of traces to a collector, by OTLP over HTTP
//! (<https://opentelemetry.io/docs/specs/otlp/#otlphttp>).
//!
//! Where to, how often and which of them is read from the `OTEL_` variables by the SDK; `config` has
//! checked them, and reads the others.

use std::sync::OnceLock;
use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::trace::TracerProvider;
use opentelemetry_http::HttpClient;
use opentelemetry_otlp::{
    ExporterBuildError, Protocol, SpanExporter, WithExportConfig, WithHttpConfig,
};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};

/// How long the last traces may take to leave when the service stops.
const FAREWELL: Duration = Duration::from_secs(5);

/// Who spans are begun by, once traces are exported.
static TRACER: OnceLock<SdkTracer> = OnceLock::new();

/// How traces are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TraceFormat {
    /// Protocol buffers.
    Protobuf,
    /// The JSON form of the same messages.
    Json,
}

/// How traces are exported, besides what the SDK reads itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportSettings {
    /// How they are written.
    pub format: TraceFormat,
    /// How long one export may take.
    pub timeout: Duration,
}

/// The export, as long as it runs.
#[derive(Debug)]
pub struct Export(SdkTracerProvider);

/// Exports the traces of the whole process from here on, through the client.
///
/// # Errors
///
/// [`ExporterBuildError`], when the variables cannot work.
pub fn export(
    client: impl HttpClient + 'static,
    settings: &ExportSettings,
) -> Result<Export, ExporterBuildError> {
    let exporter = SpanExporter::builder()
        .with_http()
        .with_http_client(client)
        .with_protocol(match settings.format {
            TraceFormat::Protobuf => Protocol::HttpBinary,
            TraceFormat::Json => Protocol::HttpJson,
        })
        .with_timeout(settings.timeout)
        .build()?;
    let provider = SdkTracerProvider::builder()
        .with_batch_exporter(exporter)
        .with_resource(resource())
        .build();
    // A second export of one process would have nothing to export.
    let _first = TRACER.set(provider.tracer(env!("CARGO_PKG_NAME")));
    Ok(Export(provider))
}

/// Who exports: as the variables say, under the service's own name unless they give another.
fn resource() -> Resource {
    let named = Resource::builder_empty()
        .with_service_name(env!("CARGO_PKG_NAME"))
        .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")));
    let given = Resource::builder().build();
    let given = given.iter().filter(|(key, value)| {
        // What the SDK makes up where nothing is given.
        key.as_str() != "service.name" || !value.as_str().starts_with("unknown_service")
    });
    let given = given.map(|(key, value)| KeyValue::new(key.clone(), value.clone()));
    named.with_attributes(given).build()
}

impl Export {
    /// Sends what has not been sent, and ends. Blocks for some seconds at most.
    pub fn finish(self) {
        if let Err(error) = self.0.shutdown_with_timeout(FAREWELL) {
            tracing::warn!(error = %error, "the last traces could not be exported");
        }
    }
}

/// Who begins spans, if any are exported.
pub(super) fn tracer() -> Option<&'static SdkTracer> {
    TRACER.get()
}
