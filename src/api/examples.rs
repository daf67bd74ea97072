//! Examples in the document: what was asked of a running service, and what it answered.
//!
//! They are recorded in `openapi/examples.json` by a test, which asks again at every run and compares.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::payload::ND_JSON;
use super::problem::PROBLEM_JSON;

/// What the test has recorded.
const RECORDED: &str = include_str!("../../openapi/examples.json");

/// Where an example is that several answers share.
const EXAMPLES: &str = "#/components/examples/";

/// A request and its answer.
#[derive(Debug, Deserialize)]
struct Example {
    /// What it is called in the document; a problem's is the slug of its type.
    name: String,
    /// What it shows.
    summary: String,
    /// The operation's path in the document.
    path: String,
    request: Asked,
    answer: Answered,
}

#[derive(Debug, Deserialize)]
struct Asked {
    method: String,
    /// The path and the query.
    target: String,
    body: Option<Value>,
}

#[derive(Debug, Deserialize)]
struct Answered {
    status: u16,
    media_type: String,
    body: Value,
}

/// Puts the recorded examples where they belong.
///
/// # Panics
///
/// When the recording is none; the document's test sees it first.
pub(super) fn add_examples(document: &mut Value) {
    let recorded: Vec<Example> = serde_json::from_str(RECORDED).expect("a recording");
    let mut of_problems = Map::new();
    for example in recorded {
        if example.answer.media_type == PROBLEM_JSON {
            let shown = json!({"summary": example.summary, "value": example.answer.body});
            of_problems.insert(example.name, shown);
            continue;
        }
        let method = example.request.method.to_lowercase();
        let operation = &mut document["paths"][&example.path][method];
        let response = &mut operation["responses"][example.answer.status.to_string()];
        let media_type = example
            .answer
            .media_type
            .split(';')
            .next()
            .unwrap_or_default();
        let content = &mut response["content"][media_type];
        match example.answer.body {
            // What the document describes of a stream is a line of it.
            Value::Array(lines) if media_type == ND_JSON => {
                for (number, line) in (1..).zip(lines) {
                    let shown = json!({"summary": format!("Line {number}"), "value": line});
                    content["examples"][format!("{}-{number}", example.name)] = shown;
                }
            }
            body => {
                let shown = json!({"summary": example.summary, "value": body});
                content["examples"][&example.name] = shown;
            }
        }
        if let Some(body) = example.request.body {
            let sent = &mut operation["requestBody"]["content"]["application/json"];
            sent["examples"][&example.name] = json!({"summary": example.summary, "value": body});
        }
        show_parameters(operation, &example.path, &example.request.target);
    }
    share(document, &of_problems);
    document["components"]["examples"] = Value::Object(of_problems);
}

/// Gives parameters the values that they have in the operation's first example, and the others none, so
/// that a page which fills them in makes the same request.
fn show_parameters(operation: &mut Value, path: &str, target: &str) {
    // The one that stands in a path ends it.
    let in_path = path
        .split_once('{')
        .and_then(|(folder, _)| target.strip_prefix(folder));
    let query = target
        .split_once('?')
        .map(|(_, query)| query)
        .unwrap_or_default();
    let query: Vec<_> = url::form_urlencoded::parse(query.as_bytes()).collect();
    let parameters = operation
        .get_mut("parameters")
        .and_then(Value::as_array_mut);
    for parameter in parameters.into_iter().flatten() {
        if parameter.get("example").is_some() {
            continue;
        }
        if parameter["in"] == "path" {
            parameter["example"] = json!(in_path);
            continue;
        }
        let given = query.iter().filter(|(name, _)| parameter["name"] == **name);
        let mut values: Vec<Value> = given.map(|(_, value)| json!(value)).collect();
        let schema = &mut parameter["schema"];
        if let Some(schema) = schema.as_object_mut() {
            schema.remove("example");
        }
        let is_list = schema["type"] == "array";
        if schema["type"] == "integer" {
            let number = |value: &Value| value.as_str()?.parse::<u64>().ok();
            values = values.iter().filter_map(number).map(Value::from).collect();
        }
        match &values[..] {
            [] => {}
            [one] if !is_list => parameter["example"] = one.clone(),
            _ => parameter["example"] = Value::Array(values),
        }
    }
}

/// Shows every problem wherever the description of an answer names its type.
fn share(document: &mut Value, of_problems: &Map<String, Value>) {
    let paths = document["paths"].as_object_mut().into_iter().flatten();
    let operations = paths.filter_map(|(_, item)| item.as_object_mut()).flatten();
    let responses = operations.filter_map(|(_, operation)| operation["responses"].as_object_mut());
    for (_, response) in responses.flatten() {
        let description = response["description"].as_str().unwrap_or_default();
        let words = description.split('`').skip(1).step_by(2);
        let named = words.filter(|word| of_problems.contains_key(*word));
        let examples: Map<_, _> = named
            .map(|slug| {
                (
                    slug.to_owned(),
                    json!({"$ref": format!("{EXAMPLES}{slug}")}),
                )
            })
            .collect();
        if let Some(content) = response["content"].get_mut(PROBLEM_JSON)
            && !examples.is_empty()
        {
            content["examples"] = Value::Object(examples);
        }
    }
}
