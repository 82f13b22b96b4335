//! The bodies of stacks and of the references between them.
//!
//! # What this may not do
//!
//! Leave the folder of the cloud.

use super::page::Page;
use crate::cloud::stack::StackSummary;
use crate::domain::StackRef;
use serde::Deserialize;

/// A page of the list of stacks.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::cloud) struct StackPage {
    pub(in crate::cloud) stacks: Vec<StackAnswer>,
    #[serde(default)]
    continuation_token: Option<String>,
}

impl Page for StackPage {
    fn next(&mut self) -> Option<String> {
        self.continuation_token.take()
    }
}

#[derive(Deserialize)]
pub(in crate::cloud) struct StackAnswer {
    #[serde(rename = "orgName")]
    pub(in crate::cloud) organization: String,
    #[serde(rename = "projectName")]
    pub(in crate::cloud) project: String,
    #[serde(rename = "stackName")]
    pub(in crate::cloud) stack: String,
    #[serde(rename = "lastUpdate", default)]
    pub(in crate::cloud) last_update: Option<u64>,
    #[serde(rename = "resourceCount", default)]
    pub(in crate::cloud) resource_count: Option<u64>,
}

impl StackAnswer {
    /// The stack; `None` if no stack can have this name.
    pub(in crate::cloud) fn into_summary(self) -> Option<StackSummary> {
        Some(StackSummary {
            stack: StackRef::new(&self.organization, &self.project, &self.stack).ok()?,
            last_update: self.last_update.filter(|seconds| *seconds > 0),
            resource_count: self.resource_count,
        })
    }
}

/// The part of a stack that is read.
#[derive(Deserialize)]
pub(in crate::cloud) struct OneStackAnswer {
    #[serde(default)]
    pub(in crate::cloud) id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::cloud) struct ReferencesAnswer {
    pub(in crate::cloud) referenced_stacks: Vec<ReferenceAnswer>,
}

#[derive(Deserialize)]
pub(in crate::cloud) struct ReferenceAnswer {
    pub(in crate::cloud) organization: String,
    #[serde(rename = "routingProject")]
    pub(in crate::cloud) project: String,
    #[serde(rename = "name")]
    pub(in crate::cloud) stack: String,
}
