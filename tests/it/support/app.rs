//! The service under test: the whole of it, on a free port, stopped when dropped.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use universities::api;
use universities::app::{App, Listeners, Refreshed, Resilience, Settings, Upstream};
use universities::catalogue::Location;
use universities::server;
use universities::source::{Limit, RetrySettings};

use super::{Answer, FakeUpstream, client};

/// A running service.
pub(crate) struct TestApp {
    app: Arc<App>,
    /// Where it listens.
    pub(crate) address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    server: JoinHandle<usize>,
}

/// Settings as they are by default, in front of the given upstream.
pub(crate) fn settings(upstream: Upstream) -> Settings {
    Settings {
        upstream,
        catalogue: Location::Sample,
        refresh_every: Duration::from_secs(24 * 60 * 60),
        api: api::Settings::default(),
        connect_timeout: Duration::from_secs(1),
        attempt_timeout: Duration::from_secs(30),
        max_body_bytes: 8 << 20,
        resilience: plain(),
    }
}

/// Each country asked for once, whenever it is asked for: what most tests are about.
pub(crate) fn plain() -> Resilience {
    let usual = Resilience::default();
    Resilience {
        cache: None,
        retry: RetrySettings {
            most: 0,
            total_timeout: Duration::from_secs(40),
            ..usual.retry
        },
        hedge: false,
        circuit: None,
        limit: Limit::Fixed(1024),
    }
}

impl TestApp {
    /// In front of the embedded upstream and the bundled sample.
    pub(crate) async fn embedded() -> Self {
        Self::start(settings(Upstream::Embedded(Duration::ZERO))).await
    }

    /// In front of a scripted upstream.
    pub(crate) async fn in_front_of(upstream: &FakeUpstream) -> Self {
        Self::start(settings(Upstream::Remote(vec![upstream.url().into()]))).await
    }

    /// With settings of the test's own.
    pub(crate) async fn start(settings: Settings) -> Self {
        Self::start_served(settings, server::Settings::default()).await
    }

    /// With settings of the test's own for the server too.
    pub(crate) async fn start_served(settings: Settings, served: server::Settings) -> Self {
        Self::start_with(settings, served, None).await
    }

    /// With a listener for operators too.
    pub(crate) async fn start_with(
        settings: Settings,
        served: server::Settings,
        operators: Option<TcpListener>,
    ) -> Self {
        let app = App::start(&settings).await.expect("the service starts");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a bound port");
        let (stop, stopped) = oneshot::channel();
        let stopped = async {
            let _dropped_is_stopped_too = stopped.await;
        };
        let app = Arc::new(app);
        let serving = {
            let app = Arc::clone(&app);
            let listeners = Listeners {
                callers: listener,
                operators,
            };
            async move { app.serve(listeners, stopped, served).await }
        };
        Self {
            app,
            address,
            stop: Some(stop),
            server: tokio::spawn(serving),
        }
    }

    /// The address of a path.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Gets a path and reads the whole answer.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        Answer::of(client().get(self.url(path))).await
    }

    /// Has it look for a new list.
    pub(crate) async fn refresh(&self) -> Refreshed {
        self.app.refresh().await
    }

    /// Tells the service to stop, and waits for nothing.
    pub(crate) fn signal(&mut self) {
        drop(self.stop.take());
    }

    /// Tells the service to stop and gives its server, to wait for.
    pub(crate) fn stop(mut self) -> JoinHandle<usize> {
        self.signal();
        std::mem::replace(&mut self.server, tokio::spawn(async { 0 }))
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.server.abort();
    }
}
