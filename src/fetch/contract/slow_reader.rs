//! A reader that stops reading, on a real socket.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures::StreamExt;
use futures::future::{BoxFuture, FutureExt};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, Semaphore};

use super::scripted::listing;
use super::{NEVER, countries, plan};
use crate::domain::{Country, CountryListing, University};
use crate::fetch::FetchStrategy;
use crate::source::{SourceError, UniversitySource};

/// A source whose first answer is larger than any socket buffer and whose other calls wait to
/// be released.
#[derive(Debug)]
struct Gated {
    first: Country,
    gate: Semaphore,
    begun: AtomicUsize,
    completed: AtomicUsize,
    progress: Notify,
}

impl UniversitySource for Gated {
    fn listing<'a>(
        &'a self,
        country: &'a Country,
    ) -> BoxFuture<'a, Result<CountryListing, SourceError>> {
        async move {
            if *country == self.first {
                return Ok(listing(&[University {
                    name: "x".repeat(64 << 20),
                    country: country.name().to_owned(),
                    alpha_two_code: country.code().to_owned(),
                    state_province: None,
                    domains: Vec::new(),
                    web_pages: Vec::new(),
                }]));
            }
            self.begun.fetch_add(1, Ordering::SeqCst);
            self.progress.notify_one();
            let _permit = self.gate.acquire().await;
            // Several more waits, so that a call driven only by its reader could not get by on
            // the one poll that a wake-up may cause.
            for _ in 0..3 {
                tokio::task::yield_now().await;
            }
            self.completed.fetch_add(1, Ordering::SeqCst);
            self.progress.notify_one();
            Ok(listing(&[]))
        }
        .boxed()
    }
}

impl Gated {
    async fn until(&self, what: &str, reached: impl Fn(&Self) -> bool) {
        let waiting = async {
            while !reached(self) {
                self.progress.notified().await;
            }
        };
        let in_time = tokio::time::timeout(NEVER, waiting).await;
        assert!(in_time.is_ok(), "never reached: {what}");
    }
}

/// Calls in flight complete while a reader on a real socket has stopped reading. Each stands
/// for an upstream call with a timeout: one that is not driven is one that times out.
pub(super) async fn a_slow_reader_stalls_no_running_call(
    strategy: &dyn FetchStrategy,
    window: usize,
) {
    let countries = countries(4);
    // The window is full again once the first outcome has been taken and the next asked for.
    let others = window.min(countries.len() - 1);
    let source = Arc::new(Gated {
        first: countries[0],
        gate: Semaphore::new(0),
        begun: AtomicUsize::new(0),
        completed: AtomicUsize::new(0),
        progress: Notify::new(),
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("a bound port");
    let reader = TcpStream::connect(address).await.expect("a connection");
    let (mut socket, _) = listener.accept().await.expect("a connection");

    let mut stream = strategy.fetch(source.clone(), plan(&countries, NEVER));
    let first = stream.next().await.expect("the first country answers");
    // Asking for more refills the window; nothing else is there yet.
    assert!(stream.next().now_or_never().is_none());
    source
        .until("the window is full", |s| {
            s.begun.load(Ordering::SeqCst) == others
        })
        .await;

    let writer = tokio::spawn(async move {
        let listing = first.result.expect("data").universities;
        let written = socket.write_all(listing.json()).await;
        (written, stream)
    });
    source.gate.add_permits(countries.len());
    source
        .until("calls complete without a reader", |s| {
            s.completed.load(Ordering::SeqCst) == others
        })
        .await;
    assert!(
        !writer.is_finished(),
        "64 MiB fit into a socket nobody reads"
    );
    writer.abort();
    drop(reader);
}
