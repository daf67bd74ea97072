//! At most so many countries at once.

use std::num::NonZeroUsize;
use std::sync::Arc;

use super::driver::drive;
use super::{FetchStrategy, OutcomeStream};
use crate::domain::{FetchPlan, StrategyKind};
use crate::source::UniversitySource;

/// A window of a fixed size: as soon as a call completes and its outcome is read, the next
/// country is called. Outcomes come as calls complete.
#[derive(Debug, Clone, Copy)]
pub struct Bounded {
    window: NonZeroUsize,
}

impl Bounded {
    /// Keeps at most `window` calls in flight.
    #[must_use]
    pub fn new(window: NonZeroUsize) -> Self {
        Self { window }
    }
}

impl FetchStrategy for Bounded {
    fn kind(&self) -> StrategyKind {
        StrategyKind::Bounded
    }

    fn fetch(&self, source: Arc<dyn UniversitySource>, plan: FetchPlan) -> OutcomeStream {
        drive(source, plan, self.window)
    }
}
