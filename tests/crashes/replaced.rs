//! Replacements that are killed at each of their requests, and then run again: `make soak` kills at every request, `make
//! test` at the first of each.

use crate::killer::{Killer, Moment, Roll, Victim};
use crate::program::start;
use crate::{all_at, end_pending, switches, up_again};
use local_cloud::{Fault, Method, Trouble};
use serde_json::Value;
use std::collections::BTreeSet;
use testkit::session::{STACK, Session};

/// What the killed update does to two webhooks, one of which has a `name`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Another payload URL, which replaces because of `replaceOnChanges`.
    ByProperty,
    /// Another stack.
    Moved,
    /// `--target-replace`, which creates first; with `deleteBeforeReplace` for the webhook with a `name`.
    Forced,
    /// Undoes a move that failed after the delete.
    TakenBack,
    /// Another name in the program, with an alias.
    RenamedWithAlias,
    /// Another name in the program without an alias, for the webhook without a `name`.
    Renamed,
}

const KINDS: [Kind; 6] = [
    Kind::Forced,
    Kind::ByProperty,
    Kind::Moved,
    Kind::TakenBack,
    Kind::RenamedWithAlias,
    Kind::Renamed,
];

/// The program: the webhooks' names in it, their stack and URL, and more options.
fn program(names: [&str; 2], stack: &str, url: &str, options: [&str; 2]) -> String {
    let hook = |index: usize, own_name: &str| {
        let (name, options) = (names[index], options[index]);
        format!(
            "  {name}: {{type: 'auto-deploy:Webhook', properties: {{organizationName: acme, projectName: app, stackName: {stack}, \
             displayName: x{index}, payloadUrl: 'http://127.0.0.1:9/{url}'{own_name}}}, options: {{{options}}}}}\n"
        )
    };
    format!(
        "name: web\nruntime: yaml\nresources:\n{}{}",
        hook(0, ""),
        hook(1, ", name: mine")
    )
}

const NAMES: [&str; 2] = ["a", "b"];
const NONE: [&str; 2] = ["", ""];

/// The program that each update starts from.
fn before() -> String {
    program(NAMES, "prod", "old", NONE)
}

impl Kind {
    fn after(self) -> String {
        match self {
            Kind::ByProperty => {
                program(NAMES, "prod", "new", ["replaceOnChanges: [payloadUrl]"; 2])
            }
            Kind::Moved => program(NAMES, "dev", "old", NONE),
            Kind::Forced => program(NAMES, "prod", "new", ["", "deleteBeforeReplace: true"]),
            Kind::TakenBack => before(),
            Kind::RenamedWithAlias => {
                let options = ["aliases: [{name: a}]", "aliases: [{name: b}]"];
                program(["c", "d"], "prod", "new", options)
            }
            Kind::Renamed => program(["c", "b"], "prod", "old", NONE),
        }
    }

    fn arguments(self) -> Vec<&'static str> {
        let up = vec!["up", "--yes", "--skip-preview"];
        let replaced = [
            "--target-replace=urn:pulumi:dev::web::auto-deploy:index:Webhook::a",
            "--target-replace=urn:pulumi:dev::web::auto-deploy:index:Webhook::b",
        ];
        match self {
            Kind::Forced => [up, replaced.to_vec()].concat(),
            _ => up,
        }
    }

    /// The expected webhooks, as `stack name-in-the-program payload`.
    fn wanted(self) -> BTreeSet<String> {
        let (stack, url) = match self {
            Kind::Moved => ("dev", "old"),
            Kind::TakenBack | Kind::Renamed => ("prod", "old"),
            _ => ("prod", "new"),
        };
        (0..2)
            .map(|n| format!("{stack} x{n} http://127.0.0.1:9/{url}"))
            .collect()
    }
}

/// The webhooks on the cloud, as `id display-name payload`.
async fn on_the_cloud(session: &Session) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for stack in ["prod", "dev"] {
        let hooks = session
            .get(&format!("/api/stacks/acme/app/{stack}/hooks"))
            .await;
        for hook in hooks.as_array().expect("a list") {
            let id = format!("acme/app/{stack}/{}", text(&hook["name"]));
            let one = format!(
                "{id} {} {}",
                text(&hook["displayName"]),
                text(&hook["payloadUrl"])
            );
            all.insert(one);
        }
    }
    all
}

/// The same from the state.
fn in_the_state(state: &Value) -> BTreeSet<String> {
    let resources = state["deployment"]["resources"].as_array().expect("a list");
    let hooks = resources
        .iter()
        .filter(|resource| resource["type"] == "auto-deploy:index:Webhook");
    hooks
        .map(|hook| {
            assert!(
                hook["delete"] != true && hook["pendingReplacement"] != true,
                "{hook}"
            );
            let outputs = &hook["outputs"];
            format!(
                "{} {} {}",
                text(&hook["id"]),
                text(&outputs["displayName"]),
                text(&outputs["payloadUrl"])
            )
        })
        .collect()
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

/// `stack display-name payload` of the result of [`on_the_cloud`].
fn without_names(hooks: &BTreeSet<String>) -> BTreeSet<String> {
    hooks
        .iter()
        .map(|hook| {
            let (id, rest) = hook.split_once(' ').expect("there are three words");
            let stack = id.split('/').nth(2).expect("there are four parts");
            format!("{stack} {rest}")
        })
        .collect()
}

#[expect(clippy::print_stdout, reason = "the user who soaks reads it")]
#[tokio::test(flavor = "multi_thread")]
async fn a_replacement_that_is_killed_is_ended_by_the_next_update() {
    let mut n_killed = 0;
    let (session, roll) = start(&before(), &["prod", "dev"]).await;
    let (all, n_calls) = if switches::soak() {
        (all_at(), usize::MAX)
    } else {
        (vec![(Victim::Cli, Moment::Done)], 1)
    };
    for kind in KINDS {
        for (victim, moment) in &all {
            for call in 1..=n_calls {
                let at = (*victim, *moment, call);
                if !survive(&session, &roll, kind, at).await {
                    // The update makes fewer requests.
                    break;
                }
                n_killed += 1;
            }
        }
    }
    println!("{n_killed} replacements were killed");
    assert!(n_killed >= KINDS.len());
}

/// Kills the update at this request, if it makes it, and checks that the next update completes it.
async fn survive(session: &Session, roll: &Roll, kind: Kind, at: (Victim, Moment, usize)) -> bool {
    let about = format!("{kind:?}, {at:?}");
    let killer = Killer::new(roll, at.0, at.1, at.2);
    let up = ["up", "--yes", "--skip-preview"];
    if matches!(kind, Kind::RenamedWithAlias | Kind::Renamed) {
        // No alias leads back to the old name.
        let destroy = ["destroy", "--yes", "--skip-preview"];
        session.pulumi(&destroy).await.succeeds();
    }
    session.program(&before());
    session.pulumi(&up).await.succeeds();
    let faults = session.cloud().app().faults();
    if kind == Kind::TakenBack {
        session.program(&program(NAMES, "dev", "old", NONE));
        let refused = Fault::on(
            Method::POST,
            "/api/stacks/acme/app/dev/hooks",
            Trouble::status(403),
        );
        faults.add(refused.times(2));
        session.pulumi(&up).await.fails();
        faults.clear();
    }
    session.program(&kind.after());
    faults.watch(killer.clone());
    let said = killer.run(session.command(&kind.arguments())).await;
    faults.unwatch();

    let again = up_again(session, &kind.arguments(), at.0, &about).await;
    let live = on_the_cloud(session).await;
    assert_eq!(
        without_names(&live),
        kind.wanted(),
        "{about}: {said} {again:?}"
    );
    let exported = end_pending(session, at.0, &about).await;
    assert_eq!(in_the_state(&exported), live, "{about}: {said} {again:?}");
    session
        .pulumi(&["preview", "--expect-no-changes"])
        .await
        .succeeds();
    let refreshed = ["refresh", "--yes", "--skip-preview", "--expect-no-changes"];
    session.pulumi(&refreshed).await.succeeds();
    let exported = session.get(&format!("{STACK}/export")).await;
    assert_eq!(in_the_state(&exported), live, "{about}");
    killer.has_killed()
}
