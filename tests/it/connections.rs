//! What happens on connections: slow, silent, greedy, too many, secured.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use universities::app::Upstream;
use universities::server;

use crate::support::{NEVER, TestApp, http_2, settings, soon, with_headers};

/// Long enough for a request on any machine, short enough to wait for.
const SHORT: Duration = Duration::from_millis(300);

async fn served(served: server::Settings) -> TestApp {
    TestApp::start_served(settings(Upstream::Embedded(Duration::ZERO)), served).await
}

/// A connection on which the bytes have been sent.
pub(crate) async fn sent(app: &TestApp, bytes: &[u8]) -> TcpStream {
    let mut socket = TcpStream::connect(app.address).await.expect("a connection");
    socket.write_all(bytes).await.expect("sent");
    socket
}

/// Everything that comes until the server closes.
pub(crate) async fn until_closed(mut socket: TcpStream) -> String {
    let mut read = Vec::new();
    // Whether it is closed or reset, it ends.
    let _ended = soon("the end of the connection", socket.read_to_end(&mut read)).await;
    String::from_utf8_lossy(&read).into_owned()
}

const REQUEST: &[u8] = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
const HTTP_2: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";

#[tokio::test]
async fn who_does_not_send_a_request_is_not_kept() {
    let app = served(server::Settings {
        head_timeout: SHORT,
        ..server::Settings::default()
    })
    .await;
    for (what, bytes) in [
        ("nothing", b"".as_slice()),
        ("half a line", b"GET /hea"),
        ("half a head", b"GET /healthz HTTP/1.1\r\nHost: x\r\n"),
        ("half of HTTP/2", &HTTP_2[..10]),
        ("HTTP/2 without a stream", HTTP_2),
    ] {
        let socket = sent(&app, bytes).await;
        let read = until_closed(socket).await;
        assert!(!read.starts_with("HTTP/1.1 200"), "{what}: {read}");
    }
}

#[tokio::test]
async fn a_head_that_comes_in_drops_is_not_waited_for() {
    let app = served(server::Settings {
        head_timeout: SHORT,
        ..server::Settings::default()
    })
    .await;
    let mut socket = sent(&app, b"GET /healthz HTTP/1.1\r\n").await;
    let dripping = async {
        let mut drops = tokio::time::interval(SHORT / 10);
        // Each drop is a whole header, so progress is made all the time.
        while socket.write_all(b"X-Drop: 1\r\n").await.is_ok() {
            drops.tick().await;
        }
    };
    soon("the end of the connection", dripping).await;
}

#[tokio::test]
async fn who_takes_nothing_of_an_answer_is_given_up() {
    let app = served(server::Settings {
        write_timeout: SHORT,
        head_timeout: NEVER,
        grace: NEVER,
        ..server::Settings::default()
    })
    .await;
    // More than what the system keeps for both sides.
    let viewer = concat!("/docs/", env!("CARGO_PKG_VERSION"), "/viewer.js");
    let request = format!("GET {viewer} HTTP/1.1\r\nHost: x\r\n\r\n");
    let whole = app.get(viewer).await.body.len();
    let reader = sent(&app, request.repeat(32).as_bytes()).await;
    // It is given up in the middle: what it can still read is less than what it asked for.
    let mut last = tokio::time::interval(SHORT * 3);
    last.tick().await;
    last.tick().await;
    let read = until_closed(reader).await;
    assert!(read.len() < 32 * whole, "{} of {}", read.len(), 32 * whole);
}

#[tokio::test]
async fn a_head_has_a_size_and_a_number_of_lines() {
    let app = served(server::Settings::default()).await;
    let many = format!(
        "GET /healthz HTTP/1.1\r\nHost: x\r\n{}\r\n",
        "X-A: 1\r\n".repeat(100)
    );
    let long = format!(
        "GET /healthz HTTP/1.1\r\nHost: x\r\nX-A: {}\r\n\r\n",
        "a".repeat(70 * 1024)
    );
    let far = format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "a".repeat(65_535));
    for (what, head, status) in [
        ("many headers", many, "431"),
        ("a long header", long, "431"),
        ("a long address", far, "431"),
    ] {
        let read = until_closed(sent(&app, head.as_bytes()).await).await;
        assert!(
            read.starts_with(&format!("HTTP/1.1 {status}")),
            "{what}: {read}"
        );
    }
}

#[tokio::test]
async fn who_finds_no_room_waits_until_there_is_some() {
    let app = served(server::Settings {
        max_connections: 2,
        head_timeout: NEVER,
        ..server::Settings::default()
    })
    .await;
    let mut first = sent(&app, REQUEST).await;
    let second = sent(&app, REQUEST).await;
    first.read_u8().await.expect("an answer");
    let mut third = sent(&app, REQUEST).await;
    let waited = tokio::time::timeout(SHORT, third.read_u8()).await;
    assert!(waited.is_err(), "the third waits");
    drop(second);
    let answer = soon("room for the third", third.read_u8()).await;
    assert_eq!(answer.expect("an answer"), b'H');
}

#[tokio::test]
async fn a_half_sent_request_does_not_keep_the_service_from_stopping() {
    let app = served(server::Settings {
        head_timeout: NEVER,
        grace: NEVER,
        ..server::Settings::default()
    })
    .await;
    let half = sent(&app, b"GET /healthz HTTP/1.1\r\nHost:").await;
    let preface = sent(&app, &HTTP_2[..10]).await;
    let both = sent(&app, HTTP_2).await;
    // Accepted before it is told to stop.
    assert_eq!(app.get("/healthz").await.status, 200);
    let cut_off = soon("the end of the service", app.stop()).await;
    assert_eq!(cut_off.expect("no panic"), 0);
    drop((half, preface, both));
}

#[tokio::test]
async fn a_request_says_clearly_where_it_ends_and_whom_it_asks() {
    let app = served(server::Settings {
        idle_timeout: SHORT,
        ..server::Settings::default()
    })
    .await;
    for (what, request, status) in [
        ("no host", "GET / HTTP/1.1\r\n\r\n", "400"),
        (
            "two hosts",
            "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
            "400",
        ),
        (
            "no host at all",
            "GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
            "400",
        ),
        (
            "a user before the host",
            "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n",
            "400",
        ),
        ("no host before 1.1", "GET /healthz HTTP/1.0\r\n\r\n", "200"),
        (
            "a folded line",
            "GET / HTTP/1.1\r\nHost: a\r\nX-A: b\r\n c\r\n\r\n",
            "400",
        ),
        (
            "two lengths",
            "POST /v1/universities/lookup HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\
             Content-Length: 2\r\n\r\nab",
            "400",
        ),
        (
            "a coding that is not the last",
            "POST /v1/universities/lookup HTTP/1.1\r\nHost: a\r\n\
             Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n",
            "400",
        ),
        ("another protocol", "SSH-2.0-OpenSSH_9.2\r\n\r\n", "400"),
    ] {
        let read = until_closed(sent(&app, request.as_bytes()).await).await;
        let line = read.lines().next().unwrap_or_default();
        assert_eq!(line.split(' ').nth(1), Some(status), "{what}: {read}");
    }
}

#[tokio::test]
async fn absolute_addresses_and_ranges_change_nothing() {
    let app = served(server::Settings::default()).await;
    let absolute = b"GET http://elsewhere.example/healthz HTTP/1.1\r\nHost: x\r\n\
        Connection: close\r\nRange: bytes=0-3\r\n\r\n";
    let read = until_closed(sent(&app, absolute).await).await;
    assert!(read.starts_with("HTTP/1.1 200"), "{read}");
    assert!(read.ends_with("{\"status\":\"alive\"}"), "{read}");
}

/// A frame of HTTP/2 (RFC 9113 §4.1).
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("short").to_be_bytes();
    let head = [&length[1..], &[kind, flags], &stream.to_be_bytes()];
    [&head.concat(), payload].concat()
}

/// The request for a path, on a stream, without a body.
fn headers(stream: u32, path: &str) -> Vec<u8> {
    let length = u8::try_from(path.len()).expect("short");
    // GET, http, an authority and a path, as HPACK has them (RFC 7541 §6).
    let block = [b"\x82\x86\x01\x01x\x04", &[length][..], path.as_bytes()].concat();
    frame(1, 0b101, stream, &block)
}

const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const GOAWAY: u8 = 7;

/// Reads until a frame of that kind, and gives its stream and its payload.
async fn until_frame(socket: &mut TcpStream, kind: u8) -> (u32, Vec<u8>) {
    loop {
        let mut head = [0; 9];
        socket.read_exact(&mut head).await.expect("another frame");
        let [a, b, c, found, _flags, stream @ ..] = head;
        let length = u32::from_be_bytes([0, a, b, c]);
        let mut payload = vec![0; usize::try_from(length).expect("fits")];
        socket.read_exact(&mut payload).await.expect("its payload");
        if found == kind {
            return (u32::from_be_bytes(stream), payload);
        }
    }
}

#[tokio::test]
async fn a_connection_has_so_many_streams() {
    let app = served(server::Settings::default()).await;
    // Nobody takes anything, so no stream ends.
    let no_window = frame(SETTINGS, 0, 0, &[0, 4, 0, 0, 0, 0]);
    let most = server::Settings::default().max_streams;
    let streams = (0..=most).flat_map(|number| headers(2 * number + 1, "/openapi.json"));
    let bytes = [&HTTP_2[..24], &no_window, &streams.collect::<Vec<_>>()].concat();
    let mut socket = sent(&app, &bytes).await;
    let refused = soon("a refusal", until_frame(&mut socket, RST_STREAM)).await;
    let refused_stream = 7_u32.to_be_bytes().to_vec();
    assert_eq!(refused, (2 * most + 1, refused_stream));
}

#[tokio::test]
async fn there_are_only_so_many_headers_on_a_stream_too() {
    let app = served(server::Settings::default()).await;
    let request = with_headers(http_2().get(app.url("/healthz")), 101);
    let answer = crate::support::Answer::of(request).await;
    assert_eq!(answer.status, 431);
    assert_eq!(answer.problem()["type"], "/problems/head-too-large");
}

#[tokio::test]
async fn what_is_on_its_way_when_the_service_stops_arrives_whatever_the_client_sends() {
    let app = served(server::Settings::default()).await;
    let viewer = concat!("/docs/", env!("CARGO_PKG_VERSION"), "/viewer.js");
    let whole = app.get(viewer).await.body.len();
    let request = format!("GET {viewer} HTTP/1.1\r\nHost: x\r\n\r\n");
    let mut reader = sent(&app, request.as_bytes()).await;
    assert_eq!(reader.read_u8().await.expect("a first byte"), b'H');
    let server = app.stop();
    // It would have asked for more, and reads what it asked for before.
    reader.write_all(REQUEST).await.expect("sent");
    let mut read = Vec::new();
    let ended = soon("the end", async {
        let mut piece = [0; 4096];
        loop {
            match reader.read(&mut piece).await {
                Ok(0) => return Ok(()),
                Ok(some) => read.extend_from_slice(&piece[..some]),
                Err(error) => return Err(error),
            }
            reader.write_all(b"\r\n").await.ok();
            tokio::task::yield_now().await;
        }
    });
    ended.await.expect("closed, not reset");
    assert!(read.len() > whole, "{} of {whole}", read.len());
    drop(reader);
    assert_eq!(soon("the end", server).await.expect("no panic"), 0);
}

#[tokio::test]
async fn a_client_that_resets_what_it_asks_for_is_sent_away() {
    let app = served(server::Settings::default()).await;
    let cancel = 8_u32.to_be_bytes();
    let asked_and_reset = (0..1_000).flat_map(|number| {
        let stream = 2 * number + 1;
        [headers(stream, "/"), frame(RST_STREAM, 0, stream, &cancel)].concat()
    });
    let bytes = [HTTP_2, &asked_and_reset.collect::<Vec<_>>()].concat();
    let mut socket = sent(&app, &bytes).await;
    let (_, payload) = soon("a goodbye", until_frame(&mut socket, GOAWAY)).await;
    let enhance_your_calm = 11_u32.to_be_bytes();
    assert_eq!(payload[4..8], enhance_your_calm);
}
