//! Which of two clouds the plugin uses, and with which token, when the real Pulumi CLI starts it.

use local_cloud::{Fault, Method, StatusCode, Trouble, Watch};
use serde_json::json;
use std::path::PathBuf;
use testkit::clouds::{Cloud, Clouds};
use testkit::since;
use testkit::tools;
use testkit::workspace::lines;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// A webhook on the same stack of either cloud. `more` is added to the project file.
fn program(more: &str) -> String {
    format!(
        "name: wiring\nruntime: yaml\n{more}\nresources:\n  hook: {{type: 'auto-deploy:Webhook', properties: \
         {{displayName: ours, organizationName: acme, projectName: network, stackName: prod, payloadUrl: 'https://a.example'}}}}\n"
    )
}

const UP: [&str; 3] = ["up", "--yes", "--skip-preview"];

async fn clouds() -> Clouds {
    let clouds = Clouds::start().await;
    for cloud in clouds.both() {
        cloud.stack("acme/network/prod").await;
    }
    clouds
}

/// `pulumi up` of the stack with these variables; then the webhook is on the first cloud, and none on the second.
async fn makes_it_at(
    clouds: &Clouds,
    variables: &[(&str, &str)],
    stack: &str,
    right: &Cloud,
    wrong: &Cloud,
) {
    let init = ["stack", "init", stack];
    clouds.pulumi(variables, &init).await.succeeds();
    clouds.pulumi(variables, &UP).await.succeeds();
    let ours = right.hooks("acme/network/prod").await;
    assert_eq!(ours, ["ours"], "{variables:?}");
    let none = wrong.hooks("acme/network/prod").await;
    assert_eq!(none, [""; 0], "{variables:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backend_that_is_set_wins_over_an_api_that_is_set() {
    let clouds = clouds().await;
    clouds.write("program/Pulumi.yaml", &program(""));
    let variables = [
        ("PULUMI_BACKEND_URL", clouds.a.url()),
        ("PULUMI_API", clouds.b.url()),
        ("PULUMI_ACCESS_TOKEN", clouds.a.token),
    ];
    makes_it_at(&clouds, &variables, "acme/dev", &clouds.a, &clouds.b).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_wins_over_an_api_that_is_set() {
    if since::LOGIN_HANDED.is_missing() {
        return;
    }
    let clouds = clouds().await;
    clouds.write("program/Pulumi.yaml", &program(""));
    clouds.log_in(&clouds.b).await;
    clouds.log_in(&clouds.a).await;
    let variables = [("PULUMI_API", clouds.b.url())];
    makes_it_at(&clouds, &variables, "acme/dev", &clouds.a, &clouds.b).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_projects_backend_wins_over_a_login() {
    let clouds = clouds().await;
    clouds.log_in(&clouds.b).await;
    let backend = format!("backend: {{url: '{}'}}", clouds.a.url());
    clouds.write("program/Pulumi.yaml", &program(&backend));
    let variables = [("PULUMI_ACCESS_TOKEN", clouds.a.token)];
    makes_it_at(&clouds, &variables, "acme/dev", &clouds.a, &clouds.b).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_api_that_is_set_counts_where_the_state_is_elsewhere() {
    let clouds = clouds().await;
    clouds.write("program/Pulumi.yaml", &program(""));
    clouds.log_in(&clouds.b).await;
    let elsewhere = clouds.elsewhere();
    let variables = [
        ("PULUMI_BACKEND_URL", elsewhere.as_str()),
        ("PULUMI_API", clouds.a.url()),
        ("PULUMI_ACCESS_TOKEN", clouds.a.token),
    ];
    makes_it_at(&clouds, &variables, "dev", &clouds.a, &clouds.b).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_does_not_count_where_the_state_is_elsewhere() {
    let clouds = clouds().await;
    clouds.log_in(&clouds.b).await;
    let elsewhere = clouds.elsewhere();
    let by_variable = [("PULUMI_BACKEND_URL", elsewhere.as_str())];
    let backend = format!("backend: {{url: '{elsewhere}'}}");
    for (project, variables) in [(program(""), &by_variable[..]), (program(&backend), &[])] {
        clouds.write("program/Pulumi.yaml", &project);
        let init = ["stack", "init", "dev"];
        clouds.pulumi(variables, &init).await.succeeds();
        for cloud in clouds.both() {
            cloud.was_asked();
        }
        let said = clouds.pulumi(variables, &UP).await.fails();
        insta::allow_duplicates! {
            insta::assert_snapshot!(lines(&said, &["error: nothing", "error: auto-deploy", "error: could not"]).join("\n"), @"error: nothing says which Pulumi Cloud to use: the state of this program is kept elsewhere, so a login does not count; set the configuration `auto-deploy:apiUrl` or PULUMI_API to its address, and PULUMI_ACCESS_TOKEN or the configuration `auto-deploy:accessToken` to a token for it");
        }
        assert_eq!(clouds.both().map(Cloud::was_asked), [false; 2]);
        let remove = ["stack", "rm", "--yes", "--force", "dev"];
        clouds.pulumi(variables, &remove).await.succeeds();
    }
}

/// Stores a renewed login when the plugin is about to be refused.
struct Renew {
    credentials: PathBuf,
    renewed: String,
}

impl Watch for Renew {
    fn arrived(&self, method: &Method, path: &str) -> Option<Trouble> {
        if *method == Method::POST && path.ends_with("/hooks") {
            std::fs::write(&self.credentials, &self.renewed).expect("it is written");
        }
        None
    }
}

/// An hourly login expires while a program runs, and the CLI has a token with which to renew it.
#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_the_cli_renews_meanwhile_is_read_again() {
    if since::RENEWED_LOGIN.is_missing() {
        return;
    }
    let clouds = clouds().await;
    clouds.write("program/Pulumi.yaml", &program(""));
    let (url, elsewhere) = (clouds.a.url(), clouds.elsewhere());
    let login = json!({"current": url, "accounts": {url: {
        "accessToken": "pul-stale", "refreshToken": "renew", "username": "local", "lastValidatedAt": "2999-01-01T00:00:00Z",
    }}});
    clouds.write("home/credentials.json", &login.to_string());
    // What the CLI stores after it has renewed the login.
    let grant = json!({"access_token": clouds.a.token, "token_type": "token", "expires_in": 3600});
    let grant = Trouble::Status {
        status: StatusCode::OK,
        retry_after: None,
        body: Some(grant.to_string()),
    };
    let faults = clouds.a.server.app().faults();
    faults.add(Fault::on(Method::POST, "/api/oauth/token", grant));
    clouds
        .pulumi(&[], &["stack", "ls", "--all"])
        .await
        .succeeds();
    let credentials = clouds.path("home/credentials.json");
    let renewed = std::fs::read_to_string(&credentials).expect("it is read");
    assert!(renewed.contains(clouds.a.token), "{renewed}");

    // Where the state is elsewhere, the CLI does not read the login, but the plugin does.
    clouds.write("home/credentials.json", &login.to_string());
    let variables = [
        ("PULUMI_BACKEND_URL", elsewhere.as_str()),
        ("PULUMI_API", url),
    ];
    clouds
        .pulumi(&variables, &["stack", "init", "dev"])
        .await
        .succeeds();
    clouds.a.was_asked();
    faults.watch(Renew {
        credentials,
        renewed,
    });
    clouds.pulumi(&variables, &UP).await.succeeds();
    let log = clouds.a.server.app().request_log().take();
    let asked: Vec<_> = log.iter().map(ToString::to_string).collect();
    assert_eq!(
        asked,
        [
            "POST /api/stacks/acme/network/prod/hooks 401",
            "POST /api/stacks/acme/network/prod/hooks 201",
            "GET /api/stacks/acme/network/prod/hooks 200",
        ]
    );
    assert_eq!(clouds.a.hooks("acme/network/prod").await, ["ours"]);
}

/// `pulumi refresh` and `pulumi destroy` run no program, and use the token in the state.
#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_was_replaced_since_the_last_update_is_named() {
    let clouds = clouds().await;
    clouds.write("program/Pulumi.yaml", &program(""));
    let elsewhere = clouds.elsewhere();
    let variables = [
        ("PULUMI_BACKEND_URL", elsewhere.as_str()),
        ("PULUMI_API", clouds.a.url()),
    ];
    let pulumi = async |arguments: &[&str]| clouds.pulumi(&variables, arguments).await;
    let configure = async |cloud: &Cloud| {
        let set = [
            "config",
            "set",
            "--secret",
            "auto-deploy:accessToken",
            cloud.token,
        ];
        pulumi(&set).await.succeeds();
    };
    pulumi(&["stack", "init", "dev"]).await.succeeds();
    configure(&clouds.a).await;
    pulumi(&UP).await.succeeds();
    // The other cloud replaces the first, as a cloud with new tokens would.
    let moved = [
        ("PULUMI_BACKEND_URL", elsewhere.as_str()),
        ("PULUMI_API", clouds.b.url()),
    ];
    let pulumi = async |arguments: &[&str]| clouds.pulumi(&moved, arguments).await;
    configure(&clouds.b).await;
    let error = |said: &str| lines(said, &["error: could not", "error: auto-deploy"]).join("\n");
    let refused = pulumi(&["refresh", "--yes", "--skip-preview"])
        .await
        .fails();
    insta::assert_snapshot!(error(&refused), @"error: could not list the webhooks of the stack `acme/network/prod`: CLOUD-B (named by PULUMI_API) does not accept the access token in `auto-deploy:accessToken` as of this stack's last `pulumi up`: if you have set another one since, run `pulumi up` first, or add `--run-program`");
    let refused = pulumi(&["destroy", "--yes", "--skip-preview"])
        .await
        .fails();
    assert!(
        refused.contains("as of this stack's last `pulumi up`"),
        "{refused}"
    );
    // With the program, it is the token of the configuration.
    pulumi(&["refresh", "--yes", "--skip-preview", "--run-program"])
        .await
        .succeeds();
    pulumi(&UP).await.succeeds();
    pulumi(&["destroy", "--yes", "--skip-preview"])
        .await
        .succeeds();
    assert_eq!(clouds.b.hooks("acme/network/prod").await, [""; 0]);

    // In `up` the program provides the token, so the configuration has to be corrected.
    configure(&clouds.a).await;
    let refused = pulumi(&UP).await.fails();
    insta::assert_snapshot!(error(&refused), @"error: could not create the webhook of the stack `acme/network/prod`: CLOUD-B (named by PULUMI_API) does not accept the access token in the configuration `auto-deploy:accessToken`: set a valid one with `pulumi config set --secret auto-deploy:accessToken`");
}

/// The header by which the gateway recognizes users.
const KNOWN: &[u8] = b"X-Login: yes\r\n";

/// Stands in front of a cloud and admits only requests with the header [`KNOWN`], as a company's gateway does. Returns its
/// address.
async fn gateway(cloud: &Cloud) -> String {
    let behind = cloud.url().trim_start_matches("http://").to_owned();
    let login = format!("Authorization: token {}\r\n", cloud.token).into_bytes();
    let listener = TcpListener::bind("127.0.0.1:0").await;
    let listener = listener.expect("a port is free");
    let address = listener.local_addr().expect("it is bound");
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let (behind, login) = (behind.clone(), login.clone());
            tokio::spawn(async move {
                let server = TcpStream::connect(behind).await.expect("it is there");
                let (mut from, mut to) = client.into_split();
                let (mut answers, mut requests) = server.into_split();
                tokio::spawn(async move { tokio::io::copy(&mut answers, &mut to).await });
                let mut part = vec![0; 64 * 1024];
                // The CLI writes the head of a request in one piece.
                while let Ok(n @ 1..) = from.read(&mut part).await {
                    let head = part[..n].windows(KNOWN.len()).position(|it| it == KNOWN);
                    let sent = match head {
                        Some(at) => [&part[..at], &login, &part[at + KNOWN.len()..n]].concat(),
                        None => part[..n].to_vec(),
                    };
                    if requests.write_all(&sent).await.is_err() {
                        break;
                    }
                }
            });
        }
    });
    format!("http://{address}")
}

/// Anything but a token is not passed on to plugins.
#[tokio::test(flavor = "multi_thread")]
async fn a_credentials_helper_that_gives_headers_leaves_the_plugin_without_a_login() {
    if since::CREDENTIALS_HELPER.is_missing() {
        return;
    }
    let clouds = clouds().await;
    clouds.log_in(&clouds.b).await;
    clouds.write("program/Pulumi.yaml", &program(""));
    let url = gateway(&clouds.a).await;
    let helper = clouds.path("home/helper");
    tools::write_script(
        &helper,
        "#!/bin/sh\ncat >/dev/null\necho '{\"version\": 1, \"headers\": {\"X-Login\": [\"yes\"]}}'\n",
    );
    let variables = [
        ("PULUMI_BACKEND_URL", url.as_str()),
        ("PULUMI_CREDENTIAL_HELPER", helper.to_str().expect("a text")),
    ];
    let init = ["stack", "init", "acme/dev"];
    clouds.pulumi(&variables, &init).await.succeeds();
    let said = clouds
        .pulumi(&variables, &UP)
        .await
        .fails()
        .replace(&url, "URL");
    insta::assert_snapshot!(lines(&said, &["error: there"]).join("\n"), @"error: there is no access token for URL (named by PULUMI_BACKEND_URL): the credentials helper FOLDER/home/helper (named by PULUMI_CREDENTIAL_HELPER) gave the Pulumi CLI none, and its other credentials do not reach plugins; set PULUMI_ACCESS_TOKEN or the configuration `auto-deploy:accessToken`");
    assert_eq!(clouds.a.hooks("acme/network/prod").await, [""; 0]);
}
