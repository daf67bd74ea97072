//! From what a caller typed to the country meant.
//!
//! Owns resolution: a name leads to a country, to a choice of several, or nowhere. A similar name
//! is only ever suggested (`suggest`), never taken: an answer for the wrong country is worse than
//! none.

use std::collections::{HashMap, HashSet};

use super::Country;
use super::key::key;
use super::names::{Found, find};

/// What a spelling led to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolution {
    /// One country.
    Known(Country),
    /// Several countries are called so.
    Ambiguous {
        /// The countries, the likeliest first.
        choices: Vec<Country>,
        /// Why they share the name.
        reason: &'static str,
    },
    /// No country.
    Unknown,
}

/// One distinct country of a request, with every spelling that asked for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskedCountry {
    /// The caller's spellings, in the order given, each once; never empty.
    pub requested: Vec<String>,
    /// What they led to.
    pub resolution: Resolution,
}

/// Finds the country of an ISO 3166-1 code or a name in any of a hundred languages, whatever its
/// case, accents and word order.
#[must_use]
pub fn resolve(spelling: &str) -> Resolution {
    match find(&key(spelling)) {
        Some(Found::One(country)) => Resolution::Known(country),
        Some(Found::Several(ambiguous)) => Resolution::Ambiguous {
            choices: ambiguous.choices(),
            reason: ambiguous.reason,
        },
        None => Resolution::Unknown,
    }
}

/// The one country of a spelling; `None` also when it fits several.
#[must_use]
pub fn country_of(spelling: &str) -> Option<Country> {
    match find(&key(spelling)) {
        Some(Found::One(country)) => Some(country),
        _ => None,
    }
}

/// Folds the spellings of a request together: one entry for each distinct country, in the
/// order in which each was first asked for.
#[must_use]
pub fn ask(spellings: impl IntoIterator<Item = String>) -> Vec<AskedCountry> {
    let mut asked: Vec<AskedCountry> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut seen = HashSet::new();
    for spelling in spellings {
        if !seen.insert(spelling.clone()) {
            continue;
        }
        let resolution = resolve(&spelling);
        let place_of = match &resolution {
            Resolution::Known(country) => country.code().to_owned(),
            // Codes are upper case and keys are not, so the two never meet. Text without
            // letters has no key and stands for itself.
            _ => Some(key(&spelling))
                .filter(|key| !key.is_empty())
                .unwrap_or(format!("={spelling}")),
        };
        if let Some(&place) = places.get(&place_of) {
            asked[place].requested.push(spelling);
        } else {
            places.insert(place_of, asked.len());
            asked.push(AskedCountry {
                requested: vec![spelling],
                resolution,
            });
        }
    }
    asked
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(spelling: &str) -> Option<&'static str> {
        country_of(spelling).map(Country::code)
    }

    #[test]
    fn codes_and_names_resolve_whatever_their_case_and_accents() {
        for spelling in [
            "tr",
            "TUR",
            "792",
            "turkey",
            "TÜRKİYE",
            "Türkei",
            " Turkey ",
        ] {
            assert_eq!(code(spelling), Some("TR"), "{spelling}");
        }
    }

    #[test]
    fn a_name_of_several_countries_is_ambiguous_with_its_choices() {
        for (spelling, expected) in [("Korea", ["KR", "KP"]), ("congo", ["CG", "CD"])] {
            let Resolution::Ambiguous { choices, .. } = resolve(spelling) else {
                panic!("{spelling} is several countries");
            };
            let codes: Vec<_> = choices.into_iter().map(Country::code).collect();
            assert_eq!(codes, expected, "{spelling}");
        }
    }

    #[test]
    fn spellings_of_one_country_are_asked_for_once() {
        let asked = ask([
            "turkey", "india", "TR", "turkey", "Atlantis", "ATLANTIS", "!", "?",
        ]
        .map(str::to_owned));
        let requested: Vec<_> = asked.iter().map(|a| a.requested.clone()).collect();
        assert_eq!(
            requested,
            [
                vec!["turkey", "TR"],
                vec!["india"],
                vec!["Atlantis", "ATLANTIS"],
                vec!["!"],
                vec!["?"]
            ]
        );
    }
}
