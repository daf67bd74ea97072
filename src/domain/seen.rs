//! Which universities of a country have been seen, known by the same name and domains as their
//! [`UniversityKey`](super::UniversityKey) has.
//!
//! Most universities share their domains with no other, so names are folded only where two do.

use std::borrow::Cow;

use hashbrown::HashSet;
use hashbrown::hash_table::{Entry, HashTable};
use xxhash_rust::xxh3::xxh3_128;

use super::fold;
use super::university::{is_folded, write_domains};

/// The universities of one country that have been seen. Of their domains only a hash of 128 bits is kept.
#[derive(Debug, Default)]
pub struct Seen<'a> {
    /// Where in `by_domains` a hash is.
    places: HashTable<usize>,
    by_domains: Vec<(u128, Names<'a>)>,
    domains: String,
}

/// The names of all that have the same domains.
#[derive(Debug)]
enum Names<'a> {
    /// The only one, as it is spelled.
    One(Cow<'a, str>),
    /// Several, folded.
    Several(Box<HashSet<String>>),
}

impl<'a> Seen<'a> {
    /// None yet, with room for so many.
    #[must_use]
    pub fn with_capacity(number: usize) -> Self {
        Self {
            places: HashTable::with_capacity(number),
            by_domains: Vec::with_capacity(number),
            domains: String::new(),
        }
    }

    /// Notes a university, and says whether it is new.
    pub fn insert(&mut self, name: Cow<'a, str>, domains: &[impl AsRef<str>]) -> bool {
        let hash = self.hash(domains);
        let (places, by_domains) = (&mut self.places, &mut self.by_domains);
        let is_it = |place: &usize| by_domains[*place].0 == hash;
        match places.entry(half(hash), is_it, |place| half(by_domains[*place].0)) {
            Entry::Vacant(place) => {
                place.insert(by_domains.len());
                by_domains.push((hash, Names::One(name)));
                true
            }
            Entry::Occupied(place) => by_domains[*place.get()].1.insert(&name),
        }
    }

    fn hash(&mut self, domains: &[impl AsRef<str>]) -> u128 {
        if let [only] = domains
            && is_folded(only.as_ref())
        {
            // As nearly all are.
            return xxh3_128(only.as_ref().as_bytes());
        }
        self.domains.clear();
        write_domains(&mut self.domains, domains);
        xxh3_128(self.domains.as_bytes())
    }
}

/// As much of a hash as a table takes.
#[expect(clippy::cast_possible_truncation, reason = "either half is as good")]
fn half(hash: u128) -> u64 {
    hash as u64
}

impl Names<'_> {
    fn insert(&mut self, name: &str) -> bool {
        if let Self::One(first) = self {
            *self = Self::Several(Box::new(HashSet::from_iter([fold(first)])));
        }
        match self {
            Self::One(_) => false,
            Self::Several(names) => names.insert(fold(name)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::University;
    use proptest::prelude::*;
    use std::collections::HashSet as Keys;

    proptest! {
        #[test]
        fn it_is_as_if_whole_keys_were_compared(
            list in prop::collection::vec(("[Aa ÄB]{1,2}", prop::collection::vec("[aAbÉ]?", 0..3)), 0..20)
        ) {
            let (mut seen, mut keys) = (Seen::default(), Keys::new());
            for (name, domains) in &list {
                let new = seen.insert(name.into(), domains);
                let university = University {
                    name: name.clone(),
                    country: String::new(),
                    alpha_two_code: "TR".to_owned(),
                    state_province: None,
                    domains: domains.clone(),
                    web_pages: Vec::new(),
                };
                prop_assert_eq!(new, keys.insert(university.key()));
            }
        }
    }
}
