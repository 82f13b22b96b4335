//! `auto-deploy cloud` as a process.

#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    reason = "the helpers are part of the tests: they end where something unexpected happens"
)]

use rustix::process::Signal;
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::{TempDir, tempdir};
use testkit::api::{Api, TOKEN, client};
use testkit::git::git;
use testkit::process::Service;
use testkit::tools::write_script;

/// A running command, and its temporary folder.
struct Cloud {
    service: Service,
    temporary: TempDir,
}

fn command(temporary: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_auto-deploy"));
    command
        .arg("cloud")
        .args(arguments)
        .env_clear()
        .env("TMPDIR", temporary);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

impl Cloud {
    fn start(arguments: &[&str], environment: &[(&str, &str)]) -> Cloud {
        let temporary = tempdir().unwrap();
        let arguments = [&["--listen", "127.0.0.1:0"], arguments].concat();
        let mut command = command(temporary.path(), &arguments);
        let service = Service::start(command.envs(environment.iter().copied()));
        Cloud { service, temporary }
    }

    fn url(&self) -> &str {
        self.service.address()
    }

    fn n_temporary(&self) -> usize {
        std::fs::read_dir(self.temporary.path()).unwrap().count()
    }
}

#[tokio::main(flavor = "current_thread")]
async fn status_as(url: &str, token: &str, host: Option<&str>) -> u16 {
    let request = client()
        .get(format!("{url}/api/orgs/acme/hooks"))
        .header("authorization", format!("token {token}"));
    let request = match host {
        Some(host) => request.header("host", host),
        None => request,
    };
    request.send().await.unwrap().status().as_u16()
}

fn status(url: &str, token: &str) -> u16 {
    status_as(url, token, None)
}

#[tokio::main(flavor = "current_thread")]
async fn post(url: &str, path: &str, body: Value) {
    Api::new(url).post(path, body).await.succeeds();
}

#[test]
fn serves_until_a_signal_and_takes_its_data_with_it() {
    for signal in [Signal::TERM, Signal::INT] {
        let mut cloud = Cloud::start(&["--token", TOKEN, "--organization", "acme"], &[]);
        assert_eq!(status(cloud.url(), TOKEN), 200);
        assert_eq!(status(cloud.url(), "wrong"), 401);
        assert_eq!(cloud.n_temporary(), 1);
        let ended = cloud.service.end(signal);
        assert!(ended.status.success(), "{ended:?}");
        assert_eq!(cloud.n_temporary(), 0, "the data is gone");
        let rest = String::from_utf8_lossy(&ended.stdout);
        assert_eq!(rest, "", "the URL is all that goes to standard output");
        assert!(
            !String::from_utf8_lossy(&ended.stderr).contains(TOKEN),
            "nor is the token anywhere"
        );
    }
}

#[test]
fn the_token_comes_from_the_environment_or_is_made() {
    let cloud = Cloud::start(
        &["--organization", "acme"],
        &[("AUTO_DEPLOY_CLOUD_TOKEN", TOKEN)],
    );
    assert_eq!(status(cloud.url(), TOKEN), 200);

    let mut cloud = Cloud::start(&["--organization", "acme"], &[]);
    let mut notes = BufReader::new(cloud.service.child().stderr.take().unwrap());
    let token = loop {
        let mut line = String::new();
        assert_ne!(
            notes.read_line(&mut line).unwrap(),
            0,
            "the token is printed"
        );
        if let Some((_, token)) = line.trim_end().split_once("PULUMI_ACCESS_TOKEN=") {
            break token.to_owned();
        }
    };
    assert_eq!(status(cloud.url(), &token), 200);
}

#[tokio::main(flavor = "current_thread")]
async fn capabilities(url: &str) -> Vec<String> {
    let answer = Api::new(url).get("/api/capabilities").await.expect(200);
    let all = answer["capabilities"].as_array().unwrap().iter();
    all.map(|one| one["capability"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn an_older_cloud_does_without_capabilities() {
    let cloud = |arguments: &[&str]| Cloud::start(&[&["--token", TOKEN], arguments].concat(), &[]);
    let all = [
        "batch-encrypt",
        "deployment-schema-version",
        "stack-outputs",
        "coherence-windows",
    ];
    assert_eq!(capabilities(cloud(&[]).url()), all);
    let older = cloud(&["--without", "stack-outputs", "--without", "batch-encrypt"]);
    assert_eq!(
        capabilities(older.url()),
        ["deployment-schema-version"],
        "without outputs there are no windows either"
    );
    let temporary = tempdir().unwrap();
    let refused = command(temporary.path(), &["--without", "stack-output"]).output();
    let refused = refused.unwrap();
    assert_eq!(refused.status.code(), Some(2));
    let said = String::from_utf8(refused.stderr).unwrap();
    for part in ["'stack-output'", "state-migrations", "'stack-outputs'"] {
        assert!(said.contains(part), "{part} is missing: {said}");
    }
}

#[test]
fn a_data_folder_is_kept_and_used_by_one() {
    let data = tempdir().unwrap();
    let folder = data.path().join("made/here");
    let folder = folder.to_str().unwrap();
    let mut cloud = Cloud::start(
        &["--token", TOKEN, "--data", folder, "--organization", "acme"],
        &[],
    );
    let second = command(
        data.path(),
        &[
            "--listen",
            "127.0.0.1:0",
            "--token",
            TOKEN,
            "--data",
            folder,
        ],
    )
    .output()
    .unwrap();
    assert_eq!(second.status.code(), Some(1));
    let said = String::from_utf8_lossy(&second.stderr);
    assert!(said.contains("is in use by another local cloud"), "{said}");
    assert!(second.stdout.is_empty());
    cloud.service.end(Signal::TERM);
    let again = Cloud::start(&["--token", TOKEN, "--data", folder], &[]);
    assert_eq!(
        status(again.url(), TOKEN),
        200,
        "the organization is still there"
    );
}

#[test]
fn other_machines_are_served_only_on_purpose_and_with_a_long_token() {
    let temporary = tempdir().unwrap();
    let short = "a".repeat(31);
    for (arguments, cure) in [
        (vec!["--listen", "0.0.0.0:0"], "add `--allow-remote`"),
        (
            vec!["--listen", "0.0.0.0:0", "--allow-remote"],
            "give it 32 characters or more with AUTO_DEPLOY_CLOUD_TOKEN",
        ),
        (
            vec!["--listen", "0.0.0.0:0", "--allow-remote", "--token", &short],
            "needs a token of 32 characters or more",
        ),
        (vec!["--host", "cloud.test"], "--allow-remote"),
    ] {
        let refused = command(temporary.path(), &arguments).output().unwrap();
        let said = String::from_utf8_lossy(&refused.stderr);
        assert!(!refused.status.success(), "{arguments:?}");
        assert!(said.contains(cure), "{arguments:?}: {said}");
        assert!(!said.contains(&short), "{said}");
        assert!(refused.stdout.is_empty(), "{arguments:?}");
    }

    let long = "b".repeat(32);
    let allowed = [
        "--listen",
        "0.0.0.0:0",
        "--allow-remote",
        "--host",
        "cloud.test",
        "--organization",
        "acme",
        "--token",
        &long,
    ];
    let cloud = Cloud {
        service: Service::start(&mut command(temporary.path(), &allowed)),
        temporary,
    };
    assert!(
        cloud.url().starts_with("http://127.0.0.1:"),
        "this machine reaches it at {}",
        cloud.url()
    );
    for (host, expected) in [("10.1.2.3", 200), ("cloud.test", 200), ("evil.test", 403)] {
        assert_eq!(
            status_as(cloud.url(), &long, Some(host)),
            expected,
            "{host}"
        );
    }
    assert_eq!(status(cloud.url(), TOKEN), 401);
}

#[test]
fn a_cloud_that_ends_takes_its_deployments_with_it() {
    let temporary = tempdir().unwrap();
    let (source, stand_in) = (
        temporary.path().join("source"),
        temporary.path().join("pulumi"),
    );
    std::fs::create_dir(&source).unwrap();
    write_script(&stand_in, "#!/bin/sh\nsleep 1000 & echo $! > $OUT; wait\n");
    git(&source, &["init", "--quiet", "--initial-branch=main"]);
    git(
        &source,
        &["commit", "--quiet", "--allow-empty", "--message", "Nothing"],
    );

    let stand_in = stand_in.to_str().unwrap();
    let mut cloud = Cloud::start(
        &["--token", TOKEN, "--pulumi", stand_in, "--concurrency", "2"],
        &[("PATH", "/usr/local/bin:/usr/bin:/bin")],
    );
    let out = temporary.path().join("out");
    let settings = json!({
        "sourceContext": {"git": {"repoUrl": source}},
        "operationContext": {"environmentVariables": {"OUT": out}, "options": {"skipInstallDependencies": true}},
    });
    let stack = "/api/stacks/local/web";
    post(cloud.url(), stack, json!({"stackName": "dev"}));
    post(
        cloud.url(),
        &format!("{stack}/dev/deployments/settings"),
        settings,
    );
    post(
        cloud.url(),
        &format!("{stack}/dev/deployments"),
        json!({"operation": "update"}),
    );
    let begun = Instant::now();
    let pid = loop {
        match std::fs::read_to_string(&out) {
            Ok(pid) if pid.ends_with('\n') => break pid.trim().to_owned(),
            _ => assert!(
                begun.elapsed() < Duration::from_mins(1),
                "the deployment does not begin"
            ),
        }
    };
    let ended = cloud.service.end(Signal::INT);
    assert!(ended.status.success(), "{ended:?}");
    assert_eq!(cloud.n_temporary(), 0, "no folder is left");
    // A process that has ended and has not been waited for has no command line left.
    let command_line = std::fs::read(Path::new("/proc").join(pid).join("cmdline"));
    assert!(
        command_line.unwrap_or_default().is_empty(),
        "no process is left"
    );
}
