//! Executed deployments: real git, real processes, and a stand-in for the Pulumi CLI.

#![cfg(target_os = "linux")]

use crate::repository::{Repository, SETTINGS, is_running};
use crate::support::Cloud;
use insta::assert_snapshot;
use serde_json::{Value, json};
use testkit::api::{TOKEN, client};
use testkit::patience::until;

/// Starts two processes that outlive it, the second in its own session, and prints their ids.
pub(crate) const LINGER: &str = "
sleep 1000 & one=$!
setsid sleep 1000 & two=$!
echo $one $two > $OUT/pids
wait
";

/// Waits until someone writes to the pipe `go`.
const WAIT: &str = "
[ -e $OUT/go ] || mkfifo $OUT/go
echo here > $OUT/here
read line < $OUT/go
";

/// A log without what differs between runs.
fn filtered(log: &str, repository: &Repository, commit: &str) -> String {
    log.replace(repository.path().to_str().unwrap(), "[repository]")
        .replace(commit, "[commit]")
}

#[tokio::test]
async fn an_update_is_run_from_its_source_and_logged_step_by_step() {
    let repository = Repository::new(
        "
        pwd | sed 's|.*/source|source|'
        echo \"to $PULUMI_BACKEND_URL, open $OPEN, closed $CLOSED\"
        echo \"complaint\" >&2
        ls $PULUMI_HOME
        echo ${PULUMI_CONFIG_PASSPHRASE-none} ${AUTO_DEPLOY_CLOUD_TOKEN-none}
    ",
    );
    let commit = repository.commit("one", "1");
    let cloud = repository.cloud().await;
    let change = json!({"operationContext": {
        "preRunCommands": ["echo before; echo $CLOSED", "echo 'more before'"],
        "environmentVariables": {"OPEN": "plain", "CLOSED": {"secret": "hush-hush"}},
    }});
    cloud.post(SETTINGS, change).await.expect(200);
    assert_eq!(cloud.deploy("web").await, 1);
    let deployment = cloud.ended(1).await;
    let log = cloud.log(1).await;
    assert_eq!(deployment["status"], "succeeded", "{log}");
    let log = filtered(&log, &repository, &commit).replace(cloud.server.url(), "[cloud]");
    assert_snapshot!(log, @r#"
    # Get source
    $ git clone --single-branch --branch=main -- file://[repository] source
    Cloning into 'source'...
    commit [commit]
    one
    # Pre-run commands
    $ echo before; echo $CLOSED
    before
    [secret]
    $ echo 'more before'
    more before
    # Install dependencies
    $ pulumi install --non-interactive
    called: install --non-interactive
    # pulumi update
    $ pulumi up --yes --skip-preview --non-interactive --stack acme/web/dev
    called: up --yes --skip-preview --non-interactive --stack acme/web/dev
    source
    to [cloud], open plain, closed [secret]
    complaint
    plugins
    none none
    "#);
    let steps = deployment["jobs"][0]["steps"].as_array().unwrap();
    assert!(
        steps.iter().all(|step| step["status"] == "succeeded"),
        "{deployment}"
    );
    assert_eq!(steps.len(), 4);
    assert_eq!(repository.n_workplaces(), 0);
}

#[tokio::test]
async fn operations_commits_tags_and_folders() {
    let repository = Repository::new("exit 7");
    let first = repository.commit("deep/er/behave", "echo the first");
    repository.git(&["tag", "v1"]);
    repository.commit("deep/er/behave", "echo the second");
    let cloud = repository.cloud().await;
    let options = json!({"operationContext": {"options": {"skipInstallDependencies": true}}});
    cloud.post(SETTINGS, options).await.expect(200);
    let path = repository.path();
    for (operation, git, expected) in [
        (
            "preview",
            json!({"repoDir": "deep/er"}),
            "preview --non-interactive --stack acme/web/dev\nthe second",
        ),
        (
            "refresh",
            json!({"repoDir": "/deep/er/", "commit": first}),
            "refresh --yes --skip-preview --non-interactive --stack acme/web/dev\nthe first",
        ),
        (
            "destroy",
            json!({"repoDir": "deep/er", "tag": "v1", "repoUrl": path}),
            "destroy --yes --skip-preview --non-interactive --stack acme/web/dev\nthe first",
        ),
    ] {
        let request = json!({"operation": operation, "sourceContext": {"git": git}});
        let made = cloud
            .post("/api/stacks/acme/web/dev/deployments", request)
            .await
            .expect(202);
        let version = made["version"].as_i64().unwrap();
        let deployment = cloud.ended(version).await;
        let log = cloud.log(version).await;
        assert_eq!(deployment["status"], "succeeded", "{log}");
        assert!(log.ends_with(&format!("called: {expected}\n")), "{log}");
        assert!(!log.contains("install"), "{log}");
    }
}

#[tokio::test]
async fn the_first_step_that_fails_is_the_last() {
    let repository = Repository::new("echo sorry; exit 3");
    let cloud = repository.cloud().await;
    let fails = async |change: Value, expected: &str, n_steps: usize| {
        cloud.post(SETTINGS, change).await.expect(200);
        let version = cloud.deploy("web").await;
        let deployment = cloud.ended(version).await;
        let log = cloud.log(version).await;
        assert_eq!(deployment["status"], "failed");
        assert!(log.contains(expected), "{log}");
        let steps = deployment["jobs"][0]["steps"].as_array().unwrap();
        assert_eq!(steps.len(), n_steps, "{log}");
        assert_eq!(steps.last().unwrap()["status"], "failed");
        assert_eq!(repository.n_workplaces(), 0);
    };
    fails(json!({}), "sorry\n`", 3).await;
    fails(
        json!({"operationContext": {"preRunCommands": ["false"]}}),
        "`sh` ended with exit status: 1\n",
        2,
    )
    .await;
    fails(
        json!({"sourceContext": {"git": {"repoDir": "nowhere"}}}),
        "the source has no folder `nowhere`",
        2,
    )
    .await;
    fails(
        json!({"sourceContext": {"git": {"branch": "nowhere"}}}),
        "Remote branch nowhere not found",
        1,
    )
    .await;
}

#[tokio::test]
async fn a_missing_command_line_is_told() {
    let repository = Repository::new("");
    let cloud = repository.cloud().await;
    std::fs::remove_file(repository.stand_in()).unwrap();
    cloud.deploy("web").await;
    assert_eq!(cloud.ended(1).await["status"], "failed");
    assert!(
        cloud
            .log(1)
            .await
            .contains("pulumi` cannot be started: No such file or directory")
    );
}

#[tokio::test]
async fn what_is_cancelled_is_killed_with_all_that_it_started() {
    let repository = Repository::new(LINGER);
    let cloud = repository.cloud().await;
    cloud.deploy("web").await;
    let pids = repository.written("pids").await;
    assert_eq!(cloud.version(1).await["status"], "running");
    assert!(pids.split(' ').all(is_running));
    cloud
        .post("/api/stacks/acme/web/dev/deployments/1/cancel", json!({}))
        .await
        .expect(200);
    assert_eq!(cloud.ended(1).await["status"], "failed");
    assert!(!pids.split(' ').any(is_running), "{pids}");
    assert!(
        cloud
            .log(1)
            .await
            .ends_with("stopped: the deployment was cancelled\n")
    );
    assert_eq!(repository.n_workplaces(), 0);
    // A repetition changes nothing, and says so.
    let over = cloud
        .post("/api/stacks/acme/web/dev/deployments/1/cancel", json!({}))
        .await
        .message(409);
    assert_eq!(
        over,
        "Conflict: deployment 1 is over: its status is `failed`"
    );
}

#[tokio::test]
async fn what_a_deployment_leaves_behind_is_killed() {
    let repository = Repository::new("setsid sleep 1000 & echo $! > $OUT/pids");
    let cloud = repository.cloud().await;
    cloud.deploy("web").await;
    let pid = repository.written("pids").await;
    assert_eq!(cloud.ended(1).await["status"], "succeeded");
    assert!(!is_running(&pid));
}

#[tokio::test]
async fn a_cloud_that_stops_leaves_nothing_and_goes_on_with_the_queue() {
    for is_graceful in [true, false] {
        let repository =
            Repository::new("[ -e $OUT/pids ] || { sleep 1000 & echo $! > $OUT/pids; wait; }");
        let cloud = repository.cloud().await;
        cloud.deploy("web").await;
        let pid = repository.written("pids").await;
        cloud.deploy("web").await;
        if is_graceful {
            cloud.server.stop().await;
            assert_eq!(repository.n_workplaces(), 0);
        } else {
            drop(cloud);
        }
        until(async || (!is_running(&pid)).then_some(())).await;
        let app = until(async || repository.builder().open().ok()).await;
        let cloud = Cloud::serve(app).await;
        assert_eq!(cloud.ended(1).await["status"], "failed");
        assert!(
            cloud
                .log(1)
                .await
                .contains("the local cloud ended while this deployment was running\n")
        );
        assert_eq!(cloud.ended(2).await["status"], "succeeded");
        assert_eq!(repository.n_workplaces(), 0);
    }
}

#[tokio::test]
async fn a_deployment_has_a_token_of_its_own_while_it_runs() {
    let repository = Repository::new(&format!("echo $PULUMI_ACCESS_TOKEN > $OUT/token; {WAIT}"));
    let cloud = repository.cloud().await;
    cloud.deploy("web").await;
    let token = repository.written("token").await;
    assert_ne!(token, TOKEN);
    let status = async || {
        let request = client()
            .get(cloud.url("/api/user"))
            .header("Authorization", format!("token {token}"));
        request.send().await.unwrap().status().as_u16()
    };
    assert_eq!(status().await, 200);
    repository.written("here").await;
    std::fs::write(repository.out().join("go"), "\n").unwrap();
    assert_eq!(cloud.ended(1).await["status"], "succeeded");
    assert_eq!(
        until(async || (status().await != 200).then_some(401)).await,
        401
    );
}

#[tokio::test]
async fn an_update_belongs_to_its_deployment_and_ends_with_it() {
    let repository = Repository::new(&format!("echo $PULUMI_ACCESS_TOKEN > $OUT/token; {WAIT}"));
    let cloud = repository.cloud().await;
    cloud.deploy("web").await;
    let token = repository.written("token").await;
    let stack = "/api/stacks/acme/web/dev";
    // The CLI would do this.
    let made = client()
        .post(cloud.url(&format!("{stack}/update")))
        .header("Authorization", format!("token {token}"))
        .json(&json!({"name": "web", "runtime": "yaml", "options": {}, "metadata": {}}));
    let made: Value = made.send().await.unwrap().json().await.unwrap();
    let update = made["updateID"].as_str().unwrap();
    cloud
        .post(&format!("{stack}/update/{update}"), json!({"tags": {}}))
        .await
        .expect(200);
    let other = cloud
        .post(&format!("{stack}/update"), json!({}))
        .await
        .expect(200);
    let other = format!("{stack}/update/{}", other["updateID"].as_str().unwrap());
    cloud.post(&other, json!({})).await.message(409);

    cloud
        .post(&format!("{stack}/deployments/1/cancel"), json!({}))
        .await
        .expect(200);
    cloud.ended(1).await;
    let list = cloud.get(&format!("{stack}/deployments")).await.expect(200);
    let deployment = &list["deployments"][0];
    let facts = |update: &Value| {
        (
            update["updateID"].clone(),
            update["version"].clone(),
            update["result"].clone(),
        )
    };
    let expected = (json!(update), json!(1), json!("failed"));
    assert_eq!(deployment["updates"].as_array().unwrap().len(), 1);
    assert_eq!(facts(&deployment["updates"][0]), expected);
    let updates = cloud
        .get(&format!("{stack}/deployments/1/updates"))
        .await
        .expect(200);
    assert_eq!(
        (&updates[0]["updateID"], &updates[0]["info"]["result"]),
        (&json!(update), &json!("failed"))
    );
    cloud.post(&other, json!({})).await.expect(200);
}

#[tokio::test]
async fn a_log_can_be_followed() {
    let repository = Repository::new(&format!("echo first; {WAIT} echo second"));
    let cloud = repository.cloud().await;
    cloud.deploy("web").await;
    let logs = "/api/stacks/acme/web/dev/deployments/1/logs";
    let has = |answer: &Value, text: &str| {
        answer["lines"]
            .as_array()
            .unwrap()
            .iter()
            .any(|line| line["line"] == text)
    };
    let answer = until(async || {
        let answer = cloud.get(logs).await.expect(200);
        has(&answer, "first\n").then_some(answer)
    })
    .await;
    let token = answer["nextToken"].as_str().unwrap().to_owned();
    let next = format!("{logs}?continuationToken={token}");
    let nothing = cloud.get(&next).await.expect(200);
    assert_eq!(
        nothing,
        json!({"__type": "DeploymentLogs", "lines": [], "nextToken": token})
    );
    repository.written("here").await;
    std::fs::write(repository.out().join("go"), "\n").unwrap();
    cloud.ended(1).await;
    let rest = cloud.get(&next).await.expect(200);
    assert!(has(&rest, "second\n") && !has(&rest, "first\n"), "{rest}");
    assert!(rest.get("nextToken").is_none());

    let step = cloud
        .get(&format!("{logs}?job=0&step=2&offset=2&count=1"))
        .await
        .expect(200);
    assert_eq!(
        (&step["lines"][0]["line"], &step["nextOffset"]),
        (&json!("first\n"), &json!(3))
    );
    cloud
        .get(&format!("{logs}?job=0&step=2&count=500"))
        .await
        .message(400);
    cloud
        .get(&format!("{logs}?continuationToken=x"))
        .await
        .message(400);
}

#[tokio::test]
async fn one_stack_at_a_time_and_as_many_stacks_as_may() {
    let repository = Repository::new(&format!("echo $1 >> $OUT/calls; {WAIT}"));
    let builder = repository.builder().concurrency(2.try_into().unwrap());
    let cloud = Cloud::start_with(builder).await;
    let settings = json!({
        "sourceContext": {"git": {"repoUrl": repository.path(), "branch": "main"}},
        "operationContext": {"environmentVariables": {"OUT": repository.out()}, "options": {"skipInstallDependencies": true}},
    });
    for project in ["a", "b", "c"] {
        cloud.make_deployable(project).await;
        cloud
            .put(
                &format!("/api/stacks/acme/{project}/dev/deployments/settings"),
                settings.clone(),
            )
            .await
            .expect(200);
    }
    for project in ["a", "a", "b", "c"] {
        cloud.deploy(project).await;
    }
    let calls = || {
        std::fs::read_to_string(repository.out().join("calls"))
            .unwrap_or_default()
            .lines()
            .count()
    };
    until(async || (calls() == 2).then_some(())).await;
    let list = cloud
        .get("/api/orgs/acme/deployments?asc=true")
        .await
        .expect(200);
    let deployments = list["deployments"].as_array().unwrap();
    let facts: Vec<_> = deployments
        .iter()
        .map(|one| (&one["projectName"], &one["status"]))
        .collect();
    let of = |project, status| (json!(project), json!(status));
    let expected = [
        of("a", "running"),
        of("a", "not-started"),
        of("b", "running"),
        of("c", "not-started"),
    ];
    assert_eq!(
        facts,
        expected
            .each_ref()
            .map(|(project, status)| (project, status))
    );
    let metadata = cloud
        .get("/api/orgs/acme/deployments/metadata")
        .await
        .expect(200);
    assert_eq!(metadata["concurrency"], 2);
    assert_eq!(metadata["deploymentCounts"]["running"], 2);
}
