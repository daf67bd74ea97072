//! Work that takes a thread for longer than requests should wait for one.

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
