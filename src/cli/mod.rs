//! The commands, one file each. A command gets checked settings and writes to standard output;
//! what goes wrong comes back as a [`CliError`], which knows its exit code.

mod compare;
mod healthcheck;
mod openapi;
mod serve;
mod signals;
mod upstream;
mod waterfall;

use std::error::Error;
use std::io::{self, Write};
use std::net::SocketAddr;

use thiserror::Error;
use tokio::net::TcpListener;

use crate::app::StartError;
use crate::catalogue::CatalogueError;
use crate::config::{Cli, Command, ConfigError};
use crate::server::{self, TlsError};
use crate::source::SetupError;

/// A setting that cannot work: `EX_CONFIG` of BSD's sysexits.
const BAD_SETTING: u8 = 78;

/// Words on the command line that make no sense, as clap says it.
const BAD_USAGE: u8 = 2;

/// Anything else.
const FAILED: u8 = 1;

/// Why a command failed.
#[derive(Debug, Error)]
pub enum CliError {
    /// Settings that cannot work.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The catalogue cannot be used.
    #[error("--catalogue cannot work")]
    Catalogue(#[source] CatalogueError),
    /// There is no catalogue where it should be, which may be over at the next try.
    #[error("there is no catalogue to answer from")]
    NoCatalogue(#[source] CatalogueError),
    /// The directory for copies cannot be used.
    #[error("--data-dir cannot work")]
    DataDir(#[source] CatalogueError),
    /// A country that does not exist.
    #[error("{0}")]
    Usage(String),
    /// The address cannot be listened on.
    #[error("--bind {address} cannot be listened on")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        #[source]
        cause: io::Error,
    },
    /// The service could not start.
    #[error("the service could not start")]
    Start(#[source] StartError),
    /// The source could not be set up.
    #[error("the source could not be set up")]
    Source(#[from] SetupError),
    /// TLS could not be set up.
    #[error("TLS could not be set up")]
    Tls(#[from] rustls::Error),
    /// The runtime, the signal handlers or the output failed.
    #[error("the system did not let the command run")]
    System(#[from] io::Error),
    /// The certificate cannot be used.
    #[error("--tls-cert and --tls-key cannot work")]
    Certificate(#[from] TlsError),
    /// Traces cannot be exported.
    #[error("the OTEL_ variables cannot work")]
    Traces(#[source] Box<dyn Error + Send + Sync>),
    /// A service is not healthy, or a comparison had failures. Already said in full.
    #[error("{0}")]
    Failed(String),
}

impl CliError {
    /// The process's exit code.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Config(_)
            | Self::Catalogue(_)
            | Self::DataDir(_)
            | Self::Certificate(_)
            | Self::Traces(_) => BAD_SETTING,
            Self::Usage(_) => BAD_USAGE,
            _ => FAILED,
        }
    }
}

impl From<CatalogueError> for CliError {
    fn from(error: CatalogueError) -> Self {
        match error {
            CatalogueError::Unusable(_) => Self::NoCatalogue(error),
            CatalogueError::DataDir { .. } => Self::DataDir(error),
            error => Self::Catalogue(error),
        }
    }
}

impl From<StartError> for CliError {
    fn from(error: StartError) -> Self {
        match error {
            StartError::Catalogue(error) => error.into(),
            error => Self::Start(error),
        }
    }
}

/// Runs the command that was given.
///
/// # Errors
///
/// [`CliError`], with the exit code.
pub fn run(cli: Cli) -> Result<(), CliError> {
    match cli.command.unwrap_or(Command::Serve(Box::new(cli.serve))) {
        Command::Serve(options) => on_runtime(serve::run(options.settings()?)),
        Command::Upstream(options) => on_runtime(upstream::run(options.settings()?)),
        Command::Compare(options) => {
            let settings = options.settings()?;
            on_runtime(compare::run(settings, options.countries, options.json))
        }
        Command::Openapi(options) => Ok(openapi::run(options.format, options.spec)?),
        Command::Healthcheck(options) => on_runtime(healthcheck::run(options.url()?)),
    }
}

fn on_runtime(command: impl Future<Output = Result<(), CliError>>) -> Result<(), CliError> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(command)
}

/// Writes to standard output. A reader that has seen enough (`| head`) is no error.
fn print(text: &str) -> io::Result<()> {
    match io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

fn listen(address: SocketAddr) -> Result<TcpListener, CliError> {
    server::listen(address).map_err(|cause| CliError::Bind { address, cause })
}
