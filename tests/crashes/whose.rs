//! A create whose CLI is killed: after the next update the program has exactly one webhook for it, with its own name,
//! wherever the state proves who owns the first one.

use crate::CLEAR_PENDING;
use crate::killer::{Killer, Moment, Victim};
use crate::program::{HOOKS, start};
use crate::up_again;
use serde_json::Value;
use std::collections::BTreeMap;
use testkit::session::Session;

/// Where the state is kept, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Backend {
    Journal,
    Checkpoints,
    Folder,
}

/// What the program declares when it runs again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    Nothing,
    Scope,
    NameAdded,
    NameRemoved,
    NameKept,
}

const CHANGES: [Change; 5] = [
    Change::Nothing,
    Change::Scope,
    Change::NameAdded,
    Change::NameRemoved,
    Change::NameKept,
];

pub(crate) const UP: [&str; 3] = ["up", "--yes", "--skip-preview"];

pub(crate) fn program(stack: &str, name: &str) -> String {
    format!(
        "name: web\nruntime: yaml\nresources:\n  hook: {{type: 'auto-deploy:Webhook', properties: {{organizationName: acme, \
         projectName: app, stackName: {stack}, displayName: x, payloadUrl: 'http://127.0.0.1:9/'{name}}}}}\n"
    )
}

const NAMED: &str = ", name: mine";

impl Change {
    /// The program whose update is killed, and the one that runs next.
    fn programs(self) -> [String; 2] {
        match self {
            Change::Nothing => [program("prod", ""), program("prod", "")],
            Change::Scope => [program("prod", ""), program("dev", "")],
            Change::NameAdded => [program("prod", ""), program("prod", NAMED)],
            Change::NameRemoved => [program("prod", NAMED), program("prod", "")],
            Change::NameKept => [program("prod", NAMED), program("prod", NAMED)],
        }
    }
}

/// The webhooks of both stacks, by their ids.
pub(crate) async fn live(session: &Session) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for stack in ["prod", "dev"] {
        let hooks = session.get(&HOOKS.replace("prod", stack)).await;
        for hook in hooks.as_array().expect("a list") {
            let text = |name: &str| hook[name].as_str().expect("a text").to_owned();
            all.insert(
                format!("acme/app/{stack}/{}", text("name")),
                text("displayName"),
            );
        }
    }
    all
}

/// The ids of the webhooks in the state.
pub(crate) async fn held(session: &Session) -> Vec<String> {
    let state = session.pulumi(&["stack", "export"]).await.json();
    let resources = state["deployment"]["resources"].as_array().expect("a list");
    let hooks = resources
        .iter()
        .filter(|resource| resource["type"] == "auto-deploy:index:Webhook");
    hooks
        .map(|hook| hook["id"].as_str().expect("a text").to_owned())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_create_that_is_killed_leaves_one_webhook_that_the_state_holds() {
    for backend in [Backend::Journal, Backend::Checkpoints, Backend::Folder] {
        let (mut session, roll) = start(&program("prod", ""), &["prod", "dev"]).await;
        match backend {
            Backend::Journal => {}
            Backend::Checkpoints => session.set("PULUMI_DISABLE_JOURNALING", "true"),
            Backend::Folder => {
                let folder = session.path("state");
                std::fs::create_dir(&folder).expect("it is made");
                let url = session.url().to_owned();
                session.set("PULUMI_BACKEND_URL", format!("file://{}", folder.display()));
                session.set("PULUMI_API", url);
                session.set("PULUMI_CONFIG_PASSPHRASE", "x");
                session.pulumi(&["stack", "init", "dev"]).await.succeeds();
            }
        }
        for change in CHANGES {
            let about = format!("{backend:?}, {change:?}");
            let [before, after] = change.programs();
            session.program(&before);
            let killer = Killer::new(&roll, Victim::Cli, Moment::Done, killed_at(&before));
            session.cloud().app().faults().watch(killer.clone());
            let said = killer.run(session.command(&UP)).await;
            session.cloud().app().faults().unwatch();
            assert!(killer.has_killed(), "{about}: {said}");
            let left: Vec<String> = live(&session).await.into_keys().collect();
            let [lost] = &left[..] else {
                panic!("{about}: {left:?}")
            };
            session.program(&after);
            let is_proven = backend != Backend::Folder;
            if !is_proven && change == Change::NameKept {
                session.pulumi(&["cancel", "--yes"]).await.succeeds();
                let said = session.pulumi(&UP).await.fails();
                assert!(said.contains("pulumi import"), "{about}: {said}");
            } else {
                let said = up_again(&session, &UP, Victim::Cli, &about).await;
                let mut expected = held(&session).await;
                assert_eq!(expected.len(), 1, "{about}");
                if !is_proven {
                    expected.push(lost.clone());
                    // On another stack or organization nobody looks for it.
                    let is_named = format!("{said:?}").contains(&format!("the webhook `{lost}`"));
                    assert_eq!(is_named, change != Change::Scope, "{about}: {said:?}");
                }
                expected.sort();
                let live: Vec<String> = live(&session).await.into_keys().collect();
                assert_eq!(live, expected, "{about}: {said:?}");
            }
            end(&session, is_proven).await;
        }
    }
}

/// The request that creates a webhook: with a name from the program, a lookup comes first.
fn killed_at(program: &str) -> usize {
    if program.contains(NAMED) { 2 } else { 1 }
}

/// Leaves nothing behind: no webhook, and no pending create.
async fn end(session: &Session, is_proven: bool) {
    let destroy = ["destroy", "--yes", "--skip-preview"];
    session.pulumi(&destroy).await.succeeds();
    session.pulumi(&CLEAR_PENDING).await.succeeds();
    let left = live(session).await;
    assert!(left.is_empty() || !is_proven, "{left:?}");
    for id in left.keys() {
        let (scope, name) = id.rsplit_once('/').expect("there are parts");
        let path = format!("/api/stacks/{scope}/hooks/{name}");
        assert_eq!(session.ask("DELETE", &path, Value::Null).await.0, 204);
    }
}
