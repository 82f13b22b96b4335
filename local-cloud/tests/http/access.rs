//! Who has access, and the answers to everyone else.

use crate::support::{Cloud, builder};
use insta::assert_snapshot;
use local_cloud::OpenError;
use testkit::api::{TOKEN, client};
use testkit::published;

async fn status(cloud: &Cloud, path: &str, headers: &[(&str, &str)]) -> (u16, String) {
    let request = headers
        .iter()
        .fold(client().get(cloud.url(path)), |request, (name, value)| {
            request.header(*name, *value)
        });
    let response = request.send().await.unwrap();
    (response.status().as_u16(), response.text().await.unwrap())
}

#[tokio::test]
async fn without_the_token_nobody_is_let_in() {
    let cloud = Cloud::start().await;
    let (code, body) = status(&cloud, "/api/user", &[]).await;
    assert_eq!(code, 401);
    assert_snapshot!(body, @r#"{"code":401,"message":"Unauthorized: No credentials provided or are invalid."}"#);
    for header in [
        "token wrong",
        "token",
        &format!("Bearer {TOKEN}"),
        &format!("update-token {TOKEN}"),
    ] {
        assert_eq!(
            status(&cloud, "/api/user", &[("authorization", header)])
                .await
                .0,
            401,
            "{header}"
        );
    }
    assert_eq!(
        status(&cloud, "/api/nothing", &[]).await.0,
        401,
        "nor told what there is"
    );
    assert_eq!(
        status(
            &cloud,
            "/api/user",
            &[("authorization", &format!("Token {TOKEN}"))]
        )
        .await
        .0,
        200
    );
}

#[tokio::test]
async fn foreign_hosts_and_pages_are_turned_away() {
    let token = format!("token {TOKEN}");
    let cloud = Cloud::start_with(builder().allowed_host("cloud.test")).await;
    let code = async |name, value| {
        status(
            &cloud,
            "/api/user",
            &[("authorization", &token), (name, value)],
        )
        .await
        .0
    };
    assert_eq!(code("host", "evil.test").await, 403);
    assert_eq!(code("origin", "https://evil.test").await, 403);
    assert_eq!(code("origin", "null").await, 403);
    assert_eq!(code("host", "localhost:8080").await, 200);
    assert_eq!(code("host", "cloud.test").await, 200);
    assert_eq!(code("origin", "http://localhost:3000").await, 200);
    let (_, body) = status(&cloud, "/", &[("host", "evil.test")]).await;
    assert_snapshot!(body, @r#"{"code":403,"message":"Forbidden: this host, or this page, may not use a local cloud"}"#);
}

#[tokio::test]
async fn a_request_with_too_long_a_head_is_refused() {
    let cloud = Cloud::start().await;
    let token = format!("token {TOKEN}");
    let many: Vec<_> = (0..200).map(|number| format!("x-{number}")).collect();
    let mut headers = vec![("authorization", token.as_str())];
    headers.extend(many.iter().map(|name| (name.as_str(), "1")));
    assert_eq!(status(&cloud, "/api/user", &headers).await.0, 431);

    // The cloud may refuse it before it has been sent completely: then there is no answer to read.
    let request = client().get(cloud.url("/api/user"));
    let request = request
        .header("authorization", &token)
        .header("x-long", "x".repeat(1 << 20));
    let answer = request.send().await;
    assert!(answer.is_err() || answer.unwrap().status() == 431);
    cloud.get("/api/user").await.expect(200);
}

#[tokio::test]
async fn an_error_has_its_code_also_where_there_is_no_route() {
    let cloud = Cloud::start().await;
    assert_snapshot!(cloud.get("/api/nothing").await.message(404), @"Not Found: a local cloud has no `/api/nothing`");
    assert_snapshot!(cloud.get("/not/a/page/at/all").await.message(404), @"Not Found: a local cloud has no `/not/a/page/at/all`");
    assert_snapshot!(cloud.delete("/api/user").await.message(405), @"Method Not Allowed: no `DELETE` here");
}

#[tokio::test]
async fn the_user_and_its_organizations() {
    let cloud = Cloud::start().await;
    let user = cloud.get("/api/user").await.expect(200);
    assert_eq!(user["githubLogin"], "local");
    let organizations = user["organizations"].as_array().unwrap();
    let logins: Vec<_> = organizations
        .iter()
        .map(|one| one["githubLogin"].as_str().unwrap())
        .collect();
    assert_eq!(logins, ["acme", "local"]);
    let default = "/api/user/organizations/default";
    assert_eq!(cloud.get(default).await.expect(200)["GitHubLogin"], "acme");
    for (organizations, expected) in [(&[][..], "local"), (&["zeta", "acme"], "zeta")] {
        let builder = organizations
            .iter()
            .fold(published::builder(TOKEN), |builder, name| {
                builder.organization(*name)
            });
        let cloud = Cloud::start_with(builder).await;
        assert_eq!(
            cloud.get(default).await.expect(200)["GitHubLogin"],
            expected
        );
    }
}

#[tokio::test]
async fn a_cloud_that_cannot_be() {
    assert!(matches!(
        published::builder("").open(),
        Err(OpenError::EmptyToken)
    ));
    assert!(matches!(
        published::builder(TOKEN).organization("a/b").open(),
        Err(OpenError::Organization(_))
    ));
}
