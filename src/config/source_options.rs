//! What can be given about where universities come from.

use clap::Args;

/// Where universities come from.
#[derive(Debug, Args)]
pub struct SourceOptions {
    /// Base address of the upstream; repeat it for others that stand in for it [default: an embedded
    /// one that answers from the catalogue]
    #[arg(
        long = "upstream-url",
        value_name = "URL",
        env = "UNIVERSITIES_UPSTREAM_URL",
        value_delimiter = ','
    )]
    pub upstream_urls: Vec<String>,
    /// Whole-world list in the public list's JSON format: a file or an http(s) address [default:
    /// the bundled sample]
    #[arg(long, value_name = "FILE|URL", env = "UNIVERSITIES_CATALOGUE")]
    pub catalogue: Option<String>,
    /// How long to wait before looking for a new list at the catalogue's address; SIGHUP looks for
    /// one at once, in a file too
    #[arg(
        long,
        value_name = "DURATION",
        env = "UNIVERSITIES_CATALOGUE_REFRESH",
        default_value = "24h"
    )]
    pub catalogue_refresh: String,
    /// Directory for a copy of the list, which is used when the catalogue's address does not answer
    #[arg(long, value_name = "DIR", env = "UNIVERSITIES_DATA_DIR")]
    pub data_dir: Option<String>,
    /// How long the embedded upstream waits before each answer [default: 0s]
    #[arg(long, value_name = "DURATION", env = "UNIVERSITIES_EMBEDDED_LATENCY")]
    pub embedded_latency: Option<String>,
    /// Time a connection to the upstream may take
    #[arg(
        long,
        value_name = "DURATION",
        env = "UNIVERSITIES_CONNECT_TIMEOUT",
        default_value = "1s"
    )]
    pub connect_timeout: String,
    /// Time one upstream request may take, connection and body included
    #[arg(
        long,
        value_name = "DURATION",
        env = "UNIVERSITIES_ATTEMPT_TIMEOUT",
        default_value = "4s"
    )]
    pub attempt_timeout: String,
    /// Time all upstream requests for one country may take together, reading included
    #[arg(
        long,
        value_name = "DURATION",
        env = "UNIVERSITIES_TOTAL_TIMEOUT",
        default_value = "9s"
    )]
    pub total_timeout: String,
    /// Most bytes of one upstream document, counted after decompression
    #[arg(
        long,
        value_name = "BYTES",
        env = "UNIVERSITIES_MAX_BODY_BYTES",
        default_value = "8388608"
    )]
    pub max_body_bytes: String,
    /// How long a country's list is fresh; 0s keeps nothing
    #[arg(
        long,
        value_name = "DURATION",
        env = "UNIVERSITIES_CACHE_TTL",
        default_value = "10min"
    )]
    pub cache_ttl: String,
    /// How old a list may be that is served when there is no newer one
    #[arg(
        long,
        value_name = "DURATION",
        env = "UNIVERSITIES_CACHE_MAX_STALE",
        default_value = "7d"
    )]
    pub cache_max_stale: String,
    /// Most bytes that lists which are kept may take, about
    #[arg(
        long,
        value_name = "BYTES",
        env = "UNIVERSITIES_CACHE_MAX_BYTES",
        default_value = "67108864"
    )]
    pub cache_max_bytes: String,
    /// Most times that a failed upstream request is tried again, 0 to 5
    #[arg(
        long,
        value_name = "NUMBER",
        env = "UNIVERSITIES_RETRIES",
        default_value = "2"
    )]
    pub retries: String,
    /// Whether an upstream request that is slow gets a second one beside it: on or off
    #[arg(
        long,
        value_name = "SWITCH",
        env = "UNIVERSITIES_HEDGE",
        default_value = "on"
    )]
    pub hedge: String,
    /// Whether an upstream that fails is left alone for a while: on or off
    #[arg(
        long,
        value_name = "SWITCH",
        env = "UNIVERSITIES_CIRCUIT",
        default_value = "on"
    )]
    pub circuit: String,
    /// Most countries that are asked of an upstream at a time: a number, or auto for as many as it can
    /// take
    #[arg(
        long,
        value_name = "NUMBER|auto",
        env = "UNIVERSITIES_UPSTREAM_LIMIT",
        default_value = "auto"
    )]
    pub upstream_limit: String,
}
