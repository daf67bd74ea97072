//! What happens on one connection, and since when: who waits for whom.
//!
//! hyper says neither when a head begins to arrive nor what has been written, so both are noted here, by
//! the socket (`progress`) and by the bodies of answers (`answered`).

use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use super::Settings;
use super::alarm::Alarm;

/// The most bytes of an HTTP/2 frame that has no part of an answer, secured or not.
const CONTROL: usize = 64;

/// The bytes a second that the slowest clients take.
const SLOWEST: usize = 64 * 1024;

/// The least time for what has been written to arrive.
const LEAST: Duration = Duration::from_secs(1);

/// What happens on one connection. Clones are of the same one.
#[derive(Debug, Clone)]
pub(super) struct Activity(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    /// That a request has ended, in whichever task.
    ended: Notify,
}

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
        let state = State {
            opened: now,
            multiplexed: false,
            begun: 0,
            running: 0,
            head: None,
            writing: false,
            moved: now,
            written: 0,
        };
        Self(Arc::new(Shared {
            state: Mutex::new(state),
            ended: Notify::new(),
        }))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it is held.
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A request has arrived, over a connection that may carry several at a time or not.
    pub(super) fn begin(&self, multiplexed: bool) -> Running {
        let mut state = self.state();
        if state.running == 0 {
            state.written = 0;
        }
        state.multiplexed = multiplexed;
        state.begun += 1;
        state.running += 1;
        state.head = None;
        Running(self.clone())
    }

    /// Bytes have arrived.
    pub(super) fn read(&self) {
        let mut state = self.state();
        let is_head = !state.multiplexed && state.begun > 0 && state.running == 0;
        if is_head && state.head.is_none() {
            state.head = Some(Instant::now());
        }
    }

    /// The system has taken bytes for the client.
    pub(super) fn wrote(&self, bytes: usize) {
        let mut state = self.state();
        state.written += bytes;
        // An acknowledged ping is no part of an answer.
        if bytes > CONTROL {
            state.moved = Instant::now();
        }
    }

    /// How much longer what has been written may be on its way.
    pub(super) fn on_its_way(&self) -> Duration {
        let state = self.state();
        let seconds = u64::try_from(state.written / SLOWEST).unwrap_or(u64::MAX);
        let whole = LEAST + Duration::from_secs(seconds);
        whole.saturating_sub(state.moved.elapsed())
    }

    /// Whether bytes wait for the client.
    pub(super) fn writing(&self, some: bool) {
        self.state().writing = some;
    }

    /// Completes when the client has had its time: to send its first request, or the head of another.
    ///
    /// It is to be polled by the task that speaks, and behind the speaking: what changes there wakes
    /// nobody, since each request would.
    pub(super) async fn out_of_time(&self, settings: &Settings) {
        let mut alarm = Alarm::default();
        poll_fn(|context| {
            let end = self.state().end(settings);
            alarm.poll(end, context)
        })
        .await;
    }

    /// Completes when nothing has been answered or written for so long from now. A request that has
    /// only half arrived is none. It is to be polled like [`out_of_time`](Self::out_of_time).
    pub(super) async fn quiet_for(&self, patience: Duration) {
        let began = Instant::now();
        let mut alarm = Alarm::default();
        loop {
            let ended = self.0.ended.notified();
            let quiet = poll_fn(|context| {
                let state = self.state();
                let end = state.is_idle().then(|| state.moved.max(began) + patience);
                drop(state);
                alarm.poll(end, context)
            });
            tokio::select! {
                biased;
                () = quiet => return,
                () = ended => {}
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.running -= 1;
        state.moved = Instant::now();
        // Streams end in tasks of their own.
        if state.multiplexed && state.running == 0 {
            drop(state);
            self.0.0.ended.notify_one();
        }
    }
}
