//! `GET /v1/universities`: the report.

use serde_json::Value;
use universities::domain::Country;

use crate::support::{FakeUpstream, Reply, TestApp, client, soon, turkey_waits};

fn query(countries: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for country in countries {
        query.append_pair("country", country.as_ref());
    }
    query.finish()
}

/// Every outcome is data or a problem, never neither, never both.
fn outcomes(report: &Value) -> &Vec<Value> {
    let outcomes = report["outcomes"].as_array().expect("a list");
    for outcome in outcomes {
        assert_ne!(
            outcome["universities"].is_null(),
            outcome["problem"].is_null(),
            "{outcome}"
        );
    }
    outcomes
}

#[tokio::test]
async fn spellings_of_one_country_are_one_call_and_one_outcome() {
    let upstream = FakeUpstream::start([
        ("Turkiye", Reply::list(&["A"])),
        ("India", Reply::list(&["B", "C"])),
    ])
    .await;
    let app = TestApp::in_front_of(&upstream).await;
    let answer = app
        .get("/v1/universities?country=turkey&country=TR&country=india")
        .await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("x-complete"), "true");
    let report = answer.json();
    assert_eq!(report["complete"], true);
    assert_eq!(report["strategy"], "bounded");
    assert_eq!(report["concurrency"], 8);
    let [turkey, india] = &outcomes(&report)[..] else {
        panic!("two outcomes, got {report}");
    };
    assert_eq!(turkey["requested"], serde_json::json!(["turkey", "TR"]));
    assert_eq!(
        turkey["country"],
        serde_json::json!({"code": "TR", "name": "Türkiye"})
    );
    assert_eq!(turkey["origin"], "live");
    assert_eq!(turkey["age_s"], 0);
    assert_eq!(turkey["attempts"], 1);
    assert_eq!(turkey["upstream"], upstream.url().as_str());
    assert_eq!(india["universities"].as_array().map(Vec::len), Some(2));
    assert_eq!((upstream.asked("Turkiye"), upstream.asked("India")), (1, 1));
}

#[tokio::test]
async fn a_country_with_two_spellings_upstream_is_asked_for_by_both_and_merged() {
    let upstream = FakeUpstream::start([
        (
            "Viet Nam",
            Reply::list(&["Hanoi University", "Can-Tho University"]),
        ),
        (
            "Vietnam",
            Reply::list(&["hanoi university", "VinUniversity"]),
        ),
    ])
    .await;
    let app = TestApp::in_front_of(&upstream).await;
    let report = app.get("/v1/universities?country=VN").await.json();
    let outcome = &outcomes(&report)[0];
    assert_eq!(outcome["attempts"], 2);
    let names: Vec<_> = outcome["universities"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|university| university["name"].as_str().expect("a name"))
        .collect();
    assert_eq!(
        names,
        ["Hanoi University", "Can-Tho University", "VinUniversity"]
    );
}

#[tokio::test]
async fn an_upstream_that_spells_as_before_is_asked_so_and_remembered() {
    let upstream = FakeUpstream::start([
        ("Turkiye", Reply::list(&[])),
        ("Turkey", Reply::list(&["A"])),
    ])
    .await;
    let app = TestApp::in_front_of(&upstream).await;
    for (attempts, asked) in [(2, (1, 1)), (1, (1, 2)), (1, (1, 3))] {
        let report = app.get("/v1/universities?country=turkey").await.json();
        let outcome = &outcomes(&report)[0];
        assert_eq!(outcome["universities"][0]["name"], "A");
        assert_eq!(outcome["attempts"], attempts);
        assert_eq!((upstream.asked("Turkiye"), upstream.asked("Turkey")), asked);
    }
}

#[tokio::test]
async fn a_country_that_is_empty_under_every_spelling_is_empty() {
    let upstream =
        FakeUpstream::start([("Turkiye", Reply::list(&[])), ("Turkey", Reply::list(&[]))]).await;
    let app = TestApp::in_front_of(&upstream).await;
    let report = app.get("/v1/universities?country=turkey").await.json();
    assert_eq!(outcomes(&report)[0]["universities"], serde_json::json!([]));
    assert_eq!(outcomes(&report)[0]["attempts"], 2);
}

#[tokio::test]
async fn an_ambiguous_name_is_a_problem_with_the_choices() {
    let upstream = FakeUpstream::start([("Turkiye", Reply::list(&["A"]))]).await;
    let app = TestApp::in_front_of(&upstream).await;
    let report = app
        .get("/v1/universities?country=turkey&country=Korea")
        .await
        .json();
    let problem = &outcomes(&report)[1]["problem"];
    assert_eq!(problem["type"], "/problems/ambiguous-country");
    assert_eq!(problem["status"], 400);
    assert_eq!(
        problem["suggestions"],
        serde_json::json!(["South Korea", "North Korea"])
    );
    let alone = app.get("/universities/?country=korea").await;
    assert_eq!(alone.status, 400);
    assert_eq!(alone.problem()["type"], "/problems/ambiguous-country");
}

#[tokio::test]
async fn one_failing_country_leaves_the_others_be() {
    let upstream = FakeUpstream::start([
        ("Turkiye", Reply::list(&["A"])),
        ("India", Reply::status("500 Oops")),
        ("Australia", Reply::list(&["B"])),
    ])
    .await;
    let app = TestApp::in_front_of(&upstream).await;
    let path = "/v1/universities?country=turkey&country=india&country=australia&country=Atlantis";
    let answer = app.get(path).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("x-complete"), "false");
    let report = answer.json();
    assert_eq!(report["complete"], false);
    let outcomes = outcomes(&report);
    let kinds: Vec<_> = outcomes
        .iter()
        .map(|outcome| &outcome["problem"]["type"])
        .collect();
    assert_eq!(
        kinds,
        [
            &Value::Null,
            &Value::from("/problems/upstream-error"),
            &Value::Null,
            &Value::from("/problems/unknown-country"),
        ]
    );
    assert_eq!(outcomes[3]["problem"]["suggestions"], serde_json::json!([]));
    let timing: Vec<_> = answer.headers.get_all("server-timing").iter().collect();
    let timing = format!("{timing:?}");
    assert!(
        timing.contains("IN;dur=") && timing.contains("upstream-error"),
        "{timing}"
    );
    assert!(
        timing.contains("TR;dur=") && timing.contains("live"),
        "{timing}"
    );
    assert!(timing.contains("total;dur="), "{timing}");
}

#[tokio::test]
async fn outcomes_are_in_the_order_asked_whoever_answers_first() {
    let (app, upstream, gate) = turkey_waits().await;
    let call = app
        .get("/v1/universities?country=turkey&country=atlantis&country=india&strategy=concurrent");
    let script = async {
        upstream.until_asked("India").await;
        gate.add_permits(1);
    };
    let (answer, ()) = soon("the answer", async { tokio::join!(call, script) }).await;
    let report = answer.json();
    assert_eq!(report["concurrency"], 3);
    let asked: Vec<_> = outcomes(&report)
        .iter()
        .map(|o| &o["requested"][0])
        .collect();
    assert_eq!(asked, ["turkey", "atlantis", "india"]);
}

#[tokio::test]
async fn on_error_fail_ends_the_call_with_the_first_failure_and_cancels_the_rest() {
    let upstream = FakeUpstream::start([
        ("Turkiye", Reply::never()),
        ("India", Reply::status("500 Oops")),
    ])
    .await;
    let app = TestApp::in_front_of(&upstream).await;
    let path = "/v1/universities?country=turkey&country=india&on_error=fail";
    let answer = soon("the answer", app.get(path)).await;
    assert_eq!(answer.status, 502);
    assert_eq!(answer.problem()["type"], "/problems/upstream-error");
    upstream.until_abandoned("Turkiye").await;
}

#[tokio::test]
async fn a_client_that_leaves_frees_its_calls() {
    let upstream =
        FakeUpstream::start([("Turkiye", Reply::never()), ("India", Reply::never())]).await;
    let app = TestApp::in_front_of(&upstream).await;
    let call = tokio::spawn({
        let request = client().get(app.url("/v1/universities?country=turkey&country=india"));
        request.send()
    });
    upstream.until_asked("Turkiye").await;
    upstream.until_asked("India").await;
    call.abort();
    upstream.until_abandoned("Turkiye").await;
    upstream.until_abandoned("India").await;
}

#[tokio::test]
async fn nothing_served_is_a_problem_that_lists_every_country() {
    let unavailable = Reply::response("503 Busy", "Retry-After: 7\r\n", "");
    let upstream = FakeUpstream::start([
        ("Turkiye", unavailable.clone()),
        ("India", Reply::status("500 Oops")),
        ("Australia", unavailable),
    ])
    .await;
    let app = TestApp::in_front_of(&upstream).await;

    let answer = app
        .get("/v1/universities?country=turkey&country=australia&country=nowhere")
        .await;
    assert_eq!((answer.status, answer.header("retry-after")), (503, "7"));
    let problem = answer.problem();
    assert_eq!(problem["type"], "/problems/upstream-unavailable");
    assert_eq!(problem["retry_after_s"], 7);
    let countries: Vec<_> = problem["errors"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|error| &error["country"])
        .collect();
    assert_eq!(countries, ["turkey", "australia", "nowhere"]);

    let answer = app
        .get("/v1/universities?country=turkey&country=india")
        .await;
    assert_eq!(answer.status, 502);
    assert_eq!(answer.problem()["type"], "/problems/nothing-served");
    let timing = answer.header("server-timing");
    assert!(
        timing.contains("TR;dur=") && timing.contains("IN;dur="),
        "{timing}"
    );
}

#[tokio::test]
async fn only_unknown_countries_are_a_404() {
    let upstream = FakeUpstream::start([]).await;
    let app = TestApp::in_front_of(&upstream).await;
    let answer = app
        .get("/v1/universities?country=atlantis&country=mordor")
        .await;
    assert_eq!(answer.status, 404);
    assert_eq!(answer.problem()["errors"].as_array().map(Vec::len), Some(2));
}

#[tokio::test]
async fn at_the_deadline_what_is_missing_is_a_problem() {
    let upstream = FakeUpstream::start([
        ("Turkiye", Reply::list(&["A"])),
        ("India", Reply::never()),
        ("Australia", Reply::list(&["B"])),
    ])
    .await;
    let app = TestApp::in_front_of(&upstream).await;
    // One after another, so that the third is never begun.
    let path = "/v1/universities?country=turkey&country=india&country=australia\
                &strategy=sequential&deadline_ms=3000";
    let answer = soon("the answer", app.get(path)).await;
    assert_eq!(answer.status, 200);
    let report = answer.json();
    let outcomes = outcomes(&report);
    assert_eq!(outcomes[0]["problem"], Value::Null);
    for late in &outcomes[1..] {
        assert_eq!(late["problem"]["type"], "/problems/deadline-exceeded");
        assert_eq!(late["problem"]["status"], 504);
    }
    assert_eq!(upstream.asked("Australia"), 0);
    upstream.until_abandoned("India").await;
}

#[tokio::test]
async fn every_country_at_once_works_and_one_more_is_refused() {
    let app = TestApp::embedded().await;
    let every: Vec<_> = Country::all().map(Country::code).collect();
    assert_eq!(every.len(), 250);
    // The same country under other spellings does not count twice.
    let spellings = query(every.iter().copied().chain(["turkey", "Türkiye"]));
    let answer = app
        .get(&format!("/v1/universities?{spellings}&concurrency=64"))
        .await;
    assert_eq!(answer.status, 200);
    let report = answer.json();
    assert_eq!(outcomes(&report).len(), 250);
    assert_eq!(report["complete"], true);

    let too_many = query(every.iter().copied().chain(["atlantis"]));
    let answer = app.get(&format!("/v1/universities?{too_many}")).await;
    assert_eq!(answer.status, 400);
    let problem = answer.problem();
    assert_eq!(problem["type"], "/problems/too-many-countries");
    let detail = problem["detail"].as_str().expect("text");
    assert!(detail.contains("251") && detail.contains("250"), "{detail}");
}

#[tokio::test]
async fn a_country_has_so_many_spellings_and_no_more() {
    let app = TestApp::embedded().await;
    let spellings = |number: usize| query((0..number).map(|i| format!("turkey{}", "!".repeat(i))));
    for path in ["/universities/", "/universities/async", "/v1/universities"] {
        assert_eq!(
            app.get(&format!("{path}?{}", spellings(8))).await.status,
            200,
            "{path}"
        );
        let answer = app.get(&format!("{path}?{}", spellings(9))).await;
        assert_eq!(answer.status, 400, "{path}");
        assert_eq!(
            answer.problem()["type"],
            "/problems/too-many-spellings",
            "{path}"
        );
    }
    // The same spelling again is no other spelling.
    let same = query(std::iter::repeat_n("turkey", 1_000));
    assert_eq!(
        app.get(&format!("/v1/universities?{same}")).await.status,
        200
    );
}

#[tokio::test]
async fn a_known_country_without_universities_is_an_empty_list() {
    let app = TestApp::embedded().await;
    let report = app
        .get("/v1/universities?country=Bouvet%20Island")
        .await
        .json();
    assert_eq!(report["complete"], true);
    assert_eq!(report["outcomes"][0]["universities"], serde_json::json!([]));
}

#[tokio::test]
async fn every_outcome_says_that_the_sample_answered() {
    let app = TestApp::embedded().await;
    let report = app.get("/v1/universities?country=turkey").await.json();
    assert_eq!(
        report["outcomes"][0]["upstream"],
        "embedded, bundled sample"
    );
}

#[tokio::test]
async fn a_window_belongs_to_bounded() {
    let app = TestApp::embedded().await;
    let report = app
        .get("/v1/universities?country=tr&concurrency=3")
        .await
        .json();
    assert_eq!(report["concurrency"], 3);
    for strategy in ["sequential", "concurrent"] {
        let path = format!("/v1/universities?country=tr&strategy={strategy}&concurrency=3");
        let answer = app.get(&path).await;
        assert_eq!(answer.status, 400, "{strategy}");
        assert_eq!(answer.problem()["errors"][0]["parameter"], "concurrency");
    }
}
