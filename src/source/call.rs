//! What a source may know of the call that it is asked in.
//!
//! It travels beside the call, as a span does, because most sources need none of it.

use std::sync::atomic::{AtomicU64, Ordering};

use tokio::time::Instant;

tokio::task_local! {
    static CALL: Call;
}

/// Who asks: one for each request, so that a queue can be fair to them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Caller(u64);

/// The call that a source is asked in.
#[derive(Debug, Clone, Copy)]
pub struct Call {
    /// Who asks.
    pub caller: Caller,
    /// When the answer is of no use any more, if it ever is.
    pub deadline: Option<Instant>,
}

impl Caller {
    /// One that is no other.
    #[must_use]
    pub fn another() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }

    /// Asks for the caller, who may not wait for it to the end.
    pub(super) async fn ask<T>(self, asked: impl Future<Output = T>) -> T {
        let call = Call {
            caller: self,
            deadline: None,
        };
        call.ask(asked).await
    }

    /// The caller of the call that this is asked in; whoever asks outside of one is the same.
    pub(super) fn current() -> Self {
        CALL.try_with(|call| call.caller).unwrap_or(Self(0))
    }
}

impl Call {
    /// Asks within the call.
    pub async fn ask<T>(self, asked: impl Future<Output = T>) -> T {
        CALL.scope(self, asked).await
    }

    /// Whether the answer of the call that this is asked in is of no use any more: nothing is begun for it.
    pub(super) fn is_over() -> bool {
        Self::deadline().is_some_and(|deadline| deadline <= Instant::now())
    }

    /// When the answer of the call that this is asked in is of no use any more, if it ever is.
    pub(super) fn deadline() -> Option<Instant> {
        CALL.try_with(|call| call.deadline).ok().flatten()
    }
}
