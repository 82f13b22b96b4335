//! What a deployment is.

use super::settings::DeploymentSettings;
use super::states::{DeploymentStatus, Operation};
use crate::domain::happenings::Happening;
use crate::domain::stacks::StackPath;
use serde_json::Map;

/// The initiator of a deployment that a webhook started.
pub(crate) const WEBHOOK: &str = "webhook";

/// A deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Deployment {
    pub(crate) uid: String,
    pub(crate) stack: StackPath,
    /// Its number among the deployments of the stack, from 1.
    pub(crate) version: i64,
    pub(crate) operation: Operation,
    pub(crate) status: DeploymentStatus,
    /// What started it, such as `webhook` or `cli`.
    pub(crate) initiator: String,
    /// Whether it uses the settings of the stack.
    pub(crate) inherits: bool,
    /// Unix milliseconds.
    pub(crate) created: i64,
    /// Unix milliseconds.
    pub(crate) modified: i64,
    /// Unix milliseconds; `None` before it began.
    pub(crate) started: Option<i64>,
}

impl Deployment {
    /// Its page on a cloud with this base URL.
    pub(crate) fn console_url(&self, base_url: &str) -> String {
        format!("{base_url}/{}/deployments/{}", self.stack, self.version)
    }

    /// The event, for webhooks, that it has reached its status.
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

/// A deployment to create.
#[derive(Clone, Debug)]
pub(crate) struct NewDeployment {
    pub(crate) stack: StackPath,
    pub(crate) operation: Operation,
    /// Whether it uses the settings of the stack.
    pub(crate) inherits: bool,
    /// Overrides of those settings.
    pub(crate) changes: DeploymentSettings,
    pub(crate) initiator: String,
}

impl NewDeployment {
    /// The deployment that a webhook starts: an update with the settings of the stack, which a webhook cannot override.
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
