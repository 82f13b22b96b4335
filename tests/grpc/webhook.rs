//! The lifecycle of a webhook.

use serde_json::{Value, json};
use testkit::provider::{Provider, urn};
use testkit::values::{UNKNOWN, secret};

/// Inputs of a webhook on `acme/app/prod`, with `changes`.
fn hook(changes: Value) -> Value {
    let mut hook = json!({
        "organizationName": "acme", "projectName": "app", "stackName": "prod",
        "displayName": "to the next", "format": "pulumi_deployments", "payloadUrl": "app/dev",
    });
    let (Value::Object(hook_members), Value::Object(changes)) = (&mut hook, changes) else {
        panic!("objects")
    };
    hook_members.extend(changes);
    hook
}

#[tokio::test]
async fn lives_in_each_scope() {
    let provider = Provider::start().await;
    assert_eq!(
        provider
            .ask(
                "POST",
                "/api/esc/environments/acme",
                json!({"project": "app", "name": "shared"})
            )
            .await
            .0,
        200
    );
    provider.requests();
    let scopes = [
        (
            json!({"organizationName": "acme"}),
            "acme/",
            "/api/orgs/acme/hooks",
        ),
        (
            json!({"organizationName": "acme", "projectName": "app", "stackName": "prod"}),
            "acme/app/prod/",
            "/api/stacks/acme/app/prod/hooks",
        ),
        (
            json!({"organizationName": "acme", "projectName": "app", "environmentName": "shared"}),
            "acme/environment/app/shared/",
            "/api/esc/environments/acme/app/shared/hooks",
        ),
    ];
    for (scope, id_prefix, path) in scopes {
        let mut news = json!({"displayName": "to us", "payloadUrl": "https://example.com/in"});
        news.as_object_mut()
            .expect("an object")
            .extend(scope.as_object().expect("an object").clone());
        let news = provider.inputs(news).await;
        let (id, state) = provider.create("hook", &news).await.expect("it is made");
        let name = id
            .strip_prefix(id_prefix)
            .expect("the id begins with the scope");
        assert_eq!(
            (&state["name"], &state["hasSecret"]),
            (&json!(name), &json!(false))
        );
        let [made, rest @ ..] = &provider.requests()[..] else {
            panic!("a webhook is made")
        };
        assert_eq!(*made, format!("POST {path} 201"));
        assert!(
            rest.iter().all(|request| request.starts_with("GET ")),
            "{rest:?}"
        );

        let (found, inputs) = provider
            .read(&id, &state, &news)
            .await
            .expect("it answers")
            .expect("it is there");
        assert_eq!(
            (&found, &inputs),
            (&state, &news),
            "a refresh changes nothing"
        );
        assert_eq!(provider.requests(), [format!("GET {path} 200")]);

        let mut changed = news.clone();
        changed["active"] = json!(false);
        let updated = provider
            .update(&id, &state, &news, &changed, false)
            .await
            .expect("it is changed");
        assert_eq!(
            (&updated["active"], &updated["name"]),
            (&json!(false), &json!(name))
        );
        provider.next_deployment().await;
        provider.delete(&id).await.expect("it is removed");
        provider
            .delete(&id)
            .await
            .expect("gone is as good as removed");
        assert_eq!(
            provider.requests(),
            [
                format!("PATCH {path}/{name} 200"),
                format!("DELETE {path}/{name} 204"),
                format!("DELETE {path}/{name} 404"),
            ]
        );
        assert_eq!(
            provider.read(&id, &state, &news).await.expect("it answers"),
            None
        );
        provider.requests();
    }
}

#[tokio::test]
async fn a_preview_asks_nobody_and_says_what_it_knows() {
    let provider = Provider::start().await;
    let news = provider
        .inputs(hook(json!({"secret": secret("s3cret")})))
        .await;
    let (id, previewed) = provider
        .create_with("hook", &news, true)
        .await
        .expect("it answers");
    let (made, mut state) = provider.create("hook", &news).await.expect("it is made");
    assert_eq!(
        provider.requests().len(),
        3,
        "the create, a look for the program's state, and one for another that does the same"
    );
    assert_eq!((id.as_str(), &previewed["name"]), ("", &json!(UNKNOWN)));
    assert!(made.starts_with("acme/app/prod/auto-deploy-"));
    assert_eq!(previewed["secretCiphertext"], secret(UNKNOWN));
    assert_ne!(state["secretCiphertext"], secret(UNKNOWN));
    state["secretCiphertext"] = secret(UNKNOWN);
    // Absent values are returned as null in a preview alone, so that the state does not grow.
    state["environmentName"] = Value::Null;
    state["name"] = json!(UNKNOWN);
    assert_eq!(previewed, state, "everything else was known");

    let unknown = provider
        .inputs(hook(
            json!({"stackName": UNKNOWN, "payloadUrl": UNKNOWN, "filters": UNKNOWN}),
        ))
        .await;
    let (id, previewed) = provider
        .create_with("hook", &unknown, true)
        .await
        .expect("it answers");
    assert_eq!(
        (id.as_str(), &previewed["payloadUrl"], &previewed["filters"]),
        ("", &json!(UNKNOWN), &json!(UNKNOWN))
    );
    provider
        .update(&made, &state, &news, &unknown, true)
        .await
        .expect("it answers");
    assert_eq!(provider.requests(), [""; 0]);
}

#[tokio::test]
async fn checks_say_everything_at_once_and_fill_in_defaults() {
    let provider = Provider::start().await;
    let checked = provider.inputs(hook(json!({}))).await;
    assert_eq!(
        (&checked["active"], &checked["filters"]),
        (&json!(true), &json!(["update_succeeded"]))
    );
    assert_eq!(checked.get("groups"), None);
    let wrong = json!({"filters": ["update_suceeded"], "payloadUrl": "https://x", "name": "a b", "active": "yes"});
    insta::assert_snapshot!(provider.check(hook(wrong)).await.expect("it answers").failures, @r"
    active: must be `true` or `false`, but is a string
    filters: `filters[0]`: `update_suceeded` is not an event that Pulumi Cloud knows: did you mean `update_succeeded`?
    name: must be 1 to 32 characters long, of letters, digits, `.`, `_` and `-`
    payloadUrl: must be `project/stack`, the stack to update in the webhook's own organization
    ");
    let hidden = provider
        .check(hook(json!({"payloadUrl": secret("s3cret value")})))
        .await
        .expect("it answers");
    insta::assert_snapshot!(hidden.failures, @": `payloadUrl`: must not have spaces, line breaks or other such characters in it: take them out");
    let checked = provider
        .check(hook(
            json!({"payloadUrl": UNKNOWN, "stackName": UNKNOWN, "format": UNKNOWN}),
        ))
        .await;
    assert_eq!(
        checked.expect("it answers").failures,
        "",
        "what is not known is not judged"
    );
}

#[tokio::test]
async fn moving_replaces_and_everything_else_updates() {
    let provider = Provider::start().await;
    let news = provider
        .inputs(hook(
            json!({"filters": ["update_succeeded", "update_failed"]}),
        ))
        .await;
    let (_, state) = provider.create("hook", &news).await.expect("it is made");
    let diff = async |changes: Value| {
        let mut changed = news.clone();
        changed
            .as_object_mut()
            .expect("an object")
            .extend(changes.as_object().expect("an object").clone());
        provider.diff(&state, &news, &changed).await
    };
    let none =
        diff(json!({"filters": ["update_failed", "update_succeeded", "update_failed"]})).await;
    assert_eq!((none.detailed, none.deletes_first), (vec![], true));
    let moved = diff(json!({"stackName": "dev"})).await;
    assert_eq!(moved.detailed, ["stackName UpdateReplace"]);
    assert_eq!(
        (moved.replaces, moved.deletes_first),
        (vec!["stackName".to_owned()], true)
    );
    let changed =
        diff(json!({"filters": ["update_succeeded"], "active": false, "displayName": "x"})).await;
    assert_eq!(
        changed.detailed,
        ["active Update", "displayName Update", "filters[1] Delete"]
    );
    assert_eq!(
        (changed.replaces, changed.deletes_first),
        (Vec::new(), true)
    );
    assert_eq!(
        diff(json!({"secret": secret("x")})).await.detailed,
        ["secret Add"]
    );
    assert_eq!(
        diff(json!({"payloadUrl": UNKNOWN})).await.detailed,
        ["payloadUrl Update"]
    );
}

#[tokio::test]
async fn lists_and_secrets_can_be_cleared() {
    let provider = Provider::start().await;
    let news = json!({
        "organizationName": "acme", "projectName": "app", "stackName": "prod", "displayName": "x", "payloadUrl": "https://example.com",
        "filters": ["update_failed"], "groups": ["deployments"], "secret": secret("s3cret"),
    });
    let news = provider.inputs(news).await;
    let (id, state) = provider.create("hook", &news).await.expect("it is made");
    let live = async || {
        provider
            .ask(
                "GET",
                &format!(
                    "/api/stacks/acme/app/prod/hooks/{}",
                    state["name"].as_str().expect("a name")
                ),
                Value::Null,
            )
            .await
            .1
    };
    assert_eq!(
        (&live().await["filters"], &live().await["hasSecret"]),
        (&json!(["update_failed"]), &json!(true))
    );

    let mut kept = news.clone();
    kept["displayName"] = json!("y");
    let after = provider
        .update(&id, &state, &news, &kept, false)
        .await
        .expect("it is changed");
    assert_eq!(
        after["secretCiphertext"], state["secretCiphertext"],
        "the secret was not touched"
    );

    let mut cleared = kept.clone();
    cleared["filters"] = json!([]);
    cleared.as_object_mut().expect("an object").remove("secret");
    let after = provider
        .update(&id, &state, &kept, &cleared, false)
        .await
        .expect("it is changed");
    assert_eq!(
        (&after["hasSecret"], after.get("secretCiphertext")),
        (&json!(false), None)
    );
    let live = live().await;
    assert_eq!(
        (live.get("filters"), &live["groups"], &live["hasSecret"]),
        (None, &json!(["deployments"]), &json!(false))
    );
}

#[tokio::test]
async fn an_import_finds_all_but_the_secret() {
    let provider = Provider::start().await;
    let news = provider
        .inputs(hook(json!({"secret": secret("s3cret")})))
        .await;
    let (id, state) = provider.create("hook", &news).await.expect("it is made");
    let (found, inputs) = provider
        .read(&id, &Value::Null, &Value::Null)
        .await
        .expect("it answers")
        .expect("it is there");
    assert_eq!(
        (&found["hasSecret"], found.get("secret")),
        (&json!(true), None)
    );
    assert_eq!(found["secretCiphertext"], state["secretCiphertext"]);
    let rechecked = provider.inputs(inputs.clone()).await;
    assert_eq!(
        provider.diff(&found, &inputs, &rechecked).await.detailed,
        [""; 0],
        "what was imported is as it is"
    );
    assert_eq!(
        provider.diff(&found, &inputs, &news).await.detailed,
        ["secret Add"]
    );

    for gone in ["acme/app/prod/none", "acme/app/none/none", "none/none"] {
        assert_eq!(
            provider
                .read(gone, &Value::Null, &Value::Null)
                .await
                .expect("it answers"),
            None,
            "{gone}"
        );
    }
    let status = provider
        .read("one", &Value::Null, &Value::Null)
        .await
        .expect_err("it is no id");
    insta::assert_snapshot!(status.message(), @"`one` is not the id of a webhook: write `organization/name`, `organization/project/stack/name` or `organization/environment/project/environment/name`");
}

#[tokio::test]
async fn existing_webhooks_are_listed_by_scope() {
    use auto_deploy::pb;
    let mut provider = Provider::start().await;
    let news = provider.inputs(hook(json!({}))).await;
    let (id, _) = provider.create("hook", &news).await.expect("it is made");
    let query = json!({"organizationName": "acme", "projectName": "app", "stackName": "prod"});
    let token = "auto-deploy:index:Webhook".to_owned();
    let request = pb::ListRequest {
        token,
        query: testkit::values::properties(query),
        ..pb::ListRequest::default()
    };
    let mut entries = provider
        .client
        .list(request)
        .await
        .expect("it answers")
        .into_inner();
    let entry = entries
        .message()
        .await
        .expect("it succeeds")
        .expect("there is one");
    let Some(pb::list_response::Response::Result(entry)) = entry.response else {
        panic!("{entry:?}")
    };
    assert_eq!((entry.id, entry.name.as_str()), (id, "to the next"));
    assert_eq!(entries.message().await.expect("it succeeds"), None);
    assert_ne!(urn("a"), urn("b"));
}

/// A name that was never checked does not become part of a path, where it would lead elsewhere.
#[tokio::test]
async fn a_name_that_leads_elsewhere_is_never_sent() {
    let provider = Provider::start().await;
    for (property, name) in [
        ("organizationName", ".."),
        ("projectName", "../../orgs"),
        ("stackName", "."),
        ("name", ".."),
    ] {
        let status = provider
            .create("hook", &hook(json!({property: name})))
            .await
            .expect_err("it is refused");
        assert_eq!(status.code(), tonic::Code::InvalidArgument, "{status}");
    }
    assert_eq!(provider.requests(), [""; 0]);
}

#[tokio::test]
async fn a_secret_in_the_clear_is_marked() {
    let provider = Provider::start().await;
    let inputs = provider.inputs(hook(json!({"secret": "s3cret"}))).await;
    assert_eq!(inputs["secret"], secret("s3cret"));
    let (_, state) = provider.create("hook", &inputs).await.expect("it is made");
    assert_eq!(state["secret"], secret("s3cret"));
    let marked = provider
        .inputs(hook(json!({"secret": secret("s3cret")})))
        .await;
    assert_eq!(marked["secret"], inputs["secret"], "once, not twice");
}
