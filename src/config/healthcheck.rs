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
        let url = match &self.url {
            Some(url) => checks.url("URL", url),
            None => checks
                .address("--bind", &self.bind)
                .and_then(|bind| Url::parse(&format!("http://{}/healthz", reachable(bind))).ok()),
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
        for (bind, url) in [
            ("0.0.0.0:9000", "http://127.0.0.1:9000/healthz"),
            ("[::]:80", "http://[::1]/healthz"),
            ("127.0.0.2:9", "http://127.0.0.2:9/healthz"),
        ] {
            let bind = bind.to_owned();
            let options = HealthcheckOptions { url: None, bind };
            assert_eq!(options.url().expect("an address").as_str(), url);
        }
    }
}
