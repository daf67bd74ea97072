//! The article's API: a dictionary of universities by country, all or nothing.
//!
//! `GET /universities/` fetches one country after another unless told otherwise, `GET
//! /universities/async` all at once; the header `X-Process-Time` tells them apart.

use std::sync::Arc;

use poem::Request;
use poem::web::Data;
use poem_openapi::param::Query;
use poem_openapi::{ApiResponse, OpenApi};

use super::Tag;
use super::conditional::wants_new;
use super::params::{CountryNames, LONGEST_DEADLINE, StrategyName, article_countries};
use super::payload::Json;
use super::problem::{Failed, Fetching};
use super::ready::Composed;
use super::schema::{Dictionary, Universities};
use super::timing::{cache_status, server_timing};
use crate::domain::{FetchRequest, OnError, Strategy, ask};
use crate::service::{ServiceError, UniversityService};

/// The article's operations.
#[derive(Debug, Default)]
pub(super) struct Article;

#[derive(ApiResponse)]
enum Answer {
    /// The universities of each country, keyed as the caller spelled it.
    #[oai(status = 200)]
    Dictionary(
        Json<Dictionary>,
        /// How long it took in all, and each country that was fetched for it (W3C Server Timing).
        #[oai(header = "Server-Timing")]
        String,
        /// Where each country came from (RFC 9211): `universities;key=TR;hit`.
        #[oai(header = "Cache-Status")]
        String,
    ),
}

#[OpenApi(tag = "Tag::Universities")]
impl Article {
    /// Universities by country
    ///
    /// A dictionary of each country, as spelled in the request, to its universities. All or
    /// nothing: when one country fails, the call fails with its problem. `/v1/universities`
    /// answers the others.
    #[oai(
        path = "/universities/",
        method = "get",
        operation_id = "getUniversities"
    )]
    async fn get_universities(
        &self,
        http: &Request,
        service: Data<&Arc<UniversityService>>,
        /// A country: an ISO 3166-1 code or a name in any of a hundred languages. Repeat the
        /// parameter for more, at most 250 distinct countries.
        #[oai(default = "article_countries")]
        country: Query<CountryNames>,
        /// How the countries are fetched; `bounded` keeps at most 8 in flight.
        #[oai(default = "sequential")]
        strategy: Query<StrategyName>,
    ) -> Result<Answer, Failed<Fetching>> {
        Ok(dictionary(http, &service, country.0, strategy.0.plain()).await?)
    }

    /// Universities by country, at once
    ///
    /// The same dictionary, with every country fetched concurrently: it takes as long as the
    /// slowest country instead of the sum of all.
    #[oai(
        path = "/universities/async",
        method = "get",
        operation_id = "getUniversitiesAsync"
    )]
    async fn get_universities_async(
        &self,
        http: &Request,
        service: Data<&Arc<UniversityService>>,
        /// A country: an ISO 3166-1 code or a name in any of a hundred languages. Repeat the
        /// parameter for more, at most 250 distinct countries.
        #[oai(default = "article_countries")]
        country: Query<CountryNames>,
    ) -> Result<Answer, Failed<Fetching>> {
        Ok(dictionary(http, &service, country.0, Strategy::Concurrent).await?)
    }
}

fn sequential() -> StrategyName {
    StrategyName::Sequential
}

async fn dictionary(
    http: &Request,
    service: &UniversityService,
    countries: CountryNames,
    strategy: Strategy,
) -> Result<Answer, ServiceError> {
    let request = FetchRequest {
        countries: ask(countries.0),
        strategy,
        deadline: LONGEST_DEADLINE,
        on_error: OnError::Fail,
        revalidate: wants_new(http.headers()),
    };
    let report = service.fetch(request).await?;
    let timing = server_timing(&report.outcomes);
    let status = cache_status(&report.outcomes);
    let composed = Composed::of(&report.outcomes);
    let entries = report.outcomes.into_iter().flat_map(|outcome| {
        let listing = outcome
            .result
            .ok()
            .map(|listing| Universities(listing.universities));
        let spellings = outcome.requested.into_iter();
        spellings.filter_map(move |spelling| Some((spelling, listing.clone()?)))
    });
    let dictionary = Dictionary(entries.collect());
    Ok(Answer::Dictionary(
        Json::with_lists(&dictionary)
            .parts(dictionary.hash())
            .composed(composed),
        timing,
        status,
    ))
}
