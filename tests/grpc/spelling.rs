//! Names that differ only in case: a cloud may treat them as the same or not.

use crate::components::{component, construct};
use crate::hooks::answers;
use auto_deploy::pb;
use local_cloud::{Fault, Method};
use serde_json::{Value, json};
use testkit::engine::Log;
use testkit::monitor::Monitor;
use testkit::provider::{Provider, urn};
use testkit::values::{json_of, secret};

/// A provider with a log, and a program for it.
async fn program() -> (Provider, Log, String) {
    let (provider, log) = (Provider::start().await, Log::default());
    let handshake = pb::ProviderHandshakeRequest {
        engine_address: log.serve().await,
        ..pb::ProviderHandshakeRequest::default()
    };
    let mut client = provider.client.clone();
    client.handshake(handshake).await.expect("it answers");
    let url = provider.cloud.url().to_owned();
    provider.use_cloud_at(&url).await;
    let monitor = Monitor::default().serve().await;
    (provider, log, monitor)
}

fn deployer(name: &str, monitor: &str, project: Value, downstream: Value) -> pb::ConstructRequest {
    let inputs =
        json!({"project": project, "stack": "prod", "downstreamRefs": downstream, "checks": "off"});
    component("AutoDeployer", name, monitor, inputs)
}

#[tokio::test]
async fn a_stack_that_would_start_itself_is_refused_in_any_case() {
    let (provider, _, monitor) = program().await;
    let refused = async |request| {
        let status = construct(&provider, request)
            .await
            .expect_err("it is refused");
        String::from_utf8_lossy(status.details()).into_owned()
    };
    let itself = "differ only by upper and lower case, and a stack cannot follow itself";
    for reference in ["Network/prod", "network/Prod", "acme/NETWORK/PROD"] {
        let request = deployer("network", &monitor, json!("network"), json!([reference]));
        let said = refused(request).await;
        assert!(said.contains(itself), "{said}");
        let inputs = json!({"dependencies": {"network/prod": [reference]}, "checks": "off"});
        let said = refused(component("DependencyGraph", "graph", &monitor, inputs)).await;
        assert!(said.contains(itself), "{said}");
    }
    let webhook = json!({
        "organizationName": "acme", "projectName": "network", "stackName": "prod", "displayName": "x",
        "format": "pulumi_deployments", "payloadUrl": "Network/prod",
    });
    let checked = provider.check(webhook).await.expect("it answers");
    insta::assert_snapshot!(checked.failures, @"payloadUrl: `network/prod` and `Network/prod` differ only by upper and lower case, and a stack cannot follow itself: each update would start the next one, forever");
    let hidden = deployer(
        "network",
        &monitor,
        json!("network"),
        json!([secret("Network/prod")]),
    );
    let said = refused(hidden).await;
    assert!(!said.contains("Network"), "{said}");
}

#[tokio::test]
async fn two_spellings_are_told_within_a_component_and_across() {
    let (provider, log, monitor) = program().await;
    let built = async |request| {
        construct(&provider, request).await.expect("it is built");
        log.taken().join("\n")
    };
    let both = json!(["database/prod", "Database/Prod"]);
    insta::assert_snapshot!(built(deployer("network", &monitor, json!("network"), both)).await, @"Warning network: `database/prod` differs from `Database/Prod` only by upper and lower case: if they are the same stack, spell it the same way");
    let other = deployer("app", &monitor, json!("APP"), json!(["database/Prod"]));
    insta::assert_snapshot!(built(other).await, @r"
    Warning app: `database/Prod` differs from `Database/Prod` only by upper and lower case: if they are the same stack, spell it the same way
    Warning app: `database/Prod` differs from `database/prod` only by upper and lower case: if they are the same stack, spell it the same way
    ");
    // The same spelling again is not reported, and a secret is not shown.
    let again = deployer(
        "again",
        &monitor,
        json!("cluster"),
        json!(["database/prod"]),
    );
    assert_eq!(built(again).await, "");
    let hidden = deployer(
        "hidden",
        &monitor,
        json!("hidden"),
        json!([secret("DATABASE/prod")]),
    );
    assert_eq!(built(hidden).await, "");
    let cycle =
        json!({"dependencies": {"x/prod": ["y/prod"], "X/prod": ["x2/prod"]}, "checks": "off"});
    let said = built(component("DependencyGraph", "graph", &monitor, cycle)).await;
    assert!(
        said.contains("`x/prod`") && said.contains("`X/prod`"),
        "{said}"
    );
}

/// A cloud that ignores case answers with the names as they were first given.
#[tokio::test]
async fn an_import_takes_the_spelling_of_the_cloud() {
    let provider = Provider::start().await;
    let live = json!([{
        "organizationName": "acme", "projectName": "app", "stackName": "prod", "name": "mine", "displayName": "Mine",
        "payloadUrl": "https://x.example", "active": true, "format": "raw", "filters": ["update_failed"],
    }]);
    let fault = Fault::on(
        Method::GET,
        "/api/stacks/{o}/{p}/{s}/hooks",
        answers(200, &live.to_string()),
    );
    provider.cloud.app().faults().add(fault);
    let request = pb::ReadRequest {
        id: "Acme/App/prod/mine".to_owned(),
        urn: urn("hook"),
        ..pb::ReadRequest::default()
    };
    let read = provider.client.clone().read(request).await;
    let read = read.expect("it is there").into_inner();
    assert_eq!(read.id, "acme/app/prod/mine");
    for properties in [read.properties, read.inputs] {
        let properties = json_of(properties);
        assert_eq!(properties["organizationName"], "acme");
        assert_eq!(properties["projectName"], "app");
    }
}
