//! What we ask of Pulumi Cloud about the tags of stacks.
//!
//! # What this may not do
//!
//! Know what a tag means.

use super::Client;
use crate::cloud::calls;
use crate::cloud::error::CloudError;
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
    pub async fn set_tag(
        &self,
        stack: &StackRef,
        name: &str,
        value: &str,
    ) -> Result<(), CloudError> {
        let call = calls::set_tag(stack, name, value);
        self.transport.done(&call).await
    }

    /// Removes a tag of a stack. One that is not there is as good as removed.
    pub async fn remove_tag(&self, stack: &StackRef, name: &str) -> Result<(), CloudError> {
        self.transport.done(&calls::remove_tag(stack, name)).await
    }
}
