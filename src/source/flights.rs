//! Flights: one call for each country, however many wait for it.
//!
//! Each is a task of its own, which goes on when those who wait for it have left: its answer is of use
//! to the next. (Known as single flight, after Go's `golang.org/x/sync/singleflight`.)

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::future::{BoxFuture, FutureExt, Shared};

use super::SourceError;
use super::call::{Call, Turn};
use crate::domain::{Country, CountryListing};
use crate::telemetry::trace::Here;

/// A call that is under way, to wait for.
pub(super) type Flight = Shared<BoxFuture<'static, Result<CountryListing, SourceError>>>;

/// Calls that are under way, and whose turn they are. Clones are of the same ones.
#[derive(Debug, Clone, Default)]
pub(super) struct Flights(Arc<Mutex<HashMap<Country, (Flight, Turn)>>>);

/// Takes a flight off the list when it ends, however it does.
struct Landing {
    flights: Flights,
    country: Country,
}

impl Flights {
    /// The flight for a country, and whether it was under way; otherwise one that begins now.
    ///
    /// # Errors
    ///
    /// Those of `begin`, which is asked only when there is none.
    pub(super) fn join_or<C>(
        &self,
        country: Country,
        begin: impl FnOnce() -> Result<C, SourceError>,
    ) -> Result<(Flight, bool), SourceError>
    where
        C: Future<Output = Result<CountryListing, SourceError>> + Send + 'static,
    {
        let mut flights = self.lock();
        let turn = Turn::current();
        if let Some((flight, theirs)) = flights.get(&country) {
            theirs.join(&turn);
            return Ok((flight.clone(), true));
        }
        let call = begin()?;
        let landing = Landing {
            flights: self.clone(),
            country,
        };
        // Whoever joins lends it their turn in queues; nobody's deadline is that of the others.
        let turn = turn.apart();
        let context = Call {
            turn: turn.clone(),
            deadline: None,
        };
        let call = context.ask(call);
        let flight = async move {
            let _landing = landing;
            call.await
        };
        let task = tokio::spawn(Here::now().lead(flight));
        let flight = async move {
            match task.await {
                Ok(answer) => answer,
                // Each who waits has a call of its own to die, which says what became of it.
                Err(died) if died.is_panic() => panic!("the call that was waited for panicked"),
                Err(_the_runtime_ends) => std::future::pending().await,
            }
        };
        let flight = flight.boxed().shared();
        flights.insert(country, (flight.clone(), turn));
        Ok((flight, false))
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Country, (Flight, Turn)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Landing {
    fn drop(&mut self) {
        self.flights.lock().remove(&self.country);
    }
}
