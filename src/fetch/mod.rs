//! Strategies: how the source calls of one request are scheduled.
//!
//! Owns the contract and picks the implementation of a [`Strategy`]. All of them are a window
//! over one driver: 1 is sequential, everything is concurrent, N is bounded. What every
//! strategy must hold to is in `contract.rs` and runs against each of them.
//!
//! Why not `StreamExt::buffer_unordered`? Its futures advance only while the reader polls, so a
//! caller that reads slowly stalls upstream calls already running, and their timeouts are then
//! the caller's fault. The driver spawns each call as a task instead.

mod bounded;
mod concurrent;
#[cfg(test)]
mod contract;
mod driver;
mod sequential;

use std::fmt::Debug;
use std::sync::Arc;

use futures::stream::BoxStream;

use crate::domain::{CountryOutcome, FetchPlan, Strategy, StrategyKind};
use crate::source::UniversitySource;

pub use bounded::Bounded;
pub use concurrent::Concurrent;
pub use sequential::Sequential;

/// One outcome for each country of a plan. Failure is an outcome, so the stream has no errors;
/// it ends after the last country. Dropping it aborts the calls still running.
///
/// `'static`, because a response body outlives the handler that made it.
pub type OutcomeStream = BoxStream<'static, CountryOutcome>;

/// A way to schedule the source calls of one request.
pub trait FetchStrategy: Debug + Send + Sync + 'static {
    /// Its name.
    fn kind(&self) -> StrategyKind;

    /// Calls the source once for each country of the plan and gives one outcome for each.
    /// Nothing is called before the stream is first polled.
    fn fetch(&self, source: Arc<dyn UniversitySource>, plan: FetchPlan) -> OutcomeStream;
}

/// The implementation of a strategy.
#[must_use]
pub fn strategy(strategy: Strategy) -> Box<dyn FetchStrategy> {
    match strategy {
        Strategy::Sequential => Box::new(Sequential),
        Strategy::Concurrent => Box::new(Concurrent),
        Strategy::Bounded(window) => Box::new(Bounded::new(window)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::num::NonZeroUsize;

    #[test]
    fn each_strategy_is_what_it_is_called() {
        for asked in Strategy::all(NonZeroUsize::MIN) {
            assert_eq!(strategy(asked).kind(), asked.kind());
        }
    }
}
