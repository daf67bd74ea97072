//! From what a caller typed to the country meant.
//!
//! Owns resolution and suggestions. A similar name is only ever suggested, never taken: an
//! answer for the wrong country is worse than none.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::{Country, fold};

/// What a spelling led to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolution {
    /// Exactly one country has this code or name.
    Known(Country),
    /// No country has it; these have names like it, the likeliest first, perhaps none.
    Unknown {
        /// Countries whose names are similar.
        suggestions: Vec<Country>,
    },
}

/// One distinct country of a request, with every spelling that asked for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskedCountry {
    /// The caller's spellings, in the order given, each once; never empty.
    pub requested: Vec<String>,
    /// What they led to.
    pub resolution: Resolution,
}

/// How many countries are suggested at most.
const SUGGESTIONS: usize = 5;

/// The least Jaro-Winkler similarity (0 to 1) of a suggestion.
const SIMILAR: f64 = 0.85;

static BY_SPELLING: LazyLock<HashMap<String, Country>> = LazyLock::new(|| {
    Country::all()
        .flat_map(|country| keys(country).map(move |key| (key, country)))
        .collect()
});

fn keys(country: Country) -> impl Iterator<Item = String> {
    [country.code(), country.alpha_3(), country.name()]
        .into_iter()
        .chain(country.numeric())
        .chain(country.spellings().iter().copied())
        .map(fold)
}

/// Finds the country of an ISO 3166-1 code or an English name, whatever its case and accents.
#[must_use]
pub fn resolve(spelling: &str) -> Resolution {
    let folded = fold(spelling);
    match BY_SPELLING.get(&folded) {
        Some(country) => Resolution::Known(*country),
        None => Resolution::Unknown {
            suggestions: suggest(&folded),
        },
    }
}

/// Folds the spellings of a request together: one entry for each distinct country, in the
/// order in which each was first asked for.
#[must_use]
pub fn ask(spellings: impl IntoIterator<Item = String>) -> Vec<AskedCountry> {
    let mut asked: Vec<AskedCountry> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for spelling in spellings {
        let folded = fold(&spelling);
        let key = match BY_SPELLING.get(&folded) {
            Some(country) => country.code().to_owned(),
            // Codes are upper case and folded text is not, so the two never meet. Text
            // without letters folds to nothing and stands for itself.
            None if folded.is_empty() => format!("={spelling}"),
            None => folded,
        };
        if let Some(&place) = places.get(&key) {
            let requested = &mut asked[place].requested;
            if !requested.contains(&spelling) {
                requested.push(spelling);
            }
        } else {
            places.insert(key, asked.len());
            asked.push(AskedCountry {
                resolution: resolve(&spelling),
                requested: vec![spelling],
            });
        }
    }
    asked
}

/// Countries with a name that contains the text as a word, or is spelled much like it.
fn suggest(folded: &str) -> Vec<Country> {
    if folded.chars().count() < 3 {
        return Vec::new();
    }
    let mut likeness: HashMap<Country, f64> = HashMap::new();
    for (key, country) in BY_SPELLING.iter().filter(|(key, _)| key.len() > 3) {
        let score = if key.split(' ').any(|word| word == folded) {
            1.0
        } else {
            strsim::jaro_winkler(key, folded)
        };
        let best = likeness.entry(*country).or_default();
        *best = best.max(score);
    }
    let mut similar: Vec<_> = likeness
        .into_iter()
        .filter(|(_, score)| *score >= SIMILAR)
        .collect();
    similar.sort_by(|(a, x), (b, y)| y.total_cmp(x).then_with(|| a.code().cmp(b.code())));
    similar
        .into_iter()
        .take(SUGGESTIONS)
        .map(|(country, _)| country)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(spelling: &str) -> Option<&'static str> {
        match resolve(spelling) {
            Resolution::Known(country) => Some(country.code()),
            Resolution::Unknown { .. } => None,
        }
    }

    #[test]
    fn codes_and_names_resolve_whatever_their_case_and_accents() {
        for spelling in [
            "tr",
            "TUR",
            "792",
            "turkey",
            "TÜRKİYE",
            "turkiye",
            " Turkey ",
        ] {
            assert_eq!(code(spelling), Some("TR"), "{spelling}");
        }
        for (spelling, expected) in [
            ("usa", "US"),
            ("UK", "GB"),
            ("South Korea", "KR"),
            ("Korea, Republic of", "KR"),
            ("Ivory Coast", "CI"),
            ("cote d'ivoire", "CI"),
            ("Viet Nam", "VN"),
            ("Czech Republic", "CZ"),
            ("Kosovo", "XK"),
        ] {
            assert_eq!(code(spelling), Some(expected), "{spelling}");
        }
    }

    #[test]
    fn similar_names_are_suggested_and_never_taken() {
        let Resolution::Unknown { suggestions } = resolve("Autsralia") else {
            panic!("a misspelling must not resolve");
        };
        assert_eq!(suggestions[0].code(), "AU");
        let Resolution::Unknown { suggestions } = resolve("korea") else {
            panic!("two countries are called Korea");
        };
        let codes: Vec<_> = suggestions.iter().map(|c| c.code()).collect();
        assert!(codes.contains(&"KR") && codes.contains(&"KP"), "{codes:?}");
        assert_eq!(
            resolve("atlantis"),
            Resolution::Unknown {
                suggestions: Vec::new()
            }
        );
    }

    #[test]
    fn no_spelling_leads_to_two_countries() {
        let mut owners: HashMap<String, Country> = HashMap::new();
        for country in Country::all() {
            for key in keys(country) {
                assert!(!key.is_empty(), "{country:?} has an empty spelling");
                let owner = *owners.entry(key.clone()).or_insert(country);
                assert_eq!(owner, country, "{key:?} leads to two countries");
            }
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
