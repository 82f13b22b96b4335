//! Deployment settings.

use crate::support::{Cloud, builder};
use local_cloud::Method;
use serde_json::{Value, json};

const SETTINGS: &str = "/api/stacks/acme/web/dev/deployments/settings";

#[tokio::test]
async fn put_replaces_post_changes_delete_removes() {
    let cloud = Cloud::with_stack().await;
    assert_eq!(
        cloud.get(SETTINGS).await.message(404),
        "Not Found: stack `acme/web/dev` has no deployment settings"
    );
    cloud.delete(SETTINGS).await.message(404);
    let given = json!({
        "agentPoolID": null, "executorContext": {"executorImage": "img:1"},
        "operationContext": {"preRunCommands": ["a"], "environmentVariables": {"A": "b"}},
        "sourceContext": {"git": {"branch": "main", "repoDir": "d", "repoUrl": "https://localhost/r"}},
        "cacheOptions": {"enable": true},
    });
    let mut expected = given.clone();
    expected.as_object_mut().unwrap().remove("agentPoolID");
    expected["version"] = 1.into();
    expected["source"] = "api".into();
    assert_eq!(cloud.put(SETTINGS, given).await.expect(200), expected);
    assert_eq!(cloud.get(SETTINGS).await.expect(200), expected);

    let change = json!({"cacheOptions": null, "operationContext": {"preRunCommands": ["b", "c"], "options": {"shell": "bash"}}});
    expected.as_object_mut().unwrap().remove("cacheOptions");
    expected["operationContext"]["preRunCommands"] = json!(["b", "c"]);
    expected["operationContext"]["options"] = json!({"shell": "bash"});
    expected["version"] = 2.into();
    assert_eq!(cloud.post(SETTINGS, change).await.expect(200), expected);

    let whole = json!({"tag": "t"});
    assert_eq!(
        cloud.put(SETTINGS, whole).await.expect(200),
        json!({"tag": "t", "version": 3, "source": "api"})
    );
    assert_eq!(cloud.delete(SETTINGS).await.expect(200), json!(true));
    cloud.get(SETTINGS).await.message(404);
    assert_eq!(
        cloud.post(SETTINGS, json!({"tag": "u"})).await.expect(200)["version"],
        1
    );
    for method in [Method::GET, Method::DELETE] {
        let nowhere = "/api/stacks/acme/gone/dev/deployments/settings";
        cloud
            .send(method, nowhere, None)
            .await
            .unwrap()
            .message(404);
    }
}

#[tokio::test]
async fn secrets_are_kept_sealed_and_never_told() {
    let data = tempfile::tempdir().unwrap();
    let cloud = Cloud::start_with(builder().data(data.path())).await;
    for project in ["web", "other"] {
        cloud
            .post(
                &format!("/api/stacks/acme/{project}"),
                json!({"stackName": "dev"}),
            )
            .await
            .expect(200);
    }
    let given = json!({
        "operationContext": {"environmentVariables": {"OPEN": "in-the-open", "S": {"secret": "hush-hush"}}},
        "sourceContext": {"git": {"repoUrl": "r", "gitAuth": {"sshAuth": {"sshPrivateKey": {"secret": "hush-hush"}}}}},
    });
    let told = cloud.put(SETTINGS, given.clone()).await.expect(200);
    let variables = &told["operationContext"]["environmentVariables"];
    assert_eq!(variables["OPEN"], "in-the-open");
    let ciphertext = variables["S"]["ciphertext"].as_str().unwrap();
    assert!(!told.to_string().contains("hush"));

    // What was read can be sent back.
    let back =
        json!({"operationContext": {"environmentVariables": {"S": {"ciphertext": ciphertext}}}});
    let kept = cloud.put(SETTINGS, back.clone()).await.expect(200);
    let told =
        json!({"environmentVariables": {"S": {"ciphertext": ciphertext, "secret": "[secret]"}}});
    assert_eq!(kept["operationContext"], told);
    // Also with the mask beside it.
    let masked = cloud
        .put(SETTINGS, json!({"operationContext": told}))
        .await
        .expect(200);
    assert_eq!(masked["operationContext"], told);
    let other = "/api/stacks/acme/other/dev/deployments/settings";
    assert_eq!(
        cloud.put(other, back).await.message(400),
        "Bad Request: `operationContext.environmentVariables.S`: this ciphertext does not belong to this stack"
    );
    cloud.put(SETTINGS, given).await.expect(200);
    cloud.server.stop().await;
    let database = std::fs::read(data.path().join("cloud.db")).unwrap();
    let has = |text: &str| {
        database
            .windows(text.len())
            .any(|window| window == text.as_bytes())
    };
    assert!(has("in-the-open") && !has("hush-hush"));
}

#[tokio::test]
async fn settings_that_cannot_be_are_refused_as_a_whole() {
    let cloud = Cloud::with_stack().await;
    cloud.put(SETTINGS, json!({"tag": "t"})).await.expect(200);
    let git = |git: Value| json!({"sourceContext": {"git": git}});
    for (given, message) in [
        (json!([]), "the body has the wrong type"),
        (
            json!({"operationContext": []}),
            "`operationContext` has the wrong type",
        ),
        (
            json!({"operationContext": {"environmentVariables": {"A": 1}}}),
            "`operationContext.environmentVariables.A` has the wrong type",
        ),
        (
            git(json!({"branch": "main", "commit": "abcd"})),
            "`sourceContext.git` can name a branch or a commit, but not both",
        ),
        (
            git(json!({"repoDir": "../x"})),
            "`sourceContext.git.repoDir` must be a folder of the repository",
        ),
    ] {
        for method in [Method::PUT, Method::POST] {
            let answer = cloud
                .send(method, SETTINGS, Some(given.clone()))
                .await
                .unwrap();
            assert_eq!(answer.message(400), format!("Bad Request: {message}"));
        }
    }
    assert_eq!(
        cloud.get(SETTINGS).await.expect(200),
        json!({"tag": "t", "version": 1, "source": "api"})
    );
}

/// The official provider compares what it reads with what it has sent.
#[tokio::test]
async fn all_that_the_official_provider_sends_comes_back() {
    let cloud = Cloud::with_stack().await;
    let secret = json!({"secret": "hush-hush"});
    let kinds = [
        json!({"accessToken": secret}),
        json!({"basicAuth": {"userName": secret, "password": secret}}),
        json!({"sshAuth": {"sshPrivateKey": secret, "password": secret}}),
    ];
    for git_auth in kinds {
        let given = json!({
            "sourceContext": {"git": {"repoUrl": "https://localhost/r", "branch": "refs/heads/main", "repoDir": "d",
                "gitAuth": git_auth}},
            "executorContext": {"executorImage": {"reference": "image:1",
                "credentials": {"username": "u", "password": secret}}},
            "operationContext": {
                "environmentVariables": {"OPEN": "in-the-open", "S": secret},
                "preRunCommands": ["true"],
                "options": {"skipInstallDependencies": true, "skipIntermediateDeployments": true, "shell": "bash",
                    "deleteAfterDestroy": true},
                "oidc": {
                    "aws": {"roleArn": "a", "sessionName": "s", "duration": "1h0m0s", "policyArns": ["p"]},
                    "azure": {"clientId": "c", "tenantId": "t", "subscriptionId": "s"},
                    "gcp": {"projectId": "p", "region": "r", "workloadPoolId": "w", "providerId": "i",
                        "serviceAccount": "s", "tokenLifetime": "1h0m0s"},
                },
                "role": {"id": "r"},
            },
            "cacheOptions": {"enable": true},
            "vcs": {"provider": "github", "repository": "a/b", "deployCommits": true, "previewPullRequests": true,
                "pullRequestTemplate": false, "paths": ["p"]},
        });
        cloud.put(SETTINGS, given.clone()).await.expect(200);
        let mut read = cloud.get(SETTINGS).await.expect(200);
        let members = read.as_object_mut().unwrap();
        members.remove("version");
        members.remove("source");
        // What is read can be sent back, and nothing changes.
        let mut again = cloud.put(SETTINGS, read.clone()).await.expect(200);
        let members = again.as_object_mut().unwrap();
        members.remove("version");
        members.remove("source");
        assert_eq!(again, read);
        assert_eq!(masked(read), masked(given));
    }
}

/// The same with `[secret]` in place of each secret.
fn masked(value: Value) -> Value {
    match value {
        Value::Object(members) if members.contains_key("secret") => "[secret]".into(),
        Value::Object(members) => {
            let members = members
                .into_iter()
                .map(|(name, member)| (name, masked(member)));
            members.collect::<serde_json::Map<_, _>>().into()
        }
        other => other,
    }
}
