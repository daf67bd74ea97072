//! What callers get for each way in which an upstream can fail.

use std::io::Write;
use std::time::Duration;

use insta::assert_json_snapshot;
use serde_json::Value;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::time::Instant;
use universities::app::{Settings, Upstream};
use url::Url;

use crate::support::{FakeUpstream, Reply, TestApp, settings, soon};

/// Asks for Turkey, whose call fails, beside India, whose does not: the fault must show in the
/// one and not in the other. Then for Turkey alone. Returns the problem.
///
/// Holds every fault to the invariants: each country once and in order (I1), by the deadline (I2), no
/// fault in another's place (I3), no more calls than there are countries (I5), a 5xx only where nothing
/// could be served (I6), problems as they should be (I7), answers as the document has them (I8), and the
/// origin on what is served (I9).
async fn failing(reply: Reply, change: impl Fn(&mut Settings)) -> Value {
    let upstream = FakeUpstream::start([("Turkiye", reply), ("India", Reply::list(&["A"]))]).await;
    let mut settings = settings(Upstream::Remote(vec![upstream.url().into()]));
    change(&mut settings);
    let app = TestApp::start(settings).await;

    let began = Instant::now();
    let both = app.get("/v1/universities?country=turkey&country=india&deadline_ms=60000");
    let both = soon("both", both).await;
    assert!(began.elapsed() < Duration::from_millis(60_050));
    assert_eq!(both.status, 200);
    let report = both.json();
    assert_eq!(report["complete"], false);
    let outcomes = report["outcomes"].as_array().expect("a list");
    let requested: Vec<_> = outcomes.iter().map(|o| &o["requested"][0]).collect();
    assert_eq!(requested, ["turkey", "india"]);
    assert_eq!(outcomes[1]["universities"][0]["name"], "A");
    assert_eq!(outcomes[1]["origin"], "live");
    let branch = outcomes[0]["problem"].clone();
    // Three redirects may be followed.
    assert!(upstream.asked("Turkiye") <= 1 + 3);
    assert_eq!(upstream.asked("India"), 1);

    let alone = soon("one", app.get("/v1/universities?country=turkey")).await;
    let problem = alone.problem();
    assert_eq!(
        (&problem["type"], &problem["status"]),
        (&branch["type"], &branch["status"])
    );
    assert_eq!(alone.status, branch["status"], "{branch}");
    branch
}

fn assert_is(problem: &Value, slug: &str, status: u16, says: &str) {
    assert_eq!(problem["type"], format!("/problems/{slug}"), "{problem}");
    assert_eq!(problem["status"], status, "{problem}");
    let detail = problem["detail"].as_str().expect("text");
    assert!(detail.contains(says), "{detail:?} should contain {says:?}");
}

async fn unchanged(reply: Reply) -> Value {
    failing(reply, |_| {}).await
}

fn hasty(settings: &mut Settings) {
    settings.attempt_timeout = Duration::from_secs(1);
}

async fn behind(url: &str) -> Value {
    let url: Url = url.parse().expect("an address");
    let mut settings = settings(Upstream::Remote(vec![url.into()]));
    // Looking a name up counts as connecting, and may take the resolver a while.
    settings.connect_timeout = settings.attempt_timeout;
    let app = TestApp::start(settings).await;
    let path = "/v1/universities?country=turkey&deadline_ms=60000";
    let answer = soon("an answer", app.get(path)).await;
    answer.problem()
}

#[tokio::test]
async fn refused() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("a bound port");
    drop(listener);
    let problem = behind(&format!("http://{address}")).await;
    assert_is(
        &problem,
        "upstream-unreachable",
        502,
        "could not be reached",
    );
    assert!(
        !problem.to_string().contains(&address.to_string()),
        "no internals: {problem}"
    );
}

#[tokio::test]
async fn no_such_name() {
    // RFC 2606 keeps this top level empty.
    let problem = behind("http://universities.invalid").await;
    assert_is(&problem, "upstream-dns", 502, "could not be resolved");
}

#[tokio::test]
async fn not_tls() {
    // A server that answers a TLS greeting with a word of its own.
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("a bound port");
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let _gone = socket.write_all(b"HTTP/1.1 400 No\r\n\r\n").await;
        }
    });
    let problem = behind(&format!("https://{address}")).await;
    assert_is(&problem, "upstream-tls", 502, "no secure connection");
}

/// A certificate that nobody vouches for, over a connection that is otherwise good.
#[tokio::test]
async fn not_trusted() {
    let directory = tempfile::tempdir().expect("a directory");
    crate::secured::issue(directory.path());
    let service = crate::secured::served(crate::secured::open(directory.path())).await;
    let problem = behind(&format!("https://localhost:{}", service.address.port())).await;
    assert_is(&problem, "upstream-tls", 502, "secure");
}

#[tokio::test]
async fn no_connection_in_time() {
    // A full backlog drops further connections, as a host behind a silent firewall does.
    let socket = TcpSocket::new_v4().expect("a socket");
    socket
        .bind("127.0.0.1:0".parse().expect("an address"))
        .expect("a free port");
    let listener = socket.listen(1).expect("a listener");
    let address = listener.local_addr().expect("a bound port");
    let fillers: Vec<_> = (0..8)
        .map(|_| tokio::spawn(TcpStream::connect(address)))
        .collect();
    let url = format!("http://{address}").parse::<Url>();
    let url = url.expect("an address");
    let app = TestApp::start(settings(Upstream::Remote(vec![url.into()]))).await;
    let problem = soon("an answer", app.get("/v1/universities?country=turkey"))
        .await
        .problem();
    assert_is(
        &problem,
        "upstream-timeout",
        504,
        "waiting for a connection",
    );
    assert_eq!(problem["phase"], "connect");
    drop(fillers);
}

#[tokio::test]
async fn no_answer_in_time() {
    let problem = failing(Reply::never(), hasty).await;
    assert_is(
        &problem,
        "upstream-timeout",
        504,
        "waiting for the response head",
    );
}

#[tokio::test]
async fn a_body_that_never_ends() {
    let problem = failing(Reply::list(&["A"]).stuck_before_the_last(1), hasty).await;
    assert_is(&problem, "upstream-timeout", 504, "waiting for the body");
}

#[tokio::test]
async fn the_total_timeout_ends_what_attempts_do_not() {
    let problem = failing(Reply::never(), |settings| {
        settings.resilience.retry.total_timeout = Duration::from_secs(1);
    })
    .await;
    assert_is(&problem, "upstream-timeout", 504, "in all");
}

#[tokio::test]
async fn statuses() {
    for (status, slug, expected) in [
        ("500 Internal Server Error", "upstream-error", 502),
        ("502 Bad Gateway", "upstream-error", 502),
        ("504 Gateway Timeout", "upstream-error", 502),
        ("404 Not Found", "upstream-contract", 502),
        ("204 No Content", "upstream-contract", 502),
        ("503 Service Unavailable", "upstream-unavailable", 503),
        ("429 Too Many Requests", "upstream-rate-limited", 503),
    ] {
        let problem = unchanged(Reply::status(status)).await;
        assert_is(&problem, slug, expected, &status[..3]);
        assert_eq!(problem["upstream_status"].to_string(), status[..3]);
    }
}

#[tokio::test]
async fn retry_after_is_passed_on() {
    for status in ["503 Service Unavailable", "429 Too Many Requests"] {
        let reply = Reply::response(status, "Retry-After: 120\r\n", "");
        assert_eq!(unchanged(reply).await["retry_after_s"], 120);
    }
    let date = "Retry-After: Fri, 31 Dec 1999 23:59:59 GMT\r\n";
    let problem = unchanged(Reply::response("503 Busy", date, "")).await;
    assert_eq!(problem["retry_after_s"], 1, "a date is not read");
}

#[tokio::test]
async fn redirects_are_refused() {
    let elsewhere = "Location: http://127.0.0.1:1/search\r\n";
    let problem = unchanged(Reply::response("302 Found", elsewhere, "")).await;
    assert_is(&problem, "upstream-redirect-refused", 502, "redirects");
    let back_again = "Location: /search?country=Turkiye\r\n";
    let problem = unchanged(Reply::response("302 Found", back_again, "")).await;
    assert_is(&problem, "upstream-redirect-refused", 502, "redirects");
}

#[tokio::test]
async fn a_redirect_to_the_same_place_is_followed() {
    let moved = Reply::response(
        "301 Moved Permanently",
        "Location: /v2?country=Moved\r\n",
        "",
    );
    let upstream = FakeUpstream::start([("Turkiye", moved), ("Moved", Reply::list(&["A"]))]).await;
    let app = TestApp::in_front_of(&upstream).await;
    let report = app.get("/v1/universities?country=tr").await.json();
    assert_eq!(report["outcomes"][0]["universities"][0]["name"], "A");
}

#[tokio::test]
async fn documents_that_are_no_list() {
    for (body, says, reason) in [
        ("<html>Please sign in</html>", "not JSON", "not-json"),
        ("", "cut short", "truncated"),
        ("[{\"name\": \"A\"", "cut short", "truncated"),
        ("{\"error\": \"no\"}", "not a list", "shape"),
        ("null", "not a list", "shape"),
        ("[1, 2, null]", "not a list", "shape"),
        ("[\"\u{0}\"]", "not JSON", "not-json"),
    ] {
        let problem = unchanged(Reply::json(body)).await;
        assert_is(&problem, "upstream-invalid", 502, says);
        assert_eq!(problem["reason"], reason, "{body}");
    }
}

#[tokio::test]
async fn a_body_shorter_than_announced() {
    let cut = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n[{\"name\":";
    let problem = unchanged(Reply::raw(cut)).await;
    assert_is(&problem, "upstream-invalid", 502, "cut short");
}

#[tokio::test]
async fn a_connection_reset_in_the_body() {
    let cut = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n[{\"name\":";
    let problem = unchanged(Reply::raw(cut).then_reset()).await;
    // Whether the reset overtakes the bytes before it is the kernel's choice.
    let detail = problem["detail"].as_str().expect("text");
    assert_is(&problem, "upstream-reset", 502, detail);
}

#[tokio::test]
async fn a_connection_closed_without_an_answer() {
    let problem = unchanged(Reply::raw("")).await;
    assert_is(&problem, "upstream-reset", 502, "closed the connection");
}

#[tokio::test]
async fn what_is_not_http() {
    for banner in ["SSH-2.0-OpenSSH_9.2\r\n", "HTTP/1.1 abc OK\r\n\r\n"] {
        let problem = unchanged(Reply::raw(banner)).await;
        assert_is(&problem, "upstream-protocol", 502, "HTTP");
    }
    let many = "X-Y: z\r\n".repeat(200);
    let problem = unchanged(Reply::response("200 OK", &many, "[]")).await;
    assert_is(&problem, "upstream-protocol", 502, "HTTP");
}

#[tokio::test]
async fn a_body_framed_wrongly() {
    let chunks = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n[]\r\n";
    let problem = unchanged(Reply::raw(chunks)).await;
    assert_is(&problem, "upstream-protocol", 502, "HTTP");
}

#[tokio::test]
async fn too_large_documents_are_not_read_to_the_end() {
    let small = |settings: &mut Settings| settings.max_body_bytes = 10_000;
    let large = format!("[{}1]", "1,".repeat(10_000));
    let problem = failing(Reply::json(&large), small).await;
    assert_is(&problem, "upstream-too-large", 502, "10000 bytes");

    // Decoded bytes count: this one is small on the wire.
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    gzip.write_all(large.as_bytes()).expect("memory");
    let bomb = gzip.finish().expect("memory");
    assert!(bomb.len() < 1_000);
    let reply = Reply::response("200 OK", "Content-Encoding: gzip\r\n", bomb);
    let problem = failing(reply, small).await;
    assert_is(&problem, "upstream-too-large", 502, "10000 bytes");
}

#[tokio::test]
async fn a_coding_that_cannot_be_undone() {
    let reply = Reply::response("200 OK", "Content-Encoding: gzip\r\n", "not gzip at all");
    let problem = unchanged(reply).await;
    assert_is(&problem, "upstream-invalid", 502, "compressed");
}

#[tokio::test]
async fn documents_at_the_edge_of_json() {
    let deep = "[".repeat(100_000) + &"]".repeat(100_000);
    for (document, reason) in [
        (deep.as_bytes(), "shape"),
        (b"[{\"name\": \"\xff\"}]".as_slice(), "not-json"),
        (b"[{\"name\": \"A\"}] and more", "not-json"),
        // Only this record is not usable, and there is no other.
        (b"[{\"name\": \"\\ud800\"}]", "shape"),
        (b"[{\"name\": 1e999}]", "shape"),
    ] {
        let problem = unchanged(Reply::json(document)).await;
        assert_eq!(problem["type"], "/problems/upstream-invalid", "{problem}");
        assert_eq!(problem["reason"], reason, "{problem}");
    }
    let marked = "\u{feff}[{\"name\": \"A\", \"huge\": 1e999}]";
    let upstream = FakeUpstream::start([("Turkiye", Reply::json(marked))]).await;
    let app = TestApp::in_front_of(&upstream).await;
    let report = app.get("/v1/universities?country=turkey").await.json();
    assert_eq!(report["complete"], true, "{report}");
}

#[tokio::test]
async fn one_coding_is_undone_and_no_second_one() {
    let gzipped = |bytes: &[u8]| {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(bytes).expect("memory");
        gzip.finish().expect("memory")
    };
    let twice = gzipped(&gzipped(b"[{\"name\": \"A\"}]"));
    for coding in ["gzip, gzip", "gzip"] {
        let header = format!("Content-Encoding: {coding}\r\n");
        let problem = unchanged(Reply::response("200 OK", &header, &twice)).await;
        assert_eq!(problem["type"], "/problems/upstream-invalid", "{problem}");
    }
}

#[tokio::test]
async fn a_head_of_a_megabyte() {
    let long = format!("X-Y: {}\r\n", "z".repeat(1 << 20));
    let problem = unchanged(Reply::response("200 OK", &long, "[]")).await;
    assert_is(&problem, "upstream-protocol", 502, "HTTP");
}

#[tokio::test]
async fn another_countrys_records() {
    let greek = r#"[{"name": "A", "country": "Greece", "alpha_two_code": "GR"}]"#;
    let problem = unchanged(Reply::json(greek)).await;
    assert_is(&problem, "upstream-contract", 502, "GR");
}

#[tokio::test]
async fn defective_records_cost_themselves_only() {
    let list = r#"[{"name": null}, {"name": "A", "domains": [7]}, 5,
        {"name": "B", "domains": null, "new key": {}}, {"name": "b"}]"#;
    let upstream = FakeUpstream::start([("Turkiye", Reply::json(list))]).await;
    let app = TestApp::in_front_of(&upstream).await;
    let report = app.get("/v1/universities?country=turkey").await.json();
    assert_eq!(report["complete"], true);
    let universities = report["outcomes"][0]["universities"]
        .as_array()
        .expect("a list");
    assert_eq!(universities.len(), 1, "{universities:?}");
    assert_eq!(universities[0]["domains"], serde_json::json!([]));
    assert_eq!(universities[0]["alpha_two_code"], "TR");
}

#[tokio::test]
async fn a_compressed_document_is_understood() {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(br#"[{"name": "A"}]"#).expect("memory");
    let body = gzip.finish().expect("memory");
    let reply = Reply::response("200 OK", "Content-Encoding: gzip\r\n", body);
    let upstream = FakeUpstream::start([("Turkiye", reply)]).await;
    let app = TestApp::in_front_of(&upstream).await;
    let report = app.get("/v1/universities?country=turkey").await.json();
    assert_eq!(report["outcomes"][0]["universities"][0]["name"], "A");
}

/// The whole document of each kind of problem that an upstream can cause.
#[tokio::test]
async fn each_upstream_problem_is_as_recorded() {
    let busy = Reply::response("503 Busy", "Retry-After: 7\r\n", "");
    for (name, reply) in [
        ("upstream_error", Reply::status("500 Oops")),
        ("upstream_unavailable", busy),
        ("upstream_rate_limited", Reply::status("429 Slow down")),
        ("upstream_contract", Reply::status("404 Not Found")),
        ("upstream_redirect_refused", Reply::status("302 Found")),
        ("upstream_invalid", Reply::json("<html>")),
        ("upstream_reset", Reply::raw("")),
        ("upstream_protocol", Reply::raw("SSH-2.0-OpenSSH_9.2\r\n")),
    ] {
        assert_json_snapshot!(name, unchanged(reply).await);
    }
}

/// The deadline holds while a large document is being decoded, and so do other requests.
#[tokio::test]
async fn decoding_does_not_hold_up_the_deadline() {
    let accents = "é".repeat(300);
    let record = |i: usize| format!(r#"{{"name":"{accents} {i}"}},"#);
    let records: String = (0..10_000).map(record).collect();
    let list = format!("[{}]", records.trim_end_matches(','));
    let upstream = FakeUpstream::start([("Turkiye", Reply::json(list))]).await;
    let app = TestApp::in_front_of(&upstream).await;
    // Decoding this takes an unoptimised program far longer than the deadline; what must be
    // there in time is an answer, whichever it is.
    let answer = soon(
        "an answer",
        app.get("/v1/universities?country=turkey&deadline_ms=50"),
    )
    .await;
    let seconds = answer.header("x-process-time").trim_end_matches(" sec");
    let problem = answer.problem();
    assert_eq!(
        problem["type"], "/problems/deadline-exceeded",
        "after {seconds} s"
    );
}
