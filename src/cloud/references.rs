//! Which stacks read the outputs of which, as the cloud knows from their states.
//!
//! # What this may not do
//!
//! Decide whether an update of one should start the other.

use super::client::Client;
use super::error::CloudError;
use super::transport::Call;
use crate::domain::StackRef;
use reqwest::Method;
use serde::Deserialize;

/// The stacks that hold a StackReference to one.
#[derive(Deserialize)]
struct ReferenceList {
    #[serde(rename = "referencedStacks", default)]
    stacks: Option<Vec<Reference>>,
}

/// One of them. The cloud has a word of its own for the project.
#[derive(Deserialize)]
struct Reference {
    organization: String,
    #[serde(rename = "routingProject")]
    project: String,
    #[serde(rename = "name")]
    stack: String,
}

impl Client {
    /// The stacks whose last states hold a StackReference to `stack`, in order; `None` if it does not exist.
    ///
    /// A stack whose name we would not take is left out.
    pub async fn downstream_references(
        &self,
        stack: &StackRef,
    ) -> Result<Option<Vec<StackRef>>, CloudError> {
        let operation = format!("look for the stacks that depend on `{stack}`");
        let segments = vec![
            "api",
            "stacks",
            stack.organization(),
            stack.project(),
            stack.stack(),
            "downstreamreferences",
        ];
        let call = Call::new(Method::GET, operation, segments);
        let found = self.transport().json::<ReferenceList>(&call).await?;
        Ok(found.map(|list| {
            let stacks = list.stacks.into_iter().flatten();
            let mut stacks: Vec<StackRef> = stacks
                .filter_map(|it| StackRef::new(&it.organization, &it.project, &it.stack).ok())
                .collect();
            stacks.sort();
            stacks.dedup();
            stacks
        }))
    }
}
