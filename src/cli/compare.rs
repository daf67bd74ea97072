//! `universities compare`: every strategy against one upstream, side by side.
//!
//! Owns the runs and the two forms of the result. Each strategy gets a stack of sources of its
//! own, so that none profits from connections another has opened.

use std::num::NonZeroUsize;
use std::time::Duration;

use futures::StreamExt;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use tokio::time::Instant;

use super::{CliError, print, waterfall};
use crate::app::App;
use crate::config::Compare;
use crate::domain::{
    Country, CountryOutcome, FetchPlan, Resolution, Strategy, StrategyKind, ask, suggest,
};
use crate::{fetch, telemetry};

/// One strategy's run.
#[derive(Debug)]
pub(super) struct Run {
    /// What ran.
    pub(super) strategy: Strategy,
    /// When it began; calls are drawn relative to this.
    pub(super) began: Instant,
    /// How long it took.
    pub(super) elapsed: Duration,
    /// Upstream calls it made: one for each spelling that a country has upstream.
    pub(super) calls: usize,
    /// The most of them in flight at one time.
    pub(super) most_in_flight: usize,
    /// One for each country, in the order asked.
    pub(super) outcomes: Vec<CountryOutcome>,
}

/// Runs and prints. Fails when a call failed, after printing it.
pub(super) async fn run(
    settings: Compare,
    countries: Vec<String>,
    json: bool,
) -> Result<(), CliError> {
    telemetry::init(&settings.log);
    let countries = known(countries)?;
    let app = App::start(&settings.app).await?;
    let mut runs = Vec::new();
    for strategy in Strategy::all(settings.concurrency) {
        let patience = settings.app.resilience.retry.total_timeout;
        runs.push(run_one(&app, strategy, &countries, patience).await?);
    }
    let edition = app.service().edition();
    let about = &edition.about;
    let upstream = if about.upstream.embedded {
        let (name, latency) = (&about.catalogue.name, about.upstream.latency);
        format!("the embedded upstream (catalogue: {name}, latency: {latency:?})")
    } else {
        about.upstream.url.clone()
    };
    let text = if json {
        as_json(&upstream, &runs)
    } else {
        waterfall::draw(&upstream, &runs)
    };
    print(&text)?;
    match runs
        .iter()
        .flat_map(|run| &run.outcomes)
        .filter(|o| o.result.is_err())
        .count()
    {
        0 => Ok(()),
        failed => Err(CliError::Failed(format!("{failed} calls failed"))),
    }
}

/// The distinct countries of the spellings.
fn known(spellings: Vec<String>) -> Result<Vec<Country>, CliError> {
    let resolved = ask(spellings).into_iter().map(|asked| {
        let given = &asked.requested[0];
        let (what, choices) = match asked.resolution {
            Resolution::Known(country) => return Ok(country),
            Resolution::Ambiguous { choices, .. } => ("several countries are", choices),
            Resolution::Unknown => ("no country is", suggest(given)),
        };
        let names: Vec<_> = choices.into_iter().map(Country::name).collect();
        let hint = if names.is_empty() {
            String::new()
        } else {
            format!("; did you mean {}?", names.join(" or "))
        };
        Err(CliError::Usage(format!(
            "{what} called {given:?}; allowed are ISO 3166-1 codes and names{hint}"
        )))
    });
    resolved.collect()
}

async fn run_one(
    app: &App,
    strategy: Strategy,
    countries: &[Country],
    patience: Duration,
) -> Result<Run, CliError> {
    let (source, meter) = app.another_source()?;
    let progress = progress(strategy, countries.len());
    let began = Instant::now();
    let plan = FetchPlan {
        countries: countries.to_vec(),
        // Every call has its own timeouts; all of them in a row have as long as they need.
        deadline: began + patience * u32::try_from(countries.len()).unwrap_or(u32::MAX),
    };
    let mut stream = fetch::strategy(strategy).fetch(source, plan);
    let mut outcomes = Vec::with_capacity(countries.len());
    while let Some(outcome) = stream.next().await {
        progress.set_message(outcome.country.name());
        progress.inc(1);
        outcomes.push(outcome);
    }
    let elapsed = began.elapsed();
    progress.finish_and_clear();
    outcomes.sort_by_key(|outcome| countries.iter().position(|c| *c == outcome.country));
    let counts = meter.counts();
    Ok(Run {
        strategy,
        began,
        elapsed,
        calls: counts.started,
        most_in_flight: counts.most_in_flight,
        outcomes,
    })
}

/// Shown on a terminal's standard error only; indicatif hides it elsewhere.
fn progress(strategy: Strategy, countries: usize) -> ProgressBar {
    let style = ProgressStyle::with_template(
        "{spinner} {prefix:<12} [{bar:24}] {pos}/{len} {elapsed} {msg}",
    )
    .expect("a constant template");
    let bar = ProgressBar::new(countries as u64).with_style(style.progress_chars("█▌░"));
    bar.set_prefix(name(strategy));
    bar.enable_steady_tick(Duration::from_millis(80));
    bar
}

/// What a strategy is called in tables: `bounded (2)`.
pub(super) fn name(strategy: Strategy) -> String {
    match strategy {
        Strategy::Bounded(window) => format!("bounded ({window})"),
        Strategy::Sequential => "sequential".to_owned(),
        Strategy::Concurrent => "concurrent".to_owned(),
    }
}

/// How many times faster than the first run, which is sequential.
pub(super) fn speed_up(runs: &[Run], run: &Run) -> f64 {
    let sequential = runs.first().map_or(run.elapsed, |first| first.elapsed);
    sequential.as_secs_f64() / run.elapsed.as_secs_f64().max(f64::EPSILON)
}

#[derive(Serialize)]
struct JsonComparison<'a> {
    upstream: &'a str,
    runs: Vec<JsonRun>,
}

#[derive(Serialize)]
struct JsonRun {
    strategy: &'static str,
    concurrency: Option<NonZeroUsize>,
    elapsed_ms: f64,
    speed_up: f64,
    upstream_calls: usize,
    most_in_flight: usize,
    calls: Vec<JsonCall>,
}

#[derive(Serialize)]
struct JsonCall {
    code: &'static str,
    name: &'static str,
    started_ms: f64,
    elapsed_ms: f64,
    universities: Option<usize>,
    failure: Option<String>,
}

fn as_json(upstream: &str, runs: &[Run]) -> String {
    let comparison = JsonComparison {
        upstream,
        runs: runs.iter().map(|run| json_run(runs, run)).collect(),
    };
    let text = serde_json::to_string_pretty(&comparison);
    text.expect("numbers and strings are always JSON") + "\n"
}

fn json_run(runs: &[Run], run: &Run) -> JsonRun {
    let calls = run.outcomes.iter().map(|outcome| JsonCall {
        code: outcome.country.code(),
        name: outcome.country.name(),
        started_ms: milliseconds(outcome.started - run.began),
        elapsed_ms: milliseconds(outcome.elapsed),
        universities: outcome.result.as_ref().ok().map(|l| l.universities.len()),
        failure: outcome.result.as_ref().err().map(|f| f.detail.clone()),
    });
    JsonRun {
        strategy: match run.strategy.kind() {
            StrategyKind::Sequential => "sequential",
            StrategyKind::Concurrent => "concurrent",
            StrategyKind::Bounded => "bounded",
        },
        concurrency: match run.strategy {
            Strategy::Bounded(window) => Some(window),
            Strategy::Sequential | Strategy::Concurrent => None,
        },
        elapsed_ms: milliseconds(run.elapsed),
        speed_up: (speed_up(runs, run) * 100.0).round() / 100.0,
        upstream_calls: run.calls,
        most_in_flight: run.most_in_flight,
        calls: calls.collect(),
    }
}

fn milliseconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 10_000.0).round() / 10.0
}
