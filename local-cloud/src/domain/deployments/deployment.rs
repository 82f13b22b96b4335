//! What a deployment is.

use super::settings::DeploymentSettings;
use super::states::{DeploymentStatus, Operation};
use crate::domain::happenings::Happening;
use crate::domain::stacks::StackPath;
use serde_json::Map;

/// What a deployment that a webhook started says about who started it.
pub(crate) const WEBHOOK: &str = "webhook";

/// A deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Deployment {
    pub(crate) uid: String,
    pub(crate) stack: StackPath,
    /// Counts the deployments of the stack, from 1.
    pub(crate) version: i64,
    pub(crate) operation: Operation,
    pub(crate) status: DeploymentStatus,
    /// What started it, such as `webhook` or `cli`.
    pub(crate) initiator: String,
    /// Whether the settings of the stack were taken over.
    pub(crate) inherits: bool,
    /// Unix milliseconds.
    pub(crate) created: i64,
    /// Unix milliseconds.
    pub(crate) modified: i64,
    /// Unix milliseconds; none before it began.
    pub(crate) started: Option<i64>,
}

impl Deployment {
    /// Where it is shown, on a cloud with this base URL.
    pub(crate) fn console_url(&self, base_url: &str) -> String {
        format!("{base_url}/{}/deployments/{}", self.stack, self.version)
    }

    /// That it has come into its status, as webhooks are told.
    pub(crate) fn happening(&self, event: &str, base_url: &str) -> Happening {
        let fields = [
            ("deploymentUrl", self.console_url(base_url).into()),
            ("version", self.version.into()),
            ("operation", self.operation.as_str().into()),
            ("status", self.status.in_payloads().into()),
        ];
        let fields = Map::from_iter(fields.map(|(name, value)| (name.to_owned(), value)));
        Happening::new(event.to_owned(), "deployment", &self.stack, fields)
    }
}

/// A deployment to be made.
#[derive(Clone, Debug)]
pub(crate) struct NewDeployment {
    pub(crate) stack: StackPath,
    pub(crate) operation: Operation,
    /// Whether it starts from the settings of the stack.
    pub(crate) inherits: bool,
    /// What goes over those settings.
    pub(crate) changes: DeploymentSettings,
    pub(crate) initiator: String,
}

impl NewDeployment {
    /// What a webhook starts: an update with the settings of the stack, which it cannot change.
    pub(crate) fn by_webhook(stack: StackPath) -> NewDeployment {
        NewDeployment {
            stack,
            operation: Operation::Update,
            inherits: true,
            changes: DeploymentSettings::default(),
            initiator: WEBHOOK.to_owned(),
        }
    }
}
