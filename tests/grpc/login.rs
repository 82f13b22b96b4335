//! Tokens that change: a login that the Pulumi CLI renews, and a replaced token in the configuration.

use auto_deploy::config::{Environment, Login};
use auto_deploy::pb;
use serde_json::json;
use std::path::Path;
use testkit::api::TOKEN;
use testkit::provider::{Provider, urn};
use testkit::values::{properties, secret};

/// Stores a login for a cloud, as the Pulumi CLI does.
fn store(folder: &Path, url: &str, token: &str) {
    let login = json!({"current": url, "accounts": {url: {"accessToken": token}}});
    std::fs::write(folder.join("credentials.json"), login.to_string()).expect("it is written");
}

/// A provider that has read a login with this token.
async fn logged_in(folder: &Path, token: &str) -> Provider {
    let mut provider = Provider::start_in(Environment::default()).await;
    let url = provider.cloud.url().to_owned();
    store(folder, &url, token);
    let environment = Environment {
        login: Login::load(folder),
        ..Environment::default()
    };
    provider.serve_in(environment).await;
    provider.configure(json!({})).await.expect("it is taken");
    provider
}

#[tokio::test]
async fn a_login_that_was_renewed_is_read_once_more() {
    let folder = tempfile::tempdir().expect("a folder");
    let provider = logged_in(folder.path(), "pul-stale").await;
    store(folder.path(), provider.cloud.url(), TOKEN);
    let news = json!({
        "organizationName": "acme", "projectName": "app", "stackName": "prod", "displayName": "x", "active": true,
        "format": "raw", "payloadUrl": "https://example.com", "filters": ["update_succeeded"],
    });
    provider.create("hook", &news).await.expect("it is made");
    let hooks = provider.requests();
    let statuses: Vec<&str> = hooks
        .iter()
        .filter_map(|line| line.rsplit(' ').next())
        .collect();
    assert_eq!(statuses, ["401", "201", "200", "200"], "{hooks:?}");
    // From now on the new token is sent.
    let (id, none) = ("acme/app/prod/x", json!(null));
    provider
        .read(id, &none, &none)
        .await
        .expect("it is answered");
    assert_eq!(provider.requests().len(), 1);
}

#[tokio::test]
async fn a_login_that_is_still_the_same_is_refused_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let provider = logged_in(folder.path(), "pul-stale").await;
    let refused = async || {
        let status = provider
            .delete("acme/app/prod/x")
            .await
            .expect_err("it is refused");
        status.message().replace(provider.cloud.url(), "URL")
    };
    insta::assert_snapshot!(refused().await, @"could not delete the webhook `acme/app/prod/x`: URL (named by the login of the Pulumi CLI) does not accept the access token of the stored login: run `pulumi login URL`");
    assert_eq!(
        provider.requests().len(),
        1,
        "the same token is not sent again"
    );
    // Another token that is refused too is tried once.
    store(folder.path(), provider.cloud.url(), "pul-other");
    refused().await;
    assert_eq!(provider.requests().len(), 2);
    // A login at another cloud is not used for this one.
    store(folder.path(), "https://elsewhere.example", TOKEN);
    refused().await;
    assert_eq!(provider.requests().len(), 1);
}

/// `pulumi refresh` and `pulumi destroy` run no program: the engine passes the values of the state, and checks nothing.
#[tokio::test]
async fn a_token_and_an_address_of_the_state_are_told_from_those_of_the_configuration() {
    let provider = Provider::start_in(Environment::default()).await;
    let said = async |is_checked: bool, args: serde_json::Value| {
        let mut client = provider.client.clone();
        let handshake = pb::ProviderHandshakeRequest::default();
        client.handshake(handshake).await.expect("it answers");
        if is_checked {
            let check = pb::CheckRequest {
                news: properties(args.clone()),
                ..pb::CheckRequest::default()
            };
            client.check_config(check).await.expect("it answers");
        }
        let configure = pb::ConfigureRequest {
            args: properties(args),
            ..pb::ConfigureRequest::default()
        };
        client.configure(configure).await.expect("it is taken");
        let delete = pb::DeleteRequest {
            id: "acme/app/prod/x".to_owned(),
            urn: urn("x"),
            ..pb::DeleteRequest::default()
        };
        let status = client.delete(delete).await.expect_err("it is refused");
        status.message().replace(provider.cloud.url(), "URL")
    };
    let old = json!({"apiUrl": provider.cloud.url(), "accessToken": secret("pul-old")});
    insta::assert_snapshot!(said(true, old.clone()).await, @"could not delete the webhook `acme/app/prod/x`: URL (named by `auto-deploy:apiUrl`) does not accept the access token in the configuration `auto-deploy:accessToken`: set a valid one with `pulumi config set --secret auto-deploy:accessToken`");
    insta::assert_snapshot!(said(false, old).await, @"could not delete the webhook `acme/app/prod/x`: URL (named by `auto-deploy:apiUrl` as of this stack's last `pulumi up`) does not accept the access token in `auto-deploy:accessToken` as of this stack's last `pulumi up`: if you have set another one since, run `pulumi up` first, or add `--run-program`");
    let nowhere = json!({"apiUrl": "http://127.0.0.1:1", "accessToken": secret(TOKEN)});
    insta::assert_snapshot!(said(true, nowhere.clone()).await, @"could not delete the webhook `acme/app/prod/x`: no answer from http://127.0.0.1:1 (named by `auto-deploy:apiUrl`) after 4 attempts: nothing listens there; start it, or correct the address");
    insta::assert_snapshot!(said(false, nowhere).await, @"could not delete the webhook `acme/app/prod/x`: no answer from http://127.0.0.1:1 (named by `auto-deploy:apiUrl` as of this stack's last `pulumi up`) after 4 attempts: nothing listens there; start it, or correct the address");
}
