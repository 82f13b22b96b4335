//! A cloud that is killed in the middle of its work, repeatedly, loses nothing that it has acknowledged.
//!
//! `AUTO_DEPLOY_KILLS` sets how often it is killed in the middle of updates; `make torture` asks for a hundred, and for
//! twenty in the middle of anything else.

#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    reason = "the helpers are part of the tests: they end where something unexpected happens"
)]

mod others;

use std::hash::{BuildHasher as _, RandomState};
use std::process::{Command, Output, Stdio};
use std::time::Duration;
use tempfile::TempDir;
use testkit::api::TOKEN;
use testkit::process::Service;
use testkit::{pulumi, switches};

const STACK: &str = "local/app/dev";

/// The default number of kills in a test.
const N_KILLS: u64 = 5;

/// The longest time that an update runs before its cloud is killed.
const LONGEST_MS: u64 = 1500;

/// A folder for the cloud's data and the CLI's home, and a fixed address.
struct Scene {
    folder: TempDir,
    address: String,
}

impl Scene {
    fn new() -> Scene {
        let folder = tempfile::tempdir().unwrap();
        for name in ["data", "home", "program"] {
            std::fs::create_dir(folder.path().join(name)).unwrap();
        }
        let free = std::net::TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap();
        Scene {
            folder,
            address: free.to_string(),
        }
    }

    fn start(&self) -> Service {
        self.start_with(&[])
    }

    /// The cloud, with these arguments in addition.
    fn start_with(&self, more: &[&str]) -> Service {
        let mut command = Command::new(env!("CARGO_BIN_EXE_auto-deploy"));
        command
            .args(["cloud", "--listen", &self.address, "--token", TOKEN])
            .args(more)
            .arg("--data")
            .arg(self.folder.path().join("data"))
            .stdin(Stdio::null())
            .stderr(Stdio::null());
        let cloud = Service::start(&mut command);
        assert_eq!(
            cloud.address(),
            format!("http://{}", self.address),
            "the cloud starts again on the same data"
        );
        cloud
    }

    fn pulumi(&self, arguments: &[&str]) -> Command {
        let folder = self.folder.path();
        let mut command = pulumi::command(&folder.join("home"), &folder.join("program"), arguments);
        command
            .env("PULUMI_ACCESS_TOKEN", TOKEN)
            .env("PULUMI_BACKEND_URL", format!("http://{}", self.address))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    fn succeeds(&self, arguments: &[&str]) -> String {
        let output = self.pulumi(arguments).output().unwrap();
        assert!(
            output.status.success(),
            "pulumi {arguments:?}: {}",
            said(&output)
        );
        String::from_utf8(output.stdout).unwrap()
    }

    /// A program whose outputs are this number and a secret; deploying it takes the CLI several requests.
    fn write(&self, number: u64) {
        let program = format!(
            "name: app\nruntime: yaml\noutputs:\n  number: {number}\n  hidden:\n    fn::secret: secret {number}\n"
        );
        std::fs::write(self.folder.path().join("program/Pulumi.yaml"), program).unwrap();
    }

    fn number(&self) -> u64 {
        self.succeeds(&["stack", "output", "number", "--stack", STACK])
            .trim()
            .parse()
            .unwrap()
    }
}

fn said(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

#[test]
fn a_killed_cloud_loses_no_acknowledged_write() {
    let n_kills = switches::kills().unwrap_or(N_KILLS);
    let scene = Scene::new();
    let mut cloud = scene.start();
    scene.write(0);
    scene.succeeds(&["stack", "init", STACK]);
    scene.succeeds(&["up", "--yes", "--skip-preview", "--stack", STACK]);
    let mut acknowledged = 0;
    let random = RandomState::new();
    for attempt in 1..=n_kills {
        scene.write(attempt);
        let mut up = scene
            .pulumi(&["up", "--yes", "--skip-preview", "--stack", STACK])
            .spawn()
            .unwrap();
        let wait = random.hash_one(attempt) % LONGEST_MS;
        std::thread::sleep(Duration::from_millis(wait));
        let had_ended = up.try_wait().unwrap().is_some();
        drop(cloud);
        if !had_ended {
            // Its cloud is gone: it would keep trying for long, and could find the next one.
            up.kill().unwrap();
        }
        let output = up.wait_with_output().unwrap();
        if output.status.success() {
            acknowledged = attempt;
        }

        cloud = scene.start();
        let number = scene.number();
        assert!(
            number == acknowledged || number == attempt,
            "after {wait} ms: {number}, {acknowledged} was acknowledged"
        );
        // What a killed update has left is ended by hand, as the CLI's message says.
        let _ = scene.pulumi(&["cancel", "--yes", STACK]).output().unwrap();
        scene.succeeds(&["up", "--yes", "--skip-preview", "--stack", STACK]);
        assert_eq!(scene.number(), attempt);
        assert_eq!(
            scene
                .succeeds(&[
                    "stack",
                    "output",
                    "hidden",
                    "--show-secrets",
                    "--stack",
                    STACK
                ])
                .trim(),
            format!("secret {attempt}")
        );
        acknowledged = attempt;
    }
    drop(cloud);
    let database = rusqlite::Connection::open(scene.folder.path().join("data/cloud.db")).unwrap();
    let check: String = database
        .pragma_query_value(None, "integrity_check", |row| row.get(0))
        .unwrap();
    assert_eq!(check, "ok");
}
