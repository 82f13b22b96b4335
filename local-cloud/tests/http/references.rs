//! Which stacks refer to which, by their last states.

use crate::runs::{Run, STACK};
use crate::support::Cloud;
use insta::assert_json_snapshot;
use serde_json::{Value, json};
use testkit::states;

async fn import(cloud: &Cloud, stack: &str, names: &[&str]) {
    let (_, of_organization) = stack.split_once('/').unwrap();
    let state = states::of_references(of_organization, names);
    cloud
        .post(&format!("/api/stacks/{stack}/import"), state)
        .await
        .expect(200);
}

async fn ends(cloud: &Cloud, stack: &str, side: &str) -> Vec<String> {
    let answer = cloud
        .get(&format!("/api/stacks/{stack}/{side}references"))
        .await
        .expect(200);
    let name = |end: &Value| {
        ["organization", "routingProject", "name"]
            .map(|part| end[part].as_str().unwrap())
            .join("/")
    };
    answer["referencedStacks"]
        .as_array()
        .unwrap()
        .iter()
        .map(name)
        .collect()
}

#[tokio::test]
async fn told_from_both_ends() {
    let cloud = Cloud::start().await;
    for (path, name) in [
        ("acme/web", "dev"),
        ("acme/db", "dev"),
        ("acme/net", "dev"),
        ("local/web", "dev"),
    ] {
        cloud
            .post(&format!("/api/stacks/{path}"), json!({"stackName": name}))
            .await
            .expect(200);
    }
    import(
        &cloud,
        "acme/web/dev",
        &[
            "acme/db/dev",
            "acme/net/dev",
            "acme/gone/dev",
            "acme/db/dev",
        ],
    )
    .await;
    import(&cloud, "acme/db/dev", &["acme/net/dev"]).await;
    import(&cloud, "local/web/dev", &["acme/net/dev"]).await;
    assert_eq!(
        ends(&cloud, "acme/web/dev", "upstream").await,
        ["acme/db/dev", "acme/net/dev"]
    );
    assert_eq!(
        ends(&cloud, "acme/net/dev", "downstream").await,
        ["acme/db/dev", "acme/web/dev", "local/web/dev"]
    );
    assert_eq!(ends(&cloud, "acme/net/dev", "upstream").await, [""; 0]);
    let answer = cloud
        .get("/api/stacks/acme/db/dev/downstreamreferences")
        .await
        .expect(200);
    assert_json_snapshot!(answer, @r#"
    {
      "referencedStacks": [
        {
          "name": "dev",
          "organization": "acme",
          "routingProject": "web",
          "version": 1
        }
      ]
    }
    "#);
    cloud
        .get("/api/stacks/acme/gone/dev/upstreamreferences")
        .await
        .message(404);
}

#[tokio::test]
async fn they_follow_the_state() {
    let cloud = Cloud::with_stack().await;
    cloud
        .post("/api/stacks/acme/db", json!({"stackName": "dev"}))
        .await
        .expect(200);
    import(&cloud, "acme/web/dev", &["acme/db/dev"]).await;
    assert_eq!(
        ends(&cloud, "acme/db/dev", "downstream").await,
        ["acme/web/dev"]
    );
    cloud
        .post(
            &format!("{STACK}/rename"),
            json!({"newName": "prod", "newProject": "web"}),
        )
        .await
        .expect(200);
    assert_eq!(
        ends(&cloud, "acme/db/dev", "downstream").await,
        ["acme/web/prod"]
    );
    let run = Run::start_as(
        &cloud,
        "/api/stacks/acme/web/prod",
        "destroy",
        json!({"journalVersion": 1}),
    )
    .await;
    let removed = json!([
        {"kind": 1, "operationID": 1, "removeOld": 0}, {"kind": 1, "operationID": 2, "removeOld": 1},
    ]);
    run.journal(1, removed).await.expect(204);
    run.complete("succeeded").await.expect(204);
    assert_eq!(ends(&cloud, "acme/db/dev", "downstream").await, [""; 0]);
    import(&cloud, "acme/web/prod", &["acme/db/dev"]).await;
    cloud
        .delete("/api/stacks/acme/web/prod?force=true")
        .await
        .expect(204);
    assert_eq!(ends(&cloud, "acme/db/dev", "downstream").await, [""; 0]);
}
