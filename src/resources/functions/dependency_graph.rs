//! `getDependencyGraph`: the graph as it is on the cloud, and what is wrong with it.
//!
//! # What this may not do
//!
//! Take a wish for a fact: only what the cloud says is told.

use super::names::{Names, organization};
use crate::cascade::words;
use crate::domain::StackRef;
use crate::engine::urn::Urn;
use crate::findings::Following;
use crate::graph::{Diamond, Drawing, Edge, Emphasis};
use crate::property::{CheckFailure, Fields, Input, Map, Value};
use crate::resources::context::Context;
use crate::resources::dependency_graph::plan::{count, edges_value, layers};
use crate::resources::error::ResourceError;
use crate::survey::{Attention, Detail, LiveEdge, LiveGraph, Standing};
use std::collections::{BTreeMap, BTreeSet};

/// The function's token.
pub const TOKEN: &str = "auto-deploy:index:getDependencyGraph";

/// What the function is asked.
#[derive(Clone, Debug)]
pub struct Arguments {
    /// The organization; by default the program's own.
    pub organization: Option<Input<String>>,
    /// The project that edges must begin or end in; by default any.
    pub project: Option<Input<String>>,
}

impl Arguments {
    /// Reads the arguments, with every one that cannot be read as what it should be.
    pub fn read(map: &Map) -> (Arguments, Vec<CheckFailure>) {
        let mut fields = Fields::of(map);
        let arguments = Arguments {
            organization: fields.optional("organization"),
            project: fields.optional("project"),
        };
        (arguments, fields.finish())
    }
}

pub(super) async fn call(
    context: &Context,
    arguments: &Map,
    provider: &Urn,
) -> Result<Map, ResourceError> {
    let (arguments, failures) = Arguments::read(arguments);
    let mut names = Names(failures);
    let asked = names.optional("organization", arguments.organization.as_ref());
    let project = names.optional("project", arguments.project.as_ref());
    names.finish()?;
    let organization = organization(context, asked, provider).await?;
    let survey = &context.survey;
    let live = survey
        .live(&organization, project, Detail::EdgesAndSettings, |_, _| {})
        .await?;
    let standing = survey
        .standing(
            &organization,
            &live.last_updates(),
            &live.dependencies(),
            &Attention::default(),
        )
        .await;
    Ok(answer(&live, &standing))
}

/// The webhooks of each edge.
fn edges(live: &LiveGraph) -> BTreeMap<&Edge, Vec<&LiveEdge>> {
    let mut edges: BTreeMap<&Edge, Vec<&LiveEdge>> = BTreeMap::new();
    for webhook in &live.edges {
        edges.entry(&webhook.edge).or_default().push(webhook);
    }
    edges
}

/// The stacks that an edge starts, and that have no deployment settings or are not there at all.
fn without_settings<'a>(
    live: &'a LiveGraph,
    started: &'a BTreeSet<Edge>,
) -> BTreeSet<&'a StackRef> {
    let has_none = |stack: &&StackRef| match live.stacks.get(*stack) {
        Some(known) => known.settings == Some(None),
        None => live.covers(stack),
    };
    let targets = started.iter().map(|edge| &edge.downstream);
    targets.filter(has_none).collect()
}

/// What the function answers about `live`: all webhooks are listed, and those that start something after an update are
/// judged, as `auto-deploy check` judges them.
fn answer(live: &LiveGraph, standing: &Standing) -> Map {
    let edges = edges(live);
    let following = Following::of(live);
    let Following {
        started,
        dag,
        cycles,
    } = &following;
    let order = if cycles.is_empty() {
        layers(dag)
    } else {
        Value::Array(Vec::new())
    };
    let stacks: BTreeSet<&StackRef> = live.stacks.keys().chain(dag.stacks()).collect();
    let cycles = cycles.iter().map(|cycle| refs(cycle.stacks()));
    let shortcuts = dag.shortcuts().into_iter().map(|shortcut| shortcut.edge);
    let unavailable = live.unavailable.as_ref();
    let unavailable = unavailable.or(standing.unavailable.as_ref());
    let drawing = drawing(live, started);
    members([
        ("organization", live.organization.as_str().into()),
        (
            "stacks",
            stacks
                .iter()
                .map(|stack| stack_value(live, standing, stack))
                .collect(),
        ),
        ("edges", edges.iter().map(edge_value).collect()),
        ("layers", order),
        ("cycles", Value::Array(cycles.collect())),
        ("shortcuts", edges_value(shortcuts)),
        (
            "diamonds",
            dag.diamonds().iter().map(diamond_value).collect(),
        ),
        (
            "stacksWithoutSettings",
            refs(without_settings(live, started)),
        ),
        (
            "missing",
            edges_value(following.missing(live).into_iter().cloned()),
        ),
        (
            "surplus",
            edges_value(following.surplus(live).into_iter().cloned()),
        ),
        ("mermaid", drawing.mermaid().into()),
        ("dot", drawing.dot().into()),
        (
            "unavailable",
            unavailable
                .map_or(String::new(), |why| format!("{why}: {}", why.reason))
                .into(),
        ),
    ])
}

fn drawing(live: &LiveGraph, started: &BTreeSet<Edge>) -> Drawing {
    let mut drawing = Drawing::new(&[], live.edges.iter().map(|webhook| &webhook.edge));
    for stack in without_settings(live, started) {
        drawing.mark_stack(stack, "no deployment settings", Emphasis::Alarm);
    }
    for webhook in &live.edges {
        if !started.contains(&webhook.edge) {
            drawing.mark_edge(&webhook.edge, "", Emphasis::Faint);
        }
    }
    drawing
}

fn refs<'a>(stacks: impl IntoIterator<Item = &'a StackRef>) -> Value {
    stacks.into_iter().map(StackRef::short).collect()
}

fn members<const N: usize>(members: [(&str, Value); N]) -> Map {
    let members = members.into_iter();
    members
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

fn stack_value(live: &LiveGraph, standing: &Standing, stack: &StackRef) -> Map {
    let mut told = members([
        ("project", stack.project().into()),
        ("stack", stack.stack().into()),
        ("ref", stack.short().into()),
    ]);
    let settings = live
        .stacks
        .get(stack)
        .and_then(|known| known.settings.as_ref());
    if let Some(settings) = settings {
        told.insert("hasSettings".to_owned(), settings.is_some().into());
    }
    if let Some(answer) = standing.decision.answer(stack) {
        told.extend(members([
            ("state", answer.as_str().into()),
            ("because", words::because(answer).into()),
            ("isBehind", answer.is_behind().into()),
        ]));
    }
    told
}

fn edge_value((edge, webhooks): (&&Edge, &Vec<&LiveEdge>)) -> Map {
    let webhook = |webhook: &&LiveEdge| {
        members([
            ("name", webhook.webhook.as_str().into()),
            ("active", webhook.active.into()),
            (
                "events",
                webhook.events.iter().map(String::as_str).collect(),
            ),
        ])
    };
    members([
        ("upstream", edge.upstream.short().into()),
        ("downstream", edge.downstream.short().into()),
        ("webhooks", webhooks.iter().map(webhook).collect()),
    ])
}

fn diamond_value(diamond: &Diamond) -> Map {
    members([
        ("top", diamond.top.short().into()),
        ("bottom", diamond.bottom.short().into()),
        ("runs", count(diamond.runs)),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cascade::{Decision, Observation, Observed, World};
    use crate::cloud::DeploymentSettings;
    use crate::findings::{self, Code};
    use crate::property::testing::json;
    use crate::survey::LiveStack;
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
        // A webhook that is not active covers nothing, nor does one that is told of previews.
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
        // One that is told of deployments does.
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
}
