//! What we ask of Pulumi Cloud about the tags of stacks.
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
    /// The value of a tag of a stack; `None` if it has no such tag, or is not there.
    pub async fn tag(&self, stack: &StackRef, name: &str) -> Result<Option<String>, CloudError> {
        let found: Option<TagsAnswer> = self.transport.json(&calls::tags(stack)).await?;
        let tags = found.and_then(|found| found.tags);
        Ok(tags.and_then(|mut tags| tags.remove(name)))
    }

    /// Sets a tag of a stack, whether it has that tag or not. Its other tags stay.
    ///
    /// Of two that set a new tag at the same time, one succeeds without effect: callers that must know read the tag
    /// afterwards.
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
            // It is refused if it is there by now, such as by a first try whose answer was lost.
            Err(error) if self.tag(stack, name).await?.is_none() => Err(error),
            _ => Ok(()),
        }
    }

    /// Removes a tag of a stack. One that is not there is as good as removed.
    pub async fn remove_tag(&self, stack: &StackRef, name: &str) -> Result<(), CloudError> {
        self.transport.done(&calls::remove_tag(stack, name)).await
    }
}
