//! `GET /v1/universities`: the report.

use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;

use poem::Request;
use poem::web::Data;
use poem_openapi::param::Query;
use poem_openapi::{ApiResponse, OpenApi};
use xxhash_rust::xxh3::Xxh3;

use super::Tag;
use super::conditional::wants_new;
use super::params::{Concurrency, CountryNames, OnErrorName, StrategyName};
use super::payload::Json;
use super::problem::{Failed, Fetching, Problem};
use super::refusal::bad_parameter;
use super::schema::Report;
use super::timing::{cache_status, server_timing};
use crate::domain::{FetchRequest, ask};
use crate::service::{self, UniversityService};

/// The report's operation.
#[derive(Debug, Default)]
pub(super) struct Universities;

#[derive(ApiResponse)]
enum Answer {
    /// One outcome for each distinct country, in the order asked.
    #[oai(status = 200)]
    Report(
        Json<Report>,
        /// Whether every country has universities, as `complete` in the report.
        #[oai(header = "X-Complete")]
        bool,
        /// How long it took in all, and each country that was fetched for it (W3C Server Timing).
        #[oai(header = "Server-Timing")]
        String,
        /// Where each country came from (RFC 9211): `universities;key=TR;hit`.
        #[oai(header = "Cache-Status")]
        String,
    ),
}

#[OpenApi(tag = "Tag::Universities")]
impl Universities {
    /// Universities of many countries, with what became of each
    ///
    /// One outcome for each distinct country, in the order asked: its universities, or the
    /// problem that explains why there are none. Several spellings of a country are one outcome.
    /// Lists are kept for a while; the header `Cache-Control: no-cache` asks for new ones.
    #[expect(
        clippy::too_many_arguments,
        reason = "each is a parameter of the operation"
    )]
    #[oai(
        path = "/v1/universities",
        method = "get",
        operation_id = "fetchUniversities"
    )]
    async fn fetch_universities(
        &self,
        http: &Request,
        service: Data<&Arc<UniversityService>>,
        /// A country: an ISO 3166-1 code or a name in any of a hundred languages. Repeat the
        /// parameter for more, at most 250 distinct countries.
        country: Query<CountryNames>,
        /// How the countries are fetched.
        #[oai(default = "bounded")]
        strategy: Query<StrategyName>,
        /// How many countries `bounded` keeps in flight at most, 8 unless given; not allowed with the
        /// others.
        concurrency: Query<Concurrency>,
        /// How long to wait, in milliseconds. A country that is not there by then has a problem.
        #[oai(
            default = "default_deadline_ms",
            validator(minimum(value = "50"), maximum(value = "60000"))
        )]
        deadline_ms: Query<u32>,
        /// Whether a country that fails leaves the others be or ends the call.
        #[oai(default = "partial")]
        on_error: Query<OnErrorName>,
    ) -> Result<Answer, Failed<Fetching>> {
        let request = fetch_request(
            country.0,
            strategy.0,
            concurrency.0,
            deadline_ms.0,
            on_error.0,
            wants_new(http.headers()),
        )?;
        let report = service.fetch(request).await?;
        let (complete, timing) = (report.summary.complete, server_timing(&report.outcomes));
        let status = cache_status(&report.outcomes);
        let meaning = meaning(&report);
        Ok(Answer::Report(
            Json::with_lists(&Report::from(report))
                .coded_in_parts()
                .meaning(meaning),
            complete,
            timing,
            status,
        ))
    }
}

/// A hash of what a report says of its countries, and not of how long it took to say so.
fn meaning(report: &service::Report) -> u128 {
    let mut hasher = Xxh3::new();
    report.summary.complete.hash(&mut hasher);
    for outcome in &report.outcomes {
        outcome.requested.hash(&mut hasher);
        match &outcome.result {
            Ok(listing) => {
                listing.universities.hash().hash(&mut hasher);
            }
            Err(failure) => failure.detail.hash(&mut hasher),
        }
    }
    hasher.digest128()
}

pub(super) fn bounded() -> StrategyName {
    StrategyName::Bounded
}

pub(super) fn partial() -> OnErrorName {
    OnErrorName::Partial
}

pub(super) fn default_deadline_ms() -> u32 {
    10_000
}

/// The request that the parameters of `/v1/universities` and its stream amount to.
pub(super) fn fetch_request(
    countries: CountryNames,
    strategy: StrategyName,
    concurrency: Concurrency,
    deadline_ms: u32,
    on_error: OnErrorName,
    revalidate: bool,
) -> Result<FetchRequest, Problem> {
    Ok(FetchRequest {
        countries: ask(countries.0),
        strategy: strategy.with(concurrency).ok_or_else(only_bounded)?,
        deadline: Duration::from_millis(deadline_ms.into()),
        on_error: on_error.into(),
        revalidate,
    })
}

fn only_bounded() -> Problem {
    let detail = "the parameter \"concurrency\" is allowed only with strategy=bounded";
    let allowed = "absent, or strategy=bounded";
    bad_parameter("concurrency", detail.to_owned(), None, allowed)
}
