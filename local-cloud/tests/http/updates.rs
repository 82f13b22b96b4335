//! Updates from their creation to their end.

use crate::runs::{Hands, Run, STACK, create, new_update, state, told};
use crate::support::{Cloud, NOW, builder};
use insta::{assert_json_snapshot, assert_snapshot};
use local_cloud::Method;
use rusqlite::Connection;
use serde_json::{Value, json};
use std::time::Duration;
use testkit::api::{TOKEN, client};
use testkit::patience::until;
use tokio::time::timeout;

#[tokio::test]
async fn an_update_that_runs() {
    let cloud = Cloud::with_stack().await;
    assert_eq!(
        cloud.get(&format!("{STACK}/export")).await.expect(200),
        json!({"version": 3, "deployment": null})
    );
    let run = Run::start_as(
        &cloud,
        STACK,
        "update",
        json!({"journalVersion": 1, "tags": {"a": "b"}}),
    )
    .await;
    assert_json_snapshot!(run.started, {".token" => "[token]"}, @r#"
    {
      "journalVersion": 1,
      "token": "[token]",
      "tokenExpiration": 1767225900,
      "version": 1
    }
    "#);
    assert_eq!(run.started["tokenExpiration"], NOW + 300);
    assert_json_snapshot!(cloud.get(STACK).await.expect(200), {".id" => "[id]", ".activeUpdate" => "[id]"}, @r#"
    {
      "activeUpdate": "[id]",
      "currentOperation": {
        "author": "local",
        "kind": "update",
        "started": 1767225600
      },
      "id": "[id]",
      "orgName": "acme",
      "projectName": "web",
      "stackName": "dev",
      "tags": {
        "a": "b"
      },
      "version": 0
    }
    "#);
}

#[tokio::test]
async fn a_journal_becomes_a_state() {
    let cloud = Cloud::with_stack().await;
    let export = format!("{STACK}/export");
    let run = Run::start(&cloud, "update").await;
    let during = cloud.get(STACK).await.expect(200);
    run.journal(
        1,
        json!([{"kind": 6, "operationID": 0, "secretsProvider": {"type": "x"}}]),
    )
    .await
    .expect(204);
    run.journal(2, create(1, "one").into()).await.expect(204);
    run.journal(4, json!([create(2, "two")[0]]))
        .await
        .expect(204);
    assert_eq!(
        told(&cloud).await,
        ["one", "creating two"],
        "what there is so far"
    );
    run.journal(5, json!([create(2, "two")[1]]))
        .await
        .expect(204);
    assert_eq!(run.complete("succeeded").await.expect(204), Value::Null);
    assert_json_snapshot!(cloud.get(&export).await.expect(200), @r#"
    {
      "deployment": {
        "manifest": {
          "magic": "f034461b2747c82ae2db69bf651fa6eedfae06a2a3db54f575a40a6461a2dd71",
          "time": "2026-01-01T00:00:00Z",
          "version": "3.259.0"
        },
        "metadata": {},
        "resources": [
          {
            "custom": true,
            "id": "one",
            "type": "a:b:C",
            "urn": "urn:pulumi:dev::web::a:b:C::one"
          },
          {
            "custom": true,
            "id": "two",
            "type": "a:b:C",
            "urn": "urn:pulumi:dev::web::a:b:C::two"
          }
        ],
        "secrets_providers": {
          "type": "x"
        }
      },
      "version": 3
    }
    "#);
    let after = cloud.get(STACK).await.expect(200);
    assert_eq!(
        (&after["version"], &after["currentOperation"]),
        (&json!(1), &Value::Null)
    );
    assert_eq!(
        after["activeUpdate"], during["activeUpdate"],
        "the last one, for `pulumi cancel`"
    );
    let listed = cloud.get("/api/user/stacks").await.expect(200);
    assert_eq!(
        (
            &listed["stacks"][0]["resourceCount"],
            &listed["stacks"][0]["lastUpdate"]
        ),
        (&json!(2), &json!(NOW))
    );
}

#[tokio::test]
async fn an_update_with_checkpoints() {
    let cloud = Cloud::with_stack().await;
    let run = Run::start_as(&cloud, STACK, "update", json!({})).await;
    assert_eq!(
        run.started.get("journalVersion"),
        None,
        "it was not offered"
    );
    for names in [&["one"][..], &["one", "two"]] {
        run.checkpoint(state(names)).await.expect(204);
        assert_eq!(told(&cloud).await, names, "each counts at once");
    }
    assert_snapshot!(run.journal(1, create(1, "x").into()).await.message(400), @"Bad Request: this update does not keep a journal");
    run.complete("failed").await.expect(204);
    assert_eq!(told(&cloud).await, ["one", "two"]);
    let run = Run::start(&cloud, "destroy").await;
    assert_snapshot!(run.checkpoint(state(&[])).await.message(400), @"Bad Request: this update keeps a journal, and takes no checkpoints");
    let other = json!({"version": 3, "deployment": {"resources": [{"urn": "u"}]}});
    let plain = Run::start_as(&cloud, STACK, "preview", json!({})).await;
    assert_snapshot!(plain.checkpoint(state(&[])).await.message(403), @"Forbidden: a preview changes no state");
    assert_snapshot!(run.checkpoint(other).await.message(400), @"Bad Request: the state's deployment is not one");
}

#[tokio::test]
async fn a_newer_client_gets_the_newest_journal_that_the_cloud_knows() {
    for (offered, taken) in [
        (json!(null), json!(null)),
        (json!(-1), json!(null)),
        (json!(0), json!(null)),
        (json!(1), json!(1)),
        (json!(2), json!(2)),
        (json!(7), json!(2)),
    ] {
        let cloud = Cloud::with_stack().await;
        let run = Run::start_as(&cloud, STACK, "update", json!({"journalVersion": offered})).await;
        assert_eq!(run.started["journalVersion"], taken, "{offered}");
    }
}

/// A state migration that replaces the first resource of the base by `name`.
fn migration(name: &str) -> Value {
    let state = json!({"urn": format!("urn:pulumi:dev::web::a:b:C::{name}"), "type": "a:b:C", "custom": true, "id": name});
    json!({"kind": 10, "layout": [{"stateIndex": 0}, {"baseIndex": 1}], "states": [state]})
}

#[tokio::test]
async fn a_state_migration_takes_a_journal_of_the_second_version() {
    let cloud = Cloud::with_stack().await;
    let import = format!("{STACK}/import");
    let import = cloud.post(&import, state(&["one", "two"])).await;
    import.expect(200);
    let offer = async |newest: i64| {
        let offer = json!({"journalVersion": newest});
        Run::start_as(&cloud, STACK, "update", offer).await
    };
    let run = offer(1).await;
    let refused = run.journal_as(2, 1, json!([migration("three")])).await;
    assert_snapshot!(refused.message(400), @"Bad Request: entry 1 has version 2, and this update keeps a journal of version 1");
    run.complete("succeeded").await.expect(204);
    assert_eq!(told(&cloud).await, ["one", "two"]);

    let run = offer(2).await;
    let sent = run.journal_as(2, 1, json!([migration("three")])).await;
    sent.expect(204);
    assert_eq!(told(&cloud).await, ["three", "two"], "while it runs");
    run.journal_as(2, 2, create(1, "four").into())
        .await
        .expect(204);
    run.complete("succeeded").await.expect(204);
    assert_eq!(told(&cloud).await, ["four", "three", "two"]);

    let run = offer(2).await;
    run.journal_as(2, 1, create(1, "five").into())
        .await
        .expect(204);
    let mut wrong = migration("six");
    wrong["layout"] = json!([{"stateIndex": 0}, {"baseIndex": 3}]);
    let sent = run.journal_as(2, 3, json!([wrong])).await;
    sent.expect(204);
    let refused = run.complete("succeeded").await;
    assert_snapshot!(refused.message(400), @"Bad Request: entry 3 of the journal cannot be applied: `layout[1]` is 3, and there are 3 resources");
    cloud
        .post(&format!("{}/cancel", run.path), Value::Null)
        .await
        .expect(204);
    assert_eq!(
        told(&cloud).await,
        ["five", "four", "three", "two"],
        "what came before it"
    );
}

#[tokio::test]
async fn numbers_and_unknown_members_are_kept() {
    let cloud = Cloud::with_stack().await;
    let run = Run::start_as(&cloud, STACK, "update", json!({})).await;
    let text = r#"{"isInvalid":false,"version":4,"features":["views"],"deployment":{"resources":[],"n":123456789012345678901234567890.10,"e":1e999,"later":{"z":1,"a":2}}}"#;
    let body = crate::runs::gzip(text.as_bytes());
    let auth = format!("update-token {}", run.token);
    let path = format!("{}/checkpoint", run.path);
    crate::runs::packed_bytes(&cloud, Method::PATCH, &path, &auth, body)
        .await
        .expect(204);
    run.complete("succeeded").await.expect(204);
    let request = testkit::api::client().get(cloud.url(&format!("{STACK}/export")));
    let response = request
        .header("Authorization", format!("token {TOKEN}"))
        .send()
        .await
        .unwrap();
    assert_snapshot!(response.text().await.unwrap(), @r#"{"version":4,"features":["views"],"deployment":{"resources":[],"n":123456789012345678901234567890.10,"e":1e999,"later":{"z":1,"a":2}}}"#);
}

#[tokio::test]
async fn a_preview_changes_nothing_and_holds_up_nobody() {
    let cloud = Cloud::with_stack().await;
    let run = Run::start(&cloud, "update").await;
    let preview = Run::start(&cloud, "preview").await;
    assert_eq!(preview.started["version"], 0);
    assert_eq!(preview.started.get("journalVersion"), None);
    assert_ne!(preview.token, "");
    preview.complete("succeeded").await.expect(204);
    run.complete("succeeded").await.expect(204);
    assert_eq!(cloud.get(STACK).await.expect(200)["version"], 1);
    let history = cloud.get(&format!("{STACK}/updates")).await.expect(200);
    assert_eq!(history["updates"].as_array().unwrap().len(), 1);
    let previews = cloud
        .get(&format!(
            "{STACK}/updates/latest/previews?asc=false&pageSize=1&page=1"
        ))
        .await
        .expect(200);
    assert!(
        preview
            .path
            .ends_with(previews["updates"][0]["updateID"].as_str().unwrap())
    );
}

#[tokio::test]
async fn one_update_at_a_time() {
    let cloud = Cloud::with_stack().await;
    let made = cloud
        .post(&format!("{STACK}/destroy"), new_update(false))
        .await
        .expect(200);
    let other = format!("{STACK}/update/{}", made["updateID"].as_str().unwrap());
    let run = Run::start(&cloud, "update").await;
    let start = async || cloud.post(&other, json!({"journalVersion": 1})).await;
    assert_snapshot!(start().await.message(409), @"Conflict: Another update is currently in progress.");
    assert_snapshot!(cloud.post(&run.path, json!({})).await.message(409), @"Conflict: the update has already begun");
    let import = async || {
        cloud
            .post(&format!("{STACK}/import"), state(&["one"]))
            .await
    };
    assert_snapshot!(import().await.message(409), @"Conflict: Another update is currently in progress.");
    let rename = async || {
        cloud
            .post(
                &format!("{STACK}/rename"),
                json!({"newName": "prod", "newProject": "web"}),
            )
            .await
    };
    rename().await.message(409);
    cloud
        .delete(&format!("{STACK}?force=true"))
        .await
        .message(409);
    cloud
        .post(&format!("{}/cancel", run.path), Value::Null)
        .await
        .expect(204);
    start().await.expect(200);
    cloud
        .post(&format!("{other}/cancel"), Value::Null)
        .await
        .expect(204);
    import().await.expect(200);
    rename().await.expect(200);
}

#[tokio::test]
async fn changes_that_are_no_numbers_are_refused() {
    let cloud = Cloud::with_stack().await;
    let run = Run::start(&cloud, "update").await;
    let deep = format!("{}1{}", "[".repeat(100), "]".repeat(100));
    let deep: Value = serde_json::from_str(&deep).unwrap();
    for changes in [deep, json!({"create": "one"}), json!([1])] {
        let events = json!([{"summaryEvent": {"resourceChanges": changes}}]);
        let said = run.events(0, events).await.message(400);
        assert!(
            said.contains("is not a number for each operation"),
            "{said}"
        );
    }
    for changes in [json!({"create": 1, "same": 2}), json!({}), Value::Null] {
        let events = json!([{"summaryEvent": {"resourceChanges": changes}}]);
        run.events(0, events).await.expect(200);
    }
}

#[tokio::test]
async fn an_update_ends_once() {
    let cloud = Cloud::with_stack().await;
    let run = Run::start(&cloud, "update").await;
    run.journal(1, create(1, "one").into()).await.expect(204);
    run.complete("succeeded").await.expect(204);
    run.complete("succeeded").await.expect(204);
    assert_snapshot!(run.complete("failed").await.message(409), @"Conflict: the update has already ended: succeeded");
    run.journal(3, create(2, "two").into()).await.message(409);
    run.events(0, json!([{"stdoutEvent": {}}]))
        .await
        .message(409);
    run.renew().await.message(409);
    cloud
        .post(&format!("{}/cancel", run.path), Value::Null)
        .await
        .message(409);
    cloud.post(&run.path, json!({})).await.message(409);
    assert_eq!(told(&cloud).await, ["one"]);
}

#[tokio::test]
async fn a_cancelled_update_keeps_what_was_done() {
    let cloud = Cloud::with_stack().await;
    let run = Run::start(&cloud, "update").await;
    let cancel = format!("{}/cancel", run.path);
    run.journal(1, create(1, "one").into()).await.expect(204);
    run.journal(3, json!([create(2, "two")[0]]))
        .await
        .expect(204);
    cloud.post(&cancel, Value::Null).await.expect(204);
    cloud.post(&cancel, Value::Null).await.expect(204);
    assert_eq!(told(&cloud).await, ["one", "creating two"]);
    assert_snapshot!(run.journal(4, json!([create(2, "two")[1]])).await.message(409), @"Conflict: the update has already ended: cancelled");
    run.complete("failed").await.message(409);
    assert_eq!(
        cloud.get(&run.path).await.expect(200)["status"],
        "cancelled"
    );
    let updates = cloud.get(&format!("{STACK}/updates")).await.expect(200);
    assert_eq!(updates["updates"][0]["result"], "failed");
    assert_eq!(
        told(&cloud).await,
        ["one", "creating two"],
        "an operation that may have gone on stays pending"
    );
}

#[tokio::test]
async fn a_lease_that_is_not_renewed_ends_the_update() {
    let (hands, builder) = Hands::new();
    let cloud = Cloud::with_stack_on(builder).await;
    let run = Run::start(&cloud, "update").await;
    run.journal(1, create(1, "one").into()).await.expect(204);
    hands.forward(299);
    let renewed = run.renew().await.expect(200);
    assert_eq!(
        renewed,
        json!({"token": run.token, "tokenExpiration": NOW + 599})
    );
    hands.forward(299);
    run.journal(3, create(2, "two").into()).await.expect(204);
    hands.forward(1);
    assert_snapshot!(run.renew().await.message(403), @"Forbidden: the lease of this update has expired: run `pulumi up`, or the command that it came from, again");
    run.journal(5, create(3, "three").into()).await.message(403);
    run.complete("succeeded").await.message(403);
    assert_eq!(
        cloud.get(STACK).await.expect(200).get("currentOperation"),
        None
    );
    let next = Run::start(&cloud, "update").await;
    assert_eq!(next.started["version"], 2, "the stack is free");
    assert_eq!(told(&cloud).await, ["one", "two"]);
    run.complete("succeeded").await.message(403);
    assert_eq!(cloud.get(&run.path).await.expect(200)["status"], "failed");
}

#[tokio::test]
async fn an_update_that_cannot_be_ended_holds_up_no_other() {
    let data = tempfile::tempdir().unwrap();
    let (hands, builder) = Hands::new();
    let cloud = Cloud::with_stack_on(builder.data(data.path())).await;
    cloud
        .post("/api/stacks/acme/web", json!({"stackName": "other"}))
        .await
        .expect(200);
    let first = Run::start(&cloud, "update").await;
    let other = "/api/stacks/acme/web/other";
    let second = Run::start_as(&cloud, other, "update", json!({"journalVersion": 1})).await;
    let uid = first.path.rsplit('/').next().unwrap();
    let database = Connection::open(data.path().join("cloud.db")).unwrap();
    let trouble = format!(
        "CREATE TRIGGER trouble BEFORE UPDATE OF status ON updates WHEN NEW.uid = '{uid}'
         BEGIN SELECT RAISE(ABORT, 'trouble'); END"
    );
    database.execute_batch(&trouble).unwrap();
    hands.forward(301);
    let (first, second) = (first.path.clone(), second.path.clone());
    cloud.server.stop().await;
    // Expired leases are looked for at the start.
    let cloud = Cloud::start_with(hands.set(crate::support::builder()).data(data.path())).await;
    let status = async |path: &str| cloud.get(path).await.expect(200)["status"].clone();
    until(async || (status(&second).await == "failed").then_some(())).await;
    assert_eq!(status(&first).await, "running");
    cloud.server.stop().await;
}

#[tokio::test]
async fn what_ran_when_the_cloud_was_stopped_goes_on_or_is_ended() {
    let data = tempfile::tempdir().unwrap();
    let (hands, builder) = Hands::new();
    let cloud = Cloud::with_stack_on(builder.data(data.path())).await;
    let run = Run::start(&cloud, "update").await;
    run.journal(1, create(1, "one").into()).await.expect(204);
    let (path, token, started) = (run.path.clone(), run.token.clone(), run.started.clone());
    cloud.server.stop().await;

    let again = || hands.set(crate::support::builder()).data(data.path());
    let cloud = Cloud::start_with(again()).await;
    let run = Run {
        path: path.clone(),
        token,
        started,
        cloud: &cloud,
    };
    assert_eq!(told(&cloud).await, ["one"]);
    run.journal(3, create(2, "two").into()).await.expect(204);
    let stack = cloud.get(STACK).await.expect(200);
    assert_eq!(stack["currentOperation"]["kind"], "update");
    cloud.server.stop().await;

    hands.forward(300);
    let cloud = Cloud::start_with(again()).await;
    // It is found without a request.
    let ended = async {
        while cloud.get(&path).await.expect(200)["status"] == "running" {
            tokio::task::yield_now().await;
        }
    };
    timeout(Duration::from_mins(1), ended).await.unwrap();
    assert_eq!(told(&cloud).await, ["one", "two"]);
    cloud
        .post(&format!("{path}/cancel"), Value::Null)
        .await
        .message(409);
    cloud.server.stop().await;
}

#[tokio::test]
async fn a_lease_opens_its_own_update_only() {
    let cloud = Cloud::with_stack().await;
    cloud
        .post("/api/stacks/acme/web", json!({"stackName": "prod"}))
        .await
        .expect(200);
    let run = Run::start(&cloud, "update").await;
    let other = Run::start_as(&cloud, "/api/stacks/acme/web/prod", "update", json!({})).await;
    let mut thief = run.clone();
    thief.token.clone_from(&other.token);
    for (token, status) in [(other.token.as_str(), 403), ("lease-0", 403), ("", 403)] {
        thief.token = token.to_owned();
        thief.renew().await.message(status);
        thief
            .journal(1, create(1, "one").into())
            .await
            .message(status);
        thief
            .events(0, json!([{"stdoutEvent": {}}]))
            .await
            .message(status);
        thief.complete("succeeded").await.message(status);
    }
    let auth = format!("update-token {}", run.token);
    for path in [STACK, "/api/user", "/api/user/stacks", &run.path] {
        let request = testkit::api::client()
            .get(cloud.url(path))
            .header("Authorization", &auth);
        assert_eq!(request.send().await.unwrap().status(), 401, "{path}");
    }
    let complete = format!("{}/complete", run.path);
    cloud
        .post(&complete, json!({"status": "succeeded"}))
        .await
        .message(403);
    let elsewhere = run.path.replace("/dev/", "/prod/");
    let lost = Run {
        path: elsewhere,
        ..run.clone()
    };
    lost.renew().await.message(404);
    let unknown = Run {
        path: format!("{STACK}/update/%2e%2e%2f"),
        ..run.clone()
    };
    unknown.renew().await.message(404);
    assert_eq!(told(&cloud).await, [""; 0]);
    run.complete("succeeded").await.expect(204);
}

#[tokio::test]
async fn an_update_that_has_not_begun() {
    let cloud = Cloud::with_stack().await;
    let made = cloud
        .post(&format!("{STACK}/update"), new_update(false))
        .await
        .expect(200);
    let path = format!("{STACK}/update/{}", made["updateID"].as_str().unwrap());
    assert_eq!(
        cloud.get(&path).await.expect(200),
        json!({"status": "not started", "events": []})
    );
    cloud
        .post(&format!("{path}/cancel"), Value::Null)
        .await
        .message(409);
    assert_eq!(
        cloud.get(&format!("{STACK}/updates")).await.expect(200),
        json!({"updates": []})
    );
    assert_eq!(cloud.get(STACK).await.expect(200)["activeUpdate"], "");
    cloud
        .get(&format!("{STACK}/updates/latest"))
        .await
        .message(404);
    cloud
        .post(&path, json!({"tags": {"a b": ""}}))
        .await
        .message(400);
    assert_eq!(cloud.get(&path).await.expect(200)["status"], "not started");
    cloud
        .get(&format!("{STACK}/update/nothing"))
        .await
        .message(404);
    cloud
        .post("/api/stacks/acme/web/other/update", new_update(false))
        .await
        .message(404);
}

#[tokio::test]
async fn a_stack_with_resources_is_deleted_only_by_force() {
    let cloud = Cloud::start_with(builder()).await;
    for name in ["dev", "prod"] {
        let new = json!({"stackName": name, "state": state(&["one"])});
        cloud.post("/api/stacks/acme/web", new).await.expect(200);
    }
    assert_eq!(told(&cloud).await, ["one"]);
    let message = cloud
        .delete(&format!("{STACK}?force=false"))
        .await
        .message(400);
    assert_eq!(message, "Bad Request: Stack still contains resources.");
    cloud
        .delete(&format!("{STACK}?force=true"))
        .await
        .expect(204);
    cloud
        .delete("/api/stacks/acme/web/prod?forceDestroy=true")
        .await
        .expect(204);
    cloud.get(STACK).await.message(404);
    cloud
        .delete(&format!("{STACK}?force=maybe"))
        .await
        .message(400);
}

#[tokio::test]
async fn the_secrets_provider_is_where_the_client_knows_the_cloud() {
    let cloud = Cloud::with_stack().await;
    let provider =
        json!({"type": "service", "state": {"url": "http://127.0.0.1:1", "stack": "dev"}});
    let state =
        json!({"version": 3, "deployment": {"manifest": {}, "secrets_providers": provider}});
    cloud
        .post(&format!("{STACK}/import"), state)
        .await
        .expect(200);
    let exported = cloud.get(&format!("{STACK}/export")).await.expect(200);
    let provider = &exported["deployment"]["secrets_providers"];
    assert_eq!(provider["state"]["url"], cloud.server.url());
}

#[tokio::test]
async fn the_secrets_provider_is_where_a_proxy_says_that_the_client_is() {
    let cloud = Cloud::with_stack().await;
    let provider =
        json!({"type": "service", "state": {"url": "https://cloud.test/pulumi", "stack": "dev"}});
    let state =
        json!({"version": 3, "deployment": {"manifest": {}, "secrets_providers": provider}});
    cloud
        .post(&format!("{STACK}/import"), state)
        .await
        .expect(200);
    let exported = async |headers: &[(&str, &str)]| {
        let request = client().get(cloud.url(&format!("{STACK}/export")));
        let request = request.header("Authorization", format!("token {TOKEN}"));
        let request = headers.iter().fold(request, |request, (name, value)| {
            request.header(*name, *value)
        });
        let text = request.send().await.unwrap().text().await.unwrap();
        let exported: Value = serde_json::from_str(&text).unwrap();
        exported["deployment"]["secrets_providers"]["state"]["url"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let forwarded = [
        ("x-forwarded-proto", "https"),
        ("x-forwarded-host", "cloud.test, inner.test"),
        ("x-forwarded-prefix", "/pulumi/"),
    ];
    assert_eq!(exported(&forwarded).await, "https://cloud.test/pulumi");
    assert_eq!(exported(&forwarded[1..2]).await, "http://cloud.test");
    assert_eq!(
        exported(&[("x-forwarded-proto", "file")]).await,
        cloud.server.url()
    );
    assert_eq!(exported(&[]).await, cloud.server.url());
}
