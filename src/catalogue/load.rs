//! Reading a catalogue, strictly.
//!
//! Owns the checks. An upstream's bad record is dropped (see `source::wire`), because the
//! caller can do nothing about it; an operator's file is refused with the record and the field
//! that are wrong, because the operator can.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::value::RawValue;
use thiserror::Error;

use super::Catalogue;
use crate::domain::{Country, University};

const SAMPLE: &str = include_str!("../../data/sample.json");

/// Why a catalogue could not be loaded.
#[derive(Debug, Error)]
pub enum CatalogueError {
    /// The file could not be read.
    #[error("the catalogue {} could not be read", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        cause: io::Error,
    },
    /// The document is not a list of records.
    #[error("the catalogue {name} is not a JSON array of records")]
    NotAList {
        /// The file's name.
        name: String,
        /// What the decoder said.
        #[source]
        cause: serde_json::Error,
    },
    /// A list without records.
    #[error("the catalogue {name} has no records")]
    Empty {
        /// The file's name.
        name: String,
    },
    /// A record is wrong.
    #[error("the catalogue {name} is wrong in record {number} ({record}), field {field}: {why}")]
    Record {
        /// The file's name.
        name: String,
        /// The record's place in the list, from 1.
        number: usize,
        /// The record's name, or how it begins when it has none.
        record: String,
        /// The field, down to the list element.
        field: String,
        /// What is wrong with it, and what is allowed.
        why: String,
    },
}

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

/// A field and what is wrong with it.
type Defect = (String, String);

impl Catalogue {
    /// The bundled sample.
    ///
    /// # Errors
    ///
    /// None in a released program: the sample is compiled in and tested.
    pub fn sample() -> Result<Self, CatalogueError> {
        Ok(Self {
            sample: true,
            ..Self::parse("sample", SAMPLE)?
        })
    }

    /// Loads a file in the public list's JSON format: an array of records with `name`,
    /// `country`, `alpha_two_code`, `domains`, `web_pages` and an optional `state-province`.
    ///
    /// # Errors
    ///
    /// [`CatalogueError`], naming the record and the field that is wrong.
    pub fn load(path: &Path) -> Result<Self, CatalogueError> {
        let document = fs::read_to_string(path).map_err(|cause| CatalogueError::Read {
            path: path.to_owned(),
            cause,
        })?;
        let name = path
            .file_name()
            .unwrap_or(path.as_os_str())
            .to_string_lossy();
        Self::parse(&name, &document)
    }

    fn parse(name: &str, document: &str) -> Result<Self, CatalogueError> {
        let document = document.strip_prefix('\u{feff}').unwrap_or(document);
        let records: Vec<&RawValue> =
            serde_json::from_str(document).map_err(|cause| CatalogueError::NotAList {
                name: name.to_owned(),
                cause,
            })?;
        if records.is_empty() {
            return Err(CatalogueError::Empty {
                name: name.to_owned(),
            });
        }
        let universities = records
            .iter()
            .enumerate()
            .map(|(index, raw)| {
                university(raw).map_err(|(field, why)| CatalogueError::Record {
                    name: name.to_owned(),
                    number: index + 1,
                    record: describe(raw),
                    field,
                    why,
                })
            })
            .collect::<Result<_, _>>()?;
        Ok(Self {
            name: name.to_owned(),
            sample: false,
            universities,
        })
    }
}

fn university(raw: &RawValue) -> Result<University, Defect> {
    let mut decoder = serde_json::Deserializer::from_str(raw.get());
    let record: Record = serde_path_to_error::deserialize(&mut decoder).map_err(|error| {
        let path = error.path().to_string();
        // A field that is not there has no path; the decoder's words have its name.
        let quoted = error.inner().to_string();
        let path = match (path.as_str(), quoted.split('`').nth(1)) {
            (".", Some(field)) => field.to_owned(),
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
    } else {
        Ok(())
    }
}

/// What a reader needs to find the record: its name, or its first characters.
fn describe(raw: &RawValue) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    fn defect(records: &str) -> String {
        Catalogue::parse("list.json", records)
            .expect_err("a defective list")
            .to_string()
    }

    #[test]
    fn the_sample_loads_and_is_large_enough() {
        let about = Catalogue::sample().expect("the sample").about();
        assert!(about.sample);
        assert!(about.universities >= 300, "{about:?}");
        assert!(about.by_country.len() >= 25, "{about:?}");
    }

    #[test]
    fn the_sample_has_no_duplicates_and_plain_domains() {
        let sample = Catalogue::sample().expect("the sample");
        let mut keys = HashSet::new();
        for university in sample.universities() {
            assert!(keys.insert(university.key()), "twice: {university:?}");
            assert!(!university.domains.is_empty(), "{university:?}");
            assert!(
                university
                    .domains
                    .iter()
                    .all(|d| d.contains('.') && !d.contains('/')),
                "{university:?}"
            );
            assert!(
                university
                    .web_pages
                    .iter()
                    .all(|p| p.starts_with("https://")),
                "{university:?}"
            );
        }
    }

    const GOOD: &str = r#"{"name":"A","country":"Turkiye","alpha_two_code":"TR",
        "domains":["a.tr"],"web_pages":["https://a.tr/"],"state-province":null}"#;

    #[test]
    fn a_defect_names_the_record_and_the_field() {
        let cases = [
            (
                GOOD.replace("[\"a.tr\"]", "[\"a.tr\", 5]"),
                "domains[1]: invalid type",
            ),
            (
                GOOD.replace("\"A\"", "\" \""),
                "field name: must not be blank",
            ),
            (
                GOOD.replace("\"TR\"", "\"TX\""),
                "alpha_two_code: \"TX\" is no ISO 3166-1",
            ),
            (
                GOOD.replace("\"TR\"", "\"tr\""),
                "alpha_two_code: \"tr\" is no ISO 3166-1",
            ),
            (
                GOOD.replace("\"country\":\"Turkiye\",", ""),
                "field country: missing field `country`",
            ),
            (
                GOOD.replace("Turkiye", "India"),
                "country: \"India\" is not how the public list spells TR, which is Turkiye",
            ),
            (
                GOOD.replace("null", "7"),
                "field state-province: invalid type",
            ),
        ];
        for (bad, expected) in cases {
            let said = defect(&format!("[{GOOD}, {bad}]"));
            assert!(said.contains("list.json is wrong in record 2"), "{said}");
            assert!(said.contains(expected), "{said} should contain {expected}");
        }
        assert!(defect(&format!("[{GOOD}, 7]")).contains("record 2 (beginning 7)"));
    }

    #[test]
    fn what_is_no_list_is_refused() {
        assert!(defect("{}").contains("not a JSON array"));
        assert!(defect("[").contains("not a JSON array"));
        assert!(defect("[]").contains("has no records"));
    }
}
