//! Mending the derived document.
//!
//! Owns the one step between what poem-openapi derives and what is served, shown and checked in:
//! what it writes that is not so, and what generators trip over.

use serde_json::{Map, Value, json};

/// The article's path, which the framework strips of its slash.
pub(super) const WITH_SLASH: &str = "/universities/";

/// The same path as the framework serves it.
pub(super) const WITHOUT_SLASH: &str = "/universities";

/// How the component of something that may be null ends.
pub(super) const OR_NULL: &str = "OrNull";

/// What poem-openapi writes that is not so, or that generators trip over.
pub(super) fn mend(mut document: Value) -> Value {
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
        text_without_nul(object);
        inline_enum_with_default(object, &schemas);
        drop_false_deprecated(object);
        plain_numbers(object);
        unwrap_single_all_of(object);
        require_nullable(object);
        title_case_headers(object);
        free_head_too_large(object);
    });
    name_the_dictionary(&mut document);
    let mended = document["components"]["schemas"].clone();
    admit_null(&mut document, &mended);
    close_requests(&mut document);
    document
}

/// A reference that may be null needs a component that may be: in OpenAPI 3.0, `nullable` beside
/// a reference changes nothing. `Problem` that may be null becomes `ProblemOrNull`.
fn admit_null(document: &mut Value, schemas: &Value) {
    let mut needed = Map::new();
    for_each_object(document, &mut |object| {
        if object.get("nullable") != Some(&Value::Bool(true)) {
            return;
        }
        let reference = object.get("allOf").and_then(|all| all[0]["$ref"].as_str());
        let parts = reference.and_then(|reference| reference.rsplit_once('/'));
        let Some((folder, name)) = parts.map(|(a, b)| (a.to_owned(), b.to_owned())) else {
            return;
        };
        let or_null = format!("{name}{OR_NULL}");
        object.insert(
            "allOf".to_owned(),
            json!([{ "$ref": format!("{folder}/{or_null}") }]),
        );
        object.remove("nullable");
        let mut schema = schemas[&name].clone();
        schema["nullable"] = json!(true);
        if let Some(Value::Array(words)) = schema.get_mut("enum") {
            words.push(Value::Null);
        }
        // Generators would take it for the name of what is left without null.
        if let Some(schema) = schema.as_object_mut() {
            schema.shift_remove("title");
        }
        needed.insert(or_null, schema);
    });
    if let Some(schemas) = document["components"]["schemas"].as_object_mut() {
        schemas.extend(needed);
        schemas.sort_keys();
    }
}

/// Generators would invent a name for each operation that answers with it.
fn name_the_dictionary(document: &mut Value) {
    let mut dictionary = None;
    for_each_object(&mut document["paths"], &mut |object| {
        if let Some(schema) = object.get_mut("schema")
            && schema.get("additionalProperties").is_some()
        {
            let reference = json!({ "$ref": "#/components/schemas/UniversitiesByCountry" });
            dictionary = Some(std::mem::replace(schema, reference));
        }
    });
    if let (Some(mut schema), Some(schemas)) = (
        dictionary,
        document["components"]["schemas"].as_object_mut(),
    ) {
        schema["description"] = json!("Universities by what was asked for.");
        schemas.insert("UniversitiesByCountry".to_owned(), schema);
    }
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

/// What the guard holds every text in a query to: it is not all blank, and has no NUL.
fn text_without_nul(object: &mut Map<String, Value>) {
    if object.get("in") != Some(&json!("query")) {
        return;
    }
    let Some(mut schema) = object.get_mut("schema") else {
        return;
    };
    if schema["type"] == "array" {
        schema = &mut schema["items"];
    }
    if schema["type"] == "string" && schema.get("enum").is_none() {
        schema["pattern"] = json!(r"^[^\x00]*[^\s\x00][^\x00]*$");
    }
}

/// `deprecated: false` says nothing.
fn drop_false_deprecated(object: &mut Map<String, Value>) {
    if object.get("deprecated") == Some(&Value::Bool(false)) {
        object.remove("deprecated");
    }
}

/// Over HTTP/1, 431 is said before there is a request that could have an id.
fn free_head_too_large(object: &mut Map<String, Value>) {
    let response = object
        .get_mut("431")
        .and_then(|response| response.get_mut("headers"));
    let headers = response.and_then(Value::as_object_mut);
    for header in headers.into_iter().flat_map(Map::values_mut) {
        header["required"] = json!(false);
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

/// What callers send has the documented members and no others; answers may get more in time.
fn close_requests(document: &mut Value) {
    let mut sent = Vec::new();
    for_each_object(document, &mut |object| {
        let body = object.get("requestBody");
        let types = body.and_then(|body| body["content"].as_object());
        let schemas = types
            .into_iter()
            .flatten()
            .map(|(_, media)| &media["schema"]["$ref"]);
        let names = schemas.filter_map(|reference| reference.as_str()?.rsplit('/').next());
        sent.extend(names.map(str::to_owned));
    });
    for name in sent {
        document["components"]["schemas"][name]["additionalProperties"] = json!(false);
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
        if word.eq_ignore_ascii_case("RateLimit") {
            return "RateLimit".to_owned();
        }
        let mut letters = word.chars();
        let first = letters.next().into_iter().flat_map(char::to_uppercase);
        first
            .chain(letters.flat_map(char::to_lowercase))
            .collect::<String>()
    });
    words.collect::<Vec<_>>().join("-")
}

/// Does something to every object in the value, outermost first.
pub(super) fn for_each_object(value: &mut Value, mend: &mut impl FnMut(&mut Map<String, Value>)) {
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
