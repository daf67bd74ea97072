//! The service: one call, many countries.
//!
//! Owns what a call means: which countries are fetched, what a partial answer is, when there is
//! none. It knows neither HTTP on the caller's side nor the upstream behind its source.

mod edition;
mod error;
mod report;
mod search;
mod university_service;

pub use edition::Edition;
pub use error::ServiceError;
pub use report::{Report, Summary};
pub use search::Page;
pub use university_service::{
    MOST_COUNTRIES, MOST_SPELLINGS, ReportStream, StreamItem, UniversityService, Vouched,
};
