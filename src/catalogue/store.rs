//! The copy of a fetched list that outlives the process.
//!
//! Owns one file, which is always whole: it is written beside and renamed over. It holds the list
//! as it was fetched, and what its server said of it.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::download::Validators;
use super::load::hash;
use crate::outbound::RemoteUrl;

/// Where the copy of one address's list is kept.
#[derive(Debug, Clone)]
pub(super) struct Store {
    directory: PathBuf,
    file: PathBuf,
}

/// A list that was fetched.
#[derive(Debug, Clone)]
pub(super) struct StoredList {
    /// The JSON array.
    pub(super) list: String,
    /// What its server said of it.
    pub(super) validators: Validators,
    /// When it was last changed, or fetched where its server does not say.
    pub(super) changed: SystemTime,
}

#[derive(Serialize, Deserialize)]
struct Content<'a> {
    #[serde(flatten)]
    validators: Validators,
    changed: String,
    #[serde(borrow)]
    list: &'a RawValue,
}

impl Store {
    /// A store in a directory, which is made if it is not there. Every address has a file of its
    /// own, so that no list passes for another.
    ///
    /// # Errors
    ///
    /// Those of the system, when the directory cannot be written to.
    pub(super) fn open(directory: &Path, url: &RemoteUrl) -> io::Result<Self> {
        fs::create_dir_all(directory)?;
        tempfile::tempfile_in(directory)?;
        let address = hash(url.exposed().as_str().as_bytes());
        Ok(Self {
            directory: directory.to_owned(),
            file: directory.join(format!("catalogue-{address}.json")),
        })
    }

    /// The copy; `None` when there is none yet.
    ///
    /// # Errors
    ///
    /// Those of the system, and `InvalidData` when the file is not what [`Self::save`] writes.
    pub(super) fn load(&self) -> io::Result<Option<StoredList>> {
        let text = match fs::read_to_string(&self.file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            text => text?,
        };
        let invalid = |error: String| io::Error::new(io::ErrorKind::InvalidData, error);
        let content: Content<'_> =
            serde_json::from_str(&text).map_err(|error| invalid(error.to_string()))?;
        let changed = humantime::parse_rfc3339(&content.changed);
        Ok(Some(StoredList {
            list: content.list.get().to_owned(),
            validators: content.validators,
            changed: changed.map_err(|error| invalid(error.to_string()))?,
        }))
    }

    /// Replaces the copy.
    ///
    /// # Errors
    ///
    /// Those of the system; the copy before is then still there.
    pub(super) fn save(&self, stored: &StoredList) -> io::Result<()> {
        let content = Content {
            validators: stored.validators.clone(),
            changed: humantime::format_rfc3339_seconds(stored.changed).to_string(),
            list: serde_json::from_str(&stored.list)?,
        };
        let mut beside = tempfile::NamedTempFile::new_in(&self.directory)?;
        beside.write_all(&serde_json::to_vec(&content)?)?;
        // Renamed before it is on the disk, a power cut would leave an empty file of that name.
        beside.as_file().sync_all()?;
        beside.persist(&self.file)?;
        File::open(&self.directory)?.sync_all()
    }

    /// The file, for the log.
    pub(super) fn file(&self) -> &Path {
        &self.file
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn store(directory: &Path, url: &str) -> Store {
        let url: url::Url = url.parse().expect("an address");
        Store::open(directory, &url.into()).expect("a writable directory")
    }

    fn copy(list: &str) -> StoredList {
        let validators = serde_json::json!({"etag": "\"a\"", "last_modified": null});
        StoredList {
            list: list.to_owned(),
            validators: serde_json::from_value(validators).expect("validators"),
            changed: SystemTime::UNIX_EPOCH + Duration::from_secs(1_000),
        }
    }

    #[test]
    fn what_is_saved_is_loaded_to_the_byte() {
        let directory = tempfile::tempdir().expect("a directory");
        let store = store(&directory.path().join("new"), "http://a.example/list");
        assert!(store.load().expect("nothing yet").is_none());
        for list in ["[ {\"name\" : \"é\\u00e9\"} ]", "[]"] {
            let saved = copy(list);
            store.save(&saved).expect("room on the disk");
            let loaded = store.load().expect("readable").expect("a copy");
            assert_eq!(loaded.list, list);
            assert_eq!(loaded.validators, saved.validators);
            assert_eq!(loaded.changed, saved.changed);
        }
        let files = fs::read_dir(directory.path().join("new")).expect("a directory");
        assert_eq!(files.count(), 1, "nothing is left beside");
    }

    #[test]
    fn each_address_has_a_copy_of_its_own() {
        let directory = tempfile::tempdir().expect("a directory");
        let one = store(directory.path(), "http://a.example/list?key=1");
        one.save(&copy("[]")).expect("room on the disk");
        let other = store(directory.path(), "http://a.example/list?key=2");
        assert!(other.load().expect("readable").is_none());
    }

    #[test]
    fn a_damaged_copy_is_an_error() {
        let directory = tempfile::tempdir().expect("a directory");
        let store = store(directory.path(), "http://a.example/list");
        for damaged in ["", "[]", "{\"changed\":\"1970-01-01T00:16:40Z\",\"list\":["] {
            fs::write(&store.file, damaged).expect("room on the disk");
            let error = store.load().expect_err("damaged");
            assert_eq!(error.kind(), io::ErrorKind::InvalidData, "{damaged}");
        }
    }
}
