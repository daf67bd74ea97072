//! What tests stand on: the service under test, a scripted upstream, a client.

mod app;
mod client;
mod upstream;

pub(crate) use app::{TestApp, settings};
pub(crate) use client::{Answer, client};
pub(crate) use upstream::{FakeUpstream, Reply};

use std::time::Duration;

/// Longer than any test takes. Reaching it means that what was waited for never came.
pub(crate) const NEVER: Duration = Duration::from_secs(60);

/// The future's output, or a failed test when it never comes.
pub(crate) async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    let output = tokio::time::timeout(NEVER, future).await;
    output.unwrap_or_else(|_| panic!("never came: {what}"))
}
