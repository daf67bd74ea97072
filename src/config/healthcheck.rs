//! From the options of `healthcheck` to the address to ask.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use url::Url;

use super::checks::{Checks, ConfigError};
use super::options::HealthcheckOptions;

impl HealthcheckOptions {
    /// The address to ask.
    ///
    /// # Errors
    ///
    /// [`ConfigError`], when it is none.
    pub fn url(&self) -> Result<Url, ConfigError> {
        let mut checks = Checks::default();
        let url = if let Some(url) = &self.url {
            checks.url("URL", url)
        } else {
            let bind = match &self.admin_bind {
                Some(bind) => checks.address("--admin-bind", bind),
                None => checks.address("--bind", &self.bind),
            };
            bind.and_then(|bind| Url::parse(&format!("http://{}/healthz", reachable(bind))).ok())
        };
        checks.done(|| url)
    }
}

/// The address to connect to for one that is listened on: every address is also the local one.
fn reachable(bind: SocketAddr) -> SocketAddr {
    let ip = match bind.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, bind.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_on_every_address_is_asked_on_the_local_one() {
        for (bind, admin_bind, url) in [
            ("0.0.0.0:9000", None, "http://127.0.0.1:9000/healthz"),
            ("[::]:80", None, "http://[::1]/healthz"),
            ("127.0.0.2:9", None, "http://127.0.0.2:9/healthz"),
            (
                "0.0.0.0:9000",
                Some("0.0.0.0:9900"),
                "http://127.0.0.1:9900/healthz",
            ),
        ] {
            let options = HealthcheckOptions {
                url: None,
                bind: bind.to_owned(),
                admin_bind: admin_bind.map(str::to_owned),
            };
            assert_eq!(options.url().expect("an address").as_str(), url);
        }
    }
}
