//! What can be given on the command line and in the environment.
//!
//! Values arrive as text and are checked in `settings`, so that all problems are reported at
//! once and in one form.

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::source_options::SourceOptions;

/// The universities of many countries in one call.
#[derive(Debug, Parser)]
#[command(version, args_conflicts_with_subcommands = true)]
pub struct Cli {
    /// What to do; `serve` when absent.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// The options of `serve`, when no command is given.
    #[command(flatten)]
    pub serve: ServeOptions,
}

impl Cli {
    /// Reads the command line and the environment. Ends the process with a word to the reader
    /// when the words make no sense, or after `--help` and `--version`.
    #[must_use]
    pub fn from_command_line() -> Self {
        Self::parse()
    }
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the service (the default)
    Serve(Box<ServeOptions>),
    /// Run an upstream of one's own: GET /search, answered from a catalogue
    Upstream(UpstreamOptions),
    /// Run every strategy against the upstream and compare them
    Compare(Box<CompareOptions>),
    /// Print the OpenAPI document; needs no network and no settings
    Openapi(OpenapiOptions),
    /// Ask a running service whether it is alive: exit code 0 or 1
    Healthcheck(HealthcheckOptions),
}

/// Options of `serve`.
#[derive(Debug, Args)]
pub struct ServeOptions {
    /// Address to listen on
    #[arg(
        long,
        value_name = "ADDRESS",
        env = "UNIVERSITIES_BIND",
        default_value = "127.0.0.1:9000"
    )]
    pub bind: String,
    /// Address for who runs the service: takes /healthz, /readyz and /metrics off the other
    #[arg(long, value_name = "ADDRESS", env = "UNIVERSITIES_ADMIN_BIND")]
    pub admin_bind: Option<String>,
    /// How long to go on accepting after SIGTERM while /readyz says no, for load balancers to see
    #[arg(
        long,
        value_name = "DURATION",
        env = "UNIVERSITIES_DRAIN",
        default_value = "0s"
    )]
    pub drain: String,
    /// How long running requests may take to finish after SIGTERM
    #[arg(
        long,
        value_name = "DURATION",
        env = "UNIVERSITIES_GRACE",
        default_value = "30s"
    )]
    pub grace: String,
    /// Most connections at a time; others wait [default: 16384, or fewer where the system allows
    /// fewer open files]
    #[arg(long, value_name = "NUMBER", env = "UNIVERSITIES_MAX_CONNECTIONS")]
    pub max_connections: Option<String>,
    /// Certificate chain in PEM form, to be called by https; read again when it changes
    #[arg(long, value_name = "FILE", env = "UNIVERSITIES_TLS_CERT")]
    pub tls_cert: Option<String>,
    /// Private key of the certificate in PEM form
    #[arg(long, value_name = "FILE", env = "UNIVERSITIES_TLS_KEY")]
    pub tls_key: Option<String>,
    /// Origin whose pages may ask, such as `https://a.example`; repeat it for more [default: all]
    #[arg(
        long = "cors-origin",
        value_name = "ORIGIN",
        env = "UNIVERSITIES_CORS_ORIGIN",
        value_delimiter = ','
    )]
    pub cors_origins: Vec<String>,
    /// Most requests that are answered at a time, of each kind: with a body, streams, and others; as
    /// many again wait for a second at most
    #[arg(
        long,
        value_name = "NUMBER",
        env = "UNIVERSITIES_MAX_REQUESTS",
        default_value = "1024"
    )]
    pub max_requests: String,
    /// Most countries that one client may ask for in a minute [default: no limit]
    #[arg(long, value_name = "NUMBER", env = "UNIVERSITIES_RATE_LIMIT")]
    pub rate_limit: Option<String>,
    /// Network of proxies whose X-Forwarded-For or Forwarded says who asks; repeat it for more
    #[arg(
        long = "trusted-proxy",
        value_name = "NETWORK",
        env = "UNIVERSITIES_TRUSTED_PROXY",
        value_delimiter = ','
    )]
    pub trusted_proxies: Vec<String>,
    /// Where universities come from.
    #[command(flatten)]
    pub source: SourceOptions,
    /// What is logged.
    #[command(flatten)]
    pub log: LogOptions,
}

/// Options of `upstream`.
#[derive(Debug, Args)]
pub struct UpstreamOptions {
    /// Address to listen on
    #[arg(
        long,
        value_name = "ADDRESS",
        env = "UNIVERSITIES_UPSTREAM_BIND",
        default_value = "127.0.0.1:9001"
    )]
    pub bind: String,
    /// How long to wait before each answer
    #[arg(
        long,
        value_name = "DURATION",
        env = "UNIVERSITIES_UPSTREAM_LATENCY",
        default_value = "0s"
    )]
    pub latency: String,
    /// List to answer from, in the public list's JSON format: a file or an http(s) address
    /// [default: the bundled sample]
    #[arg(long, value_name = "FILE|URL", env = "UNIVERSITIES_CATALOGUE")]
    pub catalogue: Option<String>,
    /// What is logged.
    #[command(flatten)]
    pub log: LogOptions,
}

/// Options of `compare`.
#[derive(Debug, Args)]
pub struct CompareOptions {
    /// Countries to fetch: codes or names
    #[arg(value_name = "COUNTRY", default_values = ["turkey", "india", "australia"])]
    pub countries: Vec<String>,
    /// The window of the bounded strategy
    #[arg(
        long,
        value_name = "NUMBER",
        env = "UNIVERSITIES_COMPARE_CONCURRENCY",
        default_value = "2"
    )]
    pub concurrency: String,
    /// Print one JSON document instead of a table
    #[arg(long)]
    pub json: bool,
    /// Where universities come from.
    #[command(flatten)]
    pub source: SourceOptions,
    /// What is logged.
    #[command(flatten)]
    pub log: LogOptions,
}

/// Options of `openapi`.
#[derive(Debug, Args)]
pub struct OpenapiOptions {
    /// How the document is written
    #[arg(long, value_enum, default_value_t = DocumentFormat::Json)]
    pub format: DocumentFormat,
    /// Which version of the specification it keeps to
    #[arg(long, value_enum, default_value_t = DocumentVersion::V3_0)]
    pub spec: DocumentVersion,
}

/// Options of `healthcheck`.
#[derive(Debug, Args)]
pub struct HealthcheckOptions {
    /// Address to ask [default: /healthz where --bind says the service listens]
    #[arg(value_name = "URL")]
    pub url: Option<String>,
    /// Where the service listens, when no URL is given
    #[arg(
        long,
        value_name = "ADDRESS",
        env = "UNIVERSITIES_BIND",
        default_value = "127.0.0.1:9000"
    )]
    pub bind: String,
    /// Where it listens for who runs it, when no URL is given; asked instead of the other
    #[arg(long, value_name = "ADDRESS", env = "UNIVERSITIES_ADMIN_BIND")]
    pub admin_bind: Option<String>,
}

/// What is logged, to standard error.
#[derive(Debug, Args)]
pub struct LogOptions {
    /// How log lines look: pretty or json
    #[arg(
        long,
        value_name = "FORMAT",
        env = "UNIVERSITIES_LOG",
        default_value = "pretty"
    )]
    pub log: String,
    /// Which events are logged: error, warn, info, debug, trace, or target=level separated by
    /// commas [default: info; error for compare]
    #[arg(long, value_name = "FILTER", env = "UNIVERSITIES_LOG_FILTER")]
    pub log_filter: Option<String>,
}

/// Versions of the OpenAPI specification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DocumentVersion {
    /// 3.0.3, which most generators know best
    #[value(name = "3.0")]
    V3_0,
    /// 3.1.1, whose schemas are JSON Schema
    #[value(name = "3.1")]
    V3_1,
}

/// How the OpenAPI document is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DocumentFormat {
    /// JSON
    Json,
    /// YAML
    Yaml,
}
