//! Pulumi Cloud, in domain words: what resources call.
//!
//! Read in this order: [`client`] has the operations, `wire` the bodies, `transport` how a request gets there and
//! back, `listing` how many reads become one request, [`error`] what can go wrong.
//!
//! # What this may not do
//!
//! Know property values, previews or URNs. Show a token or a secret, in an error or a log.

pub mod client;
pub mod error;
mod listing;
mod transport;
mod wire;

pub use client::{Client, LiveWebhook, SecretChange, WebhookSpec};
pub use error::CloudError;
pub use transport::{Endpoint, Patience};
