//! `auto-deploy:index:AutoDeployer`: one stack, and a webhook for each stack that follows it.
//!
//! A component: it is the parent of webhooks in the engine's state, and does not exist on the cloud. Read [`plan`] first.

pub mod inputs;
pub mod plan;
