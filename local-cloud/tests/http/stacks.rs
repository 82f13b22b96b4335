//! Stacks.

use crate::support::{Cloud, hook};
use insta::{assert_json_snapshot, assert_snapshot};
use local_cloud::Method;
use serde_json::{Value, json};

fn listed(answer: &Value) -> Vec<String> {
    let name = |stack: &Value| {
        ["orgName", "projectName", "stackName"]
            .map(|part| stack[part].as_str().unwrap())
            .join("/")
    };
    answer["stacks"]
        .as_array()
        .unwrap()
        .iter()
        .map(name)
        .collect()
}

#[tokio::test]
async fn made_read_and_deleted() {
    let cloud = Cloud::start().await;
    let path = "/api/stacks/acme/web/dev";
    assert_snapshot!(cloud.get(path).await.message(404), @"Not Found: stack `acme/web/dev` does not exist");
    let new = json!({"stackName": "dev", "tags": {"pulumi:project": "web"}, "state": null, "teams": ["a"]});
    cloud
        .post("/api/stacks/acme/web", new.clone())
        .await
        .expect(200);
    assert_snapshot!(
        cloud.post("/api/stacks/acme/web", new).await.message(409),
        @"Conflict: stack `acme/web/dev` already exists"
    );
    assert_json_snapshot!(cloud.get(path).await.expect(200), { ".id" => "[id]" }, @r#"
    {
      "activeUpdate": "",
      "id": "[id]",
      "orgName": "acme",
      "projectName": "web",
      "stackName": "dev",
      "tags": {
        "pulumi:project": "web"
      },
      "version": 0
    }
    "#);
    assert_eq!(cloud.delete(path).await.expect(204), Value::Null);
    cloud.get(path).await.message(404);
    cloud.delete(path).await.message(404);
}

#[tokio::test]
async fn a_stack_that_cannot_be() {
    let cloud = Cloud::start().await;
    let made = async |path: &str, body| cloud.post(path, body).await;
    assert_snapshot!(made("/api/stacks/other/web", json!({"stackName": "dev"})).await.message(404), @"Not Found: organization `other` does not exist");
    assert_snapshot!(made("/api/stacks/acme/web", json!({"stackName": "a b"})).await.message(400), @"Bad Request: `a b` is not a name of a stack: it must have 1 to 100 letters, digits, `.`, `_` and `-`");
    assert_snapshot!(made("/api/stacks/acme/a%2Fb", json!({"stackName": "dev"})).await.message(400), @"Bad Request: `a/b` is not a name of a project: it must have 1 to 100 letters, digits, `.`, `_` and `-`");
    assert_snapshot!(made("/api/stacks/acme/web", json!({})).await.message(400), @"Bad Request: `stackName` is required");
    assert_snapshot!(made("/api/stacks/acme/web", json!({"stackName": 1})).await.message(400), @"Bad Request: `stackName` has the wrong type");
    assert_snapshot!(made("/api/stacks/acme/web", json!([])).await.message(400), @"Bad Request: the body has the wrong type");
    assert_snapshot!(made("/api/stacks/acme/web", json!({"stackName": "dev", "tags": {"a b": "c"}})).await.message(400), @"Bad Request: `a b` is not a name of a tag: it must have 1 to 40 letters, digits, `-`, `_`, `.` and `:`");
    assert_snapshot!(made("/api/stacks/acme/web", json!({"stackName": "dev", "state": {"version": 9, "deployment": {}}})).await.message(400), @"Bad Request: the state has version 9; versions 3 and 4 are known here");
}

#[tokio::test]
async fn listed_by_organization_project_and_tag() {
    let cloud = Cloud::start().await;
    for (path, stack, team) in [
        ("acme/web", "dev", "a"),
        ("acme/web", "prod", "b"),
        ("acme/db", "dev", "b"),
        ("local/web", "dev", "a"),
    ] {
        let body = json!({"stackName": stack, "tags": {"team": team}});
        cloud
            .post(&format!("/api/stacks/{path}"), body)
            .await
            .expect(200);
    }
    let list = async |query: &str| {
        listed(
            &cloud
                .get(&format!("/api/user/stacks{query}"))
                .await
                .expect(200),
        )
    };
    assert_eq!(
        list("").await,
        [
            "acme/db/dev",
            "acme/web/dev",
            "acme/web/prod",
            "local/web/dev"
        ]
    );
    assert_eq!(
        list("?organization=acme&project=web").await,
        ["acme/web/dev", "acme/web/prod"]
    );
    assert_eq!(
        list("?project=web&organization=").await,
        ["acme/web/dev", "acme/web/prod", "local/web/dev"]
    );
    assert_eq!(
        list("?tagName=team&tagValue=b").await,
        ["acme/db/dev", "acme/web/prod"]
    );
    assert_eq!(list("?organization=nobody").await, [""; 0]);
    cloud
        .get("/api/user/stacks?project=a&project=b")
        .await
        .message(400);
}

#[tokio::test]
async fn a_stack_takes_its_webhooks_with_it() {
    let cloud = Cloud::with_stack().await;
    let hooks = "/api/stacks/acme/web/dev/hooks";
    cloud
        .post(hooks, hook(json!({"name": "one"})))
        .await
        .expect(201);
    cloud.delete("/api/stacks/acme/web/dev").await.expect(204);
    cloud.get(hooks).await.message(404);
    cloud
        .post("/api/stacks/acme/web", json!({"stackName": "dev"}))
        .await
        .expect(200);
    assert_eq!(cloud.get(hooks).await.expect(200), json!([]));
}

#[tokio::test]
async fn tags_are_replaced_set_and_removed() {
    let cloud = Cloud::with_stack().await;
    let path = "/api/stacks/acme/web/dev";
    let tags = format!("{path}/tags");
    let now = async || cloud.get(path).await.expect(200)["tags"].clone();
    cloud
        .patch(&tags, json!({"a": "1", "b": "2"}))
        .await
        .expect(204);
    cloud.patch(&tags, json!({"a": "3"})).await.expect(204);
    assert_eq!(now().await, json!({"a": "3"}));
    cloud
        .post(&tags, json!({"name": "c", "value": "4"}))
        .await
        .expect(204);
    cloud.delete(&format!("{tags}/a")).await.expect(204);
    cloud.delete(&format!("{tags}/a")).await.message(404);
    assert_eq!(now().await, json!({"c": "4"}));
    for wrong in [
        json!({"a b": ""}),
        json!({"a": 1}),
        json!({"a": "x".repeat(257)}),
        json!([]),
    ] {
        cloud.patch(&tags, wrong).await.message(400);
    }
    cloud
        .post(&tags, json!({"name": "", "value": ""}))
        .await
        .message(400);
    assert_eq!(now().await, json!({"c": "4"}));
    cloud
        .patch("/api/stacks/acme/web/other/tags", json!({}))
        .await
        .message(404);
}

#[tokio::test]
async fn renamed_with_its_state() {
    let cloud = Cloud::start().await;
    let resource = json!({"urn": "urn:pulumi:dev::web::pulumi:pulumi:Stack::web-dev", "type": "pulumi:pulumi:Stack"});
    let state = json!({"version": 3, "deployment": {"resources": [resource]}});
    for name in ["dev", "other"] {
        let new = json!({"stackName": name, "state": state, "tags": {"name": name}});
        cloud.post("/api/stacks/acme/web", new).await.expect(200);
    }
    let rename = async |body: Value| cloud.post("/api/stacks/acme/web/dev/rename", body).await;
    let taken = rename(json!({"newName": "other", "newProject": "web"}))
        .await
        .message(409);
    assert_snapshot!(taken, @"Conflict: stack `acme/web/other` already exists");
    for wrong in [
        json!({"newName": "a/b"}),
        json!({"newProject": ".."}),
        json!({"newName": "x".repeat(10_000)}),
    ] {
        rename(wrong).await.message(400);
    }
    rename(json!({"newName": "prod", "newProject": "site"}))
        .await
        .expect(200);
    cloud.get("/api/stacks/acme/web/dev").await.message(404);
    let renamed = cloud.get("/api/stacks/acme/site/prod").await.expect(200);
    assert_eq!(renamed["tags"], json!({"name": "dev"}));
    let exported = cloud
        .get("/api/stacks/acme/site/prod/export")
        .await
        .expect(200);
    assert_eq!(
        exported["deployment"]["resources"][0]["urn"],
        "urn:pulumi:prod::site::pulumi:pulumi:Stack::site-prod"
    );
    rename(json!({"newName": "again"})).await.message(404);
}

#[tokio::test]
async fn a_project_is_there_when_it_has_stacks() {
    let cloud = Cloud::with_stack().await;
    let head = async |path: &str| cloud.send(Method::HEAD, path, None).await.unwrap().status;
    assert_eq!(head("/api/stacks/acme/web").await, 200);
    assert_eq!(head("/api/stacks/acme/other").await, 404);
    assert_eq!(head("/api/stacks/nobody/web").await, 404);
}

#[tokio::test]
async fn odd_names_find_nothing_and_break_nothing() {
    let cloud = Cloud::with_stack().await;
    let long = "x".repeat(10_000);
    for name in [
        "a%2Fb",
        "%2e%2e",
        "%22",
        "%00",
        "%ff",
        "'%3B--",
        "%F0%9F%8E%89",
        &long,
    ] {
        for path in [
            "",
            "/export",
            "/updates",
            "/updates/latest",
            "/upstreamreferences",
        ] {
            let path = format!("/api/stacks/acme/web/{name}{path}");
            let answer = cloud.get(&path).await;
            assert!(
                [400, 404, 405].contains(&answer.status),
                "{path}: {}",
                answer.body
            );
            assert_eq!(answer.body["code"], answer.status);
        }
        let answer = cloud
            .get(&format!("/api/stacks/acme/web/dev/update/{name}"))
            .await;
        assert!(
            [400, 404].contains(&answer.status),
            "{name}: {}",
            answer.body
        );
    }
    for name in [
        "",
        ".",
        "..",
        "a/b",
        "\"",
        "'; DROP TABLE stacks",
        "ü",
        long.as_str(),
        "a\u{0}b",
    ] {
        cloud
            .post("/api/stacks/acme/web", json!({"stackName": name}))
            .await
            .message(400);
    }
    assert_eq!(
        listed(&cloud.get("/api/user/stacks").await.expect(200)),
        ["acme/web/dev"]
    );
}
