//! What an `AutoDeployer` amounts to: its outputs, and one webhook for each downstream stack.
//!
//! # What this may not do
//!
//! Register anything, or ask anybody: a plan is a function of the inputs and of what was found on the cloud. Judge what
//! is not known yet. Put a secret into a name or a message.

use super::inputs::AutoDeployerInputs;
use crate::domain::{self, StackRef};
use crate::engine::monitor::Former;
use crate::graph::Edge;
use crate::property::decode::HIDDEN_REASON;
use crate::property::{CheckFailure, Input, Known, Map, PropertyPath, Value};
use crate::resources::component::child::{self, Child, Options, Origin, Target};
use crate::resources::component::modes::CheckMode;
use crate::resources::component::plan::{Plan, Webhooks};
use crate::resources::component::planned::{Planned, marked};
use crate::resources::tokens;
use std::collections::{BTreeMap, BTreeSet};

/// An `AutoDeployer` as a program asks for it.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its inputs.
    pub inputs: &'a Map,
    /// The organization to take if the inputs name none.
    pub organization: &'a str,
    /// Where it stands in the program.
    pub origin: &'a Origin,
}

/// What the cloud says of the stacks that hold a StackReference to the upstream stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Discovery {
    /// The program does not want to know.
    NotWanted,
    /// It wants to know, and the upstream stack, or the wish itself, is not known yet.
    Later,
    /// These stacks do.
    Found(BTreeSet<StackRef>),
}

/// The stack whose downstream stacks the program wants to be looked for, or why there is none to look for.
///
/// Inputs that cannot be right are none of its concern; [`plan`] reports them.
pub fn wanted(asked: Asked<'_>) -> Result<StackRef, Discovery> {
    let (inputs, _) = AutoDeployerInputs::read(asked.inputs);
    match inputs.discover_downstream.as_ref().map(Input::now) {
        None | Some(Some(false)) => Err(Discovery::NotWanted),
        Some(None) => Err(Discovery::Later),
        Some(Some(true)) => {
            let upstream = Upstream::of(&inputs, asked.organization, &mut Vec::new());
            upstream.stack.ok_or(Discovery::Later)
        }
    }
}

/// Plans the component.
///
/// # Errors
///
/// Every input that cannot be right, by path.
pub fn plan(asked: Asked<'_>, discovery: &Discovery) -> Result<Plan, Vec<CheckFailure>> {
    let (inputs, mut failures) = AutoDeployerInputs::read(asked.inputs);
    let upstream = Upstream::of(&inputs, asked.organization, &mut failures);
    options(&inputs, &upstream).check(&mut failures);
    let downstream = Downstream::of(&inputs, &upstream, &mut failures);
    let discovered = Discovered::of(discovery, &upstream, &downstream, &mut failures);
    if failures.is_empty() {
        Ok(assemble(
            asked,
            &inputs,
            &upstream,
            &downstream,
            &discovered,
        ))
    } else {
        Err(failures)
    }
}

fn options<'a>(inputs: &'a AutoDeployerInputs, upstream: &'a Upstream) -> Options<'a> {
    Options {
        organization: &upstream.organization,
        active: inputs.active.as_ref(),
        filters: inputs.filters.as_ref(),
    }
}

/// The stack whose updates start the others.
struct Upstream {
    organization: Input<String>,
    /// `None` while a part of it is not known, or if a part cannot be right.
    stack: Option<StackRef>,
    /// Whether its name is never shown.
    secret: bool,
}

impl Upstream {
    fn of(
        inputs: &AutoDeployerInputs,
        organization: &str,
        failures: &mut Vec<CheckFailure>,
    ) -> Upstream {
        let organization = inputs
            .organization
            .clone()
            .unwrap_or_else(|| Input::plain(organization.to_owned()));
        let parts = [
            ("organization", &organization),
            ("project", &inputs.project),
            ("stack", &inputs.stack),
        ];
        let mut known = Vec::new();
        for (property, input) in parts {
            match input.now().map(|text| domain::check_path_name(text)) {
                Some(Err(reason)) => failures.push(CheckFailure::new(property, reason)),
                Some(Ok(())) => known.extend(input.now()),
                None => {}
            }
        }
        let stack = match known.as_slice() {
            [organization, project, stack] => StackRef::new(organization, project, stack).ok(),
            _ => None,
        };
        let secret = organization.secret || inputs.project.secret || inputs.stack.secret;
        Upstream {
            organization,
            stack,
            secret,
        }
    }
}

/// The stacks that are started, in the order in which they were written.
struct Downstream {
    refs: Known<Vec<Reference>>,
}

struct Reference {
    /// `None` while it is not known.
    stack: Option<StackRef>,
    secret: bool,
    dependencies: BTreeSet<String>,
}

impl Downstream {
    fn of(
        inputs: &AutoDeployerInputs,
        upstream: &Upstream,
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
            let stack = match target(item, upstream) {
                Some(Ok(stack)) => Some(stack),
                Some(Err(reason)) => {
                    let reason = if secret {
                        HIDDEN_REASON.to_owned()
                    } else {
                        reason
                    };
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

/// The stack that a reference names; `None` while that cannot be told.
fn target(item: &Input<String>, upstream: &Upstream) -> Option<Result<StackRef, String>> {
    let given = item.now()?;
    let organization = upstream.organization.now()?;
    let stack = match StackRef::parse_in(organization, given) {
        Ok(stack) => stack,
        Err(error) => return Some(Err(error.to_string())),
    };
    if upstream.stack.as_ref() == Some(&stack) {
        return Some(Err(
            "a stack cannot follow itself: each update would start the next one, for ever"
                .to_owned(),
        ));
    }
    Some(Ok(stack))
}

/// The stacks that were found on the cloud and that the program does not name, in order.
struct Discovered {
    stacks: Known<Vec<StackRef>>,
    advice: Vec<String>,
}

impl Discovered {
    fn of(
        discovery: &Discovery,
        upstream: &Upstream,
        downstream: &Downstream,
        failures: &mut Vec<CheckFailure>,
    ) -> Discovered {
        let nothing = Discovered {
            stacks: Known::Now(Vec::new()),
            advice: Vec::new(),
        };
        let (found, own) = match (discovery, &upstream.stack) {
            (Discovery::NotWanted, _) => return nothing,
            (Discovery::Found(found), Some(own)) => (found, own),
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

fn assemble(
    asked: Asked<'_>,
    inputs: &AutoDeployerInputs,
    upstream: &Upstream,
    downstream: &Downstream,
    discovered: &Discovered,
) -> Plan {
    let checks = inputs.checks.as_ref().and_then(Input::now).copied();
    let mut plan = Plan {
        children: Vec::new(),
        webhooks: Webhooks {
            output: "downstreamWebhooks",
            places: Known::Later,
            secret: false,
        },
        outputs: outputs(inputs, upstream, discovered),
        edges: Vec::new(),
        declared: upstream.stack.iter().cloned().collect(),
        hidden: upstream
            .stack
            .iter()
            .filter(|_| upstream.secret)
            .cloned()
            .collect(),
        edges_from: "downstreamRefs",
        is_active: options(inputs, upstream).is_active(),
        checks: checks.unwrap_or(CheckMode::Warn),
        advice: discovered.advice.clone(),
    };
    let mut webhooks = Edges {
        asked,
        inputs,
        upstream,
        place_of: BTreeMap::new(),
    };
    let named = webhooks.add_named(downstream, &mut plan);
    let found = webhooks.add_found(discovered, &mut plan);
    plan.webhooks.places = match (named, found) {
        (Known::Now(named), Known::Now(found)) => {
            Known::Now(named.into_iter().chain(found).collect())
        }
        _ => Known::Later,
    };
    plan
}

/// The webhooks as they come to a plan, each downstream stack once.
struct Edges<'a> {
    asked: Asked<'a>,
    inputs: &'a AutoDeployerInputs,
    upstream: &'a Upstream,
    place_of: BTreeMap<StackRef, usize>,
}

impl Edges<'_> {
    /// Adds those of `downstreamRefs`, and answers the place of each reference's webhook.
    fn add_named(&mut self, downstream: &Downstream, plan: &mut Plan) -> Known<Vec<Option<usize>>> {
        let Known::Now(refs) = &downstream.refs else {
            plan.advice.push("the webhooks will be planned during the update, because `downstreamRefs` is not known yet".to_owned());
            return Known::Later;
        };
        let mut places = Vec::with_capacity(refs.len());
        for (index, reference) in refs.iter().enumerate() {
            let Some(stack) = &reference.stack else {
                plan.advice.push(format!(
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
                plan.advice.push(format!("`downstreamRefs[{index}]` names the stack{which} again; it gets one webhook all the same"));
                places.push(Some(*place));
                continue;
            }
            let target = Target {
                stack,
                secret: reference.secret,
                dependencies: reference.dependencies.clone(),
            };
            // In a stack of the published package the webhook is named by position, and belongs to another package.
            let former = Former::Sibling {
                token: tokens::FORMER_WEBHOOK,
                name: format!("{}-{index}", self.asked.name),
            };
            places.push(Some(self.add(&target, Some(former), plan)));
        }
        Known::Now(places)
    }

    /// Adds those that were found, and answers their places.
    fn add_found(&mut self, discovered: &Discovered, plan: &mut Plan) -> Known<Vec<Option<usize>>> {
        let Known::Now(stacks) = &discovered.stacks else {
            plan.advice.push("the downstream stacks will be looked for during the update, because the stack is not known yet".to_owned());
            return Known::Later;
        };
        let places = stacks.iter().map(|stack| {
            let target = Target {
                stack,
                secret: self.upstream.secret,
                dependencies: BTreeSet::new(),
            };
            Some(self.add(&target, None, plan))
        });
        Known::Now(places.collect())
    }

    fn add(&mut self, target: &Target<'_>, former: Option<Former>, plan: &mut Plan) -> usize {
        let place = plan.children.len();
        self.place_of.insert(target.stack.clone(), place);
        if target.secret {
            plan.hidden.insert(target.stack.clone());
        }
        if target.is_made_here() {
            plan.declared.insert(target.stack.clone());
        }
        plan.children.push(self.child(target, former));
        plan.edges
            .extend(self.upstream.stack.clone().map(|upstream| Edge {
                upstream,
                downstream: target.stack.clone(),
            }));
        place
    }

    fn child(&self, target: &Target<'_>, former: Option<Former>) -> Child {
        let upstream = self.upstream.stack.as_ref();
        let in_graph = upstream
            .filter(|_| !self.upstream.secret)
            .map(|upstream| self.asked.origin.in_graph(upstream, target));
        let place = (
            Planned::of(&self.inputs.project),
            Planned::of(&self.inputs.stack),
        );
        Child {
            name: format!("{}-{}", self.asked.name, child::shown(target)),
            former: former.into_iter().chain(in_graph).collect(),
            inputs: options(self.inputs, self.upstream).webhook(place, target),
        }
    }
}

fn outputs(
    inputs: &AutoDeployerInputs,
    upstream: &Upstream,
    discovered: &Discovered,
) -> BTreeMap<&'static str, Planned> {
    let refs = match &inputs.downstream_refs {
        Some(list) => Planned::of_list(list, |text| text.as_str().into()),
        None => Planned::constant(Value::Array(Vec::new())),
    };
    let found = match &discovered.stacks {
        Known::Now(stacks) => stacks.iter().map(StackRef::short).collect(),
        Known::Later => Value::UNKNOWN,
    };
    let options = options(inputs, upstream);
    let (project, stack) = (&inputs.project, &inputs.stack);
    BTreeMap::from([
        ("organization", Planned::of(&upstream.organization)),
        ("project", Planned::of(project)),
        ("stack", Planned::of(stack)),
        ("downstreamRefs", refs),
        (
            "discoverDownstream",
            inputs
                .discover_downstream
                .as_ref()
                .map_or_else(|| Planned::constant(false), Planned::of),
        ),
        (
            "discoveredRefs",
            Planned::constant(marked(found, upstream.secret)),
        ),
        (
            "checks",
            inputs
                .checks
                .as_ref()
                .map_or_else(|| Planned::constant(CheckMode::Warn), Planned::of),
        ),
        ("active", options.active()),
        ("filters", options.filters()),
        // What another `AutoDeployer` names this one's stack by.
        (
            "ref",
            Planned::joined(project, stack, |project, stack| {
                format!("{project}/{stack}")
            }),
        ),
    ])
}

#[cfg(test)]
mod tests;
