//! Stopping: at once when idle, after running requests otherwise.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use universities::app::Upstream;
use universities::server;

use crate::support::{FakeUpstream, NEVER, Reply, TestApp, client, settings, soon};

#[tokio::test]
async fn an_idle_service_stops_at_once_and_closes_idle_connections() {
    let app = TestApp::embedded().await;
    let mut idle = TcpStream::connect(app.address).await.expect("a connection");
    let mut kept = TcpStream::connect(app.address).await.expect("a connection");
    kept.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        .await
        .expect("sent");
    assert!(kept.read(&mut [0; 1024]).await.expect("an answer") > 0);
    let server = app.stop();
    assert_eq!(soon("the end", server).await.expect("no panic"), 0);
    assert_eq!(idle.read(&mut [0]).await.expect("closed"), 0);
    assert_eq!(kept.read(&mut [0; 1024]).await.expect("closed"), 0);
}

#[tokio::test]
async fn running_requests_finish_first() {
    let gate = Arc::new(Semaphore::new(0));
    let upstream = FakeUpstream::start([("Turkiye", Reply::list(&["A"]).behind(&gate))]).await;
    let app = TestApp::in_front_of(&upstream).await;
    let request = client()
        .get(app.url("/v1/universities?country=turkey"))
        .send();
    let request = tokio::spawn(request);
    upstream.until_asked("Turkiye").await;
    let address = app.address;
    let server = app.stop();
    // The listener closes before the running request is done.
    soon("the listener to close", async {
        while TcpStream::connect(address).await.is_ok() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert!(!server.is_finished());
    gate.add_permits(1);
    let response = soon("the answer", request)
        .await
        .expect("no panic")
        .expect("an answer");
    assert_eq!(response.status(), 200);
    assert!(
        response
            .text()
            .await
            .expect("a whole body")
            .contains("\"complete\":true")
    );
    assert_eq!(soon("the end", server).await.expect("no panic"), 0);
}

#[tokio::test]
async fn what_has_not_finished_by_the_end_of_the_grace_is_cut_off_and_counted() {
    let upstream = FakeUpstream::start([("Turkiye", Reply::never())]).await;
    let served = server::Settings {
        grace: Duration::ZERO,
        ..server::Settings::default()
    };
    let app = TestApp::start_served(
        settings(Upstream::Remote(vec![upstream.url().into()])),
        served,
    )
    .await;
    // Connections that have ended by then do not count.
    for _ in 0..3 {
        assert_eq!(app.get("/healthz").await.status, 200);
    }
    let request = client().get(app.url("/v1/universities?country=turkey"));
    let request = tokio::spawn(request.send());
    upstream.until_asked("Turkiye").await;
    assert_eq!(soon("the end", app.stop()).await.expect("no panic"), 1);
    assert!(
        soon("the request", request)
            .await
            .expect("no panic")
            .is_err()
    );
    upstream.until_abandoned("Turkiye").await;
}

#[tokio::test]
async fn a_stream_that_is_not_waited_for_ends_with_its_summary() {
    let upstream =
        FakeUpstream::start([("Turkiye", Reply::list(&["A"])), ("India", Reply::never())]).await;
    let limits = server::Settings {
        grace: Duration::from_secs(1),
        ..server::Settings::default()
    };
    let app = TestApp::start_served(
        settings(Upstream::Remote(vec![upstream.url().into()])),
        limits,
    )
    .await;
    let url = app.url("/v1/universities/stream?country=turkey&country=india");
    let response = client().get(url).send().await.expect("an answer");
    upstream.until_asked("India").await;
    let server = app.stop();
    let lines = soon("the end of the stream", response.text()).await;
    let lines = lines.expect("a whole stream");
    let last = lines.lines().last().expect("lines");
    let last: serde_json::Value = serde_json::from_str(last).expect("JSON");
    assert_eq!(last["summary"]["complete"], false, "{lines}");
    assert_eq!(last["summary"]["failed"], 1, "{lines}");
    assert_eq!(soon("the end", server).await.expect("no panic"), 0);
}

#[tokio::test]
async fn while_it_drains_it_answers_but_is_not_ready() {
    let served = server::Settings {
        drain: NEVER,
        ..server::Settings::default()
    };
    let mut app = TestApp::start_served(settings(Upstream::Embedded(Duration::ZERO)), served).await;
    assert_eq!(app.get("/readyz").await.status, 200);
    app.signal();
    let refusal = soon("not ready", async {
        loop {
            let answer = app.get("/readyz").await;
            if answer.status != 200 {
                return answer;
            }
        }
    })
    .await;
    assert_eq!(refusal.status, 503);
    assert_eq!(refusal.problem()["type"], "/problems/not-ready");
    assert_eq!(app.get("/healthz").await.status, 200);
    assert_eq!(app.get("/universities/").await.status, 200);
}
