//! A cloud that is killed in the middle of a coherence window remembers what it has seen and predicted.

#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    reason = "the helpers are part of the tests: they end where something unexpected happens"
)]

use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;
use testkit::api::{Api, TOKEN};
use testkit::process::Service;
use testkit::pulumi;

/// The folders of the programs, the CLI's home and the cloud's data, and an address that stays the same.
struct Scene {
    folder: TempDir,
    address: String,
}

impl Scene {
    fn new() -> Scene {
        let folder = tempfile::tempdir().unwrap();
        for name in ["data", "home", "network", "cluster", "app"] {
            std::fs::create_dir(folder.path().join(name)).unwrap();
        }
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = free.local_addr().unwrap().to_string();
        Scene { folder, address }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn start(&self) -> Service {
        let mut command = Command::new(env!("CARGO_BIN_EXE_auto-deploy"));
        command
            .args(["cloud", "--listen", &self.address, "--token", TOKEN])
            .arg("--data")
            .arg(self.path("data"))
            .stdin(Stdio::null())
            .stderr(Stdio::null());
        Service::start(&mut command)
    }

    fn command(&self, name: &str, arguments: &[&str]) -> Command {
        let mut command = pulumi::command(&self.path("home"), &self.path(name), arguments);
        command
            .env("PULUMI_ACCESS_TOKEN", TOKEN)
            .env("PULUMI_BACKEND_URL", format!("http://{}", self.address))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    fn succeeds(&self, name: &str, arguments: &[&str]) -> String {
        let output = self.command(name, arguments).output().unwrap();
        assert!(output.status.success(), "{}", said(&output));
        said(&output)
    }

    /// A program whose output is `range`: this text, or that of another program.
    fn write(&self, name: &str, range: &str, upstream: Option<&str>) {
        let reference = upstream.map_or(String::new(), |upstream| {
            format!(
                "resources:\n  up: {{type: 'pulumi:pulumi:StackReference', properties: {{name: local/{upstream}/dev}}}}\n"
            )
        });
        let program =
            format!("name: {name}\nruntime: yaml\n{reference}outputs: {{range: '{range}'}}\n");
        std::fs::write(self.path(name).join("Pulumi.yaml"), program).unwrap();
    }

    /// What a preview in this window says about the output.
    fn preview(&self, name: &str, window: &str) -> String {
        let said = self.succeeds(name, &["preview", "--coherence-window", window]);
        let output = said.lines().find(|line| line.contains("range"));
        output.unwrap_or("unchanged").trim().to_owned()
    }
}

/// The newest preview of `cluster`.
#[tokio::main(flavor = "current_thread")]
async fn latest_preview(url: &str) -> serde_json::Value {
    let path = "/api/stacks/local/cluster/dev/updates/latest/previews";
    Api::new(url).get(path).await.expect(200)["updates"][0]["updateID"].clone()
}

fn said(output: &Output) -> String {
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    text(&output.stdout) + &text(&output.stderr)
}

#[test]
fn a_killed_cloud_remembers_its_windows() {
    let scene = Scene::new();
    let cloud = scene.start();
    let handed_on = "${up.outputs[\"range\"]}";
    scene.write("network", "old", None);
    scene.write("cluster", handed_on, Some("network"));
    scene.write("app", handed_on, Some("cluster"));
    for name in ["network", "cluster", "app"] {
        let stack = format!("local/{name}/dev");
        scene.succeeds(name, &["stack", "init", &stack]);
        scene.succeeds(name, &["up", "--yes", "--skip-preview"]);
    }
    scene.write("network", "new", None);
    let changed = r#"~ range: "old" => "new""#;
    assert_eq!(scene.preview("network", "w"), changed);
    cloud.kill();

    // The earlier prediction.
    let cloud = scene.start();
    assert_eq!(scene.preview("cluster", "w"), changed);
    cloud.kill();

    // What one of them has predicted from what it read before, and that each has had its turn.
    let cloud = scene.start();
    assert_eq!(scene.preview("app", "w"), changed);
    let again = scene.command("network", &["preview", "--coherence-window", "w"]);
    let again = { again }.output().unwrap();
    assert!(!again.status.success());
    let refused = said(&again);
    assert!(
        refused.contains("has an update of the stack `local/network/dev` already"),
        "{refused}"
    );

    // In the middle of a preview: it has predicted nothing, and delays nobody.
    let before = latest_preview(cloud.address());
    let mut child = scene
        .command("cluster", &["preview", "--coherence-window", "v"])
        .spawn()
        .unwrap();
    while latest_preview(cloud.address()) == before {}
    cloud.kill();
    child.kill().unwrap();
    child.wait().unwrap();
    let cloud = scene.start();
    assert_eq!(scene.preview("app", "v"), "unchanged");
    assert_eq!(scene.preview("network", "v"), changed);
    cloud.kill();
}
