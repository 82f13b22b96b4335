//! The configuration of the provider.

use auto_deploy::pb;
use auto_deploy::rpc::server::Server;
use serde_json::{Value, json};
use testkit::api::TOKEN;
use testkit::provider::{Provider, serve, urn};
use testkit::values::{UNKNOWN, json_of, properties, secret};

async fn check(news: Value) -> (Value, String) {
    let (mut client, _serving) = serve(Server::new(None)).await;
    let request = pb::CheckRequest {
        news: properties(news),
        ..pb::CheckRequest::default()
    };
    let answer = client
        .check_config(request)
        .await
        .expect("it answers")
        .into_inner();
    let lines: Vec<_> = answer
        .failures
        .iter()
        .map(|failure| format!("{}: {}", failure.property, failure.reason))
        .collect();
    (json_of(answer.inputs), lines.join("\n"))
}

#[tokio::test]
async fn what_is_kept_is_what_the_program_said_with_the_token_secret() {
    let (inputs, failures) = check(
        json!({"accessToken": "plain", "apiUrl": "https://cloud.example", "version": "0.1.0"}),
    )
    .await;
    assert_eq!(failures, "");
    assert_eq!(
        inputs,
        json!({"accessToken": secret("plain"), "apiUrl": "https://cloud.example", "version": "0.1.0"})
    );
    assert_eq!(
        check(json!({})).await,
        (json!({}), String::new()),
        "nothing comes in from the environment"
    );
    assert_eq!(check(json!({"apiUrl": UNKNOWN})).await.1, "");
    insta::assert_snapshot!(check(json!({"apiUrl": "cloud", "accessToken": 7, "accesToken": "x"})).await.1, @r"
    accesToken: there is no such property: did you mean `accessToken`?
    apiUrl: is not a web address (relative URL without a base): write one like `https://api.pulumi.com`
    ");
}

#[tokio::test]
async fn another_token_or_address_replaces_nothing() {
    let (mut client, _serving) = serve(Server::new(None)).await;
    let request = pb::DiffRequest {
        old_inputs: properties(json!({"accessToken": secret("a"), "version": "0.1.0"})),
        news: properties(
            json!({"accessToken": secret("b"), "apiUrl": "https://cloud.example", "version": "0.2.0"}),
        ),
        ..pb::DiffRequest::default()
    };
    let answer = client
        .diff_config(request)
        .await
        .expect("it answers")
        .into_inner();
    assert_eq!(
        (answer.replaces, answer.diffs),
        (vec![], vec!["accessToken".to_owned(), "apiUrl".to_owned()])
    );
}

#[tokio::test]
async fn a_wrong_token_is_said_once_and_never_shown() {
    let mut provider = Provider::start().await;
    provider
        .configure(json!({"apiUrl": provider.cloud.url(), "accessToken": secret("pul-wrong")}))
        .await
        .expect("it is taken");
    let status = provider
        .delete("acme/app/prod/x")
        .await
        .expect_err("it is not accepted");
    assert_eq!(status.code(), tonic::Code::Unauthenticated);
    insta::assert_snapshot!(status.message().replace(provider.cloud.url(), "URL"), @"could not delete the webhook `acme/app/prod/x`: URL (named by `auto-deploy:apiUrl`) does not accept the access token in the configuration `auto-deploy:accessToken`: set a valid one with `pulumi config set --secret auto-deploy:accessToken`");
    for (configuration, expected) in [
        (
            json!({"apiUrl": "nowhere", "accessToken": secret(TOKEN)}),
            "the configuration `auto-deploy:apiUrl` is not a web address (relative URL without a base): write one like \
             `https://api.pulumi.com`",
        ),
        (
            json!({"apiUrl": provider.cloud.url(), "accessToken": secret("with space")}),
            "the access token from the configuration `auto-deploy:accessToken` contains characters that a token \
             cannot have: set it again, without spaces and line breaks",
        ),
    ] {
        provider
            .configure(configuration)
            .await
            .expect("Configure does not fail: the engine would not say at which resource");
        assert_eq!(refusals(&mut provider).await, [expected; 9]);
    }
    let right = json!({"apiUrl": provider.cloud.url(), "accessToken": secret(TOKEN)});
    provider.configure(right).await.expect("it is taken");
    provider
        .delete("acme/app/prod/x")
        .await
        .expect("it is configured");
}

/// The error of each request that needs a cloud and has none.
async fn refusals(provider: &mut Provider) -> Vec<String> {
    let client = &mut provider.client;
    let urn = || urn("x");
    let id = || "acme/app/prod/x".to_owned();
    let mut said = Vec::new();
    let mut refused = |status: Option<tonic::Status>| {
        said.push(status.expect("it is refused").message().to_owned());
    };
    let check = pb::CheckRequest {
        urn: urn(),
        ..pb::CheckRequest::default()
    };
    refused(client.check(check).await.err());
    let diff = pb::DiffRequest {
        urn: urn(),
        ..pb::DiffRequest::default()
    };
    refused(client.diff(diff).await.err());
    let create = pb::CreateRequest {
        urn: urn(),
        ..pb::CreateRequest::default()
    };
    refused(client.create(create).await.err());
    let read = pb::ReadRequest {
        urn: urn(),
        id: id(),
        ..pb::ReadRequest::default()
    };
    refused(client.read(read).await.err());
    let update = pb::UpdateRequest {
        urn: urn(),
        id: id(),
        ..pb::UpdateRequest::default()
    };
    refused(client.update(update).await.err());
    let delete = pb::DeleteRequest {
        urn: urn(),
        id: id(),
        ..pb::DeleteRequest::default()
    };
    refused(client.delete(delete).await.err());
    let list = pb::ListRequest {
        token: "auto-deploy:index:Webhook".into(),
        ..pb::ListRequest::default()
    };
    refused(client.list(list).await.err());
    let function = pb::InvokeRequest {
        tok: "auto-deploy:index:getDependencyGraph".into(),
        ..pb::InvokeRequest::default()
    };
    refused(client.invoke(function).await.err());
    let component = pb::ConstructRequest {
        r#type: "auto-deploy:index:AutoDeployer".into(),
        ..pb::ConstructRequest::default()
    };
    refused(client.construct(component).await.err());
    said
}
