//! One call, many countries: plans the source calls, runs a strategy, collects or streams.

use std::collections::HashMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use futures::stream::{self, BoxStream, StreamExt};
use tokio::time::Instant;

use super::{Edition, Report, ServiceError, Summary};
use crate::domain::{
    AskedCountry, Country, DataVersion, FetchPlan, FetchRequest, KnownList, OnError, Outcome,
    Resolution, Strategy,
};
use crate::fetch;
use crate::source::{Changes, Voucher};

/// The most distinct countries one call may have: as many as there are.
pub const MOST_COUNTRIES: usize = 250;

/// The most spellings of one country in one call. Each is a key of the article's dictionary with
/// all of the country's universities behind it.
pub const MOST_SPELLINGS: usize = 8;

/// What a streamed call gives: each outcome when it is there, then one summary.
#[derive(Debug)]
pub enum StreamItem {
    /// One country.
    Outcome(Outcome),
    /// The end.
    Summary(Summary),
}

/// The items of a streamed call. Dropping it aborts the source calls still running.
pub type ReportStream = BoxStream<'static, StreamItem>;

/// The outcomes of a call as they come, each with its place in the order asked.
type Placed = BoxStream<'static, (usize, Outcome)>;

/// The service.
#[derive(Debug)]
pub struct UniversityService {
    edition: ArcSwap<Edition>,
    /// How many editions there have been.
    editions: Changes,
}

/// A promise that certain lists are what a request would get, as long as the edition is the same.
#[derive(Debug)]
pub struct Vouched {
    edition: u64,
    voucher: Voucher,
}

impl UniversityService {
    /// A service that answers from an edition.
    #[must_use]
    pub fn new(edition: Edition) -> Self {
        Self {
            edition: ArcSwap::from_pointee(edition),
            editions: Changes::default(),
        }
    }

    /// The edition that requests which begin now are answered from.
    #[must_use]
    pub fn edition(&self) -> Arc<Edition> {
        self.edition.load_full()
    }

    /// Answers from another edition from now on. Requests that have begun end with theirs.
    pub fn replace(&self, edition: Edition) {
        self.edition.store(Arc::new(edition));
        self.editions.note();
    }

    /// A promise that these lists are what a request would get, fresh and without waiting, if they are.
    #[must_use]
    pub fn vouch_for(&self, lists: &[KnownList]) -> Option<Vouched> {
        let edition = self.editions.so_far();
        let voucher = self.edition.load().source.vouch_for(lists)?;
        Some(Vouched { edition, voucher })
    }

    /// Whether the promise holds. If so, the lists are taken to be given, which counts as a call for each.
    #[must_use]
    pub fn keeps(&self, promise: &Vouched, lists: &[KnownList]) -> bool {
        let holds =
            promise.edition == self.editions.so_far() && promise.voucher.holds(Instant::now());
        if holds {
            promise.voucher.given(lists.len() as u64);
        }
        holds
    }

    /// Fetches every country of the request and collects the outcomes. Dropping the future
    /// aborts the source calls still running.
    ///
    /// # Errors
    ///
    /// [`ServiceError`], when there is nothing to answer with.
    pub async fn fetch(&self, request: FetchRequest) -> Result<Report, ServiceError> {
        let edition = self.edition();
        let tally = Tally::begin(&request, &edition);
        let on_error = request.on_error;
        let mut outcomes = outcomes(request, &edition)?;
        let mut placed = Vec::with_capacity(tally.countries);
        while let Some((place, outcome)) = outcomes.next().await {
            if outcome.is_failed() && on_error == OnError::Fail {
                return Err(ServiceError::CountryFailed(Box::new(outcome)));
            }
            placed.push((place, outcome));
        }
        placed.sort_by_key(|(place, _)| *place);
        let outcomes: Vec<_> = placed.into_iter().map(|(_, outcome)| outcome).collect();
        if outcomes.iter().all(Outcome::is_failed) {
            return Err(ServiceError::NothingServed(outcomes));
        }
        let served = outcomes.iter().filter(|o| !o.is_failed()).count();
        Ok(Report {
            summary: tally.summary(served),
            outcomes,
        })
    }

    /// Fetches every country of the request and gives each outcome when it is there. With
    /// [`OnError::Fail`], the first failure is the last outcome. When `end` completes, what is not
    /// there yet is left out, and the summary counts it as failed.
    ///
    /// # Errors
    ///
    /// [`ServiceError`], when it is known before any source call that there will be nothing to
    /// answer with.
    pub fn stream(
        &self,
        request: FetchRequest,
        end: impl Future<Output = ()> + Send + 'static,
    ) -> Result<ReportStream, ServiceError> {
        let edition = self.edition();
        let tally = Tally::begin(&request, &edition);
        let on_error = request.on_error;
        let outcomes = outcomes(request, &edition)?.take_until(end).boxed();
        let state = Some((outcomes, tally, 0));
        Ok(stream::unfold(state, move |state| async move {
            let (mut outcomes, tally, mut served) = state?;
            match outcomes.next().await {
                Some((_, outcome)) if outcome.is_failed() && on_error == OnError::Fail => {
                    let ended = (stream::empty().boxed(), tally, served);
                    Some((StreamItem::Outcome(outcome), Some(ended)))
                }
                Some((_, outcome)) => {
                    served += usize::from(!outcome.is_failed());
                    Some((
                        StreamItem::Outcome(outcome),
                        Some((outcomes, tally, served)),
                    ))
                }
                None => Some((StreamItem::Summary(tally.summary(served)), None)),
            }
        })
        .boxed())
    }
}

/// Fetches the countries of the request from the edition.
fn outcomes(request: FetchRequest, edition: &Edition) -> Result<Placed, ServiceError> {
    check_limits(&request.countries)?;
    let mut unknown = Vec::new();
    let mut known: HashMap<Country, (usize, Vec<String>)> = HashMap::new();
    let mut countries = Vec::with_capacity(request.countries.len());
    for (place, asked) in request.countries.into_iter().enumerate() {
        let AskedCountry {
            requested,
            resolution,
        } = asked;
        match resolution {
            Resolution::Known(country) => {
                countries.push(country);
                known.insert(country, (place, requested));
            }
            Resolution::Ambiguous { choices, reason } => {
                unknown.push((place, Outcome::ambiguous(requested, choices, reason)));
            }
            Resolution::Unknown => unknown.push((place, Outcome::unknown(requested))),
        }
    }
    if request.on_error == OnError::Fail && !unknown.is_empty() {
        let (_, outcome) = unknown.swap_remove(0);
        return Err(ServiceError::CountryFailed(Box::new(outcome)));
    }
    if countries.is_empty() {
        let outcomes = unknown.into_iter().map(|(_, outcome)| outcome).collect();
        return Err(ServiceError::NothingServed(outcomes));
    }
    let plan = FetchPlan {
        countries,
        deadline: Instant::now() + request.deadline,
    };
    let source = if request.revalidate {
        &edition.revalidating
    } else {
        &edition.source
    };
    let fetched = fetch::strategy(request.strategy)
        .fetch(Arc::clone(source), plan)
        .filter_map(move |outcome| {
            let asked = known.remove(&outcome.country);
            async move {
                let (place, requested) = asked?;
                Some((place, Outcome::fetched(requested, outcome)))
            }
        });
    Ok(stream::iter(unknown).chain(fetched).boxed())
}

/// Refuses a call that asks for too much, before anything is made of it.
fn check_limits(countries: &[AskedCountry]) -> Result<(), ServiceError> {
    if countries.len() > MOST_COUNTRIES {
        return Err(ServiceError::TooManyCountries {
            given: countries.len(),
            most: MOST_COUNTRIES,
        });
    }
    match countries
        .iter()
        .find(|asked| asked.requested.len() > MOST_SPELLINGS)
    {
        Some(asked) => Err(ServiceError::TooManySpellings {
            country: asked.requested[0].clone(),
            given: asked.requested.len(),
            most: MOST_SPELLINGS,
        }),
        None => Ok(()),
    }
}

/// What is known of a call before its outcomes are.
#[derive(Debug)]
struct Tally {
    version: DataVersion,
    began: Instant,
    strategy: Strategy,
    countries: usize,
}

impl Tally {
    fn begin(request: &FetchRequest, edition: &Edition) -> Self {
        Self {
            version: edition.version().clone(),
            began: Instant::now(),
            strategy: request.strategy,
            countries: request.countries.len(),
        }
    }

    fn summary(self, served: usize) -> Summary {
        Summary {
            complete: served == self.countries,
            strategy: self.strategy,
            concurrency: match self.strategy {
                Strategy::Sequential => 1,
                Strategy::Concurrent => self.countries,
                Strategy::Bounded(window) => window.get(),
            },
            version: self.version,
            elapsed: self.began.elapsed(),
            countries: self.countries,
            failed: self.countries - served,
        }
    }
}
