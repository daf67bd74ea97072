//! What leaves next over a connection, if the system has it as pages of a file.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::pages::Pages;

/// The body that is being sent over one connection. Clones are of the same one.
#[derive(Debug, Clone, Default)]
pub(super) struct Outgoing(Arc<Mutex<Option<Pages>>>);

impl Outgoing {
    /// This body leaves next.
    pub(super) fn set(&self, pages: Pages) {
        *self.get() = Some(pages);
    }

    /// The body that leaves next; whoever has sent its end takes it away.
    pub(super) fn get(&self) -> MutexGuard<'_, Option<Pages>> {
        // Nothing panics while it is held.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
