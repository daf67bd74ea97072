//! The words of the service: countries, universities, outcomes, requests.
//!
//! Owns the vocabulary every other module speaks and nothing else: no I/O, no HTTP, and of
//! serialisation only how a university is written, which happens once. It imports nothing of ours, so
//! any module may use it.

mod about;
mod country;
mod deflated;
mod failure;
mod host_name;
mod key;
mod listed;
mod names;
mod outcome;
mod request;
mod resolve;
mod seen;
mod spelling;
mod suggest;
mod university;

pub use about::{About, CatalogueAbout, DataVersion, UpstreamAbout};
pub use country::Country;
pub use deflated::{Deflated, LEVEL as GZIP_LEVEL};
pub use failure::{Failure, FailureKind};
pub use host_name::HostName;
pub use listed::{KnownList, ListWriter, Listed, Text, Written, write_plain, write_text};
pub use outcome::{CountryListing, CountryOutcome, Origin, Outcome};
pub use request::{FetchPlan, FetchRequest, OnError, SearchRequest, Strategy, StrategyKind};
pub use resolve::{AskedCountry, Resolution, ask, country_of, resolve};
pub use seen::Seen;
pub use spelling::fold;
pub use suggest::{named_like, suggest};
pub use university::{Owners, University, UniversityKey};
