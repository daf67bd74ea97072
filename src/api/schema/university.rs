//! Universities, documented as a list of objects and written straight from the listing.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use poem_openapi::Object;
use poem_openapi::types::{ParseError, ParseFromJSON, ParseResult, ToJSON};
use serde::{Serialize, Serializer};
use serde_json::Value;
use xxhash_rust::xxh3::Xxh3;

use crate::api::payload;
use crate::api::pieces::HasLists;
use crate::api::poem_type::poem_type;
use crate::domain::Listed;
use crate::{domain, service};

/// A university.
#[derive(Debug, Clone, Object, Serialize)]
pub(in crate::api) struct University {
    /// The institution's name.
    pub(in crate::api) name: String,
    /// The country, as the upstream spells it.
    pub(in crate::api) country: String,
    /// The country's ISO 3166-1 alpha-2 code; `XK` for Kosovo.
    pub(in crate::api) alpha_two_code: String,
    /// State, province or region, where the upstream has one.
    #[oai(rename = "state-province", nullable)]
    #[serde(rename = "state-province")]
    pub(in crate::api) state_province: Option<String>,
    /// Domains of its web and e-mail addresses.
    pub(in crate::api) domains: Vec<String>,
    /// Addresses of its home pages.
    pub(in crate::api) web_pages: Vec<String>,
}

/// A listing's universities: documented as a list of [`University`], written from the listing
/// without copying it.
#[derive(Debug, Clone)]
pub(in crate::api) struct Universities(pub(in crate::api) Arc<Listed>);

impl Serialize for Universities {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // JSON already, which `payload` copies as it is.
        serializer.serialize_bytes(self.0.json())
    }
}

/// Universities by country, keyed as the caller spelled it, in the order asked; spellings of one
/// country stand together.
#[derive(Debug, Clone)]
pub(in crate::api) struct Dictionary(pub(in crate::api) Vec<(String, Universities)>);

impl Dictionary {
    /// A hash of what determines its bytes, without a look at every byte.
    pub(in crate::api) fn hash(&self) -> u128 {
        // Another way to write it needs another seed: callers keep what they have for as long as its tag is
        // the same.
        let mut hasher = Xxh3::with_seed(0);
        for (country, Universities(list)) in &self.0 {
            country.hash(&mut hasher);
            list.hash().hash(&mut hasher);
        }
        hasher.digest128()
    }
}

impl HasLists for Dictionary {
    fn lists(&self) -> impl Iterator<Item = &Arc<Listed>> {
        self.0.iter().map(|(_, Universities(list))| list)
    }
}

impl Serialize for Dictionary {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(country, list)| (country, list)))
    }
}

/// What a search found: documented as a list of [`University`], written from the catalogue
/// without copying it.
#[derive(Debug)]
pub(in crate::api) struct Found(Listed);

impl Found {
    pub(in crate::api) fn of(page: &service::Page) -> Self {
        Self(page.universities().collect())
    }
}

impl Serialize for Found {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0.json())
    }
}

impl From<domain::University> for University {
    fn from(university: domain::University) -> Self {
        Self {
            name: university.name,
            country: university.country,
            alpha_two_code: university.alpha_two_code,
            state_province: university.state_province,
            domains: university.domains,
            web_pages: university.web_pages,
        }
    }
}

/// A type that is documented as another one, and only ever written.
macro_rules! documented_as {
    ($type:ty, $schema:ty) => {
        poem_type!(
            $type,
            required = true,
            schema = <$schema>::schema_ref(),
            components = $schema
        );

        impl ToJSON for $type {
            fn to_json(&self) -> Option<Value> {
                serde_json::from_slice(&payload::to_json(self)).ok()
            }
        }

        impl ParseFromJSON for $type {
            fn parse_from_json(_: Option<Value>) -> ParseResult<Self> {
                Err(ParseError::custom("is part of answers only"))
            }
        }
    };
}

poem_type!(
    Found,
    required = true,
    schema = <Vec<University>>::schema_ref(),
    components = Vec<University>
);

documented_as!(Universities, Vec<University>);
documented_as!(Dictionary, HashMap<String, Vec<University>>);

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::domain::ListWriter;

    #[test]
    fn a_university_is_written_as_it_is_documented() {
        let university = domain::University {
            name: "A".to_owned(),
            country: "Turkiye".to_owned(),
            alpha_two_code: "TR".to_owned(),
            state_province: None,
            domains: vec!["a.tr".to_owned()],
            web_pages: vec!["https://a.tr/".to_owned()],
        };
        let written: Listed = [&university].into_iter().collect();
        let documented = [University::from(university)];
        let json = serde_json::to_vec(&documented).expect("JSON");
        assert_eq!(written.json(), &json);
        let written: Value = serde_json::from_slice(written.json()).expect("JSON");
        assert_eq!(Some(written), documented.to_json());
    }

    #[test]
    fn a_dictionary_keeps_the_callers_order_and_spelling() {
        let empty = Universities(Arc::new(Listed::from_iter(&[])));
        let dictionary = Dictionary(vec![
            ("turkey".to_owned(), empty.clone()),
            ("IN".to_owned(), empty),
        ]);
        let written = payload::to_json(&dictionary);
        assert_eq!(written, br#"{"turkey":[],"IN":[]}"#);
    }

    #[test]
    fn a_dictionary_is_known_by_its_spellings_and_lists_in_their_order() {
        let list = |names: &[&str]| {
            let mut list = ListWriter::default();
            for name in names {
                let name = (*name).to_owned();
                list.push(&domain::Written {
                    name: &name,
                    country: &name,
                    alpha_two_code: "TR",
                    state_province: None,
                    domains: &[],
                    web_pages: &[],
                });
            }
            Universities(Arc::new(list.finish()))
        };
        let entries = [("TR", list(&["A"])), ("IN", list(&["B"])), ("I", list(&[]))];
        let hash = |places: &[usize]| {
            let entries = places.iter().map(|place| entries[*place].clone());
            Dictionary(entries.map(|(key, list)| (key.to_owned(), list)).collect()).hash()
        };
        let hashes = [&[0, 1][..], &[1, 0], &[0], &[0, 2], &[]].map(hash);
        let different: HashSet<_> = hashes.iter().collect();
        assert_eq!(different.len(), hashes.len());
        assert_eq!(hash(&[0, 1]), hashes[0]);
        let swapped = Dictionary(vec![
            ("TR".to_owned(), list(&["B"])),
            ("IN".to_owned(), list(&["A"])),
        ]);
        assert!(!different.contains(&swapped.hash()));
    }
}
