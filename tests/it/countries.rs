//! `GET /v1/countries`: what may be asked for.

use std::collections::HashSet;

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
