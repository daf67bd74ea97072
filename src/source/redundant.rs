//! Redundant: several upstreams, of which the next is asked when one has no answer.

use std::sync::Arc;

use futures::future::{BoxFuture, FutureExt};

use super::{SourceError, UniversitySource};
use crate::domain::{Country, CountryListing};

/// Sources that stand in for each other, in the order in which they are asked. An upstream that is
/// down costs nothing, because its circuit is open.
#[derive(Debug)]
pub struct Redundant(Vec<Arc<dyn UniversitySource>>);

impl Redundant {
    /// At least one, and those that stand in for it.
    #[must_use]
    pub fn new(sources: Vec<Arc<dyn UniversitySource>>) -> Self {
        debug_assert!(!sources.is_empty());
        Self(sources)
    }
}

impl UniversitySource for Redundant {
    fn listing<'a>(
        &'a self,
        country: &'a Country,
    ) -> BoxFuture<'a, Result<CountryListing, SourceError>> {
        async move {
            let mut said: Option<SourceError> = None;
            let mut failed = 0;
            for source in &self.0 {
                match source.listing(country).await {
                    Ok(listing) => return Ok(listing.after(failed)),
                    // That one is left alone says less than what another one did.
                    Err(SourceError::CircuitOpen { .. }) if said.is_some() => {}
                    Err(error) => {
                        failed += u32::from(!matches!(error, SourceError::CircuitOpen { .. }));
                        said = Some(error);
                    }
                }
            }
            Err(said.expect("there is at least one source"))
        }
        .boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::super::scripted::{Scripted, answers, fails, ms, turkey};
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_next_is_asked_when_one_fails_and_only_then() {
        let (first, second) = (
            Scripted::new([answers(1), fails(1)]),
            Scripted::new([answers(1)]),
        );
        let both = Redundant::new(vec![first.clone(), second.clone()]);
        assert!(both.listing(&turkey()).await.is_ok());
        assert_eq!((first.calls(), second.calls()), (1, 0));
        let listing = both.listing(&turkey()).await.expect("an answer");
        assert_eq!(listing.attempts, 2);
        assert_eq!((first.calls(), second.calls()), (2, 1));
    }

    #[tokio::test(start_paused = true)]
    async fn when_all_fail_it_is_told_by_the_last_that_was_asked() {
        let retry_after = ms(1);
        let open = (ms(0), Err(SourceError::CircuitOpen { retry_after }));
        for (acts, status) in [
            (
                [fails(0), (ms(0), Err(SourceError::Status { status: 502 }))],
                Some(502),
            ),
            ([fails(0), open.clone()], Some(500)),
            ([open.clone(), fails(0)], Some(500)),
            ([open.clone(), open.clone()], None),
        ] {
            let [first, second] = acts.map(|act| Scripted::new([act]) as Arc<dyn UniversitySource>);
            let error = Redundant::new(vec![first, second]).listing(&turkey()).await;
            let failure = error.expect_err("both fail").failure();
            assert_eq!(failure.upstream_status, status);
        }
    }
}
