//! What a `DependencyGraph` starts: a cascade on a local cloud that simulates deployments, counted.

use auto_deploy::pb;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;
use testkit::monitor::Monitor;
use testkit::provider::Provider;
use testkit::values::{json_of, properties};

/// Runs by stack.
type Runs = BTreeMap<String, u64>;

/// A graph: each stack of the project `app` with those that it depends on.
type Graph = BTreeMap<String, Vec<String>>;

/// How long to wait until a cascade ends.
const PATIENCE: Duration = Duration::from_mins(2);

/// The events of a deployment that succeeds.
const OF_A_RUN: [&str; 4] = [
    "deployment_queued",
    "deployment_started",
    "update_succeeded",
    "deployment_succeeded",
];

fn reference(stack: &str) -> String {
    format!("app/{stack}")
}

/// Creates the stacks of a graph, and its webhooks by calling the provider as the engine does. Returns the outputs.
async fn build(provider: &Provider, graph: &Graph, strategy: &str) -> Value {
    build_at(provider, graph, strategy, &["update_succeeded"]).await
}

/// The same with webhooks for these events.
async fn build_at(provider: &Provider, graph: &Graph, strategy: &str, filters: &[&str]) -> Value {
    let stacks = graph.keys().chain(graph.values().flatten());
    let stacks: std::collections::BTreeSet<&String> = stacks.collect();
    for stack in stacks {
        let made = provider
            .ask("POST", "/api/stacks/acme/app", json!({"stackName": stack}))
            .await;
        assert!([200, 409].contains(&made.0), "{stack}");
        let settings =
            json!({"sourceContext": {"git": {"repoUrl": "file:///nowhere", "branch": "main"}}});
        let path = format!("/api/stacks/acme/app/{stack}/deployments/settings");
        assert_eq!(provider.ask("PUT", &path, settings).await.0, 200, "{stack}");
    }
    let dependencies: BTreeMap<String, Vec<String>> = graph
        .iter()
        .map(|(stack, upstream)| {
            (
                reference(stack),
                upstream.iter().map(|it| reference(it)).collect(),
            )
        })
        .collect();
    let monitor = Monitor::default();
    let inputs = json!({"dependencies": dependencies, "strategy": strategy, "checks": "off", "filters": filters});
    let request = pb::ConstructRequest {
        r#type: "auto-deploy:index:DependencyGraph".into(),
        name: "graph".into(),
        project: "wiring".into(),
        stack: "dev".into(),
        organization: "acme".into(),
        monitor_endpoint: monitor.serve().await,
        inputs: properties(inputs),
        ..pb::ConstructRequest::default()
    };
    let built = provider
        .client
        .clone()
        .construct(request)
        .await
        .expect("it is built");
    for child in &monitor.taken()[1..] {
        let inputs = json_of(child.object.clone());
        provider
            .create(&child.name, &inputs)
            .await
            .expect("it is made");
    }
    json_of(built.into_inner().state)
}

/// How often each stack has run, once nothing more can start: all deliveries of all runs have been made.
async fn settled(provider: &Provider) -> Runs {
    let get = async |path: &str| {
        let (status, body) = provider.ask("GET", path, Value::Null).await;
        assert_eq!(status, 200, "{path}");
        body
    };
    let finished = async || {
        let deployments = get("/api/orgs/acme/deployments?pageSize=100").await;
        let mut runs = Runs::new();
        for deployment in deployments["deployments"].as_array().expect("a list") {
            if deployment["status"] != "succeeded" {
                return None;
            }
            let stack = deployment["stackName"].as_str().expect("a name").to_owned();
            *runs.entry(stack).or_default() += 1;
        }
        Some(runs)
    };
    let is_over = async || {
        let runs = finished().await?;
        for (stack, runs) in &runs {
            let hooks = format!("/api/stacks/acme/app/{stack}/hooks");
            for hook in get(&hooks).await.as_array().expect("a list") {
                let name = hook["name"].as_str().expect("a name");
                let deliveries = get(&format!("{hooks}/{name}/deliveries")).await;
                let filters = hook["filters"].as_array().expect("a list");
                let told = filters
                    .iter()
                    .filter(|event| OF_A_RUN.iter().any(|it| event == it));
                let expected = runs * told.count() as u64;
                if deliveries.as_array().expect("a list").len() as u64 != expected {
                    return None;
                }
            }
        }
        // By now the list contains what the last deliveries have started.
        (finished().await.as_ref() == Some(&runs)).then_some(runs)
    };
    let waiting = async {
        loop {
            if let Some(runs) = is_over().await {
                return runs;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting)
        .await
        .expect("the cascade ends")
}

/// How often each stack runs for one update of `root`, without `root` itself.
async fn cascade(provider: &Provider, root: &str) -> Runs {
    let path = format!("/api/stacks/acme/app/{root}/deployments");
    let started = provider
        .ask("POST", &path, json!({"operation": "update"}))
        .await;
    assert_eq!(started.0, 202);
    let mut runs = settled(provider).await;
    assert_eq!(runs.remove(root), Some(1));
    runs
}

/// What the outputs predict for one update of `root`.
fn foretold(outputs: &Value, root: &str) -> Runs {
    let runs = outputs["runsPerChange"][reference(root)]
        .as_object()
        .expect("it is a root");
    let runs = runs.iter();
    runs.map(|(stack, runs)| {
        let stack = stack.strip_prefix("app/").expect("one project").to_owned();
        let runs = runs.as_f64().expect("a number").to_string();
        (stack, runs.parse().expect("a whole number"))
    })
    .collect()
}

fn graph(dependencies: &[(&str, &[&str])]) -> Graph {
    let owned = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
    dependencies
        .iter()
        .map(|(stack, upstream)| ((*stack).to_owned(), owned(upstream)))
        .collect()
}

#[tokio::test]
async fn of_layers_runs_the_app_twice_in_parallel_and_once_in_sequence() {
    let layers = graph(&[
        ("database", &["network"]),
        ("cluster", &["network"]),
        ("app", &["database", "cluster"]),
    ]);
    for (strategy, app) in [("parallel", 2), ("sequential", 1)] {
        let provider = Provider::simulated().await;
        let outputs = build(&provider, &layers, strategy).await;
        let runs = cascade(&provider, "network").await;
        assert_eq!(runs["app"], app, "{strategy}");
        assert_eq!(runs, foretold(&outputs, "network"), "{strategy}");
    }
}

#[tokio::test]
async fn with_several_events_of_a_run_the_counts_are_those_of_the_cascade() {
    let chain = graph(&[("database", &["network"]), ("app", &["database"])]);
    for (filters, app) in [
        (&["update_succeeded", "deployment_succeeded"][..], 4),
        (&["deployment_succeeded"], 1),
        (&["update_succeeded", "update_failed"], 1),
        (
            &[
                "update_succeeded",
                "deployment_started",
                "deployment_succeeded",
            ],
            9,
        ),
        (&["update_failed"], 0),
    ] {
        let provider = Provider::simulated().await;
        let outputs = build_at(&provider, &chain, "parallel", filters).await;
        let mut runs = cascade(&provider, "network").await;
        for stack in ["database", "app"] {
            runs.entry(stack.to_owned()).or_default();
        }
        assert_eq!(runs["app"], app, "{filters:?}");
        assert_eq!(runs, foretold(&outputs, "network"), "{filters:?}");
    }
}

/// A graph of up to six stacks, in which a stack depends on some of those before it by name.
fn any_graph() -> impl Strategy<Value = Graph> {
    prop::collection::vec(prop::collection::vec(any::<bool>(), 5), 2..6).prop_map(|rows| {
        let name = |place: usize| format!("s{place}");
        let rows = rows.into_iter().enumerate();
        rows.map(|(place, row)| {
            let upstream = row.into_iter().take(place + 1).enumerate();
            let upstream = upstream.filter(|(_, is_upstream)| *is_upstream);
            (
                name(place + 1),
                upstream.map(|(place, _)| name(place)).collect(),
            )
        })
        .collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn of_any_graph_runs_what_was_foretold(graph in any_graph()) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        runtime.expect("it starts").block_on(async {
            for strategy in ["parallel", "sequential"] {
                let roots = {
                    let provider = Provider::simulated().await;
                    let outputs = build(&provider, &graph, strategy).await;
                    let roots = outputs["runsPerChange"].as_object().expect("a map").clone();
                    roots.into_iter().map(|(root, _)| root).collect::<Vec<_>>()
                };
                for root in roots {
                    let root = root.strip_prefix("app/").expect("one project");
                    let provider = Provider::simulated().await;
                    let outputs = build(&provider, &graph, strategy).await;
                    let runs = cascade(&provider, root).await;
                    assert_eq!(runs, foretold(&outputs, root), "{strategy} from {root}: {graph:?}");
                    let is_once = runs.values().all(|runs| *runs == 1);
                    assert!(strategy == "parallel" || is_once, "{runs:?}");
                }
            }
        });
    }
}
