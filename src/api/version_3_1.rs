//! The document in the words of OpenAPI 3.1, whose schemas are JSON Schema (draft 2020-12).

use serde_json::{Map, Value, json};

use super::mend::{OR_NULL, for_each_object};

/// The same document for tools that know 3.1.
#[must_use]
pub fn in_3_1(document: &Value) -> Value {
    let mut document = document.clone();
    document["openapi"] = json!("3.1.1");
    // By its SPDX name, beside which no address may stand.
    document["info"]["license"] = json!({"name": "MIT", "identifier": "MIT"});
    plain_schemas(&mut document);
    for_each_object(&mut document, &mut |object| {
        null_as_choice(object);
        null_as_type(object);
        examples_of_schema(object);
        plain_reference(object);
    });
    document
}

/// Components that admit null are needed by 3.0 only.
fn plain_schemas(document: &mut Value) {
    let Some(schemas) = document["components"]["schemas"].as_object_mut() else {
        return;
    };
    for (name, mut schema) in std::mem::take(schemas) {
        if let Some(plain) = name.strip_suffix(OR_NULL) {
            exclude_null(&mut schema);
            schemas.entry(plain).or_insert(schema);
        } else {
            schemas.insert(name, schema);
        }
    }
}

fn exclude_null(schema: &mut Value) {
    if let Some(schema) = schema.as_object_mut() {
        schema.shift_remove("nullable");
        if let Some(Value::Array(words)) = schema.get_mut("enum") {
            words.retain(|word| !word.is_null());
        }
    }
}

/// What may be null is one thing or the other.
fn null_as_choice(object: &mut Map<String, Value>) {
    let reference = object.get("allOf").and_then(|all| all[0]["$ref"].as_str());
    if let Some(plain) = reference.and_then(|reference| reference.strip_suffix(OR_NULL)) {
        let choice = json!([{ "$ref": plain }, { "type": "null" }]);
        object.shift_remove("allOf");
        object.insert("anyOf".to_owned(), choice);
    }
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
