//! The article's API: `/universities/` and `/universities/async`.

use std::sync::Arc;

use tokio::sync::Semaphore;

use crate::support::{Event, FakeUpstream, Reply, TestApp, soon, turkey_waits};

#[tokio::test]
async fn the_default_is_the_articles_three_countries_in_order() {
    let app = TestApp::embedded().await;
    for path in ["/universities/", "/universities", "/universities/async"] {
        let answer = app.get(path).await;
        assert_eq!(answer.status, 200, "{path}");
        let dictionary = answer.json();
        let dictionary = dictionary.as_object().expect("an object");
        let keys: Vec<_> = dictionary.keys().collect();
        assert_eq!(keys, ["turkey", "india", "australia"], "{path}");
        for (country, list) in dictionary {
            let list = list.as_array().expect("a list");
            assert!(!list.is_empty(), "{country}");
            for key in [
                "name",
                "country",
                "alpha_two_code",
                "state-province",
                "domains",
                "web_pages",
            ] {
                assert!(list[0].get(key).is_some(), "{country} lacks {key}");
            }
        }
    }
}

#[tokio::test]
async fn each_spelling_is_a_key_and_each_country_one_call() {
    let upstream = FakeUpstream::start([
        ("Turkiye", Reply::list(&["A", "B"])),
        ("India", Reply::list(&["C"])),
    ])
    .await;
    let app = TestApp::in_front_of(&upstream).await;
    let answer = app
        .get("/universities/?country=TR&country=india&country=T%C3%BCrkiye")
        .await;
    let dictionary = answer.json();
    let keys: Vec<_> = dictionary
        .as_object()
        .expect("an object")
        .keys()
        .cloned()
        .collect();
    assert_eq!(keys, ["TR", "Türkiye", "india"]);
    assert_eq!(dictionary["TR"], dictionary["Türkiye"]);
    assert_eq!(upstream.asked("Turkiye"), 1);
}

#[tokio::test]
async fn sequential_asks_for_the_next_country_when_the_last_has_answered() {
    let (app, upstream, gate) = turkey_waits().await;
    let call = app.get("/universities/?country=turkey&country=india");
    let script = async {
        upstream.until_asked("Turkiye").await;
        gate.add_permits(1);
    };
    let (answer, ()) = soon("the answer", async { tokio::join!(call, script) }).await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        upstream.events(),
        [
            Event::Asked("Turkiye".to_owned()),
            Event::Answered("Turkiye".to_owned()),
            Event::Asked("India".to_owned()),
            Event::Answered("India".to_owned()),
        ]
    );
}

#[tokio::test]
async fn async_asks_for_all_at_once() {
    let gate = Arc::new(Semaphore::new(0));
    let upstream = FakeUpstream::start([
        ("Turkiye", Reply::list(&["A"]).behind(&gate)),
        ("India", Reply::list(&["B"]).behind(&gate)),
        ("Australia", Reply::list(&["C"]).behind(&gate)),
    ])
    .await;
    let app = TestApp::in_front_of(&upstream).await;
    let call = app.get("/universities/async");
    let script = async {
        for country in ["Turkiye", "India", "Australia"] {
            upstream.until_asked(country).await;
        }
        gate.add_permits(3);
    };
    let (answer, ()) = soon("the answer", async { tokio::join!(call, script) }).await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn one_failed_country_fails_the_call_with_its_problem() {
    let upstream = FakeUpstream::start([
        ("Turkiye", Reply::list(&["A"])),
        ("India", Reply::status("500 Oops")),
    ])
    .await;
    let app = TestApp::in_front_of(&upstream).await;
    let answer = app.get("/universities/?country=turkey&country=india").await;
    assert_eq!(answer.status, 502);
    let problem = answer.problem();
    assert_eq!(problem["type"], "/problems/upstream-error");
    assert_eq!(problem["errors"][0]["country"], "india");
}

#[tokio::test]
async fn an_unknown_country_is_a_problem_with_suggestions_and_asks_for_nothing() {
    let upstream = FakeUpstream::start([]).await;
    let app = TestApp::in_front_of(&upstream).await;
    let answer = app
        .get("/universities/?country=turkey&country=Autsralia")
        .await;
    assert_eq!(answer.status, 404);
    let problem = answer.problem();
    assert_eq!(problem["type"], "/problems/unknown-country");
    assert_eq!(problem["suggestions"][0], "Australia");
}

#[tokio::test]
async fn a_hundred_clients_at_once_are_all_answered() {
    let app = TestApp::embedded().await;
    let calls = (0..100).map(|_| app.get("/universities/async"));
    let answers = soon("all answers", futures::future::join_all(calls)).await;
    assert!(answers.iter().all(|answer| answer.status == 200));
    assert!(answers.windows(2).all(|pair| pair[0].body == pair[1].body));
}
