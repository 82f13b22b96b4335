//! The program whose updates are killed: twenty calls each way.

use crate::killer::Roll;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::ops::Range;
use testkit::session::{STACK, Session};

/// How many requests about webhooks each stage makes.
pub(crate) const N_CALLS: usize = 20;

/// The path of the webhooks.
pub(crate) const HOOKS: &str = "/api/stacks/acme/app/prod/hooks";

/// The result of an update; each stage begins where the previous one ends, the first where the last ends.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Stage {
    /// Twenty webhooks are created.
    Create,
    /// All are updated.
    Update,
    /// Six are deleted, seven updated and seven created.
    Mixed,
    /// All are deleted.
    Delete,
}

impl Stage {
    pub(crate) const ALL: [Stage; 4] = [Stage::Create, Stage::Update, Stage::Mixed, Stage::Delete];

    /// The program's webhooks in this stage, as `name display-name`.
    pub(crate) fn webhooks(self) -> BTreeSet<String> {
        let hooks = |numbers: Range<usize>, version: u32| {
            numbers.map(move |number| format!("h{number} v{version}"))
        };
        match self {
            Stage::Create => hooks(0..20, 1).collect(),
            Stage::Update => hooks(0..20, 2).collect(),
            Stage::Mixed => {
                let (changed, same, made) = (hooks(6..13, 3), hooks(13..20, 2), hooks(20..27, 3));
                changed.chain(same).chain(made).collect()
            }
            Stage::Delete => BTreeSet::new(),
        }
    }

    /// The program. Every other webhook has a `name`.
    pub(crate) fn program(self) -> String {
        let mut program = "name: web\nruntime: yaml\nresources:\n".to_owned();
        for hook in self.webhooks() {
            let (name, version) = hook.split_once(' ').expect("there are two words");
            let own_name = if name.ends_with(['0', '2', '4', '6', '8']) {
                format!(", name: {name}")
            } else {
                String::new()
            };
            writeln!(
                program,
                "  {name}: {{type: 'auto-deploy:Webhook', properties: {{organizationName: acme, projectName: app, \
                 stackName: prod, displayName: {name} {version}, format: pulumi_deployments, payloadUrl: app/dev{own_name}}}}}"
            )
            .expect("a text takes all");
        }
        if self.webhooks().is_empty() {
            program = program.replace("resources:\n", "");
        }
        program
    }
}

/// A session with a program and the stacks that its webhooks watch, and the list of its processes.
pub(crate) async fn start(program: &str, stacks: &[&str]) -> (Session, Roll) {
    let mut session = Session::with(program).await;
    let roll = Roll::of(&mut session);
    for stack in stacks {
        let made = session.ask("POST", "/api/stacks/acme/app", json!({"stackName": stack}));
        assert_eq!(made.await.0, 200);
    }
    (session, roll)
}

/// The display names of the webhooks on the cloud.
pub(crate) async fn on_the_cloud(session: &Session) -> BTreeSet<String> {
    let hooks = session.get(HOOKS).await;
    names(
        hooks.as_array().expect("a list").iter(),
        |hook| &hook["displayName"],
    )
}

/// The number of pending creates in a state.
pub(crate) fn n_pending(state: &Value) -> usize {
    let pending = state["deployment"]["pending_operations"].as_array();
    pending.map_or(0, Vec::len)
}

/// The display names of the webhooks in a state.
pub(crate) fn in_the_state(state: &Value) -> BTreeSet<String> {
    let resources = state["deployment"]["resources"].as_array();
    let resources = resources.expect("there is at least the stack");
    let is_webhook = |resource: &&Value| resource["type"] == "auto-deploy:index:Webhook";
    let webhooks = resources.iter().filter(is_webhook);
    names(webhooks, |webhook| {
        assert!(webhook["id"].is_string(), "{STACK}: {webhook}");
        &webhook["outputs"]["displayName"]
    })
}

fn names<'a>(
    all: impl Iterator<Item = &'a Value>,
    name: impl Fn(&'a Value) -> &'a Value,
) -> BTreeSet<String> {
    let all: Vec<_> = all.collect();
    let names: BTreeSet<_> = all
        .iter()
        .map(|one| name(one).as_str().expect("it has one").to_owned())
        .collect();
    assert_eq!(names.len(), all.len(), "none is there twice");
    names
}
