//! Documents, good and bad.

use super::*;
use serde_json::{Value, json};

fn of_turkey(document: &[u8]) -> Result<Decoded, SourceError> {
    let turkey = country_of("TR").expect("in the table");
    decode(turkey, &[(document, "Turkiye")])
}

fn decode_turkey(document: &str) -> Result<Decoded, SourceError> {
    of_turkey(document.as_bytes())
}

fn reason(document: &[u8]) -> InvalidReason {
    match of_turkey(document) {
        Err(SourceError::Invalid { reason, .. }) => reason,
        other => panic!("expected an invalid document, got {other:?}"),
    }
}

#[test]
fn nulls_missing_and_new_keys_are_tolerated() {
    let decoded = decode_turkey(
        r#"[{"name":"A","domains":null,"web_pages":[null,"https://a.tr/"],"founded":1863},
            {"name":"B","state-province":"Izmir","alpha_two_code":" tr ","country":"Turkiye"}]"#,
    )
    .expect("a usable document");
    assert_eq!(decoded.dropped, 0);
    let written: Value = serde_json::from_slice(decoded.universities.json()).expect("JSON");
    assert_eq!(
        written,
        json!([
            {"name": "A", "country": "Turkiye", "alpha_two_code": "TR", "state-province": null,
             "domains": [], "web_pages": ["https://a.tr/"]},
            {"name": "B", "country": "Turkiye", "alpha_two_code": "TR", "state-province": "Izmir",
             "domains": [], "web_pages": []},
        ])
    );
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
fn a_record_is_dropped_for_what_is_in_it_and_the_next_one_is_read() {
    let many = format!(r#"{{"name":"A","domains":[{}"a"]}}"#, r#""a","#.repeat(32));
    let long = format!(r#"{{"name":"{}"}}"#, "A".repeat(8 * 1024 + 1));
    for record in [
        r#"{"name":7}"#,
        r#"{"name":{"a":[1]}}"#,
        r#"{"name":"A","domains":{"a":1}}"#,
        r#"{"name":"A","domains":"a"}"#,
        r#"{"name":"A","web_pages":[["a"]]}"#,
        r#"{"name":"A","country":["a"]}"#,
        r#"{"name":"A","name":"A"}"#,
        r#"{"name":"\ud800"}"#,
        "[[[1]]]",
        "\"A\"",
        "-1.5",
        "true",
        &many,
        &long,
    ] {
        let list = format!(r#"[{record},{{"name":"B"}}]"#);
        let decoded = decode_turkey(&list).expect("a usable document");
        let numbers = (decoded.universities.len(), decoded.dropped);
        assert_eq!(numbers, (1, 1), "{record}");
    }
}

#[test]
fn texts_are_written_alike_however_they_were_escaped() {
    let escaped = r#"[{"n\u0061me":"T\u00fcrk \"\/\" \ud83d\ude00","founded":[{}]}]"#;
    let plain = r#"[ {"name" : "Türk \"/\" 😀"} ]"#;
    let [escaped, plain] = [escaped, plain].map(|list| {
        let decoded = decode_turkey(list).expect("a usable document");
        decoded.universities
    });
    assert_eq!(escaped, plain);
    assert!(
        plain
            .json()
            .starts_with(r#"[{"name":"Türk \"/\" 😀","#.as_bytes())
    );
}

#[test]
fn what_stands_as_it_would_be_written_is_taken_as_it_is() {
    let plain = r#"{"domains":["a.tr"],"web_pages":[],"name":"A","alpha_two_code":"TR","country":"Anatolia","state-province":null}"#;
    let others = [
        ("capitals", r#""TR""#, r#""tr""#),
        ("empty", r#""Anatolia""#, r#""""#),
        ("null", r#""Anatolia""#, "null"),
        ("no code", r#""TR""#, "null"),
    ];
    let others = others.map(|(domain, part, instead)| {
        let other = plain.replace("a.tr", domain);
        other.replace(part, instead)
    });
    let list = format!("[{plain},{plain},\n{}]", others.join(","));
    let decoded = decode_turkey(&list).expect("a usable document");
    assert_eq!((decoded.universities.len(), decoded.duplicates), (5, 1));
    let written = decoded.universities.json();
    assert!(written.starts_with(format!("[{plain},").as_bytes()));
    let written: Vec<Value> = serde_json::from_slice(written).expect("JSON");
    let said = |key: &str| -> Vec<_> { written.iter().map(|it| it[key].clone()).collect() };
    assert_eq!(said("alpha_two_code"), ["TR"; 5]);
    let countries = ["Anatolia", "Anatolia", "Turkiye", "Turkiye", "Anatolia"];
    assert_eq!(said("country"), countries);
}

#[test]
fn a_broken_document_says_in_which_way() {
    assert_eq!(reason(b"<html>sign in</html>"), InvalidReason::NotJson);
    assert_eq!(reason(b""), InvalidReason::Truncated);
    assert_eq!(reason(br#"[{"name":"A"#), InvalidReason::Truncated);
    assert_eq!(reason(br#"{"error":"no"}"#), InvalidReason::Shape);
    assert_eq!(reason(b"[\"\xff\"]"), InvalidReason::NotJson);
    assert_eq!(reason(b"[]\xc3"), InvalidReason::NotJson);
    assert_eq!(reason(b"[{\"name\":\"\xc3"), InvalidReason::Truncated);
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
