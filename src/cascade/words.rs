//! The decision in words, without times.
//!
//! # What this may not do
//!
//! Name a stack only as held back, where it is known by what.

use super::decision::{Answer, Verdict};
use super::reason::{Hold, Holding, Reason, Root};
use crate::domain::StackRef;
use std::collections::BTreeSet;

/// Why a stack is, or is not, to be started: a clause, in lower case, without a full stop.
pub fn because(answer: &Answer) -> String {
    let reason = match &answer.verdict {
        Verdict::Start => return news(answer),
        Verdict::Not(reason) => reason,
    };
    of(reason)
}

/// What a reason says: a clause, in lower case, without a full stop.
pub fn of(reason: &Reason) -> String {
    match reason {
        Reason::UpToDate => "it has seen the newest update of each stack that it depends on".into(),
        Reason::Unchanged => "no output that it reads has changed".into(),
        Reason::NoUpstream => "it depends on no other stack".into(),
        Reason::Waiting(holds) => format!("waiting for {}", list(holds, awaited)),
        Reason::Blocked(holds) => format!("blocked: {}", list(holds, |hold| blocking(&hold.root))),
        Reason::Queued { .. } => "a deployment of it is queued".into(),
        Reason::Running { operation, .. } => format!("its {operation} is running"),
        Reason::Failed { .. } => "its last run failed".into(),
        Reason::Handled => "it was started for the newest versions already".into(),
        Reason::Destroyed { .. } => "it was destroyed".into(),
        Reason::NeverDeployed => "it was never updated".into(),
        Reason::Paused(pauses) if pauses.organization => {
            "deployments of the organization are paused".into()
        }
        Reason::Paused(_) => "its deployments are paused".into(),
        Reason::NoSettings => "it has no deployment settings".into(),
        Reason::Missing => "it does not exist, or the access token may not see it".into(),
        Reason::Unreadable { stack, why } => {
            format!("{} could not be read: {why}", stack.short())
        }
        Reason::HeldBack { max_starts } => format!("{max_starts} other stacks are started first"),
    }
}

/// Which upstream stacks have news for a stack; empty if none has.
pub fn news(answer: &Answer) -> String {
    let names: Vec<String> = answer.news().map(|news| news.stack.short()).collect();
    match names.as_slice() {
        [] => String::new(),
        [one] => format!("{one} was updated after it"),
        several => format!("{} were updated after it", several.join(", ")),
    }
}

fn list(holds: &[Hold], text: impl Fn(&Hold) -> String) -> String {
    let texts: BTreeSet<String> = holds.iter().map(text).collect();
    texts.into_iter().collect::<Vec<_>>().join(", ")
}

fn awaited(hold: &Hold) -> String {
    let of = |stack: &StackRef, state: Holding| format!("{} ({})", stack.short(), state.as_str());
    if hold.state == Holding::Inherited {
        of(&hold.root.stack, hold.root.state)
    } else {
        of(&hold.stack, hold.state)
    }
}

/// What is the matter with a stack that holds others back.
pub fn blocking(root: &Root) -> String {
    let name = root.stack.short();
    match root.state {
        Holding::Missing => format!("{name} does not exist"),
        Holding::Destroyed => format!("{name} was destroyed"),
        Holding::Failed => format!("{name} failed"),
        Holding::Running => format!("{name} is running"),
        Holding::Queued => format!("{name} is queued"),
        Holding::Due => format!("{name} is due"),
        Holding::Unreadable => format!("{name} could not be read"),
        Holding::Handled => format!("{name} is behind, and only a newer version starts it"),
        Holding::Inherited => format!("{name} is held back"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{DIAMOND, Scene, stack, update, updated};
    use super::*;

    fn check(scene: &Scene) -> String {
        let decision = scene.decide();
        let line = |name: &str| {
            let answer = decision.answer(&stack(name)).expect("it is there");
            format!("{name}: {}", because(answer))
        };
        let names = ["network", "cluster", "database", "app"];
        names.map(line).join("\n")
    }

    fn changed() -> Scene {
        Scene::of(&DIAMOND)
            .updates("network", &[updated(2, 0, 10)])
            .updates("database", &[updated(1, -70, -60)])
            .updates("cluster", &[updated(1, -70, -60)])
            .updates("app", &[updated(1, -50, -40)])
    }

    #[test]
    fn each_reason_names_the_stack_to_look_at() {
        insta::assert_snapshot!(check(&changed()), @r"
        network: it depends on no other stack
        cluster: network/prod was updated after it
        database: network/prod was updated after it
        app: waiting for cluster/prod (due), database/prod (due)
        ");
        let failed = update(3, "update", "failed", 20, 30);
        let scene = changed().updates("network", &[updated(2, -95, -90), failed]);
        insta::assert_snapshot!(check(&scene), @r"
        network: its last run failed
        cluster: blocked: network/prod failed
        database: blocked: network/prod failed
        app: blocked: network/prod failed
        ");
        let destroyed = update(3, "destroy", "succeeded", 20, 30);
        let scene = changed().updates("network", &[updated(2, -95, -90), destroyed]);
        insta::assert_snapshot!(check(&scene), @r"
        network: it was destroyed
        cluster: blocked: network/prod was destroyed
        database: blocked: network/prod was destroyed
        app: blocked: network/prod was destroyed
        ");
        let running = update(3, "update", "in-progress", 20, 0);
        let scene = changed().updates("network", &[updated(2, -95, -90), running]);
        insta::assert_snapshot!(check(&scene), @r"
        network: its update is running
        cluster: waiting for network/prod (running)
        database: waiting for network/prod (running)
        app: waiting for network/prod (running)
        ");
    }
}
