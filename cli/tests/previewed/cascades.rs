//! The cascade does what the preview predicted.

use crate::stage::{MADE, Program, Stage, done, reading, row};
use local_cloud::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The diamond network → cluster, database → app: each passes on what it reads.
fn diamond(range: &'static str) -> Vec<(&'static str, Program)> {
    vec![
        ("network", reading(&[], range)),
        ("cluster", reading(&["network"], "cluster")),
        ("database", reading(&["network"], "database")),
        ("app", reading(&["cluster", "database"], "app")),
    ]
}

const EDGES: [(&str, &str); 4] = [
    ("network", "cluster"),
    ("network", "database"),
    ("cluster", "app"),
    ("database", "app"),
];

/// The predictions for a stack's resources and for its output.
fn predicted(document: &Value, name: &str) -> (BTreeSet<String>, Value) {
    let row = row(document, name);
    let outputs = row["outputs"].as_array().unwrap();
    let range = outputs.iter().find(|output| output["name"] == "range");
    let range = range.map_or(Value::Null, |output| output["after"].clone());
    let text = |resource: &Value, key: &str| resource[key].as_str().unwrap().to_owned();
    let resources = row["resources"].as_array().unwrap().iter();
    let resources = resources.map(|it| format!("{} {}", text(it, "operation"), text(it, "urn")));
    (resources.collect(), range)
}

/// Previews another range of `network`, makes the change, and lets the cascade run: each stack does to each resource what
/// was predicted, and has the predicted outputs. Returns the preview.
async fn does_as_predicted(stage: &Stage, names: &[&'static str], range: &'static str) -> Value {
    stage.branch("wider", &[("network", reading(&[], range))]);
    let arguments = [
        "preview",
        "network/prod",
        "--branch",
        "wider",
        "--json",
        "--show-values",
    ];
    let document = stage.run(&arguments).await.expect(0).json();
    assert_eq!(document["complete"], true, "{document}");
    assert_eq!(document["repeated"], false, "{document}");
    stage.git(&["merge", "--quiet", "wider"]);
    stage.deploy("network").await;
    for name in names {
        let (resources, range) = predicted(&document, name);
        let since = row(&document, name)["version"].as_i64().unwrap();
        assert_eq!(done(stage, name, since).await, resources, "{name}");
        assert!(!resources.is_empty(), "{name}: {document}");
        let now = stage.outputs(name).await["range"].clone();
        if range == Value::Null {
            assert_eq!(
                row(&document, name)["outputs"][0]["change"],
                "unknown",
                "{name}"
            );
        } else {
            assert_eq!(range, now, "{name}");
        }
    }
    document
}

/// The states, webhooks and updates of all stacks, and which are behind.
async fn everything(stage: &Stage) -> Vec<String> {
    let mut found = vec![stage.run(&["stale", "--json"]).await.out];
    for (name, _) in diamond("") {
        for part in ["export", "hooks", "updates"] {
            let path = format!("/api/stacks/acme/{name}/prod/{part}");
            found.push(stage.ask(Method::GET, &path, None).await.to_string());
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn a_diamond_does_what_its_preview_said() {
    let stage = Stage::set(&diamond("10.0"), &EDGES, |app| app).await;
    let before = everything(&stage).await;
    stage.run(&["preview", "network/prod"]).await.expect(0);
    assert_eq!(
        everything(&stage).await,
        before,
        "a preview changes nothing"
    );
    let names = ["network", "cluster", "database", "app"];
    let document = does_as_predicted(&stage, &names, "10.8").await;
    let app = row(&document, "app");
    assert_eq!(
        app["reads"],
        json!(["acme/cluster/prod", "acme/database/prod"])
    );
    assert_eq!(app["runsPerChange"], 2);

    // Afterwards nothing is left to do.
    let said = stage
        .run(&["preview", "network/prod", "--fail-on", "change"])
        .await
        .expect(0);
    let last: Vec<&str> = said.out.lines().rev().take(3).collect();
    assert_eq!(
        last,
        [
            "No stack changes, 4 stay as they are.",
            "",
            "Unchanged: network/prod, cluster/prod, database/prod, app/prod."
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chain_does_what_its_preview_said_and_what_is_not_known_yet_is_named() {
    let programs = [
        ("network", reading(&[], "10.0")),
        ("cluster", reading(&["network"], "cluster")),
        ("app", reading(&["cluster"], "app")),
    ];
    let edges = [("network", "cluster"), ("cluster", "app")];
    let stage = Stage::set(&programs, &edges, |app| app).await;
    let names = ["network", "cluster", "app"];
    let document = does_as_predicted(&stage, &names, MADE).await;
    for name in names {
        let outputs = &row(&document, name)["outputs"];
        let unknown = json!([{"name": "range", "change": "unknown"}]);
        assert_eq!(*outputs, unknown, "{name}");
    }
    let (resources, _) = predicted(&document, "network");
    let made = "create urn:pulumi:prod::network::pulumi:index:Stash::made";
    assert!(resources.contains(made), "{resources:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn three_layers_of_four_do_what_their_preview_said() {
    const LAYERS: [[&str; 4]; 3] = [
        ["a0", "a1", "a2", "a3"],
        ["b0", "b1", "b2", "b3"],
        ["c0", "c1", "c2", "c3"],
    ];
    let mut programs = vec![("network", reading(&[], "10.0"))];
    let mut edges: Vec<(&str, &str)> = LAYERS[0].map(|name| ("network", name)).to_vec();
    programs.extend(LAYERS[0].map(|name| (name, reading(&["network"], name))));
    for (above, below) in LAYERS.iter().zip(&LAYERS[1..]) {
        for (n, name) in below.iter().enumerate() {
            let reads = [above[n], above[(n + 1) % 4]];
            programs.push((name, reading(&reads, name)));
            edges.extend(reads.map(|read| (read, *name)));
        }
    }
    let stage = Stage::set(&programs, &edges, |app| app).await;
    let names: Vec<&str> = programs.iter().map(|(name, _)| *name).collect();
    let document = does_as_predicted(&stage, &names, "10.8").await;
    let layers: Vec<&str> = LAYERS.concat();
    for (n, name) in layers.into_iter().enumerate() {
        assert_eq!(row(&document, name)["layer"], n / 4 + 1, "{name}");
    }
    let (_, range) = predicted(&document, "c3");
    let whole = "c3 b3 a3 10.8 a0 10.8 b0 a0 10.8 a1 10.8";
    assert_eq!(range, whole);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_is_previewed_in_the_place_of_a_branch() {
    let stage = Stage::set(&diamond("10.0")[..2], &EDGES[..1], |app| app).await;
    stage.branch("wider", &[("network", reading(&[], "10.8"))]);
    let commit = stage.git(&["rev-parse", "wider"]).trim().to_owned();
    let arguments = [
        "preview",
        "network/prod",
        "--commit",
        &commit,
        "--json",
        "--show-values",
    ];
    let document = stage.run(&arguments).await.expect(0).json();
    assert_eq!(document["commit"], commit);
    assert_eq!(document["branch"], Value::Null);
    for (name, range) in [("network", "10.8"), ("cluster", "cluster 10.8")] {
        assert_eq!(row(&document, name)["commit"], commit, "{name}");
        assert_eq!(predicted(&document, name).1, range, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_stacks_of_the_same_repository_take_the_branch() {
    let stage = Stage::set(&diamond("10.0")[..3], &EDGES[..2], |app| app).await;
    let other = stage.repository().join("../other");
    stage.git(&["clone", "--quiet", ".", other.to_str().unwrap()]);
    let git = json!({"sourceContext": {"git": {"repoUrl": other}}});
    stage.settings("database", git).await;
    // The other repository does not have the branch.
    let changed = [
        ("network", reading(&[], "10.8")),
        ("cluster", reading(&["network"], "changed")),
    ];
    stage.branch("wider", &changed);
    let arguments = [
        "preview",
        "network/prod",
        "--branch",
        "wider",
        "--json",
        "--show-values",
    ];
    let said = stage.run(&arguments).await.expect(0);
    let document = said.json();
    for (name, takes, range) in [
        ("network", true, "10.8"),
        ("cluster", true, "changed 10.8"),
        ("database", false, "database 10.8"),
    ] {
        assert_eq!(row(&document, name)["takesRevision"], takes, "{name}");
        assert_eq!(predicted(&document, name).1, range, "{name}");
    }
    let notes = "With their own, from another repository: database/prod.";
    assert!(said.notes.contains(notes), "{}", said.notes);
}
