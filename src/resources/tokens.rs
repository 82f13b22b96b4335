//! The type tokens of the package's resources.
//!
//! # What this may not do
//!
//! Lead to a resource; that is [`super::Resources`].

/// A webhook.
pub const WEBHOOK: &str = "auto-deploy:index:Webhook";

/// The same resource in Pulumi's own package; a stack that has one can move over without a change.
pub const FORMER_WEBHOOK: &str = "pulumiservice:index:Webhook";

/// A stack that runs once, after all of its upstream stacks.
pub const JOIN: &str = crate::joins::TOKEN;

/// Deployments of a stack that begin at a time.
pub const SCHEDULE: &str = "auto-deploy:index:DeploymentSchedule";

/// One stack, and a webhook for each stack that follows it.
pub const AUTO_DEPLOYER: &str = "auto-deploy:index:AutoDeployer";

/// A graph of stacks, and a webhook for each edge.
pub const DEPENDENCY_GRAPH: &str = "auto-deploy:index:DependencyGraph";
