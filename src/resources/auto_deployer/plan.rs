//! What an `AutoDeployer` amounts to: its outputs, and one webhook for each downstream stack.
//!
//! # What this may not do
//!
//! Register anything, or ask anybody: a plan is a function of the inputs. Judge what is not known yet. Put a secret
//! into a name or a message.

use super::inputs::AutoDeployerInputs;
use crate::domain::{self, Filter, Format, ScopeKind, StackRef};
use crate::graph::Edge;
use crate::property::decode::HIDDEN_REASON;
use crate::property::{CheckFailure, Input, Known, Map, PropertyPath, Value};
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// What to register, and what to say about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The webhooks, each downstream stack once, in the order of `downstreamRefs`.
    pub children: Vec<Child>,
    /// For each of `downstreamRefs` the place of its webhook in `children`; `None` while the reference is not known.
    /// Unknown as a whole if the list is.
    pub places: Known<Vec<Option<usize>>>,
    /// The component's outputs, except `downstreamWebhooks`, and what each depends on.
    pub outputs: BTreeMap<&'static str, Planned>,
    /// What starts what, as far as it is known.
    pub edges: Vec<Edge>,
    /// Advice for the user.
    pub advice: Vec<String>,
}

/// A value and the URNs of the resources that it came from.
#[derive(Clone, Debug, PartialEq)]
pub struct Planned {
    /// The value, marked secret or unknown where it is.
    pub value: Value,
    /// What it depends on.
    pub dependencies: BTreeSet<String>,
}

/// One webhook of an `AutoDeployer`.
#[derive(Clone, Debug, PartialEq)]
pub struct Child {
    /// Its name in the program: the component's name and the downstream stack.
    pub name: String,
    /// Its name in a stack that was made with the published package, by position in `downstreamRefs`.
    pub former_name: String,
    /// Its inputs, and what each depends on.
    pub inputs: BTreeMap<&'static str, Planned>,
}

/// Plans the component `name`. `organization` stands in for one that was not written.
///
/// # Errors
///
/// Every input that cannot be right, by path.
pub fn plan(name: &str, inputs: &Map, organization: &str) -> Result<Plan, Vec<CheckFailure>> {
    let (inputs, mut failures) = AutoDeployerInputs::read(inputs);
    let upstream = Upstream::of(&inputs, organization, &mut failures);
    check_filters(&inputs, &mut failures);
    let downstream = Downstream::of(&inputs, &upstream, &mut failures);
    if failures.is_empty() {
        Ok(assemble(name, &inputs, &upstream, &downstream))
    } else {
        Err(failures)
    }
}

/// The stack whose updates start the others.
struct Upstream {
    organization: Input<String>,
    /// `None` while a part of it is not known, or if a part cannot be right.
    stack: Option<StackRef>,
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
        Upstream {
            organization,
            stack,
        }
    }
}

/// The stacks that are started, in the order in which they were written.
struct Downstream {
    refs: Known<Vec<Target>>,
}

struct Target {
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
            refs.push(Target {
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

fn check_filters(inputs: &AutoDeployerInputs, failures: &mut Vec<CheckFailure>) {
    let items = inputs
        .filters
        .as_ref()
        .and_then(Input::now)
        .into_iter()
        .flatten()
        .enumerate();
    for (index, item) in items {
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

fn assemble(
    name: &str,
    inputs: &AutoDeployerInputs,
    upstream: &Upstream,
    downstream: &Downstream,
) -> Plan {
    let common = common_inputs(inputs, upstream);
    let mut plan = Plan {
        children: Vec::new(),
        places: Known::Later,
        outputs: outputs(inputs, upstream, &common),
        edges: Vec::new(),
        advice: Vec::new(),
    };
    let Known::Now(targets) = &downstream.refs else {
        plan.advice.push("the webhooks will be planned during the update, because `downstreamRefs` is not known yet".to_owned());
        return plan;
    };
    let mut places = Vec::with_capacity(targets.len());
    let mut place_of: BTreeMap<&StackRef, usize> = BTreeMap::new();
    for (index, target) in targets.iter().enumerate() {
        let Some(stack) = &target.stack else {
            plan.advice.push(format!(
                "the webhook for `downstreamRefs[{index}]` will be planned during the update, because the reference is not known yet"
            ));
            places.push(None);
            continue;
        };
        if let Some(place) = place_of.get(stack) {
            let which = if target.secret {
                String::new()
            } else {
                format!(" `{}`", stack.short())
            };
            plan.advice.push(format!("`downstreamRefs[{index}]` names the stack{which} again; it gets one webhook all the same"));
            places.push(Some(*place));
            continue;
        }
        place_of.insert(stack, plan.children.len());
        places.push(Some(plan.children.len()));
        plan.children
            .push(child(name, index, stack, target, &common));
        plan.edges
            .extend(upstream.stack.clone().map(|upstream| Edge {
                upstream,
                downstream: stack.clone(),
            }));
    }
    plan.places = Known::Now(places);
    plan
}

fn child(
    component: &str,
    index: usize,
    stack: &StackRef,
    target: &Target,
    common: &BTreeMap<&'static str, Planned>,
) -> Child {
    let reference = Value::from(stack.short());
    let reference = if target.secret {
        reference.into_secret()
    } else {
        reference
    };
    let reference = Planned {
        value: reference,
        dependencies: target.dependencies.clone(),
    };
    let mut inputs = common.clone();
    inputs.insert("displayName", reference.clone());
    inputs.insert("payloadUrl", reference);
    let suffix = if target.secret {
        digest(stack)
    } else {
        stack.short()
    };
    Child {
        name: format!("{component}-{suffix}"),
        former_name: format!("{component}-{index}"),
        inputs,
    }
}

/// Stands for a stack whose name is a secret in a name that is not.
fn digest(stack: &StackRef) -> String {
    hex::encode(Sha256::digest(stack.to_string()))[..16].to_owned()
}

/// What all webhooks of the component have in common.
fn common_inputs(
    inputs: &AutoDeployerInputs,
    upstream: &Upstream,
) -> BTreeMap<&'static str, Planned> {
    let active = match &inputs.active {
        Some(active) => planned(active),
        None => constant(true),
    };
    BTreeMap::from([
        ("organizationName", planned(&upstream.organization)),
        ("projectName", planned(&inputs.project)),
        ("stackName", planned(&inputs.stack)),
        ("format", constant(Format::PulumiDeployments.as_str())),
        ("active", active),
        ("filters", filters(inputs)),
    ])
}

fn filters(inputs: &AutoDeployerInputs) -> Planned {
    let given = inputs
        .filters
        .as_ref()
        .filter(|list| list.now().is_none_or(|items| !items.is_empty()));
    let Some(list) = given else {
        return constant(
            [Filter::UpdateSucceeded.as_str()]
                .into_iter()
                .collect::<Value>(),
        );
    };
    list_value(list, |filter| filter.as_str().into())
}

fn outputs(
    inputs: &AutoDeployerInputs,
    upstream: &Upstream,
    common: &BTreeMap<&'static str, Planned>,
) -> BTreeMap<&'static str, Planned> {
    let refs = match &inputs.downstream_refs {
        Some(list) => list_value(list, |text| text.as_str().into()),
        None => constant(Value::Array(Vec::new())),
    };
    BTreeMap::from([
        ("organization", planned(&upstream.organization)),
        ("project", planned(&inputs.project)),
        ("stack", planned(&inputs.stack)),
        ("downstreamRefs", refs),
        ("active", common["active"].clone()),
        ("filters", common["filters"].clone()),
        ("ref", reference(&inputs.project, &inputs.stack)),
    ])
}

/// `project/stack`: what another `AutoDeployer` names this one's stack by.
fn reference(project: &Input<String>, stack: &Input<String>) -> Planned {
    let text = project
        .now()
        .zip(stack.now())
        .map(|(project, stack)| format!("{project}/{stack}"));
    planned(&Input {
        value: text.map_or(Known::Later, Known::Now),
        secret: project.secret || stack.secret,
        dependencies: project
            .dependencies
            .union(&stack.dependencies)
            .cloned()
            .collect(),
    })
}

fn planned<T: Clone + Into<Value>>(input: &Input<T>) -> Planned {
    Planned {
        value: input.to_value(),
        dependencies: input.dependencies.clone(),
    }
}

fn constant(value: impl Into<Value>) -> Planned {
    Planned {
        value: value.into(),
        dependencies: BTreeSet::new(),
    }
}

/// A list as it was written, marks included, with all that it and its items depend on.
fn list_value<T: Clone>(list: &Input<Vec<Input<T>>>, to_value: impl Fn(&T) -> Value) -> Planned {
    let mut dependencies = list.dependencies.clone();
    let value = match list.now() {
        None => Value::UNKNOWN,
        Some(items) => Value::Array(
            items
                .iter()
                .map(|item| {
                    dependencies.extend(item.dependencies.iter().cloned());
                    let value = item.now().map_or(Value::UNKNOWN, &to_value);
                    if item.secret {
                        value.into_secret()
                    } else {
                        value
                    }
                })
                .collect(),
        ),
    };
    Planned {
        value: if list.secret {
            value.into_secret()
        } else {
            value
        },
        dependencies,
    }
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
        plan("deployer", &inputs(json!({"downstreamRefs": refs})), "home")
            .expect("nothing is wrong")
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
        let failures = plan("deployer", &inputs(changes), "home").expect_err("it is refused");
        let lines = failures
            .iter()
            .map(|failure| format!("{}: {}", failure.path, failure.reason));
        lines.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn each_downstream_stack_gets_one_webhook_named_after_it() {
        let plan = planned_for(json!(["p/b", "q/c", "acme/p/b", "p/b"]));
        assert_eq!(names(&plan), ["deployer-p/b", "deployer-q/c"]);
        assert_eq!(plan.children[1].former_name, "deployer-1");
        assert_eq!(
            plan.places,
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
            let plan = plan("deployer", &inputs, "home").expect("nothing is wrong");
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
                    "filters": ["update_succeeded"], "ref": "p/a",
                })
            );
        }
    }

    #[test]
    fn an_edge_can_be_paused_and_follow_other_events() {
        let inputs = inputs(
            json!({"downstreamRefs": ["p/b"], "active": false, "filters": ["deployment_succeeded", "import_succeeded"]}),
        );
        let plan = plan("deployer", &inputs, "home").expect("nothing is wrong");
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
        let plan = plan("deployer", &inputs, "home").expect("nothing is wrong");
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
        assert_eq!(plan.places, Known::Now(vec![Some(0), None, Some(1)]));
        insta::assert_snapshot!(plan.advice.join("\n"), @"the webhook for `downstreamRefs[1]` will be planned during the update, because the reference is not known yet");

        let plan = planned_for(json!("?"));
        assert_eq!((plan.children.len(), &plan.places), (0, &Known::Later));
        insta::assert_snapshot!(plan.advice.join("\n"), @"the webhooks will be planned during the update, because `downstreamRefs` is not known yet");

        let inputs = inputs(json!({"stack": "?", "downstreamRefs": ["p/a"]}));
        let plan = super::plan("deployer", &inputs, "home").expect("nothing is known to be wrong");
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
        let plan = plan("deployer", &inputs, "home").expect("nothing is wrong");
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
        let plan = plan("deployer", &inputs, "home").expect("nothing is wrong");
        let urns = |planned: &Planned| planned.dependencies.iter().cloned().collect::<Vec<_>>();
        assert_eq!(urns(&plan.children[0].inputs["payloadUrl"]), ["urn:b"]);
        assert_eq!(urns(&plan.children[1].inputs["stackName"]), ["urn:stack"]);
        assert_eq!(urns(&plan.children[1].inputs["format"]), [""; 0]);
        assert_eq!(urns(&plan.outputs["ref"]), ["urn:stack"]);
        assert_eq!(urns(&plan.outputs["downstreamRefs"]), ["urn:b", "urn:c"]);
    }
}
