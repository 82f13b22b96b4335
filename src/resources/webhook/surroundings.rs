//! What a create of a webhook works with.
//!
//! # What this may not do
//!
//! Decide anything.

use super::neighbours::Neighbours;
use super::own_state::OwnState;
use super::proofs::Proofs;
use super::replacement::Holders;
use super::strict::Strict;
use super::wanted::Creation;
use crate::cloud::Client;
use crate::resources::organization::ProgramOrganization;
use crate::survey::Survey;
use std::sync::Arc;

/// What a create works with.
#[derive(Clone, Copy, Debug)]
pub struct Surroundings<'a> {
    /// The cloud.
    pub cloud: &'a Client,
    /// Which resource of this deployment holds which webhook.
    pub holders: &'a Holders,
    /// What is beside the webhooks that this deployment makes.
    pub neighbours: &'a Neighbours,
    /// What the program's own state proves.
    pub proofs: &'a Proofs,
    /// Where that state is.
    pub organization: &'a ProgramOrganization,
    /// What the checks of components have seen.
    pub survey: &'a Survey,
    /// The webhooks whose component wants findings to be errors.
    pub strict: &'a Strict,
    /// This provider's own reference, `urn::id`.
    pub provider: &'a str,
}

impl Surroundings<'_> {
    /// The state of the program, read once for all creates of the deployment; `None` if there is none that shows the create
    /// which asks first.
    pub(super) async fn state(self, creation: &Creation<'_>) -> Option<Arc<OwnState>> {
        let (cloud, organization) = (self.cloud, self.organization);
        let state = self
            .proofs
            .once(cloud, organization, creation.urn, creation.wanted);
        state.await
    }
}
