//! From what a caller typed to the country meant.
//!
//! Owns resolution and suggestions. A similar name is only ever suggested, never taken: an
//! answer for the wrong country is worse than none.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use serde::Deserialize;

use super::Country;
use super::key::key;

/// What a spelling led to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolution {
    /// One country.
    Known(Country),
    /// Several countries are called so, and none of them is nothing else.
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

/// A spelling that fits several countries.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Ambiguous {
    spelling: &'static str,
    codes: Vec<&'static str>,
    reason: &'static str,
}

/// How many countries are suggested at most.
const SUGGESTIONS: usize = 5;

/// The least Jaro-Winkler similarity (0 to 1) of a suggestion.
const SIMILAR: f64 = 0.85;

/// The most characters of a text for which similar names are looked for. The longest name has
/// 60, and comparing takes time in proportion.
const LONGEST_COMPARED: usize = 80;

/// Room for every key, so that the map never grows, which would leave twice the memory behind.
const KEYS: usize = 20_000;

static AMBIGUOUS: LazyLock<Vec<Ambiguous>> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../data/ambiguous.json"))
        .expect("the ambiguous names are part of the program and are tested")
});

/// What a key leads to. Small, since there are nearly twenty thousand of them.
#[derive(Clone, Copy)]
enum Found {
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

/// The keys of the names that people read: of those, similar ones are suggested.
static READABLE: LazyLock<Vec<(String, Country)>> = LazyLock::new(|| {
    let all = Country::all().flat_map(|country| keys(country).map(move |key| (key, country)));
    all.filter(|(key, _)| key.len() > 3).collect()
});

fn keys(country: Country) -> impl Iterator<Item = String> {
    [country.code(), country.alpha_3(), country.name()]
        .into_iter()
        .chain(country.numeric())
        .chain(country.spellings().iter().copied())
        .chain(country.upstream_spellings().iter().copied())
        .chain(country.former_upstream_spellings().iter().copied())
        .map(key)
}

/// Finds the country of an ISO 3166-1 code or a name in any of a hundred languages, whatever its
/// case, accents and word order.
#[must_use]
pub fn resolve(spelling: &str) -> Resolution {
    match BY_KEY.get(key(spelling).as_str()) {
        Some(Found::One(country)) => Resolution::Known(*country),
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
    match BY_KEY.get(key(spelling).as_str()) {
        Some(Found::One(country)) => Some(*country),
        _ => None,
    }
}

impl Ambiguous {
    fn choices(&self) -> Vec<Country> {
        let countries = self.codes.iter().copied();
        countries.filter_map(Country::of_code).collect()
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
