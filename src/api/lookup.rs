//! `/v1/universities/lookup`: whose is a domain or an e-mail address?
//!
//! E-mail addresses are neither logged nor kept, and only what stands behind the `@` is looked at,
//! or ever said again.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::param::Query;
use poem_openapi::{ApiResponse, OpenApi};

use super::Tag;
use super::body::JsonBody;
use super::params::EmailAddress;
use super::payload::Json;
use super::problem::{Failed, LookingUp, LookingUpMany, Problem, ProblemType};
use super::refusal::{bad_parameter, not_a_host_name};
use super::schema::{Lookup as Body, LookupRequest, LookupResult, LookupResults};
use crate::domain::{HostName, Owners};
use crate::service::UniversityService;

/// The lookup's operations.
#[derive(Debug, Default)]
pub(super) struct Lookup;

#[derive(ApiResponse)]
enum Answer {
    /// The universities that have the domain, or the longest one above it that anyone has.
    #[oai(status = 200)]
    Found(Json<Body>),
}

#[derive(ApiResponse)]
enum Answers {
    /// A result for each query, in their order.
    #[oai(status = 200)]
    Results(Json<LookupResults>),
}

/// What is looked up.
struct Asked<'a> {
    /// As it is said again: a domain as it was given, or what stands behind the `@`.
    shown: &'a str,
    name: HostName,
}

#[OpenApi(tag = "Tag::Universities")]
impl Lookup {
    /// Whose a domain or an e-mail address is
    ///
    /// Of the domain and those above it, the longest that a university of the catalogue has; a
    /// public suffix (`edu`, `ac.uk`) is nobody's. Several universities may have it. E-mail addresses
    /// are neither logged nor kept; but addresses of requests are, on their way here, so `POST` is the
    /// better place for them.
    #[oai(
        path = "/v1/universities/lookup",
        method = "get",
        operation_id = "lookupUniversity"
    )]
    async fn lookup_university(
        &self,
        service: Data<&Arc<UniversityService>>,
        /// A domain, in either form where it is international. Either this or `email`.
        #[oai(validator(min_length = 1, max_length = 253))]
        domain: Query<Option<String>>,
        /// An e-mail address. Either this or `domain`.
        email: Query<Option<EmailAddress>>,
    ) -> Result<Answer, Failed<LookingUp>> {
        let asked = match (&domain.0, &email.0) {
            (Some(domain), None) => Asked::domain(domain).ok_or_else(|| not_a_host_name(domain))?,
            (None, Some(email)) => Asked::email(&email.0).ok_or_else(not_an_address)?,
            _ => return Err(one_of_two().into()),
        };
        let owners = service.lookup([&asked.name]).pop().flatten();
        let owners = owners.ok_or_else(|| nobodys(asked.shown))?;
        Ok(Answer::Found(Json::of(&Body::of(asked.shown, owners))))
    }

    /// Whose many domains or e-mail addresses are
    ///
    /// As the single lookup, for up to 1000 at once, all by one list. A query that leads to nobody
    /// has a problem in its place. Of e-mail addresses, only what stands behind the `@` is said
    /// again: the order tells which is which.
    #[oai(
        path = "/v1/universities/lookup",
        method = "post",
        operation_id = "lookupUniversities"
    )]
    async fn lookup_universities(
        &self,
        service: Data<&Arc<UniversityService>>,
        queries: JsonBody<LookupRequest>,
    ) -> Result<Answers, Failed<LookingUpMany>> {
        let queries = queries.0.queries();
        let asked: Vec<_> = queries.map(Asked::either).collect();
        let names = asked.iter().flatten().map(|asked| &asked.name);
        let mut owners = service.lookup(names).into_iter();
        let results = asked.iter().map(|asked| match asked {
            Some(asked) => result(asked.shown, owners.next().flatten()),
            None => LookupResult::failed("", &neither()),
        });
        let results = results.collect();
        Ok(Answers::Results(
            Json::of(&LookupResults { results }).untagged(),
        ))
    }
}

impl<'a> Asked<'a> {
    fn domain(domain: &'a str) -> Option<Self> {
        Some(Self {
            shown: domain.trim(),
            name: HostName::parse(domain)?,
        })
    }

    fn email(email: &'a str) -> Option<Self> {
        let (person, domain) = email.rsplit_once('@')?;
        if person.trim().is_empty() {
            return None;
        }
        Self::domain(domain)
    }

    fn either(query: &'a str) -> Option<Self> {
        if query.contains('@') {
            Self::email(query)
        } else {
            Self::domain(query)
        }
    }
}

fn result(shown: &str, owners: Option<Owners>) -> LookupResult {
    match owners {
        Some(owners) => LookupResult::found(Body::of(shown, owners)),
        None => LookupResult::failed(shown, &nobodys(shown)),
    }
}

fn nobodys(shown: &str) -> Problem {
    ProblemType::UnknownDomain.problem(format!(
        "no university of the catalogue has the domain {shown:?} or one above it; public suffixes \
         are nobody's"
    ))
}

fn one_of_two() -> Problem {
    let allowed = "either domain or email";
    bad_parameter(
        "domain",
        format!("give {allowed}, one of them"),
        None,
        allowed,
    )
}

fn not_an_address() -> Problem {
    let allowed = "an e-mail address such as student@cs.usc.edu";
    // The address itself is not said again.
    bad_parameter(
        "email",
        format!("the parameter \"email\" must be {allowed}"),
        None,
        allowed,
    )
}

fn neither() -> Problem {
    ProblemType::InvalidBody.problem(
        "the query is neither a domain such as cs.usc.edu nor an e-mail address such as \
         student@cs.usc.edu",
    )
}
