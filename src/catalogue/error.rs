//! Why there is no catalogue.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use crate::outbound::RemoteUrl;

type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why a catalogue could not be loaded, or a new one was refused.
#[derive(Debug, Error)]
pub enum CatalogueError {
    /// The file could not be read.
    #[error("the catalogue {} could not be read", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        cause: io::Error,
    },
    /// What is there is no regular file, or too large a one.
    #[error("the catalogue {} is no regular file of at most {limit} bytes", path.display())]
    NotAFile {
        /// The path.
        path: PathBuf,
        /// The most bytes accepted.
        limit: usize,
    },
    /// The directory for copies cannot be used.
    #[error("the data directory {} cannot be written to", path.display())]
    DataDir {
        /// The directory.
        path: PathBuf,
        /// What the system said.
        #[source]
        cause: io::Error,
    },
    /// The client for an address could not be set up.
    #[error("the client for the catalogue could not be set up")]
    Client(#[source] Cause),
    /// The address did not answer with a document.
    #[error("the catalogue {url} could not be fetched")]
    Fetch {
        /// The address.
        url: RemoteUrl,
        /// What the client said.
        #[source]
        cause: Cause,
    },
    /// The address answered with another status than 200.
    #[error("the catalogue {url} was answered with status {status}")]
    Status {
        /// The address.
        url: RemoteUrl,
        /// The status code.
        status: u16,
    },
    /// The document is over the limit.
    #[error("the catalogue {url} is larger than {limit} bytes")]
    TooLarge {
        /// The address.
        url: RemoteUrl,
        /// The most decoded bytes accepted.
        limit: usize,
    },
    /// The address sends elsewhere than it is followed to.
    #[error("the catalogue {url} redirects to where it is not followed (status {status})")]
    Redirected {
        /// The address.
        url: RemoteUrl,
        /// The redirect's status code.
        status: u16,
    },
    /// The list is over the limit.
    #[error("the catalogue {name} has more than {limit} records")]
    TooManyRecords {
        /// The list's name.
        name: String,
        /// The most records accepted.
        limit: usize,
    },
    /// There is no list at the address that could be used, and no copy of one.
    #[error("there is neither a usable list at the catalogue's address nor a copy of one")]
    Unusable(#[source] Box<Self>),
    /// The document is not a list of records.
    #[error("the catalogue {name} is not a JSON array of records")]
    NotAList {
        /// The list's name.
        name: String,
        /// What the decoder said.
        #[source]
        cause: serde_json::Error,
    },
    /// A list without records.
    #[error("the catalogue {name} has no records")]
    Empty {
        /// The list's name.
        name: String,
    },
    /// A record is wrong.
    #[error("the catalogue {name} is wrong in record {number} ({record}), field {field}: {why}")]
    Record {
        /// The list's name.
        name: String,
        /// The record's place in the list, from 1.
        number: usize,
        /// The record's name, or how it begins when it has none.
        record: String,
        /// The field, down to the list element.
        field: String,
        /// What is wrong with it, and what is allowed.
        why: String,
    },
    /// A new list that has lost most of the one in use.
    #[error(
        "the new catalogue {name} has {given} universities, less than half of the {in_use} in use"
    )]
    Shrunk {
        /// The list's name.
        name: String,
        /// How many universities it has.
        given: usize,
        /// How many the one in use has.
        in_use: usize,
    },
}
