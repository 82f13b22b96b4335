//! What is predicted is what happens.

use crate::stage::{Program, Stage, reading, row};
use local_cloud::Method;
use serde_json::{Value, json};

/// The diamond network → cluster, database → app: each hands on what it reads.
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

/// What the preview says of a stack's resources and of the value that it hands on.
fn predicted(document: &Value, name: &str) -> (Value, Value) {
    let row = row(document, name);
    let outputs = row["outputs"].as_array().unwrap();
    let range = outputs.iter().find(|output| output["name"] == "range");
    let range = range.map_or(Value::Null, |output| output["after"].clone());
    (row["operations"]["update"].clone(), range)
}

/// The states, webhooks and updates of all stacks, and what is behind.
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
    stage.branch("wider", &[("network", reading(&[], "10.8"))]);
    let arguments = [
        "preview",
        "network/prod",
        "--branch",
        "wider",
        "--json",
        "--show-values",
    ];
    let before = everything(&stage).await;
    let document = stage.run(&arguments).await.expect(0).json();
    assert_eq!(
        everything(&stage).await,
        before,
        "a preview changes nothing"
    );
    assert_eq!(document["complete"], true, "{document}");
    assert_eq!(document["repeated"], false, "{document}");

    stage.git(&["merge", "--quiet", "wider"]);
    stage.deploy("network").await;
    for (name, _) in diamond("") {
        let (n_updates, range) = predicted(&document, name);
        assert_eq!(range, stage.outputs(name).await["range"], "{name}");
        assert_eq!(n_updates, 1, "{document}");
    }
    let app = row(&document, "app");
    assert_eq!(
        app["reads"],
        json!(["acme/cluster/prod", "acme/database/prod"])
    );
    assert_eq!(app["runsPerChange"], 2);

    // When it is done there is nothing more to do.
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
