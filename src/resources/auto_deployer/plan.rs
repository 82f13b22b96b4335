//! What an `AutoDeployer` amounts to: its outputs, and one webhook for each downstream stack.
//!
//! # What this may not do
//!
//! Register anything, or ask anybody: a plan is a function of the inputs and of what was found on the cloud. Judge what
//! is not known yet. Put a secret into a name or a message.

use super::inputs::AutoDeployerInputs;
use crate::domain::{self, StackRef};
use crate::graph::Edge;
use crate::property::decode::HIDDEN_REASON;
use crate::property::{CheckFailure, Input, Known, Map, PropertyPath, Value};
use crate::resources::component::child::{self, Child, Former, Options, Origin, Target};
use crate::resources::component::modes::CheckMode;
use crate::resources::component::plan::{Plan, Webhooks};
use crate::resources::component::planned::{Planned, marked};
use crate::resources::webhook;
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
                token: webhook::FORMER_TOKEN,
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
mod tests {
    use super::*;
    use crate::property::Output;
    use crate::property::testing::{json, map};
    use serde_json::json;

    fn inputs(changes: serde_json::Value) -> Map {
        let mut inputs = map(json!({"organization": "acme", "project": "p", "stack": "a"}));
        inputs.extend(map(changes));
        inputs
    }

    fn planned_for(refs: serde_json::Value) -> Plan {
        planned(&inputs(json!({"downstreamRefs": refs})))
    }

    fn origin() -> Origin {
        Origin {
            stack: "dev".to_owned(),
            project: "wiring".to_owned(),
            parent: "urn:pulumi:dev::wiring::pulumi:pulumi:Stack::wiring-dev".to_owned(),
        }
    }

    fn try_plan(inputs: &Map, discovery: &Discovery) -> Result<Plan, Vec<CheckFailure>> {
        let asked = Asked {
            name: "deployer",
            inputs,
            organization: "home",
            origin: &origin(),
        };
        plan(asked, discovery)
    }

    fn planned(inputs: &Map) -> Plan {
        try_plan(inputs, &Discovery::NotWanted).expect("nothing is wrong")
    }

    fn names(plan: &Plan) -> Vec<&str> {
        plan.children
            .iter()
            .map(|child| child.name.as_str())
            .collect()
    }

    fn child_inputs(child: &Child) -> serde_json::Value {
        json(
            &child
                .inputs
                .iter()
                .map(|(name, input)| ((*name).to_owned(), input.value.clone()))
                .collect(),
        )
    }

    fn refused(changes: serde_json::Value) -> String {
        let failures =
            try_plan(&inputs(changes), &Discovery::NotWanted).expect_err("it is refused");
        let lines = failures
            .iter()
            .map(|failure| format!("{}: {}", failure.path, failure.reason));
        lines.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn each_downstream_stack_gets_one_webhook_named_after_it() {
        let plan = planned_for(json!(["p/b", "q/c", "acme/p/b", "p/b"]));
        assert_eq!(names(&plan), ["deployer-p/b", "deployer-q/c"]);
        let former = |former: &Former| match former {
            Former::Sibling { token, name } => format!("{token} {name}"),
            Former::Elsewhere(urn) => urn.to_string(),
        };
        let former: Vec<_> = plan.children[1].former.iter().map(former).collect();
        insta::assert_snapshot!(former.join("\n"), @r"
        pulumiservice:index:Webhook deployer-1
        urn:pulumi:dev::wiring::auto-deploy:index:DependencyGraph$auto-deploy:index:Webhook::p/a->q/c
        ");
        assert_eq!(
            plan.webhooks.places,
            Known::Now(vec![Some(0), Some(1), Some(0), Some(0)])
        );
        insta::assert_snapshot!(plan.advice.join("\n"), @r"
        `downstreamRefs[2]` names the stack `p/b` again; it gets one webhook all the same
        `downstreamRefs[3]` names the stack `p/b` again; it gets one webhook all the same
        ");
        assert_eq!(
            child_inputs(&plan.children[0]),
            json!({
                "organizationName": "acme", "projectName": "p", "stackName": "a", "format": "pulumi_deployments",
                "active": true, "filters": ["update_succeeded"], "displayName": "p/b", "payloadUrl": "p/b",
            })
        );
    }

    #[test]
    fn order_changes_no_webhook_and_a_removal_takes_exactly_its_own() {
        let of = |refs: serde_json::Value| {
            let plan = planned_for(refs);
            plan.children
                .iter()
                .map(|child| (child.name.clone(), child_inputs(child)))
                .collect::<BTreeMap<_, _>>()
        };
        let all = of(json!(["p/d", "p/e", "p/f"]));
        assert_eq!(all, of(json!(["p/f", "p/d", "p/e"])));
        let mut without_first = all.clone();
        without_first.remove("deployer-p/d");
        assert_eq!(without_first, of(json!(["p/e", "p/f"])));
    }

    #[test]
    fn a_leaf_has_a_reference_and_nothing_else() {
        for inputs in [
            inputs(json!({})),
            inputs(json!({"downstreamRefs": []})),
            inputs(json!({"downstreamRefs": null})),
        ] {
            let plan = planned(&inputs);
            assert_eq!(plan.children, []);
            let outputs = plan
                .outputs
                .iter()
                .map(|(name, output)| ((*name).to_owned(), output.value.clone()))
                .collect();
            assert_eq!(
                json(&outputs),
                json!({
                    "organization": "acme", "project": "p", "stack": "a", "downstreamRefs": [], "active": true,
                    "filters": ["update_succeeded"], "ref": "p/a", "checks": "warn", "discoverDownstream": false,
                    "discoveredRefs": [],
                })
            );
        }
    }

    #[test]
    fn an_edge_can_be_paused_and_follow_other_events() {
        let inputs = inputs(
            json!({"downstreamRefs": ["p/b"], "active": false, "filters": ["deployment_succeeded", "import_succeeded"]}),
        );
        let plan = planned(&inputs);
        let child = child_inputs(&plan.children[0]);
        assert_eq!(
            (&child["active"], &child["filters"]),
            (
                &json!(false),
                &json!(["deployment_succeeded", "import_succeeded"])
            )
        );
    }

    #[test]
    fn the_organization_defaults_to_the_programs() {
        let inputs = map(json!({"project": "p", "stack": "a", "downstreamRefs": ["home/p/b"]}));
        let plan = planned(&inputs);
        assert_eq!(child_inputs(&plan.children[0])["organizationName"], "home");
    }

    #[test]
    fn what_cannot_be_right_is_refused_by_property() {
        let refs = |refs| json!({"downstreamRefs": refs});
        insta::assert_snapshot!(refused(refs(json!(["p/b", "p/a"]))), @"downstreamRefs[1]: a stack cannot follow itself: each update would start the next one, for ever");
        insta::assert_snapshot!(refused(refs(json!(["acme/p/a"]))), @"downstreamRefs[0]: a stack cannot follow itself: each update would start the next one, for ever");
        insta::assert_snapshot!(refused(refs(json!([
            "b",
            "",
            "a/b/c/d",
            "p/ b",
            "other/p/b",
            7,
            null
        ]))));
        insta::assert_snapshot!(refused(
            json!({"project": null, "stack": "a/b", "filters": ["stack_created", "up"], "active": "no", "downstream": []})
        ));
    }

    #[test]
    fn what_is_not_known_is_left_for_later() {
        let plan = planned_for(json!(["p/b", "?", "p/c"]));
        assert_eq!(names(&plan), ["deployer-p/b", "deployer-p/c"]);
        assert_eq!(
            plan.webhooks.places,
            Known::Now(vec![Some(0), None, Some(1)])
        );
        insta::assert_snapshot!(plan.advice.join("\n"), @"the webhook for `downstreamRefs[1]` will be planned during the update, because the reference is not known yet");

        let plan = planned_for(json!("?"));
        assert_eq!(
            (plan.children.len(), &plan.webhooks.places),
            (0, &Known::Later)
        );
        insta::assert_snapshot!(plan.advice.join("\n"), @"the webhooks will be planned during the update, because `downstreamRefs` is not known yet");

        let inputs = inputs(json!({"stack": "?", "downstreamRefs": ["p/a"]}));
        let plan = planned(&inputs);
        assert_eq!(
            (plan.edges.len(), &plan.outputs["ref"].value),
            (0, &Value::UNKNOWN)
        );
        assert_eq!(child_inputs(&plan.children[0])["stackName"], "?");
    }

    #[test]
    fn a_secret_reference_is_in_no_name_and_no_message() {
        for refs in [
            json!(["secret p/hidden", "secret p/hidden"]),
            json!(["p/open", "secret p/hidden"]),
        ] {
            let plan = planned_for(refs);
            let child = plan.children.last().expect("there is one");
            assert!(!format!("{:?}{:?}", names(&plan), plan.advice).contains("hidden"));
            assert_eq!(child_inputs(child)["payloadUrl"], "secret p/hidden");
        }
        let mut inputs = inputs(json!({}));
        inputs.insert(
            "downstreamRefs".to_owned(),
            Value::Array(vec!["p/hidden".into()]).into_secret(),
        );
        let plan = planned(&inputs);
        assert!(!names(&plan)[0].contains("hidden"));
        assert!(plan.outputs["downstreamRefs"].value.peel().secret);
        assert!(!refused(json!({"downstreamRefs": ["secret hidden"]})).contains("hidden"));
    }

    #[test]
    fn every_value_knows_what_it_depends_on() {
        let output = |text: &str, urn: &str| {
            Value::Output(Output {
                value: Some(Box::new(text.into())),
                secret: false,
                dependencies: BTreeSet::from([urn.to_owned()]),
            })
        };
        let mut inputs = inputs(json!({}));
        inputs.insert("stack".to_owned(), output("a", "urn:stack"));
        inputs.insert(
            "downstreamRefs".to_owned(),
            Value::Array(vec![output("p/b", "urn:b"), output("p/c", "urn:c")]),
        );
        let plan = planned(&inputs);
        let urns = |planned: &Planned| planned.dependencies.iter().cloned().collect::<Vec<_>>();
        assert_eq!(urns(&plan.children[0].inputs["payloadUrl"]), ["urn:b"]);
        assert_eq!(urns(&plan.children[1].inputs["stackName"]), ["urn:stack"]);
        assert_eq!(urns(&plan.children[1].inputs["format"]), [""; 0]);
        assert_eq!(urns(&plan.outputs["ref"]), ["urn:stack"]);
        assert_eq!(urns(&plan.outputs["downstreamRefs"]), ["urn:b", "urn:c"]);
    }

    #[test]
    fn what_is_discovered_is_added_in_order_and_once() {
        let discovering = |changes: serde_json::Value| {
            let mut inputs = inputs(json!({"discoverDownstream": true}));
            inputs.extend(map(changes));
            inputs
        };
        let stack = |text: &str| {
            let (organization, rest) = text.split_once('/').expect("three parts");
            StackRef::parse_in(organization, rest).expect("it is one")
        };
        let found =
            |stacks: &[&str]| Discovery::Found(stacks.iter().map(|text| stack(text)).collect());
        let inputs = discovering(json!({"downstreamRefs": ["p/c"]}));
        let asked = Asked {
            name: "deployer",
            inputs: &inputs,
            organization: "home",
            origin: &origin(),
        };
        assert_eq!(wanted(asked), Ok(stack("acme/p/a")));
        let plan = try_plan(
            &inputs,
            &found(&["acme/p/d", "acme/p/c", "acme/p/b", "other/p/x"]),
        )
        .expect("nothing is wrong");
        assert_eq!(
            names(&plan),
            ["deployer-p/c", "deployer-p/b", "deployer-p/d"]
        );
        assert_eq!(
            plan.outputs["discoveredRefs"].value,
            ["p/b", "p/d"].into_iter().collect()
        );
        assert_eq!(
            plan.webhooks.places,
            Known::Now(vec![Some(0), Some(1), Some(2)])
        );
        insta::assert_snapshot!(plan.advice.join("\n"), @"`other/p/x` holds a StackReference to this stack and gets no webhook: it is in another organization, and a deployment webhook can only start stacks of its own");

        let failures = try_plan(&inputs, &found(&["acme/p/a"])).expect_err("it is refused");
        insta::assert_snapshot!(format!("{}: {}", failures[0].path, failures[0].reason), @"discoverDownstream: finds a StackReference of the stack to itself, and a stack cannot follow itself: remove the StackReference, or name the downstream stacks in `downstreamRefs`");

        let inputs = discovering(json!({"stack": "?"}));
        let later = Asked {
            inputs: &inputs,
            ..asked
        };
        assert_eq!(wanted(later), Err(Discovery::Later));
        let plan = try_plan(&inputs, &Discovery::Later).expect("nothing is known to be wrong");
        assert_eq!(plan.webhooks.places, Known::Later);
        assert_eq!(plan.outputs["discoveredRefs"].value, Value::UNKNOWN);
        insta::assert_snapshot!(plan.advice.join("\n"), @"the downstream stacks will be looked for during the update, because the stack is not known yet");
    }
}
