//! Whatever an upstream sends is refused, or becomes universities that are fit to be served.

#![no_main]

use std::collections::HashSet;

use libfuzzer_sys::fuzz_target;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use universities::domain::{self, ListWriter, University, country_of};
use universities::source::decode;

/// A university as it is sent: exactly these fields.
#[derive(Deserialize)]
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
    let records: Vec<&RawValue> = serde_json::from_slice(text).expect("nothing is taken that is no list of JSON");
    let unusual = records.iter().map(|record| match record.get().strip_prefix('{') {
        Some(rest) if !rest.trim_start().starts_with('}') => format!("{{\"\\u0078\":0,{rest}"),
        _ => record.get().to_owned(),
    });
    let unusual = format!("[{}]", unusual.collect::<Vec<_>>().join(","));
    let other = decode(turkey, &[(unusual.as_bytes(), "Turkiye")]).expect("as good as the first");
    assert_eq!((&other.universities, other.dropped, other.duplicates),
        (&decoded.universities, decoded.dropped, decoded.duplicates));
    // What another decoder takes for an array is one, and no record comes of nothing.
    if let Ok(json) = json {
        let records = json.as_array().expect("only lists are taken").len();
        let accounted = decoded.universities.len() + decoded.dropped + decoded.duplicates;
        assert_eq!(accounted, records);
    }
    let (mut seen, mut list) = (HashSet::new(), ListWriter::default());
    let written: Vec<Written> =
        serde_json::from_slice(decoded.universities.json()).expect("universities");
    assert_eq!(written.len(), decoded.universities.len());
    for Written { name, country, alpha_two_code, state_province, domains, web_pages } in written {
        assert!(!name.trim().is_empty());
        assert_eq!(alpha_two_code, "TR");
        let university = University { name, country, alpha_two_code, state_province, domains, web_pages };
        // As any other writer would have written it.
        list.push(&domain::Written::from(&university));
        assert!(seen.insert(university.key()), "{university:?} twice");
    }
    assert_eq!(list.finish(), decoded.universities);
});
