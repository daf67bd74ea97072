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
    /// When callers last had their turn, by the number of turns there had been.
    last: HashMap<Caller, u64>,
    turns: u64,
}

#[derive(Debug)]
struct Waiting {
    turn: Turn,
    place: oneshot::Sender<Place>,
    /// The number of turns there had been when it came: who comes later is not served for having
    /// had none.
    since: u64,
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
    /// So many places.
    pub(super) fn new(places: usize) -> Self {
        Self(Arc::new(Mutex::new(State {
            places,
            taken: 0,
            waiting: Vec::new(),
            last: HashMap::new(),
            turns: 0,
        })))
    }

    /// Waits for a place, where there is room for so many to wait.
    ///
    /// # Errors
    ///
    /// [`Full`], when too many wait: at once, or later if others come who have fewer calls.
    pub(super) async fn enter(&self, turn: Turn, room: usize) -> Result<Place, Full> {
        let place = {
            let mut state = self.lock();
            if state.taken < state.places {
                state.taken += 1;
                return Ok(self.place());
            }
            if state.waiting.len() >= room && !state.make_room_for(&turn, room) {
                return Err(Full);
            }
            let (sender, place) = oneshot::channel();
            let place_for = Waiting {
                turn,
                place: sender,
                since: state.turns,
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
    /// Makes room for one to wait: who has left goes, or else the last of those calls that are all of
    /// callers who have more than this one would have.
    fn make_room_for(&mut self, turn: &Turn, room: usize) -> bool {
        self.waiting.retain(|waiting| !waiting.place.is_closed());
        if self.waiting.len() < room {
            return true;
        }
        let mut calls: HashMap<Caller, usize> = HashMap::new();
        for waiting in &self.waiting {
            for caller in waiting.turn.callers() {
                *calls.entry(caller).or_default() += 1;
            }
        }
        // Of the callers of a call, the one who has the fewest has the best right to it.
        let fewest = |turn: &Turn| {
            let callers = turn.callers();
            let counts = callers
                .iter()
                .map(|caller| calls.get(caller).copied().unwrap_or_default());
            counts.min().unwrap_or_default()
        };
        let waiting = self.waiting.iter().enumerate();
        let last = waiting.max_by_key(|(_, waiting)| fewest(&waiting.turn));
        match last.filter(|(_, waiting)| fewest(&waiting.turn) > fewest(turn) + 1) {
            Some((last, _)) => {
                self.waiting.remove(last);
                true
            }
            None => false,
        }
    }

    /// The call one of whose callers has waited longest for a turn; the first of several.
    fn next(&mut self) -> Option<oneshot::Sender<Place>> {
        let last = |caller: &Caller| self.last.get(caller).copied().unwrap_or_default();
        let since = |waiting: &Waiting| {
            let last = waiting.turn.callers().iter().map(last).min();
            last.unwrap_or_default().max(waiting.since)
        };
        let waiting = self.waiting.iter().enumerate();
        let (next, _) = waiting.min_by_key(|(_, waiting)| since(waiting))?;
        let Waiting { turn, place, .. } = self.waiting.remove(next);
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
mod tests;
