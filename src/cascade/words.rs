//! The decision in words, without times.
//!
//! # What this may not do
//!
//! Name a stack merely as held back where the cause is known.

use super::decision::{Answer, Upstream, Verdict};
use super::observation::Outputs;
use super::reason::{Hold, Holding, Reason, Root};
use crate::domain::StackRef;
use std::collections::BTreeSet;

/// Why a stack must or must not start: a clause in lower case without a full stop.
pub fn because(answer: &Answer) -> String {
    let reason = match &answer.verdict {
        Verdict::Start => return news(answer),
        Verdict::Not(reason) => reason,
    };
    of(reason)
}

/// A reason in words: a clause in lower case without a full stop.
pub fn of(reason: &Reason) -> String {
    match reason {
        Reason::UpToDate => "it has seen the newest update of each stack that it depends on".into(),
        Reason::Unchanged => "no output that it reads has changed".into(),
        Reason::NoUpstream => "it depends on no other stack".into(),
        Reason::Waiting(holds) => awaited_of(holds),
        Reason::Blocked(holds) => list(holds, |hold| blocking(&hold.root)),
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

/// A reason in a few words, beginning with the word for it.
pub fn short(reason: &Reason) -> String {
    let held = |holds: &[Hold]| list(holds, short_hold);
    match reason {
        Reason::Waiting(holds) => format!("waiting for {}", held(holds)),
        Reason::Blocked(holds) => format!("blocked by {}", held(holds)),
        Reason::Handled | Reason::Unchanged => format!("{}: {}", reason.as_str(), of(reason)),
        Reason::Unreadable { .. } | Reason::HeldBack { .. } | Reason::Paused(_) => of(reason),
        _ => reason.as_str().to_owned(),
    }
}

/// A stack with the state that holds it back, and the origin of that if it is another stack.
fn short_hold(hold: &Hold) -> String {
    let (stack, root) = (&hold.stack, &hold.root);
    let name = stack.short();
    if root.stack == *stack {
        format!("{name} ({})", hold.state.as_str())
    } else {
        let (cause, state) = (root.stack.short(), root.state.as_str());
        format!("{name} ({}: {cause} is {state})", hold.state.as_str())
    }
}

/// Which upstream stacks have news for a stack; empty if none do.
pub fn news(answer: &Answer) -> String {
    let (changed, updated): (Vec<&Upstream>, Vec<_>) = answer
        .news()
        .partition(|news| news.outputs == Some(Outputs::Changed));
    let names = |news: Vec<&Upstream>| {
        let names: Vec<String> = news.iter().map(|news| news.stack.short()).collect();
        (names.join(", "), names.len())
    };
    let updated = match names(updated) {
        (_, 0) => None,
        (one, 1) => Some(format!("{one} was updated after it")),
        (several, _) => Some(format!("{several} were updated after it")),
    };
    let changed = match names(changed) {
        (_, 0) => None,
        (names, _) => Some(format!("outputs of {names} that it reads have changed")),
    };
    let clauses: Vec<String> = updated.into_iter().chain(changed).collect();
    clauses.join(", and ")
}

/// What these stacks hold others back by: a clause in lower case without a full stop.
pub fn awaited_of(holds: &[Hold]) -> String {
    list(holds, awaited)
}

fn list(holds: &[Hold], text: impl Fn(&Hold) -> String) -> String {
    let texts: BTreeSet<String> = holds.iter().map(text).collect();
    texts.into_iter().collect::<Vec<_>>().join(", ")
}

/// What is awaited: the stack if it is due itself, or else the origin of the hold.
fn awaited(hold: &Hold) -> String {
    if hold.state == Holding::Inherited {
        blocking(&hold.root)
    } else {
        holding(&hold.stack, hold.state)
    }
}

/// What is wrong with the stack at the origin of a hold.
pub fn blocking(root: &Root) -> String {
    holding(&root.stack, root.state)
}

fn holding(stack: &StackRef, state: Holding) -> String {
    let name = stack.short();
    match state {
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
        app: cluster/prod is due, database/prod is due
        ");
        let failed = update(3, "update", "failed", 20, 30);
        let scene = changed().updates("network", &[updated(2, -95, -90), failed]);
        insta::assert_snapshot!(check(&scene), @r"
        network: its last run failed
        cluster: network/prod failed
        database: network/prod failed
        app: network/prod failed
        ");
        let destroyed = update(3, "destroy", "succeeded", 20, 30);
        let scene = changed().updates("network", &[updated(2, -95, -90), destroyed]);
        insta::assert_snapshot!(check(&scene), @r"
        network: it was destroyed
        cluster: network/prod was destroyed
        database: network/prod was destroyed
        app: network/prod was destroyed
        ");
        let running = update(3, "update", "in-progress", 20, 0);
        let scene = changed().updates("network", &[updated(2, -95, -90), running]);
        insta::assert_snapshot!(check(&scene), @r"
        network: its update is running
        cluster: network/prod is running
        database: network/prod is running
        app: network/prod is running
        ");
    }
}
