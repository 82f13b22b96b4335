//! What the resources and functions of one configured provider share.
//!
//! # What this may not do
//!
//! Know a resource's inputs or outputs.

use super::component::begun::Begun;
use super::error::{NO_ORGANIZATION, ResourceError};
use super::webhook::replacement::Holders;
use crate::cloud::{Client, CloudError};
use crate::domain::StackRef;
use crate::property::CheckFailure;
use crate::survey::Survey;
use std::collections::BTreeSet;
use tokio::sync::OnceCell;

/// The cloud of a configured provider, and what was found out about it since.
#[derive(Debug)]
pub struct Context {
    /// The cloud.
    pub cloud: Client,
    /// Facts about stacks on the cloud, each asked once for this configuration.
    pub survey: Survey,
    /// Which resource of this deployment holds which webhook.
    pub holders: Holders,
    /// The webhooks of components that were made since the provider was configured.
    pub begun: Begun,
    organization: OnceCell<Option<String>>,
}

impl Context {
    /// The context of a cloud of which nothing is known yet.
    pub fn new(cloud: Client) -> Context {
        Context {
            survey: Survey::new(cloud.clone()),
            cloud,
            holders: Holders::default(),
            begun: Begun::default(),
            organization: OnceCell::new(),
        }
    }

    /// The stacks that hold a StackReference to this one.
    ///
    /// # Errors
    ///
    /// [`ResourceError::NoSuchStack`] if it does not exist; whatever the cloud refuses.
    pub async fn downstream_stacks(
        &self,
        stack: &StackRef,
    ) -> Result<BTreeSet<StackRef>, ResourceError> {
        let found = self.survey.downstream_references(stack).await?;
        let found = found.ok_or_else(|| ResourceError::NoSuchStack {
            stack: stack.clone(),
        })?;
        Ok(found.iter().cloned().collect())
    }

    /// As [`Context::organization`], for an input `organization` that was not written.
    ///
    /// # Errors
    ///
    /// [`ResourceError::Inputs`] if it could not be found.
    pub async fn required_organization(
        &self,
        project: &str,
        stack: &str,
    ) -> Result<String, ResourceError> {
        let found = self.organization(project, stack).await;
        found.ok_or_else(|| {
            let failure = CheckFailure::new("organization", NO_ORGANIZATION);
            ResourceError::Inputs(vec![failure])
        })
    }

    /// The organization of the stack that the program runs for, asked once in a process.
    ///
    /// The engine does not tell a custom resource; the cloud knows the stack by its project and name. If it knows
    /// several, or none because the state is elsewhere, the default organization of the token's user stands in, as it
    /// does for the Pulumi CLI. `None` if the cloud does not tell.
    pub async fn organization(&self, project: &str, stack: &str) -> Option<String> {
        let found = self
            .organization
            .get_or_try_init(|| self.ask_for_organization(project, stack))
            .await;
        found
            .unwrap_or_else(|error| {
                tracing::warn!("the organization of this program could not be found: {error}");
                &None
            })
            .clone()
    }

    async fn ask_for_organization(
        &self,
        project: &str,
        stack: &str,
    ) -> Result<Option<String>, CloudError> {
        let organizations = self.cloud.organizations_of_stack(project, stack).await?;
        match organizations.as_slice() {
            [only] => Ok(Some(only.clone())),
            _ => self.cloud.default_organization().await,
        }
    }
}
