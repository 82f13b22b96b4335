//! Environments over HTTP: definitions, revisions, tags, secrets, and their webhooks.

use crate::support::{Cloud, Receiver, hook, names};
use insta::assert_snapshot;
use serde_json::{Value, json};
use testkit::api::{TOKEN, client};
use testkit::patience::until;

const ALL: &str = "/api/esc/environments/acme";
const ONE: &str = "/api/esc/environments/acme/web/dev";

/// A cloud with the environment `acme/web/dev` and this definition. JSON is valid YAML.
async fn cloud_with(definition: Value) -> Cloud {
    let cloud = Cloud::start().await;
    cloud.make_environment().await;
    cloud.patch(ONE, definition).await.expect(200);
    cloud
}

/// The values of an opened environment, without their positions.
async fn opened(cloud: &Cloud, path: &str) -> Value {
    let id = cloud
        .post(&format!("{path}/open"), json!({}))
        .await
        .expect(200)["id"]
        .clone();
    let path = path.split("/versions/").next().unwrap();
    let found = cloud
        .get(&format!("{path}/open/{}", id.as_str().unwrap()))
        .await
        .expect(200);
    plain(&json!({ "value": found["properties"] }))
}

fn plain(value: &Value) -> Value {
    match &value["value"] {
        Value::Array(items) => items.iter().map(plain).collect(),
        Value::Object(members) => {
            let members = members
                .iter()
                .map(|(name, member)| (name.clone(), plain(member)));
            Value::Object(members.collect())
        }
        other => other.clone(),
    }
}

#[tokio::test]
async fn made_and_deleted_with_their_webhooks() {
    let cloud = Cloud::start().await;
    let new = json!({"project": "web", "name": "dev"});
    cloud.post(ALL, new.clone()).await.expect(200);
    cloud.patch(ONE, json!({"values": {}})).await.expect(200);
    assert_snapshot!(cloud.post(ALL, new.clone()).await.message(409), @"Conflict: environment `acme/web/dev` already exists");
    assert_snapshot!(cloud.post(ALL, json!({"project": "web", "name": "a/b"})).await.message(400), @"Bad Request: `a/b` is not a name of an environment: it must have 1 to 100 letters, digits, `.`, `_` and `-`");
    assert_snapshot!(cloud.post("/api/esc/environments/other", new.clone()).await.message(404), @"Not Found: organization `other` does not exist");

    let hooks = &format!("{ONE}/hooks");
    cloud.post(hooks, hook(json!({}))).await.expect(201);
    cloud.delete(ONE).await.expect(200);
    assert_snapshot!(cloud.get(hooks).await.message(404), @"Not Found: environment `acme/web/dev` does not exist");
    assert_snapshot!(cloud.get(ONE).await.message(404), @"Not Found: environment `acme/web/dev` does not exist");
    cloud.delete(ONE).await.message(404);
    cloud.post(ALL, new).await.expect(200);
    assert_eq!(cloud.get(hooks).await.expect(200), json!([]));
    assert_eq!(
        cloud.get(ONE).await.expect(200),
        Value::Null,
        "nothing of the other is left"
    );
}

/// A provider creates an environment with two requests, of which the second may never have been sent.
#[tokio::test]
async fn a_create_that_was_cut_off_can_be_done_again() {
    let cloud = Cloud::start().await;
    cloud.make_environment().await;
    cloud.make_environment().await;
    cloud
        .post(&format!("{ONE}/tags"), json!({"name": "a", "value": "b"}))
        .await
        .expect(200);
    let new = json!({"project": "web", "name": "dev"});
    cloud.post(ALL, new).await.message(409);
}

#[tokio::test]
async fn what_the_check_refuses_is_never_saved() {
    let cloud = cloud_with(json!({"values": {"a": 1}})).await;
    let wrong = json!({"values": {"a": "${b}"}});
    for (method, path) in [
        ("POST", format!("{ALL}/yaml/check")),
        ("PATCH", ONE.to_owned()),
    ] {
        let (status, body) = cloud.ask(method, &path, wrong.clone()).await;
        assert_eq!((status, &body["code"]), (400, &json!(400)));
        assert_eq!(
            body["diagnostics"][0]["summary"], "there is no such value",
            "{method}"
        );
        assert_eq!(
            body["diagnostics"][0]["range"]["begin"]["line"], 1,
            "{method}"
        );
    }
    assert_eq!(opened(&cloud, ONE).await, json!({"a": 1}));
    let text = client()
        .patch(cloud.url(ONE))
        .header("Authorization", format!("token {TOKEN}"));
    let answer = text.body(vec![0xff]).send().await.unwrap();
    assert_eq!(answer.status(), 400);
}

#[tokio::test]
async fn secrets_are_sealed_in_definitions_and_open_where_it_is_asked() {
    let definition = json!({"values": {"pw": {"fn::secret": "hush"}, "url": "x:${pw}"}});
    let cloud = cloud_with(definition.clone()).await;
    let kept = cloud.get(ONE).await.expect(200).to_string();
    assert!(
        kept.contains("ciphertext") && !kept.contains("hush"),
        "{kept}"
    );
    assert_eq!(
        cloud.get(&format!("{ONE}/decrypt")).await.expect(200),
        definition
    );
    assert_eq!(
        opened(&cloud, ONE).await,
        json!({"pw": "hush", "url": "x:hush"})
    );

    let check = format!("{ALL}/yaml/check");
    let hidden = cloud.post(&check, definition.clone()).await.expect(200);
    assert_eq!(
        plain(&json!({ "value": hidden["properties"] })),
        json!({"pw": "[secret]", "url": "[secret]"})
    );
    assert_eq!(hidden["properties"]["url"]["secret"], true);
    assert_eq!(
        hidden["environmentFunctionSummary"]["funcCounts"],
        json!({"fn::secret": 1})
    );
    let shown = cloud
        .post(&format!("{check}?showSecrets=true"), definition)
        .await
        .expect(200);
    assert_eq!(shown["properties"]["url"]["value"], "x:hush");

    // `aHVzaA==` is `hush`.
    let sealed = cloud
        .post(
            &format!("{ONE}/encrypt-secrets"),
            json!({"plaintexts": ["aHVzaA=="]}),
        )
        .await
        .expect(200);
    let of_client =
        json!({"values": {"pw": {"fn::secret": {"ciphertext": sealed["ciphertexts"][0]}}}});
    cloud.patch(ONE, of_client).await.expect(200);
    assert_eq!(opened(&cloud, ONE).await, json!({"pw": "hush"}));
    let foreign = json!({"values": {"pw": {"fn::secret": {"ciphertext": "aHVzaA=="}}}});
    assert_snapshot!(cloud.patch(ONE, foreign).await.message(400), @"Bad Request: line 1: this ciphertext was not made by this cloud, or was changed");
}

#[tokio::test]
async fn a_definition_that_was_changed_meanwhile_is_not_overwritten() {
    let cloud = cloud_with(json!({"values": {"a": 1}})).await;
    let authorization = format!("token {TOKEN}");
    let read = client()
        .get(cloud.url(ONE))
        .header("Authorization", &authorization)
        .send()
        .await
        .unwrap();
    assert_eq!(read.headers()["pulumi-esc-revision"], "2");
    let etag = read.headers()["etag"].clone();
    let write = async || {
        let request = client()
            .patch(cloud.url(ONE))
            .header("Authorization", &authorization);
        let answer = request
            .header("If-Match", &etag)
            .body("values: {a: 2}")
            .send()
            .await
            .unwrap();
        let revision = answer
            .headers()
            .get("pulumi-esc-revision")
            .map(|number| number.to_str().unwrap().to_owned());
        (answer.status().as_u16(), revision)
    };
    assert_eq!(write().await, (200, Some("3".to_owned())));
    assert_eq!(write().await, (409, None));
    assert_eq!(opened(&cloud, ONE).await, json!({"a": 2}));
}

#[tokio::test]
async fn imports_are_followed_within_the_organization() {
    let cloud = cloud_with(json!({"values": {"a": {"x": 1, "y": 1}}})).await;
    cloud
        .patch(ONE, json!({"values": {"a": {"x": 2, "y": 2}}}))
        .await
        .expect(200);
    cloud
        .post(ALL, json!({"project": "web", "name": "top"}))
        .await
        .expect(200);
    let top = "/api/esc/environments/acme/web/top";
    cloud
        .patch(
            top,
            json!({"imports": ["web/dev@2"], "values": {"a": {"y": 3}}}),
        )
        .await
        .expect(200);
    assert_eq!(opened(&cloud, top).await, json!({"a": {"x": 1, "y": 3}}));
    assert_eq!(
        opened(&cloud, &format!("{ONE}/versions/latest")).await,
        json!({"a": {"x": 2, "y": 2}})
    );

    let open = |definition: Value| {
        let path = format!("{ALL}/yaml/open");
        let cloud = &cloud;
        async move { cloud.post(&path, definition).await }
    };
    let id = open(json!({"imports": ["web/top", "web/dev"]}))
        .await
        .expect(200)["id"]
        .clone();
    let id = id.as_str().unwrap();
    let found = cloud
        .get(&format!("{ALL}/yaml/open/{id}?property=a.y"))
        .await
        .expect(200);
    assert_eq!(found["value"], 2, "the last import counts");
    assert_eq!(found["trace"]["def"]["environment"], "web/dev");
    cloud.get(&format!("{ONE}/open/{id}")).await.message(404);
    assert_snapshot!(open(json!({"imports": ["web/none"]})).await.message(400), @"Bad Request: <yaml>: line 1: environment `web/none` does not exist");
    let provider = json!({"values": {"aws": {"fn::open::aws-login": {}}}});
    assert_snapshot!(open(provider).await.message(400), @"Bad Request: <yaml>: line 1: a local cloud does not evaluate `fn::open::aws-login`: write the value itself");
}

#[tokio::test]
async fn revisions_and_their_tags() {
    let cloud = cloud_with(json!({"values": {"a": 2}})).await;
    cloud
        .patch(ONE, json!({"values": {"a": 3}}))
        .await
        .expect(200);
    let tags = format!("{ONE}/versions/tags");
    cloud
        .post(&tags, json!({"name": "stable", "revision": 2}))
        .await
        .expect(200);
    cloud
        .post(&tags, json!({"name": "stable"}))
        .await
        .message(409);
    assert_snapshot!(cloud.post(&tags, json!({"name": "latest"})).await.message(400), @"Bad Request: the name of a tag of revisions begins with a letter and is not `latest`: `latest` does not fit");
    assert_snapshot!(cloud.post(&tags, json!({"name": "x", "revision": 9})).await.message(404), @"Not Found: environment `acme/web/dev` has no revision `9`");
    assert_eq!(
        opened(&cloud, &format!("{ONE}/versions/stable")).await,
        json!({"a": 2})
    );
    let told = |list: Value| -> Vec<(i64, Value)> {
        let list = list.as_array().unwrap().clone();
        list.iter()
            .map(|one| (one["number"].as_i64().unwrap(), one["tags"].clone()))
            .collect()
    };
    let list = cloud
        .get(&format!("{ONE}/versions?before=0&count="))
        .await
        .expect(200);
    assert_eq!(
        told(list),
        [
            (3, json!(["latest"])),
            (2, json!(["stable"])),
            (1, json!([]))
        ]
    );
    let list = cloud
        .get(&format!("{ONE}/versions?before=3&count=1"))
        .await
        .expect(200);
    assert_eq!(told(list), [(2, json!(["stable"]))]);

    cloud
        .patch(&format!("{tags}/stable"), json!({"revision": 3}))
        .await
        .expect(200);
    assert_eq!(
        cloud.get(&format!("{tags}/stable")).await.expect(200)["revision"],
        3
    );
    let first = cloud.get(&format!("{tags}?count=1")).await.expect(200);
    assert_eq!(
        (names(&first["tags"]), &first["nextToken"]),
        (vec!["latest"], &json!("latest"))
    );
    let rest = cloud
        .get(&format!("{tags}?count=1&after=latest"))
        .await
        .expect(200);
    assert_eq!(
        (names(&rest["tags"]), &rest["nextToken"]),
        (vec!["stable"], &json!(""))
    );
    cloud.delete(&format!("{tags}/stable")).await.expect(204);
    cloud
        .get(&format!("{ONE}/versions/stable"))
        .await
        .message(404);
}

#[tokio::test]
async fn tags_settings_and_lists() {
    let cloud = cloud_with(json!({"values": {}})).await;
    let tags = format!("{ONE}/tags");
    cloud
        .post(&tags, json!({"name": "owner", "value": "me"}))
        .await
        .expect(200);
    cloud
        .post(&tags, json!({"name": "owner", "value": "me"}))
        .await
        .message(409);
    let change = |from: &str| json!({"currentTag": {"value": from}, "newTag": {"name": "team", "value": "us"}});
    cloud
        .patch(&format!("{tags}/owner"), change("you"))
        .await
        .message(409);
    cloud
        .patch(&format!("{tags}/owner"), change("me"))
        .await
        .expect(200);
    assert_eq!(
        cloud.get(&tags).await.expect(200)["tags"]["team"]["value"],
        "us"
    );
    let added = json!({"name": "zone", "value": "eu"});
    cloud.post(&tags, added).await.expect(200);
    for (query, name, token) in [("?count=1", "team", "1"), ("?count=1&after=1", "zone", "0")] {
        let page = cloud.get(&format!("{tags}{query}")).await.expect(200);
        let found = page["tags"].as_object().unwrap().keys();
        let found: Vec<_> = found.map(String::as_str).collect();
        assert_eq!(
            (found, &page["nextToken"]),
            (vec![name], &json!(token)),
            "{query}"
        );
    }
    cloud.delete(&format!("{tags}/zone")).await.expect(204);
    cloud.delete(&format!("{tags}/none")).await.message(404);

    let settings = format!("{ONE}/settings");
    cloud
        .patch(&settings, json!({"deletionProtected": true}))
        .await
        .expect(200);
    assert_snapshot!(cloud.delete(ONE).await.message(409), @"Conflict: environment `acme/web/dev` is protected from deletion");
    cloud
        .patch(&settings, json!({"deletionProtected": false}))
        .await
        .expect(200);
    assert_eq!(
        cloud.get(&settings).await.expect(200),
        json!({"deletionProtected": false})
    );

    cloud
        .post(ALL, json!({"project": "web", "name": "two"}))
        .await
        .expect(200);
    let first = cloud.get(&format!("{ALL}?maxResults=1")).await.expect(200);
    assert_eq!(names(&first["environments"]), ["dev"]);
    assert_eq!(first["environments"][0]["tags"], json!({"team": "us"}));
    let token = first["nextToken"].as_str().unwrap();
    let rest = cloud
        .get(&format!("/api/esc/environments?continuationToken={token}"))
        .await
        .expect(200);
    assert_eq!(
        (names(&rest["environments"]), rest.get("nextToken")),
        (vec!["two"], None)
    );
    cloud
        .get(&format!("{ALL}?continuationToken=nonsense"))
        .await
        .message(400);
    cloud.get(&format!("{ALL}?maxResults=0")).await.message(400);
}

#[tokio::test]
async fn cloned_with_and_without_their_past() {
    let cloud = cloud_with(json!({"values": {"pw": {"fn::secret": "hush"}}})).await;
    cloud
        .post(
            &format!("{ONE}/tags"),
            json!({"name": "owner", "value": "me"}),
        )
        .await
        .expect(200);
    cloud
        .post(&format!("{ONE}/versions/tags"), json!({"name": "stable"}))
        .await
        .expect(200);
    let clone = format!("{ONE}/clone");
    cloud
        .post(&clone, json!({"name": "plain"}))
        .await
        .expect(200);
    let whole = json!({"project": "other", "name": "whole", "preserveHistory": true, "preserveEnvironmentTags": true,
        "preserveRevisionTags": true});
    cloud.post(&clone, whole.clone()).await.expect(200);
    cloud.post(&clone, whole).await.message(409);
    cloud.delete(ONE).await.expect(200);
    for (path, revisions, tags) in [
        ("web/plain", 1, json!({})),
        ("other/whole", 2, json!({"owner": "me"})),
    ] {
        let path = format!("{ALL}/{path}");
        assert_eq!(opened(&cloud, &path).await, json!({"pw": "hush"}), "{path}");
        let list = cloud.get(&format!("{path}/versions")).await.expect(200);
        assert_eq!(list.as_array().unwrap().len(), revisions, "{path}");
        let list = cloud.get(ALL).await.expect(200);
        let list = list["environments"].as_array().unwrap().clone();
        let found = list
            .iter()
            .find(|one| path.ends_with(one["name"].as_str().unwrap()))
            .unwrap();
        assert_eq!(found["tags"], tags, "{path}");
    }
    assert_eq!(
        opened(&cloud, &format!("{ALL}/other/whole/versions/stable")).await,
        json!({"pw": "hush"})
    );
}

#[tokio::test]
async fn webhooks_are_told() {
    let receiver = Receiver::start(200).await;
    let cloud = Cloud::start().await;
    let ours = hook(json!({"payloadUrl": receiver.url, "groups": ["environments"], "secret": "o"}));
    cloud.post("/api/orgs/acme/hooks", ours).await.expect(201);
    cloud.make_environment().await;
    let own = hook(
        json!({"payloadUrl": receiver.url, "name": "own", "projectName": "web", "envName": "dev",
        "filters": ["environment_revision_created", "environment_tag_updated"]}),
    );
    cloud.post(&format!("{ONE}/hooks"), own).await.expect(201);
    cloud.patch(ONE, json!({"values": {}})).await.expect(200);
    cloud
        .post(&format!("{ONE}/tags"), json!({"name": "a", "value": "b"}))
        .await
        .expect(200);
    let change = json!({"currentTag": {"value": "b"}, "newTag": {"value": "c"}});
    cloud
        .patch(&format!("{ONE}/tags/a"), change)
        .await
        .expect(200);
    cloud.delete(&format!("{ONE}/tags/a")).await.expect(204);
    cloud
        .post(&format!("{ONE}/versions/tags"), json!({"name": "t"}))
        .await
        .expect(200);
    let deliveries = until(async || {
        let own = cloud
            .get(&format!("{ONE}/hooks/own/deliveries"))
            .await
            .expect(200);
        (own.as_array().unwrap().len() == 2).then_some(own)
    })
    .await;
    let payload = |delivery: &Value| -> Value {
        serde_json::from_str(delivery["payload"].as_str().unwrap()).unwrap()
    };
    let revision = payload(&deliveries[1]);
    assert_eq!(
        (
            &revision["action"],
            &revision["revision"],
            &revision["environmentName"],
            &revision["projectName"]
        ),
        (&json!("created"), &json!(2), &json!("dev"), &json!("web"))
    );
    assert_eq!(payload(&deliveries[0])["action"], "updated");

    cloud.delete(ONE).await.expect(200);
    let mut kinds = Vec::new();
    until(async || {
        for delivery in receiver.take() {
            // Only the webhook of the organization signs.
            if delivery.header("pulumi-webhook-signature").is_some() {
                let payload: Value = serde_json::from_str(&delivery.body).unwrap();
                let kind = delivery.header("pulumi-webhook-kind").unwrap();
                kinds.push(format!("{kind} {}", payload["action"].as_str().unwrap()));
            }
        }
        (kinds.len() == 7).then_some(())
    })
    .await;
    assert_eq!(
        kinds,
        [
            "environment created",
            "environment_revision created",
            "environment_tag created",
            "environment_tag updated",
            "environment_tag deleted",
            "environment_revision_tag created",
            "environment deleted",
        ]
    );
}
