//! Operations on states.
//!
//! # What this may not do
//!
//! Decrypt a secret, or decide what a state means for a resource.

use super::Client;
use crate::cloud::calls;
use crate::cloud::error::CloudError;
use crate::cloud::state::{HeldOutputs, StackState};
use crate::cloud::wire::state::ExportAnswer;
use crate::domain::StackRef;

impl Client {
    /// The current state of a stack, also in the middle of an update; `None` if the stack does not exist.
    ///
    /// # Errors
    ///
    /// As every operation, and [`ErrorKind::TooLarge`](crate::cloud::ErrorKind::TooLarge) if the state exceeds the limit
    /// for answers.
    pub async fn state(&self, stack: &StackRef) -> Result<Option<StackState>, CloudError> {
        let answer: Option<ExportAnswer> = self.transport.json(&calls::state(stack)).await?;
        Ok(answer.map(Into::into))
    }

    /// The outputs of other stacks that the state of a stack holds now; `None` if the stack does not exist.
    ///
    /// # Errors
    ///
    /// As [`Client::state`].
    pub async fn held_outputs(&self, stack: &StackRef) -> Result<Option<HeldOutputs>, CloudError> {
        let answer: Option<ExportAnswer> = self.transport.json(&calls::state(stack)).await?;
        Ok(answer.map(Into::into))
    }
}
