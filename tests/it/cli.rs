//! The program itself: its commands, exit codes and signals.

use std::process::Output;

use serde_json::Value;
use tokio::process::Command;
use universities::api;

use crate::support::{
    Answer, FREE, FakeList, FakeUpstream, Reply, Server, client, list_of, soon, universities,
};

async fn run(mut command: Command) -> Output {
    soon("the end of the command", command.output())
        .await
        .expect("a program that runs")
}

fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).expect("text")
}

fn stderr(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).expect("text")
}

#[tokio::test]
async fn openapi_prints_the_document() {
    let document = api::document();
    let json = run(universities(&["openapi"])).await;
    assert_eq!(stdout(&json), api::to_json_text(&document));
    let newer = run(universities(&["openapi", "--spec", "3.1"])).await;
    assert_eq!(stdout(&newer), api::to_json_text(&api::in_3_1(&document)));
    let yaml = run(universities(&["openapi", "--format", "yaml"])).await;
    assert_eq!(stdout(&yaml), api::to_yaml_text(&document));
}

#[tokio::test]
async fn openapi_needs_no_settings_that_work() {
    let mut command = universities(&["openapi"]);
    command.env("UNIVERSITIES_BIND", "nonsense");
    assert!(run(command).await.status.success());
}

#[tokio::test]
async fn a_bad_setting_exits_78_and_says_what_is_allowed() {
    let mut command = universities(&["serve", "--attempt-timeout", "5 parsecs"]);
    command.env("UNIVERSITIES_BIND", "nowhere");
    let output = run(command).await;
    assert_eq!(output.status.code(), Some(78));
    let said = stderr(&output);
    for part in [
        "--bind \"nowhere\"",
        "--attempt-timeout \"5 parsecs\"",
        "allowed is",
    ] {
        assert!(said.contains(part), "{said} should contain {part}");
    }

    for (catalogue, part) in [
        ("/nowhere/list.json", "could not be read"),
        (
            concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"),
            "not a JSON array",
        ),
        ("/dev/zero", "no regular file"),
    ] {
        let output = run(universities(&["serve", "--catalogue", catalogue])).await;
        assert_eq!(output.status.code(), Some(78));
        assert!(stderr(&output).contains(part), "{}", stderr(&output));
    }
}

#[tokio::test]
async fn an_unknown_option_is_a_usage_error() {
    let output = run(universities(&["--bnid", "127.0.0.1:9000"])).await;
    assert_eq!(output.status.code(), Some(2));
}

#[tokio::test]
async fn serve_is_the_default_and_takes_settings_from_the_environment() {
    let mut command = universities(&[]);
    command
        .env("UNIVERSITIES_BIND", "127.0.0.1:0")
        .env("UNIVERSITIES_LOG", "json");
    let server = Server::start(command).await;
    assert_eq!(server.get("/healthz").await.status, 200);
    server.signal("TERM").await;
    assert_eq!(server.exit_code().await, Some(0));
}

#[tokio::test]
async fn sigint_stops_it_too() {
    let server = Server::start(universities(&FREE)).await;
    server.signal("INT").await;
    assert_eq!(server.exit_code().await, Some(0));
}

#[tokio::test]
async fn what_is_logged_for_a_request_has_its_id() {
    let upstream = FakeUpstream::start([("Turkiye", Reply::status("500 Oops"))]).await;
    let mut command = universities(&FREE);
    command.args(["--upstream-url", upstream.url().as_str()]);
    let mut server = Server::start(command).await;
    for (id, path) in [
        ("report-1", "/v1/universities"),
        ("stream-2", "/v1/universities/stream"),
    ] {
        let url = format!("http://{}{path}?country=tr", server.address);
        let request = client().get(url).header("X-Request-Id", id);
        Answer::of(request).await;
        let line = server.until_logged("source call for TR failed").await;
        let line: Value = serde_json::from_str(&line).expect("a JSON line");
        assert_eq!(line["spans"][0]["id"], id, "{line}");
        assert_eq!(line["span"]["country.code"], "TR", "{line}");
        assert!(
            line["error"]
                .as_str()
                .is_some_and(|text| text.contains("500")),
            "{line}"
        );
    }
}

#[tokio::test]
async fn sighup_loads_the_catalogue_again() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("list.json");
    std::fs::write(&path, list_of("one", &["TR", "IN"], 2)).expect("room on the disk");
    let mut command = universities(&FREE);
    command.arg("--catalogue").arg(&path);
    let mut server = Server::start(command).await;
    let before = server.get("/readyz").await.json();
    std::fs::write(&path, "[").expect("room on the disk");
    server.signal("HUP").await;
    let line = server.until_logged("no new catalogue").await;
    assert!(line.contains("not a JSON array"), "{line}");
    assert_eq!(server.get("/readyz").await.json(), before);
    std::fs::write(&path, list_of("two", &["TR", "IN"], 2)).expect("room on the disk");
    server.signal("HUP").await;
    server.until_logged("answers come from").await;
    let after = server.get("/readyz").await.json();
    assert_ne!(after["data_version"], before["data_version"]);
    server.signal("TERM").await;
    assert_eq!(server.exit_code().await, Some(0));
}

#[tokio::test]
async fn a_new_list_at_an_address_is_found_by_and_by() {
    let list = FakeList::start(Reply::json(list_of("one", &["TR"], 2))).await;
    let mut command = universities(&FREE);
    command.args([
        "--catalogue",
        list.url().as_str(),
        "--catalogue-refresh",
        "1s",
    ]);
    let mut server = Server::start(command).await;
    list.answer(Reply::json(list_of("two", &["TR"], 2)));
    server.until_logged("answers come from").await;
    let turkey = server.get("/universities/?country=turkey").await.json();
    let name = turkey["turkey"][0]["name"].as_str();
    assert!(name.is_some_and(|name| name.ends_with("two")), "{turkey}");
}

#[tokio::test]
async fn an_address_that_does_not_answer_is_no_bad_setting() {
    let list = FakeList::start(Reply::status("503 Busy")).await;
    let url = list.url();
    let output = run(universities(&["serve", "--catalogue", url.as_str()])).await;
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains("status 503"),
        "{}",
        stderr(&output)
    );
    let unusable = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    let arguments = ["--catalogue", url.as_str(), "--data-dir", unusable];
    let output = run(universities(&arguments)).await;
    assert_eq!(output.status.code(), Some(78));
    assert!(
        stderr(&output).contains("data directory"),
        "{}",
        stderr(&output)
    );
}

#[tokio::test]
async fn sigterm_lets_running_requests_finish() {
    let gate = std::sync::Arc::new(tokio::sync::Semaphore::new(0));
    let upstream = FakeUpstream::start([("Turkiye", Reply::list(&["A"]).behind(&gate))]).await;
    let mut command = universities(&FREE);
    command.args(["--upstream-url", upstream.url().as_str()]);
    let mut server = Server::start(command).await;
    let url = format!("http://{}/v1/universities?country=tr", server.address);
    let request = tokio::spawn(Answer::of(client().get(url)));
    upstream.until_asked("Turkiye").await;
    server.signal("TERM").await;
    server.until_logged("stopping at SIGTERM").await;
    gate.add_permits(1);
    assert_eq!(
        soon("the answer", request).await.expect("no panic").status,
        200
    );
    assert_eq!(server.exit_code().await, Some(0));
}

#[tokio::test]
async fn a_second_signal_ends_it_at_once() {
    let upstream = FakeUpstream::start([("Turkiye", Reply::never())]).await;
    let mut command = universities(&FREE);
    command.args(["--upstream-url", upstream.url().as_str()]);
    let mut server = Server::start(command).await;
    let url = format!("http://{}/v1/universities?country=tr", server.address);
    let request = tokio::spawn(client().get(url).send());
    upstream.until_asked("Turkiye").await;
    server.signal("TERM").await;
    server.until_logged("stopping at SIGTERM").await;
    server.signal("INT").await;
    assert_eq!(server.exit_code().await, Some(1));
    assert!(
        soon("the request", request)
            .await
            .expect("no panic")
            .is_err()
    );
}

#[tokio::test]
async fn a_certificate_that_cannot_work_is_a_bad_setting() {
    let nothing = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    let arguments = ["serve", "--tls-cert", nothing, "--tls-key", nothing];
    let output = run(universities(&arguments)).await;
    assert_eq!(output.status.code(), Some(78));
    assert!(
        stderr(&output).contains("no certificate"),
        "{}",
        stderr(&output)
    );
}

#[tokio::test]
async fn an_address_in_use_is_an_error_and_not_a_panic() {
    let server = Server::start(universities(&FREE)).await;
    let output = run(universities(&["--bind", &server.address])).await;
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains(&format!("--bind {}", server.address)),
        "{}",
        stderr(&output)
    );
}

#[tokio::test]
async fn healthcheck_tells_by_its_exit_code() {
    let server = Server::start(universities(&FREE)).await;
    let healthy = universities(&["healthcheck", "--bind", &server.address]);
    assert_eq!(run(healthy).await.status.code(), Some(0));
    let url = format!("http://{}/nowhere", server.address);
    let output = run(universities(&["healthcheck", &url])).await;
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("404"), "{}", stderr(&output));
    let address = server.address.clone();
    server.signal("TERM").await;
    assert_eq!(server.exit_code().await, Some(0));
    let output = run(universities(&["healthcheck", "--bind", &address])).await;
    assert_eq!(output.status.code(), Some(1));
}

#[tokio::test]
async fn nothing_that_a_caller_sends_can_forge_a_line_of_the_log() {
    for format in ["json", "pretty"] {
        let mut command = universities(&["--bind", "127.0.0.1:0", "--log", "json"]);
        command.args(["--log-filter", "trace"]);
        let mut server = Server::start(command).await;
        if format == "pretty" {
            let bind = server.address.clone();
            server.signal("TERM").await;
            assert_eq!(server.exit_code().await, Some(0));
            let mut command = universities(&["--bind", &bind, "--log", "pretty"]);
            command.args(["--log-filter", "trace"]);
            server = Server::start_logging(command, bind).await;
        }
        let line = "%0D%0A%1B%5B31mFORGED";
        for path in [
            format!("/universities/?country={line}"),
            format!("/v1/universities?country=turkey&{line}=1"),
            format!("/{line}"),
        ] {
            assert!(server.get(&path).await.status >= 400, "{path}");
        }
        let body = r#"{"queries": ["a@b.example\r\nFORGED"]}"#;
        let url = format!("http://{}/v1/universities/lookup", server.address);
        let lookup = client()
            .post(url)
            .header("Content-Type", "application/json");
        let lookup = lookup.header("X-Request-Id", "a\tFORGED").body(body);
        assert_eq!(Answer::of(lookup).await.status, 200);
        server.signal("TERM").await;
        while let Some(line) = server.log.next_line().await.expect("text") {
            assert!(!line.contains('\x1b'), "{line:?}");
            if format == "json" {
                let parsed = serde_json::from_str::<Value>(&line);
                assert!(parsed.is_ok_and(|line| line["level"].is_string()), "{line}");
            } else {
                // Each line begins with its time.
                assert!(line.starts_with("20"), "{line:?}");
            }
        }
    }
}

#[tokio::test]
async fn an_upstream_of_ones_own_can_be_served_from() {
    let mut command = universities(&["upstream", "--latency", "1ms"]);
    command.args(FREE);
    let upstream = Server::start(command).await;
    let mut command = universities(&FREE);
    command.args(["--upstream-url", &format!("http://{}", upstream.address)]);
    let server = Server::start(command).await;
    let dictionary = server.get("/universities/").await.json();
    assert!(
        dictionary["turkey"]
            .as_array()
            .is_some_and(|list| !list.is_empty())
    );
}

#[tokio::test]
async fn compare_measures_every_strategy() {
    let arguments = [
        "compare",
        "turkey",
        "TR",
        "india",
        "australia",
        "--embedded-latency",
        "200ms",
    ];
    let output = run(universities(&arguments)).await;
    assert!(output.status.success(), "{}", stderr(&output));
    let table = stdout(&output);
    for part in [
        "sequential",
        "bounded (2)",
        "concurrent",
        "Türkiye",
        "█",
        "most in flight",
    ] {
        assert!(table.contains(part), "{table} should contain {part}");
    }
    assert!(!table.contains('\u{1b}'), "no colour in a pipe");
    assert!(
        output.stderr.is_empty(),
        "no progress in a pipe: {}",
        stderr(&output)
    );

    let mut command = universities(&arguments);
    command.arg("--json");
    let comparison: Value = serde_json::from_slice(&run(command).await.stdout).expect("JSON");
    let runs = comparison["runs"].as_array().expect("a list");
    let most: Vec<_> = runs.iter().map(|run| &run["most_in_flight"]).collect();
    assert_eq!(most, [1, 2, 3]);
    for run in runs {
        assert_eq!(run["upstream_calls"], 3);
        assert!(
            run["calls"]
                .as_array()
                .is_some_and(|calls| calls.len() == 3)
        );
    }
}

#[tokio::test]
async fn compare_refuses_what_is_no_country() {
    let output = run(universities(&["compare", "Autsralia"])).await;
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr(&output).contains("did you mean Australia"),
        "{}",
        stderr(&output)
    );
}

#[tokio::test]
async fn compare_shows_failed_calls_and_fails() {
    let upstream = FakeUpstream::start([
        ("Turkiye", Reply::list(&["A"])),
        ("India", Reply::status("500 Oops")),
    ])
    .await;
    let url = upstream.url().to_string();
    let output = run(universities(&[
        "compare",
        "turkey",
        "india",
        "--upstream-url",
        &url,
    ]))
    .await;
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stdout(&output).contains("status 500"),
        "{}",
        stdout(&output)
    );
    assert!(
        stderr(&output).contains("3 calls failed"),
        "{}",
        stderr(&output)
    );
}
