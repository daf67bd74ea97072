//! Finding universities by name, country and domain.
//!
//! Owns what matches and in which order. A text asked for is a text, never a pattern.

use fixedbitset::FixedBitSet;

use super::domains::is_owned;
use super::names::{Asked, Fit};
use super::{Catalogue, Entry};
use crate::domain::{Country, HostName};

/// What is looked for; everything that is given must hold.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Words, each the beginning of a word of the name, in any order.
    pub name: Option<String>,
    /// A part of the name.
    pub name_contains: Option<String>,
    /// The country.
    pub country: Option<Country>,
    /// A domain of the university, or one below or above it; never a public suffix.
    pub domain: Option<HostName>,
}

/// Where a university's domain stands to the one asked for, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Reach {
    /// It is the same.
    Itself,
    /// It is so many labels above: `usc.edu` for `cs.usc.edu`.
    Above(usize),
    /// It is below: `cs.usc.edu` for `usc.edu`.
    Below,
}

impl Catalogue {
    /// The places of the universities that match, each university once.
    ///
    /// The best match comes first: by its domain where one is asked for, then by its name
    /// (exact, beginning, beginning of a word, part) and the shorter the better. Otherwise it is
    /// the list's order.
    #[must_use]
    pub fn search(&self, filter: &Filter) -> Vec<usize> {
        let mut found = self.names.all();
        if let Some(country) = filter.country {
            found.intersect_with(&self.names.of_country(country));
        }
        let contains = filter.name_contains.as_deref().map(|part| {
            let asked = self.names.ask(part);
            found.intersect_with(&self.names.containing(&asked));
            asked
        });
        let begins = filter.name.as_deref().map(|words| {
            let asked = self.names.ask(words);
            found.intersect_with(&asked.words_begin);
            asked
        });
        let asked = begins.or(contains);
        let reached = filter.domain.as_ref().map(|domain| self.reached(domain));
        match (reached, asked) {
            (None, None) => self.in_list_order(&found),
            (None, Some(asked)) => self.by_name(&found, &asked),
            (Some(mut reached), asked) => {
                reached.retain(|(_, entry)| found.contains(*entry));
                self.by_domain(reached, &asked.unwrap_or_default())
            }
        }
    }

    fn in_list_order(&self, found: &FixedBitSet) -> Vec<usize> {
        // A set of places is in their order without sorting.
        let mut places = FixedBitSet::with_capacity(self.universities.len());
        places.extend(found.ones().map(|entry| self.places[entry]));
        places.ones().collect()
    }

    fn by_name(&self, found: &FixedBitSet, asked: &Asked) -> Vec<usize> {
        // Entries come the shortest first, so what is left to do is to part them.
        let mut parted: [Vec<usize>; Fit::NUMBER] = Default::default();
        for entry in found.ones() {
            parted[self.names.fit(entry, asked) as usize].push(self.places[entry]);
        }
        parted.concat()
    }

    fn by_domain(&self, reached: Vec<(Reach, Entry)>, asked: &Asked) -> Vec<usize> {
        let reached = reached.into_iter();
        let mut ranked: Vec<_> = reached
            .map(|(reach, entry)| (reach, self.names.fit(entry, asked), entry))
            .collect();
        ranked.sort_unstable();
        let places = ranked.into_iter().map(|(.., entry)| self.places[entry]);
        places.collect()
    }

    /// The entries with the domain, one above or one below, each once at its best.
    fn reached(&self, domain: &HostName) -> Vec<(Reach, Entry)> {
        let names = domain.and_above().take_while(|name| is_owned(name));
        let upwards = names.enumerate().flat_map(|(steps, name)| {
            let reach = match steps {
                0 => Reach::Itself,
                steps => Reach::Above(steps),
            };
            self.domains.exactly(name).map(move |entry| (entry, reach))
        });
        let owned = is_owned(domain.as_str()).then(|| self.domains.below(domain.as_str()));
        let downwards = owned.into_iter().flatten();
        let downwards = downwards.map(|entry| (entry, Reach::Below));
        let mut reached: Vec<_> = upwards.chain(downwards).collect();
        reached.sort_unstable();
        reached.dedup_by_key(|(entry, _)| *entry);
        let turned = reached.into_iter().map(|(entry, reach)| (reach, entry));
        turned.collect()
    }
}
