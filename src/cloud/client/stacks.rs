//! What we ask of Pulumi Cloud about stacks: which there are, what lets them be deployed, who refers to whom.
//!
//! Every operation here only reads. Fields that we do not know are passed over; a field of a wrong shape is an error that
//! names it.
//!
//! # What this may not do
//!
//! Decide what an answer means for a graph of stacks.

use super::Client;
use crate::cloud::call::Call;
use crate::cloud::error::CloudError;
use crate::cloud::paths::of_stack;
use crate::cloud::stack::{DeploymentSettings, Pauses, StackSummary};
use crate::cloud::wire::stack::{MetadataAnswer, ReferencesAnswer, SettingsAnswer, StackPage};
use crate::domain::StackRef;
use reqwest::Method;

impl Client {
    /// All stacks of an organization, or of one project in it, that the token may see, page by page to the last.
    pub async fn stacks(
        &self,
        organization: &str,
        project: Option<&str>,
    ) -> Result<Vec<StackSummary>, CloudError> {
        let mut stacks = Vec::new();
        let mut token: Option<String> = None;
        loop {
            let operation = format!("list the stacks of the organization `{organization}`");
            let mut call = Call::new(Method::GET, operation, vec!["api", "user", "stacks"]);
            call.query.push(("organization", organization));
            call.query
                .extend(project.map(|project| ("project", project)));
            call.query
                .extend(token.as_deref().map(|token| ("continuationToken", token)));
            let Some(page) = self.transport.json::<StackPage>(&call).await? else {
                return Ok(stacks);
            };
            for (place, answer) in page.stacks.into_iter().enumerate() {
                let Ok(stack) = StackRef::new(&answer.organization, &answer.project, &answer.stack)
                else {
                    return Err(self.misshapen(&call, format!("stacks[{place}]")));
                };
                let last_update = answer.last_update.filter(|seconds| *seconds > 0);
                stacks.push(StackSummary { stack, last_update });
            }
            let next = page.continuation_token.filter(|token| !token.is_empty());
            if next.is_some() && next == token {
                // The same page again would go on for ever.
                return Err(self.misshapen(&call, "continuationToken".to_owned()));
            }
            match next {
                Some(next) => token = Some(next),
                None => return Ok(stacks),
            }
        }
    }

    /// What counts of a stack's deployment settings; `None` if it has none, or is not there.
    pub async fn deployment_settings(
        &self,
        stack: &StackRef,
    ) -> Result<Option<DeploymentSettings>, CloudError> {
        let operation = format!("read the deployment settings of the stack `{stack}`");
        let segments = of_stack(stack, &["deployments", "settings"]);
        let call = Call::new(Method::GET, operation, segments);
        let answer = self.transport.json::<SettingsAnswer>(&call).await?;
        Ok(answer.map(DeploymentSettings::from))
    }

    /// Whether a stack's deployments wait; `None` if it is not there.
    pub async fn deployment_pauses(&self, stack: &StackRef) -> Result<Option<Pauses>, CloudError> {
        let operation = format!("ask whether deployments of the stack `{stack}` are paused");
        let segments = of_stack(stack, &["deployments", "metadata"]);
        let call = Call::new(Method::GET, operation, segments);
        let answer = self.transport.json::<MetadataAnswer>(&call).await?;
        Ok(answer.map(|answer| Pauses {
            // An older cloud tells only that something is paused.
            stack: answer
                .stack_paused
                .unwrap_or(answer.paused && !answer.organization_paused),
            organization: answer.organization_paused,
        }))
    }

    /// The stacks that hold a `StackReference` to this one, in the order of names; `None` if it is not there.
    pub async fn downstream_references(
        &self,
        stack: &StackRef,
    ) -> Result<Option<Vec<StackRef>>, CloudError> {
        let operation = format!("ask which stacks refer to the stack `{stack}`");
        self.references(operation, of_stack(stack, &["downstreamreferences"]))
            .await
    }

    /// The stacks that this one holds a `StackReference` to, in the order of names; `None` if it is not there.
    pub async fn upstream_references(
        &self,
        stack: &StackRef,
    ) -> Result<Option<Vec<StackRef>>, CloudError> {
        let operation = format!("ask which stacks the stack `{stack}` refers to");
        self.references(operation, of_stack(stack, &["upstreamreferences"]))
            .await
    }

    async fn references(
        &self,
        operation: String,
        segments: Vec<&str>,
    ) -> Result<Option<Vec<StackRef>>, CloudError> {
        let call = Call::new(Method::GET, operation, segments);
        let Some(answer) = self.transport.json::<ReferencesAnswer>(&call).await? else {
            return Ok(None);
        };
        let mut stacks = Vec::with_capacity(answer.referenced_stacks.len());
        for (place, end) in answer.referenced_stacks.into_iter().enumerate() {
            let stack = StackRef::new(&end.organization, &end.project, &end.stack);
            let path = || format!("referencedStacks[{place}]");
            stacks.push(stack.map_err(|_| self.misshapen(&call, path()))?);
        }
        stacks.sort_unstable();
        stacks.dedup();
        Ok(Some(stacks))
    }

    fn misshapen(&self, call: &Call<'_>, path: String) -> CloudError {
        CloudError::Shape {
            operation: call.operation.clone(),
            url: self.transport.url(),
            path,
        }
    }
}
