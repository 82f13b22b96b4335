//! `auto-deploy run` and what interferes: other runs, people, pauses, locks, a cloud with faults.

use crate::support::{Cloud, Said, filters};
use local_cloud::{Fault, Method, Trouble, Watch};
use rustix::process::Signal;
use serde_json::{Value, json};
use std::process::Child;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use testkit::patience::until;
use testkit::process::send;

const STACKS: [&str; 4] = ["network/prod", "database/prod", "cluster/prod", "app/prod"];

/// network → database, cluster → app, by webhooks.
async fn diamond() -> Cloud {
    let cloud = Cloud::start().await;
    wire(&cloud).await;
    cloud
}

pub(crate) async fn wire(cloud: &Cloud) {
    for stack in STACKS {
        cloud.stack(stack).await;
        cloud.settings(stack, json!({})).await;
    }
    cloud.hook_diamond().await;
}

fn start(cloud: &Cloud, arguments: &[&str]) -> Child {
    start_without(cloud, arguments, &[])
}

/// Starts the command with these arguments, without these variables.
pub(crate) fn start_without(cloud: &Cloud, arguments: &[&str], variables: &[&str]) -> Child {
    let mut command = cloud.command(&[arguments, &["--org", "acme"]].concat());
    for variable in variables {
        command.env_remove(variable);
    }
    command.spawn().unwrap()
}

pub(crate) async fn end(child: Child) -> Said {
    let ended = tokio::task::spawn_blocking(move || child.wait_with_output().unwrap());
    let ended = ended.await.unwrap();
    Said {
        status: ended.status.code().unwrap_or(-1),
        out: String::from_utf8(ended.stdout).unwrap(),
        notes: String::from_utf8(ended.stderr).unwrap(),
    }
}

/// Runs the command with these arguments. Once it is about to start the network, `trouble` begins.
async fn run_into(cloud: &Cloud, arguments: &[&str], trouble: Vec<Fault>) -> Said {
    let path = "/api/stacks/acme/network/prod/deployments";
    let late = Trouble::Delay(std::time::Duration::from_millis(500));
    fault(cloud, Fault::on(Method::POST, path, late));
    let run = start(cloud, arguments);
    // The request has met the delay.
    until(async || (cloud.server.app().faults().n_waiting() == 0).then_some(())).await;
    for trouble in trouble {
        fault(cloud, trouble);
    }
    end(run).await
}

/// How often each stack ran, in the order of their first runs.
fn ran(deployments: &[String]) -> Vec<(String, usize)> {
    let mut counts: Vec<(String, usize)> = Vec::new();
    for deployment in deployments {
        let (stack, status) = deployment.split_once(' ').unwrap();
        if status != "succeeded" {
            continue;
        }
        match counts.iter_mut().find(|(known, _)| known == stack) {
            Some((_, n)) => *n += 1,
            None => counts.push((stack.to_owned(), 1)),
        }
    }
    counts
}

#[track_caller]
fn assert_once_each(deployments: &[String]) {
    let counts = ran(deployments);
    assert!(counts.iter().all(|(_, n)| *n == 1), "{deployments:?}");
    assert_eq!(counts.len(), 4, "{deployments:?}");
    assert_eq!(counts[3].0, "app/prod", "{deployments:?}");
}

async fn pause(cloud: &Cloud, what: &str, word: &str) {
    let path = format!("/api/{what}/deployments/{word}");
    cloud.ask(Method::POST, &path, Some(json!({}))).await;
}

/// The tag that says which run holds a stack.
async fn tag(cloud: &Cloud, stack: &str) -> Option<String> {
    let path = format!("/api/stacks/acme/{stack}");
    let tags = cloud.ask(Method::GET, &path, None).await;
    tags["tags"]["auto-deploy:hold"].as_str().map(str::to_owned)
}

/// Nothing is paused, and no tag is left.
async fn assert_let_go(cloud: &Cloud, stack: &str) {
    assert!(!cloud.is_paused(stack).await);
    assert_eq!(tag(cloud, stack).await, None);
}

fn fault(cloud: &Cloud, fault: Fault) {
    cloud.server.app().faults().add(fault);
}

#[tokio::test(flavor = "multi_thread")]
async fn below_many_stacks_the_bottom_runs_once() {
    let middle: Vec<String> = (0..25).map(|n| format!("m{n:02}/prod")).collect();
    let mut stacks = vec!["root/prod"];
    stacks.extend(middle.iter().map(String::as_str));
    stacks.push("bottom/prod");
    let cloud = Cloud::with_stacks(&stacks).await;
    for stack in &middle {
        cloud.hook("root/prod", stack, json!({})).await;
        cloud.hook(stack, "bottom/prod", json!({})).await;
    }
    cloud.run(&["run", "root/prod"]).await.expect(0);
    let deployments = cloud.settled(27).await;
    let counts = ran(&deployments);
    assert_eq!(counts.len(), 27, "{deployments:?}");
    assert!(counts.iter().all(|(_, n)| *n == 1), "{counts:?}");
    assert_eq!(counts[26].0, "bottom/prod");
    assert_let_go(&cloud, "bottom/prod").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_run_side_by_side_nothing_is_stale() {
    let two = std::num::NonZeroUsize::new(2).unwrap();
    let cloud = Cloud::with_concurrency(two).await;
    wire(&cloud).await;
    for _ in 0..3 {
        cloud.run(&["run", "network/prod"]).await.expect(0);
        let stale = cloud.run(&["stale", "--json"]).await.expect(0);
        assert_eq!(stale.json(), Value::Array(Vec::new()));
    }
    let counts = ran(&cloud.settled(12).await);
    assert!(counts.iter().all(|(_, n)| *n == 3), "{counts:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_organization_is_named() {
    let cloud = diamond().await;
    pause(&cloud, "orgs/acme", "pause").await;
    let said = cloud.run(&["run", "network/prod", "--resume"]).await;
    let _filters = filters(&cloud);
    insta::assert_snapshot!(said.transcript(), @r"
    ----- notes -----
    error: the deployments of the organization `acme` are paused, and nothing of it can run: resume them in its deployment settings ([CLOUD]/acme), then run this again
    ----- exit status: 2 -----
    ");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_that_begins_during_a_run_is_said() {
    let cloud = diamond().await;
    // It begins while the run starts its first stack.
    let path = "/api/stacks/acme/network/prod/deployments";
    let late = Trouble::Delay(std::time::Duration::from_millis(500));
    fault(&cloud, Fault::on(Method::POST, path, late));
    let mut run = start(&cloud, &["run", "network/prod"]);
    until(async || cloud.is_paused("app/prod").await.then_some(())).await;
    pause(&cloud, "orgs/acme", "pause").await;
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(run.stdout.take().unwrap()));
    let line = tokio::task::spawn_blocking(move || {
        let found = lines.find(|line| line.as_ref().is_ok_and(|line| line.contains("paused")));
        (found, lines)
    });
    let (line, _lines) = line.await.unwrap();
    let _filters = filters(&cloud);
    insta::assert_snapshot!(line.unwrap().unwrap(), @"network/prod: paused (until the deployments of the organization `acme` are resumed)  [CLOUD]/acme/network/prod/deployments/1");
    pause(&cloud, "orgs/acme", "resume").await;
    let ended = tokio::task::spawn_blocking(move || run.wait().unwrap());
    assert_eq!(ended.await.unwrap().code(), Some(0));
    assert_once_each(&cloud.settled(4).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_runs_at_once_run_each_stack_once() {
    let cloud = diamond().await;
    let path = "/api/stacks/acme/network/prod/deployments";
    let late = Trouble::Delay(std::time::Duration::from_secs(3));
    fault(&cloud, Fault::on(Method::POST, path, late));
    let first = start(&cloud, &["run", "network/prod"]);
    until(async || cloud.is_paused("app/prod").await.then_some(())).await;
    let hasty = cloud
        .run(&["run", "network/prod", "--no-wait"])
        .await
        .expect(2);
    assert!(hasty.notes.contains("another run, of "), "{}", hasty.notes);
    assert!(!hasty.notes.contains("--resume"), "{}", hasty.notes);
    let second = cloud.run(&["run", "network/prod"]).await.expect(0);
    assert!(
        second.notes.starts_with("Another run, of "),
        "{}",
        second.notes
    );
    assert!(
        second.notes.contains("holds app/prod since"),
        "{}",
        second.notes
    );
    end(first).await.expect(0);
    // The second run has waited, and then ran everything because it was up to date: each stack twice, and never early.
    let deployments = cloud.settled(8).await;
    let counts = ran(&deployments);
    assert!(counts.iter().all(|(_, n)| *n == 2), "{deployments:?}");
    let succeeded: Vec<&String> = deployments
        .iter()
        .filter(|it| it.ends_with("succeeded"))
        .collect();
    assert_eq!(succeeded[3], "app/prod succeeded", "{deployments:?}");
    assert_eq!(succeeded[7], "app/prod succeeded", "{deployments:?}");
    assert_let_go(&cloud, "app/prod").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pause_of_a_run_that_was_killed_is_taken_over() {
    let cloud = diamond().await;
    let path = "/api/stacks/acme/network/prod/deployments";
    let late = Trouble::Delay(std::time::Duration::from_mins(1));
    fault(&cloud, Fault::on(Method::POST, path, late));
    let mut killed = start(&cloud, &["run", "network/prod", "--lease", "1"]);
    until(async || cloud.is_paused("app/prod").await.then_some(())).await;
    send(Signal::KILL, &killed);
    tokio::task::spawn_blocking(move || killed.wait().unwrap())
        .await
        .unwrap();
    // In case the request was never made.
    cloud.server.app().faults().clear();
    let said = cloud.run(&["run", "network/prod"]).await.expect(0);
    assert!(
        said.notes
            .contains("left app/prod paused and is over: this run takes the pause over."),
        "{}",
        said.notes
    );
    let deployments = cloud.settled(4).await;
    assert_once_each(&deployments);
    assert_let_go(&cloud, "app/prod").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stack_that_someone_else_updates_is_started_afterwards() {
    for has_webhooks in [true, false] {
        let stacks = ["network/prod", "database/prod", "app/prod"];
        let cloud = Cloud::with_stacks(&stacks).await;
        for pair in stacks.windows(2) {
            cloud.refers(pair[1], &[pair[0]]).await;
            if has_webhooks {
                cloud.hook(pair[0], pair[1], json!({})).await;
            }
        }
        let by_hand = cloud.begin("database/prod", "update").await;
        let run = start(&cloud, &["run", "network/prod", "--all"]);
        // Its deployment has found the stack locked.
        cloud.reaches("database/prod failed").await;
        cloud.end(by_hand, "succeeded").await;
        let said = end(run).await.expect(0);
        assert!(
            said.out.contains(
                "database/prod: waiting (someone else is updating it; it is started afterwards)"
            ),
            "{}",
            said.out
        );
        let deployments = cloud.settled(4).await;
        let last: Vec<&str> = deployments
            .iter()
            .map(String::as_str)
            .filter(|it| it.ends_with("succeeded"))
            .collect();
        // The update by hand may have started the app by its webhook. The run's deployments come after that.
        assert_eq!(last[0], "network/prod succeeded", "{deployments:?}");
        let end = &last[last.len() - 2..];
        assert_eq!(
            end,
            ["database/prod succeeded", "app/prod succeeded"],
            "{deployments:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_incomplete_look_is_refused() {
    let cloud = diamond().await;
    let refuse = || {
        Fault::on(
            Method::GET,
            "/api/stacks/acme/database/prod/hooks",
            Trouble::status(403),
        )
    };
    fault(&cloud, refuse());
    let said = cloud.run(&["run", "network/prod"]).await.expect(2);
    assert!(
        said.notes.contains("some stacks could not be read") && said.notes.contains("--incomplete"),
        "{}",
        said.notes
    );
    assert_eq!(cloud.deployments().await, [""; 0]);
    fault(&cloud, refuse());
    let said = cloud.run(&["run", "network/prod", "--incomplete"]).await;
    said.expect(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cloud_in_trouble_is_asked_again() {
    let cloud = diamond().await;
    let path = "/api/stacks/acme/database/prod/deployments";
    // More faults than a request has tries.
    let broken = Fault::on(Method::GET, path, Trouble::status(503)).times(4);
    let said = run_into(&cloud, &["run", "network/prod"], vec![broken])
        .await
        .expect(0);
    assert!(
        said.notes.contains("trying again for 10 min"),
        "{}",
        said.notes
    );
    assert_once_each(&cloud.settled(4).await);
    assert_let_go(&cloud, "app/prod").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_has_to_give_up_names_what_stays_paused() {
    let cloud = diamond().await;
    let down = |path: &str, method| Fault::on(method, path, Trouble::status(503)).times(1000);
    let trouble = vec![
        down("/api/stacks/acme/database/prod/deployments", Method::GET),
        down("/api/stacks/acme/app/prod/deployments/resume", Method::POST),
    ];
    let arguments = ["run", "network/prod", "--patience", "1", "--lease", "1"];
    let said = run_into(&cloud, &arguments, trouble).await.expect(2);
    assert!(
        said.notes.contains(
            "left paused: app/prod; `auto-deploy run network/prod --org acme --resume` resumes them and continues"
        ),
        "{}",
        said.notes
    );
    assert!(cloud.is_paused("app/prod").await);
    cloud.server.app().faults().clear();
    cloud
        .run(&["run", "network/prod", "--resume"])
        .await
        .expect(0);
    assert_let_go(&cloud, "app/prod").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_that_is_not_known_is_said_and_bounded() {
    let cloud = Cloud::with_stacks(&["network/prod"]).await;
    let path = "/api/stacks/acme/network/prod/deployments";
    let list = json!({"deployments": [{
        "id": "7f3c", "version": 1, "status": "thawing", "pulumiOperation": "update",
        "projectName": "network", "stackName": "prod", "created": "2026-01-01 00:00:00.000", "modified": "2026-01-01 00:00:00.000",
    }], "total": 1, "itemsPerPage": 20});
    let odd = Trouble::Replaced {
        status: None,
        body: Some(list.to_string()),
    };
    let odd = Fault::on(Method::GET, path, odd).times(1000);
    let arguments = ["run", "network/prod", "--all", "--patience", "1"];
    let said = run_into(&cloud, &arguments, vec![odd]).await.expect(1);
    assert!(
        said.out.contains(
            "network/prod: unknown (the cloud reports a status that this version does not know)"
        ),
        "{}",
        said.transcript()
    );
    assert!(said.out.contains("Failed: network/prod"), "{}", said.out);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stack_that_joins_the_graph_during_a_run_runs_as_well() {
    let stacks = ["network/prod", "database/prod", "app/prod"];
    let cloud = Cloud::with_stacks(&stacks).await;
    cloud.hook("network/prod", "database/prod", json!({})).await;
    let by_hand = cloud.begin("database/prod", "update").await;
    let run = start(&cloud, &["run", "network/prod", "--all"]);
    cloud.reaches("database/prod failed").await;
    // The references change during the run. This alone starts nothing.
    cloud.refers("app/prod", &["database/prod"]).await;
    cloud.end(by_hand, "succeeded").await;
    let said = end(run).await.expect(0);
    assert!(
        said.notes
            .contains("Continuing with what has changed during the run: app/prod."),
        "{}",
        said.transcript()
    );
    assert!(said.out.contains("3 stacks succeeded."), "{}", said.out);
    let deployments = cloud.settled(4).await;
    assert_eq!(deployments.last().unwrap(), "app/prod succeeded");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interruption_says_what_goes_on_and_what_was_resumed() {
    let cloud = diamond().await;
    let by_hand = cloud.begin("network/prod", "update").await;
    let run = start(&cloud, &["run", "network/prod"]);
    cloud.reaches("network/prod failed").await;
    send(Signal::INT, &run);
    let said = end(run).await.expect(130);
    insta::assert_snapshot!(said.notes, @r"
    Interrupted. What has been started continues:
      nothing
    Not started: 4 of 4. The same command continues.
    Resumed: app/prod.
    ");
    cloud.end(by_hand, "succeeded").await;
    assert_let_go(&cloud, "app/prod").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_leaves_no_pause_and_starts_nothing_twice() {
    for path in [
        "/api/stacks/acme/app/prod/tags",
        "/api/stacks/acme/app/prod/deployments/pause",
        "/api/stacks/acme/app/prod/deployments/resume",
        "/api/stacks/acme/network/prod/deployments",
    ] {
        let cloud = diamond().await;
        fault(&cloud, Fault::on(Method::POST, path, Trouble::AnswerLost));
        cloud.run(&["run", "network/prod"]).await.expect(0);
        assert_once_each(&cloud.settled(4).await);
        assert_let_go(&cloud, "app/prod").await;
    }
}

/// Makes the first requests to cancel a deployment fail, whichever deployment it is.
struct Cancels {
    trouble: fn() -> Trouble,
    n_left: Arc<AtomicUsize>,
}

impl Watch for Cancels {
    fn arrived(&self, method: &Method, path: &str) -> Option<Trouble> {
        let is_cancel = *method == Method::POST && path.ends_with("/cancel");
        let take = || {
            let one_less = |n: usize| n.checked_sub(1);
            let taken = self
                .n_left
                .fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_less);
            taken.is_ok()
        };
        (is_cancel && take()).then(self.trouble)
    }
}

/// The app is held back at the bottom, two deployments of it wait, and one of them is cancelled.
#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_of_a_cancel_leaves_no_pause_and_starts_nothing_twice() {
    // More faults than a request has tries, and one.
    for (n_left, trouble) in [
        (1, (|| Trouble::AnswerLost) as fn() -> Trouble),
        (5, || Trouble::AnswerLost),
        (5, || Trouble::status(503)),
    ] {
        let cloud = diamond().await;
        let n_before = n_left;
        let n_left = Arc::new(AtomicUsize::new(n_left));
        let cancels = Cancels {
            trouble,
            n_left: Arc::clone(&n_left),
        };
        cloud.server.app().faults().watch(cancels);
        cloud.run(&["run", "network/prod"]).await.expect(0);
        assert!(n_left.load(Ordering::SeqCst) < n_before, "one has come");
        assert_once_each(&cloud.settled(4).await);
        assert_let_go(&cloud, "app/prod").await;
    }
}

/// What waits below a failure is cancelled. If that fails, it is reported, and no stack stays paused.
#[tokio::test(flavor = "multi_thread")]
async fn a_cancel_below_a_failure_that_does_not_succeed_is_said() {
    for (n_left, status, n_app) in [(1, 1, 0), (1000, 2, 1)] {
        let cloud = diamond().await;
        cloud.fails("database/prod", true).await;
        let trouble = || Trouble::status(503);
        let n_left = Arc::new(AtomicUsize::new(n_left));
        let cancels = Cancels { trouble, n_left };
        cloud.server.app().faults().watch(cancels);
        let said = cloud.run(&["run", "network/prod"]).await.expect(status);
        let is_said = said.notes.contains(
            "a deployment that waits could not be taken out of the queue, and runs although it should not",
        );
        assert_eq!(is_said, status == 2, "{}", said.transcript());
        assert_let_go(&cloud, "app/prod").await;
        let deployments = cloud.settled(3).await;
        let app = ran(&deployments)
            .into_iter()
            .find(|(name, _)| name == "app/prod");
        assert_eq!(app.map_or(0, |(_, n)| n), n_app, "{deployments:?}");
    }
}

/// A run that is killed at any moment leaves nothing that the next one does not find and finish.
#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_killed_at_any_moment_is_finished_by_the_next() {
    // A run mostly waits, so several share the machine.
    let lane = async |first: usize| {
        for moment in (first..20).step_by(5) {
            is_finished_by_the_next(moment).await;
        }
    };
    tokio::join!(lane(0), lane(1), lane(2), lane(3), lane(4));
}

/// A run that is killed once more than `moment` of its changes have arrived, and the next run.
async fn is_finished_by_the_next(moment: usize) {
    let cloud = diamond().await;
    let mut killed = start(&cloud, &["run", "network/prod", "--lease", "1"]);
    // Once so many of its changes have arrived.
    let mut n_changes = 0;
    cloud.server.app().request_log().take();
    until(async || {
        let log = cloud.server.app().request_log().take();
        let changes = log.iter().filter(|it| !it.to_string().contains("GET "));
        n_changes += changes.count();
        let is_over = killed.try_wait().unwrap().is_some();
        (n_changes > moment || is_over).then_some(())
    })
    .await;
    // It may have ended already.
    killed.kill().unwrap();
    tokio::task::spawn_blocking(move || killed.wait().unwrap())
        .await
        .unwrap();
    let left = cloud.is_paused("app/prod").await;
    let said = cloud.run(&["run", "network/prod"]).await.expect(0);
    if left {
        assert!(
            said.notes.contains("takes the pause over"),
            "{moment}: {}",
            said.notes
        );
    }
    assert_let_go(&cloud, "app/prod").await;
    let stale = cloud.run(&["stale", "--json"]).await.expect(0);
    assert_eq!(stale.json(), Value::Array(Vec::new()), "{moment}");
    // What the killed run had started counts. The second one may have found everything up to date, and run all of it again,
    // but nothing too early.
    let deployments = cloud.deployments().await;
    let counts = ran(&deployments);
    assert!(
        counts.iter().all(|(_, n)| *n <= 2),
        "{moment}: {deployments:?}"
    );
}
