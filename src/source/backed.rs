//! Backed: when all else fails, the list that the service holds itself answers.

use std::sync::Arc;

use futures::future::{BoxFuture, FutureExt};

use super::call::Call;
use super::{SourceError, UniversitySource, Voucher};
use crate::catalogue::Catalogue;
use crate::domain::{Country, CountryListing, KnownList, Origin};

/// A source with a list to fall back on.
#[derive(Debug)]
pub struct Backed {
    inner: Arc<dyn UniversitySource>,
    catalogue: Arc<Catalogue>,
}

impl Backed {
    /// Answers from the catalogue what `inner` does not.
    pub fn new(inner: Arc<dyn UniversitySource>, catalogue: Arc<Catalogue>) -> Self {
        Self { inner, catalogue }
    }

    async fn ask(&self, country: &Country) -> Result<CountryListing, SourceError> {
        // What comes too late is as good as nothing, and there is something better.
        let answer = Call::in_time(self.inner.listing(country)).await;
        let Err(error) = answer else {
            return answer;
        };
        tracing::debug!(
            country.code = country.code(),
            failure.kind = error.kind().slug(),
            "answering from the catalogue"
        );
        let changed = self.catalogue.version().changed;
        Ok(CountryListing {
            universities: Arc::new(self.catalogue.of(*country).collect()),
            origin: Origin::Snapshot,
            age: changed.elapsed().unwrap_or_default(),
            attempts: 0,
            upstream: format!("catalogue {}", self.catalogue.name()).into(),
        })
    }
}

impl UniversitySource for Backed {
    fn listing<'a>(
        &'a self,
        country: &'a Country,
    ) -> BoxFuture<'a, Result<CountryListing, SourceError>> {
        self.ask(country).boxed()
    }

    fn vouch_for(&self, lists: &[KnownList]) -> Option<Voucher> {
        self.inner.vouch_for(lists)
    }
}

#[cfg(test)]
mod tests {
    use super::super::scripted::{Scripted, answers, fails, ms, turkey};
    use super::super::{Deadline, Turn};
    use super::*;
    use crate::catalogue::{Location, Refresher};
    use crate::domain::Listed;
    use tokio::time::{Instant, timeout};

    async fn around(inner: Arc<Scripted>) -> Backed {
        let opened = Refresher::open(&Location::Sample).await;
        let (_, fresh, _) = opened.expect("a sample");
        Backed::new(inner, Arc::new(fresh.catalogue))
    }

    #[tokio::test(start_paused = true)]
    async fn it_answers_only_what_the_source_does_not_and_says_so() {
        let backed = around(Scripted::new([answers(1), fails(1)])).await;
        let live = backed.listing(&turkey()).await.expect("an answer");
        assert_eq!(live.origin, Origin::Live);
        let snapshot = backed.listing(&turkey()).await.expect("an answer");
        assert_eq!(snapshot.origin, Origin::Snapshot);
        let name = backed.catalogue.name();
        assert_eq!(*snapshot.upstream, format!("catalogue {name}"));
        let written: Listed = backed.catalogue.of(turkey()).collect();
        assert!(!written.is_empty());
        assert_eq!(*snapshot.universities, written);
    }

    #[tokio::test(start_paused = true)]
    async fn at_the_deadline_it_answers_instead_of_nobody() {
        let backed = around(Scripted::new([answers(10_000)])).await;
        let call = Call {
            turn: Turn::another(),
            deadline: Some(Deadline::at(Instant::now() + ms(100))),
        };
        let country = turkey();
        let asked = call.ask(backed.listing(&country));
        let answer = timeout(ms(100), asked).await.expect("in time");
        assert_eq!(answer.expect("an answer").origin, Origin::Snapshot);
    }
}
