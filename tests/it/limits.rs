//! How much may be asked: at a time, in a minute, in one address.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use universities::api::{Rate, Room};
use universities::app::Upstream;

use crate::support::{Answer, FakeUpstream, Reply, TestApp, client, settings, soon};

#[tokio::test]
async fn who_finds_no_room_is_told_when_to_come_back_and_probes_get_through() {
    let gate = Arc::new(Semaphore::new(0));
    let upstream = FakeUpstream::start([("Turkiye", Reply::list(&["A"]).behind(&gate))]).await;
    let mut settings = settings(Upstream::Remote(vec![upstream.url().into()]));
    settings.api.room = Room {
        answering: 1,
        waiting: 0,
        ..Room::default()
    };
    let app = TestApp::start(settings).await;
    let url = app.url("/v1/universities?country=turkey");
    let first = tokio::spawn(Answer::of(client().get(url)));
    upstream.until_asked("Turkiye").await;
    let refused = app.get("/v1/countries").await;
    assert_eq!(refused.status, 503);
    assert_eq!(refused.problem()["type"], "/problems/overloaded");
    assert_eq!(refused.header("retry-after"), "1");
    for probe in ["/healthz", "/readyz"] {
        assert_eq!(app.get(probe).await.status, 200, "{probe}");
    }
    gate.add_permits(1);
    let answer = soon("the first answer", first).await.expect("no panic");
    assert_eq!(answer.status, 200);
    assert_eq!(app.get("/v1/countries").await.status, 200);
}

fn limited(per_minute: u32, proxies: &[&str]) -> universities::app::Settings {
    let mut settings = settings(Upstream::Embedded(Duration::ZERO));
    let proxies = proxies.iter().map(|net| net.parse().expect("a network"));
    settings.api.rate = Rate {
        per_minute: NonZeroU32::new(per_minute),
        proxies: proxies.collect(),
    };
    settings
}

#[tokio::test]
async fn a_client_may_ask_for_so_many_countries_a_minute() {
    let app = TestApp::start(limited(5, &[])).await;
    let three = "/universities/async?country=tr&country=in&country=au";
    let first = app.get(three).await;
    assert_eq!(first.status, 200);
    assert_eq!(first.header("ratelimit-policy"), "\"countries\";q=5;w=60");
    assert_eq!(first.header("ratelimit"), "\"countries\";r=2");
    let second = app.get(three).await;
    assert_eq!(second.status, 429);
    let problem = second.problem();
    assert_eq!(problem["type"], "/problems/rate-limited");
    let wait = problem["retry_after_s"].as_u64().expect("seconds");
    assert!((1..=13).contains(&wait), "{wait}");
    assert_eq!(second.header("retry-after"), wait.to_string());
    assert_eq!(
        second.header("ratelimit"),
        format!("\"countries\";r=2;t={wait}")
    );
    // What is refused costs nothing, nor do probes.
    for _ in 0..9 {
        assert_eq!(app.get("/healthz").await.status, 200);
    }
    assert_eq!(app.get("/universities/?country=tr").await.status, 200);
    // Spellings of one country are one, and the article's call without any is of its three.
    let spellings = "/v1/universities?country=tr&country=turkey&country=Türkiye";
    let app = TestApp::start(limited(5, &[])).await;
    assert_eq!(
        app.get(spellings).await.header("ratelimit"),
        "\"countries\";r=4"
    );
    let article = app.get("/universities/").await;
    assert_eq!(article.header("ratelimit"), "\"countries\";r=1");
    // What no waiting makes possible is not a matter of the rate.
    let six = "/v1/universities?country=tr&country=in&country=au&country=de&country=fr&country=it";
    let never = app.get(six).await;
    assert_eq!(never.status, 400);
    let problem = never.problem();
    assert_eq!(problem["type"], "/problems/too-many-countries");
    assert_eq!(problem["errors"][0]["given"], "6");
    assert_eq!(never.header("retry-after"), "");
}

#[tokio::test]
async fn clients_behind_our_proxies_are_told_apart_and_others_cannot_pretend() {
    let ask = async |app: &TestApp, client_is: &str| {
        let request = client().get(app.url("/universities/?country=tr"));
        Answer::of(request.header("X-Forwarded-For", client_is))
            .await
            .status
    };
    let behind = TestApp::start(limited(1, &["127.0.0.0/8"])).await;
    assert_eq!(ask(&behind, "198.51.100.1").await, 200);
    assert_eq!(ask(&behind, "198.51.100.2").await, 200);
    assert_eq!(ask(&behind, "198.51.100.1").await, 429);
    let open = TestApp::start(limited(1, &[])).await;
    assert_eq!(ask(&open, "198.51.100.1").await, 200);
    assert_eq!(ask(&open, "198.51.100.2").await, 429);
}

#[tokio::test]
async fn without_a_limit_nothing_is_said_of_one() {
    let app = TestApp::embedded().await;
    let answer = app.get("/universities/").await;
    assert!(!answer.headers.contains_key("ratelimit"));
}

#[tokio::test]
async fn an_address_may_be_so_long() {
    let app = TestApp::embedded().await;
    let answer = app
        .get(&format!("/search?name={}", "a".repeat(33_000)))
        .await;
    assert_eq!(answer.status, 414);
    assert_eq!(answer.problem()["type"], "/problems/uri-too-long");
    let countries = (0..250).map(|n| format!("country={n:0>100}"));
    let countries = countries.collect::<Vec<_>>().join("&");
    let answer = app.get(&format!("/v1/universities?{countries}")).await;
    assert_eq!(answer.status, 404, "long, but not too long");
}
