//! From what a caller typed to the country meant.
//!
//! Owns resolution and suggestions. A similar name is only ever suggested, never taken: an
//! answer for the wrong country is worse than none.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use super::{Country, fold};

/// One distinct country of a request, with every spelling that asked for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskedCountry {
    /// The caller's spellings, in the order given, each once; never empty.
    pub requested: Vec<String>,
    /// The country they led to; `None` when there is none of that name.
    pub country: Option<Country>,
}

/// How many countries are suggested at most.
const SUGGESTIONS: usize = 5;

/// The least Jaro-Winkler similarity (0 to 1) of a suggestion.
const SIMILAR: f64 = 0.85;

/// The most characters of a text for which similar names are looked for. The longest name has
/// 60, and comparing takes time in proportion.
const LONGEST_COMPARED: usize = 80;

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
pub fn resolve(spelling: &str) -> Option<Country> {
    BY_SPELLING.get(&fold(spelling)).copied()
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
        let folded = fold(&spelling);
        let country = BY_SPELLING.get(&folded).copied();
        let key = match country {
            Some(country) => country.code().to_owned(),
            // Codes are upper case and folded text is not, so the two never meet. Text
            // without letters folds to nothing and stands for itself.
            None if folded.is_empty() => format!("={spelling}"),
            None => folded,
        };
        if let Some(&place) = places.get(&key) {
            asked[place].requested.push(spelling);
        } else {
            places.insert(key, asked.len());
            let requested = vec![spelling];
            asked.push(AskedCountry { requested, country });
        }
    }
    asked
}

/// Countries with a name that contains the text as a word, or is spelled much like it, the
/// likeliest first; perhaps none.
#[must_use]
pub fn suggest(spelling: &str) -> Vec<Country> {
    let folded = fold(spelling);
    if !(3..=LONGEST_COMPARED).contains(&folded.chars().count()) {
        return Vec::new();
    }
    let mut likeness: HashMap<Country, f64> = HashMap::new();
    for (key, country) in BY_SPELLING.iter().filter(|(key, _)| key.len() > 3) {
        let score = if key.split(' ').any(|word| *word == folded) {
            1.0
        } else {
            strsim::jaro_winkler(key, &folded)
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
        resolve(spelling).map(Country::code)
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
        let codes =
            |spelling| -> Vec<_> { suggest(spelling).into_iter().map(Country::code).collect() };
        for spelling in ["Autsralia", "korea", "atlantis"] {
            assert_eq!(resolve(spelling), None, "{spelling}");
        }
        assert_eq!(codes("Autsralia")[0], "AU");
        assert!(codes("korea").contains(&"KR") && codes("korea").contains(&"KP"));
        assert!(codes("atlantis").is_empty());
        assert!(codes(&"australia".repeat(20)).is_empty());
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
