//! What we ask of Pulumi Cloud about states.
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
    /// The state of a stack as it is now, in the middle of an update as well; `None` if the stack is not there.
    ///
    /// # Errors
    ///
    /// As every operation; and [`ErrorKind::TooLarge`](crate::cloud::ErrorKind::TooLarge) for a state that is longer than
    /// an answer may be.
    pub async fn state(&self, stack: &StackRef) -> Result<Option<StackState>, CloudError> {
        let answer: Option<ExportAnswer> = self.transport.json(&calls::state(stack)).await?;
        Ok(answer.map(Into::into))
    }

    /// What the state of a stack holds of other stacks' outputs now; `None` if the stack is not there.
    ///
    /// # Errors
    ///
    /// As [`Client::state`].
    pub async fn held_outputs(&self, stack: &StackRef) -> Result<Option<HeldOutputs>, CloudError> {
        let answer: Option<ExportAnswer> = self.transport.json(&calls::state(stack)).await?;
        Ok(answer.map(Into::into))
    }
}
