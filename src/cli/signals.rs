//! Signals to the process: SIGTERM, as orchestrators send it, or SIGINT, as a terminal does, to
//! stop; SIGHUP to look for a new catalogue.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// The signals to stop. Without a handler, a process that is the first of its container would
/// ignore SIGTERM.
pub(super) struct StopSignals {
    terminate: Signal,
    interrupt: Signal,
}

impl StopSignals {
    /// Listens from now on.
    pub(super) fn listen() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    /// Completes at the next of them.
    pub(super) async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => tracing::info!("stopping at SIGTERM"),
            _ = self.interrupt.recv() => tracing::info!("stopping at SIGINT"),
        }
    }
}

/// Listens from now on. Without a handler, the signal would end the process.
pub(super) fn hangups() -> io::Result<Signal> {
    signal(SignalKind::hangup())
}
