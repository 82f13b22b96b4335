//! What all commands have in common: their help, and their messages when they cannot do anything.

use crate::support::{Cloud, filters};
use std::process::Command;
use testkit::api::TOKEN;

fn said(command: &mut Command) -> String {
    let ended = command.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    format!(
        "{}{}----- exit status: {} -----\n",
        text(&ended.stdout),
        text(&ended.stderr),
        ended.status.code().unwrap_or(-1)
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn trouble_names_its_cause_and_the_next_step() {
    let cloud = Cloud::start().await;
    let _filters = filters(&cloud);
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"http://127\.0\.0\.1:1\b", "[NOWHERE]");
    let _settings = settings.bind_to_scope();
    let command = || cloud.command(&["graph", "--org", "acme"]);
    insta::assert_snapshot!(said(command().env("PULUMI_ACCESS_TOKEN", "wrong")), @r"
    error: the stacks could not be looked at on the cloud: could not list the stacks of the organization `acme`: [CLOUD] (named by PULUMI_API) does not accept the access token in PULUMI_ACCESS_TOKEN: set it to a valid one
    ----- exit status: 2 -----
    ");
    insta::assert_snapshot!(said(command().env_remove("PULUMI_ACCESS_TOKEN")), @r"
    error: there is no access token for [CLOUD] (named by PULUMI_API): run `pulumi login [CLOUD]`, or set PULUMI_ACCESS_TOKEN
    ----- exit status: 2 -----
    ");
    insta::assert_snapshot!(said(command().env("PULUMI_API", "http://127.0.0.1:1")), @r"
    error: the stacks could not be looked at on the cloud: could not list the stacks of the organization `acme`: no answer from [NOWHERE] (named by PULUMI_API) after 3 attempts: nothing listens there; start it, or correct the address
    ----- exit status: 2 -----
    ");
    insta::assert_snapshot!(said(cloud.command(&["graph", "--org", "a/b"]).env("A", "b")), @r"
    error: invalid value 'a/b' for '--org <ORG>': it must be a single name, without `/`

    For more information, try '--help'.
    ----- exit status: 2 -----
    ");
    insta::assert_snapshot!(said(&mut cloud.command(&["run", "network"])), @r"
    error: `network` does not name a stack: write `project/stack`
    ----- exit status: 2 -----
    ");
    insta::assert_snapshot!(said(&mut cloud.command(&["run", "other/network/prod"])), @r"
    error: `other/network/prod` is in another organization than `acme`: add `--org other`
    ----- exit status: 2 -----
    ");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_organization_is_the_one_of_the_pulumi_cli() {
    let cloud = Cloud::with_stacks(&["network/prod"]).await;
    let _filters = filters(&cloud);
    let graph = || said(&mut cloud.command(&["graph", "--json"]));
    // The cloud's default, until someone sets another.
    assert!(graph().contains("acme/network/prod"), "{}", graph());
    let url = cloud.server.url();
    let config = format!(r#"{{"backends": {{"{url}": {{"defaultOrg": "local"}}}}}}"#);
    std::fs::write(cloud.home.path().join("config.json"), config).unwrap();
    insta::assert_snapshot!(graph(), @r"
    error: the organization `local` has no stacks on [CLOUD] (named by PULUMI_API), as far as the access token can see; name another one with `--org`, or with `pulumi org set-default`
    ----- exit status: 2 -----
    ");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_login_of_the_pulumi_cli_will_do() {
    let cloud = Cloud::with_stacks(&["network/prod"]).await;
    let url = cloud.server.url();
    let login = format!(r#"{{"current": "{url}", "accessTokens": {{"{url}": "{TOKEN}"}}}}"#);
    std::fs::write(cloud.home.path().join("credentials.json"), login).unwrap();
    let mut command = cloud.command(&["graph", "--org", "acme"]);
    command
        .env_remove("PULUMI_API")
        .env_remove("PULUMI_ACCESS_TOKEN");
    assert!(said(&mut command).contains("network/prod"));
}

#[test]
fn every_command_tells_how_it_is_used_and_how_it_ends() {
    let run = |arguments: &[&str]| {
        said(
            Command::new(env!("CARGO_BIN_EXE_auto-deploy"))
                .args(arguments)
                .env_clear(),
        )
    };
    for command in [
        "graph",
        "check",
        "status",
        "run",
        "stale",
        "deliveries",
        "discover",
    ] {
        let help = run(&[command, "--help"]);
        for part in [
            "Usage: auto-deploy",
            "Exit status:",
            "Examples:",
            "--org <ORG>",
            "exit status: 0",
        ] {
            assert!(help.contains(part), "{command}: {part}: {help}");
        }
    }
    let help = run(&["--help"]);
    for part in [
        "Environment variables:",
        "PULUMI_ACCESS_TOKEN",
        "NO_COLOR",
        "Exit status:",
    ] {
        assert!(help.contains(part), "{help}");
    }
    assert!(run(&["--version"]).starts_with("auto-deploy 0."));
    assert!(run(&["nonsense"]).ends_with("exit status: 2 -----\n"));
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = run(&["completions", shell]);
        assert!(
            script.contains("deliveries") && script.contains("status: 0"),
            "{shell}"
        );
    }
}

/// In CI, a wrong name must not look like a correct graph.
#[tokio::test(flavor = "multi_thread")]
async fn an_organization_without_stacks_is_not_called_clean() {
    let cloud = Cloud::with_stacks(&["network/prod"]).await;
    for command in ["graph", "check", "stale", "deliveries"] {
        let said = said(&mut cloud.command(&[command, "--org", "acne"]));
        assert!(
            said.starts_with("error: the organization `acne` has no stacks"),
            "{said}"
        );
        assert!(said.ends_with("exit status: 2 -----\n"), "{said}");
    }
}

/// `auto-deploy graph --json | head -1`.
#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_has_seen_enough_is_no_trouble() {
    let cloud = Cloud::with_stacks(&["network/prod"]).await;
    for format in ["json", "tree", "dot"] {
        let mut command = cloud.command(&["graph", "--org", "acme", "--format", format]);
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let ended = command.stdout(writer).output().unwrap();
        let notes = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert_eq!(
            (ended.status.code(), notes.as_str()),
            (Some(0), ""),
            "{format}"
        );
    }
}
