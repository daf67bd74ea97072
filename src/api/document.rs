//! The OpenAPI document: derived from the handlers, then mended.
//!
//! Owns the one step between what poem-openapi derives and what is served, shown and checked in.
//! Everything that shows the document shows the mended one. No network, no settings.

use poem_openapi::{ExtraHeader, LicenseObject, OpenApiService, ServerObject};
use serde_json::{Map, Value, json};

use super::{Apis, edge, request_id};

/// The service that poem-openapi derives the document and the routes from.
pub(super) fn openapi_service() -> OpenApiService<Apis, ()> {
    let license = LicenseObject::new("MIT").url("https://spdx.org/licenses/MIT.html");
    OpenApiService::new(Apis::default(), "Universities", env!("CARGO_PKG_VERSION"))
        .description(include_str!("description.md"))
        .license(license)
        .server(ServerObject::new("/").description("This service"))
        .extra_response_header::<String, _>(
            ExtraHeader::new(edge::PROCESS_TIME)
                .description("How long the answer took, in seconds: `0.5812 sec`."),
        )
        .extra_response_header::<String, _>(ExtraHeader::new(request_id::HEADER).description(
            "The request's id: the caller's own, when it is 1 to 128 of `A-Z a-z 0-9 . _ -`.",
        ))
        .extra_response_header::<String, _>(ExtraHeader::new(edge::SERVER_TIMING).description(
            "How long each country took and where it came from (W3C Server Timing), and the total.",
        ))
}

/// The document as it is served.
///
/// # Panics
///
/// If poem-openapi wrote something that is not JSON.
#[must_use]
pub fn document() -> Value {
    let derived = openapi_service().spec();
    let document = serde_json::from_str(&derived).expect("poem-openapi writes JSON");
    mend(document)
}

/// The document as JSON text, indented, with a final newline.
#[must_use]
pub fn to_json_text(document: &Value) -> String {
    format!("{document:#}\n")
}

/// The document as YAML text.
///
/// # Panics
///
/// Never for a JSON value: every one of them is YAML.
#[must_use]
pub fn to_yaml_text(document: &Value) -> String {
    serde_saphyr::to_string(document).expect("any JSON value is YAML")
}

/// The article's path, which the framework strips of its slash.
pub(super) const WITH_SLASH: &str = "/universities/";

/// The same path as the framework serves it.
pub(super) const WITHOUT_SLASH: &str = "/universities";

/// What poem-openapi writes that is not so, or that generators trip over.
fn mend(mut document: Value) -> Value {
    document["openapi"] = json!("3.0.3");
    if let Some(paths) = document["paths"].as_object_mut() {
        *paths = std::mem::take(paths)
            .into_iter()
            .map(|(path, item)| match path.as_str() {
                WITHOUT_SLASH => (WITH_SLASH.to_owned(), item),
                _ => (path, item),
            })
            .collect();
    }
    let schemas = document["components"]["schemas"].clone();
    for_each_object(&mut document, &mut |object| {
        inline_enum_with_default(object, &schemas);
        drop_false_deprecated(object);
        plain_numbers(object);
        unwrap_single_all_of(object);
        require_nullable(object);
        title_case_headers(object);
    });
    document
}

/// `allOf: [a reference, {default}]`, which is how an enumeration with a default comes out, as
/// the enumeration itself: generators drop such parameters.
fn inline_enum_with_default(object: &mut Map<String, Value>, schemas: &Value) {
    let referenced = object.get("allOf").and_then(|all| all[0]["$ref"].as_str());
    let Some(name) = referenced.and_then(|reference| reference.rsplit('/').next()) else {
        return;
    };
    let (Some(default), Some(schema)) = (object.get("default").cloned(), schemas[name].as_object())
    else {
        return;
    };
    if schema.contains_key("enum") {
        *object = schema.clone();
        object.insert("default".to_owned(), default);
    }
}

/// A reference with something beside it comes out as `allOf: [reference, {the rest}]` and the
/// rest once more; the reference is enough.
fn unwrap_single_all_of(object: &mut Map<String, Value>) {
    if let Some(Value::Array(all)) = object.get_mut("allOf")
        && all.len() > 1
        && all[0].get("$ref").is_some()
    {
        all.truncate(1);
    }
}

/// `deprecated: false` says nothing.
fn drop_false_deprecated(object: &mut Map<String, Value>) {
    if object.get("deprecated") == Some(&Value::Bool(false)) {
        object.remove("deprecated");
    }
}

/// Limits of whole numbers are whole numbers.
fn plain_numbers(object: &mut Map<String, Value>) {
    if object.get("type") != Some(&json!("integer")) {
        return;
    }
    for key in ["minimum", "maximum"] {
        if let Some(limit) = object.get_mut(key)
            && let Some(number) = limit.as_f64()
        {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "documented limits are small"
            )]
            let whole = number as i64;
            *limit = json!(whole);
        }
    }
}

/// A property that may be null is always there, since it is written as null.
fn require_nullable(object: &mut Map<String, Value>) {
    let Some(properties) = object.get("properties").and_then(Value::as_object) else {
        return;
    };
    let required = object.get("required").and_then(Value::as_array);
    let required: Vec<Value> = properties
        .iter()
        .filter(|(name, schema)| {
            schema["nullable"] == true || required.is_some_and(|r| r.contains(&json!(name)))
        })
        .map(|(name, _)| json!(name))
        .collect();
    if !required.is_empty() {
        object.insert("required".to_owned(), Value::Array(required));
    }
}

/// Header names as the service writes them, not in capitals.
fn title_case_headers(object: &mut Map<String, Value>) {
    if let Some(Value::Object(headers)) = object.get_mut("headers") {
        *headers = std::mem::take(headers)
            .into_iter()
            .map(|(name, header)| (title_case(&name), header))
            .collect();
    }
}

fn title_case(name: &str) -> String {
    let words = name.split('-').map(|word| {
        let mut letters = word.chars();
        let first = letters.next().into_iter().flat_map(char::to_uppercase);
        first
            .chain(letters.flat_map(char::to_lowercase))
            .collect::<String>()
    });
    words.collect::<Vec<_>>().join("-")
}

fn for_each_object(value: &mut Value, mend: &mut impl FnMut(&mut Map<String, Value>)) {
    match value {
        Value::Object(object) => {
            mend(object);
            object
                .values_mut()
                .for_each(|value| for_each_object(value, mend));
        }
        Value::Array(array) => array
            .iter_mut()
            .for_each(|value| for_each_object(value, mend)),
        _ => {}
    }
}
