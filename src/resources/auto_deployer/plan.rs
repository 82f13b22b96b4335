//! The plan of an `AutoDeployer`: its outputs, and one webhook for each downstream stack.
//!
//! # What this may not do
//!
//! Register anything, or make a request: a plan is a function of the inputs and of what was found on the cloud. Judge
//! unknown values. Put a secret into a name or a message.

use super::inputs::AutoDeployerInputs;
use crate::domain::{self, StackRef};
use crate::engine::monitor::Former;
use crate::graph::Edge;
use crate::property::decode::shown_reason;
use crate::property::{CheckFailure, Input, Known, PropertyPath, Value};
use crate::resources::component::child::Child;
use crate::resources::component::modes::CheckMode;
use crate::resources::component::options::{Options, Place};
use crate::resources::component::origin::{child_name, former_child_name};
use crate::resources::component::plan::{Plan, Webhooks};
use crate::resources::component::planned::{PlannedValue, marked};
use crate::resources::component::request::Request;
use crate::resources::component::target::{Target, follows_itself, is_made_here};
use crate::resources::tokens;
use std::collections::{BTreeMap, BTreeSet};

/// What is known about the stacks that have a StackReference to the upstream stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Discovery {
    /// The program did not ask.
    NotWanted,
    /// The program asked, or may have, but a value is still unknown.
    Later,
    /// These stacks have one.
    Known(BTreeSet<StackRef>),
    /// The upstream stack does not exist.
    Missing,
}

/// The stack whose downstream stacks should be discovered, or why none should be.
///
/// Invalid inputs are ignored here; [`plan`] reports them.
pub fn wanted(request: &Request) -> Result<StackRef, Discovery> {
    let (inputs, _) = AutoDeployerInputs::read(&request.inputs);
    match inputs.discover_downstream.as_ref().map(Input::now) {
        None | Some(Some(false)) => Err(Discovery::NotWanted),
        Some(None) => Err(Discovery::Later),
        Some(Some(true)) => {
            let nothing = &mut Vec::new();
            let options = Options::new(inputs.shared.clone(), &request.organization, nothing);
            let upstream = Upstream::of(&inputs, &options, nothing);
            upstream.stack.ok_or(Discovery::Later)
        }
    }
}

/// Plans the component.
///
/// # Errors
///
/// Every invalid input, by path.
pub fn plan(request: &Request, discovery: &Discovery) -> Result<Plan, Vec<CheckFailure>> {
    let (inputs, mut failures) = AutoDeployerInputs::read(&request.inputs);
    let options = Options::new(inputs.shared.clone(), &request.organization, &mut failures);
    let upstream = Upstream::of(&inputs, &options, &mut failures);
    options.check_filters(&mut failures);
    let downstream = Downstream::of(&inputs, &upstream, &options, &mut failures);
    let discovered = Discovered::of(discovery, &upstream, &downstream, &options, &mut failures);
    if !failures.is_empty() {
        return Err(failures);
    }
    let of = upstream.stack.iter();
    let draft = Draft {
        request,
        inputs: &inputs,
        options: &options,
        upstream: &upstream,
        place_of: BTreeMap::new(),
        children: Vec::new(),
        edges: Vec::new(),
        hidden: of.clone().filter(|_| upstream.secret).cloned().collect(),
        made_here: of.filter(|_| upstream.is_made_here).cloned().collect(),
        advice: discovered.advice.clone(),
    };
    Ok(draft.finish(&downstream, &discovered))
}

/// The stack whose updates start the others.
struct Upstream {
    /// `None` while a part of it is unknown or invalid.
    stack: Option<StackRef>,
    /// Whether its name is secret.
    secret: bool,
    /// Whether a resource of the program may create it.
    is_made_here: bool,
}

impl Upstream {
    fn of(
        inputs: &AutoDeployerInputs,
        options: &Options,
        failures: &mut Vec<CheckFailure>,
    ) -> Upstream {
        for (property, input) in [("project", &inputs.project), ("stack", &inputs.stack)] {
            if let Some(Err(reason)) = input.now().map(|text| domain::check_path_name(text)) {
                failures.push(CheckFailure::new(property, reason));
            }
        }
        let parts = [&options.organization, &inputs.project, &inputs.stack];
        let stack = match parts.map(Input::now) {
            [Some(organization), Some(project), Some(stack)] => {
                StackRef::new(organization, project, stack).ok()
            }
            _ => None,
        };
        Upstream {
            stack,
            secret: parts.iter().any(|part| part.secret),
            is_made_here: is_made_here(parts.iter().flat_map(|part| &part.dependencies)),
        }
    }
}

/// The downstream stacks, in the order in which they were written.
struct Downstream {
    refs: Known<Vec<Reference>>,
}

struct Reference {
    /// `None` while unknown.
    stack: Option<StackRef>,
    secret: bool,
    dependencies: BTreeSet<String>,
}

impl Downstream {
    fn of(
        inputs: &AutoDeployerInputs,
        upstream: &Upstream,
        options: &Options,
        failures: &mut Vec<CheckFailure>,
    ) -> Downstream {
        let Some(list) = &inputs.downstream_refs else {
            return Downstream {
                refs: Known::Now(Vec::new()),
            };
        };
        let Some(items) = list.now() else {
            return Downstream { refs: Known::Later };
        };
        let mut refs = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            let secret = item.secret || list.secret;
            let stack = match target(item, upstream, options) {
                Some(Ok(stack)) => Some(stack),
                Some(Err(reason)) => {
                    let reason = shown_reason(secret, reason);
                    let path = PropertyPath::from("downstreamRefs").index(index);
                    failures.push(CheckFailure { path, reason });
                    None
                }
                None => None,
            };
            let dependencies = item
                .dependencies
                .union(&list.dependencies)
                .cloned()
                .collect();
            refs.push(Reference {
                stack,
                secret,
                dependencies,
            });
        }
        Downstream {
            refs: Known::Now(refs),
        }
    }
}

/// The stack that a reference names; `None` while unknown.
fn target(
    item: &Input<String>,
    upstream: &Upstream,
    options: &Options,
) -> Option<Result<StackRef, String>> {
    let given = item.now()?;
    let organization = options.organization.now()?;
    let stack = StackRef::parse_in(organization, given).map_err(|error| error.to_string());
    Some(stack.and_then(|stack| {
        let own = upstream.stack.as_ref();
        match own.and_then(|own| follows_itself(own, &stack)) {
            Some(reason) => Err(reason),
            None => Ok(stack),
        }
    }))
}

/// The discovered stacks that the program does not name, sorted.
struct Discovered {
    stacks: Known<Vec<StackRef>>,
    advice: Vec<String>,
}

impl Discovered {
    fn of(
        discovery: &Discovery,
        upstream: &Upstream,
        downstream: &Downstream,
        options: &Options,
        failures: &mut Vec<CheckFailure>,
    ) -> Discovered {
        let nothing = Discovered {
            stacks: Known::Now(Vec::new()),
            advice: Vec::new(),
        };
        let (found, own) = match (discovery, &upstream.stack) {
            (Discovery::NotWanted, _) => return nothing,
            (Discovery::Known(found), Some(own)) => (found, own),
            (Discovery::Missing, Some(own)) => {
                let missing = missing(own, upstream.secret);
                if options.checks() == CheckMode::Error {
                    failures.push(CheckFailure::new("stack", missing));
                    return nothing;
                }
                // If the component has edges, the checks report it.
                let is_said = options.checks() == CheckMode::Warn
                    && options.is_active()
                    && matches!(&downstream.refs, Known::Now(refs) if !refs.is_empty());
                return Discovered {
                    advice: Vec::from_iter((!is_said).then_some(missing)),
                    ..nothing
                };
            }
            _ => {
                return Discovered {
                    stacks: Known::Later,
                    ..nothing
                };
            }
        };
        let is_named = |stack: &StackRef| matches!(&downstream.refs, Known::Now(refs) if refs.iter().any(|named| named.stack.as_ref() == Some(stack)));
        let (mut stacks, mut advice) = (Vec::new(), Vec::new());
        for stack in found {
            if stack == own {
                let reason = "finds a StackReference of the stack to itself, and a stack cannot follow itself: remove the \
                     StackReference, or name the downstream stacks in `downstreamRefs`";
                failures.push(CheckFailure::new("discoverDownstream", reason));
            } else if stack.organization() != own.organization() {
                advice.push(format!(
                    "`{stack}` holds a StackReference to this stack and gets no webhook: it is in another organization, and a \
                     deployment webhook can only start stacks of its own"
                ));
            } else if !is_named(stack) {
                stacks.push(stack.clone());
            }
        }
        Discovered {
            stacks: Known::Now(stacks),
            advice,
        }
    }
}

/// The message for an upstream stack that does not exist.
fn missing(stack: &StackRef, secret: bool) -> String {
    let name = if secret {
        String::new()
    } else {
        format!(" `{}`", stack.short())
    };
    format!(
        "the stack{name} does not exist, so no stack is found that depends on it: create it, correct its name, or remove this \
         component"
    )
}

/// A plan while its webhooks are added, one for each downstream stack.
struct Draft<'a> {
    request: &'a Request,
    inputs: &'a AutoDeployerInputs,
    options: &'a Options,
    upstream: &'a Upstream,
    place_of: BTreeMap<StackRef, usize>,
    children: Vec<Child>,
    edges: Vec<Edge>,
    hidden: BTreeSet<StackRef>,
    made_here: BTreeSet<StackRef>,
    advice: Vec<String>,
}

impl Draft<'_> {
    fn finish(mut self, downstream: &Downstream, discovered: &Discovered) -> Plan {
        let named = self.add_named(downstream);
        let found = self.add_found(discovered);
        let places = match (named, found) {
            (Known::Now(named), Known::Now(found)) => {
                Known::Now(named.into_iter().chain(found).collect())
            }
            _ => Known::Later,
        };
        Plan {
            outputs: self.outputs(discovered),
            children: Box::new(self.children),
            webhooks: Webhooks {
                output: "downstreamWebhooks",
                places,
                secret: false,
            },
            edges: self.edges,
            hidden: self.hidden,
            about: self.upstream.stack.clone(),
            made_here: self.made_here,
            edges_from: "downstreamRefs",
            events: self.options.events(),
            is_active: self.options.is_active(),
            joined: None,
            checks: self.options.checks(),
            advice: self.advice,
        }
    }

    /// Adds the edges to `downstreamRefs`; returns the place of the webhook for each reference.
    fn add_named(&mut self, downstream: &Downstream) -> Known<Vec<Option<usize>>> {
        let Known::Now(refs) = &downstream.refs else {
            self.advice.push("the webhooks will be planned during the update, because `downstreamRefs` is not known yet".to_owned());
            return Known::Later;
        };
        let mut places = Vec::with_capacity(refs.len());
        for (index, reference) in refs.iter().enumerate() {
            let Some(stack) = &reference.stack else {
                self.advice.push(format!(
                    "the webhook for `downstreamRefs[{index}]` will be planned during the update, because the reference is not known yet"
                ));
                places.push(None);
                continue;
            };
            if let Some(place) = self.place_of.get(stack) {
                let which = if reference.secret {
                    String::new()
                } else {
                    format!(" `{}`", stack.short())
                };
                self.advice.push(format!("`downstreamRefs[{index}]` names the stack{which} again; it gets one webhook all the same"));
                places.push(Some(*place));
                continue;
            }
            let target = Target {
                stack,
                secret: reference.secret,
                dependencies: reference.dependencies.clone(),
            };
            // In a stack of the published package, webhooks are named by position and belong to another package.
            let former = Former::Sibling {
                token: tokens::FORMER_WEBHOOK,
                name: format!("{}-{index}", self.request.name),
            };
            places.push(Some(self.add(&target, Some(former))));
        }
        Known::Now(places)
    }

    /// Adds the edges to discovered stacks; returns their places.
    fn add_found(&mut self, discovered: &Discovered) -> Known<Vec<Option<usize>>> {
        let Known::Now(stacks) = &discovered.stacks else {
            self.advice.push("the downstream stacks will be looked for during the update, because the stack is not known yet".to_owned());
            return Known::Later;
        };
        let places = stacks.iter().map(|stack| {
            let target = Target {
                stack,
                secret: self.upstream.secret,
                dependencies: BTreeSet::new(),
            };
            Some(self.add(&target, None))
        });
        Known::Now(places.collect())
    }

    fn add(&mut self, target: &Target<'_>, former: Option<Former>) -> usize {
        let place = self.children.len();
        self.place_of.insert(target.stack.clone(), place);
        if target.secret {
            self.hidden.insert(target.stack.clone());
        }
        if is_made_here(&target.dependencies) {
            self.made_here.insert(target.stack.clone());
        }
        let child = self.child(target, former);
        self.children.push(child);
        self.edges
            .extend(self.upstream.stack.clone().map(|upstream| Edge {
                upstream,
                downstream: target.stack.clone(),
            }));
        place
    }

    fn child(&self, target: &Target<'_>, former: Option<Former>) -> Child {
        let upstream = self.upstream.stack.as_ref();
        let organization = self.options.organization_in_names();
        let in_graph = upstream.filter(|_| !self.upstream.secret).map(|upstream| {
            self.request
                .origin
                .in_graph(&organization, upstream, target)
        });
        let name = &self.request.name;
        let own = Former::Sibling {
            token: tokens::WEBHOOK,
            name: former_child_name(name, target),
        };
        let place = Place {
            project: PlannedValue::of(&self.inputs.project),
            stack: PlannedValue::of(&self.inputs.stack),
        };
        let former = [own].into_iter().chain(former);
        Child::webhook(
            child_name(name, &organization, target),
            former.chain(in_graph.into_iter().flatten()).collect(),
            self.options.webhook(place, target),
        )
    }

    fn outputs(&self, discovered: &Discovered) -> BTreeMap<&'static str, PlannedValue> {
        let inputs = self.inputs;
        let refs = match &inputs.downstream_refs {
            Some(list) => PlannedValue::of_list(list, |text| text.as_str().into()),
            None => PlannedValue::constant(Value::Array(Vec::new())),
        };
        let found = match &discovered.stacks {
            Known::Now(stacks) => stacks.iter().map(StackRef::short).collect(),
            Known::Later => Value::UNKNOWN,
        };
        let (project, stack) = (&inputs.project, &inputs.stack);
        let mut outputs = self.options.outputs();
        outputs.extend([
            ("project", PlannedValue::of(project)),
            ("stack", PlannedValue::of(stack)),
            ("downstreamRefs", refs),
            (
                "discoverDownstream",
                PlannedValue::or(inputs.discover_downstream.as_ref(), false),
            ),
            (
                "discoveredRefs",
                PlannedValue::constant(marked(found, self.upstream.secret)),
            ),
            // The form in which another `AutoDeployer` names this one's stack.
            (
                "ref",
                PlannedValue::joined(project, stack, |project, stack| {
                    format!("{project}/{stack}")
                }),
            ),
        ]);
        outputs
    }
}

#[cfg(test)]
mod tests;
