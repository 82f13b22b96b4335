//! Errors of coherence windows.

use super::name::{MAX_NAME, WindowName};
use crate::domain::stacks::StackPath;
use crate::parts::Refusal;

/// Why an update cannot join a window.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum WindowError {
    #[error(
        "`coherenceWindow` must have 1 to {MAX_NAME} characters, without spaces and line breaks"
    )]
    Name,
    #[error(
        "the coherence window `{0}` is one of previews: run the update without its preview (`--skip-preview`), in a \
         separate window"
    )]
    OfPreviews(WindowName),
    #[error("the coherence window `{0}` is one of updates: preview in a separate window")]
    OfUpdates(WindowName),
    #[error(
        "the coherence window `{window}` has an update of the stack `{stack}` already, and each stack has at most one: use a \
         new window"
    )]
    Taken {
        window: WindowName,
        stack: StackPath,
    },
}

impl WindowError {
    /// The kind of answer for this error.
    pub(crate) fn refusal(&self) -> Refusal {
        match self {
            WindowError::Name => Refusal::Invalid,
            WindowError::OfPreviews(_) | WindowError::OfUpdates(_) | WindowError::Taken { .. } => {
                Refusal::Conflict
            }
        }
    }
}
