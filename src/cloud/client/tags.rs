//! Operations on the tags of stacks.
//!
//! # What this may not do
//!
//! Know what a tag means.

use super::Client;
use crate::cloud::calls;
use crate::cloud::error::{CloudError, ErrorKind};
use crate::cloud::wire::tags::TagsAnswer;
use crate::domain::StackRef;

impl Client {
    /// The value of a tag of a stack; `None` if the tag or the stack does not exist.
    pub async fn tag(&self, stack: &StackRef, name: &str) -> Result<Option<String>, CloudError> {
        let found: Option<TagsAnswer> = self.transport.json(&calls::tags(stack)).await?;
        let tags = found.and_then(|found| found.tags);
        Ok(tags.and_then(|mut tags| tags.remove(name)))
    }

    /// Sets a tag of a stack, whether or not the tag exists. The stack's other tags stay.
    ///
    /// If two callers set a new tag at the same time, one of them succeeds without effect. Callers that must know read the
    /// tag afterwards.
    pub async fn set_tag(
        &self,
        stack: &StackRef,
        name: &str,
        value: &str,
    ) -> Result<(), CloudError> {
        let call = calls::change_tag(stack, name, value);
        match self.transport.done(&call).await {
            Err(error) if matches!(error.kind, ErrorKind::NoSuchScope { .. }) => {}
            changed => return changed,
        }
        let call = calls::add_tag(stack, name, value);
        match self.transport.done(&call).await {
            // The tag may exist by now, for example because of a first try whose answer was lost.
            Err(error) if self.tag(stack, name).await?.is_none() => Err(error),
            _ => Ok(()),
        }
    }

    /// Removes a tag of a stack. One that does not exist counts as removed.
    pub async fn remove_tag(&self, stack: &StackRef, name: &str) -> Result<(), CloudError> {
        self.transport.done(&calls::remove_tag(stack, name)).await
    }
}
