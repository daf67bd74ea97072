//! The document tells the truth: every answer that a test receives is held to it.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use jsonschema::Validator;
use serde_json::{Value, json};
use universities::api;

use super::Answer;

/// The media type of an error.
const PROBLEM: &str = "application/problem+json";

/// That of a stream of outcomes.
const LINES: &str = "application/x-ndjson";

/// The served document, and a validator for each schema of it that was needed so far.
struct Truth {
    document: Value,
    validators: Mutex<HashMap<String, Arc<Validator>>>,
}

static TRUTH: LazyLock<Truth> = LazyLock::new(|| {
    // In the version whose schemas are JSON Schema.
    let mut document = api::in_3_1(&api::document());
    close(&mut document);
    Truth {
        document,
        validators: Mutex::default(),
    }
});

/// Holds an answer to what the document says of the operation, or, of an address that it does not have,
/// to what it says of errors.
pub(crate) fn assert_true(method: &str, path: &str, answer: &Answer) {
    // An answer to HEAD is one to GET, and without a body.
    let documented = match method {
        "HEAD" => TRUTH.operation("GET", path),
        _ => TRUTH.operation(method, path),
    };
    let status = answer.status.to_string();
    let Some((name, operation)) = documented else {
        if answer.status >= 400 && method != "HEAD" {
            assert_eq!(answer.media_type(), PROBLEM, "{method} {path} {status}");
            assert_valid("#/components/schemas/Problem", &answer.json());
        }
        return;
    };
    // What the client keeps is what the document says of 200.
    if answer.status == 304 {
        assert_eq!(answer.body, b"", "{method} {path}: a body of 304");
        return;
    }
    let response = &operation["responses"][&status];
    assert!(
        response.is_object(),
        "{method} {path}: {status} is not documented"
    );
    for (header, says) in response["headers"].as_object().expect("headers") {
        assert!(
            says["required"] != true || answer.headers.contains_key(header.as_str()),
            "{method} {path} {status}: no {header}"
        );
    }
    let media_type = answer.media_type();
    assert!(
        response["content"][media_type].is_object(),
        "{method} {path} {status}: {media_type} is not documented"
    );
    if method == "HEAD" {
        assert_eq!(answer.body, b"", "{path} {status}: a body for HEAD");
        return;
    }
    let schema = schema_of(&name, method, &status, media_type);
    let values = values(media_type, answer);
    for value in &values {
        assert_valid(&schema, value);
    }
    if media_type == LINES {
        let summaries = values.iter().filter(|line| line.get("summary").is_some());
        let last = values.last().and_then(|line| line.get("summary"));
        assert!(
            last.is_some() && summaries.count() == 1,
            "{path}: {values:#?}"
        );
    }
    if media_type == PROBLEM {
        assert_named(response, &answer.json());
    }
}

/// Holds a line of a stream to the document, as soon as it has come.
pub(crate) fn assert_true_line(path: &str, line: &Value) {
    assert_valid(&schema_of(path, "GET", "200", LINES), line);
}

/// Holds a value to a schema of the document, by its JSON pointer.
pub(crate) fn assert_valid(schema: &str, value: &Value) {
    let validator = TRUTH.validator(schema);
    let errors: Vec<_> = validator
        .iter_errors(value)
        .map(|error| format!("{} at {}", error, error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{schema}: {errors:#?}");
}

/// Where the document has the schema of an answer.
pub(crate) fn schema_of(path: &str, method: &str, status: &str, media_type: &str) -> String {
    let escape = |part: &str| part.replace('~', "~0").replace('/', "~1");
    format!(
        "#/paths/{}/{}/responses/{status}/content/{}/schema",
        escape(path),
        method.to_lowercase(),
        escape(media_type)
    )
}

impl Truth {
    /// The operation that an address belongs to, and its path as the document has it.
    fn operation(&self, method: &str, path: &str) -> Option<(String, &Value)> {
        let paths = self.document["paths"].as_object().expect("paths");
        let (name, item) = paths.iter().find(|(name, _)| {
            let fixed = name
                .split_once('{')
                .map_or(name.as_str(), |(fixed, _)| fixed);
            let rest = path.strip_prefix(fixed);
            *name == path || fixed != *name && rest.is_some_and(|rest| !rest.contains('/'))
        })?;
        let operation = item.get(method.to_lowercase())?;
        Some((name.clone(), operation))
    }

    fn validator(&self, schema: &str) -> Arc<Validator> {
        let mut validators = self
            .validators
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let known = validators.entry(schema.to_owned()).or_insert_with(|| {
            let pointer = schema.strip_prefix('#').expect("a pointer");
            let schema = self.document.pointer(pointer);
            let schema = json!({
                "components": self.document["components"],
                "allOf": [schema.unwrap_or_else(|| panic!("{pointer} is not documented"))],
            });
            Arc::new(jsonschema::validator_for(&schema).expect("a schema"))
        });
        Arc::clone(known)
    }
}

/// What the body says: each line of a stream.
fn values(media_type: &str, answer: &Answer) -> Vec<Value> {
    let body = answer.decoded();
    let text = std::str::from_utf8(&body).expect("text");
    let json = |text| serde_json::from_str(text).expect("JSON");
    match media_type {
        LINES => text.lines().map(json).collect(),
        "application/openmetrics-text" => vec![Value::from(text)],
        _ => vec![json(text)],
    }
}

/// The description of a status names the problems that come with it.
fn assert_named(response: &Value, problem: &Value) {
    let slug = problem["type"].as_str().and_then(|t| t.rsplit('/').next());
    let named = format!("`{}`", slug.expect("a type"));
    let description = response["description"].as_str().expect("text");
    assert!(
        description.contains(&named),
        "{named} is not in {description:?}"
    );
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
