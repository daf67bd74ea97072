//! Where the list comes from, and how it is kept fresh.
//!
//! Owns what a new list must hold to before it may replace the one in use. When to look for one,
//! and what becomes of it, is `app`'s business.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use serde::de::Error as _;

use super::download::{Download, Downloaded, Validators};
use super::load::{Defects, trimmed};
use super::store::{Store, StoredList};
use super::{Catalogue, CatalogueError};
use crate::aside::aside;
use crate::outbound::RemoteUrl;
use crate::telemetry;

/// Where a list comes from.
#[derive(Debug, Clone)]
pub enum Location {
    /// The program itself.
    Sample,
    /// A file.
    File(PathBuf),
    /// An address, of whose list a copy is kept in the directory, if one is given.
    Address(RemoteUrl, Option<PathBuf>),
}

/// Gets the list from its location, again and again.
#[derive(Debug)]
pub struct Refresher(Way);

#[derive(Debug)]
enum Way {
    Sample,
    File(PathBuf),
    Address(Box<Address>),
}

#[derive(Debug)]
struct Address {
    download: Download,
    store: Option<Store>,
    /// Of the list in use.
    validators: Mutex<Validators>,
}

/// A list that may be used.
#[derive(Debug)]
pub struct Fresh {
    /// The list.
    pub catalogue: Catalogue,
    /// What [`Refresher::keep`] needs once it is in use.
    pub receipt: Receipt,
}

/// Where a list came from, to be handed back when the list is in use: only then is its address
/// asked for nothing but newer ones, and a copy kept.
#[derive(Debug)]
pub struct Receipt(Option<StoredList>);

impl Refresher {
    /// Gets the first list. When an address does not give one, its copy is used, and the second
    /// value is the reason.
    ///
    /// # Errors
    ///
    /// [`CatalogueError`], when there is no list at all.
    pub async fn open(
        location: &Location,
    ) -> Result<(Self, Fresh, Option<CatalogueError>), CatalogueError> {
        let local = |way, catalogue| (Self(way), Fresh::local(catalogue), None);
        match location {
            Location::Sample => Ok(local(Way::Sample, Catalogue::sample()?)),
            Location::File(path) => {
                let at = path.clone();
                let catalogue = aside(move || Catalogue::load(&at)).await?;
                Ok(local(Way::File(path.clone()), catalogue))
            }
            Location::Address(url, directory) => {
                let (address, stored) = Address::open(url, directory.as_ref())?;
                let (fresh, instead_of) = address.first(stored).await?;
                Ok((Self(Way::Address(Box::new(address))), fresh, instead_of))
            }
        }
    }

    /// Whether the list should be looked for again by and by.
    #[must_use]
    pub fn is_remote(&self) -> bool {
        matches!(self.0, Way::Address(_))
    }

    /// Gets the list again; `None` when it is the one in use.
    ///
    /// # Errors
    ///
    /// [`CatalogueError`], when there is no list, a broken one, or one with less than half the
    /// universities of the one in use.
    pub async fn refresh(&self, in_use: &Catalogue) -> Result<Option<Fresh>, CatalogueError> {
        match &self.0 {
            Way::Sample => Ok(None),
            Way::File(path) => {
                let path = path.clone();
                let new = aside(move || Catalogue::load(&path)).await?;
                Ok(accept(new, in_use)?.map(Fresh::local))
            }
            Way::Address(address) => match address.fetch().await? {
                None => Ok(None),
                Some(Fresh { catalogue, receipt }) => {
                    if let Some(catalogue) = accept(catalogue, in_use)? {
                        return Ok(Some(Fresh { catalogue, receipt }));
                    }
                    // The same list again, which may be known by other marks from now on.
                    address.keep(receipt, in_use.version.changed).await;
                    Ok(None)
                }
            },
        }
    }

    /// Notes that the list of the receipt is in use.
    pub async fn keep(&self, receipt: Receipt) {
        if let (Way::Address(address), Some(list)) = (&self.0, &receipt.0) {
            let changed = list.changed;
            address.keep(receipt, changed).await;
        }
    }
}

impl Fresh {
    fn local(catalogue: Catalogue) -> Self {
        Self {
            catalogue,
            receipt: Receipt(None),
        }
    }
}

impl Address {
    /// The address, and the list of its copy.
    fn open(
        url: &RemoteUrl,
        directory: Option<&PathBuf>,
    ) -> Result<(Self, Option<Catalogue>), CatalogueError> {
        let download = Download::new(url.clone())?;
        let store = directory.map(|directory| {
            Store::open(directory, url).map_err(|cause| CatalogueError::DataDir {
                path: directory.clone(),
                cause,
            })
        });
        let store = store.transpose()?;
        let stored = store.as_ref().and_then(|store| stored(store, url));
        let (list, validators) = stored.unzip();
        let address = Self {
            download,
            store,
            validators: Mutex::new(validators.unwrap_or_default()),
        };
        Ok((address, list))
    }

    /// The address's list, or its copy and why it had to be that.
    async fn first(
        &self,
        stored: Option<Catalogue>,
    ) -> Result<(Fresh, Option<CatalogueError>), CatalogueError> {
        let fetched = self.fetch().await;
        let Some(stored) = stored else {
            let unusable = |error| CatalogueError::Unusable(Box::new(error));
            let fresh = fetched.map_err(unusable)?;
            return Ok((fresh.expect("nothing is unchanged where nothing was"), None));
        };
        let new = fetched.and_then(|fresh| {
            let Some(Fresh { catalogue, receipt }) = fresh else {
                return Ok(None);
            };
            let accepted = accept(catalogue, &stored)?;
            Ok(accepted.map(|catalogue| Fresh { catalogue, receipt }))
        });
        Ok(match new {
            Ok(Some(fresh)) => (fresh, None),
            Ok(None) => (Fresh::local(stored), None),
            Err(error) => {
                tracing::warn!(
                    error = telemetry::chain(&error),
                    catalogue.version = &*stored.version.hash,
                    "no usable catalogue at the address, its copy is used"
                );
                (Fresh::local(stored), Some(error))
            }
        })
    }

    /// The list at the address; `None` when it is the one that the validators are of.
    async fn fetch(&self) -> Result<Option<Fresh>, CatalogueError> {
        let validators = self.lock().clone();
        let (document, given) = match self.download.fetch(&validators).await? {
            Downloaded::Unchanged => return Ok(None),
            Downloaded::Document(document, given) => (document, given),
        };
        let name = self.download.url().to_string();
        let changed = given.changed().unwrap_or_else(SystemTime::now);
        // Reading and checking ten thousand records is in the way of requests.
        aside(move || {
            let document = text(&name, document.into())?;
            let list = trimmed(&document).to_owned();
            let catalogue = Catalogue::parse(&name, &list, changed, Defects::LeftOut)?;
            let receipt = Receipt(Some(StoredList {
                list,
                validators: given,
                changed: catalogue.version.changed,
            }));
            Ok(Some(Fresh { catalogue, receipt }))
        })
        .await
    }

    /// Remembers the validators of the list that is in use, and keeps a copy of it.
    async fn keep(&self, Receipt(list): Receipt, changed: SystemTime) {
        let Some(list) = list.filter(|list| list.validators != *self.lock()) else {
            return;
        };
        self.lock().clone_from(&list.validators);
        if let Some(store) = self.store.clone() {
            aside(move || save(&store, &StoredList { changed, ..list })).await;
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Validators> {
        // Nothing panics while the lock is held.
        self.validators
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// The new list, if it is another than the one in use.
fn accept(new: Catalogue, in_use: &Catalogue) -> Result<Option<Catalogue>, CatalogueError> {
    let (given, had) = (new.distinct(), in_use.distinct());
    if given < had.div_ceil(2) {
        return Err(CatalogueError::Shrunk {
            name: new.name,
            given,
            in_use: had,
        });
    }
    Ok(Some(new).filter(|new| new.version.hash != in_use.version.hash))
}

/// The document as text: what is not UTF-8 is not JSON (RFC 8259 §8.1).
fn text(name: &str, document: Vec<u8>) -> Result<String, CatalogueError> {
    String::from_utf8(document).map_err(|error| CatalogueError::NotAList {
        name: name.to_owned(),
        cause: serde_json::Error::custom(error),
    })
}

/// The copy in the store, if there is a good one.
fn stored(store: &Store, url: &RemoteUrl) -> Option<(Catalogue, Validators)> {
    let unusable = |error: &(dyn std::error::Error + 'static)| {
        let file = store.file().display();
        tracing::warn!(error = telemetry::chain(error), %file, "copy of the catalogue cannot be used");
    };
    let copy = store.load().inspect_err(|error| unusable(error)).ok()??;
    let name = url.to_string();
    let list = Catalogue::parse(&name, &copy.list, copy.changed, Defects::LeftOut);
    let list = list.inspect_err(|error| unusable(error)).ok()?;
    Some((list, copy.validators))
}

/// A list that cannot be stored is still a good list.
fn save(store: &Store, list: &StoredList) {
    if let Err(error) = store.save(list) {
        let file = store.file().display();
        tracing::warn!(%error, %file, "catalogue could not be stored");
    }
}
