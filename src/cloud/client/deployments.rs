//! Operations on deployments and updates.
//!
//! # What this may not do
//!
//! Start a deployment twice. A start whose answer was lost may have been carried out: it is looked for, never repeated.

use super::Client;
use crate::cloud::calls::{self, Call};
use crate::cloud::deployment::{Deployment, DeploymentPage, Operation, Update};
use crate::cloud::error::CloudError;
#[cfg(doc)]
use crate::cloud::error::ErrorKind;
use crate::cloud::preview::Started;
use crate::cloud::stack::{DeploymentSettings, Pauses};
use crate::cloud::wire::deployment::{
    CountsAnswer, DeploymentAnswer, DeploymentList, LogPage, StartedAnswer, UpdateList,
};
use crate::cloud::wire::settings::{MetadataAnswer, SettingsAnswer};
use crate::domain::StackRef;
use std::collections::BTreeMap;

/// How many of a stack's newest deployments are read first, where older ones matter too.
const FIRST_PAGE: usize = 20;

/// The most pages of a log that are read.
const MAX_LOG_PAGES: usize = 20;

impl Client {
    /// The newest deployments of a stack, at most `n`; `None` if the stack does not exist.
    pub async fn stack_deployments(
        &self,
        stack: &StackRef,
        n: usize,
    ) -> Result<Option<Vec<Deployment>>, CloudError> {
        let call = calls::stack_deployments(stack, n);
        let found: Option<DeploymentList> = self.transport.json(&call).await?;
        Ok(found.map(|list| {
            let read = |answer: DeploymentAnswer| {
                answer.into_deployment(stack.organization(), Some(stack))
            };
            list.deployments.into_iter().filter_map(read).collect()
        }))
    }

    /// A page of the deployments of a stack, newest first; `None` if the stack does not exist. The first page is 1.
    pub async fn stack_deployments_page(
        &self,
        stack: &StackRef,
        page: usize,
        page_size: usize,
    ) -> Result<Option<DeploymentPage>, CloudError> {
        let call = calls::stack_deployments_page(stack, page, page_size);
        let list: Option<DeploymentList> = self.transport.json(&call).await?;
        Ok(list.map(|list| list.into_page(stack.organization(), Some(stack), page, page_size)))
    }

    /// A page of the deployments of all stacks of an organization, newest first; empty if the organization does not exist.
    /// The first page is 1.
    pub async fn organization_deployments_page(
        &self,
        organization: &str,
        page: usize,
    ) -> Result<DeploymentPage, CloudError> {
        let size = calls::MAX_PAGE;
        let call = calls::organization_deployments(organization, page, size);
        let list: Option<DeploymentList> = self.transport.json(&call).await?;
        let list = list.unwrap_or_default();
        Ok(list.into_page(organization, None, page, size))
    }

    /// The number of queued or running deployments of an organization; `None` if the cloud does not say.
    pub async fn unfinished_deployments(
        &self,
        organization: &str,
    ) -> Result<Option<usize>, CloudError> {
        let call = calls::deployment_counts(organization);
        let found: Option<CountsAnswer> = self.transport.json(&call).await?;
        Ok(found.and_then(|counts| counts.unfinished()))
    }

    /// A page of the updates of a stack without previews, whether the cloud ran them or not, newest first; `None` if the
    /// stack does not exist. The first page is 1; a page shorter than `page_size` is the last.
    pub async fn updates(
        &self,
        stack: &StackRef,
        page: usize,
        page_size: usize,
    ) -> Result<Option<Vec<Update>>, CloudError> {
        let call = calls::updates(stack, page, page_size);
        let found: Option<UpdateList> = self.transport.json(&call).await?;
        Ok(found.map(Into::into))
    }

    /// A deployment as it is now; `None` if it does not exist.
    pub async fn deployment(
        &self,
        stack: &StackRef,
        id: &str,
    ) -> Result<Option<Deployment>, CloudError> {
        let call = calls::deployment(stack, id);
        let found: Option<DeploymentAnswer> = self.transport.json(&call).await?;
        Ok(found.and_then(|answer| answer.into_deployment(stack.organization(), Some(stack))))
    }

    /// The deployments of a stack with a greater version than this one, newest first; none if the stack does not exist.
    pub async fn deployments_since(
        &self,
        stack: &StackRef,
        version: i64,
    ) -> Result<Vec<Deployment>, CloudError> {
        // The first page usually has all of them.
        let pages =
            std::iter::once((1, FIRST_PAGE)).chain((1..).map(|page| (page, calls::MAX_PAGE)));
        let mut found: BTreeMap<i64, Deployment> = BTreeMap::new();
        for (page, size) in pages {
            let Some(next) = self.stack_deployments_page(stack, page, size).await? else {
                break;
            };
            let is_older = |deployment: &Deployment| deployment.version <= version;
            let is_enough = next.is_last || next.deployments.iter().any(is_older);
            let n_before = found.len();
            let new = next.deployments.into_iter();
            let new = new.filter(|deployment| deployment.version > version);
            found.extend(new.map(|deployment| (deployment.version, deployment)));
            // A cloud that repeats a page would otherwise be asked forever.
            if is_enough || (size == calls::MAX_PAGE && found.len() == n_before) {
                break;
            }
        }
        Ok(found.into_values().rev().collect())
    }

    /// The line of a deployment's log that best explains its failure: the last one that names an error, or else the last
    /// one; `None` if the log is empty.
    pub async fn deployment_failure(
        &self,
        stack: &StackRef,
        id: &str,
    ) -> Result<Option<String>, CloudError> {
        let mut from: Option<String> = None;
        let (mut last, mut error) = (None, None);
        for _ in 0..MAX_LOG_PAGES {
            let call = calls::deployment_log(stack, id, from.as_deref());
            let Some(page) = self.transport.json::<LogPage>(&call).await? else {
                break;
            };
            for line in page.said() {
                if line.contains("error:") {
                    error = Some(line.clone());
                }
                last = Some(line);
            }
            // The same token again means that there is nothing more yet.
            match page.next_token.filter(|next| !next.is_empty()) {
                Some(next) if from.as_ref() != Some(&next) => from = Some(next),
                _ => break,
            }
        }
        Ok(error.or(last))
    }

    /// Starts a deployment with the settings of the stack; returns its ID.
    ///
    /// A start whose answer was lost is not repeated. Instead, a new deployment with the same operation that no webhook
    /// started counts as this one.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NoSuchScope`] if the stack does not exist, [`ErrorKind::Refused`] if it cannot be deployed.
    pub async fn start_deployment(
        &self,
        stack: &StackRef,
        operation: Operation,
    ) -> Result<String, CloudError> {
        let call = calls::start_deployment(stack, operation);
        let started = self.start(stack, operation, &call).await?;
        Ok(started.id)
    }

    /// Starts a deployment with this operation by `call`.
    pub(super) async fn start(
        &self,
        stack: &StackRef,
        operation: Operation,
        call: &Call,
    ) -> Result<Started, CloudError> {
        let before = self.stack_deployments(stack, 1).await?.unwrap_or_default();
        let before = before.first().map_or(0, |newest| newest.version);
        let started: Result<StartedAnswer, CloudError> = self.transport.required(call).await;
        match started {
            Ok(StartedAnswer { id, version }) => {
                tracing::debug!(version, "started a deployment of {stack}");
                Ok(Started { id, version })
            }
            Err(error) if error.may_have_been_done() => {
                let now = self.stack_deployments(stack, 10).await?.unwrap_or_default();
                let ours = now.into_iter().rev().find(|found| {
                    found.version > before && found.operation == operation && !found.is_by_webhook()
                });
                let started = ours.map(|Deployment { id, version, .. }| Started { id, version });
                started.ok_or(error)
            }
            Err(error) => Err(error),
        }
    }

    /// Cancels a deployment in the queue. One that is over or does not exist counts as cancelled.
    pub async fn cancel_deployment(&self, stack: &StackRef, id: &str) -> Result<(), CloudError> {
        let call = calls::cancel_deployment(stack, id);
        self.transport.done(&call).await
    }

    /// Pauses the deployments of a stack. New ones stay in the queue.
    pub async fn pause_deployments(&self, stack: &StackRef) -> Result<(), CloudError> {
        self.transport.done(&calls::pause_deployments(stack)).await
    }

    /// Resumes the deployments of a stack.
    pub async fn resume_deployments(&self, stack: &StackRef) -> Result<(), CloudError> {
        self.transport.done(&calls::resume_deployments(stack)).await
    }

    /// Whether a stack's deployments are paused; `None` if the stack does not exist.
    pub async fn deployment_pauses(&self, stack: &StackRef) -> Result<Option<Pauses>, CloudError> {
        let call = calls::deployment_pauses(stack);
        let found: Option<MetadataAnswer> = self.transport.json(&call).await?;
        Ok(found.map(Into::into))
    }

    /// The relevant deployment settings of a stack; `None` if it has none or does not exist.
    pub async fn deployment_settings(
        &self,
        stack: &StackRef,
    ) -> Result<Option<DeploymentSettings>, CloudError> {
        let call = calls::deployment_settings(stack);
        let found: Option<SettingsAnswer> = self.transport.json(&call).await?;
        Ok(found.map(Into::into))
    }
}
