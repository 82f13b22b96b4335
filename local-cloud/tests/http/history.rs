//! The history of a stack: its updates, and the state that each left.

use crate::runs::{Hands, Run, STACK, create, ids, state};
use crate::support::Cloud;
use insta::{assert_json_snapshot, assert_snapshot};
use serde_json::{Value, json};

/// A cloud on which the stack was updated, refreshed without success, and then got another state.
async fn with_history() -> Cloud {
    let (hands, builder) = Hands::new();
    let cloud = Cloud::with_stack_on(builder).await;
    let run = Run::start(&cloud, "update").await;
    run.journal(1, create(1, "one").into()).await.expect(204);
    let summary = json!([{"summaryEvent": {"resourceChanges": {"create": 1}}}]);
    run.events(0, summary).await.expect(200);
    hands.forward(2);
    run.complete("succeeded").await.expect(204);
    Run::start(&cloud, "refresh")
        .await
        .complete("failed")
        .await
        .expect(204);
    let imported = cloud
        .post(&format!("{STACK}/import"), state(&["two", "three"]))
        .await
        .expect(200);
    let poll = format!("{STACK}/update/{}", imported["updateId"].as_str().unwrap());
    let polled = cloud.get(&poll).await.expect(200);
    assert_eq!(polled, json!({"status": "succeeded", "events": []}));
    cloud
}

#[tokio::test]
async fn the_history() {
    let cloud = with_history().await;
    let get = async |path: &str| {
        cloud
            .get(&format!("{STACK}/updates{path}"))
            .await
            .expect(200)
    };
    let all = get("").await["updates"].clone();
    let told = |update: &Value| {
        [
            "version",
            "kind",
            "result",
            "startTime",
            "endTime",
            "resourceCount",
        ]
        .map(|name| update[name].clone())
    };
    let told: Vec<_> = all.as_array().unwrap().iter().map(told).collect();
    assert_snapshot!(json!(told), @r#"[[3,"import","succeeded",1767225602,1767225602,2],[2,"refresh","failed",1767225602,1767225602,1],[1,"update","succeeded",1767225600,1767225602,1]]"#);
    assert_json_snapshot!(all[2], @r#"
    {
      "config": {
        "web:n": {
          "object": false,
          "secret": false,
          "string": "3"
        }
      },
      "endTime": 1767225602,
      "environment": {
        "exec.kind": "cli",
        "pulumi.version": "3.259.0"
      },
      "kind": "update",
      "message": "a message",
      "resourceChanges": {
        "create": 1
      },
      "resourceCount": 1,
      "result": "succeeded",
      "startTime": 1767225600,
      "version": 1
    }
    "#);
    assert_eq!(get("?pageSize=2&page=2").await["updates"], json!([all[2]]));
    assert_eq!(get("?pageSize=2").await["updates"], json!([all[0], all[1]]));
    assert_eq!(get("/latest").await["info"], all[0]);
    assert_eq!(get("/2").await["info"], all[1]);
    cloud
        .get(&format!("{STACK}/updates?page=x"))
        .await
        .message(400);
}

#[tokio::test]
async fn the_state_of_each_version() {
    let cloud = with_history().await;
    for (version, expected) in [(1, &["one"][..]), (2, &["one"]), (3, &["two", "three"])] {
        let exported = cloud
            .get(&format!("{STACK}/export/{version}"))
            .await
            .expect(200);
        assert_eq!(ids(&exported), expected, "{version}");
    }
    for (version, status) in [
        ("0", 404),
        ("4", 404),
        ("-1", 404),
        ("x", 400),
        ("99999999999999999999", 400),
    ] {
        for list in ["export", "updates"] {
            let answer = cloud.get(&format!("{STACK}/{list}/{version}")).await;
            answer.message(status);
        }
    }
}

#[tokio::test]
async fn an_import_that_is_none_changes_nothing() {
    let cloud = Cloud::with_stack().await;
    for wrong in [
        json!({}),
        json!([]),
        json!({"version": 3, "deployment": []}),
        json!({"version": 2, "deployment": {}}),
        json!({"version": 3, "deployment": {"resources": [{}]}}),
        json!({"version": "3", "deployment": {}}),
    ] {
        cloud
            .post(&format!("{STACK}/import"), wrong.clone())
            .await
            .message(400);
    }
    assert_eq!(cloud.get(STACK).await.expect(200)["version"], 0);
    cloud
        .post("/api/stacks/acme/web/other/import", state(&[]))
        .await
        .message(404);
}
