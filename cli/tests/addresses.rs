//! Of two clouds, the command asks the one that the real Pulumi CLI asks.

#![cfg(unix)]

use local_cloud::{Method, Trouble, Watch};
use std::path::{Path, PathBuf};
use testkit::clouds::{Cloud, Clouds};
use testkit::{since, tools};

const COMMAND: &str = env!("CARGO_BIN_EXE_auto-deploy");

/// A command that needs one stack.
const GRAPH: [&str; 4] = ["graph", "--json", "--org", "acme"];

async fn clouds() -> Clouds {
    let clouds = Clouds::start().await;
    for cloud in clouds.both() {
        cloud.stack("acme/network/prod").await;
    }
    std::fs::create_dir_all(clouds.path("program/deep/er")).expect("it is made");
    clouds
}

/// Which of the clouds were asked since the last call.
fn asked(clouds: &Clouds) -> Vec<&'static str> {
    let names = ["a", "b"].into_iter().zip(clouds.both());
    names
        .filter(|(_, cloud)| cloud.was_asked())
        .map(|(name, _)| name)
        .collect()
}

/// Both the CLI and the command ask this cloud, and no other.
async fn both_ask(clouds: &Clouds, variables: &[(&str, &str)], expected: &str) {
    asked(clouds);
    clouds
        .pulumi(variables, &["stack", "ls", "--all"])
        .await
        .succeeds();
    assert_eq!(asked(clouds), [expected], "the CLI with {variables:?}");
    let command = clouds.command(Path::new(COMMAND), variables, &GRAPH).await;
    command.succeeds();
    assert_eq!(asked(clouds), [expected], "the command with {variables:?}");
}

/// The message of the command when it cannot know which cloud to ask; none was asked.
async fn refused(clouds: &Clouds, variables: &[(&str, &str)]) -> String {
    asked(clouds);
    let said = clouds.command(Path::new(COMMAND), variables, &GRAPH).await;
    assert_eq!(asked(clouds), [""; 0], "{variables:?}");
    said.fails()
}

fn project(cloud: &Cloud) -> String {
    format!(
        "name: wiring\nruntime: yaml\nbackend:\n  url: {}\n",
        cloud.url()
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_count_as_they_do_for_the_cli() {
    let clouds = clouds().await;
    let (a, b) = (&clouds.a, &clouds.b);
    let token_a = ("PULUMI_ACCESS_TOKEN", a.token);
    let token_b = ("PULUMI_ACCESS_TOKEN", b.token);
    let api_b = ("PULUMI_API", b.url());
    // Only the API's address; the CLI logs in to it.
    both_ask(&clouds, &[api_b, token_b], "b").await;
    clouds.log_in(a).await;
    both_ask(&clouds, &[], "a").await;
    both_ask(&clouds, &[api_b], "a").await;
    both_ask(
        &clouds,
        &[("PULUMI_BACKEND_URL", a.url()), api_b, token_a],
        "a",
    )
    .await;
    both_ask(&clouds, &[("PULUMI_BACKEND_URL", b.url()), token_b], "b").await;
    // The nearest project file counts; one without a backend leaves it to the login.
    clouds.write("program/Pulumi.yaml", &project(b));
    both_ask(&clouds, &[], "b").await;
    both_ask(&clouds, &[("PULUMI_BACKEND_URL", a.url())], "a").await;
    clouds.write("program/Pulumi.yml", &project(a));
    both_ask(&clouds, &[], "b").await;
    let json = format!(
        r#"{{"name": "wiring", "runtime": "yaml", "backend": {{"url": "{}"}}}}"#,
        a.url()
    );
    clouds.write("program/Pulumi.json", &json);
    both_ask(&clouds, &[], "a").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_project_is_looked_for_upwards() {
    let mut clouds = clouds().await;
    clouds.log_in(&clouds.b).await;
    clouds.log_in(&clouds.a).await;
    clouds.write("program/Pulumi.yaml", &project(&clouds.b));
    clouds.go_to("program/deep/er");
    both_ask(&clouds, &[], "b").await;
    clouds.write("program/deep/Pulumi.yaml", "name: other\nruntime: yaml\n");
    both_ask(&clouds, &[], "a").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_login_of_another_cloud_is_none_and_the_failure_says_what_named_this_one() {
    let clouds = clouds().await;
    clouds.log_in(&clouds.b).await;
    clouds.write("program/Pulumi.yaml", &project(&clouds.a));
    insta::assert_snapshot!(refused(&clouds, &[]).await, @"error: there is no access token for CLOUD-A (named by `backend.url` in FOLDER/program/Pulumi.yaml): run `pulumi login CLOUD-A`, or set PULUMI_ACCESS_TOKEN");
    let wrong = [("PULUMI_ACCESS_TOKEN", "pul-wrong")];
    let said = clouds.command(Path::new(COMMAND), &wrong, &GRAPH).await;
    insta::assert_snapshot!(said.fails(), @"error: the stacks could not be looked at on the cloud: could not list the stacks of the organization `acme`: CLOUD-A (named by `backend.url` in FOLDER/program/Pulumi.yaml) does not accept the access token in PULUMI_ACCESS_TOKEN: set it to a valid one");
    assert_eq!(asked(&clouds), ["a"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn state_that_is_elsewhere_has_no_cloud_but_the_one_that_is_named() {
    let clouds = clouds().await;
    clouds.log_in(&clouds.b).await;
    let elsewhere = clouds.elsewhere();
    let backend = ("PULUMI_BACKEND_URL", elsewhere.as_str());
    insta::assert_snapshot!(refused(&clouds, &[backend]).await, @"error: nothing says which Pulumi Cloud to use: the state of this program is kept elsewhere, so a login does not count; set PULUMI_API to its address, and PULUMI_ACCESS_TOKEN to a token for it");
    clouds.pulumi(&[], &["login", &elsewhere]).await.succeeds();
    assert_eq!(
        refused(&clouds, &[]).await,
        refused(&clouds, &[backend]).await
    );
    let named = [
        ("PULUMI_API", clouds.a.url()),
        ("PULUMI_ACCESS_TOKEN", clouds.a.token),
    ];
    asked(&clouds);
    let said = clouds.command(Path::new(COMMAND), &named, &GRAPH).await;
    said.succeeds();
    assert_eq!(asked(&clouds), ["a"]);
}

/// A file in the CLI's encrypted form, whose key only the operating system has.
#[tokio::test(flavor = "multi_thread")]
async fn an_encrypted_login_is_not_guessed() {
    let clouds = clouds().await;
    let encrypted = r#"{"$pulumiSecureStore": 1, "backend": "os-keychain", "algo": "aes-256-gcm", "nonce": "AAAA", "data": "AAAA"}"#;
    clouds.write("home/credentials.json", encrypted);
    let cli = clouds.pulumi(&[], &["stack", "ls", "--all"]).await.fails();
    assert!(cli.contains("credentials.json' is encrypted"), "{cli}");
    insta::assert_snapshot!(refused(&clouds, &[]).await, @"error: nothing says which Pulumi Cloud to use: the login of the Pulumi CLI in FOLDER/home/credentials.json is encrypted, and only the CLI itself can read it; set PULUMI_BACKEND_URL to its address, and PULUMI_ACCESS_TOKEN to a token for it");
    let token = ("PULUMI_ACCESS_TOKEN", clouds.b.token);
    let api = ("PULUMI_API", clouds.b.url());
    // The login would take precedence over the API's address, and its cloud is unknown.
    assert_eq!(
        refused(&clouds, &[token, api]).await,
        refused(&clouds, &[]).await
    );
    let backend = ("PULUMI_BACKEND_URL", clouds.b.url());
    insta::assert_snapshot!(refused(&clouds, &[backend]).await, @"error: there is no access token for CLOUD-B (named by PULUMI_BACKEND_URL), and the login of the Pulumi CLI in FOLDER/home/credentials.json is encrypted, and only the CLI itself can read it: set PULUMI_ACCESS_TOKEN");
    let said = clouds
        .command(Path::new(COMMAND), &[backend, token], &GRAPH)
        .await;
    said.succeeds();
    assert_eq!(asked(&clouds), ["b"]);
}

/// Stores another login when the first request arrives, like a CLI that renews it.
struct Renew {
    credentials: PathBuf,
    renewed: String,
}

impl Watch for Renew {
    fn arrived(&self, _: &Method, _: &str) -> Option<Trouble> {
        std::fs::write(&self.credentials, &self.renewed).expect("it is written");
        None
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_is_renewed_meanwhile_is_read_again() {
    let clouds = clouds().await;
    clouds.log_in(&clouds.a).await;
    let credentials = clouds.path("home/credentials.json");
    let renewed = std::fs::read_to_string(&credentials).expect("it is read");
    let stale = renewed.replace(clouds.a.token, "pul-stale");
    clouds.write("home/credentials.json", &stale);
    asked(&clouds);
    let app = clouds.a.server.app();
    app.faults().watch(Renew {
        credentials,
        renewed,
    });
    let said = clouds.command(Path::new(COMMAND), &[], &GRAPH).await;
    said.succeeds();
    let requests = app.request_log().take();
    let requests: Vec<_> = requests.iter().map(ToString::to_string).collect();
    let statuses = requests.iter().map(|line| line.ends_with(" 401"));
    assert_eq!(
        statuses.filter(|refused| *refused).count(),
        1,
        "{requests:?}"
    );
    assert!(requests[0].ends_with(" 401"), "{requests:?}");
}

/// Writes a helper that returns a token for cloud A.
fn helper(clouds: &Clouds, name: &str) -> PathBuf {
    let answer = format!(r#"{{"version": 1, "accessToken": "{}"}}"#, clouds.a.token);
    let path = clouds.path(name);
    tools::write_script(
        &path,
        &format!("#!/bin/sh\ncat >/dev/null\necho '{answer}'\n"),
    );
    path
}

/// The CLI runs the helper wherever it finds it, and its answer takes precedence over every login.
#[tokio::test(flavor = "multi_thread")]
async fn a_credentials_helper_is_not_guessed_for() {
    if since::CREDENTIALS_HELPER.is_missing() {
        return;
    }
    for place in ["variable", "login", "beside", "path"] {
        let clouds = clouds().await;
        for folder in ["cli", "on-path"] {
            std::fs::create_dir(clouds.path(folder)).expect("it is made");
        }
        // A separate CLI, because a helper may be beside it.
        let cli = clouds.path("cli/pulumi");
        std::fs::copy(tools::pulumi(), &cli).expect("it is copied");
        let name = match place {
            "beside" => "cli/pulumi-credential-helper",
            "path" => "on-path/pulumi-credential-helper",
            _ => "home/helper",
        };
        let helper = helper(&clouds, name);
        let helper = helper.to_str().expect("a text");
        let rest = tools::path();
        let folders = ["cli", "on-path"].map(|folder| clouds.path(folder));
        let path = folders.into_iter().chain(std::env::split_paths(&rest));
        let path = std::env::join_paths(path).expect("no colons");
        let mut around = vec![("PATH", path.to_str().expect("a text")), ("NO_COLOR", "1")];
        if place == "variable" {
            around.push(("PULUMI_CREDENTIAL_HELPER", helper));
        }
        let ask = async |variables: &[(&str, &str)], arguments: &[&str]| {
            let variables = [&around[..], variables].concat();
            clouds.command(&cli, &variables, arguments).await
        };
        // The last login is at another cloud.
        let none = ("PULUMI_CREDENTIAL_HELPER", "none");
        let token = ("PULUMI_ACCESS_TOKEN", clouds.b.token);
        let log_in = async || {
            ask(&[token, none], &["login", clouds.b.url()])
                .await
                .succeeds()
        };
        log_in().await;
        if place == "login" {
            let kept = ["login", clouds.a.url(), "--credential-helper", helper];
            ask(&[], &kept).await.succeeds();
        }
        let at_a = ("PULUMI_BACKEND_URL", clouds.a.url());
        asked(&clouds);
        let list = ["stack", "ls", "--all", "--non-interactive"];
        ask(&[at_a, token], &list).await.succeeds();
        assert_eq!(asked(&clouds), ["a"], "{place}: the CLI, by its helper");
        let mut said = Vec::new();
        for variables in [&[][..], &[token], &[at_a]] {
            said.push(refused(&clouds, &[&around[..], variables].concat()).await);
        }
        assert!(said.iter().all(|one| *one == said[0]), "{place}: {said:?}");
        insta::allow_duplicates! {
            let said = said[0].replace(name, "HELPER");
            let (before, named) = said.split_once("(named by ").expect("it says what names it");
            let (named, after) = named.split_once(')').expect("it says what names it");
            insta::assert_snapshot!(format!("{before}…{after}"), @"error: the Pulumi CLI takes its login from the credentials helper FOLDER/HELPER …, which `auto-deploy` does not run: set PULUMI_BACKEND_URL to the address of the cloud, and PULUMI_ACCESS_TOKEN to a token for it");
            let right = match place {
                "variable" => "PULUMI_CREDENTIAL_HELPER",
                "login" => "the stored login",
                "beside" => "its place beside the CLI",
                _ => "PATH",
            };
            assert_eq!(named, right);
        }
        // Both variables decide it; so does `none`, and then the login counts, which the helper's answer has replaced.
        log_in().await;
        asked(&clouds);
        let token_a = ("PULUMI_ACCESS_TOKEN", clouds.a.token);
        for (variables, right) in [(&[at_a, token_a][..], "a"), (&[none], "b")] {
            let variables = [&around[..], variables].concat();
            let command = clouds.command(Path::new(COMMAND), &variables, &GRAPH).await;
            command.succeeds();
            assert_eq!(asked(&clouds), [right], "{place}: {variables:?}");
        }
        ask(&[none], &list).await.succeeds();
        assert_eq!(asked(&clouds), ["b"], "{place}: the CLI without its helper");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_organization_is_the_one_of_the_cli() {
    let clouds = clouds().await;
    clouds.a.stack("corp/app/prod").await;
    clouds.log_in(&clouds.a).await;
    let agree = async |variables: &[(&str, &str)], expected: &str| {
        let cli = clouds
            .pulumi(variables, &["org", "get-default"])
            .await
            .succeeds();
        let stacks = clouds
            .command(Path::new(COMMAND), variables, &["graph", "--json"])
            .await;
        let stacks = stacks.succeeds();
        assert!(cli.contains(expected), "{cli}");
        assert!(
            stacks.contains(&format!("\"organization\": \"{expected}\"")),
            "{expected}: {stacks}"
        );
    };
    // The cloud names the first of its organizations.
    agree(&[], "acme").await;
    agree(&[("PULUMI_DEFAULT_ORGANIZATION", "corp")], "corp").await;
    clouds
        .pulumi(&[], &["org", "set-default", "corp"])
        .await
        .succeeds();
    agree(&[], "corp").await;
    agree(&[("PULUMI_DEFAULT_ORGANIZATION", "acme")], "acme").await;
    // The CLI stores it beside the logins.
    let other = clouds.path("other").display().to_string();
    let path = ("PULUMI_CREDENTIALS_PATH", other.as_str());
    let token = ("PULUMI_ACCESS_TOKEN", clouds.a.token);
    clouds
        .pulumi(&[path, token], &["login", clouds.a.url()])
        .await
        .succeeds();
    clouds
        .pulumi(&[path], &["org", "set-default", "acme"])
        .await
        .succeeds();
    agree(&[path], "acme").await;
    agree(&[], "corp").await;
}
