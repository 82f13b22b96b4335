//! How the client reads stacks, from a server that gives prepared answers.

use auto_deploy::cloud::{Client, CloudError, ErrorKind, Patience};
use auto_deploy::domain::StackRef;
use wiremock::matchers::{method, path, query_param, query_param_is_missing};
use wiremock::{Mock, MockServer, ResponseTemplate};

fn client(server: &MockServer) -> Client {
    crate::client(&server.uri(), Patience::default())
}

fn page(names: &[&str], token: serde_json::Value) -> ResponseTemplate {
    let stack = |name: &&str| {
        serde_json::json!({
            "orgName": "acme", "projectName": "app", "stackName": name, "lastUpdate": 0, "resourceCount": 3,
        })
    };
    let stacks: Vec<_> = names.iter().map(stack).collect();
    let body = serde_json::json!({"stacks": stacks, "continuationToken": token});
    ResponseTemplate::new(200).set_body_json(body)
}

#[tokio::test]
async fn stacks_are_listed_to_the_last_page() {
    let server = MockServer::start().await;
    Mock::given(path("/api/user/stacks"))
        .and(query_param("organization", "acme"))
        .and(query_param("project", "app"))
        .and(query_param_is_missing("continuationToken"))
        .respond_with(page(&["a", "b"], "next one".into()))
        .expect(1)
        .mount(&server)
        .await;
    Mock::given(path("/api/user/stacks"))
        .and(query_param("continuationToken", "next one"))
        .respond_with(page(&["c"], serde_json::Value::Null))
        .expect(1)
        .mount(&server)
        .await;
    let stacks = client(&server).stacks("acme", Some("app")).await;
    let stacks = stacks.expect("it is answered");
    let names: Vec<&str> = stacks.iter().map(|found| found.stack.stack()).collect();
    assert_eq!(names, ["a", "b", "c"]);
    assert!(stacks.iter().all(|found| found.last_update.is_none()));
}

#[tokio::test]
async fn a_list_that_never_ends_and_a_name_that_none_can_have_are_errors() {
    for (answer, place) in [
        (page(&["a"], "again".into()), "continuationToken"),
        (page(&["a", "b/c"], serde_json::Value::Null), "stacks[1]"),
    ] {
        let server = MockServer::start().await;
        Mock::given(method("GET"))
            .respond_with(answer)
            .mount(&server)
            .await;
        let error = client(&server).stacks("acme", None).await;
        let error = error.expect_err("it is not what it should be");
        assert!(
            matches!(&error.kind, ErrorKind::Shape { path } if path == place),
            "{error}"
        );
    }
}

#[tokio::test]
async fn what_is_told_of_a_stack_is_read_or_its_wrong_field_named() {
    let app = StackRef::new("acme", "app", "prod").expect("a name");
    let server = MockServer::start().await;
    let answers = [
        (
            "deployments/settings",
            r#"{"gitHub": {"deployCommits": "yes"}}"#,
        ),
        ("deployments/metadata", r#"{"paused": 1}"#),
        (
            "downstreamreferences",
            r#"{"referencedStacks": [{"organization": "acme", "name": "dev"}]}"#,
        ),
        ("upstreamreferences", r#"{"referencedStacks": {}}"#),
    ];
    for (rest, body) in answers {
        Mock::given(path(format!("/api/stacks/acme/app/prod/{rest}")))
            .respond_with(ResponseTemplate::new(200).set_body_string(body))
            .mount(&server)
            .await;
    }
    let client = client(&server);
    let wrong = [
        client.deployment_settings(&app).await.map(drop),
        client.deployment_pauses(&app).await.map(drop),
        client.downstream_references(&app).await.map(drop),
        client.upstream_references(&app).await.map(drop),
    ];
    let places = wrong.map(|answer| match answer {
        Err(CloudError {
            kind: ErrorKind::Shape { path },
            ..
        }) => path,
        other => format!("{other:?}"),
    });
    assert_eq!(
        places,
        [
            "gitHub.deployCommits",
            "paused",
            "referencedStacks[0]",
            "referencedStacks"
        ]
    );
    let elsewhere = StackRef::new("acme", "app", "gone").expect("a name");
    assert_eq!(
        client
            .deployment_settings(&elsewhere)
            .await
            .expect("it is answered"),
        None
    );
    assert_eq!(
        client
            .deployment_pauses(&elsewhere)
            .await
            .expect("it is answered"),
        None
    );
    assert_eq!(
        client
            .downstream_references(&elsewhere)
            .await
            .expect("it is answered"),
        None
    );
}
