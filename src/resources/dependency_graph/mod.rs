//! `auto-deploy:index:DependencyGraph`: a graph of stacks, and a webhook for each edge.
//!
//! A component like an `AutoDeployer`, with the same webhooks. Read [`plan`] first.

mod edges;
pub mod inputs;
mod joined;
pub mod plan;
mod wanted;
