//! Which stacks a run includes.
//!
//! # What this may not do
//!
//! Determine the state of a stack by other rules than the library's.

use super::drive::Driver;
use crate::context::Context;
use crate::look::Look;
use crate::output::text::count;
use auto_deploy::cascade::{Answer, Decision, Reason, RunPlan, words};
use auto_deploy::domain::StackRef;
use auto_deploy::graph::Edge;
use auto_deploy::survey::Attention;
use std::collections::BTreeSet;
use std::io::Write as _;

/// The user's request.
pub(super) struct Wish<'a> {
    pub(super) context: &'a Context,
    /// The first stack to run.
    pub(super) root: StackRef,
    /// Whether to leave out that stack.
    pub(super) leaves_out_root: bool,
    /// Whether to include stacks that are up to date.
    pub(super) takes_all: bool,
}

impl Wish<'_> {
    fn includes(&self, stack: &StackRef) -> bool {
        !(self.leaves_out_root && *stack == self.root)
    }
}

/// The stacks to begin with: those that are behind; or all, if the user asked for all, or if all or none are behind.
pub(super) async fn first(wish: &Wish<'_>, look: &Look) -> anyhow::Result<RunPlan> {
    let everything = plan(wish, look, |_| true)?;
    let decision = decision(wish, look, &everything).await;
    note_block(wish, &decision)?;
    if wish.takes_all {
        return Ok(everything);
    }
    let has_begun = decision
        .answer(&wish.root)
        .is_some_and(|answer| answer.good.is_some());
    let is_to_run = |stack: &StackRef| decision.answer(stack).is_some_and(is_to_run);
    let stacks = everything.stacks().iter();
    let n_stale = stacks.filter(|planned| is_to_run(&planned.stack)).count();
    let n_current = everything.stacks().len() - n_stale;
    if !has_begun || n_stale == 0 || n_current == 0 {
        return Ok(everything);
    }
    writeln!(
        std::io::stderr(),
        "Continuing: {} up to date and left out; `--all` runs everything.",
        if n_current == 1 {
            "1 stack is".to_owned()
        } else {
            format!("{} are", count(n_current, "stack"))
        }
    )?;
    plan(wish, look, is_to_run)
}

/// Prints that the named stack runs although the stacks above it would hold it back.
fn note_block(wish: &Wish<'_>, decision: &Decision) -> std::io::Result<()> {
    let reason = decision.answer(&wish.root).and_then(Answer::reason);
    let Some(reason @ Reason::Blocked(_)) = reason.filter(|_| wish.includes(&wish.root)) else {
        return Ok(());
    };
    let (root, why) = (wish.root.short(), words::short(reason));
    writeln!(
        std::io::stderr(),
        "note: {root} is {why}, and runs all the same, because you named it."
    )
}

/// The additional stacks after a round: new stacks, and those that are due again.
pub(super) async fn further(
    wish: &Wish<'_>,
    look: &Look,
    rounds: &[Driver<'_>],
) -> anyhow::Result<RunPlan> {
    let known: BTreeSet<&StackRef> = rounds
        .iter()
        .flat_map(|round| round.tracks.keys())
        .collect();
    let everything = plan(wish, look, |_| true)?;
    let decision = decision_after(wish, look, &everything, &known).await;
    let is_to_run = |stack: &StackRef| {
        let answer = decision.answer(stack);
        answer.is_some_and(|answer| {
            let is_new = !known.contains(stack) && *stack != wish.root;
            answer.is_due() || (is_new && is_to_run(answer))
        })
    };
    let further = plan(wish, look, is_to_run)?;
    let names: Vec<String> = further
        .stacks()
        .iter()
        .map(|planned| planned.stack.short())
        .collect();
    if !names.is_empty() {
        writeln!(
            std::io::stderr(),
            "Continuing with what has changed during the run: {}.",
            names.join(", ")
        )?;
    }
    Ok(further)
}

/// The stacks to destroy, downstream ones first: the root and everything below it that still has resources.
pub(super) async fn to_destroy(wish: &Wish<'_>, look: &Look) -> anyhow::Result<RunPlan> {
    let everything = backwards(wish, look, |_| true)?;
    if wish.takes_all {
        return Ok(everything);
    }
    let decision = decision(wish, look, &everything).await;
    backwards(wish, look, |stack| {
        let reason = decision.answer(stack).and_then(Answer::reason);
        let has_state = || look.live.stacks.get(stack).is_some_and(|it| it.has_state);
        match reason {
            Some(Reason::Destroyed { .. } | Reason::Missing) => false,
            Some(Reason::NeverDeployed) => has_state(),
            _ => true,
        }
    })
}

/// The stacks of a run: the root, unless it is left out, and everything below it.
pub(super) fn inside(wish: &Wish<'_>, look: &Look) -> anyhow::Result<BTreeSet<StackRef>> {
    let everything = backwards(wish, look, |_| true)?;
    let stacks = everything.stacks().iter();
    Ok(stacks.map(|planned| planned.stack.clone()).collect())
}

fn backwards(
    wish: &Wish<'_>,
    look: &Look,
    has_something: impl Fn(&StackRef) -> bool,
) -> anyhow::Result<RunPlan> {
    Ok(RunPlan::backwards(&look.edges, &wish.root, |stack| {
        wish.includes(stack) && has_something(stack)
    })?)
}

/// The root and everything below it, of these only those that `is_to_run` selects.
fn plan(
    wish: &Wish<'_>,
    look: &Look,
    is_to_run: impl Fn(&StackRef) -> bool,
) -> anyhow::Result<RunPlan> {
    let webhooks: Vec<Edge> = look
        .webhooks
        .iter()
        .filter(|webhook| webhook.starts.is_certain())
        .map(|webhook| webhook.edge.clone())
        .collect();
    Ok(RunPlan::new(&look.edges, &webhooks, &wish.root, |stack| {
        wish.includes(stack) && is_to_run(stack)
    })?)
}

/// The decision on these stacks and the root.
async fn decision(wish: &Wish<'_>, look: &Look, plan: &RunPlan) -> Decision {
    decision_after(wish, look, plan, &BTreeSet::new()).await
}

/// Like [`decision`], after rounds that ran these stacks. What their joins remember is older, so within one second it would
/// make a stack due for a version for which this run has already started it.
async fn decision_after(
    wish: &Wish<'_>,
    look: &Look,
    plan: &RunPlan,
    known: &BTreeSet<&StackRef>,
) -> Decision {
    let stacks = plan.stacks().iter().map(|planned| &planned.stack);
    let attention = Attention {
        closely: stacks.chain([&wish.root]).cloned().collect(),
        ..Attention::default()
    };
    let mut world = look.standing(wish.context, &attention).await.world;
    for stack in known {
        if let Some(join) = world.joins.get_mut(*stack) {
            join.handled.clear();
        }
    }
    Decision::of(&world)
}

/// Whether a run that continues includes a stack: it is behind, or was never updated.
pub(crate) fn is_to_run(answer: &Answer) -> bool {
    answer.is_stale || matches!(answer.reason(), Some(Reason::NeverDeployed))
}
