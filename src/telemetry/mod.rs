//! What operators see.
//!
//! Owns the set-up of logging, how errors read in it, what is counted, and traces. Modules log through
//! `tracing` where an event is handled; this module decides what becomes of it.

mod chain;
mod export;
pub mod metrics;
mod spread;
pub mod trace;
mod tracing;

pub use chain::chain;
pub use export::{Export, ExportSettings, TraceFormat, export};
pub use metrics::Metrics;
pub use tracing::{BadFilter, Filter, LogFormat, Settings, init};
