//! A stack that someone is updating is locked: a second update fails at its start, and says why.

use crate::Stage;
use local_cloud::Method;
use serde_json::{Value, json};
use testkit::since;

const B: &str = "/api/stacks/acme/b/dev";

/// Starts an update of `b` as a user's CLI does, and leaves it running; returns its path.
async fn held(stage: &Stage) -> String {
    let new = json!({"name": "b", "runtime": "yaml", "options": {}, "metadata": {}});
    let made = stage
        .ask(Method::POST, &format!("{B}/update"), Some(new))
        .await;
    let path = format!("{B}/update/{}", made["updateID"].as_str().unwrap());
    stage.ask(Method::POST, &path, Some(json!({}))).await;
    path
}

fn projects<'a>(deployments: &'a [Value], status: &str) -> Vec<&'a str> {
    let with_status = deployments.iter().filter(|one| one["status"] == status);
    with_status
        .map(|one| one["projectName"].as_str().unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_of_a_stack_that_a_person_updates_fails_and_the_chain_goes_on_later() {
    if since::DEPLOYMENT_COMMANDS.is_missing() {
        return;
    }
    let stage = Stage::set().await;
    let update = held(&stage).await;
    stage.pulumi("a", &["up", "--yes", "--skip-preview"]);
    let deployments = stage.settled(2).await;
    assert_eq!(projects(&deployments, "failed"), ["b"]);
    assert_eq!(
        projects(&deployments, "succeeded"),
        ["c"],
        "it does not depend on b"
    );
    let said = stage.pulumi("b", &["deployment", "log", "1", "--all"]);
    assert!(
        said.contains("Another update is currently in progress"),
        "{said}"
    );

    // The user's CLI was killed: nothing locks the stack any more.
    stage
        .ask(Method::POST, &format!("{update}/cancel"), None)
        .await;
    stage.pulumi("b", &["deployment", "run", "update"]);
    let deployments = stage.settled(6).await;
    assert_eq!(
        projects(&deployments, "succeeded"),
        ["c", "b", "d", "e", "f"]
    );
    assert_eq!(
        stage.pulumi("f", &["stack", "output", "said"]).trim(),
        "a b f"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_who_comes_second_reads_that_an_update_runs() {
    let stage = Stage::set().await;
    stage.pulumi("a", &["up", "--yes", "--skip-preview"]);
    stage.settled(5).await;
    let update = held(&stage).await;
    let said = stage.fails("b", &["up", "--yes", "--skip-preview"]);
    assert!(
        said.contains("Another update is currently in progress"),
        "{said}"
    );
    stage.pulumi("b", &["cancel", "--yes"]);
    let polled = stage.ask(Method::GET, &update, None).await;
    assert_eq!(polled["status"], "cancelled");
    stage.pulumi("b", &["up", "--yes", "--skip-preview"]);
}
