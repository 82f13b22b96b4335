//! Errors of running deployments.

use super::process::ProcessError;
use crate::domain::deployments::InvalidSettings;
use crate::parts::{SecretsError, StoreError};
use std::io;

/// A deployment could not be completed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RunError {
    #[error(transparent)]
    Settings(#[from] InvalidSettings),
    #[error("the deployment settings name no source")]
    NoSource,
    #[error("a secret of the deployment settings cannot be opened")]
    Secret(#[from] SecretsError),
    #[error("the folder of the deployment cannot be used")]
    Folder(#[source] io::Error),
    #[error("the source has no folder `{folder}`")]
    Program {
        folder: String,
        #[source]
        source: io::Error,
    },
    #[error(transparent)]
    Process(#[from] ProcessError),
    #[error("the store could not answer")]
    Store(#[from] StoreError),
    #[error("a bug in the local cloud: please report it")]
    GivenUp,
}
