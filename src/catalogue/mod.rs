//! The catalogue: a whole list of universities in memory.
//!
//! Owns the list, be it the bundled sample or a file in the public list's format. Reading and
//! checking is in `load`. It knows nothing of HTTP; the embedded upstream answers from it.

mod load;

use std::collections::HashMap;

use crate::domain::{CatalogueAbout, Country, University};

pub use load::CatalogueError;

/// A list of universities, loaded and checked.
#[derive(Debug)]
pub struct Catalogue {
    name: String,
    sample: bool,
    universities: Vec<University>,
}

impl Catalogue {
    /// The universities, in the list's order.
    #[must_use]
    pub fn universities(&self) -> &[University] {
        &self.universities
    }

    /// What there is to say about it.
    #[must_use]
    pub fn about(&self) -> CatalogueAbout {
        let mut by_country = HashMap::new();
        for university in &self.universities {
            if let Some(country) = Country::of_code(&university.alpha_two_code) {
                *by_country.entry(country).or_default() += 1;
            }
        }
        CatalogueAbout {
            name: self.name.clone(),
            sample: self.sample,
            universities: self.universities.len(),
            by_country,
        }
    }

    /// What outcomes answered from it are labelled with.
    #[must_use]
    pub fn label(&self) -> String {
        if self.sample {
            "embedded, bundled sample".to_owned()
        } else {
            format!("embedded, catalogue {}", self.name)
        }
    }
}
