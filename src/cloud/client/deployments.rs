//! What we ask of Pulumi Cloud about deployments and updates.
//!
//! # What this may not do
//!
//! Start a deployment twice. A start whose answer is lost may have been carried out: it is looked for, never repeated.

use super::Client;
use crate::cloud::call::Call;
use crate::cloud::deployment::{Deployment, Operation, Update};
use crate::cloud::error::CloudError;
use crate::cloud::paths::of_stack;
use crate::cloud::wire::deployment::{
    DeploymentAnswer, DeploymentList, LatestUpdate, NewDeployment, StartedAnswer,
};
use crate::domain::StackRef;
use reqwest::{Method, StatusCode};

/// How many deployments a page of an organization's list has: the most that the cloud gives.
const PAGE: usize = 100;

impl Client {
    /// The newest deployments of a stack, at most `n`, or `None` if the stack is not there.
    pub async fn stack_deployments(
        &self,
        stack: &StackRef,
        n: usize,
    ) -> Result<Option<Vec<Deployment>>, CloudError> {
        let size = n.clamp(1, PAGE).to_string();
        let mut call = Call::new(
            Method::GET,
            format!("list the deployments of the stack `{stack}`"),
            deployments(stack),
        );
        call.query.push(("pageSize", &size));
        let found = self.transport.json::<DeploymentList>(&call).await?;
        Ok(found.map(|list| {
            let read = |answer: DeploymentAnswer| {
                answer.into_deployment(stack.organization(), Some(stack))
            };
            list.deployments.into_iter().filter_map(read).collect()
        }))
    }

    /// The newest deployments of all stacks of an organization, at most `n`, newest first; none if there is no such
    /// organization.
    pub async fn organization_deployments(
        &self,
        organization: &str,
        n: usize,
    ) -> Result<Vec<Deployment>, CloudError> {
        let size = PAGE.min(n.max(1)).to_string();
        let mut found: Vec<Deployment> = Vec::new();
        for page in 1.. {
            let page = page.to_string();
            let mut call = Call::new(
                Method::GET,
                format!("list the deployments of the organization `{organization}`"),
                vec!["api", "orgs", organization, "deployments"],
            );
            call.query.extend([("pageSize", &*size), ("page", &*page)]);
            let list = self.transport.json::<DeploymentList>(&call).await?;
            let Some(list) = list.filter(|list| !list.deployments.is_empty()) else {
                break;
            };
            let is_last = list.deployments.len() < PAGE;
            // New deployments push others onto the next page.
            for deployment in list
                .deployments
                .into_iter()
                .filter_map(|answer| answer.into_deployment(organization, None))
            {
                if !found.iter().any(|known| known.id == deployment.id) {
                    found.push(deployment);
                }
            }
            if is_last || found.len() >= n || found.len() >= list.total {
                break;
            }
        }
        found.truncate(n);
        Ok(found)
    }

    /// A deployment as it is now, or `None` if it is not there.
    pub async fn deployment(
        &self,
        stack: &StackRef,
        id: &str,
    ) -> Result<Option<Deployment>, CloudError> {
        let mut segments = deployments(stack);
        segments.push(id);
        let call = Call::new(
            Method::GET,
            format!("read a deployment of the stack `{stack}`"),
            segments,
        );
        let found = self.transport.json::<DeploymentAnswer>(&call).await?;
        Ok(found.and_then(|answer| answer.into_deployment(stack.organization(), Some(stack))))
    }

    /// Starts a deployment with the settings that the stack has, and answers with its id.
    ///
    /// A start whose answer is lost is not repeated: the deployment is looked for among those that were not there
    /// before, and one of the same operation that no webhook started is taken for it.
    ///
    /// # Errors
    ///
    /// [`CloudError::NoSuchScope`] if there is no such stack, [`CloudError::Refused`] if it cannot be deployed.
    pub async fn start_deployment(
        &self,
        stack: &StackRef,
        operation: Operation,
    ) -> Result<String, CloudError> {
        let before = self.stack_deployments(stack, 1).await?.unwrap_or_default();
        let before = before.first().map_or(0, |newest| newest.version);
        let body = NewDeployment {
            operation: operation.as_str(),
            inherit_settings: true,
        };
        let call = Call::new(
            Method::POST,
            format!("start {} of the stack `{stack}`", with_article(operation)),
            deployments(stack),
        )
        .with_body(&body);
        match self.transport.send(&call).await {
            Ok(answer) if answer.status == StatusCode::NOT_FOUND => Err(CloudError::NoSuchScope {
                operation: call.operation,
                url: self.transport.url(),
                what: format!("stack `{stack}`"),
            }),
            Ok(answer) => {
                let started: StartedAnswer = self.transport.read(&call, &answer)?;
                tracing::debug!(version = started.version, "started a deployment of {stack}");
                Ok(started.id)
            }
            Err(error) if error.may_have_been_done() => {
                let now = self.stack_deployments(stack, 10).await?.unwrap_or_default();
                let ours = now.into_iter().rev().find(|found| {
                    found.version > before && found.operation == operation && !found.is_by_webhook()
                });
                ours.map(|found| found.id).ok_or(error)
            }
            Err(error) => Err(error),
        }
    }

    /// Takes a deployment out of the queue. One that is over, or not there, is as good as taken out.
    pub async fn cancel_deployment(&self, stack: &StackRef, id: &str) -> Result<(), CloudError> {
        let mut segments = deployments(stack);
        segments.extend([id, "cancel"]);
        let call = Call::new(
            Method::POST,
            format!("cancel a deployment of the stack `{stack}`"),
            segments,
        )
        .harmless();
        self.transport.send(&call).await.map(drop)
    }

    /// Lets new deployments of a stack wait.
    pub async fn pause_deployments(&self, stack: &StackRef) -> Result<(), CloudError> {
        self.set_pause(stack, "pause").await
    }

    /// Lets deployments of a stack that wait go on.
    pub async fn resume_deployments(&self, stack: &StackRef) -> Result<(), CloudError> {
        self.set_pause(stack, "resume").await
    }

    async fn set_pause(&self, stack: &StackRef, word: &'static str) -> Result<(), CloudError> {
        let mut segments = deployments(stack);
        segments.push(word);
        let operation = format!("{word} the deployments of the stack `{stack}`");
        let call = Call::new(Method::POST, operation, segments).harmless();
        self.transport.send(&call).await.map(drop)
    }

    /// Whether deployments of a stack wait because it, or its organization, is paused.
    pub async fn deployments_are_paused(&self, stack: &StackRef) -> Result<bool, CloudError> {
        let mut segments = deployments(stack);
        segments.push("metadata");
        let operation = format!("ask whether deployments of the stack `{stack}` are paused");
        let call = Call::new(Method::GET, operation, segments);
        let found = self.transport.json::<Metadata>(&call).await?;
        Ok(found.is_some_and(|metadata| metadata.paused))
    }

    /// The latest update of a stack, wherever it ran, or `None` if there was none yet.
    pub async fn latest_update(&self, stack: &StackRef) -> Result<Option<Update>, CloudError> {
        let call = Call::new(
            Method::GET,
            format!("read the latest update of the stack `{stack}`"),
            of_stack(stack, &["updates", "latest"]),
        );
        let found = self.transport.json::<LatestUpdate>(&call).await?;
        Ok(found.map(Into::into))
    }
}

#[derive(serde::Deserialize)]
struct Metadata {
    #[serde(default)]
    paused: bool,
}

fn with_article(operation: Operation) -> String {
    let article = if operation == Operation::Update {
        "an"
    } else {
        "a"
    };
    format!("{article} {operation}")
}

fn deployments(stack: &StackRef) -> Vec<&str> {
    of_stack(stack, &["deployments"])
}
