//! What operators see.
//!
//! Owns the set-up of logging and how errors read in it. Modules log through `tracing` where an event is handled; this
//! module decides what becomes of it.

mod chain;
mod tracing;

pub use chain::chain;
pub use tracing::{BadFilter, Filter, LogFormat, Settings, init};
