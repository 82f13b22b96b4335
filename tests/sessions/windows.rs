//! Coherence windows with the real CLI.

use crate::graph::{Graph, KEY, Previewed, below, network, preview};
use local_cloud::Capability;
use serde_json::{Value, json};
use testkit::since;

const CHAIN: [&str; 3] = ["network", "cluster", "app"];

/// A chain of three deployed programs.
async fn chain(without: &[Capability]) -> Graph {
    let programs = [
        ("network", network("old")),
        ("cluster", below("cluster", &["network"])),
        ("app", below("app", &["cluster"])),
    ];
    Graph::deployed(&programs, without).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chain_is_previewed_in_one_window() {
    if since::COHERENCE_WINDOWS.is_missing() {
        return;
    }
    let graph = chain(&[]).await;
    graph.write("network", &network("new"));
    assert_eq!(graph.previews(&CHAIN, "").await, ["same", "same", "same"]);
    let in_window = graph.previews(&CHAIN, "w").await;
    assert_eq!(in_window, ["same", "update new", "update new"]);
    // By the environment variable, as a deployment gets it.
    let environment = "PULUMI_OPTION_COHERENCE_WINDOW";
    let mut graph = graph;
    graph.session.set(environment, "v");
    let mut said = Vec::new();
    for name in CHAIN {
        let json = graph.pulumi(name, &["preview", "--json"]).await.json();
        said.push(Previewed::of(&json).webhook);
    }
    assert_eq!(said, in_window);
    graph.session.unset(environment);
    // Nothing of it remains.
    assert_eq!(graph.previews(&CHAIN[1..], "").await, ["same", "same"]);
    graph.up("network", &[]).await.succeeds();
    assert_eq!(graph.preview("cluster", "").await.webhook, "update new");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_diamond_is_previewed_in_one_window() {
    if since::COHERENCE_WINDOWS.is_missing() {
        return;
    }
    let programs = [
        ("network", network("old")),
        ("cluster", below("cluster", &["network"])),
        ("database", below("database", &["network"])),
        ("app", below("app", &["cluster", "database"])),
    ];
    let graph = Graph::deployed(&programs, &[]).await;
    let names = ["network", "cluster", "database", "app"];
    graph.write("network", &network("new"));
    assert_eq!(graph.previews(&names, "").await, ["same"; 4]);
    assert_eq!(
        graph.previews(&names, "w").await,
        ["same", "update new", "update new", "update new new"]
    );
    // Only one branch is in the window: the other is as it was deployed.
    assert_eq!(
        graph.previews(&["network", "cluster", "app"], "v").await,
        ["same", "update new", "update new old"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn predicted_secrets_stay_secret() {
    if since::COHERENCE_WINDOWS.is_missing() {
        return;
    }
    let graph = chain(&[]).await;
    let changed = "changed-77a1";
    graph.write("network", &network("old").replace(KEY, changed));
    let mut said = Vec::new();
    for name in CHAIN {
        let previewed = graph.preview(name, "w").await;
        for secret in [KEY, changed] {
            assert!(!previewed.all.contains(secret), "{}", previewed.all);
        }
        said.push(previewed.webhook);
    }
    // The webhooks of the programs below sign with it.
    assert_eq!(said, ["same", "update old", "update old"]);
    let data = std::fs::read(graph.session.path("data/cloud.db-wal")).unwrap();
    for secret in [KEY, changed] {
        let is_secret = |part: &[u8]| part == secret.as_bytes();
        assert!(
            !data.windows(secret.len()).any(is_secret),
            "{secret} is kept in clear text"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn below_a_failed_preview_outputs_are_unknown() {
    if since::COHERENCE_WINDOWS.is_missing() {
        return;
    }
    let graph = chain(&[]).await;
    let broken = network("new").replace("payloadUrl: 'http", "payloadUrl: 'x");
    graph.write("network", &broken);
    graph.pulumi("network", &preview("w")).await.fails();
    for name in &CHAIN[1..] {
        // The outputs that `cluster` predicts for `app` are as unknown as those that it has read.
        let previewed = graph.preview(name, "w").await;
        assert_eq!(previewed.webhook, "update unknown", "{name}");
        assert!(!previewed.all.contains(KEY), "{}", previewed.all);
    }
    assert_eq!(graph.preview("app", "").await.webhook, "same");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_in_between_does_not_reach_into_a_window() {
    if since::COHERENCE_WINDOWS.is_missing() {
        return;
    }
    let graph = chain(&[]).await;
    assert_eq!(graph.preview("cluster", "w").await.webhook, "same");
    graph.write("network", &network("new"));
    graph.up("network", &[]).await.succeeds();
    let reader = below("reader", &["network"]);
    graph.write("reader", &reader);
    graph
        .pulumi("reader", &["stack", "init", "acme/reader/dev"])
        .await
        .succeeds();
    assert_eq!(graph.preview("reader", "w").await.webhook, "create old");
    assert_eq!(graph.preview("reader", "").await.webhook, "create new");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_windows_at_once_know_nothing_of_each_other() {
    if since::COHERENCE_WINDOWS.is_missing() {
        return;
    }
    let graph = chain(&[]).await;
    // Each has its own folder of programs, like two users.
    for range in ["left", "right"] {
        graph.write(&format!("{range}/network"), &network(range));
        for (name, upstream) in [("cluster", "network"), ("app", "cluster")] {
            let program = below(name, &[upstream]);
            graph.write(&format!("{range}/{name}"), &program);
        }
    }
    let side = async |range: &'static str| {
        let names = CHAIN.map(|name| format!("{range}/{name}"));
        let mut said = Vec::new();
        for (place, name) in names.iter().enumerate() {
            let stack = format!("acme/{}/dev", CHAIN[place]);
            let arguments = [&preview(range)[..], &["--stack", &stack]].concat();
            let json = graph.pulumi(name, &arguments).await.json();
            said.push(Previewed::of(&json).webhook);
        }
        said
    };
    let (left, right) = tokio::join!(side("left"), side("right"));
    assert_eq!(left, ["same", "update left", "update left"]);
    assert_eq!(right, ["same", "update right", "update right"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn updates_in_a_window_see_what_it_made() {
    if since::COHERENCE_WINDOWS.is_missing() {
        return;
    }
    let graph = chain(&[]).await;
    graph.write("network", &network("new"));
    let window = ["--coherence-window", "w"];
    graph.up("network", &window).await.succeeds();
    graph.write("network", &network("newer"));
    graph.up("network", &[]).await.succeeds();
    graph.up("cluster", &window).await.succeeds();
    let state = graph
        .session
        .get("/api/stacks/acme/cluster/dev/outputs")
        .await;
    assert_eq!(state["outputs"]["range"], "new");
    // The CLI itself refuses a preview phase; the cloud refuses a second update, and previews after updates.
    let said = graph
        .pulumi("app", &["up", "--yes", "--coherence-window", "w"])
        .await
        .fails();
    assert!(said.contains("runs without its preview"), "{said}");
    let said = graph.up("network", &window).await.fails();
    assert!(
        said.contains("has an update of the stack `acme/network/dev` already"),
        "{said}"
    );
    let said = graph.pulumi("app", &preview("w")).await.fails();
    assert!(said.contains("is one of updates"), "{said}");
    let history = graph
        .session
        .get("/api/stacks/acme/network/dev/updates")
        .await;
    assert_eq!(history["updates"].as_array().unwrap().len(), 3, "{history}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_cloud_has_no_windows() {
    if since::COHERENCE_WINDOWS.is_missing() {
        return;
    }
    for missing in [Capability::StackOutputs, Capability::CoherenceWindows] {
        let graph = chain(&[missing]).await;
        let said = graph.pulumi("network", &preview("w")).await.fails();
        assert!(
            said.contains("does not support coherence windows"),
            "{said}"
        );
        graph.write("network", &network("new"));
        assert_eq!(graph.previews(&CHAIN, "").await, ["same", "same", "same"]);
        let outputs = graph
            .session
            .ask("GET", "/api/stacks/acme/network/dev/outputs", Value::Null);
        let expected = if missing == Capability::StackOutputs {
            404
        } else {
            200
        };
        assert_eq!(outputs.await.0, expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn outputs_are_read_without_states_where_the_cloud_can() {
    if since::COHERENCE_WINDOWS.is_missing() {
        return;
    }
    for (without, way, other) in [
        (&[][..], "/outputs 200", "/export 200"),
        (&[Capability::StackOutputs][..], "/export 200", "/outputs"),
    ] {
        let graph = chain(without).await;
        let of_network = |requests: &[String], way: &str| {
            let of_network = |request: &&String| {
                request.starts_with("GET /api/stacks/acme/network/dev") && request.contains(way)
            };
            requests.iter().filter(of_network).count()
        };
        graph.preview("cluster", "").await;
        let requests = graph.session.requests();
        assert_eq!(of_network(&requests, way), 1, "{requests:#?}");
        assert_eq!(of_network(&requests, other), 0, "{requests:#?}");

        let read = async |arguments: &[&str]| {
            let command = [&["stack", "output", "--json"], arguments].concat();
            graph.pulumi("network", &command).await.json()
        };
        let shown = read(&[]).await;
        assert_eq!(
            (&shown["range"], &shown["key"]),
            (&json!("old"), &json!("[secret]"))
        );
        assert_eq!(read(&["--show-secrets"]).await["key"], KEY);
        let requests = graph.session.requests();
        assert!(of_network(&requests, way) >= 2, "{requests:#?}");
        assert_eq!(of_network(&requests, other), 0, "{requests:#?}");
    }
}
