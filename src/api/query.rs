//! Checking a query string against documented parameters.
//!
//! Owns the rules and in which order errors are found; what each of them says is in `refusal`.

use std::borrow::Cow;
use std::collections::HashSet;

use super::parameter::Parameter;
use super::problem::Problem;
use super::refusal::{
    Errors, missing, name_not_decoded, not_allowed, repeated, unknown_parameter, value_not_decoded,
};

/// Checks a raw query string.
///
/// # Errors
///
/// A problem whose type is that of the first error and which lists all of them. Where the encoding is broken, nothing
/// else is looked at.
pub(super) fn check(query: &str, parameters: &[Parameter]) -> Result<(), Problem> {
    check_encoding(query, parameters)?;
    let pairs: Vec<_> = url::form_urlencoded::parse(query.as_bytes()).collect();
    let mut errors = Errors::default();
    let mut unknown: HashSet<&str> = HashSet::new();
    for (name, _) in &pairs {
        let known = parameters.iter().any(|parameter| parameter.name == *name);
        if !known && unknown.insert(name) {
            errors.add(|| unknown_parameter(name, parameters));
        }
    }
    for parameter in parameters {
        let given = pairs.iter().filter(|(name, _)| *name == parameter.name);
        let given: Vec<&Cow<'_, str>> = given.map(|(_, value)| value).collect();
        match &given[..] {
            [] if parameter.required => errors.add(|| missing(parameter)),
            [_, _, ..] if !parameter.repeatable => errors.add(|| repeated(parameter, given.len())),
            values => {
                for value in values.iter().filter(|value| !parameter.values.allow(value)) {
                    errors.add(|| not_allowed(parameter, value));
                }
            }
        }
    }
    errors.into_result()
}

/// Checks that a raw query is percent-encoded UTF-8 without NUL. Decoders replace what is not, so
/// a caller's mistake would become a strange country instead of an error.
fn check_encoding(query: &str, parameters: &[Parameter]) -> Result<(), Problem> {
    if decodes(query).is_ok() {
        return Ok(());
    }
    let mut errors = Errors::default();
    for pair in query.split('&') {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        if let Err(why) = decodes(name) {
            errors.add(|| name_not_decoded(name, why));
        } else if let Err(why) = decodes(value) {
            errors.add(|| value_not_decoded(name, value, why, parameters));
        }
    }
    errors.into_result()
}

/// What is wrong with a part of a raw query, if it is not percent-encoded UTF-8 without NUL.
fn decodes(raw: &str) -> Result<(), &'static str> {
    let mut decoded = Vec::with_capacity(raw.len());
    let mut bytes = raw.bytes();
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            decoded.push(byte);
            continue;
        }
        let digit = |byte: Option<u8>| byte.and_then(|b| char::from(b).to_digit(16));
        let (Some(high), Some(low)) = (digit(bytes.next()), digit(bytes.next())) else {
            return Err("has a % without two hexadecimal digits");
        };
        decoded.push(u8::try_from(high * 16 + low).unwrap_or_default());
    }
    if decoded.contains(&0) {
        return Err("contains a NUL character");
    }
    match std::str::from_utf8(&decoded) {
        Ok(_) => Ok(()),
        Err(_) => Err("is not UTF-8"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::refusal::MOST_LISTED;
    use super::*;
    use serde_json::json;

    fn parameters() -> Vec<Parameter> {
        let document = json!({"components": {"schemas": {"Strategy": {
            "type": "string", "enum": ["sequential", "bounded"]}}}});
        [
            json!({"name": "country", "required": true, "schema": {
                "type": "array", "items": {"type": "string", "minLength": 1, "maxLength": 5}}}),
            json!({"name": "strategy", "schema": {"$ref": "#/components/schemas/Strategy"}}),
            json!({"name": "email", "schema": {"type": "string", "format": "email"}}),
            json!({"name": "concurrency", "schema": {
                "type": "integer", "minimum": 1.0, "maximum": 64.0}}),
        ]
        .iter()
        .map(|parameter| Parameter::of(parameter, &document))
        .collect()
    }

    fn refusal(query: &str) -> Problem {
        check(query, &parameters()).expect_err(query)
    }

    #[test]
    fn what_the_document_allows_passes() {
        for query in [
            "country=tr",
            "country=tr&country=in&strategy=bounded&concurrency=64",
            "country=%E4%B8%AD%E5%9B%BD",
            "country=a%0D%0Ab",
        ] {
            assert_eq!(check(query, &parameters()), Ok(()), "{query}");
        }
    }

    #[test]
    fn each_error_has_its_type_and_names_its_parameter() {
        for (query, slug, parameter) in [
            ("", "invalid-parameter", "country"),
            ("country=", "invalid-parameter", "country"),
            ("country=%20%20", "invalid-parameter", "country"),
            ("country=abcdef", "invalid-parameter", "country"),
            (
                "country=tr&concurrency=0",
                "invalid-parameter",
                "concurrency",
            ),
            (
                "country=tr&concurrency=65",
                "invalid-parameter",
                "concurrency",
            ),
            (
                "country=tr&concurrency=%2B8",
                "invalid-parameter",
                "concurrency",
            ),
            (
                "country=tr&concurrency=08",
                "invalid-parameter",
                "concurrency",
            ),
            (
                "country=tr&concurrency=8.0",
                "invalid-parameter",
                "concurrency",
            ),
            (
                "country=tr&strategy=Bounded",
                "invalid-parameter",
                "strategy",
            ),
            (
                "country=tr&strategy=bounded&strategy=bounded",
                "duplicate-parameter",
                "strategy",
            ),
            ("countrry=tr&country=tr", "unknown-parameter", "countrry"),
        ] {
            let problem = refusal(query);
            assert_eq!(problem.r#type, format!("/problems/{slug}"), "{query}");
            let errors = problem.errors.expect("a list of errors");
            assert_eq!(errors[0].parameter.as_deref(), Some(parameter), "{query}");
        }
    }

    #[test]
    fn every_error_is_reported_at_once() {
        let problem = refusal("contry=tr&concurrency=x&strategy=y");
        assert_eq!(problem.errors.map(|errors| errors.len()), Some(4));
        assert_eq!(problem.suggestions, Some(vec!["country".to_owned()]));
    }

    #[test]
    fn a_flood_of_errors_is_counted_and_cut() {
        let query: Vec<_> = (0..5_000).map(|i| format!("x{i}=1")).collect();
        let problem = refusal(&query.join("&"));
        assert_eq!(problem.errors.map(|errors| errors.len()), Some(MOST_LISTED));
        assert!(
            problem.detail.contains("5001 errors in all"),
            "{}",
            problem.detail
        );
    }

    #[test]
    fn broken_encodings_are_refused_before_they_are_decoded() {
        for (query, parameter, given) in [
            ("country=%", "country", Some("%")),
            ("country=%f", "country", Some("%f")),
            ("country=%zz", "country", Some("%zz")),
            (
                "country=tr&country=%ff&concurrency=x",
                "country",
                Some("%ff"),
            ),
            ("country=%00", "country", Some("%00")),
            ("country=a%40b%ff", "country", Some("…@b\u{fffd}")),
            ("%63ountry=%ff", "country", Some("%ff")),
            ("contry=%ff", "contry", None),
            ("%c0%80=1", "%c0%80", None),
            ("a%40b%ff=1", "…@b\u{fffd}", None),
            ("email=a%40b%ff", "email", None),
        ] {
            let problem = refusal(query);
            assert_eq!(problem.r#type, "/problems/invalid-encoding", "{query}");
            let errors = problem.errors.expect("a list of errors");
            assert_eq!(errors.len(), 1, "{query}");
            assert_eq!(errors[0].parameter.as_deref(), Some(parameter), "{query}");
            assert_eq!(errors[0].given.as_deref(), given, "{query}");
        }
    }

    #[test]
    fn long_values_are_cut_when_shown() {
        let problem = refusal(&format!("country={}", "ü".repeat(100_000)));
        assert!(problem.detail.len() < 300, "{}", problem.detail.len());
    }
}
