//! `GET /v1/universities/stream`: outcomes as they arrive.

use reqwest::Response;
use serde_json::Value;

use crate::support::truth::assert_true_line;
use crate::support::{FakeUpstream, Reply, TestApp, client, soon, turkey_waits};

/// Reads the lines of a response one by one, as they come.
struct Lines {
    response: Response,
    read: Vec<u8>,
}

impl Lines {
    async fn of(app: &TestApp, query: &str) -> Self {
        let url = app.url(&format!("/v1/universities/stream?{query}"));
        let response = client().get(url).send().await.expect("an answer");
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "application/x-ndjson");
        Self {
            response,
            read: Vec::new(),
        }
    }

    async fn next(&mut self) -> Option<Value> {
        loop {
            if let Some(end) = self.read.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.read.drain(..=end).collect();
                let line = serde_json::from_slice(&line).expect("a line of JSON");
                assert_true_line("/v1/universities/stream", &line);
                return Some(line);
            }
            let chunk = soon("a line", self.response.chunk()).await;
            let Some(chunk) = chunk.expect("no error") else {
                assert!(self.read.is_empty(), "the last line has no end");
                return None;
            };
            self.read.extend_from_slice(&chunk);
        }
    }
}

#[tokio::test]
async fn each_line_comes_when_its_country_does() {
    let (app, _upstream, gate) = turkey_waits().await;
    let mut lines = Lines::of(&app, "country=turkey&country=india&country=atlantis").await;
    // An unknown country needs no call; India's line is here while Turkey still waits.
    let unknown = lines.next().await.expect("a line");
    assert_eq!(
        unknown["outcome"]["problem"]["type"],
        "/problems/unknown-country"
    );
    let first = lines.next().await.expect("a line");
    assert_eq!(first["outcome"]["country"]["code"], "IN");
    gate.add_permits(1);
    let second = lines.next().await.expect("a line");
    assert_eq!(second["outcome"]["country"]["code"], "TR");
    let last = lines.next().await.expect("a line");
    let summary = &last["summary"];
    assert_eq!(summary["complete"], false);
    assert_eq!(summary["strategy"], "bounded");
    assert_eq!(summary["concurrency"], 8);
    assert_eq!(
        (&summary["countries"], &summary["failed"]),
        (&Value::from(3), &Value::from(1))
    );
    assert!(summary["elapsed_ms"].is_number());
    assert_eq!(lines.next().await, None);
}

#[tokio::test]
async fn a_client_that_leaves_frees_its_calls() {
    let upstream = FakeUpstream::start([
        ("Turkiye", Reply::list(&["A"])),
        ("India", Reply::never()),
        ("Australia", Reply::never()),
    ])
    .await;
    let app = TestApp::in_front_of(&upstream).await;
    let mut lines = Lines::of(&app, "country=turkey&country=india&country=australia").await;
    assert!(lines.next().await.is_some());
    upstream.until_asked("India").await;
    upstream.until_asked("Australia").await;
    drop(lines);
    upstream.until_abandoned("India").await;
    upstream.until_abandoned("Australia").await;
}

#[tokio::test]
async fn sequential_keeps_the_order_asked() {
    let app = TestApp::embedded().await;
    let query = "strategy=sequential&country=india&country=turkey&country=australia&country=kenya";
    let mut lines = Lines::of(&app, query).await;
    let mut codes = Vec::new();
    while let Some(line) = lines.next().await {
        if let Some(code) = line["outcome"]["country"]["code"].as_str() {
            codes.push(code.to_owned());
        }
    }
    assert_eq!(codes, ["IN", "TR", "AU", "KE"]);
}

#[tokio::test]
async fn on_error_fail_ends_with_the_first_failure() {
    let upstream = FakeUpstream::start([
        ("Turkiye", Reply::status("500 Oops")),
        ("India", Reply::never()),
    ])
    .await;
    let app = TestApp::in_front_of(&upstream).await;
    let mut lines = Lines::of(&app, "country=turkey&country=india&on_error=fail").await;
    let failed = lines.next().await.expect("a line");
    assert_eq!(
        failed["outcome"]["problem"]["type"],
        "/problems/upstream-error"
    );
    let summary = lines.next().await.expect("a line");
    assert_eq!(summary["summary"]["failed"], 2);
    assert_eq!(lines.next().await, None);
    upstream.until_abandoned("India").await;
}

#[tokio::test]
async fn what_is_wrong_before_the_first_call_is_a_plain_problem() {
    let upstream = FakeUpstream::start([]).await;
    let app = TestApp::in_front_of(&upstream).await;
    for (query, status) in [
        ("", 400),
        ("country=atlantis", 404),
        ("country=turkey&country=atlantis&on_error=fail", 404),
        ("country=turkey&strategy=sequential&concurrency=2", 400),
    ] {
        let answer = app.get(&format!("/v1/universities/stream?{query}")).await;
        assert_eq!(answer.status, status, "{query}");
        answer.problem();
    }
}
