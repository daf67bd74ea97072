//! `GET /v1/countries`: what may be asked for.

use poem_openapi::{ApiResponse, OpenApi};

use super::Tag;
use super::payload::Json;
use super::problem::{Failed, Reading};
use super::schema::{self, Countries as Body};
use crate::domain::Country;

/// The country table's operation.
#[derive(Debug, Default)]
pub(super) struct Countries;

#[derive(ApiResponse)]
enum Answer {
    /// Every country, ordered by code.
    #[oai(status = 200)]
    Countries(Json<Body>),
}

#[OpenApi(tag = "Tag::Countries")]
impl Countries {
    /// The countries and their spellings
    ///
    /// Every country of ISO 3166-1, and Kosovo, with its codes, its English names and those in its
    /// own languages. `country` parameters understand names in some hundred other languages too.
    #[oai(path = "/v1/countries", method = "get", operation_id = "listCountries")]
    async fn list_countries(&self) -> Result<Answer, Failed<Reading>> {
        let countries = Country::all().map(schema::Country::from).collect();
        Ok(Answer::Countries(Json::of(&Body { countries })))
    }
}
