//! Room for the bodies that are being read: how much memory they may take together.
//!
//! Most lists are small, and nothing is in their way. Those that are not are read only some at a time:
//! many that never end would else fill the memory, each within its own limit. A place is taken for all
//! that a body may still grow to, since bodies that wait for more room with half of theirs in hand
//! would wait for each other.

use std::sync::Arc;

use tokio::sync::{OnceCell, OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout_at};

use super::ReadError;

/// The bytes of a call's bodies that need no place.
const SMALL: usize = 32 * 1024;

/// Places for calls whose bodies are large. Clones are of the same ones.
#[derive(Debug, Clone)]
pub struct LargeBodies(Arc<Semaphore>);

/// The room of one call's bodies, as long as they are held.
#[derive(Debug)]
pub struct Room {
    places: LargeBodies,
    place: OnceCell<OwnedSemaphorePermit>,
    until: Instant,
}

impl LargeBodies {
    /// So many at a time.
    #[must_use]
    pub fn new(at_a_time: usize) -> Self {
        Self(Arc::new(Semaphore::new(at_a_time)))
    }

    /// Room for a call that waits for more until then.
    #[must_use]
    pub fn room(&self, until: Instant) -> Room {
        Room {
            places: self.clone(),
            place: OnceCell::new(),
            until,
        }
    }
}

impl Room {
    /// Makes room for a body of so many bytes, and says whether that had to wait.
    pub(super) async fn make_for(&self, bytes: usize) -> Result<bool, ReadError> {
        if bytes <= SMALL || self.place.initialized() {
            return Ok(false);
        }
        let place = || Arc::clone(&self.places.0).acquire_owned();
        match timeout_at(self.until, self.place.get_or_try_init(place)).await {
            Ok(Ok(_place)) => Ok(true),
            Ok(Err(_)) | Err(_) => Err(ReadError::NoRoom),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt;
    use std::time::Duration;

    #[tokio::test(start_paused = true)]
    async fn large_bodies_take_turns_and_small_ones_do_not_wait() {
        let places = LargeBodies::new(1);
        let until = Instant::now() + Duration::from_secs(3);
        let (first, second, small) = (places.room(until), places.room(until), places.room(until));
        assert!(first.make_for(SMALL + 1).await.is_ok());
        assert!(
            matches!(first.make_for(SMALL * 2).await, Ok(false)),
            "it has its place"
        );
        assert!(matches!(small.make_for(SMALL).await, Ok(false)));
        assert!(second.make_for(SMALL + 1).now_or_never().is_none());
        drop(first);
        assert!(matches!(second.make_for(SMALL + 1).await, Ok(true)));
        let late = small.make_for(SMALL + 1).await;
        assert!(matches!(late, Err(ReadError::NoRoom)));
        assert_eq!(Instant::now(), until);
    }
}
