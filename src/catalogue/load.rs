//! Reading a list: from the program itself, from a file, from any text.
//!
//! Owns what makes a text a catalogue. What makes a record one of it is in `record`.

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use sha2::{Digest, Sha256};

use super::record::{code, describe, university};
use super::{Catalogue, CatalogueError};
use serde_json::value::RawValue;

use crate::domain::{DataVersion, University};
use crate::records::{Ended, Raw, each_record};

const SAMPLE: &str = include_str!("../../data/sample.json");

/// When the sample was last changed, as the hash in the test below.
const SAMPLE_DATE: Duration = Duration::from_secs(1_795_305_600);

/// What is done about defective records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Defects {
    /// One is enough to refuse the list: its keeper is here and can mend it.
    Refused,
    /// They are left out, as long as they are at most one in a hundred and no country loses all its
    /// universities by them: its keeper is far away, and one slip of theirs must not hold up
    /// everything else.
    LeftOut,
}

/// How many records there must be for each that is left out.
const RECORDS_PER_DEFECT: usize = 100;

/// The most bytes of a list. The public one has 2 MB.
pub(super) const MOST_BYTES: usize = 64 << 20;

/// The most records of a list, which may be a few bytes each in it and hundreds in memory. The
/// public one has ten thousand.
const MOST_RECORDS: usize = 200_000;

impl Catalogue {
    /// The bundled sample.
    ///
    /// # Errors
    ///
    /// None in a released program: the sample is compiled in and tested.
    pub fn sample() -> Result<Self, CatalogueError> {
        let changed = SystemTime::UNIX_EPOCH + SAMPLE_DATE;
        Ok(Self {
            sample: true,
            ..Self::parse("sample", SAMPLE, changed, Defects::Refused)?
        })
    }

    /// Loads a file in the public list's JSON format: an array of records with `name`,
    /// `country`, `alpha_two_code`, `domains`, `web_pages` and an optional `state-province`.
    ///
    /// # Errors
    ///
    /// [`CatalogueError`], naming the record and the field that is wrong.
    pub fn load(path: &Path) -> Result<Self, CatalogueError> {
        let unreadable = |cause| CatalogueError::Read {
            path: path.to_owned(),
            cause,
        };
        let about = fs::metadata(path).map_err(unreadable)?;
        // Whatever else there is (pipes, devices) may have no end.
        if !about.is_file() || about.len() > MOST_BYTES as u64 {
            return Err(CatalogueError::NotAFile {
                path: path.to_owned(),
                limit: MOST_BYTES,
            });
        }
        let document = fs::read_to_string(path).map_err(unreadable)?;
        let changed = about.modified().map_err(unreadable)?;
        let name = path.file_name().unwrap_or(path.as_os_str());
        Self::parse(
            &name.to_string_lossy(),
            &document,
            changed,
            Defects::Refused,
        )
    }

    /// Makes a list of a text that was last changed then.
    ///
    /// # Errors
    ///
    /// [`CatalogueError`], naming what is wrong with the text or the first defective record.
    pub(super) fn parse(
        name: &str,
        document: &str,
        changed: SystemTime,
        defects: Defects,
    ) -> Result<Self, CatalogueError> {
        let list = trimmed(document);
        let mut universities = Vec::new();
        let mut left_out = Vec::new();
        let mut number = 0;
        let mut reader = Raw(|raw: &RawValue| {
            number += 1;
            if number > MOST_RECORDS {
                return Err(CatalogueError::TooManyRecords {
                    name: name.to_owned(),
                    limit: MOST_RECORDS,
                });
            }
            match university(raw) {
                Ok(university) => universities.push(university),
                Err((field, why)) => {
                    let defect = CatalogueError::Record {
                        name: name.to_owned(),
                        number,
                        record: describe(raw),
                        field,
                        why,
                    };
                    if defects == Defects::Refused {
                        return Err(defect);
                    }
                    // The first ones stand for all where there are too many.
                    if left_out.len() < MOST_RECORDS / RECORDS_PER_DEFECT {
                        left_out.push((code(raw), defect));
                    }
                }
            }
            Ok(())
        });
        let read = each_record(list.as_bytes(), &mut reader);
        read.map_err(|ended| match ended {
            Ended::Refused(error) => error,
            Ended::NotAnArray(cause) => CatalogueError::NotAList {
                name: name.to_owned(),
                cause,
            },
        })?;
        may_be_left_out(&universities, left_out, number)?;
        if universities.is_empty() {
            return Err(CatalogueError::Empty {
                name: name.to_owned(),
            });
        }
        let version = DataVersion::new(&hash(list.as_bytes()), changed);
        Ok(Self::new(name.to_owned(), version, universities))
    }
}

/// Whether the defective records are few enough, and every country that they name is still there:
/// one that is spelled in a new way would otherwise be gone without a word.
fn may_be_left_out(
    universities: &[University],
    left_out: Vec<(Option<String>, CatalogueError)>,
    records: usize,
) -> Result<(), CatalogueError> {
    let too_many = left_out.len() * RECORDS_PER_DEFECT > records;
    for (code, defect) in left_out {
        let is_there = |code: &str| universities.iter().any(|u| u.alpha_two_code == code);
        if too_many || code.is_some_and(|code| !is_there(&code)) {
            return Err(defect);
        }
        tracing::warn!("{defect}; the record is left out");
    }
    Ok(())
}

/// The list without what may stand around it.
pub(super) fn trimmed(document: &str) -> &str {
    document.trim_start_matches('\u{feff}').trim()
}

/// The first 16 hexadecimal digits of the SHA-256 of some bytes: enough to tell lists apart.
pub(super) fn hash(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    let first = digest.first_chunk().copied().unwrap_or_default();
    format!("{:016x}", u64::from_be_bytes(first))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    fn defect(records: &str) -> String {
        let now = SystemTime::now();
        Catalogue::parse("list.json", records, now, Defects::Refused)
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

    /// Whoever changes the sample changes its date, and then this.
    #[test]
    fn the_samples_date_belongs_to_its_content() {
        let version = Catalogue::sample().expect("the sample").about().version;
        assert_eq!(&*version.hash, "c8d32f2c2561835e");
        let date = humantime::format_rfc3339_seconds(version.changed).to_string();
        assert_eq!(date, "2026-11-22T00:00:00Z");
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

    #[test]
    fn far_away_a_slip_is_left_out_and_a_flood_of_them_is_not() {
        let list = |bad: &[&str]| {
            let good = (bad.len()..200).map(|n| GOOD.replace("\"A\"", &format!("\"A{n}\"")));
            let bad = bad.iter().map(|record| (*record).to_owned());
            let records: Vec<_> = bad.chain(good).collect();
            let list = format!("[{}]", records.join(","));
            Catalogue::parse("x", &list, SystemTime::now(), Defects::LeftOut)
        };
        let slip = GOOD.replace("Turkiye", "Turkyie");
        let kept = list(&["7", &slip]).expect("two slips");
        assert_eq!(kept.universities().len(), 198);
        let said = list(&["7", "8", "9"]).expect_err("three").to_string();
        assert!(said.contains("record 1"), "{said}");
        let renamed = GOOD.replace("Turkiye", "Bharat").replace("TR", "IN");
        let said = list(&[&renamed]).expect_err("India is gone").to_string();
        assert!(said.contains("\"Bharat\" is not how"), "{said}");
    }

    #[test]
    fn the_same_list_is_the_same_version_whatever_stands_around_it() {
        let version = |list: &str| {
            let list = Catalogue::parse("x", list, SystemTime::now(), Defects::Refused);
            list.expect("a good list").about().version.hash
        };
        let list = format!("[{GOOD}]");
        assert_eq!(version(&list), version(&format!("\u{feff}{list}\n")));
        assert_ne!(version(&list), version(&format!("[{GOOD}, {GOOD}]")));
    }
}
