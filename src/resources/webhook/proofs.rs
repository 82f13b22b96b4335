//! The state of the deployment's program, as a proof of who owns a webhook.
//!
//! The provider is not told which backend or organization has the state. Every organization with this project and stack is
//! asked, and only a state that shows the current create counts: another cloud or organization can have a stack with the
//! same name, and some backends only show the state before the update.
//!
//! # What this may not do
//!
//! Fail anything: without a proof, nothing is taken over and nothing is deleted.

use super::own_state::OwnState;
use super::wanted::WantedWebhook;
use crate::cloud::{Bounds, Client};
use crate::domain::StackRef;
use crate::engine::urn::Urn;
use crate::resources::organization::ProgramOrganization;
use std::sync::Arc;
use tokio::sync::OnceCell;

/// The state when it was first read in this deployment.
#[derive(Debug, Default)]
pub struct Proofs {
    first: OnceCell<Option<Arc<OwnState>>>,
}

impl Proofs {
    /// The state, read once for all creates of the deployment; `None` if none shows the create that asks first.
    pub(super) async fn once(
        &self,
        cloud: &Client,
        organization: &ProgramOrganization,
        urn: &Urn,
        wanted: &WantedWebhook,
    ) -> Option<Arc<OwnState>> {
        let read = || read(cloud, organization, urn, wanted);
        self.first.get_or_init(read).await.clone()
    }

    /// The state as it is now; `None` if none shows the create that asks.
    pub(super) async fn now(
        &self,
        cloud: &Client,
        organization: &ProgramOrganization,
        urn: &Urn,
        wanted: &WantedWebhook,
    ) -> Option<Arc<OwnState>> {
        let state = read(cloud, organization, urn, wanted).await;
        if state.is_some() {
            // It serves the others as well, unless they already have one.
            let _ = self.first.set(state.clone());
        }
        state
    }
}

async fn read(
    cloud: &Client,
    organization: &ProgramOrganization,
    urn: &Urn,
    wanted: &WantedWebhook,
) -> Option<Arc<OwnState>> {
    let looking = shown(cloud, organization, urn, wanted);
    let found = Bounds::current().while_there_is_time(looking).await;
    let mut found = found.unwrap_or_default();
    // If two states show it, neither proves anything.
    (found.len() == 1).then(|| Arc::new(found.remove(0)))
}

/// The states that show this create.
async fn shown(
    cloud: &Client,
    organization: &ProgramOrganization,
    urn: &Urn,
    wanted: &WantedWebhook,
) -> Vec<OwnState> {
    let (project, stack) = (urn.project(), urn.stack());
    let owners = organization.owners(cloud, project, stack).await;
    let mut states = Vec::new();
    for owner in owners.unwrap_or_default() {
        let Ok(stack) = StackRef::new(&owner, project, stack) else {
            continue;
        };
        match cloud.state(&stack).await {
            Ok(Some(state)) => states.push(OwnState::of(&state)),
            Ok(None) => {}
            Err(error) => tracing::info!("no state to prove whose a webhook is: {error}"),
        }
    }
    states.retain(|state| state.shows(urn, wanted));
    states
}
