//! The requests, without sending any: their paths and bodies, and what happens if one is repeated.
//!
//! [`super::Client`] sends them. Each is a function from what is wanted to a [`Call`], so requests can be tested without a
//! server:
//!
//! ```
//! use auto_deploy::cloud::calls;
//! use auto_deploy::domain::StackRef;
//!
//! let stack = StackRef::new("acme", "app", "prod")?;
//! let call = calls::pause_deployments(&stack);
//! assert_eq!(call.method, "POST");
//! assert_eq!(call.path, "/api/stacks/acme/app/prod/deployments/pause");
//! # Ok::<(), auto_deploy::domain::StackRefError>(())
//! ```
//!
//! # What this may not do
//!
//! Send anything, or read an answer.

mod deployments;
mod organizations;
mod paths;
mod previews;
mod schedules;
mod stacks;
mod tags;
mod webhooks;

pub use super::call::{Call, Conflict, Repeat};
pub use super::changes::Touched;
pub use deployments::{
    MAX_PAGE, cancel_deployment, deployment, deployment_counts, deployment_log, deployment_pauses,
    deployment_settings, organization_deployments, pause_deployments, resume_deployments,
    stack_deployments, stack_deployments_page, start_deployment, updates,
};
pub use organizations::{default_organization, user};
pub use previews::{concurrency, deployment_runs, engine_events, start_preview};
pub use schedules::{create_schedule, delete_schedule, schedule, schedules, update_schedule};
pub use stacks::{
    capabilities, decrypt, downstream_references, exported_outputs, outputs, stack, stacks,
    stacks_of_project, state, upstream_references,
};
pub use tags::{add_tag, change_tag, remove_tag, tags};
pub use webhooks::{
    create_webhook, delete_webhook, deliveries, redeliver, update_webhook, webhook, webhooks,
    webhooks_beside,
};
