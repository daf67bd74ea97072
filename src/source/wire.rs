//! The public list's JSON, as upstreams really send it, turned into universities.
//!
//! Owns every upstream quirk: nulls, missing and new keys, a byte order mark, defective
//! records, duplicates, a country split over two spellings. A record that is not usable is
//! dropped and counted, so that one bad line does not cost the caller a country; a document in
//! which none is usable is no answer.

use std::collections::HashSet;
use std::sync::Arc;

use serde::de::Error as _;
use serde_json::error::Category;
use serde_json::value::RawValue;

use super::record::Record;
use super::{InvalidReason, SourceError};
use crate::domain::{Country, University, UniversityKey};
use crate::records::{Ended, each_record};

/// The most records of one list; the largest country of the public one has 2,348.
const MOST_RECORDS: usize = 10_000;

/// The longest record; the longest of the public list has some 400 bytes.
const LONGEST_RECORD: usize = 8 * 1024;

/// The universities of one country, out of one or more documents.
#[derive(Debug)]
pub struct Decoder {
    country: Country,
    seen: HashSet<UniversityKey>,
    universities: Vec<University>,
    dropped: usize,
    duplicates: usize,
}

/// What came out.
#[derive(Debug)]
pub struct Decoded {
    /// The usable records, in the documents' order, without duplicates.
    pub universities: Vec<University>,
    /// How many records were dropped because they could not be used.
    pub dropped: usize,
    /// How many records were dropped because they had been seen before.
    pub duplicates: usize,
}

impl Decoder {
    /// Nothing decoded yet.
    #[must_use]
    pub fn new(country: Country) -> Self {
        Self {
            country,
            seen: HashSet::new(),
            universities: Vec::new(),
            dropped: 0,
            duplicates: 0,
        }
    }

    /// Adds a document that should list the country's universities, asked for by `spelling`.
    ///
    /// # Errors
    ///
    /// [`SourceError::Invalid`] when the document is not a whole JSON list or has records of
    /// which none is usable, [`SourceError::TooManyRecords`], and [`SourceError::Mixup`] when
    /// a record says it belongs to another country.
    pub fn add(&mut self, document: &[u8], spelling: &str) -> Result<(), SourceError> {
        let (usable, dropped) = (self.usable(), self.dropped);
        let read = each_record(document, |record| self.add_record(record, spelling));
        read.map_err(|ended| match ended {
            Ended::Refused(refusal) => refusal,
            Ended::NotAnArray(error) => invalid(error),
        })?;
        if self.dropped > dropped && self.usable() == usable {
            return Err(invalid(serde_json::Error::custom("no record is usable")));
        }
        Ok(())
    }

    /// What the documents amount to.
    #[must_use]
    pub fn finish(self) -> Decoded {
        Decoded {
            universities: self.universities,
            dropped: self.dropped,
            duplicates: self.duplicates,
        }
    }

    fn usable(&self) -> usize {
        self.universities.len() + self.duplicates
    }

    fn add_record(&mut self, record: &RawValue, spelling: &str) -> Result<(), SourceError> {
        if self.usable() + self.dropped >= MOST_RECORDS {
            return Err(SourceError::TooManyRecords {
                limit: MOST_RECORDS,
            });
        }
        // A record becomes many times as large as its text when that is full of short ones.
        let short = Some(record.get()).filter(|text| text.len() <= LONGEST_RECORD);
        let read = short.and_then(|text| serde_json::from_str::<Record>(text).ok());
        let Some(record) = read.filter(Record::is_plausible) else {
            self.dropped += 1;
            return Ok(());
        };
        match record.university(self.country, spelling)? {
            None => self.dropped += 1,
            Some(university) if self.seen.insert(university.key()) => {
                self.universities.push(university);
            }
            Some(_) => self.duplicates += 1,
        }
        Ok(())
    }
}

fn invalid(cause: serde_json::Error) -> SourceError {
    let reason = match cause.classify() {
        Category::Eof => InvalidReason::Truncated,
        Category::Data => InvalidReason::Shape,
        Category::Syntax | Category::Io => InvalidReason::NotJson,
    };
    SourceError::Invalid {
        reason,
        cause: Arc::new(cause),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::country_of;

    fn decode(document: &[u8]) -> Result<Decoded, SourceError> {
        let mut decoder = Decoder::new(country_of("TR").expect("in the table"));
        decoder.add(document, "Turkiye")?;
        Ok(decoder.finish())
    }

    fn decode_turkey(document: &str) -> Result<Decoded, SourceError> {
        decode(document.as_bytes())
    }

    fn reason(document: &[u8]) -> InvalidReason {
        match decode(document) {
            Err(SourceError::Invalid { reason, .. }) => reason,
            other => panic!("expected an invalid document, got {other:?}"),
        }
    }

    #[test]
    fn nulls_missing_and_new_keys_are_tolerated() {
        let decoded = decode_turkey(
            r#"[{"name":"A","domains":null,"web_pages":[null,"https://a.tr/"],"founded":1863},
                {"name":"B","state-province":"Izmir","alpha_two_code":"tr","country":"Turkiye"}]"#,
        )
        .expect("a usable document");
        assert_eq!(decoded.dropped, 0);
        let [a, b] = &decoded.universities[..] else {
            panic!("two records, got {decoded:?}");
        };
        assert!(a.domains.is_empty());
        assert_eq!(a.web_pages, ["https://a.tr/"]);
        assert_eq!(
            (a.country.as_str(), a.alpha_two_code.as_str()),
            ("Turkiye", "TR")
        );
        assert_eq!(b.state_province.as_deref(), Some("Izmir"));
        assert_eq!(b.alpha_two_code, "TR");
    }

    #[test]
    fn a_defective_record_is_dropped_and_counted() {
        let decoded = decode_turkey(
            r#"[{"name":null},{"name":"  "},{"name":"A","domains":[5]},7,null,{"name":"B"}]"#,
        )
        .expect("a usable document");
        assert_eq!(decoded.dropped, 5);
        assert_eq!(decoded.universities.len(), 1);
    }

    #[test]
    fn a_broken_document_says_in_which_way() {
        assert_eq!(reason(b"<html>sign in</html>"), InvalidReason::NotJson);
        assert_eq!(reason(b""), InvalidReason::Truncated);
        assert_eq!(reason(br#"[{"name":"A"#), InvalidReason::Truncated);
        assert_eq!(reason(br#"{"error":"no"}"#), InvalidReason::Shape);
        assert_eq!(reason(b"[\"\xff\"]"), InvalidReason::NotJson);
        let deep = "[".repeat(100_000);
        assert!(matches!(
            reason(deep.as_bytes()),
            InvalidReason::NotJson | InvalidReason::Truncated
        ));
    }

    #[test]
    fn a_byte_order_mark_is_no_defect() {
        let decoded = decode_turkey("\u{feff}[{\"name\":\"A\"}]").expect("a usable document");
        assert_eq!(decoded.universities.len(), 1);
    }

    #[test]
    fn a_list_without_a_usable_record_is_no_answer() {
        assert_eq!(reason(b"[1, null, {}]"), InvalidReason::Shape);
        assert!(decode_turkey("[]").is_ok());
    }

    #[test]
    fn duplicates_are_dropped_and_counted() {
        let decoded = decode_turkey(r#"[{"name":"A"},{"name":"a"},{"name":"B"}]"#);
        let decoded = decoded.expect("a usable document");
        assert_eq!((decoded.universities.len(), decoded.duplicates), (2, 1));
    }

    #[test]
    fn records_of_another_country_are_refused() {
        for record in [
            r#"{"name":"A","alpha_two_code":"GR"}"#,
            r#"{"name":"A","country":"Greece","alpha_two_code":null}"#,
            r#"{"name":"A","country":"Greece","alpha_two_code":"TR"}"#,
        ] {
            let error = decode_turkey(&format!("[{record}]"));
            let error = error.expect_err("Greek records are no answer for Turkey");
            assert!(
                matches!(error, SourceError::Mixup { asked: "TR", .. }),
                "{record}"
            );
        }
    }

    #[test]
    fn what_says_nothing_of_its_country_is_no_mixup() {
        let list = r#"[{"name":"A","alpha_two_code":" ","country":""},
            {"name":"B","country":"Turkey"},{"name":"C","country":"Anatolia"}]"#;
        assert_eq!(
            decode_turkey(list)
                .expect("a usable document")
                .universities
                .len(),
            3
        );
    }

    #[test]
    fn a_list_that_never_ends_is_cut_off() {
        let list = format!("[{}1]", "1,".repeat(MOST_RECORDS));
        let error = decode_turkey(&list).expect_err("too many records");
        assert!(matches!(error, SourceError::TooManyRecords { .. }));
    }
}
