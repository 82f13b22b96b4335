//! What an `AutoDeployer` means.

use super::*;
use crate::property::testing::{json, map};
use crate::property::{Map, Output};
use crate::resources::component::testing::{child_inputs, children, lines, names, request};
use serde_json::json;

fn inputs(changes: serde_json::Value) -> Map {
    let mut inputs = map(json!({"organization": "acme", "project": "p", "stack": "a"}));
    inputs.extend(map(changes));
    inputs
}

fn planned_for(refs: serde_json::Value) -> Plan {
    planned(&inputs(json!({"downstreamRefs": refs})))
}

fn try_plan(inputs: &Map, discovery: &Discovery) -> Result<Plan, Vec<CheckFailure>> {
    plan(&request(inputs), discovery)
}

fn planned(inputs: &Map) -> Plan {
    try_plan(inputs, &Discovery::NotWanted).expect("nothing is wrong")
}

fn refused(changes: serde_json::Value) -> String {
    let failures = try_plan(&inputs(changes), &Discovery::NotWanted).expect_err("it is refused");
    lines(&failures)
}

#[test]
fn each_downstream_stack_gets_one_webhook_named_after_it() {
    let plan = planned_for(json!(["p/b", "q/c", "acme/p/b", "p/b"]));
    assert_eq!(names(&plan), ["deployer->acme/p/b", "deployer->acme/q/c"]);
    let former = |former: &Former| match former {
        Former::Sibling { token, name } => format!("{token} {name}"),
        Former::Elsewhere(urn) => urn.to_string(),
    };
    let former: Vec<_> = children(&plan)[1].former.iter().map(former).collect();
    insta::assert_snapshot!(former.join("\n"), @r"
    auto-deploy:index:Webhook deployer-q/c
    pulumiservice:index:Webhook deployer-1
    urn:pulumi:dev::wiring::auto-deploy:index:DependencyGraph$auto-deploy:index:Webhook::graph->acme/p/a->q/c
    urn:pulumi:dev::wiring::auto-deploy:index:DependencyGraph$auto-deploy:index:Webhook::dependencies->acme/p/a->q/c
    urn:pulumi:dev::wiring::auto-deploy:index:DependencyGraph$auto-deploy:index:Webhook::stacks->acme/p/a->q/c
    urn:pulumi:dev::wiring::auto-deploy:index:DependencyGraph$auto-deploy:index:Webhook::wiring->acme/p/a->q/c
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
        child_inputs(&children(&plan)[0]),
        json!({
            "organizationName": "acme", "projectName": "p", "stackName": "a", "format": "pulumi_deployments",
            "displayName": "p/b", "payloadUrl": "p/b",
        })
    );
}

#[test]
fn order_changes_no_webhook_and_a_removal_takes_exactly_its_own() {
    let of = |refs: serde_json::Value| {
        let plan = planned_for(refs);
        let children = children(&plan).into_iter();
        children
            .map(|child| (child.name.clone(), child_inputs(&child)))
            .collect::<BTreeMap<_, _>>()
    };
    let all = of(json!(["p/d", "p/e", "p/f"]));
    assert_eq!(all, of(json!(["p/f", "p/d", "p/e"])));
    let mut without_first = all.clone();
    without_first.remove("deployer->acme/p/d");
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
        assert_eq!(children(&plan), []);
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
    let child = child_inputs(&children(&plan)[0]);
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
    assert_eq!(
        child_inputs(&children(&plan)[0])["organizationName"],
        "home"
    );
}

#[test]
fn what_cannot_be_right_is_refused_by_property() {
    let refs = |refs| json!({"downstreamRefs": refs});
    insta::assert_snapshot!(refused(refs(json!(["p/b", "p/a"]))), @"downstreamRefs[1]: a stack cannot follow itself: each update would start the next one, forever");
    insta::assert_snapshot!(refused(refs(json!(["acme/p/a"]))), @"downstreamRefs[0]: a stack cannot follow itself: each update would start the next one, forever");
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
    assert_eq!(names(&plan), ["deployer->acme/p/b", "deployer->acme/p/c"]);
    assert_eq!(
        plan.webhooks.places,
        Known::Now(vec![Some(0), None, Some(1)])
    );
    insta::assert_snapshot!(plan.advice.join("\n"), @"the webhook for `downstreamRefs[1]` will be planned during the update, because the reference is not known yet");

    let plan = planned_for(json!("?"));
    assert_eq!(
        (children(&plan).len(), &plan.webhooks.places),
        (0, &Known::Later)
    );
    insta::assert_snapshot!(plan.advice.join("\n"), @"the webhooks will be planned during the update, because `downstreamRefs` is not known yet");

    let inputs = inputs(json!({"stack": "?", "downstreamRefs": ["p/a"]}));
    let plan = planned(&inputs);
    assert_eq!(
        (plan.edges.len(), &plan.outputs["ref"].value),
        (0, &Value::UNKNOWN)
    );
    assert_eq!(child_inputs(&children(&plan)[0])["stackName"], "?");
}

#[test]
fn a_secret_reference_is_in_no_name_and_no_message() {
    for refs in [
        json!(["secret p/hidden", "secret p/hidden"]),
        json!(["p/open", "secret p/hidden"]),
    ] {
        let plan = planned_for(refs);
        let child = children(&plan).last().cloned().expect("there is one");
        assert!(!format!("{:?}{:?}", names(&plan), plan.advice).contains("hidden"));
        assert_eq!(child_inputs(&child)["payloadUrl"], "secret p/hidden");
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
    let urns = |planned: &PlannedValue| planned.dependencies.iter().cloned().collect::<Vec<_>>();
    assert_eq!(urns(&children(&plan)[0].inputs["payloadUrl"]), ["urn:b"]);
    assert_eq!(urns(&children(&plan)[1].inputs["stackName"]), ["urn:stack"]);
    assert_eq!(urns(&children(&plan)[1].inputs["format"]), [""; 0]);
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
    let found = |stacks: &[&str]| Discovery::Known(stacks.iter().map(|text| stack(text)).collect());
    let inputs = discovering(json!({"downstreamRefs": ["p/c"]}));
    assert_eq!(wanted(&request(&inputs)), Ok(stack("acme/p/a")));
    let plan = try_plan(
        &inputs,
        &found(&["acme/p/d", "acme/p/c", "acme/p/b", "other/p/x"]),
    )
    .expect("nothing is wrong");
    assert_eq!(
        names(&plan),
        [
            "deployer->acme/p/c",
            "deployer->acme/p/b",
            "deployer->acme/p/d"
        ]
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
    assert_eq!(wanted(&request(&inputs)), Err(Discovery::Later));
    let plan = try_plan(&inputs, &Discovery::Later).expect("nothing is known to be wrong");
    assert_eq!(plan.webhooks.places, Known::Later);
    assert_eq!(plan.outputs["discoveredRefs"].value, Value::UNKNOWN);
    insta::assert_snapshot!(plan.advice.join("\n"), @"the downstream stacks will be looked for during the update, because the stack is not known yet");
}
