//! The public list's JSON, as upstreams really send it, turned into universities.
//!
//! Owns every upstream quirk: nulls, missing and new keys, a byte order mark, defective
//! records. The document as a whole must be a list; a record that is not usable is dropped and
//! counted, so that one bad line does not cost the caller a country.

use serde::Deserialize;
use serde_json::error::Category;
use serde_json::value::RawValue;

use super::{InvalidReason, SourceError};
use crate::domain::{Country, University};

/// A decoded document.
#[derive(Debug)]
pub(super) struct Decoded {
    /// The usable records, in the document's order.
    pub universities: Vec<University>,
    /// How many records were dropped because they could not be used.
    pub dropped: usize,
}

/// One record. Unknown keys are ignored, nulls and missing keys are alike.
#[derive(Deserialize)]
struct Record {
    name: Option<String>,
    country: Option<String>,
    alpha_two_code: Option<String>,
    #[serde(rename = "state-province", alias = "state_province")]
    state_province: Option<String>,
    domains: Option<Vec<Option<String>>>,
    web_pages: Option<Vec<Option<String>>>,
}

/// Decodes a document that should list the universities of `country`, asked for by `spelling`.
///
/// # Errors
///
/// [`SourceError::Invalid`] when the document is not a whole JSON list, and
/// [`SourceError::Mixup`] when a record says it belongs to another country.
pub(super) fn decode(
    document: &[u8],
    country: Country,
    spelling: &str,
) -> Result<Decoded, SourceError> {
    let document = document.strip_prefix(b"\xef\xbb\xbf").unwrap_or(document);
    let records: Vec<&RawValue> = serde_json::from_slice(document).map_err(|cause| {
        let reason = match cause.classify() {
            Category::Eof => InvalidReason::Truncated,
            Category::Data => InvalidReason::Shape,
            Category::Syntax | Category::Io => InvalidReason::NotJson,
        };
        SourceError::Invalid {
            reason,
            cause: Box::new(cause),
        }
    })?;
    let mut decoded = Decoded {
        universities: Vec::with_capacity(records.len()),
        dropped: 0,
    };
    for record in records {
        match serde_json::from_str::<Record>(record.get()) {
            Ok(record) => match university(record, country, spelling)? {
                Some(university) => decoded.universities.push(university),
                None => decoded.dropped += 1,
            },
            Err(_) => decoded.dropped += 1,
        }
    }
    Ok(decoded)
}

/// The record as a university; `None` when it has no name.
fn university(
    record: Record,
    country: Country,
    spelling: &str,
) -> Result<Option<University>, SourceError> {
    if let Some(got) = &record.alpha_two_code
        && !got.eq_ignore_ascii_case(country.code())
    {
        return Err(SourceError::Mixup {
            asked: country.code(),
            got: got.chars().take(8).collect(),
        });
    }
    let Some(name) = record.name.filter(|name| !name.trim().is_empty()) else {
        return Ok(None);
    };
    Ok(Some(University {
        name,
        country: record.country.unwrap_or_else(|| spelling.to_owned()),
        alpha_two_code: country.code().to_owned(),
        state_province: record.state_province,
        domains: present(record.domains),
        web_pages: present(record.web_pages),
    }))
}

fn present(list: Option<Vec<Option<String>>>) -> Vec<String> {
    list.into_iter().flatten().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Resolution, resolve};

    fn turkey() -> Country {
        match resolve("TR") {
            Resolution::Known(country) => country,
            Resolution::Unknown { .. } => panic!("TR is in the table"),
        }
    }

    fn decode_turkey(document: &str) -> Result<Decoded, SourceError> {
        decode(document.as_bytes(), turkey(), "Turkiye")
    }

    fn reason(document: &[u8]) -> InvalidReason {
        match decode(document, turkey(), "Turkiye") {
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
    fn records_of_another_country_are_refused() {
        let error = decode_turkey(r#"[{"name":"A","alpha_two_code":"GR"}]"#)
            .expect_err("Greek records are no answer for Turkey");
        assert!(matches!(error, SourceError::Mixup { asked: "TR", .. }));
    }
}
