//! The examples in the document: each is asked again, and must be answered as it was recorded.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use poem::{Request, endpoint::make_sync};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use universities::api::{Edge, Rate, Room};
use universities::app::{Settings, Upstream};
use universities::server;
use universities::source::BreakerSettings;

use crate::connections::{sent, until_closed};
use crate::document::rewrites;
use crate::problems::serve;
use crate::support::{
    Answer, FakeUpstream, NEVER, Reply, TestApp, client, http_2, settings, soon, with_headers,
};

/// Requests that are answered well: a name, what it shows, the path in the document, the request.
const WELL: [[&str; 4]; 14] = [
    [
        "two-countries",
        "Two countries, one after the other",
        "/universities/",
        "GET /universities/?country=iceland&country=EE",
    ],
    [
        "at-once",
        "Two countries at once",
        "/universities/async",
        "GET /universities/async?country=iceland&country=EE",
    ],
    [
        "partial",
        "A country that is known, and one that is not",
        "/v1/universities",
        "GET /v1/universities?country=iceland&country=atlantis",
    ],
    [
        "bounded",
        "Three countries, two at a time",
        "/v1/universities",
        "GET /v1/universities?country=MT&country=LU&country=FJ&strategy=bounded&concurrency=2",
    ],
    [
        "line",
        "A line for each country, and one for the summary",
        "/v1/universities/stream",
        "GET /v1/universities/stream?country=malta&country=atlantis",
    ],
    [
        "by-domain",
        "Whose a domain is",
        "/v1/universities/lookup",
        "GET /v1/universities/lookup?domain=cs.usc.edu",
    ],
    [
        "several",
        "Whose several are",
        "/v1/universities/lookup",
        "POST /v1/universities/lookup",
    ],
    [
        "page",
        "The first of a country's universities",
        "/search",
        "GET /search?country=iceland&limit=1",
    ],
    [
        "by-name",
        "Countries with a name like it",
        "/v1/countries",
        "GET /v1/countries?q=iceland",
    ],
    [
        "embedded",
        "A service that answers from its own sample",
        "/",
        "GET /",
    ],
    ["alive", "It answers", "/healthz", "GET /healthz"],
    ["ready", "It is able to answer", "/readyz", "GET /readyz"],
    [
        "fresh",
        "Of a service that has not been asked for anything",
        "/metrics",
        "GET /metrics",
    ],
    [
        "unknown-country",
        "What `unknown-country` means",
        "/problems/{slug}",
        "GET /problems/unknown-country",
    ],
];

/// Requests that are wrong by themselves.
const WRONG: [[&str; 3]; 10] = [
    [
        "invalid-parameter",
        "A deadline that is out of range",
        "GET /v1/universities?country=tr&deadline_ms=0",
    ],
    [
        "unknown-parameter",
        "A slip of the pen",
        "GET /v1/universities?country=tr&on_eror=fail",
    ],
    [
        "duplicate-parameter",
        "Two deadlines",
        "GET /v1/universities?country=tr&deadline_ms=100&deadline_ms=200",
    ],
    [
        "invalid-encoding",
        "A byte that is no UTF-8",
        "GET /v1/universities?country=%ff",
    ],
    [
        "unknown-country",
        "A slip of the pen",
        "GET /v1/universities?country=Autsralia",
    ],
    [
        "ambiguous-country",
        "A name that two countries have",
        "GET /v1/universities?country=Korea",
    ],
    [
        "unknown-domain",
        "A domain of no university",
        "GET /v1/universities/lookup?domain=nobody.example",
    ],
    [
        "unknown-route",
        "A path that is not there",
        "GET /v1/universitis",
    ],
    [
        "method-not-allowed",
        "A method that the path does not answer",
        "DELETE /v1/universities?country=tr",
    ],
    [
        "unsupported-media-type",
        "A body that does not say that it is JSON",
        "POST /v1/universities/lookup",
    ],
];

/// What upstreams answer when they are asked for Turkey, and what comes of it.
fn faults() -> [(&'static str, &'static str, Reply); 9] {
    let busy = Reply::response("503 Busy", "Retry-After: 7\r\n", "");
    [
        ("upstream-error", "Status 500", Reply::status("500 Oops")),
        (
            "upstream-unavailable",
            "Status 503, for seven seconds",
            busy,
        ),
        (
            "upstream-rate-limited",
            "Status 429",
            Reply::status("429 Slow down"),
        ),
        (
            "upstream-contract",
            "Status 404",
            Reply::status("404 Not Found"),
        ),
        (
            "upstream-redirect-refused",
            "Status 302",
            Reply::status("302 Found"),
        ),
        (
            "upstream-invalid",
            "A page instead of a list",
            Reply::json("<html>"),
        ),
        ("upstream-reset", "Nothing at all", Reply::raw("")),
        (
            "upstream-protocol",
            "Another protocol",
            Reply::raw("SSH-2.0-OpenSSH_9.2\r\n"),
        ),
        (
            "upstream-too-large",
            "More than is read",
            Reply::json(vec![b' '; 9 << 20]),
        ),
    ]
}

/// What is asked for when it does not matter what.
const TURKEY: &str = "GET /v1/universities?country=tr";

/// What has been asked and answered.
#[derive(Default)]
struct Recording(Vec<Value>);

impl Recording {
    /// Asks, and takes the answer down.
    async fn ask(&mut self, app: &TestApp, [name, summary, path, request]: [&str; 4]) {
        let body = (name == "several")
            .then(|| json!({"queries": ["cs.usc.edu", "student@metu.edu.tr", "nobody.example"]}));
        let (method, target) = request.split_once(' ').expect("a method");
        let mut asked = client().request(method.parse().expect("a method"), app.url(target));
        if let Some(body) = &body {
            asked = asked
                .header("Content-Type", "application/json")
                .body(body.to_string());
        }
        let answer = soon(name, Answer::of(asked)).await;
        self.take([name, summary, path, request], body.as_ref(), &answer);
    }

    /// Asks for a problem.
    async fn ask_wrong(&mut self, app: &TestApp, name: &str, summary: &str, request: &str) {
        let (path, _) = request.split_once('?').unwrap_or((request, ""));
        let path = path.split_once(' ').expect("a method").1;
        self.ask(app, [name, summary, path, request]).await;
    }

    fn take(
        &mut self,
        [name, summary, path, request]: [&str; 4],
        body: Option<&Value>,
        answer: &Answer,
    ) {
        let (method, target) = request.split_once(' ').expect("a method");
        let media_type = answer.header("content-type");
        let text = String::from_utf8_lossy(&answer.body);
        let mut said = match media_type {
            "application/x-ndjson" => text
                .lines()
                .map(|line| line.parse::<Value>().expect("JSON"))
                .collect(),
            json if json.ends_with("json") => answer.json(),
            _ => json!(text),
        };
        if media_type == "application/problem+json" {
            assert_eq!(said["type"], format!("/problems/{name}"), "{said}");
        } else {
            assert_eq!(answer.status, 200, "{name}: {said}");
        }
        steady(&mut said);
        self.0.push(json!({
            "name": name,
            "summary": summary,
            "path": path,
            "request": {"method": method, "target": target, "body": body},
            "answer": {"status": answer.status, "media_type": media_type, "body": said},
        }));
    }
}

/// What differs from run to run is always the same here.
fn steady(value: &mut Value) {
    match value {
        Value::Object(object) => {
            for (key, value) in object.iter_mut() {
                match key.as_str() {
                    "instance" => *value = json!("019ac8d5-6c1b-7f3e-9a50-2f8e1d4b7c66"),
                    "elapsed_ms" => *value = json!(12.5),
                    "url" => *value = json!("http://127.0.0.1:9001/"),
                    _ => steady(value),
                }
            }
        }
        Value::Array(array) => array.iter_mut().for_each(steady),
        _ => {}
    }
}

fn in_front_of(url: &str) -> Settings {
    let url = url.parse::<url::Url>().expect("an address");
    settings(Upstream::Remote(vec![url.into()]))
}

async fn wrong_requests(all: &mut Recording) {
    let app = TestApp::embedded().await;
    for [name, summary, request] in WRONG {
        all.ask_wrong(&app, name, summary, request).await;
    }
    let countries: Vec<_> = (0..251).map(|i| format!("country=x{i}")).collect();
    let spellings: Vec<_> = (0..9)
        .map(|i| format!("country=tr{}", "!".repeat(i)))
        .collect();
    for (name, summary, query) in [
        ("too-many-countries", "251 of them", countries.join("&")),
        (
            "too-many-spellings",
            "Nine of one country",
            spellings.join("&"),
        ),
        (
            "uri-too-long",
            "33,000 bytes",
            format!("country={}", "x".repeat(33_000)),
        ),
    ] {
        let request = client().get(app.url(&format!("/v1/universities?{query}")));
        let answer = Answer::of(request).await;
        all.take(
            [name, summary, "/v1/universities", "GET /v1/universities"],
            None,
            &answer,
        );
    }
    let lookup = || {
        client()
            .post(app.url("/v1/universities/lookup"))
            .header("Content-Type", "application/json")
    };
    let html = client()
        .get(app.url("/v1/countries"))
        .header("Accept", "text/html");
    let hostless = client().get(app.url("/v1/countries")).header("Host", "a b");
    // Over HTTP/1, so many are refused without a word, before the service sees them.
    let headers = with_headers(http_2().get(app.url("/v1/countries")), 101);
    for (name, summary, request, asked) in [
        (
            "invalid-body",
            "A text where a list should be",
            "POST /v1/universities/lookup",
            lookup().body(r#"{"queries": "cs.usc.edu"}"#),
        ),
        (
            "body-too-large",
            "400,000 bytes",
            "POST /v1/universities/lookup",
            lookup().body(" ".repeat(400_000)),
        ),
        (
            "not-acceptable",
            "Only HTML will do",
            "GET /v1/countries",
            html,
        ),
        (
            "bad-request",
            "A host that is none",
            "GET /v1/countries",
            hostless,
        ),
        (
            "head-too-large",
            "A hundred headers more than needed",
            "GET /v1/countries",
            headers,
        ),
    ] {
        let path = request.split_once(' ').expect("a method").1;
        all.take(
            [name, summary, path, request],
            None,
            &Answer::of(asked).await,
        );
    }
    // The body is waited for as long as it may take.
    let head = "POST /v1/universities/lookup HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{";
    let path = "/v1/universities/lookup";
    let read = until_closed(sent(&app, head.as_bytes()).await).await;
    let answer = Answer::parsed("POST", path, &read);
    let request = "POST /v1/universities/lookup";
    let names = [
        "request-timeout",
        "A body that does not come",
        path,
        request,
    ];
    all.take(names, None, &answer);
}

async fn upstreams_that_fail(all: &mut Recording) {
    for (name, summary, reply) in faults() {
        let upstream = FakeUpstream::start([("Turkiye", reply)]).await;
        let app = TestApp::in_front_of(&upstream).await;
        all.ask_wrong(&app, name, summary, TURKEY).await;
    }
    let slow = FakeUpstream::start([("Turkiye", Reply::never())]).await;
    let mut hasty = in_front_of(slow.url().as_str());
    hasty.attempt_timeout = Duration::from_millis(100);
    let timeout = TestApp::start(hasty).await;
    all.ask_wrong(&timeout, "upstream-timeout", "No answer in time", TURKEY)
        .await;
    let patient = TestApp::in_front_of(&slow).await;
    let request = "GET /v1/universities?country=tr&deadline_ms=50";
    all.ask_wrong(&patient, "deadline-exceeded", "50 ms are over", request)
        .await;

    // A name that there never is (RFC 2606), a port that nobody listens on, a greeting in plain words.
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let gone = listener.local_addr().expect("a bound port");
    drop(listener);
    let plain = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let secure = format!("https://{}", plain.local_addr().expect("a bound port"));
    let plain = tokio::spawn(async move {
        while let Ok((mut socket, _)) = plain.accept().await {
            let _gone = socket.write_all(b"hello\r\n").await;
        }
    });
    for (name, summary, url) in [
        (
            "upstream-dns",
            "A name without an address",
            "http://universities.invalid".to_owned(),
        ),
        (
            "upstream-unreachable",
            "Nobody listens",
            format!("http://{gone}"),
        ),
        ("upstream-tls", "No secure connection", secure),
    ] {
        let mut settings = in_front_of(&url);
        settings.connect_timeout = settings.attempt_timeout;
        let app = TestApp::start(settings).await;
        let request = "GET /v1/universities?country=tr&deadline_ms=60000";
        all.ask_wrong(&app, name, summary, request).await;
    }

    plain.abort();

    let failing = FakeUpstream::start([
        ("Turkiye", Reply::status("500 Oops")),
        ("India", Reply::status("503 Busy")),
    ])
    .await;
    let app = TestApp::in_front_of(&failing).await;
    let request = "GET /v1/universities?country=tr&country=in";
    all.ask_wrong(
        &app,
        "nothing-served",
        "Two countries, and each fails in its own way",
        request,
    )
    .await;
    let mut guarded = in_front_of(failing.url().as_str());
    guarded.resilience.circuit = Some(BreakerSettings {
        volume: 1,
        open_for: Duration::from_secs(30),
        ..BreakerSettings::default()
    });
    let app = TestApp::start(guarded).await;
    app.get("/v1/universities?country=tr").await;
    all.ask_wrong(
        &app,
        "upstream-circuit-open",
        "It failed a moment ago",
        TURKEY,
    )
    .await;
}

async fn services_that_cannot(all: &mut Recording) {
    let gate = Arc::new(Semaphore::new(0));
    let upstream = FakeUpstream::start([("Turkiye", Reply::list(&["A"]).behind(&gate))]).await;
    let mut crowded = in_front_of(upstream.url().as_str());
    crowded.api.room = Room {
        answering: 1,
        waiting: 0,
        ..Room::default()
    };
    let app = TestApp::start(crowded).await;
    let first = tokio::spawn(Answer::of(
        client().get(app.url("/v1/universities?country=tr")),
    ));
    upstream.until_asked("Turkiye").await;
    all.ask_wrong(&app, "overloaded", "No room", "GET /v1/countries")
        .await;
    gate.add_permits(1);
    first.await.expect("no panic");

    let mut limited = settings(Upstream::Embedded(Duration::ZERO));
    limited.api.rate = Rate {
        per_minute: std::num::NonZeroU32::new(1),
        proxies: Vec::new(),
    };
    let app = TestApp::start(limited).await;
    app.get("/v1/countries").await;
    all.ask_wrong(&app, "rate-limited", "One a minute", "GET /v1/countries")
        .await;

    let served = server::Settings {
        drain: NEVER,
        ..server::Settings::default()
    };
    let mut app = TestApp::start_served(settings(Upstream::Embedded(Duration::ZERO)), served).await;
    app.signal();
    soon("not ready", async {
        while app.get("/readyz").await.status == 200 {}
    })
    .await;
    all.ask_wrong(&app, "not-ready", "It is about to end", "GET /readyz")
        .await;

    let panicking = make_sync(|request: Request| -> &'static str {
        assert_eq!(request.uri().path(), "/", "a defect");
        "fine"
    });
    let address = serve(Edge::new(panicking)).await;
    let answer = Answer::of(client().get(format!("http://{address}/v1/universities"))).await;
    all.take(
        ["internal-error", "A defect", "/v1/universities", TURKEY],
        None,
        &answer,
    );
}

#[tokio::test]
async fn each_example_is_answered_as_recorded() {
    let mut all = Recording::default();
    for example in WELL {
        // Each from a service that has answered nothing yet.
        let app = TestApp::embedded().await;
        all.ask(&app, example).await;
    }
    wrong_requests(&mut all).await;
    upstreams_that_fail(&mut all).await;
    services_that_cannot(&mut all).await;

    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi/examples.json");
    let text = format!("{:#}\n", Value::Array(all.0.clone()));
    if rewrites() {
        fs::write(&path, &text).expect("a file that can be written");
    }
    let recorded: Value =
        serde_json::from_slice(&fs::read(&path).expect("a recording")).expect("JSON");
    for (recorded, answered) in recorded.as_array().expect("examples").iter().zip(&all.0) {
        assert_eq!(
            recorded, answered,
            "openapi/examples.json is not what is answered"
        );
    }
    assert_eq!(recorded, Value::Array(all.0));
}
