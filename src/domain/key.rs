//! The key by which names of countries are compared: folding, and word order.
//!
//! `data/generate` writes its names by the same rule; a test here holds the two together.

use super::fold;

/// Tails of index entries that are no "… of": `Virgin Islands, British`.
const QUALIFIERS: [&str; 15] = [
    "the",
    "british",
    "us",
    "united states",
    "american",
    "french",
    "north",
    "south",
    "east",
    "west",
    "northern",
    "southern",
    "eastern",
    "western",
    "equatorial",
];

/// The key of a name. `Korea, Republic of` and `Korea (Republic of)` are index entries and have
/// the key of `Republic of Korea`; the key of any other text is its [`fold`].
pub(super) fn key(text: &str) -> String {
    if let Some((head, tail)) = index_entry(text) {
        let (head, tail) = (fold(head), fold(tail));
        let turns = tail.ends_with(" of")
            || tail.ends_with(" of the")
            || QUALIFIERS.contains(&tail.as_str());
        if turns && !head.is_empty() {
            return fold(&format!("{tail} {head}"));
        }
    }
    fold(text)
}

/// Head and tail of `HEAD, TAIL` or `HEAD (TAIL)`.
fn index_entry(text: &str) -> Option<(&str, &str)> {
    let count = |c: char| text.matches(c).count();
    match (count(','), count('('), count(')')) {
        (1, 0, 0) => text.split_once(','),
        (0, 1, 1) => text.trim_end().strip_suffix(')')?.split_once('('),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_index_entry_has_the_key_of_the_name_it_stands_for() {
        for (entry, name) in [
            ("Korea, Republic of", "Republic of Korea"),
            ("Korea (the Republic of)", "The Republic of Korea"),
            (
                "Congo, the Democratic Republic of the",
                "Democratic Republic of the Congo",
            ),
            ("Virgin Islands, British", "British Virgin Islands"),
            ("Gambia, The", "Gambia"),
        ] {
            assert_eq!(key(entry), key(name), "{entry}");
        }
        for plain in [
            "Holy See (Vatican City State)",
            "Bonaire, Saba",
            "Hello, world",
            ", of",
        ] {
            assert_eq!(key(plain), fold(plain), "{plain}");
        }
    }

    proptest! {
        #[test]
        fn a_text_without_commas_and_brackets_has_its_fold_for_a_key(text in "[^,()]{0,40}") {
            prop_assert_eq!(key(&text), fold(&text));
        }
    }
}
