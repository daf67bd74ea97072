//! Work that takes a thread for longer than requests should wait for one.

use std::num::NonZero;
use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::timeout;

/// How long work waits for its turn.
const PATIENCE: Duration = Duration::from_secs(1);

/// Work of which so much is done at a time and no more, in the order of coming.
#[derive(Debug)]
pub(crate) struct Turns(Arc<Semaphore>);

/// Does the work on a thread that nothing else waits for, and gives what it gives. Dropping the
/// future does not end the work.
///
/// # Panics
///
/// When the work does.
pub(crate) async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(died) => match died.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime is shutting down, and this task with it.
            Err(_cancelled) => std::future::pending().await,
        },
    }
}

impl Turns {
    /// As much at a time as there are processors: more would be no faster, and take memory.
    pub(crate) fn of_processors() -> Self {
        Self::new(available_parallelism().map_or(1, NonZero::get))
    }

    /// So much at a time.
    pub(crate) fn new(at_a_time: usize) -> Self {
        Self(Arc::new(Semaphore::new(at_a_time)))
    }

    /// Does the work aside when it is its turn; `None` when that takes longer than one waits.
    pub(crate) async fn take<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        let turn = Arc::clone(&self.0).acquire_owned();
        let turn = timeout(PATIENCE, turn).await.ok()?;
        let turn = turn.expect("the semaphore is never closed");
        let in_turn = move || {
            let done = work();
            // Whoever asked may have left: the turn is over when the work is.
            drop(turn);
            done
        };
        Some(aside(in_turn).await)
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::sync::mpsc::{RecvError, Sender, channel};

    use futures::FutureExt;
    use futures::future::BoxFuture;
    use tokio::time::advance;

    use super::*;

    type Begun<'a> = BoxFuture<'a, Option<Result<(), RecvError>>>;

    /// Work that has begun, and what ends it.
    fn begun(turns: &Turns) -> (Begun<'_>, Sender<()>) {
        let (end, until) = channel();
        let mut work = turns.take(move || until.recv()).boxed();
        assert!(work.as_mut().now_or_never().is_none(), "it has begun");
        (work, end)
    }

    #[tokio::test(start_paused = true)]
    async fn a_turn_ends_with_the_work_and_not_with_who_asked() {
        let turns = Turns::new(1);
        let (first, end) = begun(&turns);
        drop(first);
        let mut second = pin!(turns.take(|| 2));
        assert!(second.as_mut().now_or_never().is_none());
        end.send(()).expect("the work goes on");
        assert_eq!(second.await, Some(2));
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_for_ever() {
        let turns = Turns::new(1);
        let (first, end) = begun(&turns);
        let mut second = pin!(turns.take(|| 2));
        assert!(second.as_mut().now_or_never().is_none());
        advance(PATIENCE).await;
        assert_eq!(second.await, None);
        end.send(()).expect("the work goes on");
        assert_eq!(first.await, Some(Ok(())));
    }

    #[tokio::test]
    async fn a_panic_ends_its_turn() {
        let turns = Turns::new(1);
        let died = turns.take(|| panic!("a defect"));
        let died = std::panic::AssertUnwindSafe(died).catch_unwind().await;
        died.expect_err("the panic");
        assert_eq!(turns.take(|| 2).await, Some(2));
    }
}
