//! How deployments end that hang, that the store cannot write, or whose repository has an invalid address.

#![cfg(target_os = "linux")]

use crate::executor::LINGER;
use crate::repository::{Repository, is_running};
use insta::assert_snapshot;
use rusqlite::Connection;
use serde_json::{Value, json};
use testkit::patience::until;

/// Makes the database refuse to record the end of deployments, until [`Trouble::ends`].
struct Trouble(Connection);

impl Trouble {
    fn begins(repository: &Repository) -> Trouble {
        let database = Connection::open(repository.data().join("cloud.db")).unwrap();
        let trouble = "CREATE TRIGGER trouble BEFORE UPDATE OF status ON deployments
            WHEN NEW.status IN ('succeeded', 'failed') BEGIN SELECT RAISE(ABORT, 'trouble'); END";
        database.execute_batch(trouble).unwrap();
        Trouble(database)
    }

    fn ends(self) {
        self.0.execute_batch("DROP TRIGGER trouble").unwrap();
    }
}

#[tokio::test]
async fn the_end_of_a_deployment_outlives_trouble_with_the_store() {
    let repository = Repository::new("echo done > $OUT/done");
    let cloud = repository.cloud().await;
    let trouble = Trouble::begins(&repository);
    cloud.deploy("web").await;
    repository.written("done").await;
    until(async || (repository.n_workplaces() == 0).then_some(())).await;
    assert_eq!(cloud.version(1).await["status"], "running");
    let cancel = "/api/stacks/acme/web/dev/deployments/1/cancel";
    cloud.post(cancel, Value::Null).await.succeeds();
    assert_eq!(cloud.version(1).await["status"], "running");
    trouble.ends();
    assert_eq!(cloud.ended(1).await["status"], "succeeded");
    // The place is free again.
    cloud.deploy("web").await;
    assert_eq!(cloud.ended(2).await["status"], "succeeded");
}

#[tokio::test]
async fn what_is_said_to_run_and_no_task_runs_is_ended_by_a_cancel() {
    let repository = Repository::new("true");
    let cloud = repository.cloud().await;
    let pause = "/api/stacks/acme/web/dev/deployments/pause";
    cloud.post(pause, json!({})).await.succeeds();
    cloud.deploy("web").await;
    let database = Connection::open(repository.data().join("cloud.db")).unwrap();
    database
        .execute("UPDATE deployments SET status = 'running'", ())
        .unwrap();
    let cancel = "/api/stacks/acme/web/dev/deployments/1/cancel";
    cloud.post(cancel, Value::Null).await.succeeds();
    assert_eq!(cloud.version(1).await["status"], "failed");
}

#[tokio::test]
async fn a_deployment_that_hangs_is_stopped_and_the_next_one_runs() {
    let repository = Repository::new("if [ ! -e $OUT/pids ]; then . ./linger; fi");
    repository.commit("linger", LINGER);
    let limit = std::time::Duration::from_secs(3);
    let cloud = repository
        .cloud_with(repository.builder().deployment_limit(limit))
        .await;
    cloud.deploy("web").await;
    cloud.deploy("web").await;
    assert_eq!(cloud.ended(1).await["status"], "failed");
    let log = cloud.log(1).await;
    let last = log.lines().last().unwrap_or_default();
    assert_snapshot!(last, @"stopped: it took longer than 3 s, which is the limit for deployments here; `--deployment-timeout` sets another");
    for pid in repository.written("pids").await.split(' ') {
        until(async || (!is_running(pid)).then_some(())).await;
    }
    assert_eq!(cloud.ended(2).await["status"], "succeeded");
}

#[tokio::test]
async fn a_repository_is_opened_by_the_protocols_of_git_alone() {
    let repository = Repository::new("true");
    let cloud = repository.cloud().await;
    let deployments = "/api/stacks/acme/web/dev/deployments";
    for (version, url) in [(1, "fd::3"), (2, "ext::sh -c 'echo here > $OUT/here'")] {
        let source = json!({"operation": "update", "sourceContext": {"git": {"repoUrl": url}}});
        cloud.post(deployments, source).await.expect(202);
        assert_eq!(cloud.ended(version).await["status"], "failed");
        let log = cloud.log(version).await;
        assert!(log.contains("not allowed"), "{log}");
    }
    assert!(!repository.out().join("here").exists());
}

#[tokio::test]
async fn a_password_in_the_address_of_a_repository_is_in_no_log() {
    let repository = Repository::new("true");
    let cloud = repository.cloud().await;
    let address = cloud.server.url().replace("://", "://me:hu%3Ash-hush@");
    let source = json!({"operation": "update", "sourceContext": {"git": {"repoUrl": format!("{address}/no.git")}}});
    cloud
        .post("/api/stacks/acme/web/dev/deployments", source)
        .await
        .expect(202);
    assert_eq!(cloud.ended(1).await["status"], "failed");
    let log = cloud.log(1).await.replace(cloud.server.url(), "[cloud]");
    assert_snapshot!(log, @r"
    # Get source
    $ git clone --single-branch --branch=main -- [cloud]/no.git source
    Cloning into 'source'...
    fatal: could not read Username for '[cloud]': terminal prompts disabled
    `git` ended with exit status: 128
    ");
}
