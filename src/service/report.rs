//! The report: collected outcomes in the order asked, and what they amount to.

use std::time::Duration;

use crate::domain::{DataVersion, Outcome, Strategy};

/// What a call amounts to, whether its outcomes are collected or streamed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// Whether every country has data.
    pub complete: bool,
    /// The strategy that ran.
    pub strategy: Strategy,
    /// The most calls it may have kept in flight.
    pub concurrency: usize,
    /// The list that the service held then.
    pub version: DataVersion,
    /// How long the call took.
    pub elapsed: Duration,
    /// Distinct countries asked for.
    pub countries: usize,
    /// How many of them failed, or were not reached because the call ended with a failure.
    pub failed: usize,
}

/// What a call returns: one outcome for each distinct country, in the order asked.
#[derive(Debug)]
pub struct Report {
    /// What they amount to.
    pub summary: Summary,
    /// One for each distinct country.
    pub outcomes: Vec<Outcome>,
}
