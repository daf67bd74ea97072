//! `GET /v1/countries`: what may be asked for.

use std::collections::HashSet;

use serde_json::Value;
use universities::domain::{Country, country_of};

use crate::support::TestApp;

#[tokio::test]
async fn every_listed_name_leads_to_its_country() {
    let app = TestApp::embedded().await;
    let body = app.get("/v1/countries").await.json();
    let countries = body["countries"].as_array().expect("a list");
    assert_eq!(countries.len(), 250);
    let mut codes = HashSet::new();
    for country in countries {
        let code = country["code"].as_str().expect("a code");
        assert!(codes.insert(code), "{code} is listed twice");
        let spellings = country["spellings"].as_array().expect("a list");
        let numeric = country["numeric"].as_str();
        assert_eq!(numeric.is_none(), code == "XK");
        let names = [
            country["code"].as_str(),
            country["alpha_3"].as_str(),
            country["name"].as_str(),
        ]
        .into_iter()
        .chain(spellings.iter().map(|spelling| spelling.as_str()))
        .map(|name| name.expect("text"))
        .chain(numeric);
        for name in names {
            let found = country_of(name).map(Country::code);
            assert_eq!(found, Some(code), "{name}");
        }
    }
}

#[tokio::test]
async fn countries_are_found_by_any_name() {
    let app = TestApp::embedded().await;
    for (q, expected) in [
        ("T%C3%BCrkiy", vec!["TR"]),
        ("deutsch", vec!["DE"]),
        ("korea", vec!["KP", "KR"]),
        ("c%C3%B4te%20d", vec!["CI"]),
        ("atlantis", vec![]),
    ] {
        let body = app.get(&format!("/v1/countries?q={q}")).await.json();
        let countries = body["countries"].as_array().expect("a list");
        let codes: Vec<_> = countries.iter().map(|country| &country["code"]).collect();
        assert_eq!(codes, expected, "{q}");
    }
    for query in ["?q=", "?q=%20", "?q=a&q=b", "?name=turkey"] {
        let answer = app.get(&format!("/v1/countries{query}")).await;
        assert_eq!(answer.status, 400, "{query}");
        answer.problem();
    }
}

#[tokio::test]
async fn each_country_says_how_many_universities_the_catalogue_has() {
    let app = TestApp::embedded().await;
    let body = app.get("/v1/countries").await.json();
    for country in body["countries"]
        .as_array()
        .expect("a list")
        .iter()
        .take(40)
    {
        let code = country["code"].as_str().expect("a code");
        let report = app
            .get(&format!("/v1/universities?country={code}"))
            .await
            .json();
        let listed = report["outcomes"][0]["universities"]
            .as_array()
            .map(Vec::len);
        assert_eq!(
            Some(&Value::from(listed)),
            country.get("universities"),
            "{code}"
        );
    }
}
