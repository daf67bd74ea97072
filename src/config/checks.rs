//! Checking values: each check gives a value or adds a problem, and all problems come out at once.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroUsize;
use std::time::Duration;

use ipnet::IpNet;
use url::Url;

/// Settings that cannot work, all of them.
#[derive(Debug, PartialEq, Eq)]
pub struct ConfigError(Vec<Problem>);

/// One setting that cannot work.
#[derive(Debug, PartialEq, Eq)]
struct Problem {
    setting: &'static str,
    value: String,
    allowed: String,
}

/// The value as it may be shown: what stands between `//` and `@` of an address is left out, and so
/// is its query, which may have a key.
fn without_credentials(value: &str) -> String {
    let Some((scheme, rest)) = value.split_once("//") else {
        return value.to_owned();
    };
    let (place, query) = match rest.split_once('?') {
        Some((place, _)) => (place, "?…"),
        None => (rest, ""),
    };
    match place.rsplit_once('@') {
        Some((_, host)) => format!("{scheme}//…@{host}{query}"),
        None => format!("{scheme}//{place}{query}"),
    }
}

impl std::error::Error for ConfigError {}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("settings that cannot work:")?;
        for Problem {
            setting,
            value,
            allowed,
        } in &self.0
        {
            write!(f, "\n  {setting} {value:?}: allowed is {allowed}")?;
        }
        f.write_str("\n--help lists the environment variable of each")
    }
}

/// Problems found so far. A check that fails adds one and gives nothing.
#[derive(Debug, Default)]
pub(super) struct Checks(Vec<Problem>);

impl Checks {
    pub(super) fn problem(
        &mut self,
        setting: &'static str,
        value: &str,
        allowed: impl Into<String>,
    ) {
        self.0.push(Problem {
            setting,
            value: without_credentials(value),
            allowed: allowed.into(),
        });
    }

    pub(super) fn address(&mut self, setting: &'static str, value: &str) -> Option<SocketAddr> {
        let address = value.parse().ok();
        if address.is_none() {
            self.problem(
                setting,
                value,
                "an IP address and a port, such as 127.0.0.1:9000 or [::]:9000",
            );
        }
        address
    }

    pub(super) fn duration(&mut self, setting: &'static str, value: &str) -> Option<Duration> {
        let duration = humantime::parse_duration(value).ok();
        // Timers cannot reach further than some years.
        let duration = duration.filter(|d| *d <= Duration::from_secs(24 * 60 * 60));
        if duration.is_none() {
            self.problem(
                setting,
                value,
                "a duration from 0s to 24h, such as 600ms or 10s",
            );
        }
        duration
    }

    /// A duration after which something is done again.
    pub(super) fn period(&mut self, setting: &'static str, value: &str) -> Option<Duration> {
        let period = humantime::parse_duration(value).ok();
        let allowed = Duration::from_secs(1)..=Duration::from_secs(30 * 24 * 60 * 60);
        let period = period.filter(|period| allowed.contains(period));
        if period.is_none() {
            self.problem(setting, value, "a duration from 1s to 30d, such as 24h");
        }
        period
    }

    /// Something that is on or off.
    pub(super) fn switch(&mut self, setting: &'static str, value: &str) -> Option<bool> {
        match value {
            "on" => Some(true),
            "off" => Some(false),
            _ => {
                self.problem(setting, value, "on or off");
                None
            }
        }
    }

    pub(super) fn timeout(&mut self, setting: &'static str, value: &str) -> Option<Duration> {
        let duration = self.duration(setting, value)?;
        if duration.is_zero() {
            self.problem(
                setting,
                value,
                "a duration longer than 0s, such as 600ms or 10s",
            );
            return None;
        }
        Some(duration)
    }

    /// That the first timeout, with the value it was given as, is not longer than the second,
    /// within which it runs.
    pub(super) fn ordered(
        &mut self,
        (setting, value, inner): (&'static str, &str, Option<Duration>),
        (outer_setting, outer): (&'static str, Option<Duration>),
    ) {
        if let (Some(inner), Some(outer)) = (inner, outer)
            && inner > outer
        {
            self.problem(
                setting,
                value,
                format!("at most {outer_setting}, which is {outer:?}"),
            );
        }
    }

    pub(super) fn number(
        &mut self,
        setting: &'static str,
        value: &str,
        most: usize,
    ) -> Option<NonZeroUsize> {
        let number = value
            .parse()
            .ok()
            .filter(|n: &NonZeroUsize| n.get() <= most);
        if number.is_none() {
            self.problem(setting, value, format!("a whole number from 1 to {most}"));
        }
        number
    }

    pub(super) fn url(&mut self, setting: &'static str, value: &str) -> Option<Url> {
        let url = Url::parse(value).ok();
        let url = url.filter(|u| matches!(u.scheme(), "http" | "https") && u.has_host());
        if url.is_none() {
            self.problem(
                setting,
                value,
                "an http or https address, such as http://universities.hipolabs.com",
            );
        }
        url
    }

    /// An origin as browsers write it (RFC 6454 §6.2).
    pub(super) fn origin(&mut self, setting: &'static str, value: &str) -> Option<String> {
        let origin = Url::parse(value).ok().map(|url| url.origin());
        let origin = origin.filter(url::Origin::is_tuple);
        let origin = origin.map(|origin| origin.ascii_serialization());
        let origin = origin.filter(|origin| origin == value);
        if origin.is_none() {
            let allowed = "a scheme, a host and perhaps a port, such as https://a.example";
            self.problem(setting, value, allowed);
        }
        origin
    }

    /// An address, or a network in CIDR notation.
    pub(super) fn network(&mut self, setting: &'static str, value: &str) -> Option<IpNet> {
        let address = || value.parse::<IpAddr>().ok().map(IpNet::from);
        let network = value.parse().ok().or_else(address);
        if network.is_none() {
            let allowed = "an IP address or a network, such as 10.0.0.0/8";
            self.problem(setting, value, allowed);
        }
        network
    }

    pub(super) fn done<S>(self, settings: impl FnOnce() -> Option<S>) -> Result<S, ConfigError> {
        match settings() {
            Some(settings) if self.0.is_empty() => Ok(settings),
            _ => Err(ConfigError(self.0)),
        }
    }
}
