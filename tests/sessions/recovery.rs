//! Updates that conflict, hang, or are killed.

use local_cloud::{Fault, Method, Trouble};
use serde_json::{Value, json};
use std::process::Child;
use std::time::Duration;
use testkit::patience::until;
use testkit::session::{HOOKS, OUTPUTS, STACK, Session, hook};
use testkit::since;

/// Starts an update as another client, and leaves it running.
async fn start_elsewhere(session: &Session) -> String {
    let (status, made) = session
        .ask(
            "POST",
            &format!("{STACK}/update"),
            json!({"options": {"dryRun": false}}),
        )
        .await;
    assert_eq!(status, 200, "{made}");
    let path = format!("{STACK}/update/{}", made["updateID"].as_str().unwrap());
    assert_eq!(session.ask("POST", &path, json!({})).await.0, 200);
    path
}

/// Starts `pulumi up`, and waits until it is creating a webhook, which takes very long.
async fn up_that_hangs(session: &Session) -> Child {
    let hang = Fault::on(
        Method::POST,
        "/api/orgs/acme/hooks",
        Trouble::Delay(Duration::from_hours(1)),
    );
    session.cloud().app().faults().add(hang);
    let child = session.spawn(&["up", "--yes", "--skip-preview"]);
    let faults = session.cloud().app().faults();
    until(async || (faults.n_waiting() == 0).then_some(())).await;
    child
}

fn kill(mut child: Child) {
    child.kill().expect("it is ours");
    child.wait().expect("it ends");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_updates_do_not_run_at_once() {
    let session = Session::with(OUTPUTS).await;
    let other = start_elsewhere(&session).await;
    let said = session
        .pulumi(&["up", "--yes", "--skip-preview"])
        .await
        .fails();
    assert!(
        said.contains("[409] Conflict: Another update is currently in progress."),
        "{said}"
    );
    let shown = session.pulumi(&["stack"]).await.succeeds();
    assert!(shown.contains("Update in progress"), "{shown}");
    session.pulumi(&["preview"]).await.succeeds();
    session.pulumi(&["cancel", "--yes"]).await.succeeds();
    assert_eq!(session.get(&other).await["status"], "cancelled");
    session.up().await.succeeds();
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_to_cancel() {
    let session = Session::with(OUTPUTS).await;
    let said = session.pulumi(&["cancel", "--yes"]).await.fails();
    assert!(said.contains("never been updated"), "{said}");
    session.up().await.succeeds();
    let said = session.pulumi(&["cancel", "--yes"]).await.fails();
    assert!(said.contains("the update has already ended"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_while_it_creates() {
    for journal in [true, false] {
        let mut session = Session::with(&[HOOKS, &hook("one", "One", "")].concat()).await;
        session.set("PULUMI_DISABLE_JOURNALING", (!journal).to_string());
        kill(up_that_hangs(&session).await);
        let told = session.told().await;
        assert_eq!(
            told.last().map(String::as_str),
            Some("creating one"),
            "{told:?}"
        );
        session.restart().await;
        session.pulumi(&["login", session.url()]).await.succeeds();
        session
            .pulumi(&["stack", "select", "acme/web/dev"])
            .await
            .succeeds();
        assert_eq!(session.told().await, told, "nothing is lost");
        session
            .pulumi(&["up", "--yes", "--skip-preview"])
            .await
            .fails();
        session.pulumi(&["cancel", "--yes"]).await.succeeds();
        assert_eq!(session.told().await, told);
        let said = session.up().await;
        assert!(
            said.err.contains("pending") || said.out.contains("pending"),
            "{said:?}"
        );
        session
            .pulumi(&["refresh", "--yes", "--clear-pending-creates"])
            .await
            .succeeds();
        session.up().await.succeeds();
        assert_eq!(session.told().await.last().map(String::as_str), Some("one"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn cancelled_while_it_runs() {
    let session = Session::with(&[HOOKS, &hook("one", "One", "")].concat()).await;
    let child = up_that_hangs(&session).await;
    session.pulumi(&["cancel", "--yes"]).await.succeeds();
    let (status, _) = session
        .ask(
            "POST",
            &format!("{STACK}/rename"),
            json!({"newName": "prod"}),
        )
        .await;
    assert_eq!(status, 200, "the stack is free");
    kill(child);
    let updates = session.get("/api/stacks/acme/web/prod/updates").await;
    assert_eq!(updates["updates"][0]["result"], "failed");
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_that_are_lost_change_nothing() {
    if since::JOURNAL.is_missing() {
        return;
    }
    let session =
        Session::with(&[HOOKS, &hook("one", "One", ""), &hook("two", "Two", "")].concat()).await;
    let faults = session.cloud().app().faults();
    let path = |end: &str| format!("/api/stacks/acme/web/dev/update/{{update}}{end}");
    for end in ["/journalentries", "/complete", "/events/batch"] {
        let method = if end == "/journalentries" {
            Method::PATCH
        } else {
            Method::POST
        };
        faults.add(Fault::on(method, &path(end), Trouble::AnswerLost));
    }
    faults.add(Fault::on(
        Method::GET,
        &format!("{STACK}/export"),
        Trouble::status(503),
    ));
    session
        .pulumi(&["up", "--yes", "--skip-preview"])
        .await
        .succeeds();
    assert_eq!(faults.n_waiting(), 0);
    let told = session.told().await;
    assert_eq!(
        told.iter()
            .filter(|name| ["one", "two"].contains(&name.as_str()))
            .count(),
        2,
        "{told:?}"
    );
    assert_eq!(session.get(STACK).await["version"], Value::from(1));
    session
        .pulumi(&["up", "--yes", "--expect-no-changes"])
        .await
        .succeeds();
}
