//! Logs: standard error, pretty for people or JSON lines for machines.

use std::io::{self, IsTerminal};
use std::str::FromStr;

use thiserror::Error;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// Text; coloured only on a terminal.
    Pretty,
    /// One JSON object a line.
    Json,
}

/// Which events are logged: a level, or `target=level` directives separated by commas.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter(String);

/// What to log and how.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How lines look.
    pub format: LogFormat,
    /// Which events are logged.
    pub filter: Filter,
}

/// The filter is not a list of levels and `target=level` directives.
#[derive(Debug, Error)]
#[error("the log filter could not be understood")]
pub struct BadFilter;

impl FromStr for Filter {
    type Err = BadFilter;

    fn from_str(text: &str) -> Result<Self, BadFilter> {
        EnvFilter::try_new(text).map_err(|_| BadFilter)?;
        // A word by itself would be taken for a target of which everything is logged, and a
        // misspelled level would silence everything else.
        let words = text
            .split(',')
            .filter(|directive| !directive.contains(['=', '[']));
        for word in words {
            // No word at all parses too.
            let level = word.trim().parse::<LevelFilter>();
            if word.trim().is_empty() || level.is_err() {
                return Err(BadFilter);
            }
        }
        Ok(Self(text.to_owned()))
    }
}

/// Sends events of the whole process to standard error from here on. Has no effect on a
/// process that already has a subscriber, as tests may.
pub fn init(settings: &Settings) {
    let builder = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(&settings.filter.0))
        .with_writer(io::stderr);
    let _already_set = match settings.format {
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
        LogFormat::Pretty => builder.with_ansi(io::stderr().is_terminal()).try_init(),
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelled_level_is_no_filter() {
        for good in ["info", "WARN", "off", "warn,universities=debug"] {
            assert!(good.parse::<Filter>().is_ok(), "{good}");
        }
        for bad in ["inof", "info,universities", "universities=loud", ""] {
            assert!(bad.parse::<Filter>().is_err(), "{bad}");
        }
    }
}
