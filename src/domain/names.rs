//! The index of names: which country, or choice of countries, each key leads to.
//!
//! Owns the names of other languages (`data/names.tsv`) and the names of several countries
//! (`data/ambiguous.json`), both compiled in, and the index of them and of the country table.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::Country;
use super::key::key;

/// A spelling that fits several countries.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Ambiguous {
    spelling: &'static str,
    codes: Vec<&'static str>,
    pub(super) reason: &'static str,
}

/// Room for every key, so that the map never grows, which would leave twice the memory behind.
const KEYS: usize = 20_000;

static AMBIGUOUS: LazyLock<Vec<Ambiguous>> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../data/ambiguous.json"))
        .expect("the ambiguous names are part of the program and are tested")
});

/// What a key leads to. Small, since there are nearly twenty thousand of them.
#[derive(Clone, Copy)]
pub(super) enum Found {
    One(Country),
    Several(&'static Ambiguous),
}

/// Names of other languages come as keys already, since making keys of them would be most of the
/// time that loading takes.
static BY_KEY: LazyLock<HashMap<Cow<'static, str>, Found>> = LazyLock::new(|| {
    let other_languages = include_str!("../../data/names.tsv")
        .lines()
        .flat_map(|line| {
            let mut names = line.split('\t');
            let country = names.next().and_then(Country::of_code);
            names.filter_map(move |name| Some((Cow::Borrowed(name), Found::One(country?))))
        });
    let english = Country::all()
        .flat_map(|country| keys(country).map(move |key| (Cow::Owned(key), Found::One(country))));
    let ambiguous = AMBIGUOUS
        .iter()
        .map(|entry| (Cow::Owned(key(entry.spelling)), Found::Several(entry)));
    // Tests make sure that no key comes twice; what is ambiguous would win.
    let mut by_key = HashMap::with_capacity(KEYS);
    by_key.extend(other_languages.chain(english).chain(ambiguous));
    by_key
});

/// What a key leads to, if anything.
pub(super) fn find(key: &str) -> Option<Found> {
    BY_KEY.get(key).copied()
}

/// Every key with what it leads to.
pub(super) fn all() -> impl Iterator<Item = (&'static str, Found)> {
    BY_KEY.iter().map(|(key, found)| (key.as_ref(), *found))
}

/// The keys of a country's codes and of its names that people read, and upstreams.
pub(super) fn keys(country: Country) -> impl Iterator<Item = String> {
    [country.code(), country.alpha_3(), country.name()]
        .into_iter()
        .chain(country.numeric())
        .chain(country.spellings().iter().copied())
        .chain(country.upstream_spellings().iter().copied())
        .chain(country.former_upstream_spellings().iter().copied())
        .map(key)
}

impl Ambiguous {
    /// The countries, the likeliest first.
    pub(super) fn choices(&self) -> Vec<Country> {
        let countries = self.codes.iter().copied();
        countries.filter_map(Country::of_code).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every key of the three files, with the country it leads to or none for ambiguous ones.
    #[test]
    fn no_spelling_leads_to_two_countries() {
        let mut owners: HashMap<String, Option<&str>> = HashMap::new();
        let mut claim = |key: String, owner: Option<&'static str>| {
            assert!(!key.is_empty(), "{owner:?} has an empty spelling");
            let first = *owners.entry(key.clone()).or_insert(owner);
            // The public list writes one of the two Congos so; it is asked for, not understood.
            assert!(
                first == owner || key == "congo",
                "{key:?}: {first:?} and {owner:?}"
            );
        };
        for country in Country::all() {
            keys(country).for_each(|key| claim(key, Some(country.code())));
        }
        for line in include_str!("../../data/names.tsv").lines() {
            let mut names = line.split('\t');
            let code = names.next();
            for name in names {
                assert_eq!(key(name), name, "a name that is no key");
                claim(name.to_owned(), code);
            }
        }
        for ambiguous in AMBIGUOUS.iter() {
            claim(key(ambiguous.spelling), None);
            assert_eq!(ambiguous.choices().len(), ambiguous.codes.len());
            assert!(ambiguous.codes.len() > 1, "{}", ambiguous.spelling);
        }
    }
}
