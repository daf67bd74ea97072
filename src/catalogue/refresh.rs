//! Where the list comes from, and how it is kept fresh.
//!
//! Owns what a new list must hold to before it may replace the one in use. When to look for one,
//! and what becomes of it, is `app`'s business.

use std::path::PathBuf;
use std::time::SystemTime;

use serde::de::Error as _;
use tokio::sync::Mutex;

use super::download::{Download, Downloaded, Validators};
use super::load::{Defects, trimmed};
use super::store::{Copy, Store};
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
pub struct Refresher(Place);

#[derive(Debug)]
enum Place {
    Sample,
    File(PathBuf),
    Address(Box<Address>),
}

#[derive(Debug)]
struct Address {
    download: Download,
    store: Option<Store>,
    /// Of the list in use. Locked while a new one is being fetched: one at a time.
    validators: Mutex<Validators>,
}

impl Refresher {
    /// Gets the first list. When an address does not give one, its copy is used.
    ///
    /// # Errors
    ///
    /// [`CatalogueError`], when there is no list at all.
    pub async fn open(location: &Location) -> Result<(Self, Catalogue), CatalogueError> {
        match location {
            Location::Sample => Ok((Self(Place::Sample), Catalogue::sample()?)),
            Location::File(path) => Ok((Self(Place::File(path.clone())), Catalogue::load(path)?)),
            Location::Address(url, directory) => {
                let (address, stored) = Address::open(url, directory.as_ref())?;
                let list = address.first(stored).await?;
                Ok((Self(Place::Address(Box::new(address))), list))
            }
        }
    }

    /// Whether the list should be looked for again by and by.
    #[must_use]
    pub fn is_remote(&self) -> bool {
        matches!(self.0, Place::Address(_))
    }

    /// Gets the list again; `None` when it is the one in use.
    ///
    /// # Errors
    ///
    /// [`CatalogueError`], when there is no list, a broken one, or one with less than half the
    /// universities of the one in use.
    pub async fn refresh(&self, in_use: &Catalogue) -> Result<Option<Catalogue>, CatalogueError> {
        match &self.0 {
            Place::Sample => Ok(None),
            Place::File(path) => {
                let path = path.clone();
                let new = aside(move || Catalogue::load(&path)).await?;
                accept(new, Some(in_use))
            }
            Place::Address(address) => address.refresh(Some(in_use)).await,
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

    async fn first(&self, stored: Option<Catalogue>) -> Result<Catalogue, CatalogueError> {
        match (self.refresh(stored.as_ref()).await, stored) {
            (Ok(Some(list)), _) | (Ok(None), Some(list)) => Ok(list),
            (Err(error), Some(list)) => {
                tracing::warn!(
                    error = telemetry::chain(&error),
                    catalogue.version = &*list.version.hash,
                    "catalogue could not be fetched, its copy is used"
                );
                Ok(list)
            }
            (Err(error), None) => Err(error),
            (Ok(None), None) => unreachable!("nothing is unchanged where nothing was"),
        }
    }

    async fn refresh(
        &self,
        in_use: Option<&Catalogue>,
    ) -> Result<Option<Catalogue>, CatalogueError> {
        let mut validators = self.validators.lock().await;
        let (document, given) = match self.download.fetch(&validators).await? {
            Downloaded::Unchanged => return Ok(None),
            Downloaded::Document(document, given) => (document, given),
        };
        let url = self.download.url().clone();
        let changed = given.changed().unwrap_or_else(SystemTime::now);
        // Reading and checking ten thousand records is in the way of requests.
        let (copy, new) = aside(move || -> Result<_, CatalogueError> {
            let name = url.to_string();
            let document = text(&name, document)?;
            let list = trimmed(&document).to_owned();
            let new = Catalogue::parse(&name, &list, changed, Defects::LeftOut)?;
            let copy = Copy {
                list,
                validators: given,
                changed,
            };
            Ok((copy, new))
        })
        .await?;
        let accepted = accept(new, in_use)?;
        *validators = copy.validators.clone();
        if let Some(store) = self.store.clone() {
            aside(move || save(&store, &copy)).await;
        }
        Ok(accepted)
    }
}

/// The new list, if it is another than the one in use.
fn accept(new: Catalogue, in_use: Option<&Catalogue>) -> Result<Option<Catalogue>, CatalogueError> {
    let Some(in_use) = in_use else {
        return Ok(Some(new));
    };
    let (given, had) = (new.universities().len(), in_use.universities().len());
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
fn save(store: &Store, copy: &Copy) {
    if let Err(error) = store.save(copy) {
        let file = store.file().display();
        tracing::warn!(%error, %file, "catalogue could not be stored");
    }
}
