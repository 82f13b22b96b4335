//! Where a component stands in its program, and what its webhooks are called there.
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
    /// The same stack on the cloud; `None` if the state is in no Pulumi Cloud.
    pub home: Option<StackRef>,
}

impl Origin {
    /// The URN of a webhook below a component of the type `component` that stands here.
    pub fn child_urn(&self, component: &str, name: &str) -> Urn {
        let around = Urn::new(self.parent.clone());
        let types = match around.types() {
            "" | ROOT_TYPE => String::new(),
            types => format!("{types}$"),
        };
        let (stack, project, token) = (&self.stack, &self.project, tokens::WEBHOOK);
        Urn::new(format!(
            "urn:pulumi:{stack}::{project}::{types}{component}${token}::{name}"
        ))
    }

    /// What the webhook from `upstream` to `target` is called if it is one of a `DependencyGraph`.
    pub fn in_graph(&self, upstream: &StackRef, target: &Target<'_>) -> Former {
        let name = edge_name(&upstream.short(), &shown(target));
        Former::Elsewhere(self.child_urn(tokens::DEPENDENCY_GRAPH, &name))
    }
}

/// What the webhook of an edge is called in a `DependencyGraph`. No name of a stack has a `>` in it, so that no two edges
/// are called alike.
pub fn edge_name(upstream: &str, downstream: &str) -> String {
    format!("{upstream}->{downstream}")
}

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
