//! Sources: whatever lists a country's universities.
//!
//! Owns the contract. `http` is the innermost source, in front of an upstream; a decorator is
//! a source that holds another one and adds one property, and its file is named by the
//! adjective. `app` stacks them, outermost first: observed → backed → cached → retried → redundant, and
//! for each upstream hedged → gate → limited → guarded → http. Upstream quirks end in `wire`.

mod attempt;
mod backed;
mod breaker;
mod budget;
mod cached;
mod call;
mod classify;
mod delay;
mod error;
mod flights;
mod guarded;
mod hedged;
mod http;
mod latencies;
mod limited;
mod meter;
mod observed;
mod queue;
mod record;
mod redundant;
mod retried;
mod reused;
mod scan;
#[cfg(test)]
mod scripted;
mod text;
mod voucher;
mod wire;

use std::fmt::Debug;

use futures::future::BoxFuture;

use crate::domain::{Country, CountryListing, KnownList};

pub use backed::Backed;
pub use breaker::{BreakerSettings, Circuit};
pub use cached::{CacheSettings, Cached};
pub use call::{Call, Deadline, Turn};
pub use error::{InvalidReason, Phase, SourceError};
pub use guarded::{Gate, Guarded};
pub use hedged::Hedged;
pub use http::{HttpSource, Settings, SetupError};
pub use limited::{Limit, Limited};
pub use meter::{CallCounts, Meter};
pub use observed::Observed;
pub use redundant::Redundant;
pub use retried::{Retried, RetrySettings};
pub use voucher::{Changes, Voucher};
pub use wire::{Decoded, decode};

/// Anything that lists a country's universities.
///
/// Object-safe and boxed: configuration picks implementations at start-up, and one allocation
/// is nothing beside a network call.
///
/// Dropping the future cancels the call; an implementation must be safe to cancel at any await. When
/// the deadline of the [`Call`] has passed, it begins nothing and gives what it has at hand.
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

    /// A promise to give exactly these lists, fresh and without waiting, if it would.
    fn vouch_for(&self, _lists: &[KnownList]) -> Option<Voucher> {
        None
    }
}
