//! Pulumi Cloud, in domain words: what resources call.
//!
//! Read in this order: [`client`] has the operations on webhooks, [`stacks`] those on stacks, [`deployments`] those on
//! what runs, `wire` and `deployment_wire` the bodies, `transport` how a request gets there and back, `listing` how many
//! reads become one request, `bounds` how long and for whom it is waited, [`answers`] what stands in an answer that is
//! not the one hoped for, [`error`] what can go wrong.
//!
//! # What this may not do
//!
//! Know property values, previews or URNs. Show a token or a secret, in an error or a log.

pub mod answers;
mod bounds;
pub mod client;
mod deployment_wire;
pub mod deployments;
pub mod error;
mod listing;
pub mod stacks;
mod transport;
mod wire;

pub use bounds::Bounds;
pub use client::{Client, LiveWebhook, SecretChange, WebhookSpec};
pub use deployments::{Delivery, Deployment, DeploymentStatus, Operation, Update, UpdateResult};
pub use error::{CloudError, Unreached};
pub use stacks::{DeploymentSettings, Pauses, Pushes, StackSummary};
pub use transport::{Endpoint, Patience, http_client};
pub use wire::REMOVE_SECRET;
