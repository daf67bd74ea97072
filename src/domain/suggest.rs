//! Names that begin like a text, or are spelled much like it.
//!
//! Owns likeness. What is found here is shown to people and never taken for what they meant.

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use super::Country;
use super::key::key;
use super::names::{self, Found};

/// How many countries are suggested at most.
const SUGGESTIONS: usize = 5;

/// The least Jaro-Winkler similarity (0 to 1) of a suggestion.
const SIMILAR: f64 = 0.85;

/// The most characters of a text for which similar names are looked for. The longest name has
/// 60, and comparing takes time in proportion.
const LONGEST_COMPARED: usize = 80;

/// The keys of the names that people read: of those, similar ones are suggested.
static READABLE: LazyLock<Vec<(String, Country)>> = LazyLock::new(|| {
    let all =
        Country::all().flat_map(|country| names::keys(country).map(move |key| (key, country)));
    all.filter(|(key, _)| key.len() > 3).collect()
});

/// The countries with a code or a name, in whichever language, that has a word which begins like
/// the text; ordered by code. A name of several countries finds all of them.
#[must_use]
pub fn named_like(text: &str) -> Vec<Country> {
    let begin = key(text);
    let later = format!(" {begin}");
    let found = names::all()
        .filter(|(key, _)| !begin.is_empty() && (key.starts_with(&begin) || key.contains(&later)));
    let countries: BTreeMap<_, _> = found
        .flat_map(|(_, found)| match found {
            Found::One(country) => vec![country],
            Found::Several(ambiguous) => ambiguous.choices(),
        })
        .map(|country| (country.code(), country))
        .collect();
    countries.into_values().collect()
}

/// Countries with a name that contains the text as a word, or is spelled much like it, the
/// likeliest first; perhaps none.
#[must_use]
pub fn suggest(spelling: &str) -> Vec<Country> {
    let folded = key(spelling);
    if !(3..=LONGEST_COMPARED).contains(&folded.chars().count()) {
        return Vec::new();
    }
    let mut likeness: HashMap<Country, f64> = HashMap::new();
    for (key, country) in READABLE.iter() {
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
    use crate::domain::{Resolution, resolve};

    #[test]
    fn the_beginning_of_a_word_of_any_name_finds_its_countries() {
        let codes = |text| -> Vec<_> { named_like(text).into_iter().map(Country::code).collect() };
        assert_eq!(codes("turkm"), ["TM"]);
        assert_eq!(codes("Deutschl"), ["DE"]);
        assert_eq!(codes("korea"), ["KP", "KR"]);
        assert!(codes("ivoire").contains(&"CI"));
        assert!(codes("atlantis").is_empty() && codes("!").is_empty());
    }

    #[test]
    fn similar_names_are_suggested_and_never_taken() {
        let codes =
            |spelling| -> Vec<_> { suggest(spelling).into_iter().map(Country::code).collect() };
        for spelling in ["Autsralia", "atlantis"] {
            assert_eq!(resolve(spelling), Resolution::Unknown, "{spelling}");
        }
        assert_eq!(codes("Autsralia")[0], "AU");
        assert!(codes("atlantis").is_empty());
        assert!(codes(&"australia".repeat(20)).is_empty());
    }
}
