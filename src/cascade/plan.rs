//! The order in which to bring a stack, and everything that depends on it, up to date.
//!
//! # What this may not do
//!
//! Let a stack run before one that it depends on.

use crate::domain::StackRef;
use crate::graph::{Cycle, Dag, Edge, reached};
use std::collections::BTreeSet;

/// Stacks to run, each once, and what each one waits for.
///
/// ```
/// use auto_deploy::cascade::RunPlan;
/// use auto_deploy::domain::StackRef;
/// use auto_deploy::graph::Edge;
///
/// let stack = |project| StackRef::new("acme", project, "prod").expect("it is a stack");
/// let edge = |upstream, downstream| Edge {
///     upstream: stack(upstream),
///     downstream: stack(downstream),
/// };
/// let edges = [edge("network", "database"), edge("database", "app")];
/// let network = stack("network");
/// // Webhooks start the database, and nothing starts the app; all of them are due.
/// let plan = RunPlan::new(&edges, &edges[..1], &network, |_| true).expect("there is an order");
/// let names: Vec<String> = plan.stacks().iter().map(|run| run.stack.short()).collect();
/// assert_eq!(names, ["network/prod", "database/prod", "app/prod"]);
/// let app = plan.get(&stack("app")).expect("it is part of the plan");
/// assert!(app.upstream.contains(&stack("database")) && app.started_by.is_empty());
/// ```
#[derive(Clone, Debug)]
pub struct RunPlan {
    stacks: Vec<PlannedRun>,
}

/// A stack to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedRun {
    /// The stack.
    pub stack: StackRef,
    /// Its layer. Stacks of one layer can run at the same time.
    pub layer: usize,
    /// What must have succeeded before: the stacks that it depends on or, in a backwards plan, those that depend on it.
    pub upstream: BTreeSet<StackRef>,
    /// The upstream stacks whose webhooks start it when they succeed, once for each webhook.
    pub started_by: Vec<StackRef>,
}

/// Why there is no order.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// The stacks depend on each other.
    #[error(
        "these stacks wait for each other, so there is no order to run them in: {0}; remove one of these edges first"
    )]
    Cycle(Cycle),
}

impl PlannedRun {
    /// Whether webhooks alone would start it too early or more than once.
    pub fn is_started_out_of_turn(&self) -> bool {
        self.started_by.len() > 1 || (self.upstream.len() > 1 && !self.started_by.is_empty())
    }
}

impl RunPlan {
    /// The plan that runs those of `root` and the stacks below it that `is_due` selects.
    ///
    /// `webhooks` are the edges that start runs by themselves, one for each webhook.
    ///
    /// # Errors
    ///
    /// [`PlanError::Cycle`] if some of the selected stacks wait for each other.
    pub fn new<'a>(
        edges: impl IntoIterator<Item = &'a Edge>,
        webhooks: &[Edge],
        root: &'a StackRef,
        is_due: impl Fn(&StackRef) -> bool,
    ) -> Result<RunPlan, PlanError> {
        let (due, inside) = part(edges, root, is_due);
        RunPlan::of(due, inside, webhooks)
    }

    /// The plan that destroys those of `root` and the stacks below it that `is_wanted` selects, each after everything that
    /// depends on it.
    ///
    /// # Errors
    ///
    /// [`PlanError::Cycle`] if some of the selected stacks wait for each other.
    pub fn backwards<'a>(
        edges: impl IntoIterator<Item = &'a Edge>,
        root: &'a StackRef,
        is_wanted: impl Fn(&StackRef) -> bool,
    ) -> Result<RunPlan, PlanError> {
        let (wanted, inside) = part(edges, root, is_wanted);
        let turned: Vec<Edge> = inside.into_iter().map(turned).collect();
        RunPlan::of(wanted, turned.iter().collect(), &[])
    }

    fn of(
        stacks: BTreeSet<&StackRef>,
        edges: Vec<&Edge>,
        webhooks: &[Edge],
    ) -> Result<RunPlan, PlanError> {
        let dag = Dag::with_stacks(stacks, edges).map_err(PlanError::Cycle)?;
        let mut stacks = Vec::new();
        for (layer, names) in dag.layers().into_iter().enumerate() {
            for stack in names {
                let upstream: BTreeSet<StackRef> =
                    dag.upstream_of(stack).into_iter().cloned().collect();
                let started_by = webhooks
                    .iter()
                    .filter(|edge| edge.downstream == *stack && upstream.contains(&edge.upstream))
                    .map(|edge| edge.upstream.clone());
                stacks.push(PlannedRun {
                    stack: stack.clone(),
                    layer,
                    started_by: started_by.collect(),
                    upstream,
                });
            }
        }
        Ok(RunPlan { stacks })
    }

    /// The stacks, layer by layer.
    pub fn stacks(&self) -> &[PlannedRun] {
        &self.stacks
    }

    /// One of the stacks; `None` if it is not part of the plan.
    pub fn get(&self, stack: &StackRef) -> Option<&PlannedRun> {
        self.stacks.iter().find(|planned| planned.stack == *stack)
    }
}

/// Those of `root` and the stacks below it that are `wanted`, with the edges between them.
fn part<'a>(
    edges: impl IntoIterator<Item = &'a Edge>,
    root: &'a StackRef,
    wanted: impl Fn(&StackRef) -> bool,
) -> (BTreeSet<&'a StackRef>, Vec<&'a Edge>) {
    let edges: BTreeSet<&Edge> = edges.into_iter().collect();
    let reached = reached([root], edges.iter().map(|edge| edge.down()));
    let stacks: BTreeSet<&StackRef> = reached.into_iter().filter(|stack| wanted(stack)).collect();
    let is_inside = |edge: &&Edge| edge.ends().iter().all(|stack| stacks.contains(stack));
    let inside = edges.into_iter().filter(is_inside).collect();
    (stacks, inside)
}

fn turned(edge: &Edge) -> Edge {
    Edge {
        upstream: edge.downstream.clone(),
        downstream: edge.upstream.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{DIAMOND, edges, stack};
    use super::*;

    fn check(webhooks: &[(&str, &str)], is_due: impl Fn(&StackRef) -> bool) -> String {
        let webhooks: Vec<Edge> = webhooks.iter().flat_map(|pair| edges(&[*pair])).collect();
        let plan = RunPlan::new(&edges(&DIAMOND), &webhooks, &stack("network"), is_due);
        let line = |planned: &PlannedRun| {
            let upstream = planned.upstream.iter().map(StackRef::project);
            let upstream = upstream.collect::<Vec<_>>().join(",");
            let held = if planned.is_started_out_of_turn() {
                " held"
            } else {
                ""
            };
            let (layer, stack) = (planned.layer, planned.stack.project());
            format!("{layer} {stack} after [{upstream}]{held}")
        };
        let plan = plan.expect("it has no cycle");
        plan.stacks()
            .iter()
            .map(line)
            .collect::<Vec<_>>()
            .join("\n")
    }

    #[test]
    fn each_stack_waits_for_what_runs_before_it() {
        insta::assert_snapshot!(check(&DIAMOND, |_| true), @r"
        0 network after []
        1 cluster after [network]
        1 database after [network]
        2 app after [cluster,database] held
        ");
        let twice = [("network", "database"), ("network", "database")];
        insta::assert_snapshot!(check(&twice, |_| true), @r"
        0 network after []
        1 cluster after [network]
        1 database after [network] held
        2 app after [cluster,database]
        ");
    }

    #[test]
    fn backwards_each_stack_waits_for_what_depends_on_it() {
        let plan = RunPlan::backwards(&edges(&DIAMOND), &stack("network"), |it| {
            *it != stack("cluster")
        });
        let plan = plan.expect("it has no cycle");
        let line = |planned: &PlannedRun| {
            let after = planned.upstream.iter().map(StackRef::project);
            let after = after.collect::<Vec<_>>().join(",");
            format!(
                "{} {} after [{after}]",
                planned.layer,
                planned.stack.project()
            )
        };
        let lines = plan.stacks().iter().map(line).collect::<Vec<_>>();
        insta::assert_snapshot!(lines.join("\n"), @r"
        0 app after []
        1 database after [app]
        2 network after [database]
        ");
    }

    #[test]
    fn what_is_not_due_is_not_waited_for() {
        let is_due = |due: &StackRef| *due == stack("database") || *due == stack("app");
        insta::assert_snapshot!(check(&DIAMOND, is_due), @r"
        0 database after []
        1 app after [database]
        ");
    }

    #[test]
    fn a_cycle_is_named() {
        let round = edges(&[("network", "a"), ("a", "b"), ("b", "a")]);
        let error =
            RunPlan::new(&round, &[], &stack("network"), |_| true).expect_err("there is one");
        insta::assert_snapshot!(error, @"these stacks wait for each other, so there is no order to run them in: a/prod → b/prod → a/prod; remove one of these edges first");
    }
}
