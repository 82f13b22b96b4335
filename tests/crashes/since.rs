//! A create whose CLI was killed, and what can happen before the next update: the state has one webhook, nobody else's
//! webhook is deleted, and a webhook whose owner cannot be proven stays and is named.

use crate::CLEAR_PENDING;
use crate::killer::{Killer, Moment, Roll, Victim};
use crate::program::start;
use crate::whose::{UP, held, live, program};
use serde_json::{Value, json};
use testkit::session::{Ran, Session};

/// The program `web`, with these options for its webhook.
fn with_options(name: &str, options: &str) -> String {
    let program = program("prod", "").replace("  hook: ", &format!("  {name}: "));
    program.replace("'}}", &format!("'}}, options: {{{options}}}}}"))
}

/// The same program in another project.
fn in_project(project: &str, program: &str) -> String {
    program.replace("name: web", &format!("name: {project}"))
}

/// A program without resources.
const EMPTY: &str = "name: web\nruntime: yaml\n";

/// A session whose update was killed as soon as its webhook was created; returns the webhook's id.
async fn killed() -> (Session, Roll, String) {
    let program = program("prod", "");
    let (session, roll) = start(&program, &["prod", "dev"]).await;
    kill(&session, &roll, 1).await;
    let left: Vec<String> = live(&session).await.into_keys().collect();
    let [lost] = <[String; 1]>::try_from(left).expect("one was made");
    (session, roll, lost)
}

/// Kills an update when its `call`th request about webhooks has been carried out.
async fn kill(session: &Session, roll: &Roll, call: usize) {
    kill_running(session, roll, call, &UP).await;
}

async fn kill_running(session: &Session, roll: &Roll, call: usize, command: &[&str]) {
    let killer = Killer::new(roll, Victim::Cli, Moment::Done, call);
    session.cloud().app().faults().watch(killer.clone());
    let said = killer.run(session.command(command)).await;
    session.cloud().app().faults().unwatch();
    assert!(killer.has_killed(), "{said}");
    session.pulumi(&["cancel", "--yes"]).await.succeeds();
}

async fn up(session: &Session) -> String {
    let Ran { code, out, err } = session.pulumi(&UP).await;
    let said = out + &err;
    assert_eq!(code, Some(0), "{said}");
    said
}

async fn live_ids(session: &Session) -> Vec<String> {
    live(session).await.into_keys().collect()
}

/// Exactly one webhook exists, and the state has it.
async fn is_one(session: &Session, about: &str) -> String {
    let held = held(session).await;
    assert_eq!(held.len(), 1, "{about}");
    assert_eq!(live_ids(session).await, held, "{about}");
    held.into_iter().next().expect("there is one")
}

/// The update named a webhook in one warning; the CLI's progress lines repeat the text.
fn is_named_once(said: &str, id: &str) {
    let (_, diagnostics) = said
        .split_once("Diagnostics:")
        .expect("it has said something");
    let warning = format!("warning: the webhook `{id}`");
    assert_eq!(diagnostics.matches(&warning).count(), 1, "{said}");
}

/// The lost webhook still exists too, and the update named it.
async fn are_two(session: &Session, lost: &str, said: &str) {
    let mut expected = held(session).await;
    assert_eq!(expected.len(), 1, "{said}");
    expected.push(lost.to_owned());
    expected.sort();
    assert_eq!(live_ids(session).await, expected, "{said}");
    is_named_once(said, lost);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stack_that_was_renamed_still_proves_it() {
    let (session, _, lost) = killed().await;
    session
        .pulumi(&["stack", "rename", "acme/later"])
        .await
        .succeeds();
    let said = up(&session).await;
    let made = is_one(&session, &said).await;
    assert_ne!(made, lost);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_name_in_the_program_proves_nothing() {
    let (session, _, lost) = killed().await;
    session.program(&with_options("alerts", "aliases: [{name: hook}]"));
    let said = up(&session).await;
    are_two(&session, &lost, &said).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_move_of_something_else_clears_the_proof() {
    let (session, _, lost) = killed().await;
    session.program(&program("dev", "").replace("hook:", "unrelated:"));
    up(&session).await;
    let moved = live_ids(&session).await;
    let moved: Vec<&String> = moved.iter().filter(|id| **id != lost).collect();
    session.program(&in_project("other", EMPTY));
    let init = ["stack", "init", "acme/other/dev"];
    session.pulumi(&init).await.succeeds();
    let other_up = [&UP[..], &["--stack", "acme/other/dev"]].concat();
    session.pulumi(&other_up).await.succeeds();
    session.program(EMPTY);
    let urn = "urn:pulumi:dev::web::auto-deploy:index:Webhook::unrelated";
    let state_move = [
        "state",
        "move",
        "--source",
        "acme/web/dev",
        "--dest",
        "acme/other/dev",
        urn,
        "--yes",
    ];
    session.pulumi(&state_move).await.succeeds();
    session
        .pulumi(&["stack", "select", "acme/web/dev"])
        .await
        .succeeds();
    session.program(&program("prod", ""));
    let said = up(&session).await;
    let live = live_ids(&session).await;
    let held = held(&session).await;
    assert!(held.len() == 1 && !held.contains(&lost), "{held:?}");
    let mut expected = vec![lost.clone(), held[0].clone(), moved[0].clone()];
    expected.sort();
    assert_eq!(live, expected, "what was moved stays: {said}");
    is_named_once(&said, &lost);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_stack_has_imported_since_stays() {
    let (session, _, lost) = killed().await;
    up(&session).await;
    let theirs = is_one(&session, "after the kill").await;
    assert_ne!(theirs, lost);
    let urn = "urn:pulumi:dev::web::auto-deploy:index:Webhook::hook";
    session
        .pulumi(&["state", "delete", urn, "--yes"])
        .await
        .succeeds();
    session.program(&in_project("other", EMPTY));
    session
        .pulumi(&["stack", "init", "acme/other/dev"])
        .await
        .succeeds();
    let import = [
        "import",
        "auto-deploy:index:Webhook",
        "taken",
        &theirs,
        "--yes",
        "--skip-preview",
        "--protect=false",
        "--generate-code=false",
    ];
    session.pulumi(&import).await.succeeds();
    assert_eq!(held(&session).await, std::slice::from_ref(&theirs));
    session
        .pulumi(&["stack", "select", "acme/web/dev"])
        .await
        .succeeds();
    session.program(&program("prod", ""));
    let said = up(&session).await;
    are_two(&session, &theirs, &said).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_two_stacks_of_one_name_was_killed() {
    let (session, _, lost) = killed().await;
    let theirs = "local/web/dev";
    session.pulumi(&["stack", "init", theirs]).await.succeeds();
    let (ours, other) = (
        [&UP[..], &["--stack", "acme/web/dev"]].concat(),
        [&UP[..], &["--stack", theirs]].concat(),
    );
    let (ours, other) = tokio::join!(session.pulumi(&ours), session.pulumi(&other));
    let said = ours.succeeds() + &other.succeeds();
    let mut both = Vec::new();
    for stack in ["acme/web/dev", theirs] {
        session.pulumi(&["stack", "select", stack]).await.succeeds();
        let held = held(&session).await;
        assert_eq!(held.len(), 1, "{stack}: {said}");
        both.extend(held);
    }
    both.sort();
    assert_eq!(
        live_ids(&session).await,
        both,
        "the lost one alone is gone: {said}"
    );
    assert!(!both.contains(&lost), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_again_at_each_call_of_the_next_update() {
    // The first request creates the new webhook, the second deletes the lost one.
    for call in [1, 2] {
        let (session, roll, lost) = killed().await;
        kill(&session, &roll, call).await;
        // The plugin outlives its engine for a moment, and may have continued.
        let left = live_ids(&session).await;
        assert!(!left.is_empty(), "the second one is there: {lost}");
        let said = up(&session).await;
        let made = is_one(&session, &said).await;
        assert!(!left.contains(&made), "all that was lost is gone: {said}");
        session.pulumi(&CLEAR_PENDING).await.succeeds();
        session
            .pulumi(&["preview", "--expect-no-changes"])
            .await
            .succeeds();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_saved_plan_that_runs_again_goes_on_with_the_same_webhook() {
    let program = program("prod", "");
    let (session, roll) = start(&program, &["prod", "dev"]).await;
    let plan = session.path("plan.json").display().to_string();
    session
        .pulumi(&["preview", "--save-plan", &plan])
        .await
        .succeeds();
    let planned = [&UP[..], &["--plan", &plan]].concat();
    kill_running(&session, &roll, 1, &planned).await;
    let before = live_ids(&session).await;
    assert_eq!(before.len(), 1);
    let said = session.pulumi(&planned).await.succeeds();
    assert_eq!(
        is_one(&session, &said).await,
        before[0],
        "the plan has its name"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_create_that_ran_out_of_its_own_time_is_gone_on_with() {
    use local_cloud::{Fault, Method, Trouble};
    let (session, _) = start(
        &with_options("hook", "customTimeouts: {create: 2s}"),
        &["prod", "dev"],
    )
    .await;
    let path = "/api/stacks/{o}/{p}/{s}/hooks";
    let slow = Trouble::Delay(std::time::Duration::from_mins(10));
    // The request is carried out, and its answer is lost.
    session
        .cloud()
        .app()
        .faults()
        .add(Fault::on(Method::POST, path, Trouble::Stalled));
    session.cloud().app().faults().add(Fault::on(
        Method::GET,
        "/api/stacks/{o}/{p}/{s}/hooks/{h}",
        slow,
    ));
    let said = session.pulumi(&UP).await.fails();
    assert!(said.contains("did not confirm"), "{said}");
    session.cloud().app().faults().clear();
    let before = live_ids(&session).await;
    assert_eq!(before.len(), 1, "{said}");
    assert_eq!(held(&session).await, before, "the state has it: {said}");
    let said = up(&session).await;
    assert_eq!(is_one(&session, &said).await, before[0]);
}

/// The provider works with another cloud than the one with the state; it has a stack of the same name, whose own create was
/// lost as well.
#[tokio::test(flavor = "multi_thread")]
async fn a_stack_of_the_same_name_on_another_cloud_proves_nothing() {
    let (theirs, _, lost) = killed().await;
    let (ours, _) = start(EMPTY, &[]).await;
    let url = theirs.url();
    let provider = format!(
        "resources:\n  there: {{type: 'pulumi:providers:auto-deploy', properties: {{apiUrl: '{url}'}}}}\n"
    );
    let program = with_options("hook", "provider: '${there}'").replace("resources:\n", &provider);
    ours.program(&program);
    let said = up(&ours).await;
    let held = held(&ours).await;
    assert_eq!(held.len(), 1, "{said}");
    let mut expected = vec![lost.clone(), held[0].clone()];
    expected.sort();
    assert_eq!(live_ids(&theirs).await, expected, "theirs stays: {said}");
    is_named_once(&said, &lost);
    let destroy = ["destroy", "--yes", "--skip-preview"];
    ours.pulumi(&destroy).await.succeeds();
    assert_eq!(live_ids(&theirs).await, [lost]);
}

/// A resource whose engine was killed has no webhook, so another resource may be given its name.
#[tokio::test(flavor = "multi_thread")]
async fn two_resources_of_a_first_update_cannot_have_one_name() {
    let one = program("prod", ", name: mine");
    let line = one.lines().last().expect("it is the webhook").to_owned();
    let both = format!("{one}{}\n", line.replace("  hook:", "  other:"));
    let (session, _) = start(&both, &["prod", "dev"]).await;
    let said = session.pulumi(&UP).await.fails();
    let held = held(&session).await;
    assert_eq!(held, ["acme/app/prod/mine"], "{said}");
    let state = session.pulumi(&["stack", "export"]).await.json();
    let resources = state["deployment"]["resources"].as_array().expect("a list");
    let is_it = |resource: &&Value| resource["id"] == json!("acme/app/prod/mine");
    let holder = resources.iter().find(is_it).expect("one has it")["urn"].clone();
    let holder = holder.as_str().expect("a text");
    assert!(
        said.contains(&format!("which the resource `{holder}` has")),
        "{said}"
    );
    assert_eq!(live_ids(&session).await, held);
}
