//! What we ask of Pulumi Cloud about organizations.
//!
//! # What this may not do
//!
//! Choose among several.

use super::Client;
use crate::cloud::calls;
use crate::cloud::error::CloudError;
use crate::cloud::wire::stack::StackPage;
use crate::cloud::wire::user::{DefaultOrganization, User};
use std::collections::BTreeSet;

impl Client {
    /// The organizations that have a stack of this name in a project of this name, in order, each once.
    pub async fn organizations_of_stack(
        &self,
        project: &str,
        stack: &str,
    ) -> Result<Vec<String>, CloudError> {
        let call = calls::stacks_of_project(project, stack);
        let found: Option<StackPage> = self.transport.json(&call).await?;
        let stacks = found.into_iter().flat_map(|page| page.stacks);
        let same = stacks.filter(|found| found.project == project && found.stack == stack);
        let organizations: BTreeSet<String> = same.map(|found| found.organization).collect();
        Ok(organizations.into_iter().collect())
    }

    /// The organization that the token's user works in where none is named: the default one, else the user's own.
    pub async fn default_organization(&self) -> Result<Option<String>, CloudError> {
        let call = calls::default_organization();
        let default: Option<DefaultOrganization> = self.transport.json(&call).await?;
        if let Some(default) = default.filter(|default| !default.login.is_empty()) {
            return Ok(Some(default.login));
        }
        let user: Option<User> = self.transport.json(&calls::user()).await?;
        Ok(user.map(|user| user.login))
    }
}
