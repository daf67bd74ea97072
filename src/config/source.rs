//! From options to the settings of what the service answers from: its upstream and its catalogue.

use std::path::PathBuf;
use std::time::Duration;

use super::checks::Checks;
use super::source_options::SourceOptions;
use crate::catalogue::Location;
use crate::outbound::RemoteUrl;
use crate::source::{CacheSettings, Limit, RetrySettings};
use crate::{api, app};

impl SourceOptions {
    /// Checks the values.
    pub(super) fn settings(&self, checks: &mut Checks) -> Option<app::Settings> {
        let urls = self.upstream_urls.iter();
        let urls: Vec<_> = urls
            .map(|url| checks.url("--upstream-url", url).map(RemoteUrl::from))
            .collect();
        let upstream = match (&urls[..], &self.embedded_latency) {
            ([], None) => Some(app::Upstream::Embedded(Duration::ZERO)),
            ([], Some(latency)) => checks
                .duration("--embedded-latency", latency)
                .map(app::Upstream::Embedded),
            (_, None) => urls
                .into_iter()
                .collect::<Option<_>>()
                .map(app::Upstream::Remote),
            (_, Some(latency)) => {
                let allowed =
                    "absent when --upstream-url is given: only the embedded upstream waits";
                checks.problem("--embedded-latency", latency, allowed);
                None
            }
        };
        let data_dir = self.data_dir.as_deref();
        let catalogue = catalogue(checks, self.catalogue.as_deref(), data_dir);
        let refresh_every = checks.period("--catalogue-refresh", &self.catalogue_refresh);
        let connect_timeout = checks.timeout("--connect-timeout", &self.connect_timeout);
        let attempt_timeout = checks.timeout("--attempt-timeout", &self.attempt_timeout);
        let total_timeout = checks.timeout("--total-timeout", &self.total_timeout);
        checks.ordered(
            ("--connect-timeout", &self.connect_timeout, connect_timeout),
            ("--attempt-timeout", attempt_timeout),
        );
        checks.ordered(
            ("--attempt-timeout", &self.attempt_timeout, attempt_timeout),
            ("--total-timeout", total_timeout),
        );
        let max_body_bytes = checks.number("--max-body-bytes", &self.max_body_bytes, 1 << 30);
        let resilience = self.resilience(checks, total_timeout);
        Some(app::Settings {
            upstream: upstream?,
            catalogue: catalogue?,
            refresh_every: refresh_every?,
            api: api::Settings::default(),
            connect_timeout: connect_timeout?,
            attempt_timeout: attempt_timeout?,
            max_body_bytes: max_body_bytes?.get(),
            resilience: resilience?,
        })
    }

    /// What is done for a country whose upstream is slow, fails, or has been asked already.
    fn resilience(
        &self,
        checks: &mut Checks,
        total_timeout: Option<Duration>,
    ) -> Option<app::Resilience> {
        let ttl = checks.duration("--cache-ttl", &self.cache_ttl);
        let max_stale = checks.period("--cache-max-stale", &self.cache_max_stale);
        checks.ordered(
            ("--cache-ttl", &self.cache_ttl, ttl),
            ("--cache-max-stale", max_stale),
        );
        let max_bytes = checks.number("--cache-max-bytes", &self.cache_max_bytes, 1 << 40);
        let retries = self.retries.parse().ok().filter(|retries| *retries <= 5);
        if retries.is_none() {
            checks.problem("--retries", &self.retries, "a number from 0 to 5");
        }
        let hedge = checks.switch("--hedge", &self.hedge);
        let circuit = checks.switch("--circuit", &self.circuit);
        let limit = match self.upstream_limit.as_str() {
            "auto" => Some(Limit::default()),
            given => {
                let limit = checks.number("--upstream-limit", given, 1 << 16);
                limit.map(|limit| Limit::Fixed(limit.get()))
            }
        };
        let (ttl, max_stale, max_bytes) = (ttl?, max_stale?, max_bytes?.get() as u64);
        let usual = app::Resilience::default();
        Some(app::Resilience {
            cache: (!ttl.is_zero()).then_some(CacheSettings {
                ttl,
                max_stale,
                max_bytes,
            }),
            retry: RetrySettings {
                most: retries?,
                total_timeout: total_timeout?,
                ..usual.retry
            },
            hedge: hedge?,
            circuit: usual.circuit.filter(|_| circuit == Some(true)),
            limit: limit?,
        })
    }
}

/// Where the list comes from: what begins like an address is one.
pub(super) fn catalogue(
    checks: &mut Checks,
    value: Option<&str>,
    data_dir: Option<&str>,
) -> Option<Location> {
    let address = value.filter(|value| value.contains("://"));
    if let (None, Some(directory)) = (address, data_dir) {
        let allowed = "absent unless --catalogue is an address: there is nothing else to keep";
        checks.problem("--data-dir", directory, allowed);
        return None;
    }
    if data_dir == Some("") || value == Some("") {
        let setting = if value == Some("") {
            "--catalogue"
        } else {
            "--data-dir"
        };
        checks.problem(setting, "", "a path, or nothing at all");
        return None;
    }
    let Some(value) = value else {
        return Some(Location::Sample);
    };
    if address.is_none() {
        return Some(Location::File(PathBuf::from(value)));
    }
    let url = checks.url("--catalogue", value)?;
    Some(Location::Address(url.into(), data_dir.map(PathBuf::from)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_an_address_is_one_and_must_be_good() {
        let mut checks = Checks::default();
        let mut location = |value, data_dir| catalogue(&mut checks, value, data_dir);
        assert!(matches!(location(None, None), Some(Location::Sample)));
        assert!(matches!(
            location(Some("a/list.json"), None),
            Some(Location::File(_))
        ));
        let address = location(Some("https://a.example/list.json"), Some("data"));
        assert!(matches!(address, Some(Location::Address(_, Some(_)))));
        assert!(location(Some("ftp://a.example/list.json"), None).is_none());
        assert!(location(Some("a/list.json"), Some("data")).is_none());
        assert!(location(Some(""), None).is_none());
        assert!(location(Some("https://a.example/list.json"), Some("")).is_none());
        let problems = checks.done(|| Some(())).expect_err("bad values");
        let said = problems.to_string();
        for part in [
            "--catalogue \"ftp://a.example/list.json\"",
            "--data-dir \"data\"",
            "--catalogue \"\"",
            "--data-dir \"\"",
        ] {
            assert!(said.contains(part), "{said} should contain {part}");
        }
    }
}
