//! How often each stack runs for one change.
//!
//! A webhook starts its target each time, so a stack runs once for each path from the changed stack to it, and more often
//! if a run raises several events that the webhooks receive. A stack that a join starts runs once.
//!
//! # What this may not do
//!
//! Consider the runs that the cloud may skip when several runs of one stack are queued.

use super::dag::Dag;
use crate::domain::StackRef;
use petgraph::graph::NodeIndex;
use std::collections::BTreeMap;

/// The highest count: up to this whole number, a JSON number is exact in every language. Higher counts are reported as this
/// one.
pub const MAX_RUNS: u64 = (1 << 53) - 1;

impl Dag {
    /// For each root, how often each stack that a change of it reaches runs, at most [`MAX_RUNS`]. `starts` is how often
    /// one run of a stack starts each stack that follows it.
    ///
    /// The root itself does not count, because the user runs it. A root that reaches nothing has an empty map.
    pub fn runs_per_change(&self, starts: u64) -> BTreeMap<&StackRef, BTreeMap<&StackRef, u64>> {
        let roots = self.root_numbers();
        roots
            .map(|root| (self.stack(root), self.named_runs(root, starts)))
            .collect()
    }

    /// How often each stack that a change of `stack` reaches runs; `None` if `stack` is not in the graph.
    pub fn runs_for(&self, stack: &StackRef) -> Option<BTreeMap<&StackRef, u64>> {
        self.number(stack).map(|number| self.named_runs(number, 1))
    }

    fn named_runs(&self, changed: usize, starts: u64) -> BTreeMap<&StackRef, u64> {
        let runs = self.run_numbers(changed, starts);
        self.below[changed]
            .ones()
            .map(|stack| (self.stack(stack), runs[stack]))
            .collect()
    }

    /// How often each stack, by number, runs for one change of `changed`, which itself counts as one run. Each run starts
    /// every stack that follows `starts` times.
    pub(super) fn run_numbers(&self, changed: usize, starts: u64) -> Vec<u64> {
        let mut runs = vec![0_u64; self.len()];
        runs[changed] = 1;
        for &stack in &self.order {
            if runs[stack] == 0 {
                continue;
            }
            if self.joined.contains(stack) {
                runs[stack] = 1;
            }
            for downstream in self.graph.neighbors(NodeIndex::new(stack)) {
                let more = runs[stack].saturating_mul(starts);
                let sum = runs[downstream.index()].saturating_add(more);
                runs[downstream.index()] = sum.min(MAX_RUNS);
            }
        }
        runs
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::Edge;
    use crate::graph::testing::{MAX_STARTS, acyclic_graph, cascade, edge, edges, few, stack};
    use proptest::prelude::*;

    #[test]
    fn a_stack_runs_once_for_each_path() {
        let dag = Dag::new(&edges(&[
            ("net", "db"),
            ("net", "cluster"),
            ("db", "app"),
            ("cluster", "app"),
            ("dns", "app"),
        ]))
        .unwrap();
        let runs: BTreeMap<&str, BTreeMap<&str, u64>> = dag
            .runs_per_change(1)
            .into_iter()
            .map(|(root, runs)| {
                (
                    root.stack(),
                    runs.into_iter()
                        .map(|(stack, n)| (stack.stack(), n))
                        .collect(),
                )
            })
            .collect();
        let expected = BTreeMap::from([
            ("dns", BTreeMap::from([("app", 1)])),
            (
                "net",
                BTreeMap::from([("app", 2), ("cluster", 1), ("db", 1)]),
            ),
        ]);
        assert_eq!(runs, expected);
        assert_eq!(
            dag.runs_for(&stack("db")),
            Some(BTreeMap::from([(&stack("app"), 1)]))
        );
        assert_eq!(dag.runs_for(&stack("unheard-of")), None);
    }

    #[test]
    fn a_joined_stack_runs_once_and_so_does_what_it_starts() {
        let pairs = [
            ("a", "b"),
            ("a", "c"),
            ("b", "d"),
            ("c", "d"),
            ("d", "e"),
            ("a", "e"),
        ];
        let dag = Dag::new(&edges(&pairs)).unwrap();
        let runs = |dag: &Dag| {
            let runs = dag.runs_for(&stack("a")).expect("it is there");
            (runs[&stack("d")], runs[&stack("e")])
        };
        assert_eq!(runs(&dag), (2, 3));
        assert_eq!(runs(&dag.clone().with_joins([&stack("d")])), (1, 2));
        assert_eq!(runs(&dag.with_joins([&stack("d"), &stack("e")])), (1, 1));
    }

    #[test]
    fn counts_that_json_cannot_hold_stop_at_the_highest() {
        let diamonds: Vec<Edge> = (0..60)
            .flat_map(|n| {
                let (top, bottom) = (format!("t{n:02}"), format!("t{:02}", n + 1));
                [format!("l{n}"), format!("r{n}")]
                    .into_iter()
                    .flat_map(move |side| [edge(&top, &side), edge(&side, &bottom)])
            })
            .collect();
        let dag = Dag::new(&diamonds).unwrap();
        let runs = dag.runs_for(&stack("t00")).unwrap();
        assert_eq!(runs[&stack("t05")], 32);
        assert_eq!(runs[&stack("t52")], 1 << 52);
        assert_eq!(
            (runs[&stack("t53")], runs[&stack("t60")]),
            (MAX_RUNS, MAX_RUNS)
        );
    }

    proptest! {
        #![proptest_config(few())]

        #[test]
        fn counts_are_those_of_a_cascade(edges in acyclic_graph(200)) {
            let dag = Dag::new(&edges).expect("it has no cycle");
            for (root, runs) in dag.runs_per_change(1) {
                match cascade(&edges, root) {
                    Some(started) => {
                        let mut counted: BTreeMap<&StackRef, u64> = BTreeMap::new();
                        for stack in &started {
                            *counted.entry(stack).or_default() += 1;
                        }
                        prop_assert_eq!(counted, runs);
                    }
                    None => prop_assert!(runs.values().sum::<u64>() > MAX_STARTS),
                }
            }
        }
    }
}
