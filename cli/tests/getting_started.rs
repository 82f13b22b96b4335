//! `docs/getting-started.md`, typed as it stands there, in one shell.

#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    reason = "the helpers are part of the test: they end where something unexpected happens"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;
use tempfile::tempdir;
use testkit::patience::PATIENCE;
use testkit::process::Service;
use testkit::since;
use testkit::tools;

/// The address that the page speaks of; the test's cloud has another.
const ADDRESS: &str = "127.0.0.1:8080";

/// The page's shell code, each with the comment above it.
fn blocks(page: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    let mut rest = page;
    while let Some((before, after)) = rest.split_once("```sh\n") {
        let (code, after) = after.split_once("```").unwrap();
        let note = before.lines().last().unwrap_or_default();
        found.push((note, code));
        rest = after;
    }
    found
}

/// The program of ours that is called `name`.
fn built(name: &str) -> PathBuf {
    let built = Path::new(env!("CARGO_BIN_EXE_auto-deploy")).with_file_name(name);
    assert!(built.exists(), "`cargo build` makes it");
    built
}

/// The folders where the page finds its programs: the command in one, without the plugin beside it, and the CLI.
fn path(bin: &Path) -> std::ffi::OsString {
    let tools = tools::path();
    let folders = [bin.to_owned()]
        .into_iter()
        .chain(std::env::split_paths(&tools));
    std::env::join_paths(folders).unwrap()
}

#[test]
fn does_what_it_says() {
    if since::DEPLOYMENT_COMMANDS.is_missing() {
        return;
    }
    let page = tools::read("docs/getting-started.md");
    let mut blocks = blocks(&page).into_iter();
    let home = tempdir().unwrap();
    let pulumi_home = home.path().join(".pulumi").display().to_string();
    let bin = home.path().join("bin");
    std::fs::create_dir(&bin).unwrap();
    std::os::unix::fs::symlink(built("auto-deploy"), bin.join("auto-deploy")).unwrap();
    let shell = |code: &str| {
        let mut command = Command::new("bash");
        command
            .args(["-e", "-u", "-c", code])
            .current_dir(home.path());
        command
            .env_clear()
            .env("PATH", path(&bin))
            .env("HOME", home.path())
            .env("TMPDIR", home.path());
        for (name, value) in [
            ("PULUMI_SKIP_UPDATE_CHECK", "true"),
            // The CLI asks the system where the home is, and not `HOME`.
            ("PULUMI_HOME", pulumi_home.as_str()),
        ] {
            command.env(name, value);
        }
        command.stdin(Stdio::null());
        command
    };

    // As `make install` does it.
    let install = format!(
        "pulumi plugin install resource auto-deploy v{} --file {}",
        env!("CARGO_PKG_VERSION"),
        built("pulumi-resource-auto-deploy").display()
    );
    says(shell(&install), "");
    for _ in 0..2 {
        assert!(blocks.next().unwrap().0.starts_with("<!-- not run:"));
    }
    let (note, start) = blocks.next().unwrap();
    assert_eq!(note, "<!-- runs on -->");
    // `exec`, so the cloud itself ends with the test.
    let start = start.replacen(
        "auto-deploy cloud",
        "exec auto-deploy cloud --listen 127.0.0.1:0",
        1,
    );
    let start = start
        .replacen("AUTO_DEPLOY", "export AUTO_DEPLOY", 1)
        .replacen(" exec", "; exec", 1);
    let cloud = Service::start(shell(&start).stderr(Stdio::null()));
    let address = cloud.address().strip_prefix("http://").unwrap();

    // What was typed before belongs to the same shell, so each part repeats where it is and what it has set.
    let mut typed = String::new();
    let (mut commands, mut in_the_end) = (String::new(), String::new());
    for (note, code) in blocks {
        if note == "<!-- runs after the deployment -->" {
            in_the_end = code.to_owned();
        } else if in_the_end.is_empty() {
            assert!(!note.starts_with("<!--"), "{note}");
            commands += code;
        } else {
            typed += code;
        }
    }
    let enter = "export PULUMI_ACCESS_TOKEN=pul-my-own-token\ncd stacks\n";
    says(shell(&commands.replace(ADDRESS, address)), "1 created");
    let begin = Instant::now();
    loop {
        let list = "pulumi --cwd database deployment list --output json";
        let output = shell(&format!("{enter}{list}")).output().unwrap();
        let list: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let status = list["deployments"][0]["status"].as_str();
        if status == Some("succeeded") {
            break;
        }
        assert!(
            status != Some("failed") && begin.elapsed() < PATIENCE,
            "{list:#}"
        );
    }
    says(shell(&format!("{enter}{in_the_end}")), "10.1.0.0/16");
    says(shell(&format!("{enter}{typed}")), "4 deleted");
}

/// Runs a command that succeeds and prints something.
fn says(mut command: Command, wanted: &str) {
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(output.status.success(), "{said}");
    assert!(said.contains(wanted), "{said}");
    assert!(!said.contains("warning"), "{said}");
}
