//! Finding universities in the catalogue, and saying whose a domain is.

use std::sync::Arc;

use super::{Edition, ServiceError, UniversityService};
use crate::catalogue::Filter;
use crate::domain::{
    Country, HostName, Outcome, Owners, Resolution, SearchRequest, University, resolve,
};

/// Some of the universities that match.
#[derive(Debug)]
pub struct Page {
    edition: Arc<Edition>,
    places: Vec<usize>,
    /// How many match in all.
    pub total: usize,
}

impl Page {
    /// The universities, the best match first.
    pub fn universities(&self) -> impl Iterator<Item = &University> {
        let all = self.edition.catalogue.universities();
        self.places.iter().map(|&place| &all[place])
    }
}

impl UniversityService {
    /// Finds universities in the catalogue.
    ///
    /// A country that is spelled as the public list spells it is that one, even where the spelling
    /// fits others too (`Congo`): here callers know the list.
    ///
    /// # Errors
    ///
    /// [`ServiceError`], when no country has the spelling, or several have.
    pub fn search(&self, request: SearchRequest) -> Result<Page, ServiceError> {
        let country = request.country.map(listed_or_known).transpose()?;
        let filter = Filter {
            name: request.name,
            name_contains: request.name_contains,
            country,
            domain: request.domain,
        };
        let edition = self.edition();
        let found = edition.catalogue.search(&filter);
        let wanted = found.iter().skip(request.offset);
        let places = match request.limit {
            Some(limit) => wanted.take(limit).copied().collect(),
            None => wanted.copied().collect(),
        };
        Ok(Page {
            edition,
            places,
            total: found.len(),
        })
    }

    /// Says whose each of some host names is, all by one list.
    #[must_use]
    pub fn lookup<'a>(&self, names: impl IntoIterator<Item = &'a HostName>) -> Vec<Option<Owners>> {
        let edition = self.edition();
        let all = edition.catalogue.universities();
        let owners = names.into_iter().map(|name| {
            let found = edition.catalogue.lookup(name)?;
            let universities = found.places.iter().map(|&place| all[place].clone());
            Some(Owners {
                domain: found.domain.to_owned(),
                exact: found.exact,
                universities: universities.collect(),
            })
        });
        owners.collect()
    }
}

fn listed_or_known(spelling: String) -> Result<Country, ServiceError> {
    let listed = Country::all().find(|country| {
        let spellings = country.upstream_spellings().iter();
        spellings
            .chain(country.former_upstream_spellings())
            .any(|listed| listed.eq_ignore_ascii_case(spelling.trim()))
    });
    listed.map_or_else(|| known(spelling), Ok)
}

fn known(spelling: String) -> Result<Country, ServiceError> {
    let outcome = match resolve(&spelling) {
        Resolution::Known(country) => return Ok(country),
        Resolution::Ambiguous { choices, reason } => {
            Outcome::ambiguous(vec![spelling], choices, reason)
        }
        Resolution::Unknown => Outcome::unknown(vec![spelling]),
    };
    Err(ServiceError::CountryFailed(Box::new(outcome)))
}
