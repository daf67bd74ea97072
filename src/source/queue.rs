//! A queue that is fair to callers: each has its turn, however many calls it has waiting.
//!
//! As in fair queueing (J. Nagle, *On Packet Switches with Infinite Storage*, RFC 970): callers take
//! turns, and the calls of one caller keep their order. A call that several wait for has the turn of
//! each of them. When there is no more room to wait, the caller with the most calls loses the last of
//! them (longest queue drop: B. Suter and others, *Design Considerations for Supporting TCP with Per-flow
//! Queueing*, INFOCOM 1998), so that nobody keeps others out.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use super::call::{Caller, Turn};

/// Places, and who waits for one. Clones are of the same queue.
#[derive(Debug, Clone)]
pub(super) struct FairQueue(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    /// How many places there are.
    places: usize,
    taken: usize,
    /// In the order of coming; those who have left since among them.
    waiting: Vec<Waiting>,
    most_waiting: usize,
    /// When callers last had their turn, by the number of turns there had been.
    last: HashMap<Caller, u64>,
    turns: u64,
}

#[derive(Debug)]
struct Waiting {
    turn: Turn,
    place: oneshot::Sender<Place>,
}

/// A place, until it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    queue: Option<FairQueue>,
}

/// There is no room to wait, or not any more.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Full;

impl FairQueue {
    /// So many places, and room for so many to wait.
    pub(super) fn new(places: usize, most_waiting: usize) -> Self {
        Self(Arc::new(Mutex::new(State {
            places,
            taken: 0,
            waiting: Vec::new(),
            most_waiting,
            last: HashMap::new(),
            turns: 0,
        })))
    }

    /// Waits for a place.
    ///
    /// # Errors
    ///
    /// [`Full`], when too many wait: at once, or later if others come who have fewer calls.
    pub(super) async fn enter(&self, turn: Turn) -> Result<Place, Full> {
        let place = {
            let mut state = self.lock();
            if state.taken < state.places {
                state.taken += 1;
                return Ok(self.place());
            }
            if state.waiting.len() >= state.most_waiting && !state.make_room_for(&turn) {
                return Err(Full);
            }
            let (sender, place) = oneshot::channel();
            let place_for = Waiting {
                turn,
                place: sender,
            };
            state.waiting.push(place_for);
            place
        };
        place.await.map_err(|_given_up_for_another| Full)
    }

    /// How many places are taken.
    pub(super) fn taken(&self) -> usize {
        self.lock().taken
    }

    /// Changes how many places there are, and for how many there is room to wait. What is taken stays so.
    pub(super) fn resize(&self, places: usize, most_waiting: usize) {
        let mut state = self.lock();
        state.places = places;
        state.most_waiting = most_waiting;
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
    /// Makes room for one to wait: who has left goes, or else the last call of whoever has the most, if
    /// that is more than this caller would have.
    fn make_room_for(&mut self, turn: &Turn) -> bool {
        self.waiting.retain(|waiting| !waiting.place.is_closed());
        if self.waiting.len() < self.most_waiting {
            return true;
        }
        let mut calls: HashMap<Caller, usize> = HashMap::new();
        for waiting in &self.waiting {
            for caller in waiting.turn.callers() {
                *calls.entry(caller).or_default() += 1;
            }
        }
        let of = |caller: &Caller| calls.get(caller).copied().unwrap_or_default();
        let fewest = turn.callers().iter().map(of).min().unwrap_or_default();
        let Some((greediest, most)) = calls.iter().max_by_key(|(_, calls)| **calls) else {
            return false;
        };
        // What others wait for too is not given up for one of them.
        let last = self
            .waiting
            .iter()
            .rposition(|waiting| waiting.turn.callers() == [*greediest]);
        match last.filter(|_| *most > fewest + 1) {
            Some(last) => {
                self.waiting.remove(last);
                true
            }
            None => false,
        }
    }

    /// The call one of whose callers has waited longest for a turn; the first of several.
    fn next(&mut self) -> Option<oneshot::Sender<Place>> {
        let last = |caller: &Caller| self.last.get(caller).copied().unwrap_or_default();
        let since = |waiting: &Waiting| waiting.turn.callers().iter().map(last).min();
        let waiting = self.waiting.iter().enumerate();
        let (next, _) = waiting.min_by_key(|(_, waiting)| since(waiting))?;
        let Waiting { turn, place } = self.waiting.remove(next);
        if place.is_closed() {
            return Some(place);
        }
        if self.waiting.is_empty() {
            // Nobody waits, so nobody has waited longer.
            self.last.clear();
        } else {
            self.turns += 1;
            let turns = turn
                .callers()
                .into_iter()
                .map(|caller| (caller, self.turns));
            self.last.extend(turns);
        }
        Some(place)
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
        let (greedy, modest) = (Turn::another(), Turn::another());
        let first = queue.enter(greedy.clone()).await.expect("a place");
        let order = Mutex::new(Vec::new());
        let call = async |turn: Turn, name| {
            let _place = queue.enter(turn).await.expect("room to wait");
            order.lock().expect("no panic").push(name);
        };
        let joined = greedy.apart();
        let all = futures::future::join_all([
            call(greedy.clone(), "a1").boxed_local(),
            call(greedy.clone(), "a2").boxed_local(),
            call(greedy.clone(), "a3").boxed_local(),
            call(joined.clone(), "a4, which c joins").boxed_local(),
            call(modest, "b1").boxed_local(),
        ]);
        let end = async {
            joined.join(&Turn::another());
            drop(first);
        };
        futures::future::join(all, end).await;
        let expected = ["a1", "a4, which c joins", "b1", "a2", "a3"];
        assert_eq!(*order.lock().expect("no panic"), expected);
        assert_eq!(queue.taken(), 0);
    }

    #[tokio::test]
    async fn who_leaves_keeps_nobody_waiting() {
        let queue = FairQueue::new(1, 10);
        let turn = Turn::another();
        let first = queue.enter(turn.clone()).await.expect("a place");
        let mut leaving = Box::pin(queue.enter(turn.clone()));
        let mut staying = Box::pin(queue.enter(turn.clone()));
        assert!(futures::poll!(leaving.as_mut()).is_pending());
        assert!(futures::poll!(staying.as_mut()).is_pending());
        drop(leaving);
        drop(first);
        let place = staying.now_or_never().expect("its turn").expect("a place");
        assert_eq!(queue.taken(), 1);
        // A place that was given and not taken goes on to the next.
        let mut given = Box::pin(queue.enter(turn));
        assert!(futures::poll!(given.as_mut()).is_pending());
        drop(place);
        drop(given);
        assert_eq!(queue.taken(), 0);
    }

    #[tokio::test]
    async fn only_so_many_may_wait() {
        let queue = FairQueue::new(1, 1);
        let _first = queue.enter(Turn::another()).await.expect("a place");
        let mut second = Box::pin(queue.enter(Turn::another()));
        assert!(futures::poll!(second.as_mut()).is_pending());
        assert_eq!(queue.enter(Turn::another()).await.err(), Some(Full));
    }

    #[tokio::test]
    async fn who_has_the_most_waiting_makes_room_for_others() {
        let queue = FairQueue::new(1, 3);
        let (greedy, modest) = (Turn::another(), Turn::another());
        let first = queue.enter(greedy.clone()).await.expect("a place");
        let mut calls: Vec<_> = (0..3)
            .map(|_| Box::pin(queue.enter(greedy.clone())))
            .collect();
        for call in &mut calls {
            assert!(futures::poll!(call.as_mut()).is_pending());
        }
        assert_eq!(
            queue.enter(greedy).await.err(),
            Some(Full),
            "by its own calls"
        );
        let mut other = Box::pin(queue.enter(modest.clone()));
        assert!(futures::poll!(other.as_mut()).is_pending());
        let last = calls.pop().expect("three calls").now_or_never();
        assert_eq!(last.expect("given up").err(), Some(Full));
        // Two against one: to give one up would only turn it round.
        assert_eq!(queue.enter(modest).await.err(), Some(Full));
        drop(first);
        let place = calls.remove(0).now_or_never().expect("its turn");
        drop(place);
        assert!(other.now_or_never().expect("its turn").is_ok());
    }

    #[tokio::test]
    async fn more_places_are_given_at_once_and_fewer_when_they_are_free() {
        let queue = FairQueue::new(1, 9);
        let first = queue.enter(Turn::another()).await.expect("a place");
        let mut second = Box::pin(queue.enter(Turn::another()));
        assert!(futures::poll!(second.as_mut()).is_pending());
        queue.resize(2, 9);
        let second = second.now_or_never().expect("its turn").expect("a place");
        queue.resize(1, 9);
        drop(first);
        assert!(queue.enter(Turn::another()).now_or_never().is_none());
        drop(second);
        assert!(queue.enter(Turn::another()).now_or_never().is_some());
    }
}
