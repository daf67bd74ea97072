//! `GET /search`: the public API's own operation, answered from the catalogue.

use std::sync::Arc;

use poem::Request;
use poem::web::Data;
use poem_openapi::param::Query;
use poem_openapi::{ApiResponse, OpenApi};

use super::Tag;
use super::paging::Paging;
use super::payload::Json;
use super::problem::{Failed, Problem, Searching};
use super::refusal::not_a_host_name;
use super::schema::Found;
use crate::domain::{HostName, SearchRequest};
use crate::service::UniversityService;

/// The search's operation.
#[derive(Debug, Default)]
pub(super) struct Search;

#[derive(ApiResponse)]
enum Answer {
    /// The universities that match, the best match first; perhaps none.
    #[oai(status = 200)]
    Found(
        Json<Found>,
        /// How many match in all, whatever the limit.
        #[oai(header = "X-Total-Count")]
        usize,
        /// Where the first, the previous, the next and the last page are, as far as there are such
        /// (RFC 8288); absent without a limit.
        #[oai(header = "Link")]
        Option<String>,
    ),
}

#[OpenApi(tag = "Tag::Universities")]
impl Search {
    /// Universities by name, country and domain, from the catalogue
    ///
    /// The public *Universities List API*'s own operation, with the same parameters and the same six
    /// keys. Everything that is given must hold. Case, accents and punctuation do not matter, and
    /// nothing that is given is a pattern.
    #[expect(
        clippy::too_many_arguments,
        reason = "each is a parameter of the public API"
    )]
    #[oai(path = "/search", method = "get", operation_id = "searchUniversities")]
    async fn search_universities(
        &self,
        request: &Request,
        service: Data<&Arc<UniversityService>>,
        /// Words, each the beginning of a word of the name, in any order: `middle technical`.
        #[oai(validator(min_length = 1, max_length = 100))]
        name: Query<Option<String>>,
        /// A part of the name, wherever it stands.
        #[oai(validator(min_length = 1, max_length = 100))]
        name_contains: Query<Option<String>>,
        /// A country: an ISO 3166-1 code or a name in any of a hundred languages, or as the public
        /// list spells it.
        #[oai(validator(min_length = 1, max_length = 100))]
        country: Query<Option<String>>,
        /// A domain of the university, or one below it (`cs.usc.edu`) or above it, in either form
        /// where it is international.
        #[oai(validator(min_length = 1, max_length = 253))]
        domain: Query<Option<String>>,
        /// The most universities to answer with; all of them unless given.
        #[oai(validator(minimum(value = "1"), maximum(value = "1000000")))]
        limit: Query<Option<u32>>,
        /// How many of those that match to leave out before.
        #[oai(default, validator(minimum(value = "0"), maximum(value = "1000000")))]
        offset: Query<u32>,
    ) -> Result<Answer, Failed<Searching>> {
        let paging = Paging::of(limit.0, offset.0);
        let page = service.search(SearchRequest {
            name: name.0,
            name_contains: name_contains.0,
            country: country.0,
            domain: domain.0.as_deref().map(host_name).transpose()?,
            limit: paging.limit,
            offset: paging.offset,
        })?;
        let (total, links) = (page.total, paging.links(request.uri(), page.total));
        Ok(Answer::Found(Json::of(&Found::of(&page)), total, links))
    }
}

fn host_name(given: &str) -> Result<HostName, Problem> {
    HostName::parse(given).ok_or_else(|| not_a_host_name(given))
}
