//! Why a cloud cannot be opened.

use crate::domain::names::NameError;
use crate::parts::{SecretsError, StoreError};
use std::io;
use std::path::PathBuf;

/// The minimum length of the token if other machines are served.
pub(super) const MIN_REMOTE_TOKEN: usize = 32;

/// A cloud could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The token is empty, so anyone would have it.
    #[error("the token must not be empty")]
    EmptyToken,
    /// The token cannot be sent in a header.
    #[error("the token may have no blanks and nothing beyond ASCII: clients could not send it")]
    UnusableToken,
    /// Other machines are served, but the token could be guessed.
    #[error("a cloud for other machines needs a token of {MIN_REMOTE_TOKEN} characters or more")]
    WeakToken,
    /// The name of an organization is invalid.
    #[error(transparent)]
    Organization(#[from] NameError),
    /// The data folder cannot be created or locked.
    #[error("the data folder {} cannot be used", path.display())]
    Folder {
        /// Its path.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// Another cloud has the data folder open.
    #[error("the data folder {} is in use by another local cloud", path.display())]
    InUse {
        /// Its path.
        path: PathBuf,
    },
    /// The key in the data folder is unusable.
    #[error("the key of the data folder cannot be used")]
    Secrets(#[from] SecretsError),
    /// The database in the data folder is unusable.
    #[error("the database of the data folder cannot be used")]
    Store(#[from] StoreError),
    /// The HTTP client for deliveries could not be created.
    #[error("the client for deliveries could not be made")]
    Client(#[source] reqwest::Error),
}
