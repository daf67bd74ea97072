//! Configuration: command line and environment in, each module's own settings out.
//!
//! Owns clap and the environment. `options` says what can be given and is the reference behind
//! `--help`; `settings` checks values, reports every problem at once, and fills the settings
//! that the modules define.

mod options;
mod settings;

pub use options::{
    Cli, Command, CompareOptions, DocumentFormat, HealthcheckOptions, OpenapiOptions, ServeOptions,
    UpstreamOptions,
};
pub use settings::{Compare, ConfigError, Serve, Upstream};
