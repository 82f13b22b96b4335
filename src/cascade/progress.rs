//! How far the execution of a plan is.
//!
//! # What this may not do
//!
//! Start a stack twice, or one below a failure.

use super::plan::{PlannedRun, RunPlan};
use crate::domain::StackRef;
use crate::graph::reached;
use std::collections::BTreeMap;

/// The result of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It succeeded.
    Succeeded,
    /// It failed, or could not be started.
    Failed,
}

/// How far a stack of a plan is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// It waits for other stacks.
    Waiting,
    /// It was started.
    Going,
    /// It ended.
    Ended(Outcome),
    /// It is skipped because this stack failed. If this is the stack itself, a stack outside the plan failed.
    Skipped(StackRef),
}

/// A plan and how far each of its stacks is.
#[derive(Clone, Debug)]
pub struct Progress {
    plan: RunPlan,
    steps: BTreeMap<StackRef, Step>,
}

impl Progress {
    /// The progress of a plan before anything was started.
    pub fn new(plan: RunPlan) -> Progress {
        let steps = plan
            .stacks()
            .iter()
            .map(|planned| (planned.stack.clone(), Step::Waiting));
        Progress {
            steps: steps.collect(),
            plan,
        }
    }

    /// The plan.
    pub fn plan(&self) -> &RunPlan {
        &self.plan
    }

    /// The step that a stack of the plan has reached.
    ///
    /// # Panics
    ///
    /// If the stack is not part of the plan.
    pub fn step(&self, stack: &StackRef) -> &Step {
        &self.steps[stack]
    }

    /// Takes all stacks that can start now because everything before them succeeded. None is returned a second time.
    pub fn take_ready(&mut self) -> Vec<PlannedRun> {
        let is_done = |stack: &StackRef| self.steps[stack] == Step::Ended(Outcome::Succeeded);
        let ready: Vec<PlannedRun> = self
            .plan
            .stacks()
            .iter()
            .filter(|planned| {
                self.steps[&planned.stack] == Step::Waiting && planned.upstream.iter().all(is_done)
            })
            .cloned()
            .collect();
        for planned in &ready {
            self.steps.insert(planned.stack.clone(), Step::Going);
        }
        ready
    }

    /// Records the result of a run. After a failure, everything below the stack is skipped.
    pub fn end(&mut self, stack: &StackRef, outcome: Outcome) {
        self.steps.insert(stack.clone(), Step::Ended(outcome));
        if outcome == Outcome::Failed {
            self.skip_below(stack);
        }
    }

    /// Skips a stack that was taken but not started, because of a stack outside the plan, and everything below it.
    pub fn leave_out(&mut self, stack: &StackRef) {
        self.steps
            .insert(stack.clone(), Step::Skipped(stack.clone()));
        self.skip_below(stack);
    }

    fn skip_below(&mut self, failed: &StackRef) {
        let steps = self.plan.stacks().iter().flat_map(|planned| {
            let upstream = planned.upstream.iter();
            upstream.map(|upstream| (upstream, &planned.stack))
        });
        for below in reached([failed], steps) {
            let step = self.steps.get_mut(below);
            if let Some(step) = step.filter(|step| **step == Step::Waiting) {
                *step = Step::Skipped(failed.clone());
            }
        }
    }

    /// Whether there is nothing left to do.
    pub fn is_over(&self) -> bool {
        let is_open = |step: &Step| matches!(step, Step::Waiting | Step::Going);
        !self.steps.values().any(is_open)
    }

    /// Whether every stack succeeded.
    pub fn is_well(&self) -> bool {
        let is_well = |step: &Step| *step == Step::Ended(Outcome::Succeeded);
        self.steps.values().all(is_well)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{DIAMOND, edges, stack};
    use super::*;
    use crate::graph::Edge;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn names(ready: Vec<PlannedRun>) -> Vec<String> {
        ready
            .into_iter()
            .map(|planned| planned.stack.project().to_owned())
            .collect()
    }

    fn progress() -> Progress {
        let plan = RunPlan::new(&edges(&DIAMOND), &[], &stack("network"), |_| true);
        Progress::new(plan.expect("it has no cycle"))
    }

    #[test]
    fn a_stack_is_started_once_after_all_before_it() {
        let mut progress = progress();
        assert_eq!(names(progress.take_ready()), ["network"]);
        assert_eq!(names(progress.take_ready()), [""; 0]);
        progress.end(&stack("network"), Outcome::Succeeded);
        assert_eq!(names(progress.take_ready()), ["cluster", "database"]);
        progress.end(&stack("database"), Outcome::Succeeded);
        assert_eq!(names(progress.take_ready()), [""; 0]);
        progress.end(&stack("cluster"), Outcome::Succeeded);
        assert_eq!(names(progress.take_ready()), ["app"]);
        assert!(!progress.is_over());
        progress.end(&stack("app"), Outcome::Succeeded);
        assert!(progress.is_over() && progress.is_well());
    }

    #[test]
    fn a_failure_leaves_out_what_is_below_and_nothing_else() {
        let mut progress = progress();
        progress.take_ready();
        progress.end(&stack("network"), Outcome::Succeeded);
        progress.take_ready();
        progress.end(&stack("database"), Outcome::Failed);
        assert_eq!(
            *progress.step(&stack("app")),
            Step::Skipped(stack("database"))
        );
        assert_eq!(*progress.step(&stack("cluster")), Step::Going);
        progress.end(&stack("cluster"), Outcome::Succeeded);
        assert!(progress.is_over() && !progress.is_well());
        assert_eq!(names(progress.take_ready()), [""; 0]);
    }

    proptest! {
        /// Whatever fails, each stack is started at most once and never before one that it depends on, and the plan ends.
        #[test]
        fn every_plan_ends(
            pairs in prop::collection::vec((0..10_usize, 0..10_usize), 0..30),
            fails in prop::collection::vec(any::<bool>(), 10),
        ) {
            let name = |n: usize| stack(&format!("s{n}"));
            let edges: BTreeSet<Edge> = pairs
                .into_iter()
                .filter(|(from, to)| from < to)
                .map(|(from, to)| Edge { upstream: name(from), downstream: name(to) })
                .collect();
            let mut progress = Progress::new(RunPlan::new(&edges, &[], &name(0), |_| true).expect("no cycle"));
            let mut started = BTreeSet::new();
            while !progress.is_over() {
                let ready = progress.take_ready();
                prop_assert!(!ready.is_empty(), "it goes on");
                for planned in ready {
                    prop_assert!(started.insert(planned.stack.clone()));
                    for upstream in &planned.upstream {
                        prop_assert_eq!(progress.step(upstream), &Step::Ended(Outcome::Succeeded));
                    }
                    let n: usize = planned.stack.project()[1..].parse().expect("a number");
                    let outcome = if fails[n] { Outcome::Failed } else { Outcome::Succeeded };
                    progress.end(&planned.stack, outcome);
                }
            }
        }
    }
}
