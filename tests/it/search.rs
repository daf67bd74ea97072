//! `GET /search`, the drop-in for the public API, and what it does better.

use std::io::Write;
use std::sync::Arc;

use serde_json::{Value, json};
use universities::app::Upstream;
use universities::catalogue::Location;

use crate::support::{Answer, TestApp, client, settings};

/// Name, country as the list spells it, code, domains.
type Row = (
    &'static str,
    &'static str,
    &'static str,
    &'static [&'static str],
);

const ROWS: [Row; 15] = [
    (
        "Middle East Technical University",
        "Turkiye",
        "TR",
        &["metu.edu.tr"],
    ),
    ("Université Laval", "Canada", "CA", &["ulaval.ca"]),
    ("Universitas Oost", "Viet Nam", "VN", &["oost.vn"]),
    ("Oost Universitas", "Vietnam", "VN", &["oost.edu.vn"]),
    ("Universitas Oost", "Vietnam", "VN", &["OOST.VN"]),
    (
        "The University of East Anglia",
        "United Kingdom",
        "GB",
        &["uea.ac.uk"],
    ),
    (
        "Technical University of the Middle East",
        "Türkiye",
        "TR",
        &["tume.example"],
    ),
    (
        "University of Southern California",
        "United States",
        "US",
        &["usc.edu"],
    ),
    (
        "Keck School of Medicine",
        "United States",
        "US",
        &["med.usc.edu"],
    ),
    (
        "Hochschule München",
        "Germany",
        "DE",
        &["hochschule-münchen.de"],
    ),
    ("Marien Ngouabi University", "Congo", "CG", &["umng.cg"]),
    ("Texas A&M University", "United States", "US", &["tamu.edu"]),
    ("East", "India", "IN", &["east.in"]),
    ("Eastern University", "India", "IN", &["eastern.in"]),
    ("Feasts and Games", "India", "IN", &["feasts.in"]),
];

async fn service() -> TestApp {
    let list: Vec<_> = ROWS
        .iter()
        .map(|(name, country, code, domains)| {
            json!({
                "name": name,
                "country": country.replace("Türkiye", "Turkiye"),
                "alpha_two_code": code,
                "state-province": null,
                "domains": domains,
                "web_pages": [format!("https://{}/", domains[0])],
            })
        })
        .collect();
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    file.write_all(Value::Array(list).to_string().as_bytes())
        .expect("room on the disk");
    let mut settings = settings(Upstream::Embedded(std::time::Duration::ZERO));
    settings.catalogue = Location::File(file.path().to_owned());
    TestApp::start(settings).await
}

async fn names(app: &TestApp, query: &str) -> Vec<String> {
    let answer = app.get(&format!("/search?{query}")).await;
    assert_eq!(answer.status, 200, "{query}");
    let list = answer.json();
    let list = list.as_array().expect("an array");
    assert_eq!(
        answer.header("x-total-count"),
        list.len().to_string(),
        "{query}"
    );
    let names = list.iter().map(|university| university["name"].as_str());
    names.map(|name| name.expect("a name").to_owned()).collect()
}

#[tokio::test]
async fn it_answers_what_a_person_would_expect() {
    let app = service().await;
    let middle = [
        "Middle East Technical University",
        "Technical University of the Middle East",
    ];
    for (query, expected) in [
        ("country=turkey&name=middle", middle.as_slice()),
        ("country=TR&name=technical+middle", &middle),
        ("name=MIDDLE,+techn", &middle),
        ("name_contains=iddle+east", &middle),
        ("name=iddle", &[]),
        ("name=universit%C3%A9", &["Université Laval"]),
        ("name=universite", &["Université Laval"]),
        ("name=Universite%CC%81", &["Université Laval"]),
        ("name=A%26M", &["Texas A&M University"]),
        ("name=a+and+m", &["Texas A&M University"]),
        ("country=vn", &["Universitas Oost", "Oost Universitas"]),
        ("country=congo", &["Marien Ngouabi University"]),
        ("country=deutschland", &["Hochschule München"]),
        ("domain=cs.usc.edu", &["University of Southern California"]),
        (
            "domain=usc.edu",
            &[
                "University of Southern California",
                "Keck School of Medicine",
            ],
        ),
        (
            "domain=x.med.usc.edu",
            &[
                "Keck School of Medicine",
                "University of Southern California",
            ],
        ),
        ("domain=USC.edu.&name=keck", &["Keck School of Medicine"]),
        ("domain=edu", &[]),
        ("domain=ac.uk", &[]),
        ("domain=notusc.edu", &[]),
        ("domain=HOCHSCHULE-M%C3%9CNCHEN.de", &["Hochschule München"]),
        (
            "domain=www.xn--hochschule-mnchen-e3b.de",
            &["Hochschule München"],
        ),
        ("name=oost&country=India", &[]),
        ("name=.*", &[]),
        ("name_contains=%5Ba-z%5D%2B", &[]),
        ("name_contains=!", &[]),
    ] {
        assert_eq!(names(&app, query).await, expected, "{query}");
    }
}

#[tokio::test]
async fn the_best_match_comes_first() {
    let app = service().await;
    let east = names(&app, "name=east").await;
    let expected = [
        "East",
        "Eastern University",
        "The University of East Anglia",
        "Middle East Technical University",
        "Technical University of the Middle East",
    ];
    assert_eq!(east, expected);
    let with_parts = names(&app, "name_contains=east").await;
    assert_eq!(with_parts[..5], expected);
    assert_eq!(with_parts[5..], ["Feasts and Games"]);
    let by_place = names(&app, "country=US").await;
    assert_eq!(
        by_place[0], "University of Southern California",
        "the list's order"
    );
}

#[tokio::test]
async fn it_has_the_public_apis_six_keys() {
    let app = service().await;
    let answer = app.get("/search?name=laval").await;
    assert_eq!(
        answer.json(),
        json!([{
            "name": "Université Laval",
            "country": "Canada",
            "alpha_two_code": "CA",
            "state-province": null,
            "domains": ["ulaval.ca"],
            "web_pages": ["https://ulaval.ca/"],
        }])
    );
    assert!(!answer.headers.contains_key("link"));
}

#[tokio::test]
async fn pages_lead_through_the_whole_answer() {
    let app = service().await;
    let everything = app.get("/search").await;
    // One of the rows is another once more.
    assert_eq!(
        everything.header("x-total-count"),
        (ROWS.len() - 1).to_string()
    );
    let mut gathered = Vec::new();
    let mut next = Some("/search?limit=4".to_owned());
    while let Some(path) = next {
        let page = app.get(&path).await;
        assert_eq!(
            page.header("x-total-count"),
            everything.header("x-total-count")
        );
        gathered.extend(page.json().as_array().expect("an array").iter().cloned());
        let mut links = page.header("link").split(", ");
        let link = links.find_map(|link| link.strip_suffix(">; rel=\"next\""));
        next = link.map(|link| link.replace('<', "/search"));
    }
    assert_eq!(Value::Array(gathered), everything.json());
    let beyond = app.get("/search?limit=4&offset=100").await;
    assert_eq!(beyond.json(), json!([]));
    assert!(
        beyond.header("link").contains("offset=12>; rel=\"prev\""),
        "{:?}",
        beyond.headers
    );
}

#[tokio::test]
async fn bad_input_is_a_problem_that_says_so() {
    let app = service().await;
    for (query, status, kind) in [
        ("limit=abc", 400, "invalid-parameter"),
        ("limit=0", 400, "invalid-parameter"),
        ("limit=-1", 400, "invalid-parameter"),
        ("offset=1.5", 400, "invalid-parameter"),
        ("offset=99999999999999999999", 400, "invalid-parameter"),
        ("limit=1&limit=2", 400, "duplicate-parameter"),
        ("name=", 400, "invalid-parameter"),
        ("nmae=x", 400, "unknown-parameter"),
        ("domain=a%20b", 400, "invalid-parameter"),
        ("country=korea", 400, "ambiguous-country"),
        ("country=atlantis", 404, "unknown-country"),
        ("name=%ff", 400, "invalid-encoding"),
    ] {
        let answer = app.get(&format!("/search?{query}")).await;
        assert_eq!(answer.status, status, "{query}");
        let kind = format!("/problems/{kind}");
        assert_eq!(answer.problem()["type"], kind.as_str(), "{query}");
    }
}

/// Texts that are awkward somewhere: patterns, quotes, marks, other scripts, fragments of names.
const AWKWARD: [&str; 24] = [
    "a",
    "un",
    "university",
    "of",
    "(",
    ")",
    "[",
    ".*",
    "\\",
    "\"",
    "'",
    "%",
    "&",
    "+",
    "é",
    "e\u{301}",
    "İ",
    "ß",
    "大学",
    "\u{202e}",
    "🎓",
    "\r\n",
    "edu",
    "x.edu",
];

#[tokio::test]
async fn no_query_is_an_error_of_ours() {
    let app = Arc::new(service().await);
    let callers = (0..8).map(|caller| {
        let app = Arc::clone(&app);
        let mut random = 0x9e37_79b9_7f4a_7c15_u64 ^ (caller << 40);
        tokio::spawn(async move {
            let client = client();
            let mut next = move |below: usize| {
                // xorshift64, the same in every run.
                random ^= random << 13;
                random ^= random >> 7;
                random ^= random << 17;
                usize::try_from(random >> 33).unwrap_or_default() % below
            };
            for _ in 0..1250 {
                let names = [
                    "name",
                    "name_contains",
                    "country",
                    "domain",
                    "limit",
                    "offset",
                ];
                let mut query = Vec::new();
                for _ in 0..next(4) {
                    let words = (0..=next(3)).map(|_| AWKWARD[next(AWKWARD.len())]);
                    let words: Vec<_> = words.collect();
                    query.push((
                        names[next(names.len())],
                        words.join(["", " ", "."][next(3)]),
                    ));
                }
                let request = client.get(app.url("/search")).query(&query);
                let answer = Answer::of(request).await;
                assert!(answer.status < 500, "{query:?} gives {}", answer.status);
                if answer.status >= 400 {
                    answer.problem();
                }
            }
        })
    });
    for caller in callers.collect::<Vec<_>>() {
        caller.await.expect("no caller fails");
    }
}

/// Where `UNIVERSITIES_TEST_LIST` names the public list.
#[tokio::test]
async fn the_public_list_is_searched_as_a_person_would() {
    #[expect(clippy::disallowed_methods, reason = "tests have no configuration")]
    let Some(path) = std::env::var_os("UNIVERSITIES_TEST_LIST") else {
        return;
    };
    let mut settings = settings(Upstream::Embedded(std::time::Duration::ZERO));
    settings.catalogue = Location::File(path.into());
    let app = TestApp::start(settings).await;
    let metu = "Middle East Technical University";
    assert_eq!(names(&app, "country=turkey&name=middle").await, [metu]);
    assert_eq!(names(&app, "name=middle+technical").await[0], metu);
    let usc = "University of Southern California";
    assert_eq!(names(&app, "domain=cs.usc.edu").await, [usc]);
    let plain = app.get("/search?name=universite").await;
    let accented = app.get("/search?name=universit%C3%A9").await;
    assert_eq!(plain.body, accented.body);
    assert!(plain.json().as_array().is_some_and(|list| list.len() > 100));
    assert_eq!(names(&app, "country=vn").await.len(), 58);
    let path = "/v1/universities/lookup?email=student@cs.usc.edu";
    let found = app.get(path).await.json();
    assert_eq!(found["matches"][0]["university"]["name"], usc);
    assert_eq!(found["matches"][0]["match"], "parent");
    for domain in ["edu.cn", "ac.uk", "com"] {
        let path = format!("/v1/universities/lookup?domain={domain}");
        assert_eq!(app.get(&path).await.status, 404, "{domain}");
    }
}
