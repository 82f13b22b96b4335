//! The place of a component in its program, and the names of its webhooks there.
//!
//! # What this may not do
//!
//! Know the inputs of webhooks.

use super::target::{Target, shown};
use crate::domain::StackRef;
use crate::engine::monitor::Former;
use crate::engine::urn::Urn;
use crate::resources::tokens;

/// The type of the root resource of every program, which URNs leave out of the types.
const ROOT_TYPE: &str = "pulumi:pulumi:Stack";

/// The place of a component, from which the URNs of resources at the same place are derived.
#[derive(Clone, Debug, Default)]
pub struct Origin {
    /// The stack of the program.
    pub stack: String,
    /// The project of the program.
    pub project: String,
    /// The URN of the component's parent.
    pub parent: String,
    /// The program's stack on the cloud; `None` if the state is not in a Pulumi Cloud, or several stacks could be it.
    pub home: Option<StackRef>,
}

impl Origin {
    /// The URN of a webhook below a component of the type `component` at this place.
    pub fn child_urn(&self, component: &str, name: &str) -> Urn {
        self.sibling_urn(component, tokens::WEBHOOK, name)
    }

    /// The URN of a resource of the type `token` below a component of the type `component` at this place.
    pub fn sibling_urn(&self, component: &str, token: &str, name: &str) -> Urn {
        self.urn(&format!("{component}${token}"), name)
    }

    /// Whether it is outside of all other components.
    pub fn is_at_top(&self) -> bool {
        matches!(Urn::new(self.parent.clone()).types(), "" | ROOT_TYPE)
    }

    /// The URN of a resource with these types, outermost first, at this place.
    pub fn urn(&self, token: &str, name: &str) -> Urn {
        let around = Urn::new(self.parent.clone());
        let types = match around.types() {
            "" | ROOT_TYPE => String::new(),
            types => format!("{types}$"),
        };
        let (stack, project) = (&self.stack, &self.project);
        Urn::new(format!(
            "urn:pulumi:{stack}::{project}::{types}{token}::{name}"
        ))
    }

    /// The names that the webhook from `upstream` to `target` may have in a `DependencyGraph`.
    pub fn in_graph(
        &self,
        organization: &str,
        upstream: &StackRef,
        target: &Target<'_>,
    ) -> Vec<Former> {
        let downstream = shown(target);
        let mut names: Vec<String> = CONVENTIONAL_GRAPHS
            .iter()
            .chain([&self.project.as_str()])
            .map(|graph| edge_name(graph, organization, &upstream.short(), &downstream))
            .collect();
        names.dedup();
        names.push(former_edge_name(&upstream.short(), &downstream));
        let urn = |name: String| self.child_urn(tokens::DEPENDENCY_GRAPH, &name);
        names
            .into_iter()
            .map(|name| Former::Elsewhere(urn(name)))
            .collect()
    }

    /// The names that the webhook that starts `target` may have in an `AutoDeployer` with this name.
    pub fn in_deployer(
        &self,
        deployer: &str,
        organization: &str,
        target: &Target<'_>,
    ) -> [Former; 2] {
        let names = [
            child_name(deployer, organization, target),
            former_child_name(deployer, target),
        ];
        names.map(|name| Former::Elsewhere(self.child_urn(tokens::AUTO_DEPLOYER, &name)))
    }
}

// No stack's name contains a `>`. So the parts after the last arrows are the stacks, whatever the component is called, and
// no two webhooks have the same name.

/// The name of the webhook that starts a stack in an `AutoDeployer`. It begins with the component's name, so the
/// component's aliases apply to it.
pub fn child_name(deployer: &str, organization: &str, target: &Target<'_>) -> String {
    format!("{deployer}->{organization}/{}", shown(target))
}

/// The name of an edge's webhook in a `DependencyGraph`.
pub fn edge_name(graph: &str, organization: &str, upstream: &str, downstream: &str) -> String {
    format!("{graph}->{organization}/{upstream}->{downstream}")
}

/// The form of [`child_name`] when webhooks of two components could have the same name.
pub fn former_child_name(deployer: &str, target: &Target<'_>) -> String {
    format!("{deployer}-{}", shown(target))
}

/// The form of [`edge_name`] when webhooks of two components could have the same name.
pub fn former_edge_name(upstream: &str, downstream: &str) -> String {
    format!("{upstream}->{downstream}")
}

/// The usual names of a `DependencyGraph`, apart from that of the project.
const CONVENTIONAL_GRAPHS: [&str; 3] = ["graph", "dependencies", "stacks"];

/// The usual names of the `AutoDeployer` for a stack: its project, its own name, or both.
pub fn conventional_names(stack: &StackRef) -> [String; 4] {
    let (project, name) = (stack.project(), stack.stack());
    [
        project.to_owned(),
        name.to_owned(),
        format!("{project}-{name}"),
        stack.short(),
    ]
}
