//! What every answer has, errors included.

use crate::support::{Answer, TestApp, client, http_2};

fn assert_complete(answer: &Answer, path: &str) {
    let time = answer.header("x-process-time");
    let seconds = time.strip_suffix(" sec").expect("the article's format");
    let decimals = seconds.split('.').nth(1).map(str::len);
    assert!(
        seconds.parse::<f64>().is_ok() && decimals == Some(4),
        "{path}: {time}"
    );
    assert!(!answer.header("x-request-id").is_empty(), "{path}");
    let timings: Vec<_> = answer.headers.get_all("server-timing").iter().collect();
    let last = timings.last().expect("a total").to_str().expect("text");
    assert!(last.starts_with("total;dur="), "{path}: {last}");
}

#[tokio::test]
async fn every_answer_says_how_long_it_took_and_who_it_was() {
    let app = TestApp::embedded().await;
    for path in [
        "/",
        "/healthz",
        "/readyz",
        "/docs",
        "/redoc",
        "/openapi.json",
        "/openapi.yaml",
        "/universities/",
        "/universities/async",
        "/v1/countries",
        "/problems/unknown-country",
        "/v1/universities?country=tr",
        "/v1/universities/stream?country=tr",
        "/nowhere",
        "/v1/universities",
        "/v1/universities?country=atlantis",
        "/?x=%ff",
    ] {
        assert_complete(&app.get(path).await, path);
    }
    let wrong_method = Answer::of(client().delete(app.url("/"))).await;
    assert_complete(&wrong_method, "DELETE /");
}

#[tokio::test]
async fn a_sane_request_id_is_taken_over_and_any_other_replaced() {
    let app = TestApp::embedded().await;
    let with_id = |id: &str| {
        let request = client().get(app.url("/nowhere")).header("X-Request-Id", id);
        Answer::of(request)
    };
    let sane = "Caller-7.of_9";
    let answer = with_id(sane).await;
    assert_eq!(answer.header("x-request-id"), sane);
    assert_eq!(answer.problem()["instance"], sane);
    for strange in ["two words", "<script>", &"x".repeat(129)] {
        let answer = with_id(strange).await;
        assert_ne!(answer.header("x-request-id"), strange);
        answer.problem();
    }
}

#[tokio::test]
async fn head_answers_like_get_without_a_body() {
    let app = TestApp::embedded().await;
    let answer = Answer::of(client().head(app.url("/universities/"))).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), "application/json");
    assert!(answer.body.is_empty());
}

#[tokio::test]
async fn head_has_no_body_over_http_2_either() {
    let app = TestApp::embedded().await;
    let client = http_2();
    for (path, status) in [("/universities/", 200), ("/nope", 404), ("/?x=1", 400)] {
        let answer = Answer::of(client.head(app.url(path))).await;
        assert_eq!((answer.status, answer.body.len()), (status, 0), "{path}");
    }
}
