//! Whether traces are exported, as `OpenTelemetry`'s variables say it
//! (<https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables>).
//!
//! The SDK reads them itself, and goes on with its defaults where it does not understand one; what
//! cannot work is found here before.

use std::time::Duration;

use http::{HeaderName, HeaderValue};

use super::checks::Checks;
use crate::telemetry::{ExportSettings, TraceFormat};

/// Each for traces alone first, and then for all that is exported.
const ENDPOINT: [&str; 2] = [
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
];
const TIMEOUT: [&str; 2] = [
    "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT",
    "OTEL_EXPORTER_OTLP_TIMEOUT",
];

const PROTOCOL: [&str; 2] = [
    "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL",
    "OTEL_EXPORTER_OTLP_PROTOCOL",
];
const JSON: &str = "http/json";

/// How long an export may take where nothing is said.
const USUAL_TIMEOUT: Duration = Duration::from_secs(10);

/// The variables that are one of some words, and the words.
const WORDS: [(&str, &[&str]); 6] = [
    (PROTOCOL[0], &["http/protobuf", JSON]),
    (PROTOCOL[1], &["http/protobuf", JSON]),
    ("OTEL_EXPORTER_OTLP_TRACES_COMPRESSION", &COMPRESSIONS),
    ("OTEL_EXPORTER_OTLP_COMPRESSION", &COMPRESSIONS),
    ("OTEL_TRACES_EXPORTER", &["otlp", "none"]),
    (
        "OTEL_TRACES_SAMPLER",
        &[
            "always_on",
            "always_off",
            "traceidratio",
            "parentbased_always_on",
            "parentbased_always_off",
            "parentbased_traceidratio",
        ],
    ),
];

const COMPRESSIONS: [&str; 2] = ["gzip", "none"];

/// Those of which nothing is done. Who asks for a certificate to be trusted and is not heard would
/// find out late.
const NOT_SUPPORTED: [&str; 6] = [
    "OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE",
    "OTEL_EXPORTER_OTLP_CERTIFICATE",
    "OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE",
    "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE",
    "OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY",
    "OTEL_EXPORTER_OTLP_CLIENT_KEY",
];

const HEADERS: [&str; 2] = [
    "OTEL_EXPORTER_OTLP_TRACES_HEADERS",
    "OTEL_EXPORTER_OTLP_HEADERS",
];

/// The variables that are whole numbers, and the most they may be.
const NUMBERS: [(&str, usize); 5] = [
    ("OTEL_BSP_MAX_QUEUE_SIZE", 1 << 16),
    ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", 1 << 16),
    ("OTEL_BSP_SCHEDULE_DELAY", 600_000),
    ("OTEL_BSP_EXPORT_TIMEOUT", 600_000),
    ("OTEL_BSP_MAX_CONCURRENT_EXPORTS", 64),
];

/// How traces are exported, if they are at all: when there is an endpoint or an exporter, and neither is
/// turned off.
pub(super) fn traces(
    checks: &mut Checks,
    variable: impl Fn(&str) -> Option<String>,
) -> Option<ExportSettings> {
    // An empty variable is none.
    let variable = |name: &str| variable(name).filter(|value| !value.is_empty());
    let exporter = variable("OTEL_TRACES_EXPORTER");
    let off = "OTEL_SDK_DISABLED";
    let disabled = match variable(off)
        .map(|value| value.to_ascii_lowercase())
        .as_deref()
    {
        Some("true") => true,
        None | Some("false") => false,
        Some(other) => {
            checks.problem(off, other, "true or false");
            false
        }
    };
    let wanted = exporter.is_some() || ENDPOINT.iter().any(|name| variable(name).is_some());
    if disabled || exporter.as_deref() == Some("none") || !wanted {
        return None;
    }
    for (name, words) in WORDS {
        if let Some(value) = variable(name).filter(|value| !words.contains(&value.as_str())) {
            checks.problem(name, &value, words.join(" or "));
        }
    }
    for name in NOT_SUPPORTED {
        if let Some(value) = variable(name) {
            checks.problem(
                name,
                &value,
                "nothing: collectors are trusted as browsers do",
            );
        }
    }
    for name in ENDPOINT {
        if let Some(value) = variable(name) {
            // Ours would read past blanks, and the exporter would not.
            if value.contains(char::is_whitespace) {
                checks.problem(name, &value, "an address without blanks");
            } else {
                checks.url(name, &value);
            }
        }
    }
    for name in HEADERS {
        if variable(name).is_some_and(|value| !are_headers(&value)) {
            // What is wrong may be a secret.
            checks.problem(
                name,
                "…",
                "name=value, separated by commas, percent-encoded",
            );
        }
    }
    for (name, most) in NUMBERS {
        if let Some(value) = variable(name) {
            checks.number(name, &value, most);
        }
    }
    let share = "OTEL_TRACES_SAMPLER_ARG";
    if let Some(value) = variable(share) {
        let number = value.parse::<f64>().ok();
        if !number.is_some_and(|share| (0.0..=1.0).contains(&share)) {
            checks.problem(share, &value, "a number from 0 to 1");
        }
    }
    let format = PROTOCOL.into_iter().find_map(variable);
    let mut timeout = None;
    for name in TIMEOUT {
        if let Some(value) = variable(name) {
            let given = checks.number(name, &value, 600_000);
            let given = given.map(|ms| Duration::from_millis(ms.get() as u64));
            timeout = timeout.or(given);
        }
    }
    Some(ExportSettings {
        format: match format.as_deref() {
            Some(JSON) => TraceFormat::Json,
            _ => TraceFormat::Protobuf,
        },
        timeout: timeout.unwrap_or(USUAL_TIMEOUT),
    })
}

/// Whether each part is a header that can be sent.
fn are_headers(value: &str) -> bool {
    let mut parts = value.split(',').filter(|part| !part.trim().is_empty());
    parts.all(|part| {
        part.split_once('=').is_some_and(|(name, value)| {
            HeaderName::try_from(name.trim()).is_ok() && HeaderValue::try_from(value.trim()).is_ok()
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(variables: &[(&str, &str)]) -> Result<Option<ExportSettings>, String> {
        let mut checks = Checks::default();
        let found = traces(&mut checks, |name| {
            let mut found = variables.iter().filter(|(given, _)| *given == name);
            found.next().map(|(_, value)| (*value).to_owned())
        });
        checks
            .done(|| Some(found))
            .map_err(|error| error.to_string())
    }

    const HERE: (&str, &str) = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4318");

    #[test]
    fn traces_are_exported_where_there_is_somewhere_to_go() {
        assert_eq!(given(&[]), Ok(None));
        assert_eq!(given(&[("OTEL_EXPORTER_OTLP_ENDPOINT", "")]), Ok(None));
        let usual = ExportSettings {
            format: TraceFormat::Protobuf,
            timeout: USUAL_TIMEOUT,
        };
        assert_eq!(given(&[HERE]), Ok(Some(usual.clone())));
        assert_eq!(given(&[("OTEL_TRACES_EXPORTER", "otlp")]), Ok(Some(usual)));
        assert_eq!(given(&[HERE, ("OTEL_TRACES_EXPORTER", "none")]), Ok(None));
        assert_eq!(given(&[HERE, ("OTEL_SDK_DISABLED", "True")]), Ok(None));
        let all = [(TIMEOUT[1], "500"), (PROTOCOL[1], JSON)];
        let traces = [(TIMEOUT[0], "200"), (PROTOCOL[0], "http/protobuf")];
        let settings = given(&[&[HERE], &all[..]].concat()).expect("what works");
        let expected = ExportSettings {
            format: TraceFormat::Json,
            timeout: Duration::from_millis(500),
        };
        assert_eq!(settings, Some(expected));
        let settings = given(&[&[HERE], &all[..], &traces].concat()).expect("what works");
        let expected = ExportSettings {
            format: TraceFormat::Protobuf,
            timeout: Duration::from_millis(200),
        };
        assert_eq!(settings, Some(expected));
    }

    #[test]
    fn headers_that_cannot_be_sent_are_not_shown() {
        let name = HEADERS[1];
        assert!(given(&[HERE, (name, "a=1, authorization=Bearer%20x")]).is_ok());
        for wrong in ["garbage", "api key=secret", "a=secret\u{1}"] {
            let said = given(&[HERE, (name, wrong)]).expect_err(wrong);
            assert!(said.contains(name) && !said.contains("secret"), "{said}");
        }
    }

    #[test]
    fn what_cannot_work_is_said_before_anything_begins() {
        for wrong in [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "localhost:4318"),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
            ("OTEL_EXPORTER_OTLP_TRACES_COMPRESSION", "zstd"),
            ("OTEL_EXPORTER_OTLP_CERTIFICATE", "/ca.pem"),
            ("OTEL_TRACES_EXPORTER", "zipkin"),
            ("OTEL_TRACES_SAMPLER", "sometimes"),
            ("OTEL_TRACES_SAMPLER_ARG", "2"),
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "10s"),
            ("OTEL_EXPORTER_OTLP_CLIENT_KEY", "/key.pem"),
            (
                "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
                " http://localhost:4318",
            ),
            ("OTEL_BSP_MAX_QUEUE_SIZE", "18446744073709551615"),
            ("OTEL_BSP_SCHEDULE_DELAY", "0"),
            ("OTEL_SDK_DISABLED", "yes"),
        ] {
            let said = given(&[wrong, HERE]).expect_err(wrong.0);
            let both = format!("{} {:?}", wrong.0, wrong.1);
            assert!(said.contains(&both), "{said}");
        }
    }
}
