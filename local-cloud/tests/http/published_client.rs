//! What Pulumi's published client says about the service, where it is easy to be more lenient. Each test is one sentence of
//! its types and comments, with the status and the value that it names.

use crate::cascade::cloud_of;
use crate::runs::{Run, STACK, create, new_update, state, told};
use crate::support::{Cloud, Receiver, hook};
use local_cloud::Method;
use serde_json::{Value, json};
use testkit::patience::until;

const DEPLOYMENTS: &str = "/api/stacks/acme/a/dev/deployments";

/// Bodies that mean "no state", by their part of the path.
fn nothings() -> Vec<(&'static str, Value)> {
    let nothing = [
        json!({"version": 3}),
        json!({"version": 3, "deployment": null}),
    ]
    .into_iter()
    .chain([json!({"version": 3, "deployment": {}})]);
    let whole = nothing.clone().map(|body| ("checkpoint", body));
    let verbatim = nothing.map(|body| {
        let body = json!({"version": 1, "untypedDeployment": body, "sequenceNumber": 9});
        ("checkpointverbatim", body)
    });
    let invalid =
        json!({"isInvalid": true, "version": 3, "deployment": state(&["two"])["deployment"]});
    whole
        .chain(verbatim)
        .chain([("checkpoint", invalid)])
        .collect()
}

#[tokio::test]
async fn no_upload_takes_away_the_state_that_was_there() {
    let cloud = Cloud::with_stack().await;
    let run = Run::start_as(&cloud, STACK, "update", json!({})).await;
    run.checkpoint(state(&["one"])).await.expect(204);
    for (name, body) in nothings() {
        run.send(Method::PATCH, name, &body).await.message(400);
        assert_eq!(told(&cloud).await, ["one"], "after {name} with {body}");
    }
    // The same by edits of the previous text.
    let text = r#"{"version":3,"deployment":{"manifest":{}}}"#;
    let raw: Value = serde_json::from_str(text).unwrap();
    let verbatim = json!({"version": 1, "untypedDeployment": raw, "sequenceNumber": 10});
    run.send(Method::PATCH, "checkpointverbatim", &verbatim)
        .await
        .expect(204);
    let kept = cloud.get(&format!("{STACK}/export")).await.expect(200);
    let nothing = r#"{"version":3,"deployment":null}"#;
    let start = text.find(r#"{"manifest"#).unwrap();
    let edit = json!({"Span": {"start": {"offset": start}, "end": {"offset": text.len() - 1}}, "NewText": "null"});
    let delta = json!({
        "version": 1, "checkpointHash": sha256(nothing), "sequenceNumber": 11, "deploymentDelta": [edit],
    });
    run.send(Method::PATCH, "checkpointdelta", &delta)
        .await
        .message(400);
    assert_eq!(
        cloud.get(&format!("{STACK}/export")).await.expect(200),
        kept
    );
}

fn sha256(text: &str) -> String {
    use sha2::Digest as _;
    hex::encode(sha2::Sha256::digest(text))
}

#[tokio::test]
async fn no_journal_and_no_import_takes_away_the_state_that_was_there() {
    let cloud = Cloud::with_stack().await;
    let import = format!("{STACK}/import");
    cloud.post(&import, state(&["one"])).await.expect(200);
    for (_, body) in nothings().into_iter().take(3) {
        cloud.post(&import, body).await.message(400);
        assert_eq!(told(&cloud).await, ["one"]);
    }
    let run = Run::start(&cloud, "update").await;
    for snapshot in [json!(null), json!({})] {
        let write = json!([{"kind": 5, "operationID": 0, "newSnapshot": snapshot}]);
        run.journal(1, write).await.message(400);
        run.journal(1, json!([{"kind": 5, "operationID": 0}]))
            .await
            .message(400);
        assert_eq!(told(&cloud).await, ["one"]);
    }
    run.journal(1, create(1, "two").into()).await.expect(204);
    run.complete("succeeded").await.expect(204);
    assert_eq!(told(&cloud).await, ["two", "one"]);
}

#[tokio::test]
async fn a_preview_may_upload_no_state() {
    let cloud = Cloud::with_stack().await;
    let preview = Run::start_as(&cloud, STACK, "preview", json!({})).await;
    preview.checkpoint(state(&["one"])).await.message(403);
    let verbatim = json!({"version": 1, "untypedDeployment": state(&["one"]), "sequenceNumber": 1});
    preview
        .send(Method::PATCH, "checkpointverbatim", &verbatim)
        .await
        .message(403);
    assert_eq!(told(&cloud).await, [""; 0]);
}

#[tokio::test]
async fn a_lease_is_renewed_for_at_most_five_minutes() {
    let cloud = Cloud::with_stack().await;
    let run = Run::start(&cloud, "update").await;
    for (duration, status) in [(-1, 400), (0, 200), (300, 200), (301, 400)] {
        let body = json!({"token": "", "duration": duration});
        let answer = run.send(Method::POST, "renew_lease", &body).await;
        assert_eq!(answer.status, status, "{duration}: {}", answer.body);
    }
}

#[tokio::test]
async fn a_batch_of_events_has_events() {
    let cloud = Cloud::with_stack().await;
    let run = Run::start(&cloud, "update").await;
    run.events(0, json!([])).await.message(400);
    let answer = run
        .events(0, json!([{"stdoutEvent": {"message": "x"}}]))
        .await;
    assert_eq!(answer.expect(200), Value::Null);
}

#[tokio::test]
async fn events_are_told_with_their_type_and_without_their_number() {
    let cloud = Cloud::with_stack().await;
    let run = Run::start(&cloud, "update").await;
    let stdout = json!({"message": "x", "color": "raw"});
    let sent = json!([{"stdoutEvent": stdout}, {"cancelEvent": {}}]);
    run.events(0, sent).await.expect(200);
    run.complete("succeeded").await.expect(204);
    let told = cloud.get(&format!("{}/events", run.path)).await.expect(200);
    let timestamp = crate::support::NOW;
    assert_eq!(
        told,
        json!({"events": [
            {"timestamp": timestamp, "type": "stdoutEvent", "stdoutEvent": stdout},
            {"timestamp": timestamp, "type": "cancelEvent", "cancelEvent": {}},
        ], "continuationToken": null})
    );
}

#[tokio::test]
async fn a_tag_does_not_move_a_stack_to_another_project() {
    let cloud = Cloud::with_stack().await;
    let tags = format!("{STACK}/tags");
    cloud
        .patch(&tags, json!({"pulumi:project": "web", "a": "b"}))
        .await
        .expect(204);
    cloud
        .patch(&tags, json!({"pulumi:project": "db", "c": "d"}))
        .await
        .message(400);
    let change = json!({"name": "pulumi:project", "value": "db"});
    cloud
        .patch(&format!("{tags}/pulumi:project"), change)
        .await
        .message(400);
    let stack = cloud.get(STACK).await.expect(200);
    assert_eq!(stack["tags"], json!({"pulumi:project": "web", "a": "b"}));
    cloud
        .post(&format!("{STACK}/rename"), json!({"newProject": "db"}))
        .await
        .expect(200);
    let moved = cloud.get("/api/stacks/acme/db/dev").await.expect(200);
    assert_eq!(moved["tags"], json!({"pulumi:project": "db", "a": "b"}));
}

#[tokio::test]
async fn one_tag_is_added_changed_and_removed() {
    let cloud = Cloud::with_stack().await;
    let tags = format!("{STACK}/tags");
    let tag = |name: &str, value: &str| json!({"name": name, "value": value});
    cloud.post(&tags, tag("a", "1")).await.expect(204);
    cloud.post(&tags, tag("a", "2")).await.message(400);
    cloud
        .patch(&format!("{tags}/a"), tag("a", "3"))
        .await
        .expect(204);
    cloud
        .patch(&format!("{tags}/b"), tag("b", "3"))
        .await
        .message(404);
    cloud.post(&tags, tag("vcs:owner", "me")).await.expect(204);
    cloud
        .delete(&format!("{tags}/vcs:owner"))
        .await
        .message(400);
    cloud.delete(&format!("{tags}/b")).await.message(404);
    let now = async || cloud.get(STACK).await.expect(200)["tags"].clone();
    assert_eq!(now().await, json!({"a": "3", "vcs:owner": "me"}));
    cloud.delete(&format!("{tags}/a")).await.expect(204);
    assert_eq!(now().await, json!({"vcs:owner": "me"}));
}

#[tokio::test]
async fn the_operation_of_a_deployment_is_at_the_top_level() {
    let cloud = cloud_of(&[("a", &[])]).await;
    let body = json!({"operation": "update", "operationContext": {"operation": "update"}});
    let message = cloud.post(DEPLOYMENTS, body).await.message(400);
    assert!(
        message.contains("`operationContext.operation`"),
        "{message}"
    );
    let list = cloud.get(DEPLOYMENTS).await.expect(200);
    assert_eq!(list["total"], 0);
}

#[tokio::test]
async fn an_agent_pool_must_exist() {
    let cloud = cloud_of(&[("a", &[])]).await;
    let settings = format!("{DEPLOYMENTS}/settings");
    let before = cloud.get(&settings).await.expect(200);
    let pool = json!({"agentPoolID": "6b5c0e7e-7c1f-4a5c-9d5e-111111111111"});
    let deployment = json!({"operation": "update", "agentPoolID": pool["agentPoolID"]});
    cloud.post(DEPLOYMENTS, deployment).await.message(400);
    cloud.put(&settings, pool.clone()).await.message(400);
    cloud.post(&settings, pool).await.message(400);
    assert_eq!(cloud.get(&settings).await.expect(200), before);
    for none in [json!(null), json!("")] {
        cloud
            .post(&settings, json!({"agentPoolID": none}))
            .await
            .expect(200);
    }
}

#[tokio::test]
async fn a_template_has_a_source() {
    let cloud = cloud_of(&[("a", &[])]).await;
    let settings = format!("{DEPLOYMENTS}/settings");
    for template in [
        json!({}),
        json!({"sourceUrl": ""}),
        json!({"sourceUrl": null}),
    ] {
        let body = json!({"sourceContext": {"template": template}});
        let message = cloud.put(&settings, body).await.message(400);
        assert!(
            message.contains("`sourceContext.template.sourceUrl` is required"),
            "{message}"
        );
    }
    let body = json!({"sourceContext": {"template": {"sourceUrl": "https://localhost/t"}}});
    let kept = cloud.put(&settings, body.clone()).await.expect(200);
    assert_eq!(kept["sourceContext"], body["sourceContext"]);
}

#[tokio::test]
async fn a_deployment_inherits_what_is_kept_if_it_brings_nothing() {
    let cloud = cloud_of(&[("a", &[])]).await;
    for inherits in [json!(null), json!(false), json!(true)] {
        // As the typed client writes it.
        let body = json!({
            "tag": null, "executorContext": null, "sourceContext": null, "gitHub": null, "vcs": null,
            "operationContext": null, "agentPoolID": null, "cacheOptions": null, "operation": "update",
            "inheritSettings": inherits,
        });
        let made = cloud.post(DEPLOYMENTS, body).await.expect(202);
        let one = format!("{DEPLOYMENTS}/{}", made["id"].as_str().unwrap());
        let one = cloud.get(&one).await.expect(200);
        let source = json!({"git": {"repoURL": "file:///nowhere", "branch": "main"}});
        assert_eq!(one["configuration"]["source"], source);
    }
}

#[tokio::test]
async fn null_is_as_good_as_absent() {
    let cloud = Cloud::with_stack().await;
    let post = async |path: &str, body: Value| cloud.post(path, body).await;
    let stack =
        json!({"stackName": "b", "tags": null, "teams": null, "state": null, "config": null});
    post("/api/stacks/acme/web", stack).await.expect(200);
    let update = json!({
        "name": "web", "runtime": "yaml", "main": null, "description": null, "options": null, "config": null,
        "metadata": {"message": null, "environment": null}, "coherenceWindow": null,
    });
    let made = post(&format!("{STACK}/update"), update).await.expect(200);
    let start = json!({"tags": null, "journalVersion": null});
    Run::start_made(&cloud, STACK, &made, start)
        .await
        .complete("succeeded")
        .await
        .expect(204);
    let rename = json!({"newName": "c", "newProject": null});
    post("/api/stacks/acme/web/b/rename", rename)
        .await
        .expect(200);
    let nulls =
        json!({"name": null, "filters": null, "groups": null, "secret": null, "format": null});
    post(&format!("{STACK}/hooks"), hook(nulls))
        .await
        .expect(201);
}

#[tokio::test]
async fn a_version_is_a_number() {
    let cloud = Cloud::with_stack().await;
    cloud
        .get(&format!("{STACK}/export/nonsense"))
        .await
        .message(400);
    cloud
        .get(&format!("{STACK}/updates/nonsense"))
        .await
        .message(400);
    cloud.get(&format!("{STACK}/export/7")).await.message(404);
}

#[tokio::test]
async fn the_list_of_stacks_comes_in_pages() {
    let cloud = Cloud::start().await;
    for (project, team) in [("a", "x"), ("b", "y"), ("c", "x")] {
        let new = json!({"stackName": "dev", "tags": {"team": team}});
        cloud
            .post(&format!("/api/stacks/acme/{project}"), new)
            .await
            .expect(200);
    }
    let list = async |query: &str| cloud.get(&format!("/api/user/stacks{query}")).await;
    for wrong in [
        "?continuationToken=nonsense",
        "?tagValue=x",
        "?maxResults=0",
        "?maxResults=x",
    ] {
        list(wrong).await.message(400);
    }
    for (filter, expected) in [("", "abc"), ("&tagName=team&tagValue=x", "ac")] {
        let (mut seen, mut token) = (String::new(), String::new());
        loop {
            let page = list(&format!("?maxResults=1&continuationToken={token}{filter}"))
                .await
                .expect(200);
            let stacks = page["stacks"].as_array().unwrap();
            assert_eq!(stacks.len(), 1, "{page}");
            seen += stacks[0]["projectName"].as_str().unwrap();
            let Some(next) = page.get("continuationToken") else {
                break;
            };
            next.as_str().unwrap().clone_into(&mut token);
        }
        assert_eq!(seen, expected);
    }
    let stack = list("?maxResults=1").await.expect(200)["stacks"][0].clone();
    let names: Vec<_> = stack.as_object().unwrap().keys().collect();
    assert_eq!(
        names,
        ["id", "orgName", "projectName", "stackName"],
        "nothing is null"
    );
}

#[tokio::test]
async fn the_history_comes_in_two_forms() {
    let cloud = Cloud::with_stack().await;
    for _ in 0..2 {
        Run::start(&cloud, "update")
            .await
            .complete("succeeded")
            .await
            .expect(204);
    }
    let get = async |query: &str| {
        cloud
            .get(&format!("{STACK}/updates{query}"))
            .await
            .expect(200)
    };
    let versions = |answer: &Value| {
        let updates = answer["updates"].as_array().unwrap();
        updates
            .iter()
            .map(|update| update["version"].as_i64().unwrap())
            .collect::<Vec<_>>()
    };
    assert_eq!(versions(&get("?page=0&pageSize=1").await), [2, 1]);
    assert_eq!(versions(&get("?page=1&pageSize=1").await), [2]);
    assert_eq!(versions(&get("").await), [2, 1]);
    let long = get("?page=2&pageSize=1&output-type=full").await;
    assert_eq!(
        (&long["itemsPerPage"], &long["total"]),
        (&json!(1), &json!(2))
    );
    let mut one = long["updates"][0].clone();
    let user = json!({"name": "local", "githubLogin": "local", "avatarUrl": ""});
    assert!(one["updateID"].take().is_string());
    assert_eq!(
        one["info"].take(),
        get("?page=2&pageSize=1").await["updates"][0]
    );
    assert_eq!(
        one,
        json!({"info": null, "updateID": null, "version": 1, "latestVersion": 2, "requestedBy": user})
    );
    assert_eq!(get("/latest").await["latestVersion"], 2);
    assert_eq!(get("/1").await, long["updates"][0]);
}

#[tokio::test]
async fn previews_come_in_pages() {
    let cloud = Cloud::with_stack().await;
    let mut made = Vec::new();
    for _ in 0..2 {
        let preview = Run::start(&cloud, "preview").await;
        preview.complete("succeeded").await.expect(204);
        made.push(preview.path.rsplit('/').next().unwrap().to_owned());
    }
    let previews = format!("{STACK}/updates/latest/previews");
    for wrong in ["?page=1&pageSize=0", "?page=0&pageSize=1"] {
        cloud.get(&format!("{previews}{wrong}")).await.message(400);
    }
    for (query, expected) in [("asc=false", &made[1]), ("asc=true", &made[0])] {
        let page = format!("{previews}?{query}&pageSize=1&page=1");
        let page = cloud.get(&page).await.expect(200);
        assert_eq!(
            (&page["itemsPerPage"], &page["total"]),
            (&json!(1), &json!(2))
        );
        let ids: Vec<_> = page["updates"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| &one["updateID"])
            .collect();
        assert_eq!(ids, [expected]);
    }
}

#[tokio::test]
async fn a_rename_is_an_update_and_needs_another_name() {
    let cloud = Cloud::with_stack().await;
    let rename = async |body| cloud.post(&format!("{STACK}/rename"), body).await;
    for same in [
        json!({"newName": "dev"}),
        json!({"newProject": "web"}),
        json!({"newName": "", "newProject": ""}),
    ] {
        rename(same).await.message(400);
    }
    let answer = rename(json!({"newName": "prod", "newProject": ""}))
        .await
        .expect(200);
    let id = answer["updateId"].as_str().unwrap();
    let update = format!("/api/stacks/acme/web/prod/update/{id}");
    assert_eq!(cloud.get(&update).await.expect(200)["status"], "succeeded");
    let history = cloud
        .get("/api/stacks/acme/web/prod/updates")
        .await
        .expect(200);
    assert_eq!(history, json!({"updates": []}));
}

#[tokio::test]
async fn logs_say_what_they_are() {
    let cloud = cloud_of(&[("a", &[])]).await;
    cloud.deploy("a").await;
    cloud.settled(1).await;
    let logs = async |query: &str| {
        cloud
            .get(&format!("{DEPLOYMENTS}/version/1"))
            .await
            .expect(200)["id"]
            .as_str()
            .map(|id| format!("{DEPLOYMENTS}/{id}/logs{query}"))
            .unwrap()
    };
    let whole = cloud.get(&logs("").await).await.expect(200);
    assert_eq!(whole["__type"], "DeploymentLogs");
    let step = cloud.get(&logs("?job=0&step=0").await).await.expect(200);
    assert_eq!(step["__type"], "DeploymentLogsStep");
    let lines = step["lines"].as_array().unwrap();
    assert!(
        lines
            .iter()
            .all(|line| line["line"].is_string() && line["timestamp"].is_string())
    );
}

#[tokio::test]
async fn the_name_of_a_webhook_is_that_of_its_path() {
    let cloud = Cloud::with_stack().await;
    cloud.make_environment().await;
    for scope in [
        "/api/orgs/acme",
        STACK,
        "/api/esc/environments/acme/web/dev",
    ] {
        cloud
            .post(&format!("{scope}/hooks"), hook(json!({"name": "one"})))
            .await
            .expect(201);
        let change = hook(json!({"name": "other", "displayName": "Changed"}));
        let path = format!("{scope}/hooks/one");
        let changed = cloud.patch(&path, change).await.expect(200);
        assert_eq!(
            (&changed["name"], &changed["displayName"]),
            (&json!("one"), &json!("Changed"))
        );
        assert_eq!(cloud.get(&path).await.expect(200), changed);
    }
}

#[tokio::test]
async fn one_deployment_is_told_with_its_configuration() {
    let cloud = cloud_of(&[("a", &[])]).await;
    let settings =
        json!({"operationContext": {"environmentVariables": {"A": "b", "S": {"secret": "t"}}}});
    cloud
        .post(&format!("{DEPLOYMENTS}/settings"), settings)
        .await
        .expect(200);
    cloud
        .post(&format!("{DEPLOYMENTS}/pause"), json!({}))
        .await
        .expect(200);
    cloud.deploy("a").await;
    let queued = cloud
        .get(&format!("{DEPLOYMENTS}/version/1"))
        .await
        .expect(200);
    assert_eq!(
        queued["configuration"],
        json!({
            "environmentVariables": [{"name": "A", "secret": false, "value": "b"}, {"name": "S", "secret": true}],
            "source": {"git": {"repoURL": "file:///nowhere", "branch": "main"}},
        })
    );
    let members = |answer: &Value| {
        answer
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect::<Vec<_>>()
    };
    let common = [
        "id",
        "initiator",
        "modified",
        "pulumiOperation",
        "requestedBy",
        "status",
        "version",
    ];
    let one = ["configuration", "created"]
        .into_iter()
        .chain(common)
        .chain(["latestVersion"]);
    let list = [
        "created",
        "jobs",
        "paused",
        "projectName",
        "stackName",
        "updates",
    ]
    .into_iter()
    .chain(common);
    let sorted = |names: &mut dyn Iterator<Item = &str>| {
        let mut names: Vec<_> = names.map(str::to_owned).collect();
        names.sort();
        names
    };
    assert_eq!(
        members(&queued),
        sorted(&mut { one }),
        "no jobs before it begins"
    );
    let listed = cloud.get(DEPLOYMENTS).await.expect(200)["deployments"][0].clone();
    assert_eq!(members(&listed), sorted(&mut { list }));
}

#[tokio::test]
async fn a_deployment_that_waits_is_queued_in_payloads() {
    let cloud = cloud_of(&[("a", &[])]).await;
    let receiver = Receiver::start(200).await;
    let queued = json!({"payloadUrl": receiver.url, "filters": ["deployment_queued"]});
    cloud
        .post("/api/stacks/acme/a/dev/hooks", hook(queued))
        .await
        .expect(201);
    cloud.deploy("a").await;
    let delivery = until(async || receiver.take().pop()).await;
    let payload: Value = serde_json::from_str(&delivery.body).unwrap();
    assert_eq!(payload["status"], "queued");
}

#[tokio::test]
async fn the_active_update_is_the_newest_one_over_or_not() {
    let cloud = Cloud::with_stack().await;
    let stack = async || cloud.get(STACK).await.expect(200);
    assert_eq!(stack().await["activeUpdate"], "", "none has begun");
    let run = Run::start(&cloud, "update").await;
    let id = run.path.rsplit('/').next().unwrap();
    assert_eq!(stack().await["activeUpdate"], id);
    assert_eq!(stack().await["currentOperation"]["kind"], "update");
    run.complete("succeeded").await.expect(204);
    let after = stack().await;
    assert_eq!(after["activeUpdate"], id);
    assert_eq!(
        after.get("currentOperation"),
        None,
        "it alone says that one runs"
    );
    cloud
        .post(&format!("{STACK}/update"), new_update(false))
        .await
        .expect(200);
    assert_eq!(
        stack().await["activeUpdate"],
        id,
        "one that has not begun is none"
    );
}
