//! The document tells the truth. Every answer is held to it by whoever receives it, in every test; here are
//! answers of each kind that others do not happen to ask for, and what would be seen.

use serde_json::{Map, Value, json};

use crate::support::truth::{assert_valid, schema_of};
use crate::support::{Answer, FakeUpstream, Reply, TestApp, client};

#[tokio::test]
async fn every_answer_is_valid_against_the_document() {
    let upstream = FakeUpstream::start([
        ("Turkiye", Reply::list(&["A", "B"])),
        (
            "India",
            Reply::response("503 Busy", "Retry-After: 7\r\n", ""),
        ),
        ("Australia", Reply::list(&[])),
        ("Kenya", Reply::json("<html>")),
    ])
    .await;
    let app = TestApp::in_front_of(&upstream).await;
    for (path, query, status) in [
        ("/", "", 200),
        ("/healthz", "", 200),
        ("/healthz", "?x=1", 400),
        ("/readyz", "", 200),
        ("/v1/countries", "", 200),
        ("/v1/countries", "?q=turk", 200),
        ("/v1/countries", "?q=", 400),
        (
            "/universities/",
            "?country=turkey&country=TR&country=australia",
            200,
        ),
        ("/universities/", "?country=turkey&country=india", 503),
        ("/universities/", "?country=kenya", 502),
        ("/universities/async", "?country=turkey", 200),
        ("/universities/async", "?country=atlantis", 404),
        ("/v1/universities", "?country=turkey&country=australia", 200),
        (
            "/v1/universities",
            "?country=turkey&country=india&country=kenya&country=korea",
            200,
        ),
        (
            "/v1/universities",
            "?country=india&country=kenya&country=korea",
            502,
        ),
        ("/v1/universities", "?country=india", 503),
        ("/v1/universities", "?contry=x&strategy=fast", 400),
        (
            "/v1/universities/stream",
            "?country=turkey&country=india&country=korea",
            200,
        ),
        (
            "/v1/universities/stream",
            "?country=turkey&country=india&on_error=fail",
            200,
        ),
        ("/v1/universities/stream", "?country=korea", 400),
        ("/v1/universities/stream", "?country=atlantis", 404),
        ("/v1/universities/stream", "?country=%00", 400),
        ("/search", "?name=university&limit=2&offset=2", 200),
        ("/search", "?name=university", 200),
        ("/search", "?country=korea", 400),
        ("/search", "?country=atlantis", 404),
        ("/v1/universities/lookup", "?domain=metu.edu.tr", 200),
        ("/v1/universities/lookup", "?domain=edu.tr", 404),
        ("/v1/universities/lookup", "?domain=edu.tr&email=x", 400),
    ] {
        let answer = app.get(&format!("{path}{query}")).await;
        assert_eq!(answer.status, status, "{path}{query}");
    }
}

#[tokio::test]
async fn every_answer_to_a_body_is_valid_against_the_document() {
    let app = TestApp::embedded().await;
    let long = "x".repeat(400_000);
    for (media_type, body, status) in [
        (
            "application/json",
            r#"{"queries":["metu.edu.tr","edu.tr","/"]}"#,
            200,
        ),
        ("application/json", r#"{"queries":[]}"#, 400),
        ("text/plain", r#"{"queries":["metu.edu.tr"]}"#, 415),
        ("application/json", long.as_str(), 413),
    ] {
        let request = client().post(app.url("/v1/universities/lookup"));
        let request = request.header("Content-Type", media_type);
        let answer = Answer::of(request.body(body.to_owned())).await;
        assert_eq!(answer.status, status, "{media_type}");
    }
}

#[test]
fn an_untrue_answer_would_be_seen() {
    let schema = schema_of("/healthz", "GET", "200", "application/json");
    let wrong = |value: Value| std::panic::catch_unwind(|| assert_valid(&schema, &value)).is_err();
    assert!(wrong(Value::Object(Map::new())), "a missing property");
    assert!(wrong(json!({"status": 1})), "a wrong type");
    assert!(wrong(json!({"status": null})), "a null where none may be");
    assert!(
        wrong(json!({"status": "alive", "more": 1})),
        "an undocumented property"
    );
    assert!(!wrong(json!({"status": "alive"})));
}
