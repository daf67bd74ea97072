//! Cached: what was fetched a moment ago is not fetched again.
//!
//! Fresh for a while, then served stale at once while one call behind looks for a new list
//! (`stale-while-revalidate`, RFC 5861 §3), and served stale when that fails (`stale-if-error`, §4).
//! However many callers want a country, there is one call for it (`flights`).

use std::collections::HashMap;
use std::mem::size_of;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::future::{BoxFuture, FutureExt};
use moka::sync::Cache;
use tokio::time::Instant;

use super::call::Call;
use super::error::A_MOMENT;
use super::flights::{Flight, Flights};
use super::{Changes, SourceError, UniversitySource, Voucher};
use crate::domain::{Country, CountryListing, KnownList, Origin};
use crate::telemetry::Metrics;

/// How long and how much is kept.
#[derive(Debug, Clone, Copy)]
pub struct CacheSettings {
    /// How long a list is fresh.
    pub ttl: Duration,
    /// How old a list may be that is served.
    pub max_stale: Duration,
    /// The most bytes that lists may take, about.
    pub max_bytes: u64,
}

/// A source whose lists are kept.
#[derive(Debug, Clone)]
pub struct Cached(Arc<Kept>);

/// The same source for callers who do not want what is kept, unless there is nothing else.
#[derive(Debug)]
pub struct Revalidating(Cached);

#[derive(Debug)]
struct Kept {
    inner: Arc<dyn UniversitySource>,
    settings: CacheSettings,
    entries: Cache<Country, Arc<Entry>>,
    /// Of the entries.
    changes: Changes,
    flights: Flights,
    pauses: Mutex<HashMap<Country, Pause>>,
    metrics: Metrics,
}

#[derive(Debug)]
struct Entry {
    listing: CountryListing,
    fetched: Instant,
}

/// A country that is not asked for yet again, and why.
#[derive(Debug)]
struct Pause {
    end: Instant,
    why: Option<SourceError>,
}

impl Entry {
    /// What a caller gets of it, by how old it is.
    fn listing(&self, age: Duration, origin: Origin) -> CountryListing {
        CountryListing {
            origin,
            age,
            attempts: 0,
            ..self.listing.clone()
        }
    }

    /// The bytes it takes.
    fn weight(&self) -> u32 {
        let bytes = self.listing.universities.weight() + size_of::<Self>();
        u32::try_from(bytes).unwrap_or(u32::MAX)
    }
}

impl Cached {
    /// Keeps the lists of `inner`.
    pub fn new(
        inner: Arc<dyn UniversitySource>,
        settings: CacheSettings,
        metrics: Metrics,
    ) -> Self {
        let changes = Changes::default();
        let counted = changes.clone();
        let entries = Cache::builder()
            .max_capacity(settings.max_bytes)
            .weigher(|_, entry: &Arc<Entry>| entry.weight())
            .eviction_listener(move |_, _, _| counted.note())
            .build();
        Self(Arc::new(Kept {
            inner,
            settings,
            entries,
            changes,
            flights: Flights::default(),
            pauses: Mutex::default(),
            metrics,
        }))
    }

    /// The same source for callers who want what is new.
    #[must_use]
    pub fn revalidating(&self) -> Revalidating {
        Revalidating(self.clone())
    }

    async fn get(&self, country: Country) -> Result<CountryListing, SourceError> {
        let kept = &self.0;
        let Some((entry, age)) = kept.find(country) else {
            kept.metrics.cache_misses.inc();
            return self.fetched(country).await;
        };
        if age < kept.settings.ttl {
            kept.metrics.cache_hits.inc();
            return Ok(entry.listing(age, Origin::Cached));
        }
        // It goes on by itself, and whether it has begun does not matter to this caller.
        let _refresh = self.fetch(country);
        kept.metrics.cache_stale.inc();
        Ok(entry.listing(age, Origin::Stale))
    }

    async fn get_new(&self, country: Country) -> Result<CountryListing, SourceError> {
        // What is kept is better than what comes too late.
        let fetched = Call::in_time(self.fetched(country)).await;
        fetched.or_else(|error| {
            let (entry, age) = self.0.find(country).ok_or(error)?;
            self.0.metrics.cache_stale.inc();
            Ok(entry.listing(age, Origin::Stale))
        })
    }

    /// The list that the one call for the country brings.
    async fn fetched(&self, country: Country) -> Result<CountryListing, SourceError> {
        if Call::is_over() {
            return Err(SourceError::too_late(Duration::ZERO));
        }
        let (flight, joined) = self.fetch(country)?;
        if joined {
            self.0.metrics.cache_coalesced.inc();
        }
        flight.await
    }

    /// The one call for the country, begun now unless it has been, and whether it had.
    ///
    /// # Errors
    ///
    /// That of the last call, when that was a moment ago.
    fn fetch(&self, country: Country) -> Result<(Flight, bool), SourceError> {
        let kept = &self.0;
        let begin = || {
            if let Some(why) = kept.paused(country) {
                return Err(why);
            }
            let kept = Arc::clone(kept);
            Ok(async move { kept.fetch(country).await })
        };
        kept.flights.join_or(country, begin)
    }
}

impl Kept {
    /// What is kept of a country, and how old it is, unless that is too old.
    fn find(&self, country: Country) -> Option<(Arc<Entry>, Duration)> {
        let entry = self.entries.get(&country)?;
        let age = entry.fetched.elapsed();
        (age < self.settings.max_stale).then_some((entry, age))
    }

    async fn fetch(&self, country: Country) -> Result<CountryListing, SourceError> {
        match self.inner.listing(&country).await {
            Ok(listing) => Ok(self.keep(country, listing)),
            Err(error) => {
                // That there was no room or no time here says nothing to others.
                if !error.is_ours() {
                    self.pause(country, A_MOMENT, Some(error.clone()));
                }
                Err(error)
            }
        }
    }

    /// Keeps a list, unless it has shrunk by more than half: then the upstream has lost something, and
    /// the old one goes on.
    fn keep(&self, country: Country, listing: CountryListing) -> CountryListing {
        if let Some((old, age)) = self.find(country)
            && listing.universities.len() * 2 < old.listing.universities.len()
        {
            tracing::warn!(
                country.code = country.code(),
                universities.old = old.listing.universities.len(),
                universities.new = listing.universities.len(),
                "upstream list has shrunk by more than half, the old one stays"
            );
            self.metrics.cache_shrunk.inc();
            self.pause(country, self.settings.ttl, None);
            return old.listing(age, Origin::Stale);
        }
        let entry = Entry {
            listing: listing.clone(),
            fetched: Instant::now(),
        };
        self.entries.insert(country, Arc::new(entry));
        self.changes.note();
        self.pauses().remove(&country);
        // What has been kept is counted in its own time otherwise.
        self.entries.run_pending_tasks();
        let bytes = self.entries.weighted_size();
        let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
        self.metrics.cache_bytes.set(bytes);
        listing
    }

    fn pause(&self, country: Country, pause: Duration, why: Option<SourceError>) {
        let end = Instant::now() + pause;
        self.pauses().insert(country, Pause { end, why });
    }

    /// Why the country is not asked for again yet, if it is not.
    fn paused(&self, country: Country) -> Option<SourceError> {
        let pauses = self.pauses();
        let pause = pauses.get(&country)?;
        if pause.end <= Instant::now() {
            return None;
        }
        match &pause.why {
            Some(why) => Some(why.clone()),
            // The old list is served instead, as long as there is one.
            None => self.find(country).map(|_| SourceError::Overloaded),
        }
    }

    fn pauses(&self) -> MutexGuard<'_, HashMap<Country, Pause>> {
        self.pauses.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl UniversitySource for Cached {
    fn listing<'a>(
        &'a self,
        country: &'a Country,
    ) -> BoxFuture<'a, Result<CountryListing, SourceError>> {
        self.get(*country).boxed()
    }

    fn vouch_for(&self, lists: &[KnownList]) -> Option<Voucher> {
        let kept = &self.0;
        // What changes while it is looked at has changed afterwards.
        let seen = kept.changes.so_far();
        let fresh_until = |known: &KnownList| {
            let (entry, age) = kept.find(known.country)?;
            let is_it = age < kept.settings.ttl && known.is(&entry.listing.universities);
            is_it.then_some(entry.fetched + kept.settings.ttl)
        };
        let untils = lists.iter().map(fresh_until).collect::<Option<Vec<_>>>()?;
        let until = untils.into_iter().min()?;
        let voucher = Voucher::new(until, kept.changes.clone(), seen);
        Some(voucher.counted_by(kept.metrics.cache_hits.clone()))
    }
}

impl UniversitySource for Revalidating {
    fn listing<'a>(
        &'a self,
        country: &'a Country,
    ) -> BoxFuture<'a, Result<CountryListing, SourceError>> {
        self.0.get_new(*country).boxed()
    }
}

#[cfg(test)]
mod tests;
