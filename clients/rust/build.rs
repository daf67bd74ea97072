//! The configuration of progenitor: what it makes, of which document, and what is put otherwise for it.

use std::error::Error;
use std::path::PathBuf;
use std::{env, fs, mem};

use progenitor::{GenerationSettings, Generator, InterfaceStyle};
use serde_json::{Map, Value};

const DOCUMENT: &str = "../../openapi/openapi.json";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={DOCUMENT}");
    let mut document = serde_json::from_str(&fs::read_to_string(DOCUMENT)?)?;
    translate(&mut document);

    let mut settings = GenerationSettings::new();
    settings
        .with_interface(InterfaceStyle::Builder)
        .with_map_type("::indexmap::IndexMap")
        // In seconds: more than the longest deadline that a call can have.
        .with_timeout(90);
    let tokens = Generator::new(&settings).generate_tokens(&serde_json::from_value(document)?)?;
    let code = prettyplease::unparse(&syn::parse2(tokens)?);
    let output = PathBuf::from(env::var("OUT_DIR")?).join("universities.rs");
    Ok(fs::write(output, code)?)
}

/// Puts the document, or a part of it, in the words that progenitor makes the most of.
fn translate(part: &mut Value) {
    match part {
        Value::Array(items) => items.iter_mut().for_each(translate),
        Value::Object(object) => {
            type_problems(object);
            leave_checks_to_the_service(object);
            define_without_null(object);
            refer_with_null(object);
            object.values_mut().for_each(translate);
        }
        _ => {}
    }
}

/// Only a body under this name gets a type; any other is a stream of bytes.
fn type_problems(content: &mut Map<String, Value>) {
    if let Some(problem) = content.remove("application/problem+json") {
        content.insert("application/json".into(), problem);
    }
}

/// A text or number with a constraint would get a type of its own, and what is wrong would not reach
/// the service, which says why.
fn leave_checks_to_the_service(schema: &mut Map<String, Value>) {
    if schema.get("type").is_some_and(Value::is_string) {
        for check in ["minLength", "maxLength", "pattern", "minimum"] {
            schema.remove(check);
        }
    }
}

/// A schema that may be null would become two types of one name. So `ProblemOrNull` becomes `Problem`;
/// that it may be null, [`refer_with_null`] says where it is referred to.
fn define_without_null(components: &mut Map<String, Value>) {
    if let Some(Value::Object(schemas)) = components.get_mut("schemas") {
        *schemas = mem::take(schemas)
            .into_iter()
            .map(|(name, schema)| match name.strip_suffix("OrNull") {
                Some(name) => (name.into(), without_null(schema)),
                None => (name, schema),
            })
            .collect();
    }
}

fn without_null(mut schema: Value) -> Value {
    schema["nullable"] = false.into();
    if let Some(Value::Array(values)) = schema.get_mut("enum") {
        values.retain(|value| !value.is_null());
    }
    schema
}

/// The other half of [`define_without_null`].
fn refer_with_null(schema: &mut Map<String, Value>) {
    let Some(reference) = schema
        .get_mut("allOf")
        .and_then(|all| all[0].get_mut("$ref"))
    else {
        return;
    };
    if let Some(name) = reference
        .as_str()
        .and_then(|name| name.strip_suffix("OrNull"))
    {
        *reference = name.into();
        schema.insert("nullable".into(), true.into());
    }
}
