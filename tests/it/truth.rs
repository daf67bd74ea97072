//! The document tells the truth: real answers, good and bad, are valid against it.

use serde_json::{Map, Value, json};
use universities::api;

use crate::support::{Answer, FakeUpstream, Reply, TestApp, client};

/// Checks answers against the served document.
pub(crate) struct Truth(Value);

impl Truth {
    /// The document in the version whose schemas are JSON Schema.
    pub(crate) fn new() -> Self {
        let mut document = api::in_3_1(&api::document());
        close(&mut document);
        Self(document)
    }

    /// What the document says of an answer to `GET path` or `POST path`.
    fn response(&self, operation: &str, status: u16) -> &Value {
        let (method, path) = operation.split_once(' ').expect("a method and a path");
        let operation = &self.0["paths"][path][method.to_lowercase()];
        &operation["responses"][status.to_string()]
    }

    fn schema(&self, path: &str, status: u16, media_type: &str) -> &Value {
        let response = self.response(path, status);
        let content = &response["content"][media_type];
        assert!(
            content.is_object(),
            "{path} {status} {media_type} is not documented"
        );
        &content["schema"]
    }

    fn assert_valid(&self, path: &str, status: u16, media_type: &str, value: &Value) {
        let schema = json!({
            "components": self.0["components"],
            "allOf": [self.schema(path, status, media_type)],
        });
        let validator = jsonschema::validator_for(&schema).expect("a schema");
        let errors: Vec<_> = validator
            .iter_errors(value)
            .map(|error| format!("{} at {}", error, error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{path} {status}: {errors:#?}");
    }

    /// Every line of the answer is valid, and so are its headers.
    pub(crate) fn assert_true(&self, path: &str, answer: &Answer) {
        let media_type = answer.header("content-type");
        let text = std::str::from_utf8(&answer.body).expect("text");
        let values: Vec<Value> = match media_type {
            "application/x-ndjson" => text
                .lines()
                .map(|line| serde_json::from_str(line).expect("JSON"))
                .collect(),
            _ => vec![answer.json()],
        };
        for value in &values {
            self.assert_valid(path, answer.status, media_type, value);
        }
        let response = self.response(path, answer.status);
        if media_type == "application/problem+json" {
            let problem = answer.problem();
            let slug = problem["type"].as_str().and_then(|t| t.rsplit('/').next());
            let named = format!("`{}`", slug.expect("a type"));
            let description = response["description"].as_str().expect("text");
            assert!(
                description.contains(&named),
                "{path}: {named} is not in {description:?}"
            );
        }
        for (name, header) in response["headers"].as_object().expect("headers") {
            let there = answer.headers.contains_key(name.as_str());
            assert!(
                there || header["required"] != true,
                "{path} {}: no {name}",
                answer.status
            );
        }
    }
}

/// A property that the document does not have is an error too.
fn close(value: &mut Value) {
    match value {
        Value::Object(object) => {
            if object.get("properties").is_some_and(Value::is_object)
                && !object.contains_key("additionalProperties")
            {
                object.insert("additionalProperties".to_owned(), Value::Bool(false));
            }
            object.values_mut().for_each(close);
        }
        Value::Array(array) => array.iter_mut().for_each(close),
        _ => {}
    }
}

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
    let truth = Truth::new();
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
        truth.assert_true(&format!("GET {path}"), &answer);
    }
}

#[tokio::test]
async fn every_answer_to_a_body_is_valid_against_the_document() {
    let app = TestApp::embedded().await;
    let truth = Truth::new();
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
        truth.assert_true("POST /v1/universities/lookup", &answer);
    }
}

#[test]
fn an_untrue_answer_would_be_seen() {
    let truth = Truth::new();
    let wrong = |value: Value| {
        let checked = std::panic::catch_unwind(|| {
            truth.assert_valid("GET /healthz", 200, "application/json", &value);
        });
        checked.is_err()
    };
    assert!(wrong(Value::Object(Map::new())), "a missing property");
    assert!(wrong(json!({"status": 1})), "a wrong type");
    assert!(wrong(json!({"status": null})), "a null where none may be");
    assert!(
        wrong(json!({"status": "alive", "more": 1})),
        "an undocumented property"
    );
    assert!(!wrong(json!({"status": "alive"})));
}
