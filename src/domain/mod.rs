//! The terms of the field as types: stacks, scopes of webhooks, events.
//!
//! # What this may not do
//!
//! Do I/O, or know property values, the engine or HTTP.

mod events;
mod names;
mod payload_url;
mod repository;
mod scope;
mod stack_ref;
mod starts;
mod wake_up;

pub use events::{Filter, Format, Group, UnknownWord, default_groups, events_of};
pub use names::{WebhookName, WebhookNameError, check_path_name};
pub use payload_url::check_payload_url;
pub use repository::Repository;
pub use scope::{Scope, ScopeKind, WebhookId, WebhookIdError};
pub use stack_ref::{StackRef, StackRefError};
pub use starts::{Starts, destroy_raises, preview_raises, starts_per_run};
pub use wake_up::{is_wake_up, wake_up_name};
