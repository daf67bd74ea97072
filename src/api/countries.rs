//! `GET /v1/countries`: what may be asked for.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::param::Query;
use poem_openapi::{ApiResponse, OpenApi};

use super::Tag;
use super::payload::Json;
use super::problem::{Failed, Reading};
use super::schema::{self, CountryList};
use crate::domain::{Country, named_like};
use crate::service::UniversityService;

/// The country table's operation.
#[derive(Debug, Default)]
pub(super) struct Countries;

#[derive(ApiResponse)]
enum Answer {
    /// Every country, ordered by code.
    #[oai(status = 200)]
    Countries(Json<CountryList>),
}

#[OpenApi(tag = "Tag::Countries")]
impl Countries {
    /// The countries and their spellings
    ///
    /// Every country of ISO 3166-1, and Kosovo, with its codes, its English names and those in its
    /// own languages. `country` parameters understand names in some hundred other languages too.
    #[oai(path = "/v1/countries", method = "get", operation_id = "listCountries")]
    async fn list_countries(
        &self,
        service: Data<&Arc<UniversityService>>,
        /// Only countries with a code or a name, in any of those languages, of which a word begins
        /// like this.
        #[oai(validator(min_length = 1, max_length = 100))]
        q: Query<Option<String>>,
    ) -> Result<Answer, Failed<Reading>> {
        let countries = match &q.0 {
            Some(text) => named_like(text),
            None => Country::all().collect(),
        };
        let edition = service.edition();
        let counts = &edition.about.catalogue.by_country;
        let entry = |country| {
            let universities = counts.get(&country).copied().unwrap_or_default();
            schema::Country::of(country, universities)
        };
        let countries = countries.into_iter().map(entry).collect();
        Ok(Answer::Countries(Json::of(&CountryList { countries })))
    }
}
