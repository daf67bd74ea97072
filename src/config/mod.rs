//! Configuration: command line and environment in, each module's own settings out.
//!
//! Owns clap and the environment. `options` and `source_options` say what can be given and are the reference behind
//! `--help`; `checks` reports every bad value at once; `settings`, `serve`, `source` (what is
//! answered from), `traces` and `healthcheck` fill the settings that the modules define.

mod checks;
mod healthcheck;
mod options;
mod serve;
mod settings;
mod source;
mod source_options;
mod traces;

pub use checks::ConfigError;
pub use options::{
    Cli, Command, CompareOptions, DocumentFormat, DocumentVersion, HealthcheckOptions,
    OpenapiOptions, ServeOptions, UpstreamOptions,
};
pub use settings::{Compare, Serve, Upstream};
