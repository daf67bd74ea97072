//! The OpenAPI document: checked in, served, shown and printed, the same one everywhere.

use std::fs;
use std::path::Path;

use serde_json::Value;
use universities::api;

use crate::support::{Answer, TestApp, client};

/// Set to anything, it rewrites the checked-in files instead of comparing them.
const REWRITE: &str = "UNIVERSITIES_REWRITE_OPENAPI";

/// Whether checked-in files are to be written.
pub(crate) fn rewrites() -> bool {
    #[expect(clippy::disallowed_methods, reason = "tests have no configuration")]
    let given = std::env::var_os(REWRITE);
    given.is_some()
}

#[test]
fn the_checked_in_files_are_what_the_code_says() {
    let document = api::document();
    for (name, text) in [
        ("openapi.json", api::to_json_text(&document)),
        ("openapi.yaml", api::to_yaml_text(&document)),
        (
            "openapi-3.1.json",
            api::to_json_text(&api::in_3_1(&document)),
        ),
    ] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("openapi")
            .join(name);
        if rewrites() {
            fs::write(&path, &text).expect("a file that can be written");
        }
        let checked_in = fs::read_to_string(&path).unwrap_or_default();
        assert!(
            checked_in == text,
            "openapi/{name} is not what the code says; read the difference, then rewrite it: \
             {REWRITE}=1 cargo test --test it document"
        );
    }
}

#[tokio::test]
async fn the_service_serves_it() {
    let app = TestApp::embedded().await;
    let document = api::document();
    let json = app.get("/openapi.json").await;
    assert_eq!(json.header("content-type"), "application/json");
    assert_eq!(json.body, api::to_json_text(&document).into_bytes());
    let json = app.get("/openapi-3.1.json").await;
    assert_eq!(json.header("content-type"), "application/json");
    let expected = api::to_json_text(&api::in_3_1(&document));
    assert_eq!(json.body, expected.into_bytes());
    let yaml = app.get("/openapi.yaml").await;
    assert_eq!(yaml.header("content-type"), "application/yaml");
    assert_eq!(yaml.body, api::to_yaml_text(&document).into_bytes());
}

/// Method, path and operation.
fn operations(document: &Value) -> Vec<(&str, &str, &Value)> {
    let paths = document["paths"].as_object().expect("paths");
    let items = paths
        .iter()
        .map(|(path, item)| (path, item.as_object().expect("an item")));
    items
        .flat_map(|(path, item)| {
            let operations = item.iter();
            operations.map(move |(method, operation)| (method.as_str(), path.as_str(), operation))
        })
        .collect()
}

#[tokio::test]
async fn every_documented_path_is_served() {
    let app = TestApp::embedded().await;
    let document = api::document();
    assert_eq!(operations(&document).len(), 13);
    for (method, path, _) in operations(&document) {
        let method = method.to_uppercase().parse().expect("a method");
        let path = path.replace("{slug}", "unknown-country");
        let request = client().request(method, app.url(&path));
        let status = Answer::of(request).await.status;
        assert!(matches!(status, 200 | 400 | 415), "{path} answers {status}");
    }
}

#[test]
fn every_operation_is_fit_for_a_generator() {
    let document = api::document();
    assert_eq!(document["openapi"], "3.0.3");
    let mut ids = Vec::new();
    for (_, path, operation) in operations(&document) {
        ids.push(operation["operationId"].as_str().expect("an id"));
        for text in ["summary", "description"] {
            assert!(
                operation[text].as_str().is_some_and(|t| !t.is_empty()),
                "{path}: {text}"
            );
        }
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let description = parameter["description"].as_str();
            assert!(
                description.is_some_and(|t| !t.is_empty()),
                "{path}: {parameter}"
            );
        }
        for (status, response) in operation["responses"].as_object().expect("responses") {
            let types: Vec<_> = response["content"]
                .as_object()
                .expect("content")
                .keys()
                .collect();
            let expected = match (status.as_str(), path) {
                ("200", "/v1/universities/stream") => "application/x-ndjson",
                ("200", "/metrics") => "application/openmetrics-text",
                ("200", _) => "application/json",
                _ => "application/problem+json",
            };
            assert_eq!(types, [expected], "{path} {status}");
            for header in ["X-Process-Time", "X-Request-Id", "Server-Timing"] {
                assert!(
                    response["headers"].get(header).is_some(),
                    "{path} {status}: {header}"
                );
            }
        }
    }
    ids.sort_unstable();
    assert_eq!(
        ids,
        [
            "describeService",
            "explainProblem",
            "fetchUniversities",
            "getHealth",
            "getMetrics",
            "getReadiness",
            "getUniversities",
            "getUniversitiesAsync",
            "listCountries",
            "lookupUniversities",
            "lookupUniversity",
            "searchUniversities",
            "streamUniversities",
        ]
    );
}

#[test]
fn a_property_that_may_be_null_is_required_and_says_so() {
    let document = api::document();
    let university = &document["components"]["schemas"]["University"];
    assert_eq!(university["properties"]["state-province"]["nullable"], true);
    assert_eq!(university["required"].as_array().map(Vec::len), Some(6));
    let outcome = &document["components"]["schemas"]["Outcome"];
    assert_eq!(outcome["required"].as_array().map(Vec::len), Some(9));
    let sent = &document["components"]["schemas"]["LookupRequest"];
    assert_eq!(sent["additionalProperties"], false);
    let problem = &document["components"]["schemas"]["Problem"];
    assert_eq!(
        problem["required"],
        serde_json::json!(["type", "title", "status", "detail"])
    );
}

/// Every operation shows an answer, and every problem type where it may be answered.
#[test]
fn every_operation_and_every_problem_type_has_an_example() {
    let document = api::document();
    let mut shown = Vec::new();
    for (method, path, operation) in operations(&document) {
        for (status, response) in operation["responses"].as_object().expect("responses") {
            for (_, content) in response["content"].as_object().expect("content") {
                let examples = content["examples"].as_object();
                let examples = examples.unwrap_or_else(|| panic!("{method} {path} {status}"));
                for (name, example) in examples {
                    let Some(reference) = example["$ref"].as_str() else {
                        continue;
                    };
                    let problem = document.pointer(&reference[1..]).expect("a component");
                    assert_eq!(problem["value"]["status"].to_string(), *status, "{name}");
                    shown.push(name.clone());
                }
            }
        }
    }
    let slugs = &document["paths"]["/problems/{slug}"]["get"]["parameters"][0]["schema"]["enum"];
    for slug in slugs.as_array().expect("all types") {
        let slug = slug.as_str().expect("a slug");
        assert!(
            shown.iter().any(|name| name == slug),
            "{slug} is shown nowhere"
        );
    }
}
