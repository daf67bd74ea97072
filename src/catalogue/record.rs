//! One record of a catalogue, checked strictly.
//!
//! Owns what a record must hold to. An upstream's bad record is dropped without a word to anyone
//! but the log (see `source::record`), because the caller can do nothing about it; whoever keeps a
//! catalogue is told which field is wrong, because they can.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::domain::{Country, University};

#[derive(Deserialize)]
struct Record {
    name: String,
    country: String,
    alpha_two_code: String,
    #[serde(rename = "state-province", default)]
    state_province: Option<String>,
    domains: Vec<String>,
    web_pages: Vec<String>,
}

/// The most bytes of a name, domain or address; the longest of the public list has 116.
const LONGEST: usize = 2_000;

/// A field and what is wrong with it.
pub(super) type Defect = (String, String);

/// The record as a university.
///
/// # Errors
///
/// The first field that is wrong.
pub(super) fn university(raw: &RawValue) -> Result<University, Defect> {
    let mut decoder = serde_json::Deserializer::from_str(raw.get());
    let record: Record = serde_path_to_error::deserialize(&mut decoder).map_err(|error| {
        let path = error.path().to_string();
        // A field that is not there has no path; the decoder's words have its name.
        let quoted = error.inner().to_string();
        let path = match (path.as_str(), quoted.split('`').nth(1)) {
            (".", Some(field)) if quoted.starts_with("missing") => field.to_owned(),
            (".", _) => "(all of it)".to_owned(),
            _ => path,
        };
        // The position the decoder adds counts from the record's start, not the file's.
        let why = error.inner().to_string();
        let why = why.split(" at line ").next().unwrap_or_default().to_owned();
        (path, why)
    })?;
    not_blank("name", &record.name)?;
    not_blank("country", &record.country)?;
    for (i, domain) in record.domains.iter().enumerate() {
        not_blank(&format!("domains[{i}]"), domain)?;
    }
    for (i, page) in record.web_pages.iter().enumerate() {
        not_blank(&format!("web_pages[{i}]"), page)?;
    }
    country_of(&record.alpha_two_code, &record.country)?;
    Ok(University {
        name: record.name,
        country: record.country,
        alpha_two_code: record.alpha_two_code,
        state_province: record.state_province,
        domains: record.domains,
        web_pages: record.web_pages,
    })
}

/// Checks that the code is one, and that the country is spelled as upstreams are asked for it:
/// under any other spelling its universities would never be found.
fn country_of(code: &str, spelling: &str) -> Result<(), Defect> {
    let Some(country) = Country::of_code(code) else {
        let why = format!("{code:?} is no ISO 3166-1 alpha-2 code in upper case (nor XK)");
        return Err(("alpha_two_code".to_owned(), why));
    };
    let spellings = [
        country.upstream_spellings(),
        country.former_upstream_spellings(),
    ];
    if spellings.concat().contains(&spelling) {
        return Ok(());
    }
    let allowed = country.upstream_spellings().join(" or ");
    let why = format!("{spelling:?} is not how the public list spells {code}, which is {allowed}");
    Err(("country".to_owned(), why))
}

fn not_blank(field: &str, value: &str) -> Result<(), Defect> {
    if value.trim().is_empty() {
        Err((field.to_owned(), "must not be blank".to_owned()))
    } else if value.len() > LONGEST {
        Err((
            field.to_owned(),
            format!("must have at most {LONGEST} bytes"),
        ))
    } else {
        Ok(())
    }
}

/// What a reader needs to find the record: its name, or its first characters.
pub(super) fn describe(raw: &RawValue) -> String {
    #[derive(Deserialize)]
    struct Named {
        name: String,
    }
    match serde_json::from_str::<Named>(raw.get()) {
        Ok(Named { name }) => format!("{name:?}"),
        Err(_) => format!(
            "beginning {}",
            raw.get().chars().take(40).collect::<String>()
        ),
    }
}

/// The code of the country that a record names, whatever else is wrong with it.
pub(super) fn code(raw: &RawValue) -> Option<String> {
    #[derive(Deserialize)]
    struct Coded {
        alpha_two_code: String,
    }
    let coded: Coded = serde_json::from_str(raw.get()).ok()?;
    Country::of_code(&coded.alpha_two_code)?;
    Some(coded.alpha_two_code)
}
