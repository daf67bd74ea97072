//! What callers do with the client, against a service whose upstream does as it is told.

use std::env;

use futures::TryStreamExt;
use universities_client::types::{
    FetchUniversitiesStrategy, LookupRequest, MatchKind, Outcome, StreamLine, University,
};
use universities_client::{Client, ClientInfo, Error, lines};

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

fn given(name: &str) -> Result<String> {
    env::var(name).map_err(|_| format!("{name} is not set: run this by clients/test").into())
}

fn named<const N: usize>(countries: [&str; N]) -> [String; N] {
    countries.map(String::from)
}

fn code(outcome: &Outcome) -> Option<&str> {
    Some(&outcome.country.as_ref()?.code)
}

fn has_universities(outcome: &Outcome) -> bool {
    let universities = outcome.universities.as_ref();
    universities.is_some_and(|universities| !universities.is_empty())
}

fn names(universities: &[University]) -> impl Iterator<Item = String> {
    universities
        .iter()
        .map(|university| university.name.clone())
}

async fn dictionary(client: &Client) -> Result {
    let countries = named(["turkey", "argentina"]);
    let lists = client.get_universities().country(countries).send().await?;
    assert_eq!(lists.keys().collect::<Vec<_>>(), ["turkey", "argentina"]);
    assert_eq!(lists["turkey"][0].alpha_two_code, "TR");
    Ok(())
}

async fn report_with_a_failed_country(client: &Client) -> Result {
    let report = client
        .fetch_universities()
        .country(named(["turkey", "kenya"]))
        .strategy(FetchUniversitiesStrategy::Concurrent)
        .send()
        .await?;
    assert!(!report.complete);
    let [turkey, kenya] = report.outcomes.as_slice() else {
        panic!("not two outcomes: {report:?}");
    };
    assert!(has_universities(turkey));
    assert!(kenya.universities.is_none());
    let problem = kenya.problem.as_ref().expect("no problem");
    assert_eq!(problem.type_, "/problems/upstream-unavailable");
    assert_eq!(problem.upstream_status, Some(503));
    Ok(())
}

async fn stream_line_by_line(client: &Client) -> Result {
    let countries = named(["turkey", "india"]);
    let stream = client
        .stream_universities()
        .country(countries)
        .send()
        .await?;
    let mut lines = lines(stream.into_inner());
    let mut arrived = Vec::new();
    let mut ended = false;
    while let Some(line) = lines.try_next().await? {
        match line {
            StreamLine::OutcomeLine(line) => arrived.push(line.outcome),
            StreamLine::SummaryLine(line) => ended = line.summary.complete,
        }
        // India is held back until the first country is here.
        if arrived.len() == 1 {
            let gate = client.client().get(given("UNIVERSITIES_GATE_URL")?);
            gate.send().await?.error_for_status()?;
        }
    }
    let codes: Vec<_> = arrived.iter().map(code).collect();
    assert_eq!(codes, [Some("TR"), Some("IN")]);
    assert!(arrived.iter().all(has_universities));
    assert!(ended);
    Ok(())
}

async fn lookup(client: &Client) -> Result {
    let one = client
        .lookup_university()
        .domain("cs.metu.edu.tr")
        .send()
        .await?;
    assert_eq!(one.matches[0].match_, MatchKind::Parent);
    assert_eq!(
        one.matches[0].university.name,
        "Middle East Technical University"
    );

    let queries = ["student@metu.edu.tr", "edu.tr"].map(String::from).into();
    let body = LookupRequest { queries };
    let many = client.lookup_universities().body(body).send().await?;
    let [student, nobody] = many.results.as_slice() else {
        panic!("not two results: {many:?}");
    };
    let matches = student.matches.as_ref().expect("no matches");
    assert_eq!(matches[0].match_, MatchKind::Exact);
    let problem = nobody.problem.as_ref().expect("no problem");
    assert_eq!(problem.type_, "/problems/unknown-domain");
    Ok(())
}

async fn search_page_by_page(client: &Client) -> Result {
    let limit = 10;
    let mut found = Vec::new();
    let mut total = 1;
    while found.len() < total {
        let search = client.search_universities().country("turkey");
        let page = search.limit(limit).offset(found.len()).send().await?;
        assert!((1..=limit).contains(&page.len()));
        found.extend(names(&page));
        total = page.headers()["X-Total-Count"].to_str()?.parse()?;
    }
    let everything = client
        .search_universities()
        .country("turkey")
        .send()
        .await?;
    assert!(found.len() > limit);
    assert_eq!(found, names(&everything).collect::<Vec<_>>());
    Ok(())
}

async fn problems(client: &Client) -> Result {
    let wrong = client.search_universities().limit(0).send().await;
    let Err(Error::ErrorResponse(problem)) = &wrong else {
        panic!("not a problem: {wrong:?}");
    };
    assert_eq!(problem.status(), 400);
    match problem.type_.as_str() {
        "/problems/invalid-parameter" => {
            assert_eq!(problem.errors[0].parameter.as_deref(), Some("limit"));
            assert_eq!(problem.errors[0].given.as_deref(), Some("0"));
        }
        other => panic!("not what is wrong: {other}"),
    }

    let countries = named(["turky"]);
    let unknown = client.get_universities().country(countries).send().await;
    let Err(Error::ErrorResponse(problem)) = &unknown else {
        panic!("not a problem: {unknown:?}");
    };
    assert_eq!(problem.status(), 404);
    match problem.type_.as_str() {
        "/problems/unknown-country" => assert_eq!(problem.suggestions, ["Türkiye"]),
        other => panic!("not what is wrong: {other}"),
    }
    Ok(())
}

async fn deadline(client: &Client) -> Result {
    let countries = named(["turkey", "australia"]);
    let call = client.fetch_universities().country(countries);
    let report = call.deadline_ms(300).send().await?;
    let [turkey, australia] = report.outcomes.as_slice() else {
        panic!("not two outcomes: {report:?}");
    };
    assert!(turkey.universities.is_some());
    let problem = australia.problem.as_ref().expect("no problem");
    assert_eq!(problem.type_, "/problems/deadline-exceeded");
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result {
    let client = Client::new(&given("UNIVERSITIES_URL")?);
    macro_rules! run {
        ($($step:ident),* $(,)?) => {$(
            $step(&client).await?;
            println!("  {}", stringify!($step));
        )*};
    }
    run!(
        dictionary,
        report_with_a_failed_country,
        stream_line_by_line,
        lookup,
        search_page_by_page,
        problems,
        deadline,
    );
    Ok(())
}
