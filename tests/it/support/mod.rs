//! What tests stand on: the service under test, a scripted upstream, a client.

mod app;
mod client;
mod collector;
mod list;
mod program;
pub(crate) mod truth;
mod upstream;

pub(crate) use app::{TestApp, plain, settings};
pub(crate) use client::{Answer, client, http_2, with_headers};
pub(crate) use collector::FakeCollector;
pub(crate) use list::{FakeList, list_of};
pub(crate) use program::{FREE, Server, universities};
pub(crate) use upstream::{Event, FakeUpstream, Reply};

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt};

use tokio::sync::Semaphore;

/// Longer than any test takes. Reaching it means that what was waited for never came.
pub(crate) const NEVER: Duration = Duration::from_secs(60);

/// A request's head as it was sent, if a whole one comes.
pub(crate) async fn read_head(socket: &mut (impl AsyncRead + Unpin)) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(socket.read_u8().await.ok()?);
    }
    String::from_utf8(head).ok()
}

/// The future's output, or a failed test when it never comes.
pub(crate) async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    let output = tokio::time::timeout(NEVER, future).await;
    output.unwrap_or_else(|_| panic!("never came: {what}"))
}

/// A service in front of an upstream in which Turkey waits for a permit of the gate and India
/// answers at once.
pub(crate) async fn turkey_waits() -> (TestApp, FakeUpstream, Arc<Semaphore>) {
    let gate = Arc::new(Semaphore::new(0));
    let upstream = FakeUpstream::start([
        ("Turkiye", Reply::list(&["A"]).behind(&gate)),
        ("India", Reply::list(&["B"])),
    ])
    .await;
    (TestApp::in_front_of(&upstream).await, upstream, gate)
}
