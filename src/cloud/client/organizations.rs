//! What we ask of Pulumi Cloud about organizations.
//!
//! # What this may not do
//!
//! Choose among several.

use super::Client;
use crate::cloud::call::Call;
use crate::cloud::error::CloudError;
use crate::cloud::wire::user::{DefaultOrganization, StackList, User};
use reqwest::Method;
use std::collections::BTreeSet;

impl Client {
    /// The organizations that have a stack of this name in a project of this name, in order, each once.
    pub async fn organizations_of_stack(
        &self,
        project: &str,
        stack: &str,
    ) -> Result<Vec<String>, CloudError> {
        let operation = format!("look for the stack `{project}/{stack}`");
        let mut call = Call::new(Method::GET, operation, vec!["api", "user", "stacks"]);
        call.query.push(("project", project));
        let found = self.transport.json::<StackList>(&call).await?;
        let stacks = found.into_iter().flat_map(|list| list.stacks);
        let same = stacks.filter(|found| found.project == project && found.stack == stack);
        Ok(same
            .map(|found| found.organization)
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect())
    }

    /// The organization that the token's user works in where none is named: the default one, else the user's own.
    pub async fn default_organization(&self) -> Result<Option<String>, CloudError> {
        let operation = "ask for the default organization".to_owned();
        let call = Call::new(
            Method::GET,
            operation,
            vec!["api", "user", "organizations", "default"],
        );
        let default = self.transport.json::<DefaultOrganization>(&call).await?;
        if let Some(default) = default.filter(|default| !default.login.is_empty()) {
            return Ok(Some(default.login));
        }
        let call = Call::new(
            Method::GET,
            "ask for the user".to_owned(),
            vec!["api", "user"],
        );
        Ok(self
            .transport
            .json::<User>(&call)
            .await?
            .map(|user| user.login))
    }
}
