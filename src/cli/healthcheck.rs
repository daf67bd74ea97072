//! `universities healthcheck`: for images without a shell.

use std::time::Duration;

use url::Url;

use super::CliError;
use crate::outbound::{self, RemoteUrl};
use crate::telemetry;

/// How long a healthy service takes at most.
const PATIENCE: Duration = Duration::from_secs(3);

/// Succeeds when the address answers 200.
pub(super) async fn run(url: Url) -> Result<(), CliError> {
    let shown = RemoteUrl::from(url.clone());
    let unhealthy = |why: String| CliError::Failed(format!("{shown} is not healthy: {why}"));
    let client = outbound::client()?
        .timeout(PATIENCE)
        .build()
        .map_err(|error| unhealthy(error.to_string()))?;
    let answered = client.get(url.clone()).send().await;
    let response = answered.map_err(|error| unhealthy(telemetry::chain(&error.without_url())))?;
    match response.status() {
        reqwest::StatusCode::OK => Ok(()),
        status => Err(unhealthy(format!("it answered {status}"))),
    }
}
