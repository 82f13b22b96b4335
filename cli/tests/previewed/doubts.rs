//! The outputs that a preview has read are compared with those that the previews above it predicted.

use crate::stage::{Program, Stage, reading, row};
use local_cloud::{Capability, Method, Trouble, Watch};
use serde_json::{Value, json};
use std::path::PathBuf;
use testkit::tools;

/// network → cluster, database, neither of which reads the other.
fn fork() -> Vec<(&'static str, Program)> {
    vec![
        ("network", reading(&[], "10.0")),
        ("cluster", reading(&["network"], "cluster")),
        ("database", reading(&["network"], "database")),
    ]
}

const EDGES: [(&str, &str); 2] = [("network", "cluster"), ("network", "database")];

/// The reasons in a stack's row.
fn reasons(document: &Value, name: &str) -> Vec<Value> {
    let reasons = row(document, name)["incomplete"].as_array().unwrap();
    reasons.iter().map(|it| it["reason"].clone()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stack_that_newly_reads_another_is_previewed_after_it() {
    let stage = Stage::set(&fork(), &EDGES, |app| app).await;
    let changed = [
        ("network", reading(&[], "10.8")),
        ("cluster", reading(&["network", "database"], "cluster")),
    ];
    stage.branch("reads-more", &changed);
    let arguments = [
        "preview",
        "network/prod",
        "--branch",
        "reads-more",
        "--json",
        "--show-values",
        "--parallel",
        "1",
    ];
    let said = stage.run(&arguments).await.expect(0);
    let document = said.json();
    assert_eq!(document["repeated"], true, "{document}");
    assert_eq!(document["complete"], true, "{document}");
    let cluster = row(&document, "cluster");
    let range = &cluster["outputs"][0]["after"];
    assert_eq!(*range, json!("cluster 10.8 database 10.8"));
    assert!(
        said.notes.contains("database/prod → cluster/prod"),
        "{}",
        said.notes
    );
}

/// A CLI that does not pass the window on for one stack.
fn forgetful(stack: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("pulumi");
    let real = tools::pulumi();
    let script = format!(
        "#!/bin/sh\ncase \"$*\" in *acme/{stack}/prod*) unset PULUMI_OPTION_COHERENCE_WINDOW;; esac\nexec {} \"$@\"\n",
        real.display()
    );
    tools::write_script(&program, &script);
    (folder, program)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_outside_of_the_window_is_found_out() {
    let (_folder, program) = forgetful("cluster");
    let stage = Stage::set(&fork(), &EDGES, |app| app.pulumi(program)).await;
    stage.branch("wider", &[("network", reading(&[], "10.8"))]);
    let arguments = ["preview", "network/prod", "--branch", "wider", "--json"];
    let document = stage.run(&arguments).await.expect(2).json();
    assert_eq!(document["repeated"], false, "it would be the same again");
    assert_eq!(reasons(&document, "cluster"), ["old-values"]);
    assert_eq!(reasons(&document, "database"), [""; 0]);
    let allowed = [&arguments[..4], &["--allow-incomplete"]].concat();
    let said = stage.run(&allowed).await.expect(0);
    assert!(
        said.out.contains("it read old values of network/prod"),
        "{}",
        said.out
    );
}

/// Answers requests for a stack's outputs with the old ones: a cloud that claims to have windows, and keeps none.
struct KeepsNone(String);

impl Watch for KeepsNone {
    fn arrived(&self, method: &Method, path: &str) -> Option<Trouble> {
        let is_read = *method == Method::GET && path == "/api/stacks/acme/network/prod/outputs";
        is_read.then(|| Trouble::Replaced {
            status: None,
            body: Some(self.0.clone()),
        })
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cloud_that_says_it_has_windows_and_keeps_none_is_found_out() {
    let stage = Stage::set(&fork(), &EDGES, |app| app).await;
    stage.branch("wider", &[("network", reading(&[], "10.8"))]);
    let path = "/api/stacks/acme/network/prod/outputs";
    let stored = stage.ask(Method::GET, path, None).await.to_string();
    stage.server.app().faults().watch(KeepsNone(stored));
    let arguments = ["preview", "network/prod", "--branch", "wider", "--json"];
    let document = stage.run(&arguments).await.expect(2).json();
    for name in ["cluster", "database"] {
        assert_eq!(reasons(&document, name), ["old-values"]);
    }
    assert_eq!(reasons(&document, "network"), [""; 0]);
    assert_eq!(document["summary"]["doubtful"], 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_windows_only_the_first_stack_is_previewed() {
    let without = |app: local_cloud::AppBuilder| app.without(Capability::CoherenceWindows);
    let stage = Stage::set(&fork(), &EDGES, without).await;
    stage.branch("wider", &[("network", reading(&[], "10.8"))]);
    let arguments = ["preview", "network/prod", "--branch", "wider", "--json"];
    let document = stage.run(&arguments).await.expect(2).json();
    assert_eq!(row(&document, "network")["result"], "changes");
    for name in ["cluster", "database"] {
        assert_eq!(reasons(&document, name), ["no-windows"]);
        assert_eq!(row(&document, name)["reads"], json!(["acme/network/prod"]));
    }
}
