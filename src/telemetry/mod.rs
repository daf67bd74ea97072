//! What operators see.
//!
//! Owns the set-up of logging, how errors read in it, and what is counted. Modules log through
//! `tracing` where an event is handled; this module decides what becomes of it.

mod chain;
pub mod metrics;
mod tracing;

pub use chain::chain;
pub use metrics::Metrics;
pub use tracing::{BadFilter, Filter, LogFormat, Settings, init};
