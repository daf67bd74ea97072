//! `GET /v1/universities/stream`: the same outcomes, each as soon as it is there.

use std::sync::Arc;

use futures::StreamExt;
use poem::Request;
use poem::web::Data;
use poem_openapi::param::Query;
use poem_openapi::{ApiResponse, OpenApi};

use super::conditional::wants_new;
use super::params::{Concurrency, CountryNames, OnErrorName, StrategyName};
use super::payload::NdJson;
use super::problem::{Failed, Streaming};
use super::schema::StreamLine;
use super::universities::{bounded, default_deadline_ms, fetch_request, partial};
use super::{Readiness, Tag};
use crate::service::UniversityService;

/// The stream's operation.
#[derive(Debug, Default)]
pub(super) struct Stream;

#[derive(ApiResponse)]
enum Answer {
    /// Lines of JSON: `{"outcome": …}` for each country as it arrives, then one
    /// `{"summary": …}`. The schema is that of one line.
    #[oai(status = 200)]
    Lines(NdJson<StreamLine>),
}

#[OpenApi(tag = "Tag::Universities")]
impl Stream {
    /// Universities of many countries, as they arrive
    ///
    /// The outcomes of `/v1/universities`, one line each, written when the country is there,
    /// then one line with the summary. With `on_error=fail`, the first failure is the last
    /// outcome; when the service stops and cannot wait for more, the summary says what is missing.
    /// Once the first line is on its way, the status is 200 whatever follows. When the
    /// connection is closed, no further country is asked for.
    #[expect(
        clippy::too_many_arguments,
        reason = "each is a parameter of the operation"
    )]
    #[oai(
        path = "/v1/universities/stream",
        method = "get",
        operation_id = "streamUniversities"
    )]
    async fn stream_universities(
        &self,
        http: &Request,
        service: Data<&Arc<UniversityService>>,
        readiness: Data<&Arc<Readiness>>,
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
    ) -> Result<Answer, Failed<Streaming>> {
        let request = fetch_request(
            country.0,
            strategy.0,
            concurrency.0,
            deadline_ms.0,
            on_error.0,
            wants_new(http.headers()),
        )?;
        let lines = service
            .stream(request, readiness.streams_end())?
            .map(StreamLine::from);
        Ok(Answer::Lines(NdJson::of(lines)))
    }
}
