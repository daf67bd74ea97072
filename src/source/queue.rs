//! A queue that is fair to callers: each has its turn, however many calls it has waiting.
//!
//! As in fair queueing (J. Nagle, *On Packet Switches with Infinite Storage*, RFC 970): callers take
//! turns, and the calls of one caller keep their order.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use super::call::Caller;

/// Places, and who waits for one. Clones are of the same queue.
#[derive(Debug, Clone)]
pub(super) struct FairQueue(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    /// How many places there are.
    places: usize,
    taken: usize,
    waiting: HashMap<Caller, VecDeque<oneshot::Sender<Place>>>,
    /// The callers that wait, in the order of their turns.
    turns: VecDeque<Caller>,
    /// How many calls wait, those that have left since among them.
    queued: usize,
    most_queued: usize,
}

/// A place, until it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    queue: Option<FairQueue>,
}

/// There are too many waiting already.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Full;

impl FairQueue {
    /// So many places, and room for so many to wait.
    pub(super) fn new(places: usize, most_queued: usize) -> Self {
        Self(Arc::new(Mutex::new(State {
            places,
            taken: 0,
            waiting: HashMap::new(),
            turns: VecDeque::new(),
            queued: 0,
            most_queued,
        })))
    }

    /// Waits for a place.
    ///
    /// # Errors
    ///
    /// [`Full`], at once, when too many wait already.
    pub(super) async fn enter(&self, caller: Caller) -> Result<Place, Full> {
        let turn = {
            let mut state = self.lock();
            if state.taken < state.places {
                state.taken += 1;
                return Ok(self.place());
            }
            if state.queued >= state.most_queued {
                return Err(Full);
            }
            let (sender, turn) = oneshot::channel();
            state.queue(caller, sender);
            turn
        };
        Ok(turn.await.expect("senders are kept until they are used"))
    }

    /// How many places are taken.
    pub(super) fn taken(&self) -> usize {
        self.lock().taken
    }

    /// Changes how many places there are. What is taken stays so.
    pub(super) fn resize(&self, places: usize) {
        let mut state = self.lock();
        state.places = places;
        self.serve(state);
    }

    fn place(&self) -> Place {
        Place {
            queue: Some(self.clone()),
        }
    }

    /// Gives free places to those whose turn it is.
    fn serve(&self, mut state: MutexGuard<'_, State>) {
        while state.taken < state.places
            && let Some(next) = state.next()
        {
            // Who has left gives its place back here, not through the lock that is held.
            match next.send(self.place()) {
                Ok(()) => state.taken += 1,
                Err(mut place) => place.queue = None,
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn queue(&mut self, caller: Caller, sender: oneshot::Sender<Place>) {
        let calls = self.waiting.entry(caller).or_default();
        if calls.is_empty() {
            self.turns.push_back(caller);
        }
        calls.push_back(sender);
        self.queued += 1;
    }

    fn next(&mut self) -> Option<oneshot::Sender<Place>> {
        let caller = self.turns.pop_front()?;
        let calls = self.waiting.get_mut(&caller)?;
        let next = calls.pop_front();
        if calls.is_empty() {
            self.waiting.remove(&caller);
        } else {
            self.turns.push_back(caller);
        }
        self.queued -= 1;
        next
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(queue) = self.queue.take() {
            let mut state = queue.lock();
            state.taken -= 1;
            queue.serve(state);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt;

    #[tokio::test]
    async fn callers_take_turns_and_each_keeps_its_order() {
        let queue = FairQueue::new(1, 10);
        let (greedy, modest) = (Caller::another(), Caller::another());
        let first = queue.enter(greedy).await.expect("a place");
        let order = Mutex::new(Vec::new());
        let call = async |caller, name| {
            let _place = queue.enter(caller).await.expect("room to wait");
            order.lock().expect("no panic").push(name);
        };
        let all = futures::future::join_all([
            call(greedy, "a1").boxed_local(),
            call(greedy, "a2").boxed_local(),
            call(greedy, "a3").boxed_local(),
            call(modest, "b1").boxed_local(),
        ]);
        let end = async { drop(first) };
        futures::future::join(all, end).await;
        assert_eq!(*order.lock().expect("no panic"), ["a1", "b1", "a2", "a3"]);
        assert_eq!(queue.taken(), 0);
    }

    #[tokio::test]
    async fn who_leaves_keeps_nobody_waiting() {
        let queue = FairQueue::new(1, 10);
        let caller = Caller::another();
        let first = queue.enter(caller).await.expect("a place");
        let mut leaving = Box::pin(queue.enter(caller));
        let mut staying = Box::pin(queue.enter(caller));
        assert!(futures::poll!(leaving.as_mut()).is_pending());
        assert!(futures::poll!(staying.as_mut()).is_pending());
        drop(leaving);
        drop(first);
        let place = staying.now_or_never().expect("its turn").expect("a place");
        assert_eq!(queue.taken(), 1);
        // A place that was given and not taken goes on to the next.
        let mut given = Box::pin(queue.enter(caller));
        assert!(futures::poll!(given.as_mut()).is_pending());
        drop(place);
        drop(given);
        assert_eq!(queue.taken(), 0);
    }

    #[tokio::test]
    async fn only_so_many_may_wait() {
        let queue = FairQueue::new(1, 1);
        let caller = Caller::another();
        let _first = queue.enter(caller).await.expect("a place");
        let mut second = Box::pin(queue.enter(caller));
        assert!(futures::poll!(second.as_mut()).is_pending());
        assert_eq!(queue.enter(caller).await.err(), Some(Full));
    }

    #[tokio::test]
    async fn more_places_are_given_at_once_and_fewer_when_they_are_free() {
        let queue = FairQueue::new(1, 9);
        let caller = Caller::another();
        let first = queue.enter(caller).await.expect("a place");
        let mut second = Box::pin(queue.enter(caller));
        assert!(futures::poll!(second.as_mut()).is_pending());
        queue.resize(2);
        let second = second.now_or_never().expect("its turn").expect("a place");
        queue.resize(1);
        drop(first);
        assert!(queue.enter(caller).now_or_never().is_none());
        drop(second);
        assert!(queue.enter(caller).now_or_never().is_some());
    }
}
