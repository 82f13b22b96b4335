//! Webhooks: created, read, changed, deleted.

use crate::support::{Cloud, hook, names};
use insta::{assert_json_snapshot, assert_snapshot};
use serde_json::{Value, json};

const HOOKS: &str = "/api/stacks/acme/web/dev/hooks";
const ONE: &str = "/api/stacks/acme/web/dev/hooks/one";

#[tokio::test]
async fn a_webhook_of_a_stack() {
    let cloud = Cloud::with_stack().await;
    let given = hook(json!({
        "projectName": "web", "stackName": "dev", "name": "one", "secret": "shh", "format": "pulumi_deployments",
        "payloadUrl": "app/dev", "filters": ["update_succeeded"], "groups": ["deployments"],
        "hasSecret": false, "secretCiphertext": "",
    }));
    let made = cloud.post(HOOKS, given).await.expect(201);
    assert_json_snapshot!(made, { ".secretCiphertext" => "[digest]" }, @r#"
    {
      "active": true,
      "displayName": "Deploys",
      "filters": [
        "update_succeeded"
      ],
      "format": "pulumi_deployments",
      "groups": [
        "deployments"
      ],
      "hasSecret": true,
      "name": "one",
      "organizationName": "acme",
      "payloadUrl": "app/dev",
      "projectName": "web",
      "secretCiphertext": "[digest]",
      "stackName": "dev"
    }
    "#);
    assert_eq!(cloud.get(ONE).await.expect(200), made);
    assert_eq!(cloud.get(HOOKS).await.expect(200), json!([made]));
    assert_eq!(cloud.delete(ONE).await.expect(204), Value::Null);
    assert_snapshot!(cloud.get(ONE).await.message(404), @"Not Found: webhook `one` of stack `acme/web/dev` does not exist");
    assert_eq!(cloud.get(HOOKS).await.expect(200), json!([]));
}

#[tokio::test]
async fn a_webhook_with_nothing_but_what_is_required() {
    let cloud = Cloud::with_stack().await;
    let made = cloud
        .post(HOOKS, hook(json!({"name": "one"})))
        .await
        .expect(201);
    assert_json_snapshot!(made, @r#"
    {
      "active": true,
      "displayName": "Deploys",
      "format": "raw",
      "hasSecret": false,
      "name": "one",
      "organizationName": "acme",
      "payloadUrl": "http://127.0.0.1:9/x",
      "projectName": "web",
      "secretCiphertext": "",
      "stackName": "dev"
    }
    "#);
}

#[tokio::test]
async fn the_cloud_names_what_has_no_name() {
    let cloud = Cloud::with_stack().await;
    let first = cloud.post(HOOKS, hook(json!({}))).await.expect(201);
    let second = cloud
        .post(HOOKS, hook(json!({"name": ""})))
        .await
        .expect(201);
    assert_ne!(first["name"], second["name"]);
    for made in [&first, &second] {
        let name = made["name"].as_str().unwrap();
        assert!(
            name.len() == 8 && name.bytes().all(|byte| byte.is_ascii_hexdigit()),
            "{name}"
        );
    }
    assert_eq!(
        cloud.get(HOOKS).await.expect(200),
        json!([first, second]),
        "in the order of their making"
    );
}

#[tokio::test]
async fn a_name_is_given_once_in_each_scope() {
    let cloud = Cloud::with_stack().await;
    cloud.make_environment().await;
    let environment = "/api/esc/environments/acme/web/dev/hooks";
    for hooks in [HOOKS, "/api/orgs/acme/hooks", environment] {
        cloud
            .post(hooks, hook(json!({"name": "one"})))
            .await
            .expect(201);
        cloud
            .post(hooks, hook(json!({"name": "one", "displayName": "Other"})))
            .await
            .message(409);
        let all = cloud.get(hooks).await.expect(200);
        assert_eq!(names(&all), ["one"]);
        assert_eq!(
            all[0]["displayName"], "Deploys",
            "the first stays as it was"
        );
    }
    let conflict = cloud.post(HOOKS, hook(json!({"name": "one"}))).await;
    assert_snapshot!(conflict.message(409), @"Conflict: webhook `one` of stack `acme/web/dev` already exists");
    let found = cloud.get(&format!("{environment}/one")).await.expect(200);
    assert_eq!(
        (&found["envName"], &found["projectName"]),
        (&json!("dev"), &json!("web"))
    );
    assert_eq!(found.get("stackName"), None);
}

#[tokio::test]
async fn what_does_not_exist_has_no_webhooks() {
    let cloud = Cloud::with_stack().await;
    let elsewhere = [
        ("/api/orgs/other/hooks", "organization `other`"),
        ("/api/stacks/acme/web/prod/hooks", "stack `acme/web/prod`"),
        (
            "/api/esc/environments/acme/web/dev/hooks",
            "environment `acme/web/dev`",
        ),
    ];
    for (hooks, what) in elsewhere {
        let gone = format!("Not Found: {what} does not exist");
        assert_eq!(cloud.get(hooks).await.message(404), gone);
        let organization = if hooks.contains("other") {
            "other"
        } else {
            "acme"
        };
        let given = hook(json!({"organizationName": organization}));
        assert_eq!(cloud.post(hooks, given).await.message(404), gone);
        for answer in [
            cloud.get(&format!("{hooks}/one")).await,
            cloud.patch(&format!("{hooks}/one"), json!({})).await,
            cloud.delete(&format!("{hooks}/one")).await,
            cloud.get(&format!("{hooks}/one/deliveries")).await,
            cloud.post(&format!("{hooks}/one/ping"), json!({})).await,
            cloud
                .post(&format!("{hooks}/one/deliveries/x/redeliver"), json!({}))
                .await,
        ] {
            assert_eq!(answer.message(404), gone);
        }
    }
    for answer in [
        cloud.patch(ONE, json!({})).await,
        cloud.delete(ONE).await,
        cloud.get(&format!("{ONE}/deliveries")).await,
        cloud.post(&format!("{ONE}/ping"), json!({})).await,
        cloud
            .post(&format!("{ONE}/deliveries/x/redeliver"), json!({}))
            .await,
    ] {
        assert_eq!(
            answer.message(404),
            "Not Found: webhook `one` of stack `acme/web/dev` does not exist"
        );
    }
}

#[tokio::test]
async fn a_webhook_that_cannot_be() {
    let cloud = Cloud::with_stack().await;
    let refused = async |changes| cloud.post(HOOKS, hook(changes)).await.message(400);
    assert_snapshot!(refused(json!({"format": "teams"})).await, @"Bad Request: unknown format `teams`");
    assert_snapshot!(refused(json!({"filters": ["update"], "groups": ["x"]})).await, @"Bad Request: unknown filter `update`; unknown group `x`");
    assert_snapshot!(
        refused(json!({"format": "pulumi_deployments", "payloadUrl": "acme/app/dev"})).await,
        @"Bad Request: `payloadUrl` must be `project/stack` with the format `pulumi_deployments`"
    );
    assert_snapshot!(refused(json!({"active": "yes"})).await, @"Bad Request: `active` has the wrong type");
    let secret = refused(json!({"secret": 424_242})).await;
    assert!(
        secret.contains("`secret`") && !secret.contains("424242"),
        "{secret}"
    );
    assert_eq!(cloud.get(HOOKS).await.expect(200), json!([]));
    let bad = cloud.server.url().to_owned() + HOOKS;
    let bad = testkit::api::client()
        .post(bad)
        .header("authorization", format!("token {}", testkit::api::TOKEN));
    let answer: Value = bad.body("{").send().await.unwrap().json().await.unwrap();
    assert_eq!(
        answer,
        json!({"code": 400, "message": "Bad Request: the body is not JSON"})
    );
}

#[tokio::test]
async fn changed_in_part_or_as_a_whole() {
    let cloud = Cloud::with_stack().await;
    let given = hook(
        json!({"name": "one", "filters": ["update_failed"], "groups": ["deployments"], "format": "slack"}),
    );
    let made = cloud.post(HOOKS, given).await.expect(201);

    let changed = cloud
        .patch(ONE, json!({"displayName": "New", "active": false}))
        .await
        .expect(200);
    let mut expected = made.clone();
    expected["displayName"] = "New".into();
    expected["active"] = false.into();
    assert_eq!(changed, expected);
    assert_eq!(
        cloud.get(ONE).await.expect(200),
        expected,
        "what is answered is what is kept"
    );

    let emptied = cloud.patch(ONE, json!({"filters": []})).await.expect(200);
    assert_eq!(
        (emptied.get("filters"), &emptied["groups"]),
        (None, &json!(["deployments"]))
    );

    // Clients send the whole webhook, without its empty lists.
    let whole = cloud
        .patch(ONE, hook(json!({"name": "one"})))
        .await
        .expect(200);
    assert_eq!((whole.get("filters"), whole.get("groups")), (None, None));
    assert_eq!(
        (&whole["displayName"], &whole["format"]),
        (&json!("Deploys"), &json!("slack"))
    );

    assert_snapshot!(cloud.patch(ONE, json!({"stackName": "prod"})).await.message(400), @"Bad Request: `stackName` is not that of stack `acme/web/dev`");
    cloud
        .patch(ONE, json!({"payloadUrl": ""}))
        .await
        .message(400);
    assert_eq!(
        cloud.get(ONE).await.expect(200),
        whole,
        "what is refused changes nothing"
    );
}

#[tokio::test]
async fn the_ciphertext_changes_when_the_secret_does() {
    let cloud = Cloud::with_stack().await;
    let facts = |hook: &Value| {
        (
            hook["hasSecret"].as_bool().unwrap(),
            hook["secretCiphertext"].as_str().unwrap().to_owned(),
        )
    };
    let none = (false, String::new());
    let made = cloud
        .post(HOOKS, hook(json!({"name": "one", "secret": "shh"})))
        .await
        .expect(201);
    let (has_secret, shh) = facts(&made);
    assert!(has_secret && !shh.is_empty());
    let change = async |change| facts(&cloud.patch(ONE, change).await.expect(200));
    assert_eq!(
        change(json!({"active": false})).await,
        (true, shh.clone()),
        "absent keeps"
    );
    assert_eq!(
        change(json!({"secret": ""})).await,
        (true, shh.clone()),
        "empty keeps"
    );
    assert_eq!(
        change(json!({"secret": "shh"})).await,
        (true, shh.clone()),
        "the same again"
    );
    let (_, hush) = change(json!({"secret": "hush"})).await;
    assert_ne!(hush, shh);
    assert_eq!(change(json!({"secret": "__remove-secret"})).await, none);
    assert_eq!(
        change(json!({"secret": "shh"})).await,
        (true, shh),
        "back to the first"
    );
    for secret in ["", "__remove-secret"] {
        let other = cloud
            .post(HOOKS, hook(json!({"secret": secret})))
            .await
            .expect(201);
        assert_eq!(
            facts(&other),
            none,
            "`{secret}` is no secret for a new webhook"
        );
    }
}

#[tokio::test]
async fn names_in_paths_may_be_encoded() {
    let cloud = Cloud::with_stack().await;
    cloud
        .post(HOOKS, hook(json!({"name": "a.b_c-1"})))
        .await
        .expect(201);
    cloud
        .get("/api/stacks/acme/web/%64ev/hooks/a%2Eb_c-1")
        .await
        .expect(200);
    cloud.get(&format!("{HOOKS}/a%2Fb")).await.message(404);
}

#[tokio::test]
async fn many_at_once_make_one() {
    let cloud = Cloud::with_stack().await;
    let create = || cloud.post(HOOKS, hook(json!({"name": "one"})));
    let answers = tokio::join!(create(), create(), create(), create());
    let mut statuses = [
        answers.0.status,
        answers.1.status,
        answers.2.status,
        answers.3.status,
    ];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409, 409, 409]);
}
