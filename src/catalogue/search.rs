//! Finding universities by name, country and domain.
//!
//! Owns what matches and in which order. A text asked for is a text, never a pattern.

use super::domains::is_owned;
use super::names::Asked;
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
        let found = match (reached, asked) {
            (None, None) => found.ones().collect(),
            (None, Some(asked)) => self.ranked(
                &asked,
                found.ones().map(|entry| (Reach::Itself, entry)).collect(),
            ),
            (Some(mut reached), asked) => {
                reached.retain(|(_, entry)| found.contains(*entry));
                self.ranked(&asked.unwrap_or_default(), reached)
            }
        };
        found.into_iter().map(|entry| self.places[entry]).collect()
    }

    fn ranked(&self, asked: &Asked, found: Vec<(Reach, Entry)>) -> Vec<Entry> {
        let mut ranked: Vec<_> = found
            .into_iter()
            .map(|(reach, entry)| (reach, self.names.fit(entry, asked), entry))
            .collect();
        ranked.sort_unstable();
        ranked.into_iter().map(|(_, _, entry)| entry).collect()
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
