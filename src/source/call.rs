//! What a source may know of the call that it is asked in.
//!
//! It travels beside the call, as a span does, because most sources need none of it.

use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::FutureExt;
use futures::future::{BoxFuture, Either, Shared, select};
use tokio::time::{Instant, sleep_until};

use super::SourceError;
use crate::domain::CountryListing;

tokio::task_local! {
    static CALL: Call;
}

/// The most callers that a turn remembers: to be one of so many is turn enough.
const MOST_CALLERS: usize = 64;

/// Who asks: one for each request, so that a queue can be fair to them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Caller(u64);

/// The callers on whose behalf a call is made. Clones are of the same one: whoever joins a call lends it
/// their turn.
#[derive(Debug, Clone)]
pub struct Turn(Arc<Mutex<Vec<Caller>>>);

/// The call that a source is asked in.
#[derive(Debug, Clone)]
pub struct Call {
    /// Whose turn it is.
    pub turn: Turn,
    /// When the answer is of no use any more, if it ever is.
    pub deadline: Option<Deadline>,
}

/// When an answer is of no use any more. There is one timer for all who wait until then, so that those within a
/// call see it when those around it do.
#[derive(Debug, Clone)]
pub struct Deadline {
    at: Instant,
    over: Shared<BoxFuture<'static, ()>>,
}

impl Turn {
    /// That of a caller who is no other.
    #[must_use]
    pub fn another() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self::of(Caller(NEXT.fetch_add(1, Ordering::Relaxed)))
    }

    fn of(caller: Caller) -> Self {
        Self(Arc::new(Mutex::new(vec![caller])))
    }

    /// That of the call that this is asked in; outside of one, that of nobody else.
    pub(super) fn current() -> Self {
        let current = CALL.try_with(|call| call.turn.clone());
        current.unwrap_or_else(|_| Self::another())
    }

    /// The callers.
    pub(super) fn callers(&self) -> Vec<Caller> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The same callers, and whoever joins the one does not join the other.
    pub(super) fn apart(&self) -> Self {
        Self(Arc::new(Mutex::new(self.callers())))
    }

    /// Lends it the turn of others.
    pub(super) fn join(&self, others: &Self) {
        let others = others.callers();
        let mut callers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for other in others {
            if callers.len() < MOST_CALLERS && !callers.contains(&other) {
                callers.push(other);
            }
        }
    }
}

impl Call {
    /// Asks within the call.
    pub async fn ask<T>(self, asked: impl Future<Output = T>) -> T {
        CALL.scope(self, asked).await
    }

    /// What a source answers, as long as the call that this is asked in waits for it.
    pub(super) async fn in_time(
        asked: impl Future<Output = Result<CountryListing, SourceError>>,
    ) -> Result<CountryListing, SourceError> {
        match Self::deadline() {
            Some(deadline) => deadline
                .wait_for(asked)
                .await
                .unwrap_or_else(|| Err(SourceError::too_late(Duration::ZERO))),
            None => asked.await,
        }
    }

    /// Whether the answer of the call that this is asked in is of no use any more: nothing is begun for it.
    pub(super) fn is_over() -> bool {
        Self::deadline().is_some_and(|deadline| deadline.is_over())
    }

    /// When the answer of the call that this is asked in is of no use any more, if it ever is.
    fn deadline() -> Option<Deadline> {
        CALL.try_with(|call| call.deadline.clone()).ok().flatten()
    }
}

impl Deadline {
    /// At that time.
    #[must_use]
    pub fn at(at: Instant) -> Self {
        Self {
            at,
            over: sleep_until(at).boxed().shared(),
        }
    }

    /// Whether it has passed.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.at <= Instant::now()
    }

    /// What was asked for, if it comes before the deadline, or with it.
    pub async fn wait_for<T>(&self, asked: impl Future<Output = T>) -> Option<T> {
        match select(pin!(asked), self.over.clone()).await {
            Either::Left((answer, _)) => Some(answer),
            Either::Right(((), _)) => None,
        }
    }
}
