//! What the commands of the Pulumi CLI do with a join, and what they show.

use crate::stage::{Stage, runs};

/// database, cluster → app, and nothing that runs the conductor by itself. `{OPTIONS}` are those of the Join.
const JOIN: &str = "  app:
    type: auto-deploy:Join
    properties: {project: app, stack: prod, upstreamRefs: [database/prod, cluster/prod]}
    options: {OPTIONS}
";

/// The messages about the joined stack, each once, in order.
fn said(text: &str) -> Vec<&str> {
    let sentences = ["app/prod is ", "started app/prod"];
    let mut found = Vec::new();
    for line in text.lines() {
        let starts = sentences.iter().filter_map(|sentence| line.find(sentence));
        let sentence = starts.min().map(|start| line[start..].trim_end());
        found.extend(sentence.filter(|sentence| !found.contains(sentence)));
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_shows_what_an_update_starts_and_others_start_nothing() {
    let mut stage = Stage::set(&["database", "cluster", "app"]).await;
    stage.wire(&JOIN.replace("{OPTIONS}", "{}")).await;
    stage.by_hand("database").await;

    let shown = stage.pulumi("wiring", &["preview", "--diff"]).await;
    assert!(shown.contains("+ deployment"), "{shown}");
    let due = "app/prod is to start: database/prod was updated after it";
    assert_eq!(said(&shown), [due], "{shown}");
    let shown = stage.pulumi("wiring", &["preview"]).await;
    assert!(shown.contains("[diff: +deployment]"), "{shown}");

    for arguments in [
        &["refresh", "--yes", "--skip-preview"][..],
        &["refresh", "--preview-only"],
        &["refresh", "--yes", "--skip-preview", "--run-program"],
    ] {
        let shown = stage.pulumi("wiring", arguments).await;
        assert_eq!(said(&shown), [""; 0], "{arguments:?}: {shown}");
    }
    let other = "urn:pulumi:prod::wiring::pulumi:pulumi:Stack::wiring-prod";
    let shown = stage
        .pulumi(
            "wiring",
            &["up", "--yes", "--skip-preview", "--target", other],
        )
        .await;
    assert_eq!(said(&shown), [""; 0], "{shown}");
    assert_eq!(stage.settled().await, runs(&[]));

    let shown = stage
        .pulumi("wiring", &["up", "--yes", "--skip-preview", "--refresh"])
        .await;
    assert_eq!(said(&shown)[0], due, "{shown}");
    assert!(
        said(&shown)[1].starts_with("started app/prod: deployment "),
        "{shown}"
    );
    assert_eq!(stage.settled().await, runs(&[("app", 1)]));
    stage.by_hand("wiring").await;
    assert_eq!(stage.settled().await, runs(&[("app", 1)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn ignored_tainted_or_destroyed_it_starts_nothing() {
    let mut stage = Stage::set(&["database", "cluster", "app"]).await;
    stage
        .wire(&JOIN.replace("{OPTIONS}", "{ignoreChanges: [deployment]}"))
        .await;
    stage.by_hand("database").await;
    stage.by_hand("wiring").await;
    let shown = stage.pulumi("wiring", &["preview"]).await;
    assert!(!shown.contains("[diff"), "{shown}");

    let urn = "urn:pulumi:prod::wiring::auto-deploy:index:Join::app";
    stage
        .pulumi("wiring", &["state", "taint", "--yes", urn])
        .await;
    stage.rewire(&JOIN.replace("{OPTIONS}", "{}"));
    let shown = stage
        .pulumi("wiring", &["up", "--yes", "--skip-preview"])
        .await;
    assert!(shown.contains("replaced"), "{shown}");
    stage.by_hand("wiring").await;

    stage.by_hand("cluster").await;
    stage
        .pulumi("wiring", &["destroy", "--yes", "--skip-preview"])
        .await;
    assert_eq!(stage.settled().await, runs(&[]));
}
