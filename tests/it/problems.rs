//! Every error of the edge is a problem document: its type, its words, its fields.

use std::net::SocketAddr;
use std::sync::Arc;

use insta::assert_json_snapshot;
use poem::{Request, endpoint::make_sync};
use tokio::net::TcpListener;
use universities::api::Edge;
use universities::server;

use crate::support::{Answer, TestApp, client};

/// The whole document of each kind of problem that a request by itself can cause.
#[tokio::test]
async fn each_problem_is_as_recorded() {
    let app = TestApp::embedded().await;
    let nine = (0..9).map(|i| format!("country=tr{}", "!".repeat(i)));
    let spellings = format!("/v1/universities?{}", nine.collect::<Vec<_>>().join("&"));
    let unknown = (0..251).map(|i| format!("country=x{i}"));
    let countries = format!("/v1/universities?{}", unknown.collect::<Vec<_>>().join("&"));
    for (name, path) in [
        ("unknown_route", "/v1/universitis"),
        ("missing_parameter", "/v1/universities"),
        ("blank_country", "/v1/universities?country=%20"),
        (
            "number_out_of_range",
            "/v1/universities?country=tr&concurrency=65",
        ),
        (
            "deadline_out_of_range",
            "/v1/universities?country=tr&deadline_ms=0",
        ),
        (
            "word_not_allowed",
            "/v1/universities?country=tr&strategy=fast",
        ),
        (
            "window_without_bounded",
            "/v1/universities?country=tr&strategy=concurrent&concurrency=2",
        ),
        (
            "unknown_parameter",
            "/v1/universities?country=tr&on_eror=fail",
        ),
        ("no_parameters_here", "/healthz?verbose"),
        (
            "duplicate_parameter",
            "/v1/universities?country=tr&deadline_ms=100&deadline_ms=200",
        ),
        ("several_errors", "/universities/?contry=tr&strategy=fast"),
        ("invalid_encoding", "/v1/universities?country=%ff"),
        ("unknown_country", "/v1/universities?country=Autsralia"),
        ("ambiguous_country", "/v1/universities?country=Congo"),
        ("too_many_spellings", &spellings),
        ("too_many_countries", &countries),
        ("unknown_domain", "/v1/universities/lookup?domain=x.ac.uk"),
        ("not_a_host_name", "/search?domain=https://usc.edu/"),
        (
            "not_an_address",
            "/v1/universities/lookup?email=person-at-usc.edu",
        ),
        (
            "one_of_two",
            "/v1/universities/lookup?domain=usc.edu&email=a@usc.edu",
        ),
        ("bad_limit", "/search?limit=abc&offset=-1"),
        (
            "unknown_countries",
            "/v1/universities?country=atlantis&country=mordor",
        ),
    ] {
        let answer = app.get(path).await;
        let problem = answer.problem();
        assert_json_snapshot!(name, problem, { ".instance" => "[request id]" });
    }
}

#[tokio::test]
async fn a_wrong_method_says_what_is_allowed() {
    let app = TestApp::embedded().await;
    for (method, path) in [
        ("POST", "/universities/"),
        ("DELETE", "/v1/universities?country=tr"),
    ] {
        let name = method.parse().expect("a method");
        let answer = Answer::of(client().request(name, app.url(path))).await;
        assert_eq!(answer.status, 405);
        assert_eq!(answer.header("allow"), "GET, HEAD, OPTIONS");
        assert_json_snapshot!(
            format!("method_not_allowed_{}", method.to_lowercase()),
            answer.problem(),
            { ".instance" => "[request id]" }
        );
    }
}

#[tokio::test]
async fn strange_paths_are_unknown_routes() {
    let app = TestApp::embedded().await;
    for path in [
        "//universities/",
        "/universities//",
        "/Universities/",
        "/v1%2Funiversities",
        "/v1/universities/",
        "/..%2f..%2fetc/passwd",
        "/docs/index.html",
        "/openapi.json/",
    ] {
        let answer = app.get(path).await;
        assert_eq!(answer.status, 404, "{path}");
        assert_eq!(
            answer.problem()["type"],
            "/problems/unknown-route",
            "{path}"
        );
    }
}

#[tokio::test]
async fn what_a_caller_sends_comes_back_escaped_and_only_in_the_body() {
    let app = TestApp::embedded().await;
    let answer = app
        .get("/v1/universities?country=a%0D%0AX-Evil:%20%22yes%22")
        .await;
    assert_eq!(answer.status, 404);
    assert!(!answer.headers.contains_key("x-evil"));
    assert_eq!(
        answer.problem()["errors"][0]["country"],
        "a\r\nX-Evil: \"yes\""
    );
}

#[tokio::test]
async fn a_panic_in_a_handler_is_a_problem_and_not_the_end() {
    let panicking = make_sync(|request: Request| -> &'static str {
        assert_ne!(request.uri().path(), "/panic", "the handler's own words");
        "fine"
    });
    let address = serve(Edge::new(panicking)).await;
    let get = |path: &str| client().get(format!("http://{address}{path}"));
    let answer = Answer::of(get("/panic")).await;
    assert_eq!(answer.status, 500);
    let problem = answer.problem();
    assert_eq!(problem["type"], "/problems/internal-error");
    assert!(!problem.to_string().contains("own words"), "{problem}");
    assert!(!answer.header("x-process-time").is_empty());
    assert_eq!(Answer::of(get("/fine")).await.body, b"fine");
}

/// A server of its own for an endpoint.
pub(crate) async fn serve(
    endpoint: impl poem::Endpoint<Output = poem::Response> + 'static,
) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("a bound port");
    let settings = server::Settings::default();
    tokio::spawn(server::serve(
        listener,
        Arc::new(endpoint),
        Arc::new(()),
        std::future::pending(),
        settings,
    ));
    address
}

#[tokio::test]
async fn every_problem_type_is_explained_at_its_address() {
    let app = TestApp::embedded().await;
    let document = universities::api::document();
    let slug = &document["paths"]["/problems/{slug}"]["get"]["parameters"][0];
    let slugs = slug["schema"]["enum"]
        .as_array()
        .expect("the list of types");
    assert!(slugs.len() > 30);
    for slug in slugs {
        let address = format!("/problems/{}", slug.as_str().expect("a name"));
        let answer = app.get(&address).await;
        assert_eq!(answer.status, 200, "{address}");
        let explanation = answer.json();
        assert_eq!(explanation["type"], address);
        for field in ["title", "meaning", "advice"] {
            let text = explanation[field].as_str().unwrap_or_default();
            assert!(text.len() > 3, "{address}: {field}");
        }
    }
    let unknown = app.get("/problems/unknown-contry").await;
    assert_eq!(unknown.status, 404);
    assert_eq!(
        unknown.problem()["suggestions"][0],
        "/problems/unknown-country"
    );
}

#[tokio::test]
async fn who_accepts_nothing_that_there_is_is_told_what_there_is() {
    let app = TestApp::embedded().await;
    let ask = async |path: &str, accept: &str| {
        let request = client().get(app.url(path)).header("Accept", accept);
        Answer::of(request).await
    };
    for (path, accept, status) in [
        ("/v1/countries", "application/json", 200),
        ("/v1/countries", "text/html, */*;q=0.1", 200),
        ("/v1/countries", "application/*", 200),
        ("/v1/countries", "text/html", 406),
        ("/v1/countries", "application/json;q=0", 406),
        (
            "/v1/universities/stream?country=tr",
            "application/x-ndjson",
            200,
        ),
        (
            "/v1/universities/stream?country=tr",
            "application/json",
            406,
        ),
        ("/docs", "application/json", 200),
    ] {
        let answer = ask(path, accept).await;
        assert_eq!(answer.status, status, "{path} {accept}");
        if status == 406 {
            assert_eq!(answer.problem()["type"], "/problems/not-acceptable");
        }
    }
}
