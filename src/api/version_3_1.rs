//! The document in the words of OpenAPI 3.1, whose schemas are JSON Schema (draft 2020-12).

use serde_json::{Map, Value, json};

use super::mend::for_each_object;

/// The same document for tools that know 3.1.
#[must_use]
pub fn in_3_1(document: &Value) -> Value {
    let mut document = document.clone();
    document["openapi"] = json!("3.1.1");
    // By its SPDX name, beside which no address may stand.
    document["info"]["license"] = json!({"name": "MIT", "identifier": "MIT"});
    for_each_object(&mut document, &mut |object| {
        null_as_type(object);
        examples_of_schema(object);
        plain_reference(object);
    });
    document
}

/// `nullable` is a type among others.
fn null_as_type(object: &mut Map<String, Value>) {
    if object.remove("nullable") == Some(Value::Bool(true))
        && let Some(kind) = object.get("type").cloned()
    {
        object.insert("type".to_owned(), json!([kind, "null"]));
    }
}

/// A schema has examples, and not one.
fn examples_of_schema(object: &mut Map<String, Value>) {
    if object.contains_key("type")
        && let Some(example) = object.remove("example")
    {
        object.insert("examples".to_owned(), json!([example]));
    }
}

/// Beside a reference there may be other words.
fn plain_reference(object: &mut Map<String, Value>) {
    let Some(Value::Array(all)) = object.get("allOf") else {
        return;
    };
    let [one] = &all[..] else {
        return;
    };
    if let Some(reference) = one.get("$ref").cloned() {
        object.remove("allOf");
        object.insert("$ref".to_owned(), reference);
    }
}
