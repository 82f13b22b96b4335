//! The type tokens of the package's resources.
//!
//! # What this may not do
//!
//! Select a resource: [`super::Resources`] does.

/// A webhook.
pub const WEBHOOK: &str = "auto-deploy:index:Webhook";

/// The same resource in Pulumi's own package. A stack that has one can switch packages without a change on the cloud.
pub const FORMER_WEBHOOK: &str = "pulumiservice:index:Webhook";

/// A stack that runs once, after all of its upstream stacks.
pub const JOIN: &str = crate::joins::TOKEN;

/// Deployments of a stack that start at a given time.
pub const SCHEDULE: &str = "auto-deploy:index:DeploymentSchedule";

/// One stack, and a webhook for each stack that follows it.
pub const AUTO_DEPLOYER: &str = "auto-deploy:index:AutoDeployer";

/// A graph of stacks, and a webhook for each edge.
pub const DEPENDENCY_GRAPH: &str = "auto-deploy:index:DependencyGraph";
