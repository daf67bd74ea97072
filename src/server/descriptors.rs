//! How many connections there is room for: each is an open file, and so is much else.

use rustix::process::{Resource, getrlimit, setrlimit};

/// Asks for as many open files as the system allows this process, and gives how many connections
/// they are enough for: three of four, as what we call takes files too.
#[must_use]
pub fn room_for_connections() -> usize {
    let mut limit = getrlimit(Resource::Nofile);
    if limit.current != limit.maximum {
        limit.current = limit.maximum;
        // Whether it was granted is read below.
        let _granted = setrlimit(Resource::Nofile, limit);
    }
    match getrlimit(Resource::Nofile).current {
        Some(files) => usize::try_from(files / 4 * 3).unwrap_or(usize::MAX),
        None => usize::MAX,
    }
}
