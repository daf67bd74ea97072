//! From the options of `serve` to the settings of the server and the API.

use std::num::{NonZeroU32, NonZeroUsize};

use super::checks::{Checks, ConfigError};
use super::options::ServeOptions;
use super::settings::Serve;
use super::traces::traces;
use crate::api::{self, Origins, Rate, Room};
use crate::{app, server};

impl ServeOptions {
    /// Checks the values.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] with every setting that cannot work.
    pub fn settings(&self) -> Result<Serve, ConfigError> {
        let mut checks = Checks::default();
        let bind = checks.address("--bind", &self.bind);
        let admin_bind = match &self.admin_bind {
            Some(given) => checks.address("--admin-bind", given).map(Some),
            None => Some(None),
        };
        let drain = checks.duration("--drain", &self.drain);
        let grace = checks.duration("--grace", &self.grace);
        let max_connections = match &self.max_connections {
            Some(given) => checks.number("--max-connections", given, 1 << 20),
            None => NonZeroUsize::new(server::Settings::default().max_connections),
        };
        let tls = match (&self.tls_cert, &self.tls_key) {
            (Some(certificate), Some(key)) => Some((certificate.into(), key.into())),
            (Some(given), None) => {
                checks.problem("--tls-cert", given, "a certificate together with --tls-key");
                None
            }
            (None, Some(given)) => {
                checks.problem("--tls-key", given, "a key together with --tls-cert");
                None
            }
            (None, None) => None,
        };
        let api = self.api(&mut checks);
        let app = self.source.settings(&mut checks);
        let log = self.log.settings(&mut checks, "info");
        #[expect(
            clippy::disallowed_methods,
            reason = "variables of a standard, which are no options of ours"
        )]
        let traces = traces(&mut checks, |name| {
            let value = std::env::var_os(name)?;
            Some(value.to_string_lossy().into_owned())
        });
        checks.done(|| {
            Some(Serve {
                traces,
                tls,
                bind: bind?,
                admin_bind: admin_bind?,
                app: app::Settings { api: api?, ..app? },
                server: server::Settings {
                    drain: drain?,
                    grace: grace?,
                    max_connections: max_connections?.get(),
                    ..server::Settings::default()
                },
                log: log?,
            })
        })
    }
}

impl ServeOptions {
    /// Who may ask, and how much.
    fn api(&self, checks: &mut Checks) -> Option<api::Settings> {
        let origins = self.cors_origins.iter();
        let origins: Vec<_> = origins
            .filter_map(|origin| checks.origin("--cors-origin", origin))
            .collect();
        let room = checks.number("--max-requests", &self.max_requests, 1 << 20);
        let per_minute = self.rate_limit.as_ref().map(|given| {
            let most = checks.number("--rate-limit", given, 1 << 30)?;
            u32::try_from(most.get()).ok().and_then(NonZeroU32::new)
        });
        let proxies = self.trusted_proxies.iter();
        let proxies = proxies
            .filter_map(|network| checks.network("--trusted-proxy", network))
            .collect();
        let room = room?.get();
        Some(api::Settings {
            origins: match &origins[..] {
                [] => Origins::Any,
                _ => Origins::Only(origins),
            },
            room: Room {
                answering: room,
                waiting: room,
                ..Room::default()
            },
            rate: Rate {
                per_minute: per_minute.flatten(),
                proxies,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::options::{Cli, Command};
    use super::*;
    use clap::Parser;
    use std::time::Duration;

    fn serve(arguments: &[&str]) -> Result<Serve, ConfigError> {
        let program = ["universities", "serve"];
        let cli = Cli::try_parse_from(program.iter().chain(arguments)).expect("known options");
        match cli.command {
            Some(Command::Serve(options)) => options.settings(),
            other => panic!("parsed as {other:?}"),
        }
    }

    #[test]
    fn defaults_are_as_documented() {
        let settings = serve(&[]).expect("defaults work");
        assert_eq!(settings.bind.to_string(), "127.0.0.1:9000");
        assert!(matches!(
            settings.app.upstream,
            app::Upstream::Embedded(Duration::ZERO)
        ));
        assert_eq!(settings.app.max_body_bytes, 8 << 20);
    }

    #[test]
    fn every_problem_is_reported_at_once() {
        let error = serve(&[
            "--bind",
            "here",
            "--attempt-timeout",
            "0s",
            "--max-body-bytes=-1",
            "--upstream-url",
            "ftp://x",
            "--log",
            "xml",
        ])
        .expect_err("five bad settings");
        let said = error.to_string();
        for part in [
            "--bind \"here\"",
            "--attempt-timeout \"0s\"",
            "--max-body-bytes \"-1\"",
            "--upstream-url \"ftp://x\"",
            "--log \"xml\"",
            "allowed is",
        ] {
            assert!(said.contains(part), "{said} should contain {part}");
        }
    }

    #[test]
    fn a_new_list_is_looked_for_from_time_to_time() {
        let settings = serve(&["--catalogue-refresh", "7d"]).expect("a week");
        let week = Duration::from_secs(7 * 24 * 60 * 60);
        assert_eq!(settings.app.refresh_every, week);
        let error = serve(&["--catalogue-refresh", "10ms"]).expect_err("all the time");
        assert!(error.to_string().contains("from 1s to 30d"), "{error}");
    }

    #[test]
    fn a_timeout_is_not_longer_than_the_one_around_it() {
        let error = serve(&["--attempt-timeout", "20s"]).expect_err("longer than the total");
        let said = error.to_string();
        assert!(said.contains("--attempt-timeout \"20s\""), "{said}");
        assert!(said.contains("--total-timeout"), "{said}");
    }

    #[test]
    fn origins_are_as_browsers_write_them() {
        let settings = serve(&["--cors-origin", "https://a.example,http://localhost:3000"]);
        let origins = settings.expect("two origins").app.api.origins;
        let expected = ["https://a.example", "http://localhost:3000"].map(str::to_owned);
        assert_eq!(origins, Origins::Only(expected.to_vec()));
        let settings = serve(&[
            "--trusted-proxy",
            "10.0.0.0/8,192.0.2.1",
            "--rate-limit",
            "600",
        ]);
        let rate = settings.expect("networks").app.api.rate;
        assert_eq!(rate.per_minute.map(NonZeroU32::get), Some(600));
        assert_eq!(rate.proxies.len(), 2);
        let said = serve(&["--trusted-proxy", "here"])
            .expect_err("no network")
            .to_string();
        assert!(said.contains("--trusted-proxy \"here\""), "{said}");
        for bad in ["*", "a.example", "https://a.example/", "https://A.example"] {
            let said = serve(&["--cors-origin", bad]).expect_err(bad).to_string();
            assert!(said.contains("--cors-origin"), "{said}");
        }
    }

    #[test]
    fn a_certificate_and_its_key_come_together() {
        for (given, missing) in [("--tls-cert", "--tls-key"), ("--tls-key", "--tls-cert")] {
            let said = serve(&[given, "x.pem"])
                .expect_err("half a pair")
                .to_string();
            assert!(said.contains(given) && said.contains(missing), "{said}");
        }
    }

    #[test]
    fn credentials_are_not_repeated() {
        for given in [
            "ftp://caller:secret@a.example",
            "ftp://a.example/list?key=secret",
            "ftp://caller:secret@a.example/?key=secret@x",
        ] {
            let error = serve(&["--upstream-url", given]);
            let said = error.expect_err("not http").to_string();
            assert!(
                said.contains("a.example") && !said.contains("secret"),
                "{said}"
            );
        }
    }

    #[test]
    fn a_latency_belongs_to_the_embedded_upstream() {
        let error = serve(&[
            "--upstream-url",
            "http://a.example",
            "--embedded-latency",
            "1s",
        ]);
        assert!(
            error
                .expect_err("a conflict")
                .to_string()
                .contains("--embedded-latency")
        );
    }
}
