//! Why a cloud cannot be opened.

use crate::domain::names::NameError;
use crate::parts::{SecretsError, StoreError};
use std::io;
use std::path::PathBuf;

/// How many characters the token of a cloud for other machines must have.
pub(super) const MIN_REMOTE_TOKEN: usize = 32;

/// A cloud could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The token is empty, so every client would have it.
    #[error("the token must not be empty")]
    EmptyToken,
    /// No client could send the token.
    #[error("the token may have no blanks and nothing beyond ASCII: clients could not send it")]
    UnusableToken,
    /// Other machines should be served, but the token could be guessed.
    #[error("a cloud for other machines needs a token of {MIN_REMOTE_TOKEN} characters or more")]
    WeakToken,
    /// An organization cannot have this name.
    #[error(transparent)]
    Organization(#[from] NameError),
    /// The data folder cannot be made or locked.
    #[error("the data folder {} cannot be used", path.display())]
    Folder {
        /// Where it is.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// Another cloud has the data folder open.
    #[error("the data folder {} is in use by another local cloud", path.display())]
    InUse {
        /// Where it is.
        path: PathBuf,
    },
    /// The key of the data folder cannot be used.
    #[error("the key of the data folder cannot be used")]
    Secrets(#[from] SecretsError),
    /// The database of the data folder cannot be used.
    #[error("the database of the data folder cannot be used")]
    Store(#[from] StoreError),
    /// The HTTP client for deliveries could not be made.
    #[error("the client for deliveries could not be made")]
    Client(#[source] reqwest::Error),
}
