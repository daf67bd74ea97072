//! The catalogue refreshes itself: from an address, conditionally, as a whole, and never to worse.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::sync::Semaphore;
use universities::app::{App, Refreshed, Settings, StartError, Upstream};
use universities::catalogue::{CatalogueError, Location};

use crate::support::{Answer, FakeList, FakeUpstream, Reply, TestApp, client, list_of, settings};

const COUNTRIES: [&str; 3] = ["TR", "IN", "AU"];

fn at(list: &FakeList, data_dir: Option<&Path>, latency: Duration) -> Settings {
    let mut settings = settings(Upstream::Embedded(latency));
    let data_dir = data_dir.map(Path::to_owned);
    settings.catalogue = Location::Address(list.url().into(), data_dir);
    settings
}

fn published(mark: &str, validators: &str) -> Reply {
    Reply::response("200 OK", validators, list_of(mark, &COUNTRIES, 4))
}

async fn version(app: &TestApp) -> Value {
    app.get("/").await.json()["catalogue"]["data_version"].clone()
}

/// The marks of the universities that a report has, each once.
fn marks(outcomes: &Value) -> Vec<String> {
    let outcomes = outcomes.as_array().expect("a list");
    let lists = outcomes
        .iter()
        .map(|outcome| outcome["universities"].as_array().expect("a list"));
    let mut marks: Vec<_> = lists
        .flatten()
        .map(|university| {
            let name = university["name"].as_str().expect("a name");
            name.rsplit(' ').next().expect("a mark").to_owned()
        })
        .collect();
    marks.sort();
    marks.dedup();
    marks
}

async fn report(app: &TestApp) -> Value {
    let query = "country=tr&country=in&country=au&strategy=concurrent";
    app.get(&format!("/v1/universities?{query}")).await.json()
}

#[tokio::test]
async fn a_new_list_is_answered_from_and_named_everywhere() {
    let validators = "Last-Modified: Sun, 22 Nov 2026 10:00:00 GMT\r\n";
    let list = FakeList::start(published("one", validators)).await;
    let app = TestApp::start(at(&list, None, Duration::ZERO)).await;
    let first = version(&app).await;
    let before = report(&app).await;
    assert_eq!(marks(&before["outcomes"]), ["one"]);
    assert_eq!(before["data_version"], first);
    assert_eq!(before["data_date"], "2026-11-22T10:00:00Z");

    let later = "Last-Modified: Sun, 22 Nov 2026 11:00:00 GMT\r\n";
    list.answer(published("two", later));
    assert!(matches!(app.refresh().await, Refreshed::New));
    let after = report(&app).await;
    assert_eq!(marks(&after["outcomes"]), ["two"]);
    assert_ne!(after["data_version"], first);
    let about = app.get("/").await.json()["catalogue"].clone();
    let ready = app.get("/readyz").await.json();
    for place in [&about, &ready] {
        assert_eq!(place["data_version"], after["data_version"], "{place}");
        assert_eq!(place["data_date"], "2026-11-22T11:00:00Z", "{place}");
    }
    assert_eq!(about["name"], list.url().as_str());
    let outcome = &after["outcomes"][0];
    assert_eq!(
        outcome["upstream"],
        format!("embedded, catalogue {}", list.url())
    );
}

#[tokio::test]
async fn what_has_not_changed_is_not_fetched_again() {
    let validators = "ETag: \"one\"\r\nLast-Modified: Sun, 22 Nov 2026 10:00:00 GMT\r\n";
    let list = FakeList::start(published("one", validators)).await;
    let app = TestApp::start(at(&list, None, Duration::ZERO)).await;
    assert!(!list.last_head().contains("if-none-match"));
    list.answer(Reply::status("304 Not Modified"));
    assert!(matches!(app.refresh().await, Refreshed::Unchanged));
    let head = list.last_head();
    assert!(head.contains("if-none-match: \"one\"\r\n"), "{head}");
    assert!(head.contains("if-modified-since: sun, 22 nov"), "{head}");
    list.answer(published("one", ""));
    assert!(matches!(app.refresh().await, Refreshed::Unchanged));
}

#[tokio::test]
async fn a_list_that_is_broken_or_has_shrunk_is_refused() {
    let whole = list_of("one", &COUNTRIES, 4);
    let list = FakeList::start(Reply::json(&whole)).await;
    let app = TestApp::start(at(&list, None, Duration::ZERO)).await;
    let before = version(&app).await;
    let new = list_of("two", &COUNTRIES, 4);
    let many_slips = new.replace("\"TR\"", "\"XX\"");
    let one: Value = serde_json::from_str(&new).expect("a list");
    let again_and_again = Value::Array(vec![one[0].clone(); 24]).to_string();
    let announced = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", new.len());
    let half = &new[..new.len() / 2];
    for (what, reply) in [
        ("a page", Reply::json("<html>")),
        ("nothing", Reply::json("")),
        ("no records", Reply::json("[]")),
        ("half a document", Reply::json(half)),
        ("a cut connection", Reply::raw(format!("{announced}{half}"))),
        ("a reset one", Reply::raw(announced).then_reset()),
        ("records that are wrong", Reply::json(many_slips)),
        ("no text", Reply::json(b"[\"\xff\"]")),
        ("less than half", Reply::json(list_of("two", &["TR"], 4))),
        (
            "one university again and again",
            Reply::json(again_and_again),
        ),
        ("an error", Reply::status("500 Oops")),
        ("not there", Reply::status("404 Gone")),
        ("unchanged since nothing", Reply::status("304 Not Modified")),
    ] {
        list.answer(reply);
        let refreshed = app.refresh().await;
        assert!(
            matches!(refreshed, Refreshed::Kept(_)),
            "{what}: {refreshed:?}"
        );
        assert_eq!(version(&app).await, before, "{what}");
        assert_eq!(marks(&report(&app).await["outcomes"]), ["one"], "{what}");
    }
    list.answer(Reply::json(list_of("two", &["TR", "IN"], 3)));
    assert!(
        matches!(app.refresh().await, Refreshed::New),
        "exactly half"
    );
}

#[tokio::test]
async fn what_a_request_says_of_the_list_is_what_held_when_it_began() {
    let list = FakeList::start(published("one", "")).await;
    let gate = Arc::new(Semaphore::new(0));
    let upstream = FakeUpstream::start([("India", Reply::list(&["A"]).behind(&gate))]).await;
    let mut settings = settings(Upstream::Remote(vec![upstream.url().into()]));
    settings.catalogue = Location::Address(list.url().into(), None);
    let app = Arc::new(TestApp::start(settings).await);
    let first = version(&app).await;
    let url = app.url("/v1/universities?country=in");
    let begun = tokio::spawn(Answer::of(client().get(url)));
    upstream.until_asked("India").await;
    list.answer(published("two", ""));
    assert!(matches!(app.refresh().await, Refreshed::New));
    assert_ne!(version(&app).await, first);
    gate.add_permits(1);
    let report = begun.await.expect("no panic").json();
    assert_eq!(report["data_version"], first);
}

#[tokio::test]
async fn those_who_look_at_the_same_time_find_a_list_once() {
    let list = FakeList::start(published("one", "")).await;
    let app = TestApp::start(at(&list, None, Duration::ZERO)).await;
    list.answer(published("two", ""));
    let (one, other) = tokio::join!(app.refresh(), app.refresh());
    let both = [one, other];
    let new = both
        .iter()
        .filter(|refreshed| matches!(refreshed, Refreshed::New));
    assert_eq!(new.count(), 1, "{both:?}");
}

#[tokio::test]
async fn a_request_that_has_begun_ends_with_the_list_it_began_with() {
    let list = FakeList::start(published("one", "")).await;
    let app = TestApp::start(at(&list, None, Duration::from_millis(50))).await;
    let first = version(&app).await;
    let query = "country=tr&country=in&country=au&strategy=sequential";
    let url = app.url(&format!("/v1/universities/stream?{query}"));
    let mut answer = client().get(url).send().await.expect("an answer");
    let mut lines = answer
        .chunk()
        .await
        .expect("a line")
        .expect("a line")
        .to_vec();
    list.answer(published("two", ""));
    assert!(matches!(app.refresh().await, Refreshed::New));
    while let Some(chunk) = answer.chunk().await.expect("a whole stream") {
        lines.extend(chunk);
    }
    let lines = String::from_utf8(lines).expect("text");
    let lines: Vec<Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    let (summary, outcomes) = lines.split_last().expect("lines");
    let outcomes = outcomes.iter().map(|line| line["outcome"].clone());
    let outcomes = Value::Array(outcomes.collect());
    assert_eq!(outcomes.as_array().map(Vec::len), Some(3));
    assert_eq!(marks(&outcomes), ["one"]);
    assert_eq!(summary["summary"]["data_version"], first);
    assert_eq!(summary["summary"]["complete"], true);
    assert_eq!(marks(&report(&app).await["outcomes"]), ["two"]);
}

#[tokio::test]
async fn a_copy_is_kept_for_when_the_address_does_not_answer() {
    let directory = tempfile::tempdir().expect("a directory");
    let list = FakeList::start(published("one", "ETag: \"one\"\r\n")).await;
    let settings = at(&list, Some(directory.path()), Duration::ZERO);
    let app = TestApp::start(settings.clone()).await;
    let first = version(&app).await;
    for silent in [
        Reply::status("503 Busy"),
        Reply::json(list_of("two", &["TR"], 1)),
        Reply::status("304 Not Modified"),
    ] {
        list.answer(silent);
        let restarted = TestApp::start(settings.clone()).await;
        assert!(list.last_head().contains("if-none-match: \"one\""));
        assert_eq!(version(&restarted).await, first);
        assert_eq!(marks(&report(&restarted).await["outcomes"]), ["one"]);
    }
    list.answer(published("two", ""));
    let restarted = TestApp::start(settings.clone()).await;
    assert_ne!(version(&restarted).await, first, "the address comes first");
}

#[tokio::test]
async fn without_a_list_and_a_copy_there_is_no_service() {
    let list = FakeList::start(Reply::status("503 Busy")).await;
    let error = App::start(&at(&list, None, Duration::ZERO)).await;
    let error = error.expect_err("nothing to answer from");
    let StartError::Catalogue(CatalogueError::Unusable(cause)) = error else {
        panic!("{error:?}");
    };
    assert!(matches!(*cause, CatalogueError::Status { status: 503, .. }));
    list.answer(Reply::json("<html>"));
    let error = App::start(&at(&list, None, Duration::ZERO)).await;
    assert!(matches!(
        error,
        Err(StartError::Catalogue(CatalogueError::Unusable(_)))
    ));
}

#[tokio::test]
async fn a_moved_list_is_followed_to_where_it_is() {
    let list = FakeList::start(published("one", "")).await;
    let moved = format!("Location: {}\r\n", list.url());
    let before = FakeList::start(Reply::response("301 Moved", &moved, "")).await;
    let app = TestApp::start(at(&before, None, Duration::ZERO)).await;
    assert_eq!(marks(&report(&app).await["outcomes"]), ["one"]);
    assert!(
        !list.last_head().contains("referer"),
        "an address may have a key"
    );

    let elsewhere = "Location: http://localhost:1/list.json\r\n";
    let hijacked = FakeList::start(Reply::response("302 Found", elsewhere, "")).await;
    let error = App::start(&at(&hijacked, None, Duration::ZERO)).await;
    let Err(StartError::Catalogue(CatalogueError::Unusable(cause))) = error else {
        panic!("{error:?}");
    };
    assert!(matches!(
        *cause,
        CatalogueError::Redirected { status: 302, .. }
    ));

    let in_circles = FakeList::start(Reply::status("500 Oops")).await;
    let location = format!("Location: {}\r\n", in_circles.url());
    in_circles.answer(Reply::response("302 Found", &location, ""));
    let error = App::start(&at(&in_circles, None, Duration::ZERO)).await;
    assert!(error.is_err(), "a loop ends");
}

#[tokio::test]
async fn the_embedded_upstream_of_a_list_stops_when_nobody_needs_it() {
    let list = FakeList::start(published("one", "")).await;
    let app = TestApp::start(at(&list, None, Duration::ZERO)).await;
    let upstream = async || {
        let about = app.get("/").await.json();
        about["upstream"]["url"]
            .as_str()
            .expect("an address")
            .to_owned()
    };
    let before = upstream().await;
    list.answer(published("two", ""));
    assert!(matches!(app.refresh().await, Refreshed::New));
    assert_ne!(upstream().await, before);
    let url = format!("{before}search?country=India");
    let gone = async {
        // Another test's server may get its port.
        while let Ok(answer) = client().get(&url).send().await {
            if !answer
                .text()
                .await
                .is_ok_and(|list| list.contains(" one\""))
            {
                break;
            }
        }
    };
    crate::support::soon("the end of the upstream before", gone).await;
}
