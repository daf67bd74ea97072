//! What the service answers from.

use std::sync::Arc;

use crate::catalogue::Catalogue;
use crate::domain::{About, DataVersion};
use crate::source::UniversitySource;

/// What the service answers from. It is replaced as a whole, and a request that has begun with one
/// ends with it: no answer is made of two lists.
#[derive(Debug)]
pub struct Edition {
    /// Where countries are fetched.
    pub source: Arc<dyn UniversitySource>,
    /// Where countries are fetched for callers who do not want what is kept.
    pub revalidating: Arc<dyn UniversitySource>,
    /// The list that the service holds itself.
    pub catalogue: Arc<Catalogue>,
    /// What there is to say about both.
    pub about: About,
}

impl Edition {
    /// Which list it is of.
    #[must_use]
    pub fn version(&self) -> &DataVersion {
        self.catalogue.version()
    }
}
