//! The window: the one piece of scheduling code that all strategies share.
//!
//! Owns the tasks. Each source call is a task of its own in a `JoinSet`, so it runs on whatever
//! the reader does, and dropping the set aborts every call. The window is refilled when the
//! reader takes an outcome: a slow reader delays calls that have not begun, never one that has.

use std::collections::{HashMap, VecDeque};
use std::num::NonZeroUsize;
use std::sync::Arc;

use futures::stream;
use futures::{FutureExt, StreamExt};
use tokio::task::{Id, JoinSet};
use tokio::time::Instant;
use tracing::Instrument;

use super::OutcomeStream;
use crate::domain::{Country, CountryListing, CountryOutcome, Failure, FailureKind, FetchPlan};
use crate::source::{Call, Deadline, Turn, UniversitySource};
use crate::telemetry::trace::{Here, Span};

/// Runs the plan with at most `window` calls in flight.
pub(super) fn drive(
    source: Arc<dyn UniversitySource>,
    plan: FetchPlan,
    window: NonZeroUsize,
) -> OutcomeStream {
    let deadline = Deadline::at(plan.deadline);
    let driver = Driver {
        source,
        call: Call {
            turn: Turn::another(),
            deadline: Some(deadline.clone()),
        },
        deadline,
        here: Here::now(),
        window: window.get(),
        waiting: plan.countries.into(),
        calls: JoinSet::new(),
        running: HashMap::new(),
    };
    stream::unfold(driver, |mut driver| async move {
        driver.next().await.map(|outcome| (outcome, driver))
    })
    .boxed()
}

struct Driver {
    source: Arc<dyn UniversitySource>,
    /// What each source call is part of.
    call: Call,
    deadline: Deadline,
    /// Where the calls belong, whoever polls.
    here: Here,
    window: usize,
    waiting: VecDeque<Country>,
    calls: JoinSet<CountryOutcome>,
    /// Which country a task is for and when it began, for tasks that die without an outcome.
    running: HashMap<Id, (Country, Instant)>,
}

impl Driver {
    async fn next(&mut self) -> Option<CountryOutcome> {
        self.fill();
        match self.calls.join_next_with_id().await? {
            Ok((id, outcome)) => {
                self.running.remove(&id);
                Some(outcome)
            }
            // The runtime ends, and the reader with it.
            Err(died) if died.is_cancelled() => std::future::pending().await,
            Err(died) => {
                let (country, started) = self.running.remove(&died.id())?;
                // The panic itself is printed by the panic hook; this says whose it was.
                tracing::error!(country.code = country.code(), "source call panicked");
                let failure = Failure::new(
                    FailureKind::Internal,
                    format!(
                        "fetching {} failed by a defect of this service",
                        country.name()
                    ),
                );
                Some(ended(country, started, Err(failure)))
            }
        }
    }

    fn fill(&mut self) {
        while self.calls.len() < self.window
            && let Some(country) = self.waiting.pop_front()
        {
            let started = Instant::now();
            let (source, deadline) = (Arc::clone(&self.source), self.deadline.clone());
            let call = call(source, country, started, deadline);
            let call = self.call.clone().ask(call);
            let traced = self.here.enter(|| traced(country, call));
            let task = self.calls.spawn(traced);
            self.running.insert(task.id(), (country, started));
        }
    }
}

/// The call as logs and traces show it.
fn traced(
    country: Country,
    call: impl Future<Output = CountryOutcome>,
) -> impl Future<Output = CountryOutcome> {
    let log = tracing::info_span!("country", country.code = country.code());
    let trace = Span::within("country");
    trace.note("country.code", country.code());
    async move {
        let outcome = trace.over(call.instrument(log)).await;
        match &outcome.result {
            Ok(listing) => trace.note("country.origin", listing.origin.name()),
            Err(failure) => trace.fail(failure.kind.slug()),
        }
        outcome
    }
}

async fn call(
    source: Arc<dyn UniversitySource>,
    country: Country,
    started: Instant,
    deadline: Deadline,
) -> CountryOutcome {
    if deadline.is_over() {
        // What is at hand is given all the same; nothing begins that nobody waits for.
        let at_hand = source.listing(&country).now_or_never().and_then(Result::ok);
        let result = at_hand.ok_or_else(|| too_late(country, "was not asked for in time"));
        return ended(country, started, result);
    }
    let result = match deadline.wait_for(source.listing(&country)).await {
        Some(result) => result.map_err(|error| error.failure()),
        None => Err(too_late(country, "had not answered")),
    };
    ended(country, started, result)
}

fn ended(
    country: Country,
    started: Instant,
    result: Result<CountryListing, Failure>,
) -> CountryOutcome {
    CountryOutcome {
        country,
        started,
        elapsed: started.elapsed(),
        result,
    }
}

fn too_late(country: Country, what: &str) -> Failure {
    Failure::new(
        FailureKind::DeadlineExceeded,
        format!(
            "{} {what} when the deadline of the request passed",
            country.name()
        ),
    )
}
