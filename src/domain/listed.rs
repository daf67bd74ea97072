//! A country's universities, and what they look like once they have been written.

use std::ops::Deref;
use std::sync::OnceLock;

use serde_json::value::RawValue;

use super::University;

/// A country's universities. They do not change, so they are written once, however many answers they
/// are part of.
#[derive(Debug)]
pub struct Listed {
    universities: Box<[University]>,
    written: OnceLock<Written>,
}

/// The universities as they are sent.
#[derive(Debug)]
pub struct Written {
    /// A JSON array.
    pub json: Box<RawValue>,
    /// A hash of it.
    pub hash: u128,
}

impl Listed {
    /// The written form, made by the first who needs it.
    pub fn written(&self, write: impl FnOnce(&[University]) -> Written) -> &Written {
        self.written.get_or_init(|| write(&self.universities))
    }
}

impl FromIterator<University> for Listed {
    fn from_iter<I: IntoIterator<Item = University>>(universities: I) -> Self {
        Self {
            universities: universities.into_iter().collect(),
            written: OnceLock::new(),
        }
    }
}

impl Deref for Listed {
    type Target = [University];

    fn deref(&self) -> &[University] {
        &self.universities
    }
}
