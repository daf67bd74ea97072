//! The embedded upstream answers as the public API does, from the catalogue.

use std::io::Write;

use serde_json::Value;
use universities::app::Upstream;
use universities::catalogue::{Catalogue, Location};

use crate::support::{Answer, TestApp, client, settings};

const LIST: &str = r#"[
    {"name": "A", "country": "Viet Nam", "alpha_two_code": "VN", "state-province": null,
     "domains": ["a.vn"], "web_pages": ["https://a.vn/"]},
    {"name": "B", "country": "Vietnam", "alpha_two_code": "VN", "state-province": "Hanoi",
     "domains": ["b.vn"], "web_pages": ["https://b.vn/"]},
    {"name": "a", "country": "Vietnam", "alpha_two_code": "VN", "state-province": null,
     "domains": ["A.VN"], "web_pages": []}
]"#;

fn file(list: &str) -> tempfile::NamedTempFile {
    let mut file = tempfile::Builder::new()
        .suffix(".json")
        .tempfile()
        .expect("a file");
    file.write_all(list.as_bytes()).expect("room on the disk");
    file
}

async fn search(app: &TestApp, query: &str) -> Answer {
    let about = app.get("/").await.json();
    let upstream = about["upstream"]["url"].as_str().expect("an address");
    Answer::of_another(client().get(format!("{upstream}search{query}"))).await
}

#[tokio::test]
async fn it_knows_a_country_by_the_lists_spelling_only() {
    let app = TestApp::embedded().await;
    let count = |answer: &Answer| answer.json().as_array().map(Vec::len);
    let turkiye = search(&app, "?country=Turkiye").await;
    assert!(count(&turkiye) > Some(10));
    assert_eq!(search(&app, "?country=TURKIYE").await.body, turkiye.body);
    assert_eq!(count(&search(&app, "?country=turkey").await), Some(0));
    assert_eq!(count(&search(&app, "?country=TR").await), Some(0));
    let sample = Catalogue::sample().expect("the sample");
    assert_eq!(
        count(&search(&app, "").await),
        Some(sample.universities().len())
    );
}

#[tokio::test]
async fn what_it_does_not_offer_is_a_problem() {
    let app = TestApp::embedded().await;
    let answer = search(&app, "?nmae=x").await;
    assert_eq!(answer.status, 400);
    answer.problem();
    let about = app.get("/").await.json();
    let upstream = about["upstream"]["url"].as_str().expect("an address");
    let posted = Answer::of_another(client().post(format!("{upstream}search"))).await;
    assert_eq!(
        (posted.status, posted.header("allow")),
        (405, "GET, HEAD, OPTIONS")
    );
    posted.problem();
}

#[tokio::test]
async fn a_catalogue_of_ones_own_is_answered_from_and_named() {
    let list = file(LIST);
    let mut settings = settings(Upstream::Embedded(std::time::Duration::ZERO));
    settings.catalogue = Location::File(list.path().to_owned());
    let app = TestApp::start(settings).await;
    let report = app
        .get("/v1/universities?country=vn&country=turkey")
        .await
        .json();
    let outcome = &report["outcomes"][0];
    // "a" has the name and the domains of "A": one university.
    let names: Vec<_> = outcome["universities"]
        .as_array()
        .expect("a list")
        .iter()
        .collect();
    assert_eq!(names.len(), 2, "{names:?}");
    assert_eq!(names[1]["state-province"], "Hanoi");
    let name = list.path().file_name().expect("a name").to_string_lossy();
    assert_eq!(outcome["upstream"], format!("embedded, catalogue {name}"));
    assert_eq!(
        report["outcomes"][1]["universities"],
        Value::Array(Vec::new())
    );
    let catalogue = app.get("/").await.json()["catalogue"].clone();
    assert_eq!(catalogue["sample"], false);
    assert_eq!(catalogue["universities"], 2);
    let vietnam = app.get("/v1/countries?q=vietnam").await.json();
    assert_eq!(vietnam["countries"][0]["universities"], 2);
}
