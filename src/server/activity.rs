//! What happens on one connection, and since when: who waits for whom.
//!
//! hyper says neither when a head begins to arrive nor whether a client takes what it is sent, so
//! both are noted here, by the socket (`progress`) and by the bodies of answers (`answered`).

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use super::Settings;

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
    /// Answers of which the client has been given a part that it has not taken, since when.
    untaken: BTreeMap<usize, Instant>,
    /// Whether bytes wait for the client.
    writing: bool,
    /// When a byte was last written, or a request ended.
    moved: Instant,
}

/// A request that is being answered, until it is dropped.
#[derive(Debug)]
pub(super) struct Running {
    activity: Activity,
    number: usize,
}

impl State {
    fn is_idle(&self) -> bool {
        self.running == 0 && !self.writing
    }

    /// When the client will have had its time for what it has begun, should nothing change.
    fn end(&self, settings: &Settings) -> Option<Instant> {
        let first = (self.begun == 0).then_some(self.opened + settings.head_timeout);
        let head = self.head.map(|since| since + settings.head_timeout);
        let oldest = self.untaken.values().min();
        let untaken = oldest.map(|since| *since + settings.write_timeout);
        [first, head, untaken].into_iter().flatten().min()
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
            untaken: BTreeMap::new(),
            writing: false,
            moved: now,
        }))
    }

    /// A request has arrived, over a connection that may carry several at a time or not.
    pub(super) fn begin(&self, multiplexed: bool) -> Running {
        let mut number = 0;
        self.0.send_modify(|state| {
            number = state.begun;
            state.multiplexed = multiplexed;
            state.begun += 1;
            state.running += 1;
            state.head = None;
        });
        Running {
            activity: self.clone(),
            number,
        }
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

    /// The client has taken bytes.
    pub(super) fn wrote(&self) {
        self.0.send_if_modified(|state| {
            state.moved = Instant::now();
            false
        });
    }

    /// Whether bytes wait for the client.
    pub(super) fn writing(&self, some: bool) {
        self.0
            .send_if_modified(|state| std::mem::replace(&mut state.writing, some) != some);
    }

    /// Completes when the client has had its time: to send its first request, the head of another,
    /// or to take what it was sent.
    pub(super) async fn out_of_time(&self, settings: &Settings) {
        let mut changes = self.0.subscribe();
        loop {
            let end = changes.borrow_and_update().end(settings);
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
            // What is taken and written moves the end without being told.
            let end = changes.borrow().end(settings);
            if end.is_some_and(|end| end <= Instant::now()) {
                return;
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

impl Running {
    /// The client has a part of the answer that it has not taken yet, or none such.
    pub(super) fn untaken(&self, some: bool) {
        self.activity.0.send_if_modified(|state| {
            if some {
                state.untaken.insert(self.number, Instant::now());
            } else {
                state.untaken.remove(&self.number);
            }
            // Only what waits alone can end before what is known to.
            some && state.untaken.len() == 1
        });
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.activity.0.send_modify(|state| {
            state.running -= 1;
            state.untaken.remove(&self.number);
            state.moved = Instant::now();
        });
    }
}
