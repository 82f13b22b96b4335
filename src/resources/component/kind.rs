//! The kinds of components.
//!
//! # What this may not do
//!
//! Know the children of a component.

use crate::engine::urn::Urn;
use crate::resources::tokens;

/// The kind of a component.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One stack and those that follow it.
    AutoDeployer,
    /// A graph of stacks.
    DependencyGraph,
}

impl Kind {
    /// The kind with this type token.
    pub fn of(token: &str) -> Option<Kind> {
        [Kind::AutoDeployer, Kind::DependencyGraph]
            .into_iter()
            .find(|kind| kind.token() == token)
    }

    /// Its type token.
    pub fn token(self) -> &'static str {
        match self {
            Kind::AutoDeployer => tokens::AUTO_DEPLOYER,
            Kind::DependencyGraph => tokens::DEPENDENCY_GRAPH,
        }
    }

    /// Its name in messages.
    pub fn name(self) -> &'static str {
        match self {
            Kind::AutoDeployer => "AutoDeployer",
            Kind::DependencyGraph => "DependencyGraph",
        }
    }
}

/// Whether a resource is inside one of our components, at any depth.
pub fn is_around(urn: &Urn) -> bool {
    urn.types()
        .split('$')
        .any(|token| Kind::of(token).is_some())
}
