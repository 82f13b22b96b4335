//! The package's functions, and what is discovered.

use crate::components::{component, construct};
use auto_deploy::pb;
use serde_json::{Value, json};
use testkit::api::TOKEN;
use testkit::monitor::Monitor;
use testkit::provider::Provider;
use testkit::values::{json_of, output, properties, secret};

/// Creates stacks, each with StackReferences to others of its organization.
async fn make(provider: &Provider, stacks: &[(&str, &[&str])]) {
    for (stack, references) in stacks {
        let (path, name) = stack.rsplit_once('/').expect("three parts");
        let made = provider
            .ask(
                "POST",
                &format!("/api/stacks/{path}"),
                json!({"stackName": name}),
            )
            .await;
        assert_eq!(made.0, 200, "{stack}");
        let reference = |name: &&str| {
            let kind = "pulumi:pulumi:StackReference";
            let urn = format!("urn:pulumi:dev::web::{kind}::{name}");
            json!({"urn": urn, "type": kind, "custom": true, "id": name, "inputs": {"name": name}})
        };
        let resources: Vec<_> = references.iter().map(reference).collect();
        let state = json!({"version": 3, "deployment": {"resources": resources}});
        let imported = provider
            .ask("POST", &format!("/api/stacks/{stack}/import"), state)
            .await;
        assert_eq!(imported.0, 200, "{stack}");
    }
    provider.requests();
}

/// Creates a network, and two stacks that refer to it.
pub(crate) async fn make_network(provider: &Provider) {
    let network: &[&str] = &["acme/network/prod"];
    let stacks = [
        ("acme/network/prod", &[][..]),
        ("acme/web/prod", network),
        ("acme/db/prod", network),
    ];
    make(provider, &stacks).await;
}

pub(crate) async fn invoke(
    provider: &Provider,
    function: &str,
    args: Value,
) -> Result<Value, tonic::Status> {
    let request = pb::InvokeRequest {
        tok: format!("auto-deploy:index:{function}"),
        args: properties(args),
        preview: true,
    };
    let answer = provider.client.clone().invoke(request).await?.into_inner();
    let failures = answer.failures.iter();
    let failures: Vec<_> = failures
        .map(|failure| format!("{}: {}", failure.property, failure.reason))
        .collect();
    if failures.is_empty() {
        Ok(json_of(answer.r#return))
    } else {
        Ok(failures.join("\n").into())
    }
}

#[tokio::test]
async fn downstream_stacks_are_those_that_hold_a_reference() {
    let provider = Provider::start().await;
    make_network(&provider).await;
    let args = json!({"organization": "acme", "project": "network", "stack": "prod"});
    let found = invoke(&provider, "getDownstreamStacks", args)
        .await
        .expect("it answers");
    assert_eq!(found["refs"], json!(["db/prod", "web/prod"]));
    assert_eq!(found["stacks"][0]["organization"], "acme");
    assert_eq!(
        provider.requests(),
        ["GET /api/stacks/acme/network/prod/downstreamreferences 200"]
    );
    let args = json!({"organization": "acme", "project": secret("network"), "stack": "prod"});
    let found = invoke(&provider, "getDownstreamStacks", args)
        .await
        .expect("it answers");
    assert_eq!(found["refs"], secret(json!(["db/prod", "web/prod"])));
}

#[tokio::test]
async fn the_organization_is_that_of_the_program() {
    let mut provider = Provider::start().await;
    make(
        &provider,
        &[("acme/wiring/dev", &[]), ("acme/network/prod", &[])],
    )
    .await;
    let request = pb::ConfigureRequest {
        urn: Some("urn:pulumi:dev::wiring::pulumi:providers:auto-deploy::default".into()),
        id: Some("4242".into()),
        args: properties(json!({"apiUrl": provider.cloud.url(), "accessToken": secret(TOKEN)})),
        ..pb::ConfigureRequest::default()
    };
    provider
        .client
        .configure(request)
        .await
        .expect("it is right");
    let args = json!({"project": "network", "stack": "prod"});
    let found = invoke(&provider, "getDownstreamStacks", args)
        .await
        .expect("it answers");
    assert_eq!(found["organization"], "acme");
}

#[tokio::test]
async fn arguments_that_cannot_be_right_are_failures() {
    let provider = Provider::start().await;
    let said = invoke(
        &provider,
        "getDownstreamStacks",
        json!({"project": "a/b", "stacks": []}),
    );
    insta::assert_snapshot!(said.await.expect("it answers").as_str().expect("failures"), @r"
    stack: is required, but missing
    stacks: there is no such property: did you mean `stack`?
    project: must be a single name, without `/`
    ");
    let said = invoke(
        &provider,
        "getDependencyGraph",
        json!({"organization": 7, "project": "a b"}),
    );
    insta::assert_snapshot!(said.await.expect("it answers").as_str().expect("failures"), @"project: must be of letters, digits, `.`, `_` and `-`");
    let args = json!({"organization": "acme", "project": "network", "stack": "gone"});
    let status = invoke(&provider, "getDownstreamStacks", args)
        .await
        .expect_err("it fails");
    assert_eq!(status.code(), tonic::Code::NotFound);
    insta::assert_snapshot!(status.message().replace(provider.cloud.url(), "URL"), @"there is no stack `acme/network/gone` on URL (named by `auto-deploy:apiUrl`), or the access token may not see it, so the stacks that depend on it cannot be found: create it with `pulumi stack init acme/network/gone`, or correct its name");
}

#[tokio::test]
async fn the_live_graph_is_told_with_what_is_wrong() {
    let provider = Provider::start().await;
    make_network(&provider).await;
    for (name, target) in [
        ("one", "db/prod"),
        ("two", "db/prod"),
        ("three", "app/prod"),
    ] {
        let hook = json!({
            "organizationName": "acme", "name": name, "displayName": name, "payloadUrl": target, "active": true,
            "format": "pulumi_deployments", "filters": ["update_succeeded"],
        });
        let made = provider
            .ask("POST", "/api/stacks/acme/network/prod/hooks", hook)
            .await;
        assert_eq!(made.0, 201);
    }
    let state = testkit::states::of_references("app/prod", &[]);
    let import = provider
        .ask("POST", "/api/stacks/acme/app/prod/import", state)
        .await;
    assert_eq!(import.0, 200);
    provider.requests();
    let found = invoke(
        &provider,
        "getDependencyGraph",
        json!({"organization": "acme"}),
    )
    .await
    .expect("it answers");
    assert_eq!(
        found["layers"],
        json!([["network/prod"], ["app/prod", "db/prod"]])
    );
    assert_eq!(
        found["edges"][1]["webhooks"],
        json!([
            {"name": "one", "active": true, "events": ["update_succeeded"]},
            {"name": "two", "active": true, "events": ["update_succeeded"]},
        ])
    );
    assert_eq!(
        found["missing"],
        json!([{"upstream": "network/prod", "downstream": "web/prod"}])
    );
    assert_eq!(
        found["surplus"],
        json!([{"upstream": "network/prod", "downstream": "app/prod"}])
    );
    assert_eq!(
        found["stacksWithoutSettings"],
        json!(["app/prod", "db/prod"])
    );
    assert_eq!(found["unavailable"], "");
    let stacks = found["stacks"].as_array().expect("a list");
    let app = stacks.iter().find(|stack| stack["ref"] == "app/prod");
    let app = app.expect("it is there");
    assert_eq!(app["state"], "never deployed");
    assert_eq!(app["because"], "it was never updated");
    assert_eq!(app["isBehind"], false);
    let requests = provider.requests();
    assert!(
        requests.iter().all(|request| request.starts_with("GET ")),
        "{requests:?}"
    );
    assert_eq!(
        requests.len(),
        1 + 3 * 5 + 2 + 2 * 4,
        "one list, and three questions for each stack; a count and a page of the deployments, and two questions for each \
         stack with an operation that no deployment made: {requests:?}"
    );
}

fn discovering(monitor: &str, inputs: Value) -> pb::ConstructRequest {
    component("AutoDeployer", "network", monitor, inputs)
}

#[tokio::test]
async fn an_auto_deployer_finds_what_follows_its_stack() {
    let (provider, monitor) = (Provider::start().await, Monitor::default());
    let address = monitor.serve().await;
    make_network(&provider).await;
    let inputs = json!({
        "project": "network", "stack": "prod", "discoverDownstream": true, "checks": "off", "downstreamRefs": ["app/x"],
    });
    for dry_run in [true, false] {
        let request = pb::ConstructRequest {
            dry_run,
            ..discovering(&address, inputs.clone())
        };
        let state = construct(&provider, request).await.expect("it is built");
        assert_eq!(state["discoveredRefs"], json!(["db/prod", "web/prod"]));
        let hooks = ["app/x", "db/prod", "web/prod"];
        let urn = |target: &str| {
            format!("urn:pulumi:dev::wiring::auto-deploy:index:Webhook::network->acme/{target}")
        };
        let urns = hooks.map(urn);
        let urns: Vec<_> = urns.iter().map(String::as_str).collect();
        let names = hooks.map(|target| format!("hook of network->acme/{target}"));
        assert_eq!(state["downstreamWebhooks"], output(json!(names), &urns));
    }
}

#[tokio::test]
async fn what_is_discovered_keeps_the_rules_too() {
    let (provider, monitor) = (Provider::start().await, Monitor::default());
    let address = monitor.serve().await;
    make(
        &provider,
        &[
            ("acme/self/prod", &["acme/self/prod"]),
            ("acme/a/prod", &["acme/b/prod"]),
        ],
    )
    .await;
    make(&provider, &[("acme/b/prod", &["acme/a/prod"])]).await;
    let refused = async |project: &str| {
        let inputs = json!({"project": project, "stack": "prod", "discoverDownstream": true, "checks": "off"});
        let request = discovering(&address, inputs);
        let status = construct(&provider, request)
            .await
            .expect_err("it is refused");
        String::from_utf8_lossy(status.details()).into_owned() + status.message()
    };
    assert!(
        refused("self")
            .await
            .contains("a stack cannot follow itself")
    );
    let inputs =
        json!({"project": "gone", "stack": "prod", "discoverDownstream": true, "checks": "off"});
    let gone = construct(&provider, discovering(&address, inputs)).await;
    assert_eq!(gone.expect("it is built")["discoveredRefs"], json!([]));
    let inputs =
        json!({"project": "a", "stack": "prod", "discoverDownstream": true, "checks": "off"});
    let first = discovering(&address, inputs);
    construct(&provider, first).await.expect("it is built");
    let cycle = refused("b").await;
    assert!(cycle.contains("a/prod → b/prod → a/prod"), "{cycle}");
}
