//! The programs of `auto-deploy discover` run, whatever the stacks' names are, and take over the existing webhooks.
//!
//! The commands that it prints run unchanged in a shell, with the real Pulumi CLI and the real languages.
//! `commands::discover` checks the C# programs.

#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    reason = "the helpers are part of the tests: they end where something unexpected happens"
)]

use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;
use testkit::api::{Api, TOKEN};
use testkit::language::{Language, copy, installed, run};
use testkit::session::Session;
use testkit::states;
use testkit::tools::repository;
use tokio_util::sync::CancellationToken;

/// The stacks between the network and the app: names with a special meaning in YAML, in a language, or in the programs.
const ODD: [&str; 24] = [
    "my.app/prod",
    "web/my.app",
    "auto/deploy",
    "global/this",
    "1st/2nd",
    "2020-01/01",
    "1e/5",
    "-/--",
    "yes/no",
    "null/null",
    "class/_",
    "import/-",
    "undefined/_.",
    "await/...",
    "go/2",
    "int/32",
    "organization/_",
    "pulumi/_",
    "err/_",
    "web/a-b",
    "web-a/b",
    "web_a/b",
    "web/a-b-2",
    "Web/A.b",
];

/// The pause between two reads, which leaves the CPU to the commands.
const BETWEEN_LOOKS: Duration = Duration::from_millis(200);

/// Stacks that refer to each other, some of which already have webhooks.
struct Graph {
    session: Session,
    /// From upstream to downstream, `project/stack`.
    edges: Vec<(String, String)>,
    /// The webhooks that were created by hand, by their edge.
    by_hand: BTreeMap<(String, String), String>,
}

/// The odd names, and some random ones.
fn names() -> BTreeSet<String> {
    let mut runner = TestRunner::deterministic();
    let any = "[A-Za-z0-9._-]{1,6}/[A-Za-z0-9._-]{1,6}".prop_filter("a path", |name| {
        !name.split('/').any(|part| part == "." || part == "..")
    });
    let more = (0..12).map(|_| any.new_tree(&mut runner).unwrap().current());
    ODD.map(str::to_owned).into_iter().chain(more).collect()
}

impl Graph {
    /// Each odd stack refers to the network, and the app to each of them.
    async fn start() -> Graph {
        let session = Session::start().await;
        let names = names();
        let (network, app) = ("network/prod".to_owned(), "app/prod".to_owned());
        let above = names.iter().map(|name| (network.clone(), name.clone()));
        let below = names.iter().map(|name| (name.clone(), app.clone()));
        let mut graph = Graph {
            edges: above.chain(below).collect(),
            by_hand: BTreeMap::new(),
            session,
        };
        for name in names.iter().chain([&network, &app]) {
            graph.stack(name).await;
        }
        for (n, edge) in graph.edges.clone().into_iter().enumerate() {
            // Two of three exist already: one as the program declares it, one that it changes.
            match n % 3 {
                0 => graph.hook(n, edge, json!({})).await,
                1 => {
                    let other = json!({"displayName": "by hand", "filters": ["update_succeeded", "update_failed"]});
                    graph.hook(n, edge, other).await;
                }
                _ => {}
            }
        }
        graph
    }

    async fn stack(&self, name: &str) {
        let (project, stack) = name.split_once('/').unwrap();
        let path = format!("/api/stacks/acme/{project}");
        self.post(&path, json!({ "stackName": stack })).await;
        let above = self.edges.iter().filter(|(_, below)| below == name);
        let above: Vec<String> = above.map(|(above, _)| format!("acme/{above}")).collect();
        let above: Vec<&str> = above.iter().map(String::as_str).collect();
        let state = states::of_references(name, &above);
        self.post(&format!("{path}/{stack}/import"), state).await;
    }

    async fn hook(&mut self, n: usize, edge: (String, String), changes: Value) {
        let (above, below) = &edge;
        let name = format!("{:08x}", 0x4b0d_0671 + n);
        let mut hook = json!({
            "organizationName": "acme", "displayName": below, "payloadUrl": below, "active": true,
            "format": "pulumi_deployments", "filters": ["update_succeeded"], "name": name,
        });
        hook.as_object_mut()
            .unwrap()
            .extend(changes.as_object().unwrap().clone());
        self.post(&format!("/api/stacks/acme/{above}/hooks"), hook)
            .await;
        self.by_hand.insert(edge, name);
    }

    async fn post(&self, path: &str, body: Value) {
        let (status, said) = self.session.ask("POST", path, body).await;
        assert!(status == 200 || status == 201, "{path}: {status} {said}");
    }

    /// Writes the project into `program/wiring`; returns the commands that it prints.
    fn discover(&self, language: Language, form: &str, sdk: &Path) -> Vec<String> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_auto-deploy"));
        command
            .args([
                "discover",
                "--org",
                "acme",
                "--language",
                language.name(),
                "--as",
                form,
            ])
            .args(["--out", "wiring", "--sdk"])
            .arg(sdk)
            .current_dir(self.session.path("program"))
            .env_clear()
            .env("PULUMI_BACKEND_URL", self.session.url())
            .env("PULUMI_ACCESS_TOKEN", TOKEN)
            .env("NO_PROXY", "127.0.0.1");
        let (went_well, said) = run(&mut command);
        assert!(went_well, "{said}");
        let (_, next) = said.split_once("Next:\n").unwrap();
        next.lines()
            .filter_map(|line| line.strip_prefix("  "))
            .map(|line| line.trim_end_matches(" &&").to_owned())
            .collect()
    }

    /// Runs commands in one shell, and checks meanwhile that every webhook created by hand exists.
    async fn carry_out(&self, steps: &[String], environment: &[(&str, String)]) {
        let mut command = Command::new("bash");
        command
            .args(["-e", "-c", &steps.join(" &&\n")])
            .current_dir(self.session.path("program"))
            .stdin(Stdio::null())
            .env_clear();
        let given = self.session.command(&[]);
        command.envs(
            given
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        );
        command.env("PULUMI_SKIP_CONFIRMATIONS", "true");
        command.envs(environment.iter().map(|(name, value)| (name, value)));
        let over = CancellationToken::new();
        let watch = tokio::spawn(watch(
            Api::new(self.session.url()),
            self.by_hand.clone(),
            over.clone(),
        ));
        let (went_well, said) = tokio::task::spawn_blocking(move || run(&mut command))
            .await
            .unwrap();
        over.cancel();
        assert!(went_well, "{said}");
        assert!(watch.await.unwrap() > 3, "it was looked at while it ran");
    }

    /// Every webhook created by hand is the one of its edge, in the state and on the cloud, and every edge has one.
    async fn is_taken_over(&self) {
        let state = self
            .session
            .get("/api/stacks/acme/wiring/prod/export")
            .await;
        let ids = state["deployment"]["resources"].as_array().unwrap().iter();
        let ids: BTreeSet<&str> = ids.filter_map(|resource| resource["id"].as_str()).collect();
        for (edge, name) in &self.by_hand {
            let id = format!("acme/{}/{name}", edge.0);
            assert!(ids.contains(id.as_str()), "{edge:?}: {ids:?}");
        }
        let mut on_cloud = Vec::new();
        let above: BTreeSet<&String> = self.edges.iter().map(|(above, _)| above).collect();
        for above in above {
            let hooks = self
                .session
                .get(&format!("/api/stacks/acme/{above}/hooks"))
                .await;
            for hook in hooks.as_array().unwrap() {
                let edge = (
                    above.clone(),
                    hook["payloadUrl"].as_str().unwrap().to_owned(),
                );
                if let Some(name) = self.by_hand.get(&edge) {
                    assert_eq!(hook["name"], **name, "{edge:?}");
                }
                assert_eq!(hook["filters"], json!(["update_succeeded"]), "{edge:?}");
                on_cloud.push(edge);
            }
        }
        on_cloud.sort();
        let mut edges = self.edges.clone();
        edges.sort();
        assert_eq!(on_cloud, edges);
    }

    /// No operation on the program's stack replaced or deleted a resource, and no webhook was deleted meanwhile.
    async fn nothing_was_replaced(&self, requests: &[String]) {
        let deletes = requests
            .iter()
            .filter(|request| request.starts_with("DELETE "));
        assert_eq!(deletes.collect::<Vec<_>>(), [""; 0]);
        let history = self
            .session
            .pulumi(&["-C", "wiring", "stack", "history", "--json"])
            .await
            .json();
        for update in history.as_array().unwrap() {
            let changes = update["resourceChanges"].as_object().unwrap();
            let kinds = ["create", "import", "same", "update"];
            assert!(
                changes.keys().all(|kind| kinds.contains(&kind.as_str())),
                "{changes:?}"
            );
        }
    }
}

/// Reads the webhooks repeatedly; returns how often. Each time all that were created by hand exist under their names.
async fn watch(
    api: Api,
    hooks: BTreeMap<(String, String), String>,
    over: CancellationToken,
) -> usize {
    let above: BTreeSet<&String> = hooks.keys().map(|(above, _)| above).collect();
    let mut n_rounds = 0;
    while !over.is_cancelled() {
        let mut found = BTreeSet::new();
        for above in &above {
            let path = format!("/api/stacks/acme/{above}/hooks");
            let (status, hooks) = api.ask("GET", &path, Value::Null).await;
            assert_eq!(status, 200, "{path}");
            for hook in hooks.as_array().unwrap() {
                let text = |key: &str| hook[key].as_str().unwrap().to_owned();
                found.insert((((*above).clone(), text("payloadUrl")), text("name")));
            }
        }
        for hook in &hooks {
            assert!(
                found.contains(&(hook.0.clone(), hook.1.clone())),
                "{hook:?}"
            );
        }
        n_rounds += 1;
        // A deletion between two reads is not missed: `nothing_was_replaced` searches the requests for it.
        tokio::time::sleep(BETWEEN_LOOKS).await;
    }
    n_rounds
}

/// Puts what the commands would download into the places where they look first; returns the environment variables for them.
fn prepare(language: Language, root: &Path, project: &Path) -> Vec<(&'static str, String)> {
    let copy_all = |from: &Path, to: &Path| {
        let (went_well, said) = run(Command::new("cp").arg("-r").arg(from).arg(to));
        assert!(went_well, "{said}");
    };
    match language {
        Language::TypeScript => {
            copy_all(&installed("typescript").join("node_modules"), project);
            // What is in place is enough; nothing newer is looked up.
            let off = |name| (name, "false".to_owned());
            vec![
                ("npm_config_offline", "true".to_owned()),
                off("npm_config_audit"),
                off("npm_config_fund"),
                off("npm_config_update_notifier"),
            ]
        }
        Language::Java => {
            let repository = root.join("repository");
            copy_all(&installed("java").join("repository"), &repository);
            let options = format!("--offline\n-Dmaven.repo.local={}\n", repository.display());
            std::fs::create_dir(root.join(".mvn")).unwrap();
            std::fs::write(root.join(".mvn/maven.config"), options).unwrap();
            vec![(
                "MAVEN_OPTS",
                "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC".to_owned(),
            )]
        }
        Language::Go => {
            // The checksums of `go mod tidy`, and its changes to `go.mod`.
            std::fs::copy(
                repository("examples/auto-deploy-go/go.sum"),
                project.join("go.sum"),
            )
            .unwrap();
            let mut variables = language.prepare(project);
            let flags = variables.iter_mut().find(|(name, _)| *name == "GOFLAGS");
            flags.unwrap().1.push_str(" -mod=mod");
            variables
        }
        _ => language.prepare(project),
    }
}

/// The SDKs as in a clone in which they are built.
fn clone_of_sdk(root: &Path) -> std::path::PathBuf {
    let sdk = root.join("sdk");
    copy(&repository("sdk"), &sdk);
    let modules = installed("typescript").join("node_modules");
    let built = modules.join("@pulumi/auto-deploy/bin");
    copy(&built, &sdk.join("nodejs/bin"));
    std::os::unix::fs::symlink(modules, sdk.join("nodejs/node_modules")).unwrap();
    sdk
}

async fn takes_over(language: Language, form: &str) {
    let graph = Graph::start().await;
    let root = graph.session.path("");
    let sdk = clone_of_sdk(&root);
    let mut steps = graph.discover(language, form, &sdk);
    let project = graph.session.path("program/wiring");
    let environment = prepare(language, &root, &project);
    match language {
        // Their tools ask the registries in any case. `prepare` has done their work.
        Language::Python | Language::Go => steps.retain(|step| step != "pulumi install"),
        // The Java host writes the first output of both streams of its tool without synchronization, which occasionally
        // fails.
        Language::Java => {
            for step in &mut steps {
                *step = step.replace("pulumi install", "pulumi install || pulumi install");
            }
        }
        _ => {}
    }
    graph.session.requests();
    graph.carry_out(&steps, &environment).await;
    let requests = graph.session.requests();
    graph.is_taken_over().await;
    graph.nothing_was_replaced(&requests).await;
    let again = ["cd wiring", "pulumi up --expect-no-changes"];
    graph
        .carry_out(&again.map(str::to_owned), &environment)
        .await;
    graph.is_taken_over().await;
}

macro_rules! each {
    ($($language:ident: $deployers:ident, $graph:ident;)*) => {$(
        #[tokio::test(flavor = "multi_thread")]
        async fn $deployers() {
            takes_over(Language::$language, "deployers").await;
        }

        #[tokio::test(flavor = "multi_thread")]
        async fn $graph() {
            takes_over(Language::$language, "graph").await;
        }
    )*};
}

each! {
    Yaml: deployers_in_yaml, graph_in_yaml;
    TypeScript: deployers_in_typescript, graph_in_typescript;
    Python: deployers_in_python, graph_in_python;
    Go: deployers_in_go, graph_in_go;
    Java: deployers_in_java, graph_in_java;
}
