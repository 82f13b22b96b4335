use super::*;
use crate::engine::monitor::Former;
use crate::property::Output;
use crate::property::testing::{json, map};
use crate::resources::component::child::Child;
use crate::resources::component::plan::Joined;
use crate::resources::component::testing::{child_inputs, children, lines, names, request};
use serde_json::json;
use std::collections::BTreeSet;

fn inputs(dependencies: serde_json::Value, changes: serde_json::Value) -> Map {
    let mut inputs = map(json!({"organization": "acme", "dependencies": dependencies}));
    inputs.extend(map(changes));
    inputs
}

fn try_plan(inputs: &Map) -> Result<Plan, Vec<CheckFailure>> {
    plan(&request(inputs))
}

fn planned(dependencies: serde_json::Value, changes: serde_json::Value) -> Plan {
    try_plan(&inputs(dependencies, changes)).expect("nothing is wrong")
}

fn refused(dependencies: serde_json::Value, changes: serde_json::Value) -> String {
    let failures = try_plan(&inputs(dependencies, changes)).expect_err("it is refused");
    lines(&failures)
}

fn outputs(plan: &Plan) -> serde_json::Value {
    let outputs = plan.outputs.iter();
    json(
        &outputs
            .map(|(name, output)| ((*name).to_owned(), output.value.clone()))
            .collect(),
    )
}

/// The example: a diamond, with a shortcut from the top to the bottom.
fn layers_of_an_app() -> serde_json::Value {
    json!({
        "app/prod": ["database/prod", "cluster/prod", "network/prod"],
        "database/prod": ["network/prod"],
        "cluster/prod": ["network/prod", "acme/network/prod"],
    })
}

#[test]
fn each_dependency_gets_the_webhook_that_an_auto_deployer_would_make() {
    let plan = planned(layers_of_an_app(), json!({}));
    assert_eq!(
        names(&plan),
        [
            "deployer->acme/cluster/prod->app/prod",
            "deployer->acme/database/prod->app/prod",
            "deployer->acme/network/prod->app/prod",
            "deployer->acme/network/prod->cluster/prod",
            "deployer->acme/network/prod->database/prod",
        ]
    );
    assert_eq!(
        child_inputs(&children(&plan)[0]),
        json!({
            "organizationName": "acme", "projectName": "cluster", "stackName": "prod", "format": "pulumi_deployments",
            "displayName": "app/prod", "payloadUrl": "app/prod",
        })
    );
    let places = Known::Now((0..5).map(Some).collect());
    assert_eq!(
        (plan.webhooks.output, &plan.webhooks.places),
        ("webhooks", &places)
    );
    assert_eq!(plan.advice, [""; 0]);
    assert_eq!(
        outputs(&plan),
        json!({
            "organization": "acme", "checks": "warn", "active": true, "filters": ["update_succeeded"],
            "shortcuts": "keep", "strategy": "parallel", "dependencies": layers_of_an_app(),
            "catchUp": false, "maxStarts": 50.0, "conductor": null, "joins": {},
            "layers": [["network/prod"], ["cluster/prod", "database/prod"], ["app/prod"]],
            "edges": [
                {"upstream": "cluster/prod", "downstream": "app/prod"},
                {"upstream": "database/prod", "downstream": "app/prod"},
                {"upstream": "network/prod", "downstream": "app/prod"},
                {"upstream": "network/prod", "downstream": "cluster/prod"},
                {"upstream": "network/prod", "downstream": "database/prod"},
            ],
            "runsPerChange": {"network/prod": {"app/prod": 3.0, "cluster/prod": 1.0, "database/prod": 1.0}},
            "mermaid": outputs(&plan)["mermaid"],
        })
    );
    let mermaid = outputs(&plan)["mermaid"].clone();
    assert!(
        mermaid
            .as_str()
            .expect("a text")
            .starts_with("flowchart TD\n"),
        "{mermaid}"
    );
}

#[test]
fn shortcuts_and_the_strategy_change_what_is_made() {
    let dropped = planned(layers_of_an_app(), json!({"shortcuts": "drop"}));
    assert_eq!(names(&dropped).len(), 4);
    assert_eq!(
        outputs(&dropped)["runsPerChange"],
        json!({"network/prod": {"app/prod": 2.0, "cluster/prod": 1.0, "database/prod": 1.0}})
    );
    let sequential = planned(layers_of_an_app(), json!({"strategy": "sequential"}));
    assert_eq!(
        names(&sequential),
        [
            "deployer->acme/cluster/prod->database/prod",
            "deployer->acme/database/prod->app/prod",
            "deployer->acme/network/prod->cluster/prod",
        ]
    );
    assert_eq!(
        outputs(&sequential)["runsPerChange"],
        json!({"network/prod": {"app/prod": 1.0, "cluster/prod": 1.0, "database/prod": 1.0}})
    );
}

#[test]
fn order_and_repetition_change_nothing() {
    let one = planned(json!({"p/c": ["p/a", "p/b"], "p/b": []}), json!({}));
    let other = planned(
        json!({"p/b": null, "acme/p/c": ["p/b", "p/b", "acme/p/a"]}),
        json!({}),
    );
    assert_eq!(children(&one), children(&other));
    assert_eq!(one.edges, other.edges);
}

#[test]
fn a_webhook_is_taken_over_from_an_auto_deployer_of_a_usual_name() {
    let former = |plan: &Plan| {
        let lines = children(plan).into_iter().flat_map(|child| {
            let Child { name, former, .. } = child;
            former.into_iter().map(move |former| match former {
                Former::Sibling { token, name: other } => format!("{name}: {token} {other}"),
                Former::Elsewhere(urn) => format!("{name}: {urn}"),
            })
        });
        lines.collect::<Vec<_>>().join("\n")
    };
    insta::assert_snapshot!(former(&planned(json!({"app/prod": ["network/prod"]}), json!({}))), @r"
    deployer->acme/network/prod->app/prod: auto-deploy:index:Webhook network/prod->app/prod
    deployer->acme/network/prod->app/prod: urn:pulumi:dev::wiring::auto-deploy:index:AutoDeployer$auto-deploy:index:Webhook::network->acme/app/prod
    deployer->acme/network/prod->app/prod: urn:pulumi:dev::wiring::auto-deploy:index:AutoDeployer$auto-deploy:index:Webhook::network-app/prod
    deployer->acme/network/prod->app/prod: urn:pulumi:dev::wiring::auto-deploy:index:AutoDeployer$auto-deploy:index:Webhook::prod->acme/app/prod
    deployer->acme/network/prod->app/prod: urn:pulumi:dev::wiring::auto-deploy:index:AutoDeployer$auto-deploy:index:Webhook::prod-app/prod
    deployer->acme/network/prod->app/prod: urn:pulumi:dev::wiring::auto-deploy:index:AutoDeployer$auto-deploy:index:Webhook::network-prod->acme/app/prod
    deployer->acme/network/prod->app/prod: urn:pulumi:dev::wiring::auto-deploy:index:AutoDeployer$auto-deploy:index:Webhook::network-prod-app/prod
    deployer->acme/network/prod->app/prod: urn:pulumi:dev::wiring::auto-deploy:index:AutoDeployer$auto-deploy:index:Webhook::network/prod->acme/app/prod
    deployer->acme/network/prod->app/prod: urn:pulumi:dev::wiring::auto-deploy:index:AutoDeployer$auto-deploy:index:Webhook::network/prod-app/prod
    ");
    // `prod` could be the database or the cluster: it is neither.
    let two = planned(
        json!({"app/prod": ["cluster/prod", "database/prod"]}),
        json!({}),
    );
    assert!(!former(&two).contains("::prod-app"), "{}", former(&two));
    assert!(
        former(&two).contains("::database-app/prod"),
        "{}",
        former(&two)
    );
}

#[test]
fn what_cannot_be_right_is_refused_by_property() {
    let none = json!({});
    insta::assert_snapshot!(refused(json!({"p/b": ["p/a", "b"], "c": ["p/a"], "p/d": ["p/d", "other/p/x"]}), none.clone()), @r#"
    dependencies.c: `c` does not name a stack: write `project/stack`
    dependencies.p/b[1]: `b` does not name a stack: write `project/stack`
    dependencies.p/d[0]: a stack cannot follow itself: each update would start the next one, forever
    dependencies.p/d[1]: `other/p/x` is in another organization than `acme`: a deployment webhook can only start stacks of its own organization
    "#);
    insta::assert_snapshot!(refused(json!({"p/b": ["p/a"], "p/c": ["p/b"], "p/a": ["p/c"]}), none.clone()), @"dependencies: these stacks would start each other forever: p/a → p/b → p/c → p/a; remove one of the references");
    insta::assert_snapshot!(refused(
        none,
        json!({"strategy": "serial", "shortcuts": 1, "checks": "none", "filters": ["stack_created"], "stack": "p/a"})
    ));
    insta::assert_snapshot!(refused(json!(["p/a"]), json!({"organization": "a/b"})), @r"
    dependencies: must be a map of lists, but is a list
    organization: must be a single name, without `/`
    ");
    insta::assert_snapshot!(refused(json!(null), json!({})), @"dependencies: is required, but missing");
}

#[test]
fn what_is_not_known_is_left_for_later() {
    let plan = planned(json!({"p/b": ["p/a", "?"], "p/c": "?"}), json!({}));
    assert_eq!(names(&plan), ["deployer->acme/p/a->p/b"]);
    assert_eq!(plan.webhooks.places, Known::Later);
    assert_eq!(outputs(&plan)["layers"], "?");
    insta::assert_snapshot!(plan.advice.join("\n"), @r"
    the webhooks for `dependencies.p/b[1]` will be planned during the update, because it is not known yet
    the webhooks for `dependencies.p/c` will be planned during the update, because it is not known yet
    ");
    // Any edge may become another one when the rest is known.
    for later in [
        planned(
            json!({"p/b": ["p/a", "?"]}),
            json!({"strategy": "sequential"}),
        ),
        planned(json!({"p/b": ["p/a", "?"]}), json!({"shortcuts": "drop"})),
        planned(json!({"p/b": ["p/a"]}), json!({"strategy": "?"})),
        planned(json!({"p/b": ["p/a"]}), json!({"organization": "?"})),
        planned(json!("?"), json!({})),
    ] {
        assert_eq!(children(&later), []);
        assert!(
            later
                .advice
                .last()
                .expect("there is some")
                .contains("the whole graph is not known yet"),
            "{later:?}"
        );
    }
}

#[test]
fn a_secret_stack_is_in_no_name_and_no_message() {
    let secret = planned(json!({"p/b": ["p/a", "secret p/hidden"]}), json!({}));
    assert!(!format!("{:?}{:?}", names(&secret), secret.advice).contains("hidden"));
    assert_eq!(
        child_inputs(&children(&secret)[1])["stackName"],
        "secret hidden"
    );
    for output in ["layers", "edges", "runsPerChange", "mermaid"] {
        assert!(secret.outputs[output].value.peel().secret, "{output}");
    }
    let whole = |lists: serde_json::Value| {
        let mut inputs = inputs(json!({}), json!({}));
        let lists = Value::from(map(lists)).into_secret();
        inputs.insert("dependencies".to_owned(), lists);
        inputs
    };
    let plan = try_plan(&whole(json!({"p/hidden": ["p/too"]}))).expect("nothing is wrong");
    let shown = format!("{:?}", names(&plan));
    assert!(
        !shown.contains("hidden") && !shown.contains("too"),
        "{shown}"
    );
    for wrong in [
        json!({"hidden": []}),
        json!({"p/hidden": ["hidden"]}),
        json!({"p/hidden": ["p/hidden"]}),
        json!({"p/hidden": ["p/hidden-too"], "p/hidden-too": ["p/hidden"]}),
    ] {
        let failures = try_plan(&whole(wrong)).expect_err("it is refused");
        assert!(
            !format!("{failures:?}").contains("hidden\""),
            "{failures:?}"
        );
        assert!(
            !format!("{failures:?}").contains("p/hidden"),
            "{failures:?}"
        );
    }
}

#[test]
fn every_webhook_knows_what_it_depends_on() {
    let output = |text: &str, urn: &str| {
        Value::Output(Output {
            value: Some(Box::new(text.into())),
            secret: false,
            dependencies: BTreeSet::from([urn.to_owned()]),
        })
    };
    let stack = "urn:pulumi:dev::wiring::pulumiservice:index:Stack::a";
    let lists = Map::from([(
        "p/c".to_owned(),
        Value::Array(vec![
            output("p/a", stack),
            output(
                "p/b",
                "urn:pulumi:dev::wiring::auto-deploy:index:AutoDeployer::b",
            ),
        ]),
    )]);
    let mut inputs = inputs(json!({}), json!({}));
    inputs.insert("dependencies".to_owned(), lists.into());
    let plan = try_plan(&inputs).expect("nothing is wrong");
    let urns = |planned: &PlannedValue| planned.dependencies.iter().cloned().collect::<Vec<_>>();
    assert_eq!(urns(&children(&plan)[0].inputs["stackName"]), [stack]);
    assert_eq!(
        children(&plan)[1].inputs["payloadUrl"].dependencies.len(),
        1
    );
    assert_eq!(plan.outputs["layers"].dependencies.len(), 2);
    // A stack that another resource makes may not be there yet.
    assert_eq!(
        plan.made_here
            .iter()
            .map(StackRef::short)
            .collect::<Vec<_>>(),
        ["p/a"]
    );
}

/// A request of a program whose own stack is `acme/wiring/dev`.
fn joined(dependencies: serde_json::Value, changes: serde_json::Value) -> Result<Plan, String> {
    let mut inputs = inputs(dependencies, json!({"strategy": "joined"}));
    inputs.extend(map(changes));
    let mut request = request(&inputs);
    request.origin.home = Some(StackRef::new("acme", "wiring", "dev").expect("it is one"));
    plan(&request).map_err(|failures| lines(&failures))
}

#[test]
fn with_joins_a_stack_with_one_upstream_stack_has_a_webhook_and_others_wait() {
    let plan = joined(
        layers_of_an_app(),
        json!({"shortcuts": "drop", "maxStarts": 3}),
    )
    .unwrap();
    let told: Vec<String> = children(&plan)
        .iter()
        .map(|child| {
            format!(
                "{} {}",
                child.token.rsplit(':').next().unwrap_or_default(),
                child.name
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            "Webhook deployer->acme/cluster/prod->wiring/dev",
            "Webhook deployer->acme/database/prod->wiring/dev",
            "Webhook deployer->acme/network/prod->cluster/prod",
            "Webhook deployer->acme/network/prod->database/prod",
            "Join deployer->acme/app/prod",
        ]
    );
    assert_eq!(
        child_inputs(&children(&plan)[0]),
        json!({
            "organizationName": "acme", "projectName": "cluster", "stackName": "prod", "format": "pulumi_deployments",
            "displayName": "wake-up wiring/dev",
            "payloadUrl": "wiring/dev",
        })
    );
    assert_eq!(
        child_inputs(&children(&plan)[4]),
        json!({
            "organization": "acme", "project": "app", "stack": "prod", "catchUp": false,
            "upstreamRefs": ["cluster/prod", "database/prod"],
        })
    );
    assert_eq!(plan.webhooks.places, Known::Now((0..4).map(Some).collect()));
    let app = StackRef::new("acme", "app", "prod").unwrap();
    let expected = Joined {
        conductor: StackRef::new("acme", "wiring", "dev").unwrap(),
        stacks: [app].into(),
        max_starts: Some(3),
    };
    assert_eq!(plan.joined, Some(expected));
    let outputs = outputs(&plan);
    assert_eq!(outputs["conductor"], "wiring/dev");
    assert_eq!(
        outputs["joins"],
        json!({"app/prod": ["cluster/prod", "database/prod"]})
    );
    let once = json!({"app/prod": 1.0, "cluster/prod": 1.0, "database/prod": 1.0});
    assert_eq!(outputs["runsPerChange"], json!({"network/prod": once}));
}

#[test]
fn one_webhook_wakes_up_for_all_joins_that_wait_for_a_stack() {
    let graph = json!({"c/p": ["a/p", "b/p"], "d/p": ["a/p", "b/p"]});
    let plan = joined(graph, json!({})).unwrap();
    assert_eq!(
        names(&plan),
        [
            "deployer->acme/a/p->wiring/dev",
            "deployer->acme/b/p->wiring/dev",
            "deployer->acme/c/p",
            "deployer->acme/d/p",
        ]
    );
    let places = [0, 0, 1, 1].map(Some).to_vec();
    assert_eq!(
        plan.webhooks.places,
        Known::Now(places),
        "by edge: a to c, a to d, b to c, b to d"
    );
}

#[test]
fn a_graph_that_is_paused_keeps_its_joins_and_starts_nothing() {
    let graph = json!({"c/p": ["a/p", "b/p"]});
    let plan = joined(graph, json!({"active": false})).unwrap();
    assert_eq!(children(&plan)[2].ignored, ["deployment"]);
    assert_eq!(child_inputs(&children(&plan)[0])["active"], false);
}

#[test]
fn with_a_resync_there_is_a_schedule_and_joins_stand_in_for_webhooks() {
    let changes = json!({"resync": "*/30 * * * *"});
    let graph = || json!({"b/p": ["a/p"], "c/p": ["a/p"], "d/p": ["b/p", "c/p"]});
    let plan = joined(graph(), changes.clone()).unwrap();
    assert_eq!(
        names(&plan),
        [
            "deployer->acme/a/p->b/p",
            "deployer->acme/a/p->c/p",
            "deployer->acme/b/p->wiring/dev",
            "deployer->acme/c/p->wiring/dev",
            "deployer->acme/d/p",
            "deployer->acme/b/p",
            "deployer->acme/c/p",
            "deployer->resync",
        ]
    );
    let grace = |place: usize| child_inputs(&children(&plan)[place]).get("grace").cloned();
    assert_eq!(
        [4, 5, 6].map(grace),
        [None, Some(json!(60.0)), Some(json!(60.0))]
    );
    assert_eq!(
        child_inputs(&children(&plan)[7]),
        json!({
            "organization": "acme", "project": "wiring", "stack": "dev", "scheduleCron": "*/30 * * * *",
            "pulumiOperation": "update",
        })
    );
    assert_eq!(outputs(&plan)["resync"], "*/30 * * * *");
    assert_eq!(outputs(&plan)["joins"], json!({"d/p": ["b/p", "c/p"]}));
    let d = StackRef::new("acme", "d", "p").unwrap();
    assert_eq!(plan.joined.unwrap().stacks, [d].into());

    let paused = json!({"resync": "*/30 * * * *", "active": false});
    let paused = joined(graph(), paused).unwrap();
    assert!(!names(&paused).contains(&"deployer->resync".to_owned()));
    let secret = joined(graph(), json!({"resync": "secret hourly"})).unwrap_err();
    insta::assert_snapshot!(secret, @"resync: has an invalid value, which is not shown because it is a secret");
    let hourly = joined(graph(), json!({"resync": "hourly"})).unwrap_err();
    insta::assert_snapshot!(hourly, @"resync: must have five fields, minute, hour, day of the month, month, day of the week, in UTC, such as `*/30 * * * *`, but is `hourly`");
    insta::assert_snapshot!(refused(graph(), changes), @"resync: only has an effect with the strategy `joined`: remove it, or choose that strategy");
}

#[test]
fn a_chain_needs_no_joins_and_what_is_not_known_yet_is_planned_later() {
    let plan = joined(json!({"b/p": ["a/p"], "c/p": ["b/p"]}), json!({})).unwrap();
    assert_eq!(
        names(&plan),
        ["deployer->acme/a/p->b/p", "deployer->acme/b/p->c/p"]
    );
    assert_eq!(outputs(&plan)["joins"], json!({}));
    let plan = joined(json!({"c/p": ["a/p", "?"]}), json!({})).unwrap();
    assert_eq!(names(&plan), [""; 0]);
    assert_eq!(outputs(&plan)["joins"], "?");
    assert_eq!(outputs(&plan)["conductor"], "?");
}

#[test]
fn what_joins_cannot_be_with_is_named() {
    let graph = || json!({"c/p": ["a/p", "b/p"]});
    let check = |graph, changes| joined(graph, changes).unwrap_err();
    insta::assert_snapshot!(check(graph(), json!({"filters": ["update_failed"]})));
    insta::assert_snapshot!(check(graph(), json!({"organization": "corp"})));
    insta::assert_snapshot!(check(graph(), json!({"maxStarts": 0})));
    insta::assert_snapshot!(check(graph(), json!({"maxStarts": 1.5, "catchUp": "yes"})));
    insta::assert_snapshot!(check(json!({"Wiring/dev": ["a/p"]}), json!({})));
    insta::assert_snapshot!(refused(graph(), json!({"strategy": "joined"})));
    insta::assert_snapshot!(refused(graph(), json!({"maxStarts": 3, "catchUp": true})));
    assert!(
        try_plan(&inputs(graph(), json!({"catchUp": false}))).is_ok(),
        "as the SDKs write it"
    );
}

#[test]
fn with_outputs_each_stack_that_has_upstream_stacks_is_joined() {
    let graph = || json!({"b/p": ["a/p"], "c/p": ["b/p"]});
    let changes = json!({"startOn": "outputs", "resync": "*/30 * * * *"});
    let plan = joined(graph(), changes).unwrap();
    assert_eq!(
        names(&plan),
        [
            "deployer->acme/a/p->wiring/dev",
            "deployer->acme/b/p->wiring/dev",
            "deployer->acme/b/p",
            "deployer->acme/c/p",
            "deployer->resync",
        ]
    );
    let join = child_inputs(&children(&plan)[3]);
    assert_eq!(join["startOn"], "outputs");
    assert_eq!(join["upstreamRefs"], json!(["b/p"]));
    assert_eq!(join.get("grace"), None, "no webhook starts it");
    assert_eq!(outputs(&plan)["startOn"], "outputs");
    assert_eq!(
        outputs(&plan)["joins"],
        json!({"b/p": ["a/p"], "c/p": ["b/p"]})
    );
    let later = joined(graph(), json!({"startOn": "?"})).unwrap();
    assert_eq!(names(&later), [""; 0]);
    let wrong = joined(graph(), json!({"startOn": "output"})).unwrap_err();
    insta::assert_snapshot!(wrong, @"startOn: must be one of `updates`, `outputs`, but is `output`");
    let alone = joined(
        graph(),
        json!({"startOn": "outputs", "strategy": "parallel"}),
    )
    .unwrap_err();
    insta::assert_snapshot!(alone, @"startOn: only has an effect with the strategy `joined`: remove it, or choose that strategy");
}
