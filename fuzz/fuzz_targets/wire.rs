//! Whatever an upstream sends is refused, or becomes universities that are fit to be served.

#![no_main]

use std::collections::HashSet;

use libfuzzer_sys::fuzz_target;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use universities::domain::{self, ListWriter, Listed, University, country_of};
use universities::source::decode;

/// A university as it is sent: exactly these fields.
#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: String,
    country: String,
    alpha_two_code: String,
    #[serde(rename = "state-province")]
    state_province: Option<String>,
    domains: Vec<String>,
    web_pages: Vec<String>,
}

fuzz_target!(|document: &[u8]| {
    let turkey = country_of("TR").expect("a country");
    let decoded = decode(turkey, &[(document, "Turkiye")]);
    let text = document.strip_prefix(b"\xef\xbb\xbf").unwrap_or(document);
    let json = serde_json::from_slice::<Value>(text);
    let Ok(decoded) = decoded else {
        return;
    };
    // A key with an escape is left to the decoder, and its record with it.
    let records: Vec<&RawValue> =
        serde_json::from_slice(text).expect("nothing is taken that is no list of JSON");
    let unusual = records
        .iter()
        .map(|record| match record.get().strip_prefix('{') {
            Some(rest) if !rest.trim_start().starts_with('}') => format!("{{\"\\u0078\":0,{rest}"),
            _ => record.get().to_owned(),
        });
    let unusual = format!("[{}]", unusual.collect::<Vec<_>>().join(","));
    let other = decode(turkey, &[(unusual.as_bytes(), "Turkiye")]).expect("as good as the first");
    let universities = |list: &Listed| -> Vec<Written> {
        let list = serde_json::from_slice(list.json());
        list.expect("universities")
    };
    let written = universities(&decoded.universities);
    assert_eq!(
        (
            universities(&other.universities),
            other.dropped,
            other.duplicates
        ),
        (
            universities(&decoded.universities),
            decoded.dropped,
            decoded.duplicates
        )
    );
    // What another decoder takes for an array is one, and no record comes of nothing.
    if let Ok(json) = json {
        let records = json.as_array().expect("only lists are taken").len();
        let accounted = decoded.universities.len() + decoded.dropped + decoded.duplicates;
        assert_eq!(accounted, records);
    }
    let (mut seen, mut list) = (HashSet::new(), ListWriter::default());
    assert_eq!(written.len(), decoded.universities.len());
    for Written {
        name,
        country,
        alpha_two_code,
        state_province,
        domains,
        web_pages,
    } in written
    {
        assert!(!name.trim().is_empty());
        assert_eq!(alpha_two_code, "TR");
        let university = University {
            name,
            country,
            alpha_two_code,
            state_province,
            domains,
            web_pages,
        };
        list.push(&domain::Written::from(&university));
        assert!(seen.insert(university.key()), "{university:?} twice");
    }
    // As any other writer would have written it, but for the order of keys.
    assert_eq!(
        list.finish().json().len(),
        decoded.universities.json().len()
    );
});
