//! Errors of environments.

use super::diagnostic::Diagnostic;
use crate::domain::stacks::{EnvironmentPath, StackError};
use crate::parts::{Refusal, SecretsError, StoreError};

/// Why an operation on an environment failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EnvironmentError {
    #[error(transparent)]
    Stack(#[from] StackError),
    #[error("environment `{path}` has no revision `{version}`")]
    NoRevision {
        path: EnvironmentPath,
        version: String,
    },
    #[error("environment `{path}` has no tag `{name}`")]
    NoTag { path: EnvironmentPath, name: String },
    #[error("environment `{path}` already has a tag `{name}`")]
    TagExists { path: EnvironmentPath, name: String },
    #[error(
        "`{0}` is not a name of a tag: it must have 1 to 100 letters, digits, `.`, `_`, `-` and `:`"
    )]
    TagName(String),
    #[error(
        "the name of a tag of revisions begins with a letter and is not `latest`: `{0}` does not fit"
    )]
    RevisionTagName(String),
    #[error("tag `{name}` has another value than `{expected}`: read it again")]
    TagChanged { name: String, expected: String },
    #[error("environment `{0}` was changed meanwhile: read it again")]
    Changed(EnvironmentPath),
    // The CLI looks for `protect` in the message of a conflict.
    #[error("environment `{0}` is protected from deletion")]
    Protected(EnvironmentPath),
    #[error("there is no opened environment `{0}`, or it has expired: open the environment again")]
    NotOpen(String),
    #[error("the definition has errors")]
    Definition(Vec<Diagnostic>),
    #[error("secrets could not be sealed")]
    Secrets(#[from] SecretsError),
}

impl EnvironmentError {
    /// The kind of answer for this error.
    pub(crate) fn refusal(&self) -> Refusal {
        match self {
            EnvironmentError::Stack(error) => error.refusal(),
            EnvironmentError::NoRevision { .. }
            | EnvironmentError::NoTag { .. }
            | EnvironmentError::NotOpen(_) => Refusal::NotFound,
            EnvironmentError::TagExists { .. }
            | EnvironmentError::TagChanged { .. }
            | EnvironmentError::Changed(_)
            | EnvironmentError::Protected(_) => Refusal::Conflict,
            EnvironmentError::TagName(_)
            | EnvironmentError::RevisionTagName(_)
            | EnvironmentError::Definition(_) => Refusal::Invalid,
            EnvironmentError::Secrets(_) => Refusal::Internal,
        }
    }
}

impl From<StoreError> for EnvironmentError {
    fn from(error: StoreError) -> EnvironmentError {
        StackError::from(error).into()
    }
}
