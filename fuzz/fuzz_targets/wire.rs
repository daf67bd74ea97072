//! Whatever an upstream sends is refused, or becomes universities that are fit to be served.

#![no_main]

use std::collections::HashSet;

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use universities::domain::country_of;
use universities::source::Decoder;

fuzz_target!(|document: &[u8]| {
    let turkey = country_of("TR").expect("a country");
    let mut decoder = Decoder::new(turkey);
    let added = decoder.add(document, "Turkiye");
    let text = document.strip_prefix(b"\xef\xbb\xbf").unwrap_or(document);
    let json = serde_json::from_slice::<Value>(text);
    if added.is_err() {
        return;
    }
    let decoded = decoder.finish();
    // What another decoder takes for an array is one, and no record comes of nothing.
    if let Ok(json) = json {
        let records = json.as_array().expect("only lists are taken").len();
        let accounted = decoded.universities.len() + decoded.dropped + decoded.duplicates;
        assert_eq!(accounted, records);
    }
    let mut seen = HashSet::new();
    for university in &decoded.universities {
        assert!(!university.name.trim().is_empty());
        assert_eq!(university.alpha_two_code, "TR");
        assert!(seen.insert(university.key()), "{university:?} twice");
    }
});
