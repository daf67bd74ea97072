//! The countries of ISO 3166-1, Kosovo included, and the spellings that lead to each.
//!
//! Owns the table (`data/countries.json`, compiled in). How free text finds its country is in
//! `resolve`.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::LazyLock;

use serde::Deserialize;

/// One country of the table. Cheap to copy: a reference to its entry.
#[derive(Clone, Copy)]
pub struct Country(&'static Entry);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    code: &'static str,
    alpha_3: &'static str,
    numeric: Option<&'static str>,
    name: &'static str,
    spellings: Vec<&'static str>,
    upstream: Vec<&'static str>,
    upstream_before: Vec<&'static str>,
}

static TABLE: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../data/countries.json"))
        .expect("the country table is part of the program and is tested")
});

impl Country {
    /// Every country of the table, ordered by code.
    pub fn all() -> impl ExactSizeIterator<Item = Self> {
        TABLE.iter().map(Self)
    }

    /// The country of an alpha-2 code, written in upper case.
    #[must_use]
    pub fn of_code(code: &str) -> Option<Self> {
        let place = TABLE.binary_search_by(|entry| entry.code.cmp(code)).ok()?;
        TABLE.get(place).map(Self)
    }

    /// ISO 3166-1 alpha-2 code, upper case; the user-assigned `XK` for Kosovo.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.0.code
    }

    /// ISO 3166-1 alpha-3 code, upper case; the user-assigned `XKX` for Kosovo.
    #[must_use]
    pub fn alpha_3(self) -> &'static str {
        self.0.alpha_3
    }

    /// ISO 3166-1 numeric code, three digits; Kosovo has none.
    #[must_use]
    pub fn numeric(self) -> Option<&'static str> {
        self.0.numeric
    }

    /// The everyday English name.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.0.name
    }

    /// Other names that lead here: official, former, short, alternative, and in the country's own
    /// languages.
    #[must_use]
    pub fn spellings(self) -> &'static [&'static str] {
        &self.0.spellings
    }

    /// The spellings to ask an upstream for; never empty.
    ///
    /// The public list may split a country over two spellings, and has none for some: those
    /// are asked for by name, which an upstream that has since added them will know.
    #[must_use]
    pub fn upstream_spellings(self) -> &'static [&'static str] {
        if self.0.upstream.is_empty() {
            std::slice::from_ref(&self.0.name)
        } else {
            &self.0.upstream
        }
    }

    /// The spellings that the public list used before, for upstreams that still do.
    #[must_use]
    pub fn former_upstream_spellings(self) -> &'static [&'static str] {
        &self.0.upstream_before
    }
}

impl PartialEq for Country {
    fn eq(&self, other: &Self) -> bool {
        self.code() == other.code()
    }
}

impl Eq for Country {}

impl Hash for Country {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.code().hash(state);
    }
}

impl fmt::Debug for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Country({})", self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::Country;

    #[test]
    fn the_table_is_iso_3166_and_kosovo_in_order() {
        let codes: Vec<_> = Country::all().map(Country::code).collect();
        assert_eq!(codes.len(), 250);
        assert!(codes.is_sorted_by(|a, b| a < b));
        assert!(codes.contains(&"XK"));
        for country in Country::all() {
            assert_eq!(country.code().len(), 2, "{country:?}");
            assert_eq!(country.alpha_3().len(), 3, "{country:?}");
            let numeric_fits = country
                .numeric()
                .map_or(country.code() == "XK", |n| n.len() == 3);
            assert!(numeric_fits, "{country:?}");
        }
    }

    #[test]
    fn a_country_is_found_by_its_code_as_it_is_written() {
        assert!(Country::all().all(|c| Country::of_code(c.code()) == Some(c)));
        for other in ["tr", "TUR", "TX", ""] {
            assert_eq!(Country::of_code(other), None, "{other}");
        }
    }

    #[test]
    fn every_country_has_something_to_ask_upstream_for() {
        assert!(Country::all().all(|c| !c.upstream_spellings().is_empty()));
    }
}
