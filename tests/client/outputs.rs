//! The outputs of stacks: read by their own endpoint where the cloud has it, else from the state.

use auto_deploy::cloud::{Client, Patience, StackOutputs};
use auto_deploy::domain::StackRef;
use local_cloud::{AppBuilder, Capability, Server};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use testkit::api::{Api, TOKEN};
use testkit::published;
use wiremock::matchers::path;
use wiremock::{Mock, MockServer, ResponseTemplate};

fn stack() -> StackRef {
    StackRef::new("acme", "app", "prod").expect("a name")
}

fn endpoint_client(url: &str) -> Client {
    let endpoint = auto_deploy::cloud::Endpoint::new(url.parse().expect("it is a URL"), TOKEN);
    Client::new(endpoint, Patience::default())
}

/// The outputs of a stack on a cloud, in each state of the stack, and how they were requested.
async fn read(without: Option<Capability>) -> (Vec<Option<StackOutputs>>, Vec<String>) {
    let builder = published::builder(TOKEN).organization("acme");
    let builder = without.into_iter().fold(builder, AppBuilder::without);
    let cloud = Server::start(builder.open().expect("it opens"))
        .await
        .expect("it starts");
    let api = Api::new(cloud.url());
    let client = endpoint_client(cloud.url());
    let mut found = vec![client.outputs(&stack()).await.expect("it is answered")];
    api.post("/api/stacks/acme/app", json!({"stackName": "prod"}))
        .await
        .succeeds();
    found.push(client.outputs(&stack()).await.expect("it is answered"));
    let urn = "urn:pulumi:prod::app::pulumi:pulumi:Stack::app-prod";
    let secret = json!({"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "v1:x"});
    let outputs = json!({"n": 1.5, "deep": {"list": [null, "a"]}, "key": secret});
    let provider = json!({"type": "passphrase", "state": {"salt": "v1:s"}});
    let other = json!({"urn": "urn:pulumi:prod::app::a:b:C::c", "type": "a:b:C", "parent": urn, "outputs": {"no": 1}});
    for resources in [
        json!([{"urn": urn, "type": "pulumi:pulumi:Stack", "outputs": outputs}, other]),
        json!([{"urn": urn, "type": "pulumi:pulumi:Stack"}]),
        json!([]),
    ] {
        let state = json!({"manifest": {}, "secrets_providers": provider, "resources": resources});
        let state = json!({"version": 3, "deployment": state});
        api.post("/api/stacks/acme/app/prod/import", state)
            .await
            .succeeds();
        found.push(client.outputs(&stack()).await.expect("it is answered"));
    }
    let requests = cloud.app().request_log().take();
    let asked = requests.iter().map(ToString::to_string);
    let asked = asked.filter(|request| request.starts_with("GET"));
    (found, asked.collect())
}

#[tokio::test]
async fn both_ways_give_the_same() {
    let (alone, requests) = read(None).await;
    let outputs = "GET /api/stacks/acme/app/prod/outputs";
    let ok = format!("{outputs} 200");
    let expected = [
        "GET /api/capabilities 200".to_owned(),
        format!("{outputs} 404"),
        ok.clone(),
        ok.clone(),
        ok.clone(),
        ok,
    ];
    assert_eq!(requests, expected, "capabilities are asked once");
    let (by_state, requests) = read(Some(Capability::StackOutputs)).await;
    assert!(
        requests[1..]
            .iter()
            .all(|request| request.contains("/export ")),
        "{requests:?}"
    );
    assert_eq!(alone, by_state);
    assert_eq!(alone[0], None, "the stack is not there");
    assert_eq!(alone[1], Some(StackOutputs::default()), "it has no state");
    let outputs = alone[2].as_ref().expect("it is there");
    let values = outputs.values.as_ref().expect("it has some");
    assert_eq!(
        (&values["n"], &values["deep"]["list"][1]),
        (&json!(1.5), &json!("a"))
    );
    assert_eq!(values["key"]["ciphertext"], "v1:x");
    assert_eq!(
        outputs.secrets_provider.as_ref().expect("it is said")["type"],
        "passphrase"
    );
    for empty in &alone[3..] {
        let values = empty.as_ref().and_then(|outputs| outputs.values.as_ref());
        assert!(values.is_some_and(BTreeMap::is_empty), "{empty:?}");
    }
}

/// How a client reads outputs from a cloud that answers this about its capabilities.
async fn way(capabilities: ResponseTemplate) -> String {
    let server = MockServer::start().await;
    let answers = [
        ("/api/capabilities", capabilities),
        (
            "/api/stacks/acme/app/prod/outputs",
            ResponseTemplate::new(200).set_body_json(json!({"outputs": {"way": "alone"}})),
        ),
        (
            "/api/stacks/acme/app/prod/export",
            ResponseTemplate::new(200).set_body_json(json!({"version": 3, "deployment": {
                "resources": [{"type": "pulumi:pulumi:Stack", "outputs": {"way": "by the state"}}],
            }})),
        ),
    ];
    for (at, answer) in answers {
        Mock::given(path(at))
            .respond_with(answer)
            .mount(&server)
            .await;
    }
    let outputs = endpoint_client(&server.uri()).outputs(&stack()).await;
    let outputs = outputs.expect("it is answered").expect("it is there");
    outputs.values.expect("it has some")["way"]
        .as_str()
        .expect("a text")
        .to_owned()
}

#[tokio::test]
async fn only_the_form_that_is_known_is_read_alone() {
    let named = |version: Value| {
        let capability = json!({"capability": "stack-outputs", "version": version});
        ResponseTemplate::new(200).set_body_json(json!({"capabilities": [capability]}))
    };
    assert_eq!(way(named(json!(1))).await, "alone");
    assert_eq!(way(named(json!(2))).await, "by the state", "a newer form");
    let none = ResponseTemplate::new(200).set_body_json(json!({"capabilities": []}));
    assert_eq!(way(none).await, "by the state");
    let unknown = ResponseTemplate::new(404).set_body_json(json!({"code": 404, "message": "x"}));
    assert_eq!(way(unknown).await, "by the state");
}
