//! A cascade of real deployments: real git, and the real Pulumi CLI of `make tools`.

#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    reason = "the helpers are part of the tests: they end where something unexpected happens"
)]

mod locks;

use local_cloud::{Method, Server};
use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;
use std::process::Output;
use tempfile::TempDir;
use testkit::api::{Api, TOKEN};
use testkit::git::git;
use testkit::patience::until;
use testkit::published;
use testkit::since;
use testkit::{pulumi, tools};

/// The stacks, and those that each starts.
const EDGES: [(&str, &[&str]); 6] = [
    ("a", &["b", "c"]),
    ("b", &["d", "e", "f"]),
    ("c", &[]),
    ("d", &[]),
    ("e", &[]),
    ("f", &[]),
];

/// A cloud, and a repository with a program for each stack.
struct Stage {
    folder: TempDir,
    server: Server,
}

impl Stage {
    async fn set() -> Stage {
        let folder = tempfile::tempdir().unwrap();
        let app = published::builder(TOKEN)
            .organization("acme")
            .data(folder.path().join("data"));
        let server = Server::start(app.pulumi(tools::pulumi()).open().unwrap())
            .await
            .unwrap();
        let stage = Stage { folder, server };
        for (name, _) in EDGES {
            let upstream = EDGES
                .iter()
                .find(|(_, targets)| targets.contains(&name))
                .map(|(upstream, _)| *upstream);
            stage.write_program(name, upstream);
        }
        git(
            &stage.repository(),
            &["init", "--quiet", "--initial-branch=main"],
        );
        git(&stage.repository(), &["add", "--all"]);
        git(
            &stage.repository(),
            &["commit", "--quiet", "--message", "Programs"],
        );
        for (name, _) in EDGES {
            stage.make_stack(name).await;
        }
        for (name, targets) in EDGES {
            for target in targets {
                let hook = json!({
                    "organizationName": "acme", "displayName": target, "payloadUrl": format!("{target}/dev"),
                    "active": true, "format": "pulumi_deployments", "filters": ["update_succeeded"],
                });
                stage
                    .ask(
                        Method::POST,
                        &format!("/api/stacks/acme/{name}/dev/hooks"),
                        Some(hook),
                    )
                    .await;
            }
        }
        stage
    }

    fn repository(&self) -> PathBuf {
        self.folder.path().join("repository")
    }

    /// A program that returns the output of its upstream stack followed by its own name.
    fn write_program(&self, name: &str, upstream: Option<&str>) {
        let folder = self.repository().join(name);
        fs::create_dir_all(&folder).unwrap();
        let (resources, said) = match upstream {
            Some(upstream) => (
                format!(
                    "resources:\n  upstream:\n    type: pulumi:pulumi:StackReference\n    properties:\n      name: acme/{upstream}/dev\n"
                ),
                "${upstream.outputs[\"said\"]} ",
            ),
            None => (String::new(), ""),
        };
        let program =
            format!("name: {name}\nruntime: yaml\n{resources}outputs:\n  said: '{said}{name}'\n");
        fs::write(folder.join("Pulumi.yaml"), program).unwrap();
    }

    async fn make_stack(&self, name: &str) {
        self.ask(
            Method::POST,
            &format!("/api/stacks/acme/{name}"),
            Some(json!({"stackName": "dev"})),
        )
        .await;
        let git = json!({"repoUrl": self.repository(), "branch": "main", "repoDir": name});
        let settings = json!({"sourceContext": {"git": git}});
        let path = format!("/api/stacks/acme/{name}/dev/deployments/settings");
        self.ask(Method::PUT, &path, Some(settings)).await;
    }

    async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> Value {
        let api = Api::new(self.server.url());
        api.answer(method, path, body).await.succeeds()
    }

    /// Runs the CLI as a user does; returns its output.
    fn pulumi(&self, program: &str, arguments: &[&str]) -> String {
        let done = self.run(program, arguments);
        let said = String::from_utf8_lossy(&done.stdout).into_owned();
        let complaint = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "{said}{complaint}");
        said
    }

    /// The same for a command that must fail; returns its error output.
    fn fails(&self, program: &str, arguments: &[&str]) -> String {
        let done = self.run(program, arguments);
        assert!(
            !done.status.success(),
            "{}",
            String::from_utf8_lossy(&done.stdout)
        );
        String::from_utf8_lossy(&done.stderr).into_owned()
    }

    fn run(&self, program: &str, arguments: &[&str]) -> Output {
        let (home, program) = (self.folder.path(), self.repository().join(program));
        let mut command = pulumi::command(&home.join("home"), &program, arguments);
        command
            .args(["--stack", "acme/dev"])
            .env("PULUMI_BACKEND_URL", self.server.url())
            .env("PULUMI_ACCESS_TOKEN", TOKEN)
            .output()
            .unwrap()
    }

    /// The deployments once there are `n` of them and all have ended, oldest first.
    async fn settled(&self, n: usize) -> Vec<Value> {
        until(async || {
            let path = "/api/orgs/acme/deployments?asc=true";
            let list = self.ask(Method::GET, path, None).await;
            let list = list["deployments"].as_array().unwrap().clone();
            let is_over = |one: &Value| one["status"] == "succeeded" || one["status"] == "failed";
            (list.len() == n && list.iter().all(is_over)).then_some(list)
        })
        .await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_by_a_person_updates_the_other_stacks_in_order() {
    let stage = Stage::set().await;
    stage.pulumi("a", &["up", "--yes", "--skip-preview"]);
    let deployments = stage.settled(5).await;
    let mut facts = Vec::new();
    for deployment in &deployments {
        let project = deployment["projectName"].as_str().unwrap();
        let log = stage
            .ask(
                Method::GET,
                &format!("/api/stacks/acme/{project}/dev/deployments/1/logs"),
                None,
            )
            .await;
        assert_eq!(deployment["status"], "succeeded", "{log}");
        let update = &deployment["updates"][0];
        assert_eq!(
            (&update["result"], &update["kind"], &update["version"]),
            (&json!("succeeded"), &json!("update"), &json!(1)),
            "one update, and no preview"
        );
        assert_eq!(deployment["updates"].as_array().unwrap().len(), 1);
        facts.push(project.to_owned());
    }
    assert_eq!(facts, ["b", "c", "d", "e", "f"]);
    // What each read from its upstream stack shows that they ran in order.
    let said = stage.pulumi("f", &["stack", "output", "said"]);
    assert_eq!(said.trim(), "a b f");
    assert_eq!(
        fs::read_dir(stage.folder.path().join("data/runs"))
            .unwrap()
            .count(),
        0
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_starts_follows_and_shows_deployments() {
    if since::DEPLOYMENT_COMMANDS.is_missing() {
        return;
    }
    let stage = Stage::set().await;
    let said = stage.pulumi(
        "c",
        &[
            "deployment",
            "settings",
            "edit",
            "--secret-env",
            "S=hush-hush",
            "--pre-run-command",
            "echo $S",
        ],
    );
    assert!(!said.contains("hush-hush"), "{said}");
    stage.pulumi(
        "a",
        &[
            "deployment",
            "run",
            "update",
            "--suppress-stream-logs=false",
        ],
    );
    stage.settled(6).await;
    let said = stage.pulumi(
        "c",
        &[
            "deployment",
            "run",
            "preview",
            "--suppress-stream-logs=false",
        ],
    );
    assert!(said.contains("1 unchanged"), "{said}");
    assert!(
        said.contains("[secret]") && !said.contains("hush-hush"),
        "{said}"
    );
    let said = stage.pulumi("c", &["deployment", "list"]);
    assert!(
        said.contains("update") && said.contains("preview"),
        "{said}"
    );
    let said = stage.pulumi("c", &["deployment", "log", "1"]);
    assert!(
        said.contains("[pulumi update]") && said.contains("1 created"),
        "{said}"
    );
    let said = stage.pulumi("c", &["deployment", "get", "1"]);
    assert!(said.contains("webhook"), "{said}");
    let said = stage.fails("c", &["deployment", "cancel", "1", "--yes"]);
    assert!(said.contains("deployment 1 is over"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_refreshes_destroys_or_is_called_off() {
    if since::DEPLOYMENT_COMMANDS.is_missing() {
        return;
    }
    let stage = Stage::set().await;
    let run = |operation| {
        let follow = "--suppress-stream-logs=false";
        stage.pulumi("c", &["deployment", "run", operation, follow])
    };
    let own_settings = "/api/stacks/acme/a/dev/deployments/settings";
    stage.pulumi("a", &["up", "--yes", "--skip-preview"]);
    stage.settled(5).await;
    let said = run("refresh");
    assert!(said.contains("2 unchanged"), "{said}");
    let said = run("destroy");
    assert!(said.contains("1 deleted"), "{said}");

    let deployments = "/api/stacks/acme/c/dev/deployments";
    let pause = format!("{deployments}/pause");
    stage.ask(Method::POST, &pause, None).await;
    stage.pulumi("c", &["deployment", "run", "update"]);
    stage.pulumi("c", &["deployment", "cancel", "4", "--yes"]);
    let path = format!("{deployments}/4");
    let last = stage.ask(Method::GET, &path, None).await;
    assert_eq!(last["status"], "failed", "{last}");
    let said = stage.pulumi("c", &["deployment", "get", "4"]);
    assert!(said.contains("failed"), "{said}");

    stage.ask(Method::DELETE, own_settings, None).await;
    let said = stage.fails("a", &["deployment", "run", "update"]);
    assert!(said.contains("no deployment settings"), "{said}");
}
