//! What is read at sight, and that it is what the decoder reads.

use proptest::prelude::*;
use serde_json::value::RawValue;

use super::*;

/// What the decoder reads of a text.
fn decoded(text: &str) -> String {
    let raw: &RawValue = serde_json::from_str(text).expect("what is read at sight is JSON");
    format!("{:?}", Record::of(raw).expect("a record"))
}

#[test]
fn records_of_the_usual_form_are_read_at_sight() {
    for text in [
        r#"{"name":"A"}"#,
        r#"{"name": "Türk \"\/\" \ud83d\ude00 \\", "domains": ["a.tr", "b.tr"], "web_pages": []}"#,
        "{\n\t\"alpha_two_code\" : \"TR\" ,\r\n \"state-province\" : null , \"country\":\"\" }",
        r#"{"domains":null,"web_pages":[ "https://a.tr/" ],"name":null}"#,
        r#"{"founded":1863,"name":"A","news":[{"a":"\ud800"}],"":null,"founded":1}"#,
    ] {
        let mut record = Record::default();
        let followed = format!("{text},{text}");
        let read = record.scan(&followed).map(|sight| sight.length);
        assert_eq!(read, Some(text.len()), "{text}");
        assert_eq!(format!("{record:?}"), decoded(text));
    }
}

#[test]
fn it_is_known_which_records_stand_as_they_would_be_written() {
    let usual = r#"{"web_pages":["https://a.tr/"],"name":"Türk","domains":[],"country":"Turkiye","state-province":null,"alpha_two_code":"TR"}"#;
    let is_plain = |text: &str| Record::default().scan(text).map(|sight| sight.is_plain);
    assert_eq!(is_plain(usual), Some(true));
    for (part, instead) in [
        (r#""name":"#, r#""name": "#),
        (r#""name":"#, r#" "name":"#),
        (r#""Türk""#, r#""Türk" "#),
        (r#""Türk""#, r#""T\u00fcrk""#),
        ("[],", "[ ],"),
        ("[],", "null,"),
        ("[],", r#"[],"founded":1863,"#),
        (r#""domains":[],"#, ""),
    ] {
        assert_eq!(
            is_plain(&usual.replace(part, instead)),
            Some(false),
            "{instead}"
        );
    }
}

#[test]
fn others_are_left_to_the_decoder() {
    let many = format!(r#"{{"domains":["a"{}]}}"#, r#","a""#.repeat(MOST_ADDRESSES));
    for text in [
        "",
        "{",
        "{}",
        "[]",
        "null",
        r#"{"name":"A",}"#,
        r#"{"name":"A""#,
        r#"{"name":"A"#,
        r#"{"name":"A\"#,
        r#"{"name":"A","name":"B"}"#,
        r#"{"name":"\ud800"}"#,
        "{\"name\":\"a\u{1}\"}",
        r#"{"name":7}"#,
        r#"{"name" "A"}"#,
        r#"{"n\u0061me":"A"}"#,
        r#"{"founded":}"#,
        r#"{"founded":1 2}"#,
        r#"{"domains":"a.tr"}"#,
        r#"{"domains":[null]}"#,
        r#"{"domains":["a.tr",]}"#,
        r#"{"domains":["a.tr"}"#,
        &many,
    ] {
        assert_eq!(Record::default().scan(text), None, "{text}");
    }
}

#[test]
fn what_ends_a_text_is_found_wherever_it_stands() {
    for end in ['"', '\\', '\0', '\n', '\u{1f}'] {
        for before in 0..40 {
            let text = format!("{}{end}\"\\\n", "é".repeat(before));
            assert_eq!(plain(text.as_bytes()), 2 * before, "{end:?}");
        }
    }
    let all = ('\u{20}'..'\u{100}').filter(|it| !matches!(it, '"' | '\\'));
    let all: String = all.collect();
    assert_eq!(plain(all.as_bytes()), all.len());
}

fn text() -> impl Strategy<Value = String> {
    let part = prop::sample::select(vec![
        "a", "Ü", "😀", " ", "\\\"", "\\\\", "\\u00fc", "\\ud800", "\\x", "\u{1}", "]", "{",
    ]);
    // Most are plain.
    let part = prop_oneof![9 => "[a-z. ]{1,9}", 1 => part.prop_map(str::to_owned)];
    prop::collection::vec(part, 0..4).prop_map(|parts| format!("\"{}\"", parts.concat()))
}

/// The tokens of a field.
fn field() -> impl Strategy<Value = Vec<String>> {
    let word = |word: &str| Just(vec![word.to_owned()]).boxed();
    let one = text().prop_map(|text| vec![text]).boxed();
    let list = prop::collection::vec(text(), 0..3).prop_map(|texts| {
        let mut tokens: Vec<_> = texts
            .into_iter()
            .flat_map(|it| [it, ",".to_owned()])
            .collect();
        tokens.pop();
        [vec!["[".to_owned()], tokens, vec!["]".to_owned()]].concat()
    });
    let list = prop_oneof![9 => list.boxed(), 1 => word("null")].boxed();
    let one = prop_oneof![8 => one, 1 => word("null"), 1 => word("7")].boxed();
    let fields = [
        ("name", &one),
        ("country", &one),
        ("alpha_two_code", &one),
        ("state-province", &one),
        ("domains", &list),
        ("web_pages", &list),
        ("news", &list),
        ("nam\\u0065", &one),
    ];
    let fields = fields.map(|(key, value)| {
        let key = [format!("\"{key}\""), ":".to_owned()];
        value
            .clone()
            .prop_map(move |value| [&key[..], &value].concat())
    });
    prop::sample::select(fields.to_vec()).prop_flat_map(|field| field)
}

/// The tokens of a record.
fn record() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(field(), 1..7).prop_map(|fields| {
        let mut tokens = vec!["{".to_owned()];
        for field in fields {
            tokens.extend(field);
            tokens.push(",".to_owned());
        }
        tokens.pop();
        tokens.push("}".to_owned());
        tokens
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Of records as they are, and of some with one or two tokens in wrong places.
    #[test]
    fn what_is_read_at_sight_is_what_the_decoder_reads(
        mut tokens in record(),
        moved in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 0..3),
        space in prop::sample::select(vec!["", " ", "\n\t"]),
    ) {
        for (from, to) in moved {
            let token = tokens.remove(from.index(tokens.len()));
            tokens.insert(to.index(tokens.len() + 1), token);
        }
        let text = tokens.join(space);
        let mut read = Record::default();
        if let Some(Sight { length, .. }) = read.scan(&text) {
            prop_assert_eq!(format!("{:?}", read), decoded(&text[..length]));
        }
    }
}
