//! `auto-deploy:index:AutoDeployer`: one stack, and a webhook for each stack that follows it.
//!
//! A component: it lives in the engine's state as a parent of webhooks, and never on the cloud. Read [`plan`] first.

pub mod inputs;
pub mod plan;
