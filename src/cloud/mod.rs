//! Pulumi Cloud in domain terms: what resources call.
//!
//! From the bottom up: [`webhook`], [`stack`], [`state`], [`deployment`], [`schedule`], [`preview`] and [`delivery`] are
//! what the cloud has, and [`error`] what can go wrong. `wire` has the bodies, [`calls`] the requests before they are sent,
//! `transport` sends them within `bounds`, `listing` combines reads, and [`client`] has the operations.
//!
//! # What this may not do
//!
//! Know property values, previews or URNs. Show a token or a secret in an error or a log.

mod bounds;
mod call;
pub mod calls;
mod changes;
pub mod client;
pub mod delivery;
pub mod deployment;
mod endpoint;
pub mod error;
mod listing;
pub mod preview;
pub mod schedule;
pub mod stack;
pub mod state;
mod transport;
pub mod webhook;
mod wire;

pub use bounds::{Bounds, LAST_MOMENT};
pub use changes::About;
pub use client::Client;
pub use delivery::Delivery;
pub use deployment::{
    Deployment, DeploymentPage, DeploymentStatus, Operation, Update, UpdateResult,
};
pub use endpoint::{Endpoint, Proxy, Renewal, Route, Token};
pub use error::{CloudError, ErrorKind, Unreached};
pub use preview::{
    INLINE_ENVIRONMENT, PreviewRequest, PreviewSettings, Revision, RunOfCli, Started,
};
pub use schedule::{Schedule, ScheduleSpec, Timing};
pub use stack::{DeploymentSettings, Pauses, Pushes, StackOutputs, StackSummary};
pub use state::{HeldOutputs, HeldReference, StackState, StateCreate, StateResource};
pub use transport::{MAX_AT_ONCE, Patience, answers, http_client};
pub use webhook::{LiveWebhook, SecretChange, WebhookSpec};
pub use wire::webhook::REMOVE_SECRET;
