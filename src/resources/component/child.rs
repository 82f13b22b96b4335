//! The webhook of one edge, as a component declares it.
//!
//! # What this may not do
//!
//! Know which component it belongs to, beyond the names that it is given.

use super::planned::{Planned, marked};
use crate::domain::{Filter, Format, ScopeKind, StackRef};
use crate::engine::monitor::Former;
use crate::engine::urn::Urn;
use crate::property::{CheckFailure, Input, PropertyPath, Value};
use crate::resources::tokens;
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// The type of the root of every program, which is left out of the types in a URN.
const ROOT_TYPE: &str = "pulumi:pulumi:Stack";

/// One webhook of a component.
#[derive(Clone, Debug, PartialEq)]
pub struct Child {
    /// Its name in the program.
    pub name: String,
    /// What it may be called in an older state.
    pub former: Vec<Former>,
    /// Its inputs, and what each depends on.
    pub inputs: BTreeMap<&'static str, Planned>,
}

impl Child {
    /// The stack that it watches, if that is known.
    pub fn upstream(&self) -> Option<StackRef> {
        let part = |name| text(&self.inputs.get(name)?.value);
        let (organization, project) = (part("organizationName")?, part("projectName")?);
        StackRef::new(organization, project, part("stackName")?).ok()
    }
}

/// Where a component stands: what the URNs of resources beside it begin with.
#[derive(Clone, Debug, Default)]
pub struct Origin {
    /// The stack that the program runs for.
    pub stack: String,
    /// The project of the program.
    pub project: String,
    /// The URN of what the component is in.
    pub parent: String,
}

/// The inputs of a component that all its webhooks have in common.
#[derive(Clone, Copy, Debug)]
pub struct Options<'a> {
    /// The organization of the stacks.
    pub organization: &'a Input<String>,
    /// Whether the webhooks deliver.
    pub active: Option<&'a Input<bool>>,
    /// The events of the upstream stack that start the downstream stack.
    pub filters: Option<&'a Input<Vec<Input<Filter>>>>,
}

/// A stack that a webhook starts, as the program named it.
#[derive(Clone, Debug)]
pub struct Target<'a> {
    /// The stack.
    pub stack: &'a StackRef,
    /// Whether its name is never shown.
    pub secret: bool,
    /// What the name depends on.
    pub dependencies: BTreeSet<String>,
}

impl Target<'_> {
    /// Whether the name comes from a resource of another package in this program, which may be about to make the stack.
    pub fn is_made_here(&self) -> bool {
        let ours = format!("{}:", crate::schema::PACKAGE);
        let made = |urn: &String| {
            let urn = Urn::new(urn.clone());
            !urn.token().starts_with(&ours)
        };
        self.dependencies.iter().any(made)
    }
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

impl Options<'_> {
    /// The inputs of the webhook that starts `target` when something happens to the stack `project/stack`.
    pub fn webhook(
        self,
        (project, stack): (Planned, Planned),
        target: &Target<'_>,
    ) -> BTreeMap<&'static str, Planned> {
        let reference = Planned {
            value: marked(target.stack.short().into(), target.secret),
            dependencies: target.dependencies.clone(),
        };
        BTreeMap::from([
            ("organizationName", Planned::of(self.organization)),
            ("projectName", project),
            ("stackName", stack),
            (
                "format",
                Planned::constant(Format::PulumiDeployments.as_str()),
            ),
            ("active", self.active()),
            ("filters", self.filters()),
            ("displayName", reference.clone()),
            ("payloadUrl", reference),
        ])
    }

    /// Whether the webhooks deliver, which they do by default.
    pub fn active(self) -> Planned {
        self.active
            .map_or_else(|| Planned::constant(true), Planned::of)
    }

    /// Whether the webhooks deliver, as far as it is known.
    pub fn is_active(self) -> bool {
        self.active.and_then(Input::now) != Some(&false)
    }

    /// The events that start the target: by default the one that says that there is something new.
    pub fn filters(self) -> Planned {
        let given = self.filters;
        match given.filter(|list| list.now().is_none_or(|items| !items.is_empty())) {
            Some(list) => Planned::of_list(list, |filter| filter.as_str().into()),
            None => Planned::constant(
                [Filter::UpdateSucceeded.as_str()]
                    .into_iter()
                    .collect::<Value>(),
            ),
        }
    }

    /// Reports every event that a stack's webhook does not get.
    pub fn check(self, failures: &mut Vec<CheckFailure>) {
        let items = self.filters.and_then(Input::now).into_iter().flatten();
        for (index, item) in items.enumerate() {
            if let Some(filter) = item
                .now()
                .filter(|filter| !filter.is_available(ScopeKind::Stack))
            {
                let path = PropertyPath::from("filters").index(index);
                let reason = format!(
                    "a webhook on {} does not get the event `{}`",
                    ScopeKind::Stack,
                    filter.as_str()
                );
                failures.push(CheckFailure { path, reason });
            }
        }
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

/// What names a target in a name that is no secret.
pub fn shown(target: &Target<'_>) -> String {
    if target.secret {
        digest(target.stack)
    } else {
        target.stack.short()
    }
}

/// The text that a value is, whatever its marks.
pub(super) fn text(value: &Value) -> Option<&str> {
    match value.peel().value {
        Some(Value::String(text)) => Some(text),
        _ => None,
    }
}

/// Stands for a stack whose name is a secret in a name that is not.
pub fn digest(stack: &StackRef) -> String {
    hex::encode(Sha256::digest(stack.to_string()))[..16].to_owned()
}
