//! A run that lasts longer than its login: the CLI renews it meanwhile, and the cloud no longer accepts the old one.

use crate::support::Cloud;
use crate::troubles::{end, start_without, wire};
use local_cloud::Method;
use serde_json::json;
use std::path::Path;
use testkit::api::TOKEN;

/// Stores a login in the CLI's home, as the CLI does.
fn log_in(home: &Path, url: &str, token: &str) {
    let login = json!({
        "current": url,
        "accessTokens": { url: token },
        "accounts": { url: { "accessToken": token, "username": "local" } },
    });
    std::fs::write(home.join("credentials.json"), login.to_string()).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_is_renewed_during_a_run_is_read_again() {
    let data = tempfile::tempdir().unwrap();
    let cloud = Cloud::start_in(data.path()).await;
    wire(&cloud).await;
    let url = cloud.server.url().to_owned();
    log_in(cloud.home.path(), &url, TOKEN);
    let by_hand = cloud.begin("network/prod", "update").await;
    let run = start_without(
        &cloud,
        &["run", "network/prod"],
        &["PULUMI_ACCESS_TOKEN", "PULUMI_API"],
    );
    cloud.reaches("network/prod failed").await;
    log_in(cloud.home.path(), &url, "pul-renewed");
    let (api, _home) = cloud.with_another_token("pul-renewed", data.path()).await;
    by_hand.end(&api, "succeeded").await;
    let said = end(run).await.expect(0);
    assert!(
        said.out.contains("4 stacks succeeded."),
        "{}",
        said.transcript()
    );
    let path = "/api/orgs/acme/deployments?asc=true";
    let ask = async |token: &str| {
        let authorization = format!("token {token}");
        let answer = api.send_as(&authorization, Method::GET, path, None);
        answer.await.unwrap()
    };
    let (old, renewed) = (ask(TOKEN).await, ask("pul-renewed").await);
    assert_eq!(old.status, 401, "the old login is over");
    let deployments = renewed.succeeds()["deployments"].clone();
    let succeeded = deployments.as_array().unwrap().iter().rev();
    let succeeded: Vec<_> = succeeded
        .filter(|one| one["status"] == "succeeded")
        .map(|one| one["projectName"].as_str().unwrap())
        .collect();
    // The update by hand started the two in the middle by their webhooks as well.
    assert_eq!(succeeded[0], "app", "{deployments}");
    assert!(succeeded.contains(&"network"), "{deployments}");
}
