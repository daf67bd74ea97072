//! Which country each of some hundred spellings leads to.
//!
//! `spellings.tsv` is written by hand: a spelling, then a code, or `?` and the choices, or `-` for
//! none. Where `UNIVERSITIES_TEST_LIST` names a file in the public list's format, every spelling in
//! it is tried too.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;
use universities::domain::{Country, Resolution, resolve};

const LIST: &str = "UNIVERSITIES_TEST_LIST";

/// As the table of cases writes it.
fn leads_to(spelling: &str) -> String {
    match resolve(spelling) {
        Resolution::Known(country) => country.code().to_owned(),
        Resolution::Ambiguous { choices, .. } => {
            let codes: BTreeSet<_> = choices.into_iter().map(Country::code).collect();
            format!("? {}", codes.into_iter().collect::<Vec<_>>().join(" "))
        }
        Resolution::Unknown => "-".to_owned(),
    }
}

#[test]
fn each_case_leads_where_it_should() {
    let mut wrong = Vec::new();
    let mut cases = 0;
    for line in include_str!("spellings.tsv").lines() {
        let (spelling, expected) = line
            .split_once('\t')
            .expect("a spelling and where it leads");
        let expected = match expected.strip_prefix("? ") {
            Some(choices) => {
                let codes: BTreeSet<_> = choices.split(' ').collect();
                format!("? {}", codes.into_iter().collect::<Vec<_>>().join(" "))
            }
            None => expected.to_owned(),
        };
        let found = leads_to(spelling);
        if found != expected {
            wrong.push(format!("{spelling:?} leads to {found}, not to {expected}"));
        }
        cases += 1;
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(cases > 700, "{cases} cases only");
}

#[test]
fn each_spelling_of_the_public_list_leads_where_it_says() {
    #[expect(clippy::disallowed_methods, reason = "tests have no configuration")]
    let Some(path) = std::env::var_os(LIST) else {
        return;
    };
    let list = fs::read_to_string(path).expect("a readable list");
    let list: Vec<Value> = serde_json::from_str(&list).expect("a list");
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let pairs: BTreeSet<_> = list
        .iter()
        .map(|record| (text(&record["country"]), text(&record["alpha_two_code"])))
        .collect();
    let wrong: Vec<_> = pairs
        .iter()
        .filter(|(spelling, code)| leads_to(spelling) != *code)
        .map(|(spelling, code)| format!("{spelling} ({code}) leads to {}", leads_to(spelling)))
        .collect();
    // The list calls one of two states Congo; a caller who does may mean the other.
    assert_eq!(wrong, ["Congo (CG) leads to ? CD CG"]);
    assert!(pairs.len() > 200);
}
