//! Pulumi Cloud, in domain words: what resources call.
//!
//! Read in this order: [`client`] has the operations on webhooks, [`stacks`] those on stacks, `wire` the bodies, `transport` how a request gets there and
//! back, `listing` how many reads become one request, [`error`] what can go wrong.
//!
//! # What this may not do
//!
//! Know property values, previews or URNs. Show a token or a secret, in an error or a log.

pub mod client;
pub mod error;
mod listing;
pub mod stacks;
mod transport;
mod wire;

pub use client::{Client, LiveWebhook, SecretChange, WebhookSpec};
pub use error::CloudError;
pub use stacks::{DeploymentSettings, Pauses, Pushes, StackSummary};
pub use transport::{Endpoint, Patience};
