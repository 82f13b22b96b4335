//! Deployments, which are updates that the cloud runs itself, and their settings.

mod deployment;
mod error;
mod queue;
mod settings;
mod states;
mod view;

pub(crate) use deployment::{Deployment, NewDeployment};
pub(crate) use error::{DeploymentError, InvalidSettings};
pub(crate) use queue::{Queued, superseded};
pub(crate) use settings::{DeploymentSettings, open_secret, overlay};
pub(crate) use states::{DeploymentStatus, Operation, StepStatus, UnknownOperation};
pub(crate) use view::{Git, Text, View};
