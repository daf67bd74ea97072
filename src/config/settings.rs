//! From options to each module's own settings.

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use super::checks::{Checks, ConfigError};
use super::options::{CompareOptions, LogOptions, UpstreamOptions};
use super::source::catalogue;
use crate::catalogue::Location;
use crate::telemetry::{self, LogFormat};
use crate::{app, server};

/// Settings of `serve`.
#[derive(Debug)]
pub struct Serve {
    /// Address to listen on.
    pub bind: SocketAddr,
    /// Address to listen on for who runs the service, if that is another.
    pub admin_bind: Option<SocketAddr>,
    /// What the service is made of.
    pub app: app::Settings,
    /// Limits of the server.
    pub server: server::Settings,
    /// The files of the certificate and its key, if connections are to be secured.
    pub tls: Option<(PathBuf, PathBuf)>,
    /// What is logged.
    pub log: telemetry::Settings,
    /// How traces are exported, if they are.
    pub traces: Option<telemetry::ExportSettings>,
}

/// Settings of `upstream`.
#[derive(Debug)]
pub struct Upstream {
    /// Address to listen on.
    pub bind: SocketAddr,
    /// Wait before each answer.
    pub latency: Duration,
    /// List to answer from.
    pub catalogue: Location,
    /// What is logged.
    pub log: telemetry::Settings,
}

/// Settings of `compare`.
#[derive(Debug)]
pub struct Compare {
    /// The window of the bounded strategy.
    pub concurrency: NonZeroUsize,
    /// What the service is made of.
    pub app: app::Settings,
    /// What is logged.
    pub log: telemetry::Settings,
}

impl UpstreamOptions {
    /// Checks the values.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] with every setting that cannot work.
    pub fn settings(&self) -> Result<Upstream, ConfigError> {
        let mut checks = Checks::default();
        let bind = checks.address("--bind", &self.bind);
        let latency = checks.duration("--latency", &self.latency);
        let catalogue = catalogue(&mut checks, self.catalogue.as_deref(), None);
        let log = self.log.settings(&mut checks, "info");
        checks.done(|| {
            Some(Upstream {
                bind: bind?,
                latency: latency?,
                catalogue: catalogue?,
                log: log?,
            })
        })
    }
}

impl CompareOptions {
    /// Checks the values.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] with every setting that cannot work.
    pub fn settings(&self) -> Result<Compare, ConfigError> {
        let mut checks = Checks::default();
        let concurrency = checks.number("--concurrency", &self.concurrency, 64);
        let app = self.source.settings(&mut checks);
        // Failed calls are part of the comparison; the log would only interrupt it.
        let log = self.log.settings(&mut checks, "error");
        checks.done(|| {
            Some(Compare {
                concurrency: concurrency?,
                app: app?,
                log: log?,
            })
        })
    }
}

impl LogOptions {
    /// Checks the values; the filter is the second one unless it is given.
    pub(super) fn settings(
        &self,
        checks: &mut Checks,
        unless_given: &str,
    ) -> Option<telemetry::Settings> {
        let format = match self.log.as_str() {
            "pretty" => Some(LogFormat::Pretty),
            "json" => Some(LogFormat::Json),
            other => {
                checks.problem("--log", other, "pretty or json");
                None
            }
        };
        let filter = self.log_filter.as_deref().unwrap_or(unless_given);
        let parsed = filter.parse().ok();
        if parsed.is_none() {
            let allowed = "error, warn, info, debug, trace, or target=level separated by commas";
            checks.problem("--log-filter", filter, allowed);
        }
        Some(telemetry::Settings {
            format: format?,
            filter: parsed?,
        })
    }
}
