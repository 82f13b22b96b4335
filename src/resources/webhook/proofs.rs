//! The state of the program that a deployment is of, as a proof of whose a webhook is.
//!
//! The provider is not told which backend, or which organization, the state is in. Each organization that has this project
//! and stack is asked, and only a state counts that shows the very create which asks: another cloud can have a stack of the
//! same name, another organization too, and some backends show the state only as it was before the update.
//!
//! # What this may not do
//!
//! Fail anything: no proof is an answer, after which nothing is taken over and nothing deleted.

use super::own_state::OwnState;
use super::wanted::WantedWebhook;
use crate::cloud::{Bounds, Client};
use crate::domain::StackRef;
use crate::engine::urn::Urn;
use crate::resources::organization::ProgramOrganization;
use std::sync::Arc;
use tokio::sync::OnceCell;

/// What the state proved when it was first read in this deployment.
#[derive(Debug, Default)]
pub struct Proofs {
    first: OnceCell<Option<Arc<OwnState>>>,
}

impl Proofs {
    /// The state, read once for all creates of the deployment; `None` if there is none that shows the create which asks
    /// first.
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

    /// The state as it is now; `None` if there is none that shows the create which asks.
    pub(super) async fn now(
        &self,
        cloud: &Client,
        organization: &ProgramOrganization,
        urn: &Urn,
        wanted: &WantedWebhook,
    ) -> Option<Arc<OwnState>> {
        let state = read(cloud, organization, urn, wanted).await;
        if state.is_some() {
            // It serves the others as well, unless they have one.
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
    // Of two that show it, neither proves anything.
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
