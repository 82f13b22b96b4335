//! Operations on previews that the cloud runs.
//!
//! # What this may not do
//!
//! Start a preview twice, or judge its result.

use super::{Client, pages};
use crate::cloud::calls;
use crate::cloud::deployment::Operation;
use crate::cloud::error::CloudError;
use crate::cloud::preview::{PreviewRequest, PreviewSettings, RunOfCli, Started};
use crate::cloud::wire::outputs::CapabilitiesAnswer;
use crate::cloud::wire::preview::{
    ConcurrencyAnswer, ConfiguredAnswer, EventPage, PreviewSettingsAnswer, RunAnswer,
};
use crate::domain::StackRef;
use serde_json::Value;
use std::collections::BTreeMap;

impl Client {
    /// Starts a preview with the settings of the stack, and what the request adds to them.
    ///
    /// A start whose answer was lost is looked for, as in [`Client::start_deployment`].
    ///
    /// # Errors
    ///
    /// As [`Client::start_deployment`].
    pub async fn start_preview(
        &self,
        stack: &StackRef,
        request: &PreviewRequest,
    ) -> Result<Started, CloudError> {
        let call = calls::start_preview(stack, request);
        self.start(stack, Operation::Preview, &call).await
    }

    /// The runs of the CLI that a deployment made, in order; none if it does not exist.
    pub async fn deployment_runs(
        &self,
        stack: &StackRef,
        id: &str,
    ) -> Result<Vec<RunOfCli>, CloudError> {
        let call = calls::deployment_runs(stack, id);
        let runs: Option<Vec<RunAnswer>> = self.transport.json(&call).await?;
        let runs = runs.unwrap_or_default().into_iter();
        Ok(runs.map(RunOfCli::from).collect())
    }

    /// All events of the engine in a completed run of the CLI; none if the run does not exist.
    pub async fn engine_events(
        &self,
        stack: &StackRef,
        run: &str,
    ) -> Result<Vec<Value>, CloudError> {
        let first = calls::engine_events(stack, run);
        let pages: Vec<EventPage> = pages::all(&self.transport, &first).await?;
        Ok(pages.into_iter().flat_map(|page| page.events).collect())
    }

    /// Whether previews can read what others predicted. A cloud that does not list its features cannot.
    pub async fn has_windows(&self) -> Result<bool, CloudError> {
        let answer: Option<CapabilitiesAnswer> =
            self.transport.json(&calls::capabilities()).await?;
        Ok(answer.is_some_and(|answer| answer.has_windows()))
    }

    /// The number of deployments that an organization can run at the same time; `None` if the cloud does not say.
    pub async fn concurrency(&self, organization: &str) -> Result<Option<usize>, CloudError> {
        let call = calls::concurrency(organization);
        let answer: Option<ConcurrencyAnswer> = self.transport.json(&call).await?;
        Ok(answer.and_then(|answer| answer.concurrency))
    }

    /// The environment variables of a deployment by name; without values for secrets. Empty if the deployment does not
    /// exist.
    pub async fn deployment_variables(
        &self,
        stack: &StackRef,
        id: &str,
    ) -> Result<BTreeMap<String, Option<String>>, CloudError> {
        let call = calls::deployment(stack, id);
        let answer: Option<ConfiguredAnswer> = self.transport.json(&call).await?;
        Ok(answer.map(ConfiguredAnswer::variables).unwrap_or_default())
    }

    /// The part of a stack's deployment settings that a preview needs; `None` if it has none or does not exist.
    pub async fn preview_settings(
        &self,
        stack: &StackRef,
    ) -> Result<Option<PreviewSettings>, CloudError> {
        let call = calls::deployment_settings(stack);
        let answer: Option<PreviewSettingsAnswer> = self.transport.json(&call).await?;
        Ok(answer.map(PreviewSettings::from))
    }
}
