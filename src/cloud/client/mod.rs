//! The operations on Pulumi Cloud, in domain terms.
//!
//! Each file has the operations on one noun. Every operation sends a request and parses its answer.
//!
//! # What this may not do
//!
//! Know property values or URNs, or decide what an answer means for a resource.

mod deliveries;
mod deployments;
mod organizations;
mod outputs;
mod pages;
mod previews;
mod schedules;
mod stacks;
mod states;
mod tags;
mod webhooks;

use super::changes::About;
use super::endpoint::Endpoint;
use super::listing::Listings;
use super::transport::{Patience, Transport};
use crate::domain::StackRef;
use std::sync::Arc;
use tokio::sync::OnceCell;

/// A client of one cloud. Clones share its connections, and what is known about its optional features.
///
/// ```
/// use auto_deploy::cloud::{Client, Endpoint, Patience};
/// use auto_deploy::domain::StackRef;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let app = local_cloud::App::builder("pul-0123").organization("acme").open()?;
/// # let server = local_cloud::Server::start(app).await?;
/// # let url = server.url().parse()?;
/// // `url` is that of a cloud with the organization `acme`, and no stacks.
/// let cloud = Client::new(Endpoint::new(url, "pul-0123"), Patience::default());
/// assert!(cloud.stacks("acme", None).await?.is_empty());
/// // "Not found" is an answer, and no error.
/// let stack = StackRef::new("acme", "app", "prod")?;
/// assert_eq!(cloud.deployment_settings(&stack).await?, None);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Client {
    transport: Arc<Transport>,
    listings: Arc<Listings>,
    /// Whether the cloud returns outputs without states; empty until that was asked.
    has_outputs: Arc<OnceCell<bool>>,
}

impl Client {
    /// A client of the cloud at `endpoint`, which retries with `patience`. It connects on first use.
    pub fn new(endpoint: Endpoint, patience: Patience) -> Client {
        Client {
            transport: Arc::new(Transport::new(endpoint, patience)),
            listings: Arc::default(),
            has_outputs: Arc::default(),
        }
    }

    /// The number of changes that this process made to something of a stack. An answer that was requested at another count
    /// may be outdated.
    pub fn n_changes(&self, stack: &StackRef, about: About) -> u64 {
        self.transport.changes().n(stack, about)
    }

    /// The cloud's address and the setting that named it, such as `https://api.pulumi.com (named by PULUMI_API)`, for
    /// messages.
    pub fn cloud(&self) -> String {
        self.transport.address()
    }
}
