//! Which universities of a country have been seen, known by the same name and domains as their
//! [`UniversityKey`](super::UniversityKey) has.
//!
//! Most universities share their domains with no other, so names are folded only where two do.

use std::borrow::Cow;

use hashbrown::HashSet;
use hashbrown::hash_map::{Entry, HashMap};
use xxhash_rust::xxh3::xxh3_128;

use super::fold;
use super::university::write_domains;

/// The universities of one country that have been seen. Of their domains only a hash of 128 bits is kept.
#[derive(Debug, Default)]
pub struct Seen<'a> {
    by_domains: HashMap<u128, Names<'a>>,
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
            by_domains: HashMap::with_capacity(number),
            domains: String::new(),
        }
    }

    /// Notes a university, and says whether it is new.
    pub fn insert<'d>(
        &mut self,
        name: Cow<'a, str>,
        domains: impl ExactSizeIterator<Item = &'d str>,
    ) -> bool {
        self.domains.clear();
        write_domains(&mut self.domains, domains);
        match self.by_domains.entry(xxh3_128(self.domains.as_bytes())) {
            Entry::Vacant(place) => {
                place.insert(Names::One(name));
                true
            }
            Entry::Occupied(mut names) => names.get_mut().insert(&name),
        }
    }
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
            list in prop::collection::vec(("[Aa ÄB]{1,2}", prop::collection::vec("[aAbÉ]", 0..3)), 0..20)
        ) {
            let (mut seen, mut keys) = (Seen::default(), Keys::new());
            for (name, domains) in &list {
                let new = seen.insert(name.into(), domains.iter().map(String::as_str));
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
