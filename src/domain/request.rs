//! What a caller asks for, and the plan made of it.

use std::num::NonZeroUsize;
use std::time::Duration;

use tokio::time::Instant;

use super::{AskedCountry, Country, HostName};

/// The names of the strategies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StrategyKind {
    /// One country after another, in the order asked.
    Sequential,
    /// Every country at once.
    Concurrent,
    /// At most a given number of countries at once.
    Bounded,
}

/// A strategy with what it needs to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strategy {
    /// One country after another, in the order asked.
    Sequential,
    /// Every country at once.
    Concurrent,
    /// At most this many countries at once.
    Bounded(NonZeroUsize),
}

impl Strategy {
    /// Every strategy, the bounded one with this window, from the slowest to the fastest.
    #[must_use]
    pub fn all(window: NonZeroUsize) -> [Self; 3] {
        [Self::Sequential, Self::Bounded(window), Self::Concurrent]
    }

    /// Its name.
    #[must_use]
    pub fn kind(self) -> StrategyKind {
        match self {
            Self::Sequential => StrategyKind::Sequential,
            Self::Concurrent => StrategyKind::Concurrent,
            Self::Bounded(_) => StrategyKind::Bounded,
        }
    }
}

/// What one missing country does to the whole answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnError {
    /// The others are answered.
    Partial,
    /// The call ends with that country's problem.
    Fail,
}

/// One call of the service.
#[derive(Debug, Clone)]
pub struct FetchRequest {
    /// The distinct countries, in the order asked.
    pub countries: Vec<AskedCountry>,
    /// How the source calls are scheduled.
    pub strategy: Strategy,
    /// How long the caller waits.
    pub deadline: Duration,
    /// What one missing country does to the others.
    pub on_error: OnError,
    /// Whether the caller wants what is new, not what is kept.
    pub revalidate: bool,
}

/// What a strategy works from: the countries to fetch, each once, and when to give up.
#[derive(Debug, Clone)]
pub struct FetchPlan {
    /// The countries, in the order asked.
    pub countries: Vec<Country>,
    /// The instant at which every country still missing fails.
    pub deadline: Instant,
}

/// One search in the catalogue: everything that is given must hold.
#[derive(Debug, Clone, Default)]
pub struct SearchRequest {
    /// Words, each the beginning of a word of the name, in any order.
    pub name: Option<String>,
    /// A part of the name.
    pub name_contains: Option<String>,
    /// A country, however it is spelled.
    pub country: Option<String>,
    /// A domain of the university, or one below or above it.
    pub domain: Option<HostName>,
    /// The most universities to give; all of them where there is no limit.
    pub limit: Option<usize>,
    /// How many of those that match to leave out before.
    pub offset: usize,
}
