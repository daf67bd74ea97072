//! Every country at once.

use std::num::NonZeroUsize;
use std::sync::Arc;

use super::driver::drive;
use super::{FetchStrategy, OutcomeStream};
use crate::domain::{FetchPlan, StrategyKind};
use crate::source::UniversitySource;

/// A window as large as the plan: outcomes come as calls complete, and take the slowest call.
#[derive(Debug, Clone, Copy)]
pub struct Concurrent;

impl FetchStrategy for Concurrent {
    fn kind(&self) -> StrategyKind {
        StrategyKind::Concurrent
    }

    fn fetch(&self, source: Arc<dyn UniversitySource>, plan: FetchPlan) -> OutcomeStream {
        drive(source, plan, NonZeroUsize::MAX)
    }
}
