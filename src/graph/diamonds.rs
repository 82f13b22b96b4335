//! Stacks where diverging paths meet again, which run once for each path.
//!
//! # What this may not do
//!
//! Report a shortcut again, or a stack that runs more often only because of a diamond above it.

use super::dag::Dag;
use super::edge::path_text;
use super::paths::Least;
use crate::domain::StackRef;
use fixedbitset::FixedBitSet;
use std::fmt;

/// A stack that one change starts through several of its upstream stacks, none of which starts another of them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Diamond {
    /// The stack where the paths meet, which runs more than once.
    pub bottom: StackRef,
    /// The nearest stack where the paths diverge.
    pub top: StackRef,
    /// For each upstream stack of `bottom` that a change of `top` reaches, sorted by name: a shortest path through it from
    /// `top` to `bottom`, including both. At least two.
    pub paths: Vec<Vec<StackRef>>,
    /// How often `bottom` runs for one change of `top`, including shortcuts, at most [`super::MAX_RUNS`].
    pub runs: u64,
}

impl Diamond {
    /// The upstream stacks of `bottom` that the paths lead through.
    pub fn sides(&self) -> impl Iterator<Item = &StackRef> {
        self.paths
            .iter()
            .filter_map(|path| path.iter().rev().nth(1))
    }
}

impl fmt::Display for Diamond {
    /// `p/a → p/b → p/d and p/a → p/c → p/d`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let paths: Vec<String> = self.paths.iter().map(path_text).collect();
        f.write_str(&paths.join(" and "))
    }
}

impl Dag {
    /// The stacks that one change starts over several paths, each once, sorted by name. Shortcuts do not count as paths,
    /// and a stack that a join starts is never a bottom.
    ///
    /// If paths diverge at several stacks, none of which is above another, the diamond is reported for the one with the
    /// most paths, and among these for the first by name.
    pub fn diamonds(&self) -> Vec<Diamond> {
        let reduced = self.without_shortcuts();
        let mut runs_of_top: Vec<Option<Vec<u64>>> = vec![None; self.len()];
        let mut diamonds = Vec::new();
        for bottom in (0..reduced.len()).filter(|bottom| !self.joined.contains(*bottom)) {
            let sides = reduced.upstream(bottom);
            let Some(top) = reduced.nearest_top(&sides) else {
                continue;
            };
            let runs = runs_of_top[top].get_or_insert_with(|| self.run_numbers(top, 1));
            diamonds.push(Diamond {
                bottom: self.stack(bottom).clone(),
                top: self.stack(top).clone(),
                paths: reduced.paths_through(&sides, top, bottom),
                runs: runs[bottom],
            });
        }
        diamonds
    }

    /// The nearest stack that reaches at least two of `sides`.
    fn nearest_top(&self, sides: &[usize]) -> Option<usize> {
        let mut reaching_one = FixedBitSet::with_capacity(self.len());
        let mut reaching_two = reaching_one.clone();
        for &side in sides {
            let mut again = reaching_one.clone();
            again.intersect_with(&self.above[side]);
            reaching_two.union_with(&again);
            reaching_one.union_with(&self.above[side]);
        }
        let is_nearest = |top: &usize| self.below[*top].is_disjoint(&reaching_two);
        let n_reached = |top: &usize| {
            let reached = sides
                .iter()
                .filter(|side| self.below[*top].contains(**side));
            reached.count()
        };
        let nearest = reaching_two.ones().filter(is_nearest);
        nearest.max_by_key(|top| (n_reached(top), std::cmp::Reverse(*top)))
    }

    fn paths_through(&self, sides: &[usize], top: usize, bottom: usize) -> Vec<Vec<StackRef>> {
        let reached = sides.iter().filter(|side| self.below[top].contains(**side));
        reached
            .map(|&side| {
                let mut path = self.shortest_path(top, side, Least::OneEdge);
                path.push(self.stack(bottom).clone());
                path
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::Edge;
    use crate::graph::testing::{acyclic_graph, edges, few};
    use proptest::prelude::*;
    use std::collections::{BTreeMap, BTreeSet};

    fn check(pairs: &[(&str, &str)], expected: &[(&str, u64)]) {
        let found = Dag::new(&edges(pairs)).unwrap().diamonds();
        let told: Vec<(String, u64)> = found
            .iter()
            .map(|diamond| (diamond.to_string(), diamond.runs))
            .collect();
        let expected: Vec<(String, u64)> = expected
            .iter()
            .map(|(paths, runs)| ((*paths).to_owned(), *runs))
            .collect();
        assert_eq!(told, expected);
    }

    #[test]
    fn names_the_paths_and_counts_the_runs() {
        check(&[("a", "b"), ("b", "c")], &[]);
        let diamond = [("a", "b"), ("a", "c"), ("b", "d"), ("c", "d")];
        check(&diamond, &[("p/a → p/b → p/d and p/a → p/c → p/d", 2)]);
        // A stack below it runs as often and is not reported again; a stack above it is not the nearest.
        let longer: Vec<_> = diamond
            .into_iter()
            .chain([("d", "e"), ("x", "a")])
            .collect();
        check(&longer, &[("p/a → p/b → p/d and p/a → p/c → p/d", 2)]);
    }

    #[test]
    fn a_joined_stack_is_no_bottom_and_what_is_below_counts_it_once() {
        let pairs = [
            ("a", "b"),
            ("a", "c"),
            ("b", "d"),
            ("c", "d"),
            ("a", "d"),
            ("d", "e"),
            ("d", "f"),
            ("e", "g"),
            ("f", "g"),
        ];
        let dag = Dag::new(&edges(&pairs)).unwrap();
        let joined = dag.with_joins([&crate::graph::testing::stack("d")]);
        let found: Vec<(String, u64)> = joined
            .diamonds()
            .iter()
            .map(|diamond| (diamond.to_string(), diamond.runs))
            .collect();
        assert_eq!(
            found,
            [("p/d → p/e → p/g and p/d → p/f → p/g".to_owned(), 2)]
        );
        assert_eq!(joined.shortcuts(), []);
    }

    #[test]
    fn a_shortcut_is_no_diamond_and_is_counted_where_there_is_one() {
        check(&[("a", "b"), ("b", "c"), ("a", "c")], &[]);
        check(
            &[("a", "b"), ("a", "c"), ("b", "d"), ("c", "d"), ("a", "d")],
            &[("p/a → p/b → p/d and p/a → p/c → p/d", 3)],
        );
    }

    #[test]
    fn stacked_diamonds_are_told_each_from_its_own_top() {
        check(
            &[
                ("a", "b"),
                ("a", "c"),
                ("b", "d"),
                ("c", "d"),
                ("d", "e"),
                ("d", "f"),
                ("e", "g"),
                ("f", "g"),
            ],
            &[
                ("p/a → p/b → p/d and p/a → p/c → p/d", 2),
                ("p/d → p/e → p/g and p/d → p/f → p/g", 2),
            ],
        );
    }

    #[test]
    fn of_several_tops_the_one_with_the_most_paths_is_told() {
        check(
            &[
                ("one", "b"),
                ("one", "c"),
                ("two", "b"),
                ("two", "c"),
                ("two", "d"),
                ("b", "z"),
                ("c", "z"),
                ("d", "z"),
            ],
            &[(
                "p/two → p/b → p/z and p/two → p/c → p/z and p/two → p/d → p/z",
                3,
            )],
        );
    }

    proptest! {
        #![proptest_config(few())]

        #[test]
        fn every_path_is_one_and_whatever_runs_more_than_once_is_explained(edges in acyclic_graph(200)) {
            let dag = Dag::new(&edges).expect("it has no cycle");
            let diamonds = dag.diamonds();
            for diamond in &diamonds {
                prop_assert!(diamond.paths.len() > 1 && diamond.runs >= diamond.paths.len() as u64);
                let sides: BTreeSet<&StackRef> = diamond.sides().collect();
                prop_assert_eq!(sides.len(), diamond.paths.len());
                for path in &diamond.paths {
                    prop_assert_eq!((path.first(), path.last()), (Some(&diamond.top), Some(&diamond.bottom)));
                    for pair in path.windows(2) {
                        let step = Edge { upstream: pair[0].clone(), downstream: pair[1].clone() };
                        prop_assert!(edges.contains(&step));
                    }
                }
            }
            // Without shortcuts, a stack that runs more than once is the bottom of a diamond or below one.
            let reduced = dag.without_shortcuts();
            let bottoms: BTreeMap<&StackRef, &Diamond> = diamonds.iter().map(|diamond| (&diamond.bottom, diamond)).collect();
            for runs in reduced.runs_per_change(1).into_values() {
                for (stack, n) in runs {
                    let is_explained = bottoms.keys().any(|bottom| *bottom == stack || reduced.reaches(bottom, stack));
                    prop_assert!(n == 1 || is_explained);
                }
            }
        }
    }
}
