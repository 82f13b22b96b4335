//! `auto-deploy run --operation destroy`.

use crate::pty::{Terminal, on_terminal};
use crate::support::{Cloud, Said, filters};
use crate::troubles::{end, wire};
use local_cloud::{Fault, Method, Trouble};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use testkit::patience::until;
use tokio::task::block_in_place;

const DESTROY: [&str; 5] = ["run", "network/prod", "--operation", "destroy", "--yes"];

/// The dependents of each stack of the diamond.
const BELOW: [(&str, &[&str]); 4] = [
    ("network/prod", &["database/prod", "cluster/prod"]),
    ("database/prod", &["app/prod"]),
    ("cluster/prod", &["app/prod"]),
    ("app/prod", &[]),
];

/// network → database, cluster → app, by webhooks, all up to date.
async fn diamond() -> Cloud {
    // The second organization only matters where a test creates a stack there.
    let cloud = Cloud::with_organization("other").await;
    wire(&cloud).await;
    cloud.run(&["run", "network/prod"]).await.expect(0);
    cloud.settled(4).await;
    cloud
}

/// How far each stack's destroy has got.
async fn destroys(cloud: &Cloud) -> BTreeMap<String, String> {
    let path = "/api/orgs/acme/deployments?asc=true&pageSize=100";
    let list = cloud.ask(Method::GET, path, None).await;
    let list = list["deployments"].as_array().unwrap().iter();
    let list = list.filter(|one| one["pulumiOperation"] == "destroy");
    let text = |one: &Value, key: &str| one[key].as_str().unwrap().to_owned();
    list.map(|one| {
        let (project, stack) = (text(one, "projectName"), text(one, "stackName"));
        (format!("{project}/{stack}"), text(one, "status"))
    })
    .collect()
}

/// Runs the command, and checks meanwhile that whatever depends on a stack is destroyed before it.
async fn run_in_order(cloud: &Cloud, arguments: &[&str]) -> Said {
    let mut command = cloud.command(&[arguments, &["--org", "acme"]].concat());
    let mut child = command.spawn().unwrap();
    let mut is_over = false;
    while !is_over {
        is_over = child.try_wait().unwrap().is_some();
        let found = destroys(cloud).await;
        for (stack, below) in BELOW {
            if found.contains_key(stack) {
                let gone = |below: &&str| found.get(*below).is_some_and(|it| it == "succeeded");
                assert!(below.iter().all(gone), "{stack}: {found:?}");
            }
        }
    }
    end(child).await
}

async fn change(cloud: &Cloud, stack: &str, hook: &str, changes: Value) {
    let path = format!("/api/stacks/acme/{stack}/hooks/{hook}");
    cloud.ask(Method::PATCH, &path, Some(changes)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_stack_is_destroyed_after_everything_below_it() {
    let cloud = diamond().await;
    let said = run_in_order(&cloud, &DESTROY).await.expect(0);
    assert!(said.out.ends_with("4 stacks destroyed.\n"), "{}", said.out);
    let all = BELOW.map(|(stack, _)| (stack.to_owned(), "succeeded".to_owned()));
    assert_eq!(destroys(&cloud).await, all.into());
    // No webhook has started a stack again.
    assert_eq!(cloud.deployments().await.len(), 8 + 1);

    let again = cloud.run(&DESTROY).await.expect(0);
    assert_eq!(again.notes, "Nothing is left to destroy.\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_keeps_what_is_above_and_a_second_run_continues() {
    let cloud = diamond().await;
    cloud.fails("database/prod", true).await;
    let said = run_in_order(&cloud, &DESTROY).await.expect(1);
    let _filters = filters(&cloud);
    let text: Vec<&str> = said
        .out
        .lines()
        .skip_while(|line| !line.is_empty())
        .skip(1)
        .collect();
    insta::assert_snapshot!(text.join("\n"), @r"
    2 stacks destroyed.
    Failed: database/prod  [CLOUD]/acme/database/prod/deployments/2
      the destroy was simulated, and failed
    Skipped, and not destroyed: network/prod.
    Fix the cause, then run this again: it continues where it stopped.
    ");
    assert_eq!(destroys(&cloud).await.get("network/prod"), None);

    cloud.fails("database/prod", false).await;
    let said = run_in_order(&cloud, &DESTROY).await.expect(0);
    assert!(said.out.ends_with("2 stacks destroyed.\n"), "{}", said.out);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_something_outside_depends_on_is_not_destroyed() {
    let cloud = diamond().await;
    let said = cloud
        .run(&["run", "database/prod", "--operation", "destroy", "--yes"])
        .await;
    insta::assert_snapshot!(said.transcript(), @r"
    ----- notes -----
    error: nothing has been destroyed:
      the webhook `acme/cluster/prod/to-app-prod` starts `app/prod`, and `cluster/prod` is not part of this run: remove the edge, or make it inactive
      the webhook `acme/network/prod/to-database-prod` starts `database/prod`, and `network/prod` is not part of this run: remove the edge, or make it inactive
    ----- exit status: 2 -----
    ");
    // An inactive webhook starts nothing.
    change(
        &cloud,
        "network/prod",
        "to-database-prod",
        json!({"active": false}),
    )
    .await;
    change(
        &cloud,
        "cluster/prod",
        "to-app-prod",
        json!({"active": false}),
    )
    .await;
    // A stack of another organization refers to one of them.
    cloud.stack("far/prod").await;
    let path = "/api/stacks/other/far";
    cloud
        .ask(Method::POST, path, Some(json!({"stackName": "prod"})))
        .await;
    let state = testkit::states::of_references("far/prod", &["acme/app/prod"]);
    cloud
        .ask(Method::POST, &format!("{path}/prod/import"), Some(state))
        .await;
    let said = cloud
        .run(&["run", "database/prod", "--operation", "destroy", "--yes"])
        .await;
    insta::assert_snapshot!(said.transcript(), @r"
    ----- notes -----
    error: nothing has been destroyed:
      `other/far/prod` refers to `app/prod` and is not part of this run: destroy it first, or remove the reference
    ----- exit status: 2 -----
    ");
    assert_eq!(destroys(&cloud).await, BTreeMap::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_that_would_bring_a_stack_back_is_named() {
    let cloud = diamond().await;
    let more = json!({"filters": ["update_succeeded", "deployment_succeeded"]});
    change(&cloud, "network/prod", "to-database-prod", more).await;
    let said = cloud.run(&DESTROY).await;
    insta::assert_snapshot!(said.transcript(), @r"
    ----- notes -----
    error: nothing has been destroyed:
      the webhook `acme/network/prod/to-database-prod` would update `database/prod` again when `network/prod` is destroyed: limit it to `update_succeeded`, or make it inactive
    ----- exit status: 2 -----
    ");
    assert_eq!(destroys(&cloud).await, BTreeMap::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stack_that_comes_to_depend_on_one_meanwhile_keeps_it() {
    let cloud = diamond().await;
    cloud.stack("late/prod").await;
    let path = "/api/stacks/acme/app/prod/deployments";
    let late = Trouble::Delay(std::time::Duration::from_millis(500));
    let faults = cloud.server.app().faults();
    faults.add(Fault::on(Method::POST, path, late));
    let mut command = cloud.command(&[&DESTROY[..], &["--org", "acme"]].concat());
    let child = command.spawn().unwrap();
    until(async || (faults.n_waiting() == 0).then_some(())).await;
    cloud.refers("late/prod", &["network/prod"]).await;
    let said = end(child).await.expect(1);
    assert!(
        said.out
            .contains("`acme/late/prod` refers to it by now; nothing of it was destroyed"),
        "{}",
        said.out
    );
    let done: Vec<String> = destroys(&cloud).await.into_keys().collect();
    assert_eq!(done, ["app/prod", "cluster/prod", "database/prod"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stack_that_someone_updates_is_destroyed_afterwards() {
    let cloud = diamond().await;
    let by_hand = cloud.begin("cluster/prod", "update").await;
    let mut command = cloud.command(&[&DESTROY[..], &["--org", "acme"]].concat());
    let child = command.spawn().unwrap();
    cloud.reaches("cluster/prod failed").await;
    assert_eq!(destroys(&cloud).await.get("network/prod"), None);
    cloud.end(by_hand, "failed").await;
    let said = end(child).await.expect(0);
    assert!(said.out.ends_with("4 stacks destroyed.\n"), "{}", said.out);
}

#[tokio::test(flavor = "multi_thread")]
async fn stacks_that_cannot_be_read_are_a_reason_to_destroy_nothing() {
    let cloud = diamond().await;
    let path = "/api/stacks/acme/app/prod/downstreamreferences";
    let refused = Fault::on(Method::GET, path, Trouble::status(403));
    cloud.server.app().faults().add(refused);
    let said = cloud.run(&DESTROY).await.expect(2);
    assert!(
        said.notes.contains("may depend on a stack of this run"),
        "{}",
        said.notes
    );
    let said = cloud.run(&[&DESTROY[..], &["--incomplete"]].concat()).await;
    insta::assert_snapshot!(said.transcript(), @r"
    ----- notes -----
    error: `--incomplete` cannot be combined with `--operation destroy`: a stack that cannot be read may depend on one of these
    ----- exit status: 2 -----
    ");
    assert_eq!(destroys(&cloud).await, BTreeMap::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_name_of_the_first_stack_is_asked_for() {
    let cloud = diamond().await;
    let said = cloud.run(&DESTROY[..4]).await;
    insta::assert_snapshot!(said.transcript(), @r"
    ----- notes -----
    error: `--operation destroy` asks for the name of the first stack, and standard input is not a terminal; add `--yes` to destroy without a question
    ----- exit status: 2 -----
    ");
    for (typed, status) in [("network\r", 2), ("\x03", 130), ("network/prod\r", 0)] {
        assert_eq!(destroys(&cloud).await, BTreeMap::new());
        let mut terminal = on_terminal(&cloud, &DESTROY[..4], 80, &[]);
        let asks = |terminal: &Terminal| terminal.seen().ends_with("to confirm:");
        block_in_place(|| terminal.until(asks));
        if status == 0 {
            insta::assert_snapshot!(terminal.seen(), @r"
            This destroys, in this order:
              app/prod
              cluster/prod
              database/prod
              network/prod
            Type network/prod to confirm:
            ");
        }
        terminal.type_in(typed);
        assert_eq!(
            block_in_place(|| terminal.end()),
            status,
            "{}",
            terminal.seen()
        );
    }
    assert_eq!(destroys(&cloud).await.len(), 4);
}
