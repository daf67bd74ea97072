//! Whose a domain is.

use super::{Catalogue, domains};
use crate::domain::HostName;

/// The longest domain of the catalogue that a host name is, or is below.
#[derive(Debug, PartialEq, Eq)]
pub struct Match<'a> {
    /// The domain, with its international labels in their ASCII form.
    pub domain: &'a str,
    /// Whether it is the name itself, and not one above it.
    pub exact: bool,
    /// The places of the universities that have it, in the list's order; never empty.
    pub places: Vec<usize>,
}

impl Catalogue {
    /// Looks for the longest of a name and those above it that a university has. Names at or above
    /// a public suffix are nobody's.
    #[must_use]
    pub fn lookup<'a>(&self, name: &'a HostName) -> Option<Match<'a>> {
        name.and_above()
            .take_while(|domain| domains::is_owned(domain))
            .find_map(|domain| {
                let entries = self.domains.exactly(domain);
                let places: Vec<_> = entries.map(|entry| self.places[entry]).collect();
                (!places.is_empty()).then(|| Match {
                    domain,
                    exact: domain.len() == name.as_str().len(),
                    places,
                })
            })
    }
}
