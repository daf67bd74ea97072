//! `/v1/universities/lookup`: whose is a domain or an e-mail address?

use serde_json::{Value, json};

use crate::support::{Answer, TestApp, client};

async fn lookup(app: &TestApp, body: &str) -> Answer {
    let request = client().post(app.url("/v1/universities/lookup"));
    let request = request.header("Content-Type", "application/json");
    Answer::of(request.body(body.to_owned())).await
}

#[tokio::test]
async fn the_longest_domain_that_a_university_has_is_found() {
    let app = TestApp::embedded().await;
    for (query, domain, kind) in [
        ("domain=metu.edu.tr", "metu.edu.tr", "exact"),
        ("domain=METU.EDU.TR.", "metu.edu.tr", "exact"),
        ("domain=ceng.metu.edu.tr", "metu.edu.tr", "parent"),
        ("domain=a.b.c.metu.edu.tr", "metu.edu.tr", "parent"),
        ("email=student@ceng.metu.edu.tr", "metu.edu.tr", "parent"),
        ("email=%22odd%40one%22@metu.edu.tr", "metu.edu.tr", "exact"),
    ] {
        let answer = app.get(&format!("/v1/universities/lookup?{query}")).await;
        assert_eq!(answer.status, 200, "{query}");
        let found = answer.json();
        let matches = found["matches"].as_array().expect("a list");
        assert_eq!(matches.len(), 1, "{query}");
        assert_eq!(matches[0]["domain"], domain, "{query}");
        assert_eq!(matches[0]["match"], kind, "{query}");
        let name = &matches[0]["university"]["name"];
        assert_eq!(name, "Middle East Technical University", "{query}");
    }
}

#[tokio::test]
async fn a_public_suffix_is_nobodys() {
    let app = TestApp::embedded().await;
    for domain in [
        "edu.cn", "ac.uk", "com", "tr", "edu.tr", "x.ac.uk", "xn--p1ai",
    ] {
        let answer = app
            .get(&format!("/v1/universities/lookup?domain={domain}"))
            .await;
        assert_eq!(answer.status, 404, "{domain}");
        assert_eq!(
            answer.problem()["type"],
            "/problems/unknown-domain",
            "{domain}"
        );
    }
}

#[tokio::test]
async fn an_address_is_never_said_again() {
    let app = TestApp::embedded().await;
    for (email, status) in [
        ("secret.person@metu.edu.tr", 200),
        ("secret.person@nowhere.example", 404),
        ("secret.person@", 400),
        ("secret.person@a%20b", 400),
        ("@metu.edu.tr", 400),
        ("secret.person", 400),
        (&format!("secret.person{}@a.edu", "x".repeat(400)), 400),
    ] {
        let answer = app
            .get(&format!("/v1/universities/lookup?email={email}"))
            .await;
        assert_eq!(answer.status, status, "{email}");
        let said = String::from_utf8(answer.body).expect("text");
        assert!(!said.contains("secret"), "{said}");
    }
    for by_mistake in [
        "/search?domain=secret.person@metu.edu.tr",
        "/v1/universities/lookup?secret.person%40metu.edu.tr",
        "/v1/universities/lookup?secret.person%40metu.edu.tr%ff",
        "/v1/universities/lookup?email%3Dsecret.person%40metu.edu.tr%",
        "/v1/universities/lookup?email=secret.person%ff",
        "/v1/universities/lookup?domain=secret.person%40metu.edu.tr%ff",
        "/v1/universities/lookup?domain=secret.person@metu.edu.tr",
    ] {
        let answer = app.get(by_mistake).await;
        assert_eq!(answer.status, 400, "{by_mistake}");
        assert!(
            !answer.problem().to_string().contains("secret"),
            "{by_mistake}"
        );
    }
    for (queries, status) in [
        (
            json!({"queries": ["secret.person@metu.edu.tr", "secret.person@b c"]}),
            200,
        ),
        (json!({"queries": "secret.person@metu.edu.tr"}), 400),
        (json!({"secret.person@metu.edu.tr": []}), 400),
        (json!({"queries": {"secret.person@metu.edu.tr": 1}}), 400),
        (json!({"queries": [{"secret.person@metu.edu.tr": 1}]}), 400),
        (json!(["secret.person@metu.edu.tr"]), 400),
    ] {
        let answer = lookup(&app, &queries.to_string()).await;
        assert_eq!(answer.status, status, "{queries}");
        let said = String::from_utf8(answer.body).expect("text");
        assert!(!said.contains("secret"), "{said}");
    }
}

#[tokio::test]
async fn many_are_answered_in_their_order() {
    let app = TestApp::embedded().await;
    let asked = [
        "metu.edu.tr",
        "a@metu.edu.tr",
        "edu.tr",
        "metu.edu.tr",
        "no such thing",
    ];
    let answer = lookup(&app, &json!({"queries": asked}).to_string()).await;
    assert_eq!(answer.status, 200);
    let results = answer.json();
    let results = results["results"].as_array().expect("a list");
    let became: Vec<_> = results
        .iter()
        .map(|result| (&result["matches"][0]["match"], &result["problem"]["type"]))
        .collect();
    let (exact, nothing) = (json!("exact"), Value::Null);
    assert_eq!(
        became,
        [
            (&exact, &nothing),
            (&exact, &nothing),
            (&nothing, &json!("/problems/unknown-domain")),
            (&exact, &nothing),
            (&nothing, &json!("/problems/invalid-body")),
        ]
    );
    let thousand = vec!["student@metu.edu.tr"; 1000];
    let answer = lookup(&app, &json!({"queries": thousand}).to_string()).await;
    assert_eq!(
        answer.json()["results"].as_array().map(Vec::len),
        Some(1000)
    );
}

#[tokio::test]
async fn a_body_that_does_not_fit_is_a_problem_with_its_place() {
    let app = TestApp::embedded().await;
    let many = json!({"queries": vec!["a.edu"; 1001]}).to_string();
    let long = json!({"queries": ["a.edu", "x".repeat(321)]}).to_string();
    let deep = "[".repeat(100_000);
    for (body, pointer) in [
        ("", ""),
        ("[", ""),
        ("[]", ""),
        (r#"[["a.edu"]]"#, ""),
        ("null", ""),
        ("{}", ""),
        (r#"{"queries":"a.edu"}"#, "/queries"),
        (r#"{"queries":["a.edu",7]}"#, "/queries/1"),
        (r#"{"queries":["a.edu",null]}"#, "/queries/1"),
        (r#"{"queries":["a.edu"],"more":1}"#, ""),
        (r#"{"queries":["a.edu"]} {}"#, ""),
        (r#"{"queries":["\ud800"]}"#, "/queries/0"),
        (r#"{"queries":[""]}"#, "/queries/0"),
        (r#"{"queries":[]}"#, "/queries"),
        (&many, "/queries"),
        (&long, "/queries/1"),
        (&deep, ""),
    ] {
        let answer = lookup(&app, body).await;
        let shown: String = body.chars().take(60).collect();
        assert_eq!(answer.status, 400, "{shown}");
        let problem = answer.problem();
        assert_eq!(problem["type"], "/problems/invalid-body", "{shown}");
        assert_eq!(
            problem["errors"][0]["pointer"], pointer,
            "{shown}: {problem}"
        );
    }
}

#[tokio::test]
async fn a_body_of_another_kind_or_size_is_not_read() {
    let app = TestApp::embedded().await;
    let url = app.url("/v1/universities/lookup");
    let body = r#"{"queries":["metu.edu.tr"]}"#;
    for (media_type, status) in [
        ("application/json", 200),
        ("Application/JSON ; charset=utf-8", 200),
        ("text/json", 415),
        ("application/xml", 415),
    ] {
        let request = client().post(&url).header("Content-Type", media_type);
        let answer = Answer::of(request.body(body)).await;
        assert_eq!(answer.status, status, "{media_type}");
        if status == 415 {
            assert_eq!(answer.header("accept-post"), "application/json");
            let kind = &answer.problem()["type"];
            assert_eq!(kind, "/problems/unsupported-media-type");
        }
    }
    let answer = Answer::of(client().post(&url)).await;
    assert_eq!(
        (answer.status, answer.header("accept-post")),
        (415, "application/json")
    );
    let answer = lookup(&app, &" ".repeat(400 * 1024)).await;
    assert_eq!(answer.status, 413);
    assert_eq!(answer.problem()["type"], "/problems/body-too-large");
    let answer = Answer::of(client().post(format!("{url}?domain=usc.edu"))).await;
    assert_eq!(answer.problem()["type"], "/problems/unknown-parameter");
}

#[tokio::test]
async fn the_path_answers_both_its_methods_and_no_other() {
    let app = TestApp::embedded().await;
    let request = client().delete(app.url("/v1/universities/lookup"));
    let answer = Answer::of(request).await;
    assert_eq!(
        (answer.status, answer.header("allow")),
        (405, "GET, HEAD, POST, OPTIONS")
    );
}
