//! `auto-deploy:index:Join`: when it starts its stack, when not, and what it remembers.

mod many;
mod outputs;
mod scene;

use auto_deploy::pb;
use local_cloud::{Fault, Method, Trouble};
use scene::Scene;
use serde_json::{Value, json};
use testkit::values::properties;

const STARTS: &str = "POST /api/stacks/acme/app/prod/deployments";

fn start_note(id: &str) -> String {
    format!("started app/prod: deployment {id}")
}

#[tokio::test]
async fn making_it_starts_nothing_and_remembers_what_is_there() {
    let mut scene = Scene::start().await;
    scene.updates("cluster").await;
    let made = scene.up().await;
    assert_eq!((made.diff, made.said), (vec![], vec![]));
    assert_eq!(scene.handled(), ["cluster/prod 2", "database/prod 1"]);
    assert_eq!(scene.output("deployment"), Value::Null);
    let again = scene.up().await;
    assert_eq!(again.diff, [""; 0]);
    assert_eq!(
        again.said,
        ["app/prod is not started: handled: it was started for the newest versions already"]
    );
    assert_eq!(scene.deployments().await, []);
}

#[tokio::test]
async fn a_diamond_starts_its_bottom_once_after_both() {
    let mut scene = Scene::start().await;
    scene.up().await;
    scene.updates("network").await;
    let due = "waiting for cluster/prod (due), database/prod (due)";
    assert_eq!(
        scene.up().await.said,
        [format!("app/prod is not started: {due}")]
    );
    scene.updates("cluster").await;
    let running = scene.begins("database", "update").await;
    let waits = "app/prod is not started: waiting for database/prod (running)";
    assert_eq!(scene.up().await.said, [waits]);
    scene.ends(running, "succeeded").await;
    let preview = scene.preview().await;
    let starts = "app/prod is to start: cluster/prod, database/prod were updated after it";
    assert_eq!(preview.diff, ["deployment Add"]);
    assert_eq!(preview.said, [starts]);
    assert_eq!(scene.deployments().await, [], "a preview starts nothing");
    let up = scene.up().await;
    let [(id, status)] = &scene.deployments().await[..] else {
        panic!("it runs once");
    };
    assert_eq!(status, "succeeded");
    assert_eq!(up.diff, ["deployment Add"]);
    assert_eq!(up.said, [starts.to_owned(), start_note(id)]);
    assert_eq!(scene.output("deployment"), json!(id));
    assert_eq!(scene.handled(), ["cluster/prod 2", "database/prod 2"]);
    for _ in 0..2 {
        assert_eq!(
            scene.up().await.said,
            ["app/prod is not started: up to date"]
        );
    }
    assert_eq!(scene.deployments().await.len(), 1);
}

#[tokio::test]
async fn a_failure_upstream_blocks_until_it_is_fixed() {
    let mut scene = Scene::start().await;
    scene.up().await;
    scene.updates("network").await;
    scene.by_hand("cluster", "update", "failed").await;
    scene.updates("database").await;
    let blocked = "app/prod is not started: blocked by cluster/prod (failed)";
    for _ in 0..2 {
        let up = scene.up().await;
        assert_eq!((up.diff, up.said), (vec![], vec![blocked.to_owned()]));
    }
    scene.updates("cluster").await;
    assert_eq!(scene.up().await.diff, ["deployment Add"]);
    assert_eq!(scene.deployments().await.len(), 1);
}

#[tokio::test]
async fn what_failed_itself_runs_again_after_a_newer_version_alone() {
    let mut scene = Scene::start().await;
    scene.up().await;
    scene
        .settings("app", json!({"SIMULATED_OUTCOME": "failed"}))
        .await;
    scene.updates("cluster").await;
    scene.up().await;
    assert_eq!(scene.deployments().await[0].1, "failed");
    for _ in 0..2 {
        assert_eq!(scene.up().await.said, ["app/prod is not started: failed"]);
    }
    assert_eq!(scene.deployments().await.len(), 1);
    scene.settings("app", json!({})).await;
    scene.updates("cluster").await;
    scene.up().await;
    let statuses: Vec<String> = scene
        .deployments()
        .await
        .into_iter()
        .map(|it| it.1)
        .collect();
    assert_eq!(statuses, ["failed", "succeeded"]);
}

#[tokio::test]
async fn a_start_that_was_cancelled_in_the_queue_is_made_again() {
    let mut scene = Scene::start().await;
    scene.up().await;
    let deployments = "/api/stacks/acme/app/prod/deployments";
    scene.updates("cluster").await;
    // Paused after the Diff, so the start waits.
    let api = scene.provider.api();
    let pause = async || {
        api.post(&format!("{deployments}/pause"), json!({}))
            .await
            .succeeds();
    };
    scene.up_while(pause).await;
    let id = scene.output("deployment");
    let id = id.as_str().expect("it was started").to_owned();
    scene
        .done("POST", &format!("{deployments}/{id}/cancel"), json!({}))
        .await;
    scene
        .done("POST", &format!("{deployments}/resume"), json!({}))
        .await;
    assert_eq!(scene.up().await.diff, ["deployment Add"]);
    let all = scene.deployments().await;
    assert_eq!(all.len(), 2);
    assert_eq!(all[1].1, "succeeded");
}

#[tokio::test]
async fn a_refresh_decides_nothing() {
    let mut scene = Scene::start().await;
    scene.up().await;
    scene.updates("cluster").await;
    let (inputs, outputs) = scene.program.state.clone().expect("it was made");
    let urn = "urn:pulumi:dev::wiring::auto-deploy:index:Join::app".to_owned();
    let mut client = scene.provider.client.clone();
    scene.provider.requests();
    let read = pb::ReadRequest {
        id: "acme/app/prod".to_owned(),
        urn: urn.clone(),
        properties: properties(outputs.clone()),
        inputs: properties(inputs.clone()),
        ..pb::ReadRequest::default()
    };
    let found = client.read(read).await.expect("it answers").into_inner();
    assert_eq!(found.properties, properties(outputs.clone()));
    assert_eq!(found.inputs, properties(inputs.clone()));
    let diff = pb::DiffRequest {
        id: "acme/app/prod".to_owned(),
        urn: urn.clone(),
        olds: properties(outputs.clone()),
        old_inputs: properties(inputs.clone()),
        news: properties(inputs.clone()),
        ..pb::DiffRequest::default()
    };
    let found = client
        .diff(diff.clone())
        .await
        .expect("it answers")
        .into_inner();
    assert_eq!(found.diffs, [""; 0]);
    assert_eq!(scene.provider.requests(), [""; 0], "nobody is asked");
    // The same process continues with the program: now it decides.
    let check = pb::CheckRequest {
        urn,
        olds: properties(inputs.clone()),
        news: properties(inputs),
        ..pb::CheckRequest::default()
    };
    client.check(check).await.expect("it answers");
    let found = client.diff(diff).await.expect("it answers").into_inner();
    assert_eq!(found.diffs, ["deployment"]);
}

#[tokio::test]
async fn a_change_of_the_deployment_that_is_ignored_is_never_made() {
    let mut scene = Scene::start().await;
    scene.up().await;
    scene.updates("cluster").await;
    scene.program.ignored = vec!["deployment".to_owned()];
    let up = scene.up().await;
    assert_eq!(up.diff, [""; 0]);
    assert_eq!(
        up.said,
        ["app/prod is not started: it is due, and `ignoreChanges` holds `deployment`"]
    );
    assert_eq!(scene.deployments().await, []);
    scene.program.ignored.clear();
    assert_eq!(scene.up().await.diff, ["deployment Add"]);
}

#[tokio::test]
async fn what_runs_meanwhile_is_taken_for_the_start() {
    let mut scene = Scene::start().await;
    scene.up().await;
    scene.updates("cluster").await;
    let (api, later) = (scene.provider.api(), scene.clock());
    let deploy = async || {
        later();
        let path = "/api/stacks/acme/app/prod/deployments";
        api.post(path, json!({"operation": "update"}))
            .await
            .succeeds();
    };
    let up = scene.up_while(deploy).await;
    let [(id, _)] = &scene.deployments().await[..] else {
        panic!("it runs once");
    };
    assert_eq!(
        up.said[1],
        format!("app/prod is not started: deployment {id} is its run")
    );
    assert_eq!(scene.output("deployment"), json!(id));
    assert_eq!(scene.handled(), ["cluster/prod 2", "database/prod 1"]);
    assert_eq!(scene.up().await.diff, [""; 0]);
}

#[tokio::test]
async fn what_was_destroyed_is_not_revived() {
    let mut scene = Scene::start().await;
    scene.up().await;
    scene.by_hand("app", "destroy", "succeeded").await;
    scene.updates("cluster").await;
    assert_eq!(
        scene.up().await.said,
        ["app/prod is not started: destroyed"]
    );
    scene.updates("app").await;
    scene.by_hand("cluster", "destroy", "succeeded").await;
    scene.updates("database").await;
    let blocked = "app/prod is not started: blocked by cluster/prod (destroyed)";
    assert_eq!(scene.up().await.said, [blocked]);
    assert_eq!(scene.deployments().await, []);
}

#[tokio::test]
async fn a_start_that_is_refused_is_an_error_and_is_tried_again() {
    let mut scene = Scene::start().await;
    scene.up().await;
    scene.updates("cluster").await;
    let before = scene.program.state.clone();
    let path = "/api/stacks/acme/app/prod/deployments";
    let app = scene.provider.cloud.app().clone();
    let refuse = async || {
        app.faults()
            .add(Fault::on(Method::POST, path, Trouble::status(403)));
    };
    let message = scene.up_fails(refuse).await;
    assert!(message.contains("app/prod"), "{message}");
    assert_eq!(scene.program.state, before);
    assert_eq!(scene.up().await.diff, ["deployment Add"]);
    assert_eq!(scene.deployments().await.len(), 1);
}

#[tokio::test]
async fn a_start_whose_answer_is_lost_is_not_made_twice() {
    let mut scene = Scene::start().await;
    scene.up().await;
    scene.updates("cluster").await;
    let app = scene.provider.cloud.app().clone();
    let path = "/api/stacks/acme/app/prod/deployments";
    let lose = async || {
        app.faults()
            .add(Fault::on(Method::POST, path, Trouble::AnswerLost));
    };
    scene.up_while(lose).await;
    let [(id, _)] = &scene.deployments().await[..] else {
        panic!("it runs once");
    };
    assert_eq!(scene.output("deployment"), json!(id));
    assert_eq!(scene.up().await.diff, [""; 0]);
    let starts = scene.provider.requests();
    let starts = starts.iter().filter(|line| line.starts_with(STARTS));
    assert_eq!(starts.count(), 1);
}

#[tokio::test]
async fn with_catch_up_what_is_behind_is_started_when_the_join_is_made() {
    let mut scene = Scene::start().await;
    scene.program.inputs["catchUp"] = json!(true);
    scene.updates("cluster").await;
    let preview = scene.preview().await;
    let starts = "app/prod is to start: cluster/prod was updated after it";
    assert_eq!(preview.said, [starts]);
    assert_eq!(scene.deployments().await, []);
    scene.up().await;
    assert_eq!(scene.deployments().await.len(), 1);
    assert_eq!(scene.handled(), ["cluster/prod 2", "database/prod 1"]);
    scene.up().await;
    assert_eq!(scene.deployments().await.len(), 1);
}

#[tokio::test]
async fn with_catch_up_what_cannot_start_yet_starts_later() {
    let mut scene = Scene::start().await;
    scene.program.inputs["catchUp"] = json!(true);
    scene.updates("cluster").await;
    let running = scene.begins("database", "update").await;
    let made = scene.up().await;
    assert_eq!(
        made.said,
        ["app/prod is not started: waiting for database/prod (running)"]
    );
    assert_eq!(scene.handled(), [""; 0]);
    scene.ends(running, "succeeded").await;
    assert_eq!(scene.up().await.diff, ["deployment Add"]);
}

#[tokio::test]
async fn adding_an_upstream_stack_starts_nothing_and_removing_one_forgets_it() {
    let mut scene = Scene::start().await;
    scene.up().await;
    scene.stack("dns").await;
    scene.updates("dns").await;
    let refs = |refs: &[&str]| json!(refs);
    scene.program.inputs["upstreamRefs"] = refs(&["cluster/prod", "database/prod", "dns/prod"]);
    let up = scene.up().await;
    assert_eq!(up.diff, ["upstreamRefs[2] Add"]);
    assert_eq!(
        scene.handled(),
        ["cluster/prod 1", "database/prod 1", "dns/prod 1"]
    );
    scene.program.inputs["upstreamRefs"] = refs(&["dns/prod"]);
    scene.up().await;
    assert_eq!(scene.handled(), ["dns/prod 1"]);
    assert_eq!(scene.deployments().await, []);
    scene.updates("cluster").await;
    assert_eq!(scene.up().await.diff, [""; 0], "it is followed no more");
    scene.updates("dns").await;
    assert_eq!(scene.up().await.diff, ["deployment Add"]);
}

#[tokio::test]
async fn a_stack_that_was_made_anew_has_new_versions() {
    let mut scene = Scene::start().await;
    scene.updates("cluster").await;
    scene.up().await;
    assert_eq!(scene.handled(), ["cluster/prod 2", "database/prod 1"]);
    let path = "/api/stacks/acme/cluster/prod?force=true";
    scene.done("DELETE", path, Value::Null).await;
    let blocked = "app/prod is not started: blocked by cluster/prod (missing)";
    assert_eq!(scene.up().await.said, [blocked]);
    scene.stack("cluster").await;
    scene.updates("cluster").await;
    scene.updates("cluster").await;
    let up = scene.up().await;
    assert_eq!(up.diff, ["deployment Add"], "version 2 of another stack");
}

#[tokio::test]
async fn there_is_nothing_to_import_and_deleting_asks_nobody() {
    let scene = Scene::start().await;
    let mut client = scene.provider.client.clone();
    scene.provider.requests();
    let urn = "urn:pulumi:dev::wiring::auto-deploy:index:Join::app".to_owned();
    let read = pb::ReadRequest {
        id: "acme/app/prod".to_owned(),
        urn: urn.clone(),
        ..pb::ReadRequest::default()
    };
    let failed = client.read(read).await.expect_err("it fails");
    assert_eq!(failed.message(), "a Join has nothing to import: declare it");
    let delete = pb::DeleteRequest {
        id: "acme/app/prod".to_owned(),
        urn,
        ..pb::DeleteRequest::default()
    };
    client.delete(delete).await.expect("it answers");
    assert_eq!(scene.provider.requests(), [""; 0]);
}

#[tokio::test]
async fn a_look_costs_a_few_requests() {
    let mut scene = Scene::start().await;
    scene.up().await;
    scene.provider.requests();
    scene.up().await;
    let mut requests = scene.provider.requests();
    requests.sort();
    insta::assert_snapshot!(requests.join("\n"));
}

#[tokio::test]
async fn one_beside_a_webhook_leaves_the_start_to_it_for_a_while() {
    let mut scene = Scene::start().await;
    let body = json!({"stackName": "dev"});
    scene.done("POST", "/api/stacks/acme/wiring", body).await;
    scene.program.inputs["upstreamRefs"] = json!(["cluster/prod"]);
    scene.program.inputs["grace"] = json!(60);
    scene.up().await;
    scene.updates("cluster").await;
    let left = "app/prod is not started: its webhook has 60 s to start it";
    for is_left in [true, false] {
        let up = scene.up().await;
        assert_eq!(up.said[0] == left, is_left, "{:?}", up.said);
        assert_eq!(scene.deployments().await.len(), usize::from(!is_left));
        for _ in 0..4 {
            scene.later();
        }
        let begun = scene.begins_at("acme/wiring/dev", "update").await;
        scene.ends(begun, "succeeded").await;
    }
    scene.updates("cluster").await;
    scene.by_hand("app", "update", "succeeded").await;
    assert_eq!(
        scene.up().await.said,
        ["app/prod is not started: up to date"],
        "the webhook has started it"
    );
}

#[tokio::test]
async fn an_upstream_stack_that_was_cancelled_is_behind_or_has_failed() {
    let mut scene = Scene::start().await;
    scene.up().await;
    scene.updates("network").await;
    scene.updates("database").await;
    let deployments = "/api/stacks/acme/cluster/prod/deployments";
    let pause = format!("{deployments}/pause");
    scene.done("POST", &pause, json!({})).await;
    let update = json!({"operation": "update"});
    let queued = scene.done("POST", deployments, update).await;
    let behind = "app/prod is not started: waiting for cluster/prod (due)";
    assert_eq!(
        scene.up().await.said,
        [behind],
        "it waits for the end of a pause"
    );
    let id = queued["id"].as_str().expect("a text");
    let cancel = format!("{deployments}/{id}/cancel");
    scene.done("POST", &cancel, json!({})).await;
    assert_eq!(scene.up().await.said, [behind], "it never ran");
    scene.by_hand("cluster", "update", "cancelled").await;
    let blocked = "app/prod is not started: blocked by cluster/prod (failed)";
    assert_eq!(scene.up().await.said, [blocked], "cancelled while it ran");
    scene.updates("cluster").await;
    assert_eq!(
        scene.up().await.diff,
        ["deployment Add"],
        "the next event goes on"
    );
}
