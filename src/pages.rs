//! Bytes that the system has as well, so that they can be sent without being copied.
//!
//! An answer that is given again and again is written once into a file that is nowhere but in memory
//! (`memfd_create(2)`), and sent from there (`sendfile(2)`): what leaves are the file's own pages. The
//! bytes stay beside it for whoever has to read them, as TLS and HTTP/2 do.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;

/// The least bytes that are sent faster from a file, each of which takes a descriptor.
const LEAST: usize = 64 * 1024;

/// Bytes, and the file that has them too, if there is one. Clones are the same.
#[derive(Debug, Clone, Default)]
pub struct Pages(Option<Arc<Held>>);

#[derive(Debug)]
struct Held {
    bytes: Bytes,
    file: Option<Arc<File>>,
}

/// A file in memory, of which there are only so many.
#[derive(Debug)]
pub(crate) struct File {
    #[cfg(target_os = "linux")]
    descriptor: std::os::fd::OwnedFd,
}

/// How many files there are.
static FILES: AtomicUsize = AtomicUsize::new(0);

impl Drop for File {
    fn drop(&mut self) {
        FILES.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Pages {
    /// These bytes, in a file as well if they are many and the system has room.
    #[must_use]
    pub fn of(bytes: Bytes) -> Self {
        let file = (bytes.len() >= LEAST)
            .then(|| file::file_of(&bytes))
            .flatten();
        let file = file.map(Arc::new);
        Self(Some(Arc::new(Held { bytes, file })))
    }

    /// The same bytes and file, held by themselves: threads that count who holds something together get in
    /// each other's way.
    #[must_use]
    pub fn apart(&self) -> Self {
        let held = self.0.as_ref().map(|held| Held {
            bytes: Bytes::from_owner(held.bytes.clone()),
            file: held.file.clone(),
        });
        Self(held.map(Arc::new))
    }

    /// The bytes.
    #[must_use]
    pub fn bytes(&self) -> Bytes {
        self.0
            .as_ref()
            .map(|held| held.bytes.clone())
            .unwrap_or_default()
    }

    /// How many bytes there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.as_ref().map_or(0, |held| held.bytes.len())
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How much memory they take.
    #[must_use]
    pub fn weight(&self) -> usize {
        self.len() * (1 + usize::from(self.has_file()))
    }

    /// Whether there is a file that has them.
    pub(crate) fn has_file(&self) -> bool {
        self.0.as_ref().is_some_and(|held| held.file.is_some())
    }

    /// The file, and where in it this part of the bytes begins; `None` if it is no part of them, or there
    /// is no file.
    pub(crate) fn find(&self, part: &[u8]) -> Option<(&File, usize)> {
        let held = self.0.as_ref()?;
        let file = held.file.as_deref()?;
        // While the bytes are held, nothing else is where they are.
        let offset = part
            .as_ptr()
            .addr()
            .checked_sub(held.bytes.as_ptr().addr())?;
        let is_part = offset < held.bytes.len() && offset + part.len() <= held.bytes.len();
        is_part.then_some((file, offset))
    }
}

#[cfg(target_os = "linux")]
mod file {
    use std::fs;
    use std::io::Write;
    use std::os::fd::{AsFd, BorrowedFd};
    use std::sync::LazyLock;
    use std::sync::atomic::Ordering;

    use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, memfd_create};
    use rustix::process::{Resource, getrlimit};

    use super::{FILES, File};

    /// The most files. Connections take three of four that this process may have open, and calls the rest.
    static MOST: LazyLock<usize> = LazyLock::new(|| {
        let open = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
        usize::try_from(open / 32).unwrap_or(usize::MAX).min(128)
    });

    impl AsFd for File {
        fn as_fd(&self) -> BorrowedFd<'_> {
            self.descriptor.as_fd()
        }
    }

    /// A file of these bytes that nothing can change any more.
    pub(super) fn file_of(bytes: &[u8]) -> Option<File> {
        if FILES.load(Ordering::Relaxed) >= *MOST {
            return None;
        }
        let create = |more| {
            let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING | more;
            memfd_create("ready answer", flags)
        };
        // Before Linux 6.3, nobody asked whether it may be executed.
        let created = create(MemfdFlags::NOEXEC_SEAL).or_else(|_| create(MemfdFlags::empty()));
        let mut file = fs::File::from(created.ok()?);
        file.write_all(bytes).ok()?;
        let seals = SealFlags::WRITE | SealFlags::GROW | SealFlags::SHRINK | SealFlags::SEAL;
        fcntl_add_seals(&file, seals).ok()?;
        FILES.fetch_add(1, Ordering::Relaxed);
        Some(File {
            descriptor: file.into(),
        })
    }
}

/// Other systems have no such files.
#[cfg(not(target_os = "linux"))]
mod file {
    pub(super) fn file_of(_bytes: &[u8]) -> Option<super::File> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_found_where_it_is_and_nothing_else_is() {
        let pages = Pages::of(Bytes::from(vec![7; 2 * LEAST]));
        let offset = |part: &[u8]| pages.find(part).map(|(_, offset)| offset);
        let bytes = pages.bytes();
        assert_eq!(offset(&bytes), Some(0));
        assert_eq!(offset(&bytes[LEAST..]), Some(LEAST));
        let copied = bytes.to_vec();
        assert_eq!(offset(&copied), None);
        assert_eq!(offset(&[]), None);
        let few = Pages::of(bytes.slice(..LEAST - 1));
        assert!(few.find(&few.bytes()).is_none());
        let apart = pages.apart();
        assert_eq!(apart.bytes().as_ptr(), bytes.as_ptr());
        assert!(apart.find(&bytes).is_some());
        assert_eq!(pages.weight(), 4 * LEAST);
        assert_eq!(few.weight(), LEAST - 1);
    }
}
