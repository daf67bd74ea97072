//! Why a call has no answer at all.

use thiserror::Error;

use crate::domain::Outcome;

/// Why a call has no answer. A country that failed beside others that did not is no error; it
/// is part of the report.
#[derive(Debug, Error)]
pub enum ServiceError {
    /// More distinct countries than one call may have.
    #[error("{given} distinct countries were asked for, at most {most} are allowed")]
    TooManyCountries {
        /// Distinct countries asked for.
        given: usize,
        /// The most allowed.
        most: usize,
    },
    /// More spellings of one country than one call may have.
    #[error("{given} spellings of {country:?} were given, at most {most} are allowed")]
    TooManySpellings {
        /// The first of them.
        country: String,
        /// Distinct spellings given.
        given: usize,
        /// The most allowed.
        most: usize,
    },
    /// The caller wants all or nothing, and this country failed.
    #[error("a country failed, and the call was to fail with it")]
    CountryFailed(Box<Outcome>),
    /// No country was answered; each outcome is a failure.
    #[error("none of the {} countries could be served", .0.len())]
    NothingServed(Vec<Outcome>),
}
