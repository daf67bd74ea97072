//! Signals to the process: SIGTERM, as orchestrators send it, or SIGINT, as a terminal does, to
//! stop; SIGHUP to look for a new catalogue.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// Listens from now on; the future completes at the first signal. Without a handler, a process
/// that is the first of its container would ignore SIGTERM.
pub(super) fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => tracing::info!("stopping at SIGTERM"),
            _ = interrupt.recv() => tracing::info!("stopping at SIGINT"),
        }
    })
}

/// Listens from now on. Without a handler, the signal would end the process.
pub(super) fn hangups() -> io::Result<Signal> {
    signal(SignalKind::hangup())
}
