use super::*;
use crate::cascade::{Decision, Observation, Observed, World};
use crate::cloud::DeploymentSettings;
use crate::findings::{self, Code};
use crate::property::testing::json;
use crate::survey::{Conductor, LiveJoin, LiveStack};
use serde_json::json;

fn stack(text: &str) -> StackRef {
    StackRef::parse_in("acme", text).expect("it is one")
}

fn edge(upstream: &str, downstream: &str) -> Edge {
    Edge {
        upstream: stack(upstream),
        downstream: stack(downstream),
    }
}

fn webhook(edge: Edge, name: &str, active: bool) -> LiveEdge {
    LiveEdge {
        edge,
        webhook: name.to_owned(),
        active,
        events: vec!["update_succeeded".to_owned()],
        is_wake_up: false,
    }
}

/// A diamond with a shortcut, an edge back that is paused, a reference without an edge, and a stack without settings.
fn live() -> LiveGraph {
    let stacks = ["p/a", "p/b", "p/c", "p/d", "q/x"];
    let edges = [
        ("p/a", "p/b"),
        ("p/a", "p/c"),
        ("p/b", "p/d"),
        ("p/c", "p/d"),
        ("p/a", "p/d"),
    ];
    let settings = |text: &str| {
        let settings = (text != "p/d").then(DeploymentSettings::default);
        LiveStack {
            last_update: Some(1),
            has_state: true,
            settings: Some(settings),
            knows_webhooks: true,
            knows_references: true,
        }
    };
    let mut live = LiveGraph {
        organization: "acme".to_owned(),
        stacks: stacks
            .iter()
            .map(|text| (stack(text), settings(text)))
            .collect(),
        ..LiveGraph::default()
    };
    for (number, (upstream, downstream)) in edges.iter().enumerate() {
        let edge = edge(upstream, downstream);
        live.edges
            .push(webhook(edge.clone(), &format!("hook-{number}"), true));
        live.references.insert(edge);
    }
    live.edges.push(webhook(edge("p/d", "p/a"), "back", false));
    live.references.insert(edge("q/x", "p/a"));
    live
}

#[test]
fn what_is_there_and_what_is_wrong_with_it_is_told() {
    let told = json(&answer(&live(), &Standing::default()));
    assert_eq!(told["layers"], json!([["p/a"], ["p/b", "p/c"], ["p/d"]]));
    assert_eq!(told["cycles"], json!([]));
    assert_eq!(
        told["shortcuts"],
        json!([{"upstream": "p/a", "downstream": "p/d"}])
    );
    assert_eq!(
        told["diamonds"],
        json!([{"top": "p/a", "bottom": "p/d", "runs": 3.0}])
    );
    assert_eq!(told["stacksWithoutSettings"], json!(["p/d"]));
    assert_eq!(
        told["missing"],
        json!([{"upstream": "q/x", "downstream": "p/a"}])
    );
    assert_eq!(told["surplus"], json!([]), "what is paused starts nothing");
    let stacks = told["stacks"].as_array().expect("a list");
    assert_eq!(stacks.len(), 5);
    assert_eq!(
        stacks[3],
        json!({"project": "p", "stack": "d", "ref": "p/d", "hasSettings": false})
    );
    let back = &told["edges"][5];
    assert_eq!(
        (&back["upstream"], &back["webhooks"][0]["active"]),
        (&json!("p/d"), &json!(false))
    );
    insta::assert_snapshot!(told["mermaid"].as_str().expect("a text"));
    assert!(told["dot"].as_str().expect("a text").starts_with("digraph"));
}

#[test]
fn a_join_is_drawn_to_its_stack_and_not_to_the_one_that_conducts_it() {
    let mut live = live();
    live.edges
        .retain(|webhook| webhook.edge.downstream != stack("p/d"));
    let conductor = stack("p/wiring");
    live.stacks.insert(conductor.clone(), LiveStack::default());
    live.conductors
        .insert(conductor.clone(), Conductor::default());
    for upstream in ["p/b", "p/c"] {
        let wake_up = webhook(edge(upstream, "p/wiring"), "wakes", true);
        live.edges.push(LiveEdge {
            is_wake_up: true,
            ..wake_up
        });
    }
    live.joins.push(LiveJoin {
        stack: stack("p/d"),
        upstream: [stack("p/b"), stack("p/c")].into(),
        conductor,
        memory: crate::cascade::Join::default(),
    });
    let told = json(&answer(&live, &Standing::default()));
    assert_eq!(told["diamonds"], json!([]));
    assert_eq!(told["layers"], json!([["p/a"], ["p/b", "p/c"], ["p/d"]]));
    let edges = told["edges"].as_array().expect("a list");
    let joined: Vec<_> = edges
        .iter()
        .filter(|edge| edge["downstream"] == "p/d")
        .collect();
    let expected = |upstream: &str| {
        let webhook = json!({"name": "wakes", "active": true, "events": ["update_succeeded"]});
        json!({"upstream": upstream, "downstream": "p/d", "webhooks": [webhook], "conductor": "p/wiring"})
    };
    assert_eq!(joined, [&expected("p/b"), &expected("p/c")]);
    let mermaid = told["mermaid"].as_str().expect("a text");
    assert!(
        mermaid.contains("|\"join\"|") && !mermaid.contains("wiring"),
        "{mermaid}"
    );
}

#[test]
fn each_stack_says_how_it_stands_and_why() {
    let live = live();
    let world = World {
        edges: live.dependencies(),
        stacks: live
            .stacks
            .keys()
            .map(|stack| (stack.clone(), Observed::Found(Observation::default())))
            .collect(),
        ..World::default()
    };
    let standing = Standing {
        decision: Decision::of(&world),
        world,
        ..Standing::default()
    };
    let told = json(&answer(&live, &standing));
    let first = &told["stacks"][0];
    assert_eq!(first["state"], "never deployed");
    assert_eq!(first["because"], "it was never updated");
    assert_eq!(first["isBehind"], false);
}

#[test]
fn a_cycle_is_told_and_leaves_no_order() {
    let mut live = live();
    live.edges.push(webhook(edge("p/d", "p/a"), "again", true));
    let told = json(&answer(&live, &Standing::default()));
    assert_eq!(told["cycles"].as_array().expect("a list").len(), 1);
    assert_eq!(told["layers"], json!([]));
}

/// The edges of a list that the function answers.
fn listed(told: &serde_json::Value, name: &str) -> Vec<String> {
    let edges = told[name].as_array().expect("a list").iter();
    let text = |edge: &serde_json::Value, end: &str| edge[end].as_str().map(str::to_owned);
    edges
        .map(|edge| text(edge, "upstream").zip(text(edge, "downstream")))
        .map(|ends| ends.expect("two texts"))
        .map(|(upstream, downstream)| format!("{upstream} → {downstream}"))
        .collect()
}

/// The edges of the findings of a kind.
fn found(live: &LiveGraph, code: Code) -> Vec<String> {
    let findings = findings::audit(live).into_iter();
    let edges = findings.filter(|finding| finding.code == code);
    edges
        .flat_map(|finding| finding.edges)
        .map(|edge| edge.to_string())
        .collect()
}

#[test]
fn what_is_missing_or_surplus_is_what_a_check_finds() {
    let mut live = live();
    let mut check = |change: &dyn Fn(&mut LiveGraph), missing: &[&str], surplus: &[&str]| {
        change(&mut live);
        let told = json(&answer(&live, &Standing::default()));
        for (name, code, expected) in [
            ("missing", Code::MissingEdge, missing),
            ("surplus", Code::SurplusEdge, surplus),
        ] {
            assert_eq!(listed(&told, name), expected, "{name}");
            assert_eq!(found(&live, code), expected, "{name}");
        }
    };
    check(&|_| {}, &["q/x → p/a"], &[]);
    // What a stack holds to itself, or another organization's, no webhook can follow.
    check(
        &|live| {
            live.references.insert(edge("p/a", "p/a"));
            live.references.insert(Edge {
                upstream: stack("p/a"),
                downstream: StackRef::new("other", "p", "z").expect("it is one"),
            });
        },
        &["q/x → p/a"],
        &[],
    );
    // By way of others is good enough.
    check(
        &|live| {
            live.edges
                .retain(|webhook| webhook.edge != edge("p/a", "p/d"));
        },
        &["q/x → p/a"],
        &[],
    );
    // A webhook that is not active covers nothing, nor does one that receives events of previews.
    check(
        &|live| live.edges.push(webhook(edge("q/x", "p/a"), "idle", false)),
        &["q/x → p/a"],
        &[],
    );
    check(
        &|live| {
            let mut previews = webhook(edge("q/x", "p/a"), "previews", true);
            previews.events = vec!["preview_succeeded".to_owned()];
            live.edges.push(previews);
        },
        &["q/x → p/a"],
        &[],
    );
    // One that receives events of deployments does.
    check(
        &|live| {
            let mut deployments = webhook(edge("q/x", "p/a"), "deployments", true);
            deployments.events = vec!["deployment_succeeded".to_owned()];
            live.edges.push(deployments);
            live.edges.push(webhook(edge("q/x", "p/d"), "more", true));
        },
        &[],
        &["q/x → p/d"],
    );
    // What the cloud does not tell is not judged.
    check(
        &|live| {
            live.references.insert(edge("p/d", "q/x"));
            let unknown = live.stacks.entry(stack("q/x")).or_default();
            (unknown.knows_webhooks, unknown.knows_references) = (false, false);
        },
        &[],
        &[],
    );
}

#[test]
fn what_is_outside_of_a_project_is_not_judged() {
    let mut live = live();
    live.project = Some("p".to_owned());
    live.stacks.retain(|stack, _| stack.project() == "p");
    live.edges.push(webhook(edge("p/a", "q/x"), "out", true));
    let told = json(&answer(&live, &Standing::default()));
    let outside = &told["stacks"].as_array().expect("a list")[4];
    assert_eq!(
        *outside,
        json!({"project": "q", "stack": "x", "ref": "q/x"})
    );
    assert_eq!(told["stacksWithoutSettings"], json!(["p/d"]));
    live.edges
        .push(webhook(edge("p/a", "p/gone"), "gone", true));
    assert_eq!(
        json(&answer(&live, &Standing::default()))["stacksWithoutSettings"],
        json!(["p/d", "p/gone"])
    );
}

#[test]
fn every_output_is_in_the_schema_and_every_one_of_the_schema_is_told() {
    let schema: serde_json::Value =
        serde_json::from_str(&crate::schema::package_schema()).expect("it is JSON");
    let outputs = schema["functions"][TOKEN]["outputs"]["properties"].as_object();
    let listed: BTreeSet<_> = outputs.expect("an object").keys().cloned().collect();
    let told: BTreeSet<_> = answer(&live(), &Standing::default()).into_keys().collect();
    assert_eq!(listed, told);
}
