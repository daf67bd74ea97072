//! Completing the document: what the framework has no words for.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::examples::add_examples;
use super::mend::for_each_object;
use crate::service::{MOST_COUNTRIES, MOST_SPELLINGS};

/// Where components are referred to.
const SCHEMAS: &str = "#/components/schemas/";

/// Says what holds for the service as a whole, and leaves out what nothing refers to.
pub(super) fn complete(mut document: Value) -> Value {
    // There are no users, and so no secrets.
    document["security"] = json!([]);
    document["servers"][0]["x-internal"] = json!(false);
    for_each_object(&mut document, &mut |object| bound_dictionary(object));
    drop_unused(&mut document);
    add_examples(&mut document);
    document
}

/// A dictionary has as many keys as there can be spellings.
fn bound_dictionary(object: &mut Map<String, Value>) {
    if object
        .get("additionalProperties")
        .is_some_and(Value::is_object)
    {
        let most = MOST_COUNTRIES * MOST_SPELLINGS;
        object.insert("maxProperties".to_owned(), json!(most));
    }
}

/// Components whose every use has been written out.
fn drop_unused(document: &mut Value) {
    loop {
        let mut used = BTreeSet::new();
        for_each_object(document, &mut |object| {
            let reference = object.get("$ref").and_then(Value::as_str);
            used.extend(
                reference
                    .and_then(|r| r.strip_prefix(SCHEMAS))
                    .map(str::to_owned),
            );
        });
        let Some(schemas) = document["components"]["schemas"].as_object_mut() else {
            return;
        };
        let before = schemas.len();
        schemas.retain(|name, _| used.contains(name));
        if schemas.len() == before {
            return;
        }
    }
}
