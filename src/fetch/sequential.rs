//! One country after another, in the order asked.

use std::num::NonZeroUsize;
use std::sync::Arc;

use super::driver::drive;
use super::{FetchStrategy, OutcomeStream};
use crate::domain::{FetchPlan, StrategyKind};
use crate::source::UniversitySource;

/// A window of one call: outcomes come in the order asked, and take the sum of the calls.
#[derive(Debug, Clone, Copy)]
pub struct Sequential;

impl FetchStrategy for Sequential {
    fn kind(&self) -> StrategyKind {
        StrategyKind::Sequential
    }

    fn fetch(&self, source: Arc<dyn UniversitySource>, plan: FetchPlan) -> OutcomeStream {
        drive(source, plan, NonZeroUsize::MIN)
    }
}
