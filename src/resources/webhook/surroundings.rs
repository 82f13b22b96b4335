//! What the create of a webhook uses.
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

/// What a create uses.
#[derive(Clone, Copy, Debug)]
pub struct Surroundings<'a> {
    /// The cloud.
    pub cloud: &'a Client,
    /// Which resource of this deployment holds which webhook.
    pub holders: &'a Holders,
    /// Duplicates of the webhooks that this deployment creates.
    pub neighbours: &'a Neighbours,
    /// What the program's own state proves.
    pub proofs: &'a Proofs,
    /// The organization with that state.
    pub organization: &'a ProgramOrganization,
    /// Facts that the checks of components have already requested.
    pub survey: &'a Survey,
    /// The webhooks of components whose findings are errors.
    pub strict: &'a Strict,
    /// This provider's own reference, `urn::id`.
    pub provider: &'a str,
}

impl Surroundings<'_> {
    /// The state of the program, read once for all creates of the deployment; `None` if none shows the create that asks
    /// first.
    pub(super) async fn state(self, creation: &Creation<'_>) -> Option<Arc<OwnState>> {
        let (cloud, organization) = (self.cloud, self.organization);
        let state = self
            .proofs
            .once(cloud, organization, creation.urn, creation.wanted);
        state.await
    }
}
