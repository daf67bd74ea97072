//! A documented query parameter, and which values it takes.

use serde_json::Value;

/// A documented query parameter.
#[derive(Debug, Clone)]
pub(super) struct Parameter {
    pub(super) name: String,
    pub(super) required: bool,
    pub(super) repeatable: bool,
    /// Whether what is given may be said again: e-mail addresses may not.
    pub(super) repeated_back: bool,
    pub(super) values: Values,
}

/// What a value may be.
#[derive(Debug, Clone)]
pub(super) enum Values {
    /// A whole number from the first to the second.
    Integer(i64, i64),
    /// One of these words.
    Word(Vec<String>),
    /// Text of so many characters, not blank.
    Text(usize, usize),
}

impl Parameter {
    /// Reads a parameter object of an OpenAPI document.
    pub(super) fn of(parameter: &Value, document: &Value) -> Self {
        let schema = referenced(&parameter["schema"], document);
        let repeatable = schema["type"] == "array";
        let value = if repeatable {
            referenced(&schema["items"], document)
        } else {
            schema
        };
        Self {
            name: parameter["name"].as_str().unwrap_or_default().to_owned(),
            required: parameter["required"] == true,
            repeatable,
            repeated_back: value["format"] != "email",
            values: Values::of(value),
        }
    }
}

/// The schema itself, or the component it refers to.
fn referenced<'a>(schema: &'a Value, document: &'a Value) -> &'a Value {
    match schema["$ref"].as_str() {
        Some(reference) => document
            .pointer(reference.trim_start_matches('#'))
            .unwrap_or(schema),
        None => schema,
    }
}

impl Values {
    fn of(schema: &Value) -> Self {
        if let Some(words) = schema["enum"].as_array() {
            let words = words.iter().filter_map(Value::as_str);
            return Self::Word(words.map(str::to_owned).collect());
        }
        // A document may write a whole number as 64.0.
        let number = |key: &str| schema[key].as_f64();
        if schema["type"] == "integer" {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "documented limits are small"
            )]
            let limit = |key: &str, otherwise: i64| number(key).map_or(otherwise, |n| n as i64);
            return Self::Integer(limit("minimum", i64::MIN), limit("maximum", i64::MAX));
        }
        // Better no start than a parameter that nobody checks; the document's test sees it first.
        assert_eq!(
            schema["type"], "string",
            "no check for parameters like {schema}"
        );
        let length = |key: &str| schema[key].as_u64().and_then(|n| usize::try_from(n).ok());
        Self::Text(
            length("minLength").unwrap_or(0),
            length("maxLength").unwrap_or(usize::MAX),
        )
    }

    /// Whether a value is one of them.
    pub(super) fn allow(&self, value: &str) -> bool {
        match self {
            Self::Integer(least, most) => {
                // As a number is written: no sign, no leading zeros, no blanks.
                let number = value.parse::<i64>().ok();
                let plain = number.filter(|number| number.to_string() == value);
                plain.is_some_and(|number| (*least..=*most).contains(&number))
            }
            Self::Word(words) => words.iter().any(|word| word == value),
            Self::Text(shortest, longest) => {
                !value.trim().is_empty() && (*shortest..=*longest).contains(&value.chars().count())
            }
        }
    }

    /// What they are, in words.
    pub(super) fn allowed(&self) -> String {
        match self {
            Self::Integer(least, most) => format!("a whole number from {least} to {most}"),
            Self::Word(words) => format!("one of {}", words.join(", ")),
            Self::Text(shortest, longest) => {
                format!("{shortest} to {longest} characters, not all of them blank")
            }
        }
    }
}
