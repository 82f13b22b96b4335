//! The organization when a program names none.

use crate::components::{component, construct};
use auto_deploy::config::Environment;
use auto_deploy::domain::StackRef;
use auto_deploy::pb;
use serde_json::{Value, json};
use testkit::api::TOKEN;
use testkit::engine::Log;
use testkit::monitor::Monitor;
use testkit::provider::Provider;
use testkit::values::{properties, secret};

/// A webhook in the program `wiring`, stack `dev`.
fn webhook() -> Value {
    json!({"projectName": "app", "stackName": "prod", "displayName": "x", "payloadUrl": "https://x"})
}

/// A provider in an environment where these organizations have a stack named like that of the program `wiring`, stack
/// `dev`.
async fn provider(environment: Environment, owners: &[&str]) -> Provider {
    let provider = Provider::start_in(environment).await;
    for owner in owners {
        let path = format!("/api/stacks/{owner}/wiring");
        let (status, _) = provider
            .ask("POST", &path, json!({"stackName": "dev"}))
            .await;
        assert_eq!(status, 200, "{owner}");
    }
    provider.requests();
    provider
}

fn defaulting(organization: &str) -> Environment {
    Environment {
        default_organization: Some(organization.to_owned()),
        ..Environment::default()
    }
}

/// The environment of a state in a folder.
fn elsewhere() -> Environment {
    Environment {
        backend_url: Some("file:///state".to_owned()),
        ..Environment::default()
    }
}

/// The organization of a webhook that names none, or why it is unknown.
async fn organization(provider: &Provider) -> String {
    let checked = provider.check(webhook()).await.expect("it answers");
    if checked.failures.is_empty() {
        return checked.inputs["organizationName"]
            .as_str()
            .expect("a text")
            .to_owned();
    }
    checked.failures.replace(provider.cloud.url(), "URL")
}

#[tokio::test]
async fn it_is_the_one_that_has_the_stack_and_it_is_asked_for_once() {
    // The default organization of the token's user is `local`, and that of the CLI's user another.
    let provider = provider(defaulting("acme"), &["corp"]).await;
    for _ in 0..3 {
        assert_eq!(organization(&provider).await, "corp");
    }
    assert_eq!(provider.requests(), ["GET /api/user/stacks 200"]);
}

#[tokio::test]
async fn of_several_none_is_taken_without_a_word() {
    let provider = provider(Environment::default(), &["acme", "corp", "local"]).await;
    let configure = pb::ConfigureRequest {
        urn: Some("urn:pulumi:dev::wiring::pulumi:providers:auto-deploy::default".into()),
        id: Some("4242".into()),
        args: properties(json!({"apiUrl": provider.cloud.url(), "accessToken": secret(TOKEN)})),
        ..pb::ConfigureRequest::default()
    };
    let mut client = provider.client.clone();
    client.configure(configure).await.expect("it is taken");
    insta::assert_snapshot!(organization(&provider).await, @"organizationName: is required: the organizations `acme`, `corp` and `local` each have a stack `wiring/dev`, and the engine does not say which one this program runs in");
    let url = provider.cloud.url().to_owned();
    let refused = provider
        .client
        .clone()
        .invoke(pb::InvokeRequest {
            tok: "auto-deploy:index:getDependencyGraph".to_owned(),
            ..pb::InvokeRequest::default()
        })
        .await
        .expect("it answers")
        .into_inner();
    let reasons: Vec<_> = refused
        .failures
        .iter()
        .map(|it| it.reason.replace(&url, "URL"))
        .collect();
    insta::assert_snapshot!(reasons.join("; "), @"is required: the organizations `acme`, `corp` and `local` each have a stack `wiring/dev`, and the engine does not say which one this program runs in");
    assert!(
        !provider
            .requests()
            .iter()
            .any(|request| request.contains("default")),
        "the default organization is none of its concern"
    );
}

#[tokio::test]
async fn the_variable_of_the_cli_decides_among_several_and_the_user_is_told_once() {
    let (provider, log) = (
        provider(defaulting("corp"), &["acme", "corp"]).await,
        Log::default(),
    );
    let handshake = pb::ProviderHandshakeRequest {
        engine_address: log.serve().await,
        ..pb::ProviderHandshakeRequest::default()
    };
    provider
        .client
        .clone()
        .handshake(handshake)
        .await
        .expect("it answers");
    let url = provider.cloud.url().to_owned();
    provider.use_cloud_at(&url).await;
    assert_eq!(organization(&provider).await, "corp");
    assert_eq!(organization(&provider).await, "corp");
    let said = log.taken();
    assert_eq!(said.len(), 1, "{said:?}");
    insta::assert_snapshot!(said[0], @"Warning hook: `corp` is used as this program's organization, because PULUMI_DEFAULT_ORGANIZATION names it: the organizations `acme` and `corp` each have a stack `wiring/dev`, and the engine does not say which one this program runs in; name the organization in the program to be sure");
}

#[tokio::test]
async fn pulumi_deployments_says_it() {
    let environment = Environment {
        deployment: StackRef::new("corp", "wiring", "dev").ok(),
        ..Environment::default()
    };
    let provider = provider(environment, &["acme", "corp"]).await;
    assert_eq!(organization(&provider).await, "corp");
    assert_eq!(provider.requests(), [""; 0], "nobody is asked");
}

#[tokio::test]
async fn a_stack_that_is_not_to_be_seen_is_nobodys() {
    let mut provider = provider(Environment::default(), &[]).await;
    insta::assert_snapshot!(organization(&provider).await, @"organizationName: is required: URL (named by `auto-deploy:apiUrl`) shows no stack `wiring/dev` to this access token, so the organization that this program runs in is not known");
    let nobody = json!({"apiUrl": provider.cloud.url(), "accessToken": secret("pul-wrong")});
    provider.configure(nobody).await.expect("it is taken");
    insta::assert_snapshot!(organization(&provider).await, @"organizationName: is required, because the organization of this program could not be found: could not look for the stack `wiring/dev`: URL (named by `auto-deploy:apiUrl`) does not accept the access token in the configuration `auto-deploy:accessToken`: set a valid one with `pulumi config set --secret auto-deploy:accessToken`");
}

#[tokio::test]
async fn state_that_is_elsewhere_leaves_it_to_the_default() {
    // A stack of the same name on the cloud belongs to another program.
    let at = |environment| async { organization(&provider(environment, &["acme"]).await).await };
    assert_eq!(at(elsewhere()).await, "corp", "the cloud's default");
    let chosen = Environment {
        default_organization: Some("acme".to_owned()),
        ..elsewhere()
    };
    assert_eq!(at(chosen).await, "acme");
}

/// `getOrganization()` returns this word where the state is not in a Pulumi Cloud.
#[tokio::test]
async fn the_word_for_none_is_as_if_it_was_left_out() {
    let mut news = webhook();
    news["organizationName"] = json!("organization");
    let cloud = provider(Environment::default(), &["acme"]).await;
    let kept = cloud.inputs(news.clone()).await["organizationName"].clone();
    assert_eq!(kept, "organization", "in Pulumi Cloud it may be a name");
    let folder = provider(elsewhere(), &[]).await;
    assert_eq!(folder.inputs(news).await["organizationName"], "corp");
    let called = folder
        .client
        .clone()
        .invoke(pb::InvokeRequest {
            tok: "auto-deploy:index:getDependencyGraph".to_owned(),
            args: properties(json!({"organization": "organization"})),
            ..pb::InvokeRequest::default()
        })
        .await
        .expect("it answers")
        .into_inner();
    let called = testkit::values::json_of(called.r#return);
    assert_eq!(called["organization"], "corp");

    // The engine tells a component its organization, whatever the environment says.
    let monitor = Monitor::default();
    let given = || json!({"organization": "organization", "project": "app", "stack": "prod", "downstreamRefs": ["app/dev"], "checks": "off"});
    let mut request = component("AutoDeployer", "network", &monitor.serve().await, given());
    request.organization = "organization".to_owned();
    let state = construct(&cloud, request).await.expect("it is built");
    assert_eq!(state["organization"], "corp");

    // An engine before 3.233 does not, and the environment decides.
    let mut silent = component("AutoDeployer", "network", &monitor.serve().await, given());
    silent.organization = String::new();
    let state = construct(&folder, silent.clone())
        .await
        .expect("it is built");
    assert_eq!(state["organization"], "corp");
    let state = construct(&cloud, silent).await.expect("it is built");
    assert_eq!(state["organization"], "organization", "it may be a name");
}

/// A component finds out about its program's stack even where the engine does not tell.
#[tokio::test]
async fn a_slip_deletes_nothing_where_the_engine_is_silent() {
    let provider = provider(Environment::default(), &["acme"]).await;
    let urn = |types: &str, name: &str| format!("urn:pulumi:dev::wiring::{types}::{name}");
    let deployer = urn("auto-deploy:index:AutoDeployer", "network");
    let state = json!({"version": 3, "deployment": {"resources": [
        {"urn": deployer, "type": "auto-deploy:index:AutoDeployer", "custom": false},
        {"urn": urn("auto-deploy:index:AutoDeployer$auto-deploy:index:Webhook", "network->acme/app/prod"),
         "type": "auto-deploy:index:Webhook", "custom": true, "id": "acme/network/prod/auto-deploy-0123456789abcdef0123",
         "parent": deployer},
    ]}});
    let import = "/api/stacks/acme/wiring/dev/import";
    let (status, said) = provider.ask("POST", import, state).await;
    assert_eq!(status, 200, "{said}");
    let monitor = Monitor::default();
    let inputs = json!({"organization": "acme", "project": "network", "stack": "prdo", "discoverDownstream": true});
    let mut request = component("AutoDeployer", "network", &monitor.serve().await, inputs);
    for told in ["acme", ""] {
        request.organization = told.to_owned();
        let refused = construct(&provider, request.clone()).await;
        let said = refused.expect_err("it is a slip").message().to_owned();
        assert!(said.contains("network/prdo"), "{told}: {said}");
    }
}
