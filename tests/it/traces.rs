//! Traces: a caller's goes on to the upstream, and ours go to a collector.

use serde_json::Value;

use crate::support::{
    Answer, FREE, FakeCollector, FakeUpstream, Reply, Server, TestApp, client, universities,
};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const CALLER: &str = "00f067aa0ba902b7";

async fn asked_as_part_of_a_trace(url: String) -> Answer {
    let request = client().get(url);
    let request = request.header("traceparent", format!("00-{TRACE}-{CALLER}-01"));
    Answer::of(request.header("tracestate", "congo=t61rcWkgMzE")).await
}

/// A header of a request's head.
fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let lines = head.lines().filter_map(|line| line.split_once(": "));
    let mut found = lines.filter(|(key, _)| key.eq_ignore_ascii_case(name));
    found.next().map(|(_, value)| value)
}

async fn turkey_and_india() -> FakeUpstream {
    FakeUpstream::start([
        ("Turkiye", Reply::list(&["A"])),
        ("India", Reply::status("500 Internal Server Error")),
    ])
    .await
}

#[tokio::test]
async fn a_callers_trace_goes_on_to_the_upstream() {
    let upstream = FakeUpstream::start([("Turkiye", Reply::list(&["A"]))]).await;
    let app = TestApp::in_front_of(&upstream).await;
    for path in ["/v1/universities", "/v1/universities/stream"] {
        asked_as_part_of_a_trace(app.url(&format!("{path}?country=tr"))).await;
    }
    app.get("/v1/universities?country=tr").await;
    let heads = upstream.heads();
    for head in &heads[..2] {
        let parent = format!("00-{TRACE}-{CALLER}-01");
        assert_eq!(header(head, "traceparent"), Some(&parent[..]));
        assert_eq!(header(head, "tracestate"), Some("congo=t61rcWkgMzE"));
    }
    assert_eq!(header(&heads[2], "traceparent"), None);
}

/// An attribute of a span.
fn attribute<'a>(span: &'a Value, key: &str) -> &'a Value {
    let attributes = span["attributes"].as_array().expect("attributes");
    let found = attributes.iter().find(|attribute| attribute["key"] == key);
    &found.unwrap_or_else(|| panic!("no {key} in {span}"))["value"]
}

#[tokio::test]
async fn traces_are_exported_when_the_variables_say_where() {
    let (upstream, collector) = (turkey_and_india().await, FakeCollector::start().await);
    let mut command = universities(&FREE);
    command
        .args(["--upstream-url", upstream.url().as_str(), "--retries", "0"])
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url())
        .env("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json");
    let server = Server::start(command).await;
    let path = "/v1/universities?country=tr&country=in";
    let answer = asked_as_part_of_a_trace(format!("http://{}{path}", server.address)).await;
    assert_eq!(answer.status, 200);
    // What has not been sent yet is sent at the end.
    server.signal("TERM").await;
    assert_eq!(server.exit_code().await, Some(0));

    let spans = collector.spans();
    assert!(
        spans.iter().all(|span| span["traceId"] == TRACE),
        "{spans:?}"
    );
    let named = |name: &str| -> Vec<_> { spans.iter().filter(|s| s["name"] == name).collect() };
    let [request] = named("GET /v1/universities")[..] else {
        panic!("one request in {spans:?}");
    };
    assert_eq!(request["parentSpanId"], CALLER);
    let status = attribute(request, "http.response.status_code");
    assert_eq!(
        status["intValue"].as_str().map(str::to_owned),
        Some("200".to_owned())
    );
    let countries = named("country");
    assert_eq!(countries.len(), 2);
    for country in &countries {
        assert_eq!(country["parentSpanId"], request["spanId"]);
        let calls: Vec<_> = named("GET")
            .into_iter()
            .filter(|call| call["parentSpanId"] == country["spanId"])
            .collect();
        let [call] = calls[..] else {
            panic!("one call in {country}: {spans:?}");
        };
        // The upstream goes on from there.
        let id = call["spanId"].as_str().expect("an id");
        let parent = format!("00-{TRACE}-{id}-01");
        let heads = upstream.heads();
        assert!(
            heads
                .iter()
                .any(|head| header(head, "traceparent") == Some(&parent)),
            "{heads:?}"
        );
    }
    let failed: Vec<_> = countries
        .iter()
        .filter(|country| country["status"]["code"] == 2)
        .collect();
    assert_eq!(failed.len(), 1);
    assert_eq!(attribute(failed[0], "country.code")["stringValue"], "IN");
    assert_eq!(
        attribute(failed[0], "error.type")["stringValue"],
        "upstream-error"
    );
}

#[tokio::test]
async fn traces_are_protobuf_unless_said_otherwise() {
    let (upstream, collector) = (turkey_and_india().await, FakeCollector::start().await);
    let mut command = universities(&FREE);
    command
        .args(["--upstream-url", upstream.url().as_str()])
        .env(
            "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
            collector.url() + "/take",
        )
        .env("OTEL_EXPORTER_OTLP_HEADERS", "x-key=secret")
        .env("OTEL_SERVICE_NAME", "many-countries");
    let server = Server::start(command).await;
    server.get("/v1/universities?country=tr").await;
    server.signal("TERM").await;
    assert_eq!(server.exit_code().await, Some(0));
    let exports = collector.exports();
    let [export] = &exports[..] else {
        panic!("one export, got {exports:?}");
    };
    assert!(
        export.head.starts_with("post /take http/1.1"),
        "{}",
        export.head
    );
    assert_eq!(
        header(&export.head, "content-type"),
        Some("application/x-protobuf")
    );
    assert_eq!(header(&export.head, "x-key"), Some("secret"));
    let body = String::from_utf8_lossy(&export.body);
    for part in ["many-countries", "GET /v1/universities", "country.origin"] {
        assert!(body.contains(part), "{part} in {body}");
    }
}

#[tokio::test]
async fn a_collector_that_is_gone_holds_nobody_up() {
    let upstream = turkey_and_india().await;
    let gone = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        listener.local_addr().expect("a bound port")
    };
    let mut command = universities(&FREE);
    command
        .args(["--upstream-url", upstream.url().as_str()])
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://{gone}"));
    let mut server = Server::start(command).await;
    let answer = server.get("/v1/universities?country=tr").await;
    assert_eq!(answer.status, 200);
    server.signal("TERM").await;
    server.until_logged("opentelemetry").await;
    assert_eq!(server.exit_code().await, Some(0));
}

#[tokio::test]
async fn variables_that_cannot_work_are_said_at_the_start() {
    let mut command = universities(&FREE);
    command
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318")
        .env("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc");
    let output = command.output().await.expect("a program that runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(78), "{said}");
    assert!(
        said.contains("OTEL_EXPORTER_OTLP_PROTOCOL \"grpc\""),
        "{said}"
    );
}
