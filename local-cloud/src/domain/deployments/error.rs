//! Errors about deployments and their settings.

use super::states::UnknownOperation;
use crate::domain::stacks::{StackError, StackPath};
use crate::parts::{Refusal, SecretsError, StoreError};

/// What is wrong with settings.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum InvalidSettings {
    #[error("`{path}` has the wrong type")]
    Type { path: String },
    #[error("`{path}` {problem}")]
    Value { path: String, problem: &'static str },
    #[error("`{path}`: this ciphertext does not belong to this stack")]
    ForeignCiphertext { path: String },
}

/// Why settings cannot be encrypted.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SealError {
    #[error(transparent)]
    Invalid(#[from] InvalidSettings),
    #[error(transparent)]
    Secrets(#[from] SecretsError),
}

/// Why an operation on a deployment or its settings failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DeploymentError {
    #[error("stack `{0}` has no deployment settings")]
    NoSettings(StackPath),
    #[error("stack `{stack}` has no deployment `{given}`")]
    NoDeployment { stack: StackPath, given: String },
    #[error("deployment `{0}` does not exist")]
    Unknown(String),
    #[error("stack `{0}` has no deployment settings: nothing can be deployed")]
    NotConfigured(StackPath),
    #[error(
        "the deployment settings of stack `{0}` name no source: `sourceContext.git.repoUrl` is required"
    )]
    NoSource(StackPath),
    #[error("deployment {version} is over: its status is `{status}`")]
    Over { version: i64, status: &'static str },
    #[error("stack `{0}` has no deployment settings: nothing can be paused")]
    NothingToPause(StackPath),
    #[error(transparent)]
    Stack(StackError),
    #[error(transparent)]
    Operation(#[from] UnknownOperation),
    #[error(transparent)]
    Invalid(#[from] InvalidSettings),
    #[error("a secret of the deployment settings cannot be used")]
    Secret(#[from] SecretsError),
    #[error("the store could not answer")]
    Store(#[from] StoreError),
}

impl From<StackError> for DeploymentError {
    fn from(error: StackError) -> DeploymentError {
        match error {
            // An error of the store is the same for every operation.
            StackError::Store(error) => DeploymentError::Store(error),
            error => DeploymentError::Stack(error),
        }
    }
}

impl From<SealError> for DeploymentError {
    fn from(error: SealError) -> DeploymentError {
        match error {
            SealError::Invalid(error) => error.into(),
            SealError::Secrets(error) => error.into(),
        }
    }
}

impl DeploymentError {
    /// The kind of answer for this error.
    pub(crate) fn refusal(&self) -> Refusal {
        match self {
            DeploymentError::Stack(error) => error.refusal(),
            DeploymentError::NoSettings(_)
            | DeploymentError::NoDeployment { .. }
            | DeploymentError::Unknown(_) => Refusal::NotFound,
            DeploymentError::Over { .. } => Refusal::Conflict,
            DeploymentError::NotConfigured(_)
            | DeploymentError::NoSource(_)
            | DeploymentError::NothingToPause(_)
            | DeploymentError::Operation(_)
            | DeploymentError::Invalid(_) => Refusal::Invalid,
            DeploymentError::Secret(_) | DeploymentError::Store(_) => Refusal::Internal,
        }
    }
}
