//! What happens on one connection, and since when: who waits for whom.
//!
//! hyper says neither when a head begins to arrive nor what has been written, so both are noted here, by
//! the socket (`progress`) and by the bodies of answers (`answered`).

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use super::Settings;

/// The most bytes of an HTTP/2 frame that has no part of an answer, secured or not.
const CONTROL: usize = 64;

/// The bytes a second that the slowest clients take.
const SLOWEST: usize = 64 * 1024;

/// The least time for what has been written to arrive.
const LEAST: Duration = Duration::from_secs(1);

/// What happens on one connection. Clones are of the same one.
#[derive(Debug, Clone)]
pub(super) struct Activity(watch::Sender<State>);

#[derive(Debug)]
struct State {
    opened: Instant,
    /// Whether several requests may be under way, so that bytes which arrive need not be a head.
    multiplexed: bool,
    begun: usize,
    running: usize,
    /// Since when the head of another request has been arriving.
    head: Option<Instant>,
    /// Whether bytes wait for the client.
    writing: bool,
    /// When a part of an answer was last written, or a request ended.
    moved: Instant,
    /// How much has been written since nothing was being answered.
    written: usize,
}

/// A request that is being answered, until it is dropped.
#[derive(Debug)]
pub(super) struct Running(Activity);

impl State {
    fn is_idle(&self) -> bool {
        self.running == 0 && !self.writing
    }

    /// When the client will have had its time for what it has begun, should nothing change.
    fn end(&self, settings: &Settings) -> Option<Instant> {
        let first = (self.begun == 0).then_some(self.opened + settings.head_timeout);
        let head = self.head.map(|since| since + settings.head_timeout);
        [first, head].into_iter().flatten().min()
    }
}

impl Activity {
    /// Of a connection that begins now.
    pub(super) fn new() -> Self {
        let now = Instant::now();
        Self(watch::Sender::new(State {
            opened: now,
            multiplexed: false,
            begun: 0,
            running: 0,
            head: None,
            writing: false,
            moved: now,
            written: 0,
        }))
    }

    /// A request has arrived, over a connection that may carry several at a time or not.
    pub(super) fn begin(&self, multiplexed: bool) -> Running {
        self.0.send_modify(|state| {
            if state.running == 0 {
                state.written = 0;
            }
            state.multiplexed = multiplexed;
            state.begun += 1;
            state.running += 1;
            state.head = None;
        });
        Running(self.clone())
    }

    /// Bytes have arrived.
    pub(super) fn read(&self) {
        self.0.send_if_modified(|state| {
            let is_head = !state.multiplexed && state.begun > 0 && state.running == 0;
            let begins = is_head && state.head.is_none();
            if begins {
                state.head = Some(Instant::now());
            }
            begins
        });
    }

    /// The system has taken bytes for the client.
    pub(super) fn wrote(&self, bytes: usize) {
        self.0.send_if_modified(|state| {
            state.written += bytes;
            // An acknowledged ping is no part of an answer.
            if bytes > CONTROL {
                state.moved = Instant::now();
            }
            false
        });
    }

    /// How much longer what has been written may be on its way.
    pub(super) fn on_its_way(&self) -> Duration {
        let state = self.0.borrow();
        let seconds = u64::try_from(state.written / SLOWEST).unwrap_or(u64::MAX);
        let whole = LEAST + Duration::from_secs(seconds);
        whole.saturating_sub(state.moved.elapsed())
    }

    /// Whether bytes wait for the client.
    pub(super) fn writing(&self, some: bool) {
        self.0.send_modify(|state| state.writing = some);
    }

    /// Completes when the client has had its time: to send its first request, or the head of another.
    pub(super) async fn out_of_time(&self, settings: &Settings) {
        let mut changes = self.0.subscribe();
        loop {
            let end = changes.borrow_and_update().end(settings);
            if end.is_some_and(|end| end <= Instant::now()) {
                return;
            }
            let over = async {
                match end {
                    Some(end) => sleep_until(end).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = over => {}
                _another = changes.changed() => {}
            }
        }
    }

    /// Completes when nothing has been answered or written for so long from now. A request that has
    /// only half arrived is none.
    pub(super) async fn quiet_for(&self, patience: Duration) {
        let mut changes = self.0.subscribe();
        let began = Instant::now();
        loop {
            let Ok(moved) = changes
                .wait_for(State::is_idle)
                .await
                .map(|state| state.moved)
            else {
                return;
            };
            let end = moved.max(began) + patience;
            if end <= Instant::now() {
                return;
            }
            sleep_until(end).await;
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.0.send_modify(|state| {
            state.running -= 1;
            state.moved = Instant::now();
        });
    }
}
