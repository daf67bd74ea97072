//! The service: one call, many countries.
//!
//! Owns what a call means: which countries are fetched, what a partial answer is, when there is
//! none. It knows neither HTTP on the caller's side nor the upstream behind its source.

mod error;
mod report;
mod university_service;

pub use error::ServiceError;
pub use report::{Report, Summary};
pub use university_service::{
    MOST_COUNTRIES, MOST_SPELLINGS, ReportStream, StreamItem, UniversityService,
};
