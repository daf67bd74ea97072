//! Answers that are given again as they were sent: they differ from others by nothing but their speed.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpSocket;

use crate::resilience::{WEEK, kept, metric, started};
use crate::support::{Answer, FakeUpstream, Reply, TestApp, client};

const PATH: &str = "/universities/async?country=turkey";

/// With the answer ready in every coding.
async fn warmed(names: &[&str]) -> (TestApp, FakeUpstream) {
    let upstream = FakeUpstream::start([("Turkiye", Reply::list(names))]).await;
    let app = started(&upstream, kept(WEEK)).await;
    for _ in 0..3 {
        for coding in ["identity", "gzip", "br", "zstd"] {
            coded(&app, coding).await;
        }
    }
    (app, upstream)
}

async fn coded(app: &TestApp, coding: &str) -> Answer {
    Answer::of(
        client()
            .get(app.url(PATH))
            .header("Accept-Encoding", coding),
    )
    .await
}

#[tokio::test]
async fn a_ready_answer_is_that_of_the_handler_in_every_coding() {
    let long = "A".repeat(2_000);
    let (app, upstream) = warmed(&[&long]).await;
    for coding in ["identity", "gzip", "br", "zstd"] {
        let ready = coded(&app, coding).await;
        // A page of another origin goes the long way.
        let request = client()
            .get(app.url(PATH))
            .header("Origin", "https://a.example");
        let made = Answer::of(request.header("Accept-Encoding", coding)).await;
        assert_eq!(ready.decoded(), made.decoded(), "{coding}");
        let of_this_moment = ["x-request-id", "x-process-time", "server-timing", "date"];
        for (name, value) in &made.headers {
            let name = name.as_str();
            let is_for_pages = name.starts_with("access-control-");
            if of_this_moment.contains(&name) || name == "transfer-encoding" || is_for_pages {
                continue;
            }
            assert_eq!(ready.headers.get(name), Some(value), "{coding}: {name}");
        }
        let timing = ready.headers.get_all("server-timing").iter();
        let timing: Vec<_> = timing.map(|value| value.to_str().expect("text")).collect();
        assert_eq!(timing.len(), 1, "{coding}");
        assert!(
            timing[0].starts_with("TR;dur=0;desc=\"cached\", total;dur="),
            "{coding}: {timing:?}"
        );
    }
    assert_eq!(upstream.asked("Turkiye"), 1);
}

#[tokio::test]
async fn each_is_an_answer_to_its_own_request_and_counted() {
    let (app, _) = warmed(&["A"]).await;
    let hits = metric(&app, "universities_cache_hits_total").await;
    let [first, second] = [app.get(PATH).await, app.get(PATH).await];
    assert_ne!(first.header("x-request-id"), second.header("x-request-id"));
    let named = client().get(app.url(PATH)).header("X-Request-Id", "mine");
    assert_eq!(Answer::of(named).await.header("x-request-id"), "mine");
    assert_eq!(
        metric(&app, "universities_cache_hits_total").await,
        hits + 3
    );
    let tag = first.header("etag").to_owned();
    let had = client().get(app.url(PATH)).header("If-None-Match", &tag);
    let had = Answer::of(had).await;
    assert_eq!((had.status, had.header("etag")), (304, tag.as_str()));
    let refused = client().get(app.url(PATH)).header("Accept", "text/html");
    assert_eq!(Answer::of(refused).await.status, 406);
    let bodiless = Answer::of(client().head(app.url(PATH))).await;
    assert_eq!(
        (bodiless.status, bodiless.header("etag")),
        (200, tag.as_str())
    );
}

#[tokio::test]
async fn none_is_given_again_when_a_list_in_it_is_no_longer_the_one_that_is_kept() {
    let (app, upstream) = warmed(&["A"]).await;
    upstream.now("Turkiye", Reply::list(&["B"]));
    assert_eq!(app.get(PATH).await.json()["turkey"][0]["name"], "A");
    let new = client()
        .get(app.url(PATH))
        .header("Cache-Control", "no-cache");
    assert_eq!(Answer::of(new).await.json()["turkey"][0]["name"], "B");
    for _ in 0..3 {
        for coding in ["identity", "gzip"] {
            let list = coded(&app, coding).await.decoded();
            let list = String::from_utf8(list).expect("text");
            assert!(list.contains(r#""name":"B""#), "{coding}: {list}");
        }
    }
}

#[tokio::test]
async fn what_is_stale_is_not_given_again_as_if_it_were_fresh() {
    let upstream = FakeUpstream::start([("Turkiye", Reply::list(&["A"]))]).await;
    let app = started(&upstream, kept(Duration::ZERO)).await;
    for _ in 0..3 {
        let answer = app.get(PATH).await;
        let status = answer.header("cache-status");
        assert!(!status.contains("hit"), "{status}");
    }
}

#[tokio::test]
async fn a_large_one_arrives_whole_however_slowly_it_is_read() {
    let names: Vec<_> = (0..4_000)
        .map(|i| format!("University of {i:0>60}"))
        .collect();
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    let (app, _) = warmed(&names).await;
    let request = client()
        .get(app.url(PATH))
        .header("Origin", "https://a.example");
    let made = Answer::of(request).await.decoded();
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_recv_buffer_size(4_096).expect("little room");
    let mut socket = socket.connect(app.address).await.expect("connected");
    // What is asked for in one go is answered in turn.
    let get =
        |connection| format!("GET {PATH} HTTP/1.1\r\nHost: x\r\nConnection: {connection}\r\n\r\n");
    let requests = get("keep-alive").repeat(2) + &get("close");
    socket.write_all(requests.as_bytes()).await.expect("sent");
    let mut read = Vec::new();
    let mut piece = [0; 1_000];
    loop {
        let bytes = socket.read(&mut piece).await.expect("more, or the end");
        if bytes == 0 {
            break;
        }
        read.extend_from_slice(&piece[..bytes]);
    }
    let mut rest = &read[..];
    for _ in 0..3 {
        let end = rest
            .windows(4)
            .position(|at| at == b"\r\n\r\n")
            .expect("a head")
            + 4;
        let head = String::from_utf8_lossy(&rest[..end]).to_lowercase();
        assert!(head.starts_with("http/1.1 200"), "{head}");
        assert!(
            head.contains(&format!("content-length: {}\r\n", made.len())),
            "{head}"
        );
        let (body, after) = rest[end..].split_at(made.len());
        assert_eq!(body, made);
        rest = after;
    }
    assert!(rest.is_empty());
}
