//! State migrations of a program with the newest SDK, on a cloud with the newest journal and on one without.

use local_cloud::Capability;
use serde_json::{Value, json};
use std::os::unix::fs::symlink;
use std::process::Command;
use testkit::language::{installed, run};
use testkit::session::Session;
use testkit::since;
use testkit::tools::repository;

/// The variable that makes the CLI upload whole states.
const NO_JOURNAL: &str = "PULUMI_DISABLE_JOURNALING";

const STACK: &str = "/api/stacks/acme/migrations/dev";

/// A session with the program, compiled.
struct Migrations {
    session: Session,
}

impl Migrations {
    /// With a webhook that is named `hook` in the program, in a state that was uploaded as a whole.
    async fn deployed(without: &[Capability]) -> Migrations {
        let mut session = Session::start_without(without).await;
        session.set(NO_JOURNAL, "true");
        let program = session.path("program");
        let modules = installed("migrations").join("node_modules");
        symlink(&modules, program.join("node_modules")).expect("it is linked");
        let source = repository("tests/languages/migrations/index.ts");
        std::fs::copy(source, program.join("index.ts")).expect("it is copied");
        let mut compiler = Command::new("node");
        compiler
            .arg(modules.join("typescript/bin/tsc"))
            .args(["--strict", "--target", "es2022", "--module", "commonjs"])
            .arg("index.ts")
            .current_dir(&program);
        let (went_well, said) = run(&mut compiler);
        assert!(went_well, "{said}");
        let mut migrations = Migrations { session };
        migrations.run("up", "hook").await.expect("it succeeds");
        migrations.session.unset(NO_JOURNAL);
        migrations.session.requests();
        migrations
    }

    /// Runs a command of the CLI with this name for the webhook; returns its output, and whether it succeeded.
    async fn run(&self, command: &str, called: &str) -> Result<String, String> {
        let cli = self.session.command(&[]);
        let mut node = Command::new("node");
        node.args(["index.js", command, called])
            .current_dir(self.session.path("program"))
            .env_clear();
        let environment = cli.get_envs();
        node.envs(environment.filter_map(|(name, value)| Some((name, value?))));
        let ended = tokio::task::spawn_blocking(move || run(&mut node)).await;
        match ended.expect("no panic") {
            (true, said) => Ok(said),
            (false, said) => Err(said),
        }
    }

    /// The id of the webhook in the state, and its name in the program.
    async fn webhook(&self) -> (Value, String) {
        let state = self.session.get(&format!("{STACK}/export")).await;
        let resources = state["deployment"]["resources"].as_array();
        let mut resources = resources.expect("a list").iter();
        let webhook = resources
            .find(|resource| resource["type"] == "auto-deploy:index:Webhook")
            .expect("it is there");
        let urn = webhook["urn"].as_str().expect("a text");
        let name = urn.rsplit("::").next().expect("there is a last part");
        (webhook["id"].clone(), name.to_owned())
    }
}

/// The requests that change webhooks.
fn changes(requests: &[String]) -> Vec<&String> {
    let is_change = |request: &&String| request.contains("/hooks") && !request.starts_with("GET");
    requests.iter().filter(is_change).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_is_migrated_in_a_journal_of_the_second_version() {
    if since::STATE_MIGRATIONS.is_missing() {
        return;
    }
    let migrations = Migrations::deployed(&[]).await;
    let (id, name) = migrations.webhook().await;
    assert_eq!((&id, name.as_str()), (&json!("acme/kept"), "hook"));
    let said = migrations
        .run("preview", "door")
        .await
        .expect("it succeeds");
    assert!(said.contains("State migration planned"), "{said}");
    migrations.run("up", "door").await.expect("it succeeds");
    assert_eq!(migrations.webhook().await, (id, "door".to_owned()));
    let requests = migrations.session.requests();
    assert_eq!(changes(&requests), [""; 0], "it is the same webhook");
    let has_sent = |what: &str| requests.iter().any(|request| request.contains(what));
    assert!(has_sent("/journalentries 204") && !has_sent("/checkpoint"));
    // The cloud has made a state of the journal that the CLI accepts.
    let unchanged = migrations.run("up-unchanged", "door").await;
    unchanged.expect("it succeeds");
    migrations
        .run("destroy", "door")
        .await
        .expect("it succeeds");
    assert_eq!(
        migrations.session.get("/api/orgs/acme/hooks").await,
        json!([])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_journal_of_the_first_version_has_no_state_migrations() {
    if since::STATE_MIGRATIONS.is_missing() {
        return;
    }
    let mut migrations = Migrations::deployed(&[Capability::StateMigrations]).await;
    let before = migrations.webhook().await;
    let said = migrations.run("up", "door").await.expect_err("it fails");
    // This text is the SDK's.
    assert!(said.contains("does not support state migrations"), "{said}");
    assert_eq!(migrations.webhook().await, before);
    assert_eq!(changes(&migrations.session.requests()), [""; 0]);
    // Whole states have them, on this cloud too.
    let session = &mut migrations.session;
    session.set(NO_JOURNAL, "true");
    migrations.run("up", "door").await.expect("it succeeds");
    assert_eq!(migrations.webhook().await, (before.0, "door".to_owned()));
}
