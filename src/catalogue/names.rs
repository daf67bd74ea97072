//! The names of a catalogue's universities, folded, and how well a text fits them.

use fixedbitset::FixedBitSet;
use memchr::memmem;

use super::Entry;
use super::words::Words;
use crate::domain::{Country, fold};

/// The names, and the indexes over them.
#[derive(Debug)]
pub(super) struct Names {
    /// Every name, with a line break behind it.
    text: String,
    /// Where each name begins in the text.
    begins: Vec<usize>,
    words: Words,
    countries: Vec<Country>,
}

/// A text that is looked for.
#[derive(Debug, Default)]
pub(super) struct Asked {
    /// Folded; empty when there is nothing in it to look for.
    text: String,
    /// The text as it stands behind another word.
    inside: String,
    /// The entries in which, for each of its words, a word begins like it.
    pub(super) words_begin: FixedBitSet,
}

/// How well a name fits a text, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fit {
    /// It is the text.
    Exact,
    /// It begins with the text.
    Begins,
    /// A word of it and what follows begin with the text.
    LaterBegins,
    /// Words of it begin like those of the text, wherever each stands.
    WordsBegin,
    /// It has the text somewhere, or nothing was asked of it.
    Contains,
}

impl Fit {
    /// How many there are.
    pub(super) const NUMBER: usize = Self::Contains as usize + 1;
}

impl Names {
    /// Folded names and their countries, by entry.
    pub(super) fn of(names: &[String], countries: Vec<Country>) -> Self {
        let (mut text, mut begins) = (String::new(), Vec::with_capacity(names.len()));
        for name in names {
            begins.push(text.len());
            text.push_str(name);
            text.push('\n');
        }
        Self {
            words: Words::of(names.iter().map(String::as_str)),
            text,
            begins,
            countries,
        }
    }

    /// The country of each entry.
    pub(super) fn countries(&self) -> &[Country] {
        &self.countries
    }

    /// Every entry.
    pub(super) fn all(&self) -> FixedBitSet {
        let mut all = FixedBitSet::with_capacity(self.begins.len());
        all.insert_range(..);
        all
    }

    /// The entries of a country.
    pub(super) fn of_country(&self, country: Country) -> FixedBitSet {
        let mut found = FixedBitSet::with_capacity(self.begins.len());
        let places = self.countries.iter().enumerate();
        found.extend(
            places
                .filter(|(_, c)| **c == country)
                .map(|(entry, _)| entry),
        );
        found
    }

    /// A text to look for.
    pub(super) fn ask(&self, text: &str) -> Asked {
        let text = fold(text);
        let words_begin = if text.is_empty() {
            FixedBitSet::new()
        } else {
            self.words.beginning_like(text.split(' '))
        };
        Asked {
            inside: format!(" {text}"),
            text,
            words_begin,
        }
    }

    /// The entries whose name has the text somewhere.
    pub(super) fn containing(&self, asked: &Asked) -> FixedBitSet {
        let mut found = FixedBitSet::with_capacity(self.begins.len());
        if asked.text.is_empty() {
            return found;
        }
        let finder = memmem::Finder::new(&asked.text);
        let mut from = 0;
        while let Some(at) = finder.find(&self.text.as_bytes()[from..]) {
            // The name behind the one that was hit is where to go on: once is enough.
            let next = self.begins.partition_point(|begin| *begin <= from + at);
            found.insert(next - 1);
            from = self.end(next - 1);
        }
        found
    }

    /// How well an entry that has the text fits it.
    pub(super) fn fit(&self, entry: Entry, asked: &Asked) -> Fit {
        let name = &self.text[self.begins[entry]..self.end(entry) - 1];
        if asked.text.is_empty() {
            Fit::Contains
        } else if name == asked.text {
            Fit::Exact
        } else if name.starts_with(&asked.text) {
            Fit::Begins
        } else if !asked.words_begin.contains(entry) {
            Fit::Contains
        } else if !asked.text.contains(' ') || name.contains(&asked.inside) {
            Fit::LaterBegins
        } else {
            Fit::WordsBegin
        }
    }

    /// Where the entry's line ends in the text.
    fn end(&self, entry: Entry) -> usize {
        let next = self.begins.get(entry + 1);
        next.copied().unwrap_or(self.text.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_fits_a_text_in_one_of_five_ways() {
        let names = [
            "am",
            "am west",
            "west texas am",
            "west all mine am",
            "graham",
        ];
        let names = names.map(str::to_owned);
        let country = Country::of_code("US").expect("in the table");
        let names = Names::of(&names, vec![country; 5]);
        let fits = |text: &str| {
            let asked = names.ask(text);
            [0, 1, 2, 3, 4].map(|entry| names.fit(entry, &asked))
        };
        assert_eq!(
            fits("am"),
            [
                Fit::Exact,
                Fit::Begins,
                Fit::LaterBegins,
                Fit::LaterBegins,
                Fit::Contains
            ]
        );
        assert_eq!(fits("west am")[2..4], [Fit::WordsBegin, Fit::WordsBegin]);
        assert_eq!(fits("texas a")[2], Fit::LaterBegins);
        assert_eq!(fits("ham")[4], Fit::Contains);
    }
}
