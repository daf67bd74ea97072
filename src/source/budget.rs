//! A budget: a share of all calls, and a small reserve.
//!
//! Each call adds a share of a token, each use takes one, so that uses are at most that share of calls
//! and the reserve, whatever happens. (The retry budget of Finagle,
//! <https://finagle.github.io/blog/2016/02/08/retry-budgets/>.)

use std::sync::{Mutex, PoisonError};

/// A budget.
#[derive(Debug)]
pub(super) struct Budget {
    share: f64,
    most: f64,
    tokens: Mutex<f64>,
}

impl Budget {
    /// So much of all calls, and the reserve besides; unused, at most `most` is kept.
    pub(super) fn new(share: f64, reserve: f64, most: f64) -> Self {
        Self {
            share,
            most,
            tokens: Mutex::new(reserve),
        }
    }

    /// A call has been made.
    pub(super) fn earn(&self) {
        let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        *tokens = (*tokens + self.share).min(self.most);
    }

    /// Takes a token, if there is one.
    pub(super) fn spend(&self) -> bool {
        let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        // What is earned in fractions is a token a rounding error too late otherwise.
        let enough = *tokens >= 1.0 - 1e-9;
        if enough {
            *tokens -= 1.0;
        }
        enough
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uses_are_a_share_of_calls_and_the_reserve() {
        let budget = Budget::new(0.2, 10.0, 100.0);
        let mut used = 0;
        for _ in 0..1000 {
            budget.earn();
            while budget.spend() {
                used += 1;
            }
        }
        assert_eq!(used, 10 + 200);
    }

    #[test]
    fn what_is_not_used_is_not_kept_without_end() {
        let budget = Budget::new(0.2, 10.0, 20.0);
        for _ in 0..1000 {
            budget.earn();
        }
        assert_eq!((0..100).filter(|_| budget.spend()).count(), 20);
    }
}
