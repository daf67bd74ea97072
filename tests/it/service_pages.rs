//! `GET /`, the probes, and the pages that show the document.

use std::time::Duration;

use tokio::net::TcpListener;
use universities::app::Upstream;
use universities::server;

use crate::support::{Answer, FakeUpstream, NEVER, TestApp, client, settings, soon};

#[tokio::test]
async fn the_root_says_which_upstream_and_catalogue_answer() {
    let app = TestApp::start(settings(Upstream::Embedded(Duration::from_millis(1)))).await;
    let about = app.get("/").await.json();
    assert_eq!(about["service"], "universities");
    assert_eq!(about["upstream"]["kind"], "embedded");
    assert_eq!(about["upstream"]["latency_ms"], 1.0);
    assert_eq!(about["catalogue"]["name"], "sample");
    assert_eq!(about["catalogue"]["sample"], true);
    for path in about["documents"].as_object().expect("an object").values() {
        let path = path.as_str().expect("a path");
        assert_eq!(app.get(path).await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn a_remote_upstream_is_named_without_its_credentials() {
    let upstream = FakeUpstream::start([]).await;
    let mut url = upstream.url();
    url.set_username("caller").expect("an authority");
    url.set_password(Some("secret")).expect("an authority");
    let app = TestApp::start(settings(Upstream::Remote(vec![url.into()]))).await;
    let about = app.get("/").await.json();
    assert_eq!(about["upstream"]["kind"], "remote");
    assert_eq!(about["upstream"]["url"], upstream.url().as_str());
}

#[tokio::test]
async fn probes_may_be_for_those_who_run_the_service_only() {
    let operators = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let theirs = operators.local_addr().expect("bound");
    let settings = settings(Upstream::Embedded(Duration::ZERO));
    let served = server::Settings {
        drain: NEVER,
        ..server::Settings::default()
    };
    let mut app = TestApp::start_with(settings, served, Some(operators)).await;
    // Each serves a part of the document.
    let get = |url: String| Answer::of_another(client().get(url));
    let ask = async |path: &str| get(format!("http://{theirs}{path}")).await;
    for path in ["/healthz", "/readyz"] {
        assert_eq!(get(app.url(path)).await.status, 404, "{path}");
        assert_eq!(ask(path).await.status, 200, "{path}");
    }
    let document = app.get("/openapi.json").await.json();
    assert!(document["paths"]["/readyz"].is_null());
    for path in ["/universities/", "/docs", "/openapi.json"] {
        assert_eq!(app.get(path).await.status, 200, "{path}");
        assert_eq!(ask(path).await.status, 404, "{path}");
    }
    // They see the service stop while it still answers.
    app.signal();
    soon("not ready", async {
        while ask("/readyz").await.status != 503 {}
    })
    .await;
    assert_eq!(app.get("/universities/").await.status, 200);
}

#[tokio::test]
async fn the_probes_answer() {
    let app = TestApp::embedded().await;
    assert_eq!(app.get("/healthz").await.json()["status"], "alive");
    assert_eq!(app.get("/readyz").await.json()["status"], "ready");
}

#[tokio::test]
async fn the_pages_carry_the_document_and_ask_for_nothing_elsewhere() {
    let app = TestApp::embedded().await;
    for path in ["/docs", "/redoc"] {
        let answer = app.get(path).await;
        assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
        let page = String::from_utf8(answer.body).expect("text");
        let start = app.get(&format!("{path}/start.js")).await.body;
        let start = String::from_utf8(start).expect("text");
        assert!(start.contains("\"getUniversities\""), "{path}");
        assert!(
            start.contains("\"openapi\": \"3.0.3\""),
            "{path} shows the mended document"
        );
        assert!(!page.contains("fonts.googleapis.com/css"), "{path}");
    }
}
