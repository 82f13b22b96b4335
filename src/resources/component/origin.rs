//! Where a component is in its program, and what its webhooks are called there.
//!
//! # What this may not do
//!
//! Know what the webhooks are.

use super::target::{Target, shown};
use crate::domain::StackRef;
use crate::engine::monitor::Former;
use crate::engine::urn::Urn;
use crate::resources::tokens;

/// The type of the root of every program, which is left out of the types in a URN.
const ROOT_TYPE: &str = "pulumi:pulumi:Stack";

/// Where a component stands: what the URNs of resources beside it begin with.
#[derive(Clone, Debug, Default)]
pub struct Origin {
    /// The stack that the program runs for.
    pub stack: String,
    /// The project of the program.
    pub project: String,
    /// The URN of what the component is in.
    pub parent: String,
    /// The same stack on the cloud; `None` if the state is in no Pulumi Cloud, or it is not known which of several it is.
    pub home: Option<StackRef>,
}

impl Origin {
    /// The URN of a webhook below a component of the type `component` that stands here.
    pub fn child_urn(&self, component: &str, name: &str) -> Urn {
        self.sibling_urn(component, tokens::WEBHOOK, name)
    }

    /// The URN of a resource of the type `token` below a component of the type `component` that stands here.
    pub fn sibling_urn(&self, component: &str, token: &str, name: &str) -> Urn {
        self.urn(&format!("{component}${token}"), name)
    }

    /// Whether it is in no other component.
    pub fn is_at_top(&self) -> bool {
        matches!(Urn::new(self.parent.clone()).types(), "" | ROOT_TYPE)
    }

    /// The URN of a resource of these types, one in the other, that stands here.
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

    /// What the webhook from `upstream` to `target` may be called if it is one of a `DependencyGraph`.
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

    /// What the webhook that starts `target` may be called if it is one of an `AutoDeployer` of this name.
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

// No name of a stack has a `>` in it. So the parts behind the last arrows are the stacks, whatever a component is called,
// and no two webhooks are called alike.

/// What the webhook that starts a stack is called in an `AutoDeployer`. It begins with the component's name, so the
/// component's aliases reach it.
pub fn child_name(deployer: &str, organization: &str, target: &Target<'_>) -> String {
    format!("{deployer}->{organization}/{}", shown(target))
}

/// What the webhook of an edge is called in a `DependencyGraph`.
pub fn edge_name(graph: &str, organization: &str, upstream: &str, downstream: &str) -> String {
    format!("{graph}->{organization}/{upstream}->{downstream}")
}

/// What [`child_name`] was, when two components could have webhooks of one name.
pub fn former_child_name(deployer: &str, target: &Target<'_>) -> String {
    format!("{deployer}-{}", shown(target))
}

/// What [`edge_name`] was, when two components could have webhooks of one name.
pub fn former_edge_name(upstream: &str, downstream: &str) -> String {
    format!("{upstream}->{downstream}")
}

/// The names that people give a `DependencyGraph`, besides that of the project.
const CONVENTIONAL_GRAPHS: [&str; 3] = ["graph", "dependencies", "stacks"];

/// The names under which people declare a stack as an `AutoDeployer`: after its project, itself, or both.
pub fn conventional_names(stack: &StackRef) -> [String; 4] {
    let (project, name) = (stack.project(), stack.stack());
    [
        project.to_owned(),
        name.to_owned(),
        format!("{project}-{name}"),
        stack.short(),
    ]
}
