//! The embedded upstream's life: it runs as long as a source in front of it is held.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use poem::{Endpoint, Response};
use tokio::sync::oneshot;
use url::Url;

use crate::domain::{Country, CountryListing, KnownList};
use crate::outbound::RemoteUrl;
use crate::server;
use crate::source::{SourceError, UniversitySource, Voucher};

/// A running upstream of our own. It stops when it is dropped, in its own time.
#[derive(Debug)]
pub(super) struct Embedded {
    address: SocketAddr,
    _stops_when_dropped: oneshot::Sender<()>,
}

/// A source that keeps its upstream running: a request that holds the one has the other.
#[derive(Debug)]
pub(super) struct Hosted {
    source: Arc<dyn UniversitySource>,
    _upstream: Arc<Embedded>,
}

impl Embedded {
    /// Serves the endpoint on a free loopback port.
    pub(super) fn start(
        endpoint: impl Endpoint<Output = Response> + 'static,
    ) -> Result<Self, io::Error> {
        let listener = server::listen(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
        let address = listener.local_addr()?;
        let (stops_when_dropped, stopped) = oneshot::channel();
        let stopped = async {
            let _dropped = stopped.await;
        };
        let endpoint = Arc::new(endpoint);
        tokio::spawn(server::serve(
            listener,
            endpoint,
            Arc::new(()),
            stopped,
            settings(),
        ));
        Ok(Self {
            address,
            _stops_when_dropped: stops_when_dropped,
        })
    }

    /// Where it is called.
    pub(super) fn url(&self) -> RemoteUrl {
        let url = format!("http://{}", self.address).parse::<Url>();
        url.expect("a socket address is a valid authority").into()
    }

    /// A source in front of it; it ends with the last of them.
    pub(super) fn behind(
        self: &Arc<Self>,
        source: Arc<dyn UniversitySource>,
    ) -> Arc<dyn UniversitySource> {
        Arc::new(Hosted {
            source,
            _upstream: Arc::clone(self),
        })
    }
}

impl UniversitySource for Hosted {
    fn listing<'a>(
        &'a self,
        country: &'a Country,
    ) -> BoxFuture<'a, Result<CountryListing, SourceError>> {
        self.source.listing(country)
    }

    fn vouch_for(&self, lists: &[KnownList]) -> Option<Voucher> {
        self.source.vouch_for(lists)
    }
}

/// How an upstream of ours is served, embedded or by itself.
#[must_use]
pub(super) fn settings() -> server::Settings {
    server::Settings {
        // The service keeps connections for reuse longer than a stranger may.
        idle_timeout: Duration::from_secs(120),
        // Whoever still waits for it is stopping too.
        grace: Duration::from_secs(1),
        ..server::Settings::default()
    }
}
