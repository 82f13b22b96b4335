//! In whatever state a graph is, `stale`, `status`, `why`, `graph`, `reconcile --dry-run` and the stacks that `run`
//! continues never contradict each other.

use crate::context::Console;
use crate::graph::{Part, View};
use crate::look::Look;
use crate::reconcile::pass::{self, Limits, Move};
use crate::run::choice::is_to_run;
use crate::run::gate::gate;
use crate::run::track::Gate;
use crate::stale;
use crate::status::show::Show;
use crate::why::explained::Explained;
use auto_deploy::cascade::{
    self, Cascade, Decision, History, Join, Observation, Observed, Version, World,
};
use auto_deploy::cloud::{
    Deployment, DeploymentSettings, DeploymentStatus, Operation, Pauses, Update, UpdateResult,
};
use auto_deploy::domain::StackRef;
use auto_deploy::graph::Edge;
use auto_deploy::survey::{Conductor, LiveEdge, LiveGraph, LiveJoin, LiveStack, Standing};
use jiff::Timestamp;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

fn time(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + seconds).expect("it is a time")
}

fn stack(number: usize) -> StackRef {
    StackRef::new("acme", &format!("s{number}"), "prod").expect("it is a name")
}

/// A sequence of operations, the last of which may still be running.
fn updates() -> impl Strategy<Value = Vec<Update>> {
    let operation = select(vec![
        Operation::Update,
        Operation::Update,
        Operation::Update,
        Operation::Refresh,
        Operation::Destroy,
        Operation::Other,
    ]);
    let one = (operation, any::<bool>(), 0..8_i64, 0..8_i64);
    (prop::collection::vec(one, 0..5), any::<bool>()).prop_map(|(all, runs)| {
        let n = all.len();
        let mut now = 0;
        let updates = all.into_iter().zip(1..);
        let updates = updates.map(|((operation, is_success, wait, takes), version)| {
            let began = now + wait;
            now = began + takes;
            let is_running = runs && version == i64::try_from(n).expect("there are few");
            Update {
                version,
                operation,
                result: match (is_running, is_success) {
                    (true, _) => UpdateResult::Running,
                    (_, true) => UpdateResult::Succeeded,
                    (_, false) => UpdateResult::Failed,
                },
                began: Some(time(began)),
                ended: (!is_running).then(|| time(now)),
            }
        });
        updates.collect()
    })
}

/// A deployment whose update has not begun.
fn deployments(number: usize) -> impl Strategy<Value = Vec<Deployment>> {
    let status = select(vec![
        DeploymentStatus::Queued,
        DeploymentStatus::Running,
        DeploymentStatus::Failed,
        DeploymentStatus::Skipped,
    ]);
    let one = (status, 0..40_i64, any::<bool>(), any::<bool>());
    prop::collection::vec(one, 0..2).prop_map(move |all| {
        let all = all.into_iter().zip(1..);
        let deployment = |(one, version): ((DeploymentStatus, i64, bool, bool), i64)| {
            let (status, created, has_begun, is_paused) = one;
            Deployment {
                id: format!("d{version}"),
                version,
                stack: stack(number),
                operation: Operation::Update,
                initiator: "webhook".to_owned(),
                created: time(created),
                began: (has_begun && status != DeploymentStatus::Queued).then(|| time(created + 1)),
                ended: status.is_final().then(|| time(created + 2)),
                is_paused,
                updates: Vec::new(),
                status,
            }
        };
        all.map(deployment).collect()
    })
}

fn observed(number: usize) -> impl Strategy<Value = Observed> {
    let found = (
        updates(),
        deployments(number),
        any::<Option<bool>>(),
        any::<Option<bool>>(),
    );
    let found = found.prop_map(|(updates, deployments, has_settings, paused)| {
        Observed::Found(Observation {
            history: History::new(updates, deployments),
            has_settings,
            pauses: paused.map(|stack| Pauses {
                stack,
                organization: false,
            }),
            ..Observation::default()
        })
    });
    prop_oneof![
        12 => found,
        1 => Just(Observed::Missing),
        1 => Just(Observed::Unreadable("the cloud refuses it".to_owned())),
    ]
}

/// What a join remembers about a stack: versions of the upstream stacks, some of them unknown.
type Kept = (Vec<Option<i64>>, bool);

/// A graph that may have cycles, with webhooks on some of its edges, and joins for some of its stacks.
fn scenes() -> impl Strategy<Value = (Look, Standing)> {
    (2..12_usize).prop_flat_map(|n| {
        let edge = (0..n, 0..n, any::<bool>());
        let edges = prop::collection::vec(edge, 0..2 * n);
        let stacks: Vec<_> = (0..n).map(observed).collect();
        let kept = (
            prop::collection::vec(prop::option::of(0..6_i64), n),
            any::<bool>(),
        );
        let joins = prop::collection::btree_map(0..n, kept, 0..4);
        (stacks, edges, joins).prop_map(|(stacks, edges, joins)| scene(stacks, edges, &joins))
    })
}

/// The joins of a scene, each waiting for all upstream stacks, and the webhooks that wake up their conductor.
fn conduct(live: &mut LiveGraph, joins: &BTreeMap<usize, Kept>) {
    let conductor = StackRef::new("acme", "wiring", "prod").expect("it is a name");
    for (joined, (versions, has_started)) in joins {
        let joined = stack(*joined);
        let edges = live.edges.iter().map(|live| &live.edge);
        let edges = edges.chain(&live.references);
        let upstream: BTreeSet<StackRef> = edges
            .filter(|edge| edge.downstream == joined && edge.upstream != joined)
            .map(|edge| edge.upstream.clone())
            .collect();
        let handled = upstream.iter().zip(versions).filter_map(|(stack, number)| {
            let version = Version {
                id: None,
                number: (*number)?,
            };
            Some((stack.clone(), version))
        });
        let memory = Join {
            handled: handled.collect(),
            deployment: has_started.then(|| "d1".to_owned()),
            ..Join::default()
        };
        live.edges.extend(upstream.iter().map(|upstream| LiveEdge {
            edge: Edge {
                upstream: upstream.clone(),
                downstream: conductor.clone(),
            },
            webhook: "wake-up".to_owned(),
            active: true,
            events: vec!["update_succeeded".to_owned()],
            is_wake_up: true,
        }));
        live.joins.push(LiveJoin {
            stack: joined,
            upstream,
            conductor: conductor.clone(),
            memory,
        });
        live.conductors
            .insert(conductor.clone(), Conductor::default());
        live.stacks.insert(conductor.clone(), LiveStack::default());
    }
}

fn scene(
    stacks: Vec<Observed>,
    edges: Vec<(usize, usize, bool)>,
    joins: &BTreeMap<usize, Kept>,
) -> (Look, Standing) {
    let stacks: BTreeMap<StackRef, Observed> = (0..).map(stack).zip(stacks).collect();
    let mut live = LiveGraph {
        organization: "acme".to_owned(),
        ..LiveGraph::default()
    };
    for (stack, observed) in &stacks {
        let known = LiveStack {
            last_update: Some(1),
            has_state: true,
            settings: Some(Some(DeploymentSettings::default())),
            knows_webhooks: true,
            knows_references: true,
        };
        if !matches!(observed, Observed::Missing) {
            live.stacks.insert(stack.clone(), known);
        }
    }
    for (number, (upstream, downstream, has_webhook)) in edges.into_iter().enumerate() {
        let edge = Edge {
            upstream: stack(upstream),
            downstream: stack(downstream),
        };
        if has_webhook {
            live.edges.push(LiveEdge {
                edge,
                webhook: format!("w{number}"),
                active: true,
                events: vec!["update_succeeded".to_owned()],
                is_wake_up: false,
            });
        } else {
            live.references.insert(edge);
        }
    }
    conduct(&mut live, joins);
    let mut stacks = stacks;
    let conductors = live.conductors.keys();
    stacks.extend(conductors.map(|it| (it.clone(), Observed::Found(Observation::default()))));
    let world = World {
        edges: live.dependencies(),
        stacks,
        joins: live.attention().joins,
        ..World::default()
    };
    let standing = Standing {
        decision: Decision::of(&world),
        world,
        ..Standing::default()
    };
    (Look::of(live), standing)
}

/// The words that a row of a cascade may show for a stack in this state: the same, or what is expected of its webhook, or
/// that it has run.
fn may_show(state: &str) -> Vec<&str> {
    match state {
        "up to date" => vec!["up to date", "succeeded"],
        "due" => vec!["due", "not started", "waiting"],
        "never deployed" => vec!["never deployed", "not started", "waiting"],
        same => vec![same],
    }
}

/// Whether a stack may start now, however it is started.
fn starts(next: &Move) -> bool {
    matches!(
        next,
        Move::Start | Move::LeftToWebhook | Move::LeftToJoin | Move::HeldBack
    )
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key]
        .as_str()
        .unwrap_or_else(|| panic!("{key}: {value}"))
}

proptest! {
    #![proptest_config(ProptestConfig {
        // A failing case becomes its own test instead.
        failure_persistence: None,
        ..ProptestConfig::with_cases(256)
    })]

    #[test]
    fn stale_status_why_and_graph_never_contradict_each_other(
        (look, standing) in scenes(),
        later in 0..90_i64,
    ) {
        let console = Console::default();
        let ends = look.edges.iter().flat_map(Edge::ends);
        let part = Part {
            stacks: look.stacks.keys().chain(ends).cloned().collect(),
            edges: look.edges.clone(),
        };
        let now = time(later);
        let view = View { look: &look, standing: &standing, part: &part, tells_findings: false, now };
        let graph = view.json("acme", &console);
        let graph: BTreeMap<&str, &Value> = graph["stacks"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|stack| (text(stack, "stack"), stack))
            .collect();
        let behind = stale::behind(&standing);
        let behind: Vec<Value> = behind
            .iter()
            .map(|(stack, answer)| stale::json_of(stack, answer))
            .collect();
        let behind: BTreeMap<&str, &Value> =
            behind.iter().map(|stack| (text(stack, "stack"), stack)).collect();
        for stack in &part.stacks {
            let name = stack.to_string();
            let drawn = graph[name.as_str()];
            let why = Explained::of(stack, &look, &standing).expect("it was decided on").json();
            prop_assert_eq!(text(drawn, "state"), text(&why, "state"));
            prop_assert_eq!(text(drawn, "because"), text(&why, "because"));
            // Which stacks are listed, and with which state.
            let listed = behind.get(name.as_str());
            prop_assert_eq!(drawn["isBehind"].as_bool(), Some(listed.is_some()));
            if let Some(listed) = listed {
                prop_assert_eq!(text(listed, "state"), text(drawn, "state"));
            }
            // A state that means success never belongs to a stack that is behind, and vice versa.
            let state = text(drawn, "state");
            if ["up to date", "unchanged", "never deployed", "destroyed"].contains(&state) {
                prop_assert!(listed.is_none(), "{name} is {state}, and listed");
            }
            if ["due", "failed", "blocked", "no settings"].contains(&state) {
                prop_assert!(listed.is_some(), "{name} is {state}, and not listed");
            }
            // The conditions add up to the verdict.
            let of = |key: &str| why[key].as_bool() == Some(true);
            if of("mayStart") {
                prop_assert!(of("isDue") && of("isReady") && of("isFree"), "{why}");
            }
            if of("isDue") {
                prop_assert!(of("isStale"), "{why}");
            }
        }
        // What would be started may start, and what is stuck is behind.
        let limits = Limits { grace: jiff::SignedDuration::from_secs(20), max_starts: 3 };
        let rows = pass::rows(&look, &standing, now, limits);
        let rows: BTreeMap<String, Move> =
            rows.into_iter().map(|row| (row.stack.to_string(), row.next)).collect();
        for stack in &part.stacks {
            let name = stack.to_string();
            let state = text(graph[name.as_str()], "state");
            let next = rows.get(&name);
            let may_start = next.is_some_and(starts);
            prop_assert_eq!(may_start, state == "due", "{}: {:?}, and {}", name, next, state);
            if behind.contains_key(name.as_str()) {
                prop_assert!(next.is_some(), "{name} is {state}, listed, and nothing is said of it");
            }
        }
        // What a run that continues includes, and what it holds back.
        for stack in &part.stacks {
            let answer = standing.decision.answer(stack).expect("it was decided on");
            let name = stack.to_string();
            let state = text(graph[name.as_str()], "state");
            let gate = gate(answer, &Gate::Open);
            if rows.get(&name).is_some_and(starts) {
                prop_assert!(is_to_run(answer), "{name} is {state}, and a run leaves it out");
                prop_assert_eq!(&gate, &Gate::Open, "{} is {}, and a run holds it back", name, state);
            }
            let is_listed = behind.contains_key(name.as_str());
            let is_taken = is_to_run(answer);
            prop_assert_eq!(is_taken, (is_listed && answer.is_stale) || state == "never deployed", "{} is {}", name, state);
            // What holds it back is also named by `why`.
            let why = Explained::of(stack, &look, &standing).expect("it was decided on").json();
            let is_ready = why["isReady"].as_bool() == Some(true);
            prop_assert!(gate == Gate::Open || !is_ready, "{name}: {gate:?}, and {why}");
        }
        // Each stack as the root of a cascade, and no root.
        let webhooks: BTreeSet<Edge> = look.starting();
        let seen = cascade::View { world: &standing.world, decision: &standing.decision, webhooks: &webhooks, now };
        let roots = part.stacks.iter().map(Some).chain([None]);
        for cascade in roots.filter_map(|root| Cascade::of(seen, root)) {
            let shown = Show { console: &console, json: true }.of_cascade(&cascade);
            for row in shown["stacks"].as_array().expect("a list") {
                let (name, word) = (text(row, "stack"), text(row, "state"));
                let state = text(graph[name], "state");
                prop_assert!(may_show(state).contains(&word), "{name}: {word}, and {state}");
            }
            let first = Cascade::of(seen, Some(&cascade.root)).expect("it has run");
            prop_assert_eq!(&first.root, &cascade.root, "the same root at each call");
        }
    }
}
