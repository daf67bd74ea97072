//! What callers may ask of HTTP itself: codings, conditions, other origins, methods.

use reqwest::RequestBuilder;
use reqwest::header::HeaderMap;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use universities::api::Origins;
use universities::app::Upstream;

use crate::support::{
    Answer, FakeUpstream, Reply, TestApp, client, list_of, settings, turkey_waits,
};

const PATH: &str = "/universities/?country=turkey";

async fn with(app: &TestApp, path: &str, headers: &[(&str, &str)]) -> Answer {
    let request = client().get(app.url(path));
    let add = |request: RequestBuilder, (name, value): &(&str, &str)| request.header(*name, *value);
    Answer::of(headers.iter().fold(request, add)).await
}

#[tokio::test]
async fn an_answer_is_coded_as_the_caller_wants_it() {
    let app = TestApp::embedded().await;
    let plain = with(&app, PATH, &[("Accept-Encoding", "identity")]).await;
    for path in [PATH, "/docs", "/docs/start.js", "/openapi.yaml"] {
        let plain = with(&app, path, &[]).await;
        assert_eq!(plain.header("content-encoding"), "", "{path}");
        for (accept, coding) in [
            ("gzip", "gzip"),
            ("br", "br"),
            ("zstd", "zstd"),
            ("gzip;q=0", ""),
            ("deflate", ""),
        ] {
            let answer = with(&app, path, &[("Accept-Encoding", accept)]).await;
            assert_eq!(answer.header("vary"), "Accept-Encoding", "{path} {accept}");
            if path != "/docs" {
                assert_eq!(answer.header("content-encoding"), coding, "{path} {accept}");
            }
            assert_eq!(answer.decoded(), plain.body, "{path} {accept}");
        }
    }
    assert!(plain.body.len() > 1024);
    let small = with(&app, "/healthz", &[("Accept-Encoding", "gzip")]).await;
    assert_eq!(
        small.header("content-encoding"),
        "",
        "too small to be worth it"
    );
}

#[tokio::test]
async fn a_report_in_gzip_is_put_together_where_gzip_is_as_good_as_any_other() {
    let large = |code| Reply::json(list_of("A", &[code], 300));
    let upstream = FakeUpstream::start([("Turkiye", large("TR")), ("India", large("IN"))]).await;
    let app = TestApp::in_front_of(&upstream).await;
    let path = "/v1/universities?country=tr&country=in";
    let lists = |answer: &Answer| {
        let report: serde_json::Value = serde_json::from_slice(&answer.decoded()).expect("JSON");
        let outcomes = report["outcomes"].as_array().expect("a list").iter();
        let lists: Vec<_> = outcomes
            .map(|outcome| outcome["universities"].clone())
            .collect();
        lists
    };
    let plain = with(&app, path, &[]).await;
    let tag = plain.header("etag").trim_end_matches('"');
    for (accept, coding) in [
        ("gzip", "gzip"),
        ("br, zstd, gzip", "gzip"),
        ("br;q=0.9, gzip;q=0.9", "gzip"),
        ("br, gzip;q=0.9", "br"),
        ("zstd, gzip;q=0", "zstd"),
        ("identity, gzip;q=0.9", ""),
    ] {
        let answer = with(&app, path, &[("Accept-Encoding", accept)]).await;
        assert_eq!(answer.header("content-encoding"), coding, "{accept}");
        assert_eq!(lists(&answer), lists(&plain), "{accept}");
        if coding == "gzip" {
            let length = answer.header("content-length").to_owned();
            assert_eq!(length, answer.body.len().to_string(), "{accept}");
            assert_eq!(answer.header("etag"), format!("{tag}-gzip\""));
            assert!(2 * answer.body.len() < plain.body.len(), "{length}");
        }
    }
    // What stands around the lists is more here, and compressed with them.
    let unknown: Vec<_> = (0..40)
        .map(|number| format!("&country=nowhere{number}"))
        .collect();
    let path = format!("{path}{}", unknown.concat());
    let plain = with(&app, &path, &[]).await;
    let answer = with(&app, &path, &[("Accept-Encoding", "gzip")]).await;
    assert_eq!(answer.header("content-encoding"), "gzip");
    assert_eq!(lists(&answer), lists(&plain));
    let length = answer.body.len();
    assert!(6 * length < plain.body.len(), "{length}");
}

#[tokio::test]
async fn a_stream_leaves_line_by_line_in_every_coding() {
    for coding in ["gzip", "br", "zstd"] {
        let (app, _upstream, gate) = turkey_waits().await;
        let url = app.url("/v1/universities/stream?country=turkey&country=india");
        let request = client().get(url).header("Accept-Encoding", coding);
        let mut response = request.send().await.expect("an answer");
        assert_eq!(response.headers()["content-encoding"], coding);
        let first = crate::support::soon("the first line", response.chunk()).await;
        let mut body = first.expect("no error").expect("a line").to_vec();
        gate.add_permits(1);
        while let Some(chunk) = response.chunk().await.expect("no error") {
            body.extend(chunk);
        }
        let answer = Answer {
            status: 200,
            headers: response.headers().clone(),
            body,
        };
        let lines = String::from_utf8(answer.decoded()).expect("text");
        assert_eq!(lines.lines().count(), 3, "{coding}: {lines}");
    }
}

#[tokio::test]
async fn what_a_caller_has_is_not_sent_again() {
    let app = TestApp::embedded().await;
    for path in [
        PATH,
        "/search?name=technical",
        "/v1/universities?country=turkey&country=atlantis",
        "/v1/countries",
        "/v1/universities/lookup?domain=metu.edu.tr",
        "/openapi.json",
        "/docs",
        "/redoc/start.js",
    ] {
        for accept in ["identity", "gzip", "br"] {
            let coding = ("Accept-Encoding", accept);
            let first = with(&app, path, &[coding]).await;
            let tag = first.header("etag");
            assert!(!tag.is_empty(), "{path}");
            let again = with(&app, path, &[coding, ("If-None-Match", tag)]).await;
            assert_eq!(again.status, 304, "{path} {accept}");
            assert!(again.body.is_empty(), "{path}");
            for header in ["etag", "cache-control", "vary"] {
                assert_eq!(
                    again.header(header),
                    first.header(header),
                    "{path} {header}"
                );
            }
            let other = with(&app, path, &[coding, ("If-None-Match", "\"other\"")]).await;
            assert_eq!(other.status, 200, "{path}");
            let (coding, is_strong) = (first.header("content-encoding"), !tag.starts_with("W/"));
            assert_eq!(other.header("content-encoding"), coding, "{path}");
            assert!(!is_strong || other.body == first.body, "{path} {accept}");
        }
        let [plain, coded] = ["identity", "gzip"].map(|accept| [("Accept-Encoding", accept)]);
        let (plain, coded) = (
            with(&app, path, &plain).await,
            with(&app, path, &coded).await,
        );
        let is_coded = !coded.header("content-encoding").is_empty();
        assert_eq!(
            plain.header("etag") != coded.header("etag"),
            is_coded,
            "{path}"
        );
    }
    assert_eq!(
        app.get("/healthz").await.header("cache-control"),
        "no-store"
    );
}

#[tokio::test]
async fn an_answer_to_a_post_is_coded() {
    let app = TestApp::embedded().await;
    let domains: Vec<_> = (0..40).map(|number| format!("{number}.edu")).collect();
    let ask = async |coding: &str| {
        let request = client().post(app.url("/v1/universities/lookup"));
        let request = request.header("Content-Type", "application/json");
        let request = request.header("Accept-Encoding", coding);
        Answer::of(request.body(json!({"queries": domains}).to_string())).await
    };
    let (plain, coded) = (ask("identity").await, ask("gzip").await);
    assert_eq!((plain.status, coded.status), (200, 200));
    assert_eq!(coded.header("content-encoding"), "gzip");
    assert_eq!(coded.decoded(), plain.body);
}

#[tokio::test]
async fn other_data_has_another_tag() {
    let upstream = FakeUpstream::start([
        ("Turkiye", Reply::list(&["A"])),
        ("India", Reply::list(&["B"])),
    ])
    .await;
    let app = TestApp::in_front_of(&upstream).await;
    let tag = async |country: &str| {
        let path = format!("/v1/universities?country={country}");
        app.get(&path).await.header("etag").to_owned()
    };
    assert_eq!(tag("turkey").await, tag("turkey").await, "whatever it took");
    assert_ne!(tag("turkey").await, tag("india").await);
    assert!(tag("turkey").await.starts_with("W/"));
}

#[tokio::test]
async fn head_has_the_headers_of_get() {
    let app = TestApp::embedded().await;
    for accept in ["identity", "gzip"] {
        let headers = [("Accept-Encoding", accept)];
        let get = with(&app, PATH, &headers).await;
        let request = client()
            .head(app.url(PATH))
            .header("Accept-Encoding", accept);
        let head = Answer::of(request).await;
        assert!(head.body.is_empty());
        let same = |headers: &HeaderMap| {
            let names = [
                "etag",
                "vary",
                "content-type",
                "content-encoding",
                "cache-control",
            ];
            names.map(|name| headers.get(name).cloned())
        };
        assert_eq!(same(&head.headers), same(&get.headers), "{accept}");
    }
}

#[tokio::test]
async fn pages_of_other_origins_may_ask() {
    let app = TestApp::embedded().await;
    let origin = ("Origin", "https://a.example");
    for (path, status) in [
        (PATH, 200),
        ("/nowhere", 404),
        ("/search?limit=x", 400),
        ("/v1/universities?country=atlantis", 404),
    ] {
        let answer = with(&app, path, &[origin]).await;
        assert_eq!(answer.status, status);
        assert_eq!(answer.header("access-control-allow-origin"), "*", "{path}");
        let exposed = answer.header("access-control-expose-headers");
        for header in ["X-Process-Time", "X-Total-Count", "Link", "ETag"] {
            assert!(exposed.contains(header), "{exposed}");
        }
    }
    assert_eq!(
        app.get(PATH).await.header("access-control-allow-origin"),
        ""
    );
    let request = client()
        .request(reqwest::Method::OPTIONS, app.url("/v1/universities/lookup"))
        .header("Origin", "https://a.example")
        .header("Access-Control-Request-Method", "POST")
        .header("Access-Control-Request-Headers", "content-type");
    let preflight = Answer::of(request).await;
    assert_eq!(preflight.status, 204);
    for (name, part) in [
        ("access-control-allow-origin", "*"),
        ("access-control-allow-methods", "POST"),
        ("access-control-allow-headers", "Content-Type"),
        ("access-control-max-age", "86400"),
    ] {
        assert!(preflight.header(name).contains(part), "{name}");
    }
}

#[tokio::test]
async fn only_pages_of_chosen_origins_may_ask_where_some_are() {
    let mut settings = settings(Upstream::Embedded(std::time::Duration::ZERO));
    settings.api.origins = Origins::Only(vec!["https://a.example".to_owned()]);
    let app = TestApp::start(settings).await;
    for (origin, allowed) in [
        ("https://a.example", "https://a.example"),
        ("https://b.example", ""),
    ] {
        let answer = with(&app, "/", &[("Origin", origin)]).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("access-control-allow-origin"), allowed);
        let mut vary = answer.headers.get_all("vary").iter();
        assert!(vary.any(|vary| vary == "Origin"), "{:?}", answer.headers);
    }
}

#[tokio::test]
async fn every_path_says_which_methods_it_answers() {
    let app = TestApp::embedded().await;
    for (path, allow) in [
        ("/", "GET, HEAD, OPTIONS"),
        ("/docs", "GET, HEAD, OPTIONS"),
        ("/v1/universities/lookup", "GET, HEAD, POST, OPTIONS"),
    ] {
        let request = client().request(reqwest::Method::OPTIONS, app.url(path));
        let answer = Answer::of(request).await;
        assert_eq!(
            (answer.status, answer.header("allow")),
            (204, allow),
            "{path}"
        );
    }
    let mut socket = TcpStream::connect(app.address).await.expect("a connection");
    let whole = b"OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    socket.write_all(whole).await.expect("sent");
    let mut read = String::new();
    socket.read_to_string(&mut read).await.expect("an answer");
    assert!(read.starts_with("HTTP/1.1 204"), "{read}");
    let nowhere = client().request(reqwest::Method::OPTIONS, app.url("/nowhere"));
    assert_eq!(Answer::of(nowhere).await.status, 404);
}

#[tokio::test]
async fn browsers_are_told_to_trust_nothing_more_than_they_must() {
    let app = TestApp::embedded().await;
    for path in [PATH, "/nowhere", "/docs", "/docs/start.js", "/healthz"] {
        let answer = app.get(path).await;
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        let policy = answer.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'"), "{path}: {policy}");
        let scripts = policy.split(';').find(|part| part.contains("script-src"));
        assert!(
            !scripts.unwrap_or_default().contains("unsafe"),
            "{path}: {policy}"
        );
    }
}

#[tokio::test]
async fn pages_have_no_script_inside_and_their_files_may_be_kept() {
    let app = TestApp::embedded().await;
    for viewer in ["/docs", "/redoc"] {
        let page = app.get(viewer).await;
        let page = String::from_utf8(page.body).expect("text");
        assert!(page.len() < 4096, "{viewer} has {} bytes", page.len());
        let sources: Vec<_> = page.split("<script").skip(1).collect();
        assert_eq!(sources.len(), 2, "{page}");
        for source in sources {
            let (_, address) = source.split_once("src=\"").expect("a file");
            let (address, rest) = address.split_once('"').expect("its end");
            assert!(rest.starts_with("></script>"), "{page}");
            let file = app.get(&format!("/{address}")).await;
            assert_eq!(file.status, 200, "{address}");
            assert!(file.header("content-type").starts_with("text/javascript"));
            let is_kept = file.header("cache-control").contains("immutable");
            assert_eq!(is_kept, !address.ends_with("start.js"), "{address}");
        }
    }
}
