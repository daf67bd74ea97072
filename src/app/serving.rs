//! The service while it serves: its listeners, its stop, and the looking for new lists.

use std::convert::Infallible;
use std::sync::Arc;

use hyper::body::Incoming;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use super::App;
use crate::api::{self, Api, Readiness, Ready, Surface};
use crate::pages::Pages;
use crate::server;

/// The part of the grace after which streams end with a summary, so that they do not end without.
const STREAMS_END: f64 = 0.9;

/// Where it is listened.
#[derive(Debug)]
pub struct Listeners {
    /// For callers, and for everybody where there is no other.
    pub callers: TcpListener,
    /// For who runs the service.
    pub operators: Option<TcpListener>,
}

impl App {
    /// Serves the API until `stop` completes and running requests have finished; meanwhile, looks
    /// for a new list at its address now and again.
    ///
    /// Returns how many connections were cut off at the end of the grace.
    pub async fn serve(
        &self,
        listeners: Listeners,
        stop: impl Future<Output = ()>,
        settings: server::Settings,
    ) -> usize {
        let readiness = Arc::new(Readiness::default());
        let api = |surface| {
            let (service, readiness) = (Arc::clone(&self.service), Arc::clone(&readiness));
            let (metrics, settings) = (self.metrics.clone(), self.api.clone());
            api::api(service, readiness, metrics, settings, surface)
        };
        let Listeners { callers, operators } = listeners;
        let surface = match operators {
            Some(_) => Surface::Callers,
            None => Surface::Whole,
        };
        let looked_on = async {
            if let Some(operators) = operators {
                // They look on until the service has ended.
                let never = std::future::pending();
                let Api { endpoint, ready } = api(Surface::Operators);
                server::serve(operators, endpoint, ready, never, for_operators()).await;
            }
            std::future::pending::<Infallible>().await
        };
        let (drain, grace) = (settings.drain, settings.grace);
        let (closed, closing) = oneshot::channel();
        let stop = async {
            stop.await;
            readiness.stop();
            // Load balancers look at the probe now and then; until they have, requests come.
            tokio::time::sleep(drain).await;
            let _still_serving = closed.send(());
        };
        let last_words = async {
            let _at_the_stop = closing.await;
            tokio::time::sleep(grace.mul_f64(STREAMS_END)).await;
            readiness.end_streams();
            std::future::pending::<Infallible>().await
        };
        let Api { endpoint, ready } = api(surface);
        tokio::select! {
            cut_off = server::serve(callers, endpoint, ready, stop, settings) => cut_off,
            never = looked_on => match never {},
            never = last_words => match never {},
            never = self.keep_fresh() => match never {},
        }
    }

    async fn keep_fresh(&self) -> Infallible {
        if !self.refresher.is_remote() {
            return std::future::pending().await;
        }
        loop {
            let wait = self.refreshing.lock().await.wait();
            tokio::time::sleep(wait).await;
            self.refresh().await;
        }
    }
}

impl server::Ready for Ready {
    fn answer(&self, request: &hyper::Request<Incoming>) -> Option<hyper::Response<Pages>> {
        self.look_up(request)
    }
}

/// The limits of the operators' listener: it is theirs alone, and what they ask is small.
fn for_operators() -> server::Settings {
    server::Settings {
        max_connections: 256,
        ..server::Settings::default()
    }
}
