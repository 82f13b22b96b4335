//! Deployments: updates that the cloud runs itself, and the settings that let it.

mod deployment;
mod queue;
mod settings;
mod states;
mod view;

pub(crate) use deployment::{Deployment, DeploymentError, Moment, NewDeployment};
pub(crate) use queue::{Waiting, superseded};
pub(crate) use settings::{InvalidSettings, SealError, Settings, open_secret, overlay};
pub(crate) use states::{Operation, Status, StepStatus, UnknownOperation};
pub(crate) use view::{Git, Text, View};
