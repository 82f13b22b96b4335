//! What components have in common: each is a parent of webhooks, one for each edge, and never on the cloud itself.
//!
//! Read in this order: [`plan`] is what a component amounts to, [`child`] one webhook of it, [`declared`] what the whole
//! program says, [`preflight`] what the cloud says of it, [`construct`] how it gets into the engine's state.

pub mod begun;
pub mod child;
pub mod construct;
pub mod declared;
pub mod modes;
pub mod plan;
pub mod planned;
pub mod preflight;
#[cfg(test)]
pub(crate) mod testing;

use super::urn::Urn;
use super::{auto_deployer, dependency_graph};

/// Which component.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One stack and those that follow it.
    AutoDeployer,
    /// A graph of stacks.
    DependencyGraph,
}

impl Kind {
    /// The component of a type token.
    pub fn of(token: &str) -> Option<Kind> {
        [Kind::AutoDeployer, Kind::DependencyGraph]
            .into_iter()
            .find(|kind| kind.token() == token)
    }

    /// Its type token.
    pub fn token(self) -> &'static str {
        match self {
            Kind::AutoDeployer => auto_deployer::TOKEN,
            Kind::DependencyGraph => dependency_graph::TOKEN,
        }
    }

    /// What a person calls it.
    pub fn name(self) -> &'static str {
        match self {
            Kind::AutoDeployer => "AutoDeployer",
            Kind::DependencyGraph => "DependencyGraph",
        }
    }
}

/// Whether a resource belongs to a component of ours, however deep.
pub fn is_around(urn: &Urn) -> bool {
    urn.types()
        .split('$')
        .any(|token| Kind::of(token).is_some())
}
