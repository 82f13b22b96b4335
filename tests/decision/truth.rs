//! The true situation, from what each update has read: without times, and without the decision's code.

use crate::shape::Shape;
use crate::sim::Sim;
use auto_deploy::cascade::{Answer, Decision, Reason, Verdict};

/// Whether a stack was attempted and is not destroyed.
pub(crate) fn is_live(sim: &Sim, stack: usize) -> bool {
    sim.stacks[stack].attempt().is_some() && !sim.is_destroyed(stack)
}

/// Whether an upstream stack has a success that the stack's last attempt has not read.
pub(crate) fn is_behind(sim: &Sim, shape: &Shape, stack: usize) -> bool {
    let Some(attempt) = sim.stacks[stack].attempt() else {
        return false;
    };
    let goods = sim.goods(shape, stack);
    let mut pairs = goods.iter().zip(attempt.read);
    is_live(sim, stack) && pairs.any(|(good, read)| good.is_some() && good != read)
}

/// For each stack whether to expect an update: it is behind, an update is running, or a stack above it expects one.
pub(crate) fn pending(sim: &Sim, shape: &Shape) -> Vec<bool> {
    let mut pending: Vec<bool> = Vec::new();
    for stack in 0..shape.len() {
        let is_updating = sim.running(stack).is_some_and(|ran| !ran.is_destroy)
            || sim.next_in_queue(stack).is_some()
            || will_update(sim, stack);
        let mut upstream = shape.upstream(stack).iter();
        let inherits = is_live(sim, stack) && upstream.any(|&upstream| pending[upstream]);
        pending.push(is_updating || is_behind(sim, shape, stack) || inherits);
    }
    pending
}

/// Whether a deployment of a stack is running and has not started its update.
fn will_update(sim: &Sim, stack: usize) -> bool {
    let running = sim.running_deployment(stack);
    running.is_some_and(|place| sim.stacks[stack].deployments[place].update.is_none())
}

/// Why it would be wrong to start a stack now, if it would be.
pub(crate) fn objection(sim: &Sim, shape: &Shape, stack: usize) -> Option<&'static str> {
    let pending = pending(sim, shape);
    if sim.is_destroyed(stack) {
        return Some("a destroyed stack is started");
    }
    if sim.stacks[stack].is_paused {
        return Some("a paused stack is started");
    }
    if sim.next_in_queue(stack).is_some() || will_update(sim, stack) {
        return Some("a stack is started that a deployment will update");
    }
    for &upstream in shape.upstream(stack) {
        if sim.running(upstream).is_some() {
            return Some("a stack is started while an upstream stack runs");
        }
        if sim.is_destroyed(upstream) {
            return Some("a stack is started against a destroyed one");
        }
        if pending[upstream] {
            return Some("a stack is started before an upstream stack that will run");
        }
        let attempt = sim.stacks[upstream].attempt();
        if attempt.is_some_and(|attempt| attempt.result == Some(false)) {
            return Some("a stack is started after an upstream stack that failed");
        }
    }
    None
}

/// Whether a stack is started for versions for which an earlier start had an effect.
pub(crate) fn repeated(sim: &Sim, shape: &Shape, stack: usize) -> Option<&'static str> {
    let memory = sim.stacks[stack].memory.as_ref()?;
    let deployments = sim.stacks[stack].deployments.iter();
    let mut started = deployments.filter(|deployment| Some(deployment.number) == memory.deployment);
    let counted = started.next().is_none_or(Sim::counts);
    (counted && memory.after == sim.goods(shape, stack))
        .then_some("a stack is started twice for the same versions")
}

/// What is wrong with the answers when nothing moves and nothing is to be started, if anything is: every stack that is
/// behind must have a reason, and every reason a stack that really causes it.
pub(crate) fn unexplained(sim: &Sim, shape: &Shape, decision: &Decision) -> Option<&'static str> {
    let pending = pending(sim, shape);
    (0..shape.len()).find_map(|stack| {
        let answer = decision.answer(shape.name(stack)).expect("it has one");
        let is_stuck = pending[stack] && is_live(sim, stack);
        match &answer.verdict {
            Verdict::Start => Some("something is to be started"),
            Verdict::Not(reason) => {
                let is_satisfied = matches!(
                    reason,
                    Reason::UpToDate | Reason::NoUpstream | Reason::Handled
                );
                if is_stuck && is_satisfied {
                    return Some("a stack that is behind has no reason");
                }
                if answer.is_stale && is_satisfied {
                    return Some("a stack is stale without a reason");
                }
                baseless(sim, shape, decision, stack, answer)
            }
        }
    })
}

/// What is wrong with the reason of a stack when nothing moves, if anything is.
fn baseless(
    sim: &Sim,
    shape: &Shape,
    decision: &Decision,
    stack: usize,
    answer: &Answer,
) -> Option<&'static str> {
    let has_failed = |stack: usize| {
        let attempt = sim.stacks[stack].attempt();
        attempt.is_some_and(|attempt| attempt.result == Some(false))
    };
    let reason = answer.reason()?;
    let is_true = match reason {
        Reason::Failed { .. } => has_failed(stack),
        Reason::Destroyed { .. } => sim.is_destroyed(stack),
        Reason::Paused(_) => sim.stacks[stack].is_paused && is_behind(sim, shape, stack),
        Reason::Waiting(holds) => {
            // Nothing moves: it must be waiting for something that cannot move.
            !holds.is_empty()
                && holds
                    .iter()
                    .all(|hold| sim.stacks[shape.number(&hold.root.stack)].is_paused)
        }
        Reason::Blocked(holds) => {
            !holds.is_empty()
                && holds.iter().all(|hold| {
                    let root = shape.number(&hold.root.stack);
                    let of_root = decision.answer(&hold.root.stack).and_then(Answer::reason);
                    matches!(of_root, Some(Reason::Failed { .. }) if has_failed(root))
                        || sim.is_destroyed(root)
                })
        }
        Reason::UpToDate | Reason::NoUpstream | Reason::NeverDeployed | Reason::Handled => true,
        // Nothing moves.
        _ => false,
    };
    (!is_true).then_some("a reason is not true")
}
