//! The catalogue: a whole list of universities in memory, never changed, only replaced.
//!
//! Owns the list, be it the bundled sample, a file in the public list's format, or what an address
//! gives. It knows nothing of how it is served; the embedded upstream answers from it.
//!
//! - `refresh` gets it from its location, again and again: `download` from an address, `store` from
//!   the copy of what an address gave, `load` from any text, whose records `record` checks.
//! - `search` finds universities, by `names` (and the `words` in them) and `domains`; `lookup` says
//!   whose a domain is.

mod domains;
mod download;
mod error;
mod load;
mod lookup;
mod names;
mod record;
mod refresh;
mod search;
mod store;
mod words;

use std::collections::HashMap;

use crate::domain::{CatalogueAbout, Country, DataVersion, University};
use domains::Domains;
use names::Names;

pub use error::CatalogueError;
pub use lookup::Match;
pub use refresh::{Fresh, Location, Receipt, Refresher};
pub use search::Filter;

/// A list of universities, loaded and checked.
#[derive(Debug)]
pub struct Catalogue {
    name: String,
    sample: bool,
    version: DataVersion,
    universities: Vec<University>,
    /// The place of each distinct university, by its entry: the first of those with the same key.
    places: Vec<usize>,
    names: Names,
    domains: Domains,
}

/// A distinct university's place among the distinct ones, which are ordered by the length of their
/// names: of two names that fit a text alike, the shorter has less that was not asked for.
type Entry = usize;

impl Catalogue {
    fn new(name: String, version: DataVersion, universities: Vec<University>) -> Self {
        let mut firsts = HashMap::with_capacity(universities.len());
        for (place, university) in universities.iter().enumerate() {
            firsts.entry(university.key()).or_insert(place);
        }
        let firsts = firsts.into_iter();
        let mut entries: Vec<_> = firsts
            .map(|(key, place)| (key.into_folded_name(), place))
            .collect();
        entries.sort_unstable_by_key(|(name, place)| (name.len(), *place));
        let (names, places): (Vec<_>, Vec<_>) = entries.into_iter().unzip();
        let entries = || places.iter().map(|&place| &universities[place]);
        let countries = entries().map(|university| {
            let country = Country::of_code(&university.alpha_two_code);
            country.expect("the code has been checked")
        });
        let domains = entries().enumerate().flat_map(|(entry, university)| {
            let domains = university.domains.iter();
            domains.map(move |domain| (domain.as_str(), entry))
        });
        Self {
            names: Names::of(&names, countries.collect()),
            domains: Domains::of(domains),
            name,
            sample: false,
            version,
            places,
            universities,
        }
    }

    /// The universities, in the list's order, duplicates included.
    #[must_use]
    pub fn universities(&self) -> &[University] {
        &self.universities
    }

    /// The universities of a country, each once, in the list's order.
    pub fn of(&self, country: Country) -> impl Iterator<Item = &University> {
        let mut places = self.places.clone();
        places.sort_unstable();
        let all = places.into_iter().map(|place| &self.universities[place]);
        all.filter(move |university| university.alpha_two_code == country.code())
    }

    /// What it is called: a file, an address, or the sample.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it is the bundled sample, and not the whole world.
    #[must_use]
    pub fn is_sample(&self) -> bool {
        self.sample
    }

    /// How many universities it has, each counted once.
    #[must_use]
    pub fn distinct(&self) -> usize {
        self.places.len()
    }

    /// Which list it is.
    #[must_use]
    pub fn version(&self) -> &DataVersion {
        &self.version
    }

    /// What there is to say about it.
    #[must_use]
    pub fn about(&self) -> CatalogueAbout {
        let mut by_country = HashMap::new();
        for country in self.names.countries() {
            *by_country.entry(*country).or_default() += 1;
        }
        CatalogueAbout {
            name: self.name.clone(),
            sample: self.sample,
            version: self.version.clone(),
            universities: self.distinct(),
            by_country,
        }
    }

    /// What outcomes answered from it are labelled with.
    #[must_use]
    pub fn label(&self) -> String {
        if self.sample {
            "embedded, bundled sample".to_owned()
        } else {
            format!("embedded, catalogue {}", self.name)
        }
    }
}
