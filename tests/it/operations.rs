//! `GET /metrics`, and what is written about it for those who run the service.

use std::collections::BTreeSet;
use std::path::Path;

use universities::app::Upstream;
use universities::source::BreakerSettings;

use crate::support::{FakeUpstream, Reply, TestApp, settings};

async fn metrics(app: &TestApp) -> String {
    let answer = app.get("/metrics").await;
    let media_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (200, media_type)
    );
    assert_eq!(answer.header("cache-control"), "no-store");
    String::from_utf8(answer.body).expect("text")
}

/// The metrics' names, as their samples have them, without what a histogram adds.
fn names(text: &str) -> BTreeSet<String> {
    let types = text.lines().filter_map(|line| line.strip_prefix("# TYPE "));
    types
        .map(|line| match line.rsplit_once(' ').expect("a type") {
            (name, "counter") => format!("{name}_total"),
            (name, _) => name.to_owned(),
        })
        .collect()
}

fn document(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("docs")
        .join(name);
    std::fs::read_to_string(path).expect("a document")
}

/// Every word of a text that is a metric's name, or would be one.
fn mentioned(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let words = words.filter(|word| word.starts_with("universities_"));
    words
        .map(|word| word.trim_end_matches("_bucket").to_owned())
        .collect()
}

/// A service that has been asked for a bit of everything.
async fn asked() -> (TestApp, FakeUpstream) {
    let script = [
        ("Turkiye", Reply::list(&["A", "a"])),
        ("India", Reply::raw("")),
    ];
    let upstream = FakeUpstream::start(script).await;
    let mut settings = settings(Upstream::Remote(vec![upstream.url().into()]));
    settings.resilience.circuit = Some(BreakerSettings::default());
    let app = TestApp::start(settings).await;
    let path = "/v1/universities?country=turkey&country=india";
    assert_eq!(app.get(path).await.status, 200);
    assert_eq!(app.get("/v1/universities?contry=turkey").await.status, 400);
    assert_eq!(
        app.get("/nowhere/that/anyone/could/write").await.status,
        404
    );
    (app, upstream)
}

#[tokio::test]
async fn what_happens_is_counted() {
    let (app, _upstream) = asked().await;
    let text = metrics(&app).await;
    for line in [
        "universities_requests_total{operation=\"fetchUniversities\",status=\"200\"} 1",
        "universities_requests_total{operation=\"fetchUniversities\",status=\"400\"} 1",
        "universities_requests_total{operation=\"other\",status=\"404\"} 1",
        "universities_request_duration_seconds_count{operation=\"fetchUniversities\"} 2",
        "universities_countries_total{origin=\"live\",failure=\"none\"} 1",
        "universities_countries_total{origin=\"none\",failure=\"upstream-reset\"} 1",
        "universities_upstream_attempts_total{upstream=\"0\",result=\"ok\"} 1",
        "universities_upstream_attempts_total{upstream=\"0\",result=\"upstream-reset\"} 1",
        "universities_upstream_attempts_in_flight{upstream=\"0\"} 0",
        "universities_upstream_records_left_out_total{defect=\"duplicate\"} 1",
        // The one that asks.
        "universities_requests_in_flight 1",
    ] {
        assert!(text.lines().any(|found| found == line), "{line} in {text}");
    }
    assert!(text.ends_with("# EOF\n"));
    assert!(!text.contains("anyone"), "a caller's words are in no label");
}

#[tokio::test]
async fn every_metric_is_explained_and_nothing_else_is_asked_for() {
    // What has never been counted is not there.
    let (app, _upstream) = asked().await;
    let known = names(&metrics(&app).await);
    assert_eq!(mentioned(&document("operations.md")), known);
    for name in ["prometheus-rules.yaml", "grafana-dashboard.json"] {
        let asked_for = mentioned(&document(name));
        let unknown: Vec<_> = asked_for.difference(&known).collect();
        assert!(unknown.is_empty(), "{name}: {unknown:?}");
        assert!(asked_for.len() >= 6, "{name} says little");
    }
}
