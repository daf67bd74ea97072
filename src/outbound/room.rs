//! Room for the bodies that are being read: how much memory they may take together.
//!
//! Most lists are small, and nothing is in their way. Those that are not are read only some at a time:
//! many that never end would else fill the memory, each within its own limit. A call takes a place for
//! all that its body may grow to within its size, since bodies that wait for more room with a part of
//! theirs in hand would wait for each other; who needs a large place has one of the middle size, and who
//! has a large one waits for nothing.

use std::sync::Arc;

use tokio::sync::{OnceCell, OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout_at};

use super::ReadError;

/// The bytes of a body that needs no place.
const SMALL: usize = 16 * 1024;

/// The bytes of a body of middle size: no country's list has more today.
pub(super) const MIDDLE: usize = 512 * 1024;

/// The places for calls with bodies of each size.
const MIDDLE_AT_A_TIME: usize = 24;
const LARGE_AT_A_TIME: usize = 2;

/// Places for calls whose bodies are not small. Clones are of the same ones.
#[derive(Debug, Clone)]
pub struct Places {
    middle: Arc<Semaphore>,
    large: Arc<Semaphore>,
}

/// The room of one call's bodies, as long as they are held.
#[derive(Debug)]
pub struct Room {
    places: Places,
    middle: OnceCell<OwnedSemaphorePermit>,
    large: OnceCell<OwnedSemaphorePermit>,
    until: Instant,
}

impl Default for Places {
    fn default() -> Self {
        Self {
            middle: Arc::new(Semaphore::new(MIDDLE_AT_A_TIME)),
            large: Arc::new(Semaphore::new(LARGE_AT_A_TIME)),
        }
    }
}

impl Places {
    /// Room for a call that waits for more until then.
    #[must_use]
    pub fn room(&self, until: Instant) -> Room {
        Room {
            places: self.clone(),
            middle: OnceCell::new(),
            large: OnceCell::new(),
            until,
        }
    }
}

impl Room {
    /// Makes room for a body of so many bytes, and says to how many it may grow in it, if that is more
    /// than before.
    pub(super) async fn make_for(&self, bytes: usize) -> Result<Option<usize>, ReadError> {
        let mut grown = None;
        if bytes > SMALL && !self.middle.initialized() {
            self.take(&self.middle, &self.places.middle).await?;
            grown = Some(MIDDLE);
        }
        if bytes > MIDDLE && !self.large.initialized() {
            self.take(&self.large, &self.places.large).await?;
            grown = Some(usize::MAX);
        }
        Ok(grown)
    }

    async fn take(
        &self,
        place: &OnceCell<OwnedSemaphorePermit>,
        places: &Arc<Semaphore>,
    ) -> Result<(), ReadError> {
        let taken = place.get_or_try_init(|| Arc::clone(places).acquire_owned());
        match timeout_at(self.until, taken).await {
            Ok(Ok(_place)) => Ok(()),
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
    async fn large_bodies_take_turns_and_smaller_ones_do_not_wait_for_them() {
        let places = Places::default();
        let until = Instant::now() + Duration::from_secs(3);
        let mut large: Vec<_> = (0..=LARGE_AT_A_TIME).map(|_| places.room(until)).collect();
        let last = large.pop().expect("one more than places");
        for room in &large {
            assert!(matches!(
                room.make_for(MIDDLE + 1).await,
                Ok(Some(usize::MAX))
            ));
            assert!(
                matches!(room.make_for(MIDDLE * 2).await, Ok(None)),
                "it has its place"
            );
        }
        assert!(last.make_for(MIDDLE + 1).now_or_never().is_none());
        let middle = places.room(until);
        assert!(matches!(middle.make_for(SMALL + 1).await, Ok(Some(MIDDLE))));
        large.pop();
        assert!(matches!(
            last.make_for(MIDDLE + 1).await,
            Ok(Some(usize::MAX))
        ));
    }

    #[tokio::test(start_paused = true)]
    async fn who_finds_no_room_is_told_in_time_and_small_bodies_need_none() {
        let places = Places::default();
        let until = Instant::now() + Duration::from_secs(3);
        let mut taken = Vec::new();
        for _ in 0..MIDDLE_AT_A_TIME {
            let room = places.room(until);
            room.make_for(MIDDLE).await.expect("a place");
            taken.push(room);
        }
        let late = places.room(until);
        assert!(matches!(late.make_for(SMALL).await, Ok(None)));
        assert!(matches!(
            late.make_for(SMALL + 1).await,
            Err(ReadError::NoRoom)
        ));
        assert_eq!(Instant::now(), until);
    }
}
