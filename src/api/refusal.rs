//! What is said to a request that does not fit: what was wrong, what was given, what is allowed.
//!
//! Owns the words. Every error of a query is counted, and the first of them are listed.

use percent_encoding::percent_decode_str;

use super::parameter::Parameter;
use super::problem::{ErrorItem, Problem, ProblemType};

/// The most characters of a given value that are shown back.
pub(super) const LONGEST_SHOWN: usize = 100;

/// The most errors of one query that are listed one by one.
pub(super) const MOST_LISTED: usize = 20;

/// What a query is made of.
const ENCODED: &str = "percent-encoded UTF-8 without NUL (RFC 3986 §2.1)";

/// The least similarity (0 to 1) of a suggestion.
const SIMILAR: f64 = 0.75;

/// The errors of a query: the first of them in full, all of them counted.
#[derive(Default)]
pub(super) struct Errors {
    listed: Vec<(ProblemType, ErrorItem)>,
    number: usize,
}

impl Errors {
    /// Adds an error; it is made only if it will be listed.
    pub(super) fn add(&mut self, error: impl FnOnce() -> (ProblemType, ErrorItem)) {
        self.number += 1;
        if self.listed.len() < MOST_LISTED {
            self.listed.push(error());
        }
    }

    /// The problem they amount to: its type is that of the first.
    pub(super) fn into_result(self) -> Result<(), Problem> {
        let Some((kind, first)) = self.listed.first() else {
            return Ok(());
        };
        let detail = match self.number {
            1 => first.detail.clone(),
            number if number <= MOST_LISTED => format!("{}; {number} errors in all", first.detail),
            number => format!(
                "{}; {number} errors in all, {MOST_LISTED} of them listed",
                first.detail
            ),
        };
        Err(Problem {
            suggestions: first.suggestions.clone(),
            errors: Some(self.listed.iter().map(|(_, item)| item.clone()).collect()),
            ..kind.problem(detail)
        })
    }
}

pub(super) fn unknown_parameter(name: &str, parameters: &[Parameter]) -> (ProblemType, ErrorItem) {
    let names = parameters.iter().map(|parameter| parameter.name.as_str());
    let allowed = names.clone().collect::<Vec<_>>().join(", ");
    let allowed = if allowed.is_empty() {
        "no parameters".to_owned()
    } else {
        allowed
    };
    let similar = similar(name, names);
    let name = shown(name);
    let detail = match &similar[..] {
        [] => format!("there is no parameter {name:?} here; allowed: {allowed}"),
        [best, ..] => format!("there is no parameter {name:?} here; did you mean {best:?}?"),
    };
    let item = ErrorItem {
        detail,
        parameter: Some(name),
        allowed: Some(allowed),
        suggestions: Some(similar),
        ..item(ProblemType::UnknownParameter)
    };
    (ProblemType::UnknownParameter, item)
}

pub(super) fn missing(parameter: &Parameter) -> (ProblemType, ErrorItem) {
    let item = ErrorItem {
        detail: format!("the parameter {:?} is required", parameter.name),
        parameter: Some(parameter.name.clone()),
        allowed: Some(parameter.values.allowed()),
        ..item(ProblemType::InvalidParameter)
    };
    (ProblemType::InvalidParameter, item)
}

pub(super) fn repeated(parameter: &Parameter, times: usize) -> (ProblemType, ErrorItem) {
    let item = ErrorItem {
        detail: format!(
            "the parameter {:?} takes one value, {times} were given",
            parameter.name
        ),
        parameter: Some(parameter.name.clone()),
        given: Some(format!("{times} values")),
        allowed: Some("one value".to_owned()),
        ..item(ProblemType::DuplicateParameter)
    };
    (ProblemType::DuplicateParameter, item)
}

pub(super) fn not_allowed(parameter: &Parameter, value: &str) -> (ProblemType, ErrorItem) {
    let allowed = parameter.values.allowed();
    let given = parameter.repeated_back.then(|| shown(value));
    let but = given
        .as_ref()
        .map_or(String::new(), |given| format!(", not {given:?}"));
    let item = ErrorItem {
        detail: format!("the parameter {:?} must be {allowed}{but}", parameter.name),
        parameter: Some(parameter.name.clone()),
        given,
        allowed: Some(allowed),
        ..item(ProblemType::InvalidParameter)
    };
    (ProblemType::InvalidParameter, item)
}

/// A parameter's name, as it stands in the query.
pub(super) fn name_not_decoded(raw: &str, why: &str) -> (ProblemType, ErrorItem) {
    let name = shown_raw(raw);
    let item = ErrorItem {
        detail: format!("the name {name:?} {why}; names are {ENCODED}"),
        parameter: Some(name),
        allowed: Some(ENCODED.to_owned()),
        ..item(ProblemType::InvalidEncoding)
    };
    (ProblemType::InvalidEncoding, item)
}

/// A parameter's value, as it and its name stand in the query.
pub(super) fn value_not_decoded(
    raw_name: &str,
    raw: &str,
    why: &str,
    parameters: &[Parameter],
) -> (ProblemType, ErrorItem) {
    let decoded = url::form_urlencoded::parse(raw_name.as_bytes()).next();
    let (name, _) = decoded.unwrap_or_default();
    let known = parameters.iter().find(|parameter| parameter.name == *name);
    let given = known
        .filter(|parameter| parameter.repeated_back)
        .map(|_| shown_raw(raw));
    let name = shown(&name);
    let what = given
        .as_ref()
        .map_or("a value".to_owned(), |given| format!("the value {given:?}"));
    let item = ErrorItem {
        detail: format!("{what} of {name:?} {why}; values are {ENCODED}"),
        parameter: Some(name),
        given,
        allowed: Some(ENCODED.to_owned()),
        ..item(ProblemType::InvalidEncoding)
    };
    (ProblemType::InvalidEncoding, item)
}

/// A parameter that the guard let through and that is still not allowed.
pub(super) fn bad_parameter(
    parameter: &str,
    detail: String,
    given: Option<&str>,
    allowed: &str,
) -> Problem {
    let item = ErrorItem {
        detail: detail.clone(),
        parameter: Some(parameter.to_owned()),
        given: given.map(shown),
        allowed: Some(allowed.to_owned()),
        ..item(ProblemType::InvalidParameter)
    };
    Problem {
        errors: Some(vec![item]),
        ..ProblemType::InvalidParameter.problem(detail)
    }
}

pub(super) fn not_a_host_name(given: &str) -> Problem {
    let allowed = "a host name such as cs.usc.edu, without scheme and path";
    let detail = format!(
        "the parameter \"domain\" must be {allowed}, not {:?}",
        shown(given)
    );
    bad_parameter("domain", detail, Some(given), allowed)
}

fn item(kind: ProblemType) -> ErrorItem {
    ErrorItem {
        r#type: kind.uri(),
        ..ErrorItem::default()
    }
}

/// The value, cut when it is long. Of what may be an e-mail address, only what stands behind the
/// `@`: callers' addresses are never said again.
fn shown(value: &str) -> String {
    if let Some((_, domain)) = value.rsplit_once('@') {
        return format!("…@{}", shown(domain));
    }
    match value.char_indices().nth(LONGEST_SHOWN) {
        Some((end, _)) => format!("{}…", &value[..end]),
        None => value.to_owned(),
    }
}

/// The part of a query as it stands there, cut when it is long; what is an address when it is decoded, as that.
fn shown_raw(raw: &str) -> String {
    let decoded = percent_decode_str(raw).decode_utf8_lossy();
    shown(if decoded.contains('@') { &decoded } else { raw })
}

/// The candidates that are spelled much like `given`, the likest first.
pub(super) fn similar<'a>(given: &str, candidates: impl Iterator<Item = &'a str>) -> Vec<String> {
    let given: String = given.chars().take(LONGEST_SHOWN).collect();
    let mut scored: Vec<(f64, &str)> = candidates
        .map(|candidate| {
            (
                strsim::normalized_damerau_levenshtein(&given, candidate),
                candidate,
            )
        })
        .filter(|(score, _)| *score >= SIMILAR)
        .collect();
    scored.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    scored
        .into_iter()
        .take(3)
        .map(|(_, name)| name.to_owned())
        .collect()
}
