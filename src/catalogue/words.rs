//! Which names have which words.
//!
//! Owns an inverted index: sorted words, each with the entries that have it. Finding what begins
//! like a word costs as much as there is to be found, whatever is asked for.

use std::collections::BTreeMap;

use fixedbitset::FixedBitSet;

/// An inverted index over folded names.
#[derive(Debug)]
pub(super) struct Words {
    /// Sorted; each with where its entries begin in `entries`, which is where those of the word
    /// before end.
    sorted: Vec<(Box<str>, usize)>,
    entries: Vec<u32>,
    /// How many names there are.
    names: usize,
}

impl Words {
    /// The index of some names, whose entries are their places.
    pub(super) fn of<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let mut by_word: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
        let mut number = 0;
        for (entry, name) in (0..).zip(names) {
            for word in name.split(' ') {
                by_word.entry(word).or_default().push(entry);
            }
            number += 1;
        }
        let mut entries = Vec::new();
        let words = by_word.into_iter().map(|(word, having)| {
            let begin = entries.len();
            entries.extend(having);
            (Box::from(word), begin)
        });
        Self {
            sorted: words.collect(),
            entries,
            names: number,
        }
    }

    /// The entries in which, for each of the words, a word begins like it.
    pub(super) fn beginning_like<'a>(
        &self,
        words: impl IntoIterator<Item = &'a str>,
    ) -> FixedBitSet {
        let mut all = FixedBitSet::with_capacity(self.names);
        all.insert_range(..);
        for word in words {
            let mut having = FixedBitSet::with_capacity(self.names);
            let first = self.sorted.partition_point(|(w, _)| **w < *word);
            let alike = self.sorted[first..].partition_point(|(w, _)| w.starts_with(word));
            let begins = |place: usize| {
                let word = self.sorted.get(place);
                word.map_or(self.entries.len(), |(_, begin)| *begin)
            };
            for &entry in &self.entries[begins(first)..begins(first + alike)] {
                having.insert(entry as usize);
            }
            all.intersect_with(&having);
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn found(names: &[&str], words: &str) -> Vec<usize> {
        let words = words.split(' ');
        Words::of(names.iter().copied())
            .beginning_like(words)
            .ones()
            .collect()
    }

    #[test]
    fn every_word_must_begin_some_word() {
        let names = [
            "middle east technical",
            "east anglia",
            "technical of the east",
        ];
        assert_eq!(found(&names, "east"), [0, 1, 2]);
        assert_eq!(found(&names, "tech ea"), [0, 2]);
        assert_eq!(found(&names, "iddle"), [] as [usize; 0]);
        assert_eq!(found(&names, "z"), [] as [usize; 0]);
    }

    proptest! {
        #[test]
        fn it_finds_what_reading_every_name_finds(
            names in prop::collection::vec("[abc]{1,3}( [abc]{1,3}){0,3}", 0..20),
            query in "[abc]{1,3}( [abc]{1,3}){0,2}",
        ) {
            let begins = |name: &str, word: &str| name.split(' ').any(|w| w.starts_with(word));
            let expected: Vec<_> = (0..names.len())
                .filter(|&at| query.split(' ').all(|word| begins(&names[at], word)))
                .collect();
            let names: Vec<_> = names.iter().map(String::as_str).collect();
            prop_assert_eq!(found(&names, &query), expected);
        }
    }
}
