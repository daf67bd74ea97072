//! What a running service says about itself, so that nobody takes a sample for the world.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::Country;

/// The last second of the year 9999, in seconds since 1970.
const LATEST: u64 = 253_402_300_799;

/// Which upstream answers, and from what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// The upstream behind the source.
    pub upstream: UpstreamAbout,
    /// The catalogue the service itself holds.
    pub catalogue: CatalogueAbout,
}

/// An upstream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpstreamAbout {
    /// Whether it is the service's own, on a loopback port, rather than a remote one.
    pub embedded: bool,
    /// Its base address, without credentials.
    pub url: String,
    /// How long the embedded one waits before each answer.
    pub latency: Duration,
}

/// A catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogueAbout {
    /// `sample`, the file's name, or the address without credentials.
    pub name: String,
    /// Whether it is the bundled sample rather than a list of the whole world.
    pub sample: bool,
    /// Which list it is.
    pub version: DataVersion,
    /// How many universities it has, each counted once.
    pub universities: usize,
    /// How many there are in each country that has any.
    pub by_country: HashMap<Country, usize>,
}

/// Which list it is: the same hash is the same list, to the byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataVersion {
    /// The first 16 hexadecimal digits of the list's SHA-256.
    pub hash: Arc<str>,
    /// When it was last changed, as far as its location says: from 1970 to 9999.
    pub changed: SystemTime,
}

impl DataVersion {
    /// A version. A time that no calendar of ours can write becomes the nearest that it can.
    #[must_use]
    pub fn new(hash: &str, changed: SystemTime) -> Self {
        let latest = SystemTime::UNIX_EPOCH + Duration::from_secs(LATEST);
        Self {
            hash: hash.into(),
            changed: changed.clamp(SystemTime::UNIX_EPOCH, latest),
        }
    }
}
