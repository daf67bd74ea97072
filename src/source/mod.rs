//! Sources: whatever lists a country's universities.
//!
//! Owns the contract. `http` is the innermost source, in front of an upstream; a decorator is
//! a source that holds another one and adds one property, and its file is named by the
//! adjective (`observed`). `app` stacks them. Upstream quirks end in `wire`.

mod classify;
mod error;
mod http;
mod meter;
mod observed;
mod record;
mod wire;

use std::fmt::Debug;

use futures::future::BoxFuture;

use crate::domain::{Country, CountryListing};

pub use error::{InvalidReason, Phase, SourceError};
pub use http::{HttpSource, Settings, SetupError};
pub use meter::CallCounts;
pub use observed::Observed;
pub use wire::{Decoded, Decoder};

/// Anything that lists a country's universities.
///
/// Object-safe and boxed: configuration picks implementations at start-up, and one allocation
/// is nothing beside a network call.
///
/// Dropping the future cancels the call; an implementation must be safe to cancel at any await.
pub trait UniversitySource: Debug + Send + Sync + 'static {
    /// Lists the country's universities, without duplicates, in the source's order. The list
    /// is empty for a country the source has never heard of.
    ///
    /// # Errors
    ///
    /// [`SourceError`], when no trustworthy list could be had.
    fn listing<'a>(
        &'a self,
        country: &'a Country,
    ) -> BoxFuture<'a, Result<CountryListing, SourceError>>;
}
