//! Which stacks a preview of a cascade includes, and their order.
//!
//! # What this may not do
//!
//! Include a stack that nothing starts, unless asked to; let a preview begin before those that it may read from.

use super::super::reason::Reason;
use super::rest::Rest;
use crate::domain::StackRef;
use crate::graph::{Cycle, Dag, Edge, reached};
use std::collections::{BTreeMap, BTreeSet};

/// What connects the stacks of an organization.
#[derive(Clone, Debug, Default)]
pub struct Ties {
    /// A successful update of the upstream stack starts the downstream stack, by a webhook.
    pub webhooks: BTreeSet<Edge>,
    /// A successful update of the upstream stack starts the downstream stack, by a join.
    pub joins: BTreeSet<Edge>,
    /// The downstream stack has a StackReference to the upstream stack.
    pub references: BTreeSet<Edge>,
}

/// Why a stack is a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tie {
    /// The preview was requested for it.
    Root,
    /// An update of the root would start it, directly or through other stacks.
    Started,
    /// It only reads one of the others, and such stacks were requested too.
    Reads,
}

/// The stacks that are previewed.
#[derive(Clone, Debug)]
pub struct Members {
    all: Vec<Member>,
    onlookers: Vec<Onlooker>,
    ties: Ties,
}

/// A stack that is previewed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The stack.
    pub stack: StackRef,
    /// Its layer. Stacks of one layer can be previewed at the same time.
    pub layer: usize,
    /// Why it is a member.
    pub tie: Tie,
    /// The members that are previewed before it.
    pub upstream: BTreeSet<StackRef>,
    /// How often webhooks would run it for one change of the root; 1 if a join starts it.
    pub n_runs: u64,
    /// The cycle that it is in or below, which leaves no order for a preview.
    pub cycle: Option<Cycle>,
}

/// A stack that reads a member but that nothing starts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Onlooker {
    /// The stack.
    pub stack: StackRef,
    /// The members that it reads.
    pub reads: BTreeSet<StackRef>,
}

impl Members {
    /// The members of a preview of `root`: `root`, and everything that a successful update of it would start. With
    /// `takes_all` also the stacks that read a member, directly or through others.
    pub fn of(root: &StackRef, ties: Ties, takes_all: bool) -> Members {
        let starting = || ties.webhooks.iter().chain(&ties.joins);
        let started: BTreeSet<StackRef> = owned(reached([root], starting().map(Edge::down)));
        let taken = if takes_all {
            let all = starting().chain(&ties.references);
            owned(reached([root], all.map(Edge::down)))
        } else {
            started.clone()
        };
        let inside: BTreeSet<&Edge> = starting()
            .chain(&ties.references)
            .filter(|edge| edge.upstream != edge.downstream)
            .filter(|edge| edge.ends().into_iter().all(|stack| taken.contains(stack)))
            .collect();
        let runs = runs(root, &ties);
        let (dag, cycles) = Dag::without_cycles(&taken, inside.iter().copied());
        let in_cycles = in_cycles(&inside, &dag, &cycles);
        let mut members = Vec::with_capacity(taken.len());
        for (layer, stacks) in dag.layers().into_iter().enumerate() {
            for stack in stacks {
                members.push(Member {
                    stack: stack.clone(),
                    layer,
                    tie: match stack {
                        stack if stack == root => Tie::Root,
                        stack if started.contains(stack) => Tie::Started,
                        _ => Tie::Reads,
                    },
                    upstream: dag.upstream_of(stack).into_iter().cloned().collect(),
                    n_runs: runs.get(stack).copied().unwrap_or(1),
                    cycle: in_cycles.get(stack).cloned(),
                });
            }
        }
        let onlookers = onlookers(&taken, &ties.references);
        Members {
            all: members,
            onlookers,
            ties,
        }
    }

    /// The same members with these additional StackReferences.
    #[must_use]
    pub fn with_references(&self, references: &BTreeSet<Edge>) -> Members {
        let mut ties = self.ties.clone();
        ties.references.extend(references.iter().cloned());
        let takes_all = self.all.iter().any(|it| it.tie == Tie::Reads);
        let root = self.all.iter().find(|it| it.tie == Tie::Root);
        let root = root.map(|it| it.stack.clone());
        root.map_or_else(|| self.clone(), |root| Members::of(&root, ties, takes_all))
    }

    /// The members, layer by layer.
    pub fn members(&self) -> &[Member] {
        &self.all
    }

    /// One of the members; `None` if the stack is none.
    pub fn get(&self, stack: &StackRef) -> Option<&Member> {
        self.all.iter().find(|member| member.stack == *stack)
    }

    /// The members that would not start if joins did not start these stacks.
    pub fn resting(&self, joins: &BTreeMap<StackRef, Reason>) -> BTreeMap<StackRef, Rest> {
        let joined = self.ties.joins.iter();
        let joined = joined.filter(|edge| !joins.contains_key(&edge.downstream));
        let starting = self.ties.webhooks.iter().chain(joined).map(Edge::down);
        let roots = self.all.iter().filter(|it| it.tie != Tie::Started);
        let started = owned(reached(roots.map(|it| &it.stack), starting));
        let resting = self.all.iter().filter(|it| !started.contains(&it.stack));
        let why = |member: &Member| {
            let of_join = joins.get(&member.stack).cloned();
            (
                member.stack.clone(),
                of_join.map_or(Rest::Above, Rest::Join),
            )
        };
        resting.map(why).collect()
    }

    /// The stacks that read a member but that nothing starts.
    pub fn onlookers(&self) -> &[Onlooker] {
        &self.onlookers
    }

    /// The members that a member reads, according to states.
    pub fn reads(&self, stack: &StackRef) -> BTreeSet<&StackRef> {
        let references = self.ties.references.iter();
        let own = references.filter(|edge| edge.downstream == *stack);
        own.map(|edge| &edge.upstream)
            .filter(|upstream| self.get(upstream).is_some())
            .collect()
    }
}

/// The stacks in and below cycles, each with its cycle.
fn in_cycles(inside: &BTreeSet<&Edge>, dag: &Dag, cycles: &[Cycle]) -> BTreeMap<StackRef, Cycle> {
    let kept: BTreeSet<Edge> = dag.edges().collect();
    let on_cycles: Vec<&Edge> = inside
        .iter()
        .filter(|edge| !kept.contains(**edge))
        .copied()
        .collect();
    let mut found = BTreeMap::new();
    for cycle in cycles {
        // Everything on the cycle, over whichever edges, and everything below it.
        let round = reached(cycle.stacks(), on_cycles.iter().map(|edge| edge.down()));
        let below = reached(round, inside.iter().map(|edge| edge.down()));
        for stack in below {
            found.entry(stack.clone()).or_insert_with(|| cycle.clone());
        }
    }
    found
}

/// How often each stack runs for one change of the root. A join starts its stack once.
fn runs(root: &StackRef, ties: &Ties) -> BTreeMap<StackRef, u64> {
    let joined: BTreeSet<&StackRef> = ties.joins.iter().map(|edge| &edge.downstream).collect();
    let (dag, _) = Dag::without_cycles([root], &ties.webhooks);
    let runs = dag.runs_for(root).unwrap_or_default().into_iter();
    let runs = runs.filter(|(stack, _)| !joined.contains(stack));
    runs.map(|(stack, n)| (stack.clone(), n)).collect()
}

fn onlookers(taken: &BTreeSet<StackRef>, references: &BTreeSet<Edge>) -> Vec<Onlooker> {
    let mut found: BTreeMap<&StackRef, BTreeSet<StackRef>> = BTreeMap::new();
    for edge in references {
        if taken.contains(&edge.upstream) && !taken.contains(&edge.downstream) {
            let reads = found.entry(&edge.downstream).or_default();
            reads.insert(edge.upstream.clone());
        }
    }
    let onlooker = |(stack, reads): (&StackRef, BTreeSet<StackRef>)| Onlooker {
        stack: stack.clone(),
        reads,
    };
    found.into_iter().map(onlooker).collect()
}

fn owned(stacks: BTreeSet<&StackRef>) -> BTreeSet<StackRef> {
    stacks.into_iter().cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{DIAMOND, edges, stack};
    use super::*;
    use std::fmt::Write as _;

    fn names(stacks: &BTreeSet<StackRef>) -> String {
        let names: Vec<&str> = stacks.iter().map(StackRef::project).collect();
        names.join(",")
    }

    fn check(ties: Ties, takes_all: bool) -> String {
        shown(&Members::of(&stack("network"), ties, takes_all))
    }

    fn shown(members: &Members) -> String {
        let mut text = String::new();
        for member in members.members() {
            let runs = match member.n_runs {
                1 => String::new(),
                n => format!(" runs {n} times"),
            };
            let cycle = member.cycle.as_ref().map(|cycle| format!(" in {cycle}"));
            writeln!(
                text,
                "{} {} {:?} after [{}]{runs}{}",
                member.layer,
                member.stack.project(),
                member.tie,
                names(&member.upstream),
                cycle.unwrap_or_default()
            )
            .unwrap();
        }
        for onlooker in members.onlookers() {
            let (stack, reads) = (onlooker.stack.project(), names(&onlooker.reads));
            writeln!(text, "{stack} only reads [{reads}]").unwrap();
        }
        text
    }

    #[test]
    fn whatever_an_update_starts_is_a_member_and_waits_for_whatever_it_reads() {
        let ties = Ties {
            webhooks: edges(&DIAMOND),
            references: edges(&[
                ("cluster", "database"),
                ("app", "billing"),
                ("network", "network"),
                ("billing", "audit"),
                ("elsewhere", "app"),
            ]),
            ..Ties::default()
        };
        insta::assert_snapshot!(check(ties.clone(), false), @r"
        0 network Root after []
        1 cluster Started after [network]
        2 database Started after [cluster,network]
        3 app Started after [cluster,database] runs 2 times
        billing only reads [app]
        ");
        insta::assert_snapshot!(check(ties, true), @r"
        0 network Root after []
        1 cluster Started after [network]
        2 database Started after [cluster,network]
        3 app Started after [cluster,database] runs 2 times
        4 billing Reads after [app]
        5 audit Reads after [billing]
        ");
    }

    #[test]
    fn a_join_starts_its_stack_once() {
        let ties = Ties {
            webhooks: edges(&DIAMOND[..2]),
            joins: edges(&DIAMOND[2..]),
            ..Ties::default()
        };
        insta::assert_snapshot!(check(ties, false), @r"
        0 network Root after []
        1 cluster Started after [network]
        1 database Started after [network]
        2 app Started after [cluster,database]
        ");
    }

    #[test]
    fn what_only_a_resting_join_would_start_rests_too() {
        let mut started = DIAMOND[..2].to_vec();
        started.extend([
            ("app", "below"),
            ("app", "both"),
            ("network", "both"),
            ("below", "last"),
        ]);
        let ties = Ties {
            webhooks: edges(&started),
            joins: edges(&DIAMOND[2..]),
            ..Ties::default()
        };
        let members = Members::of(&stack("network"), ties, false);
        assert_eq!(members.resting(&BTreeMap::new()), BTreeMap::new());
        let joins = BTreeMap::from([(stack("app"), Reason::NeverDeployed)]);
        let resting = members.resting(&joins);
        let lines = resting
            .iter()
            .map(|(stack, rest)| format!("{}: {}", stack.project(), rest.words()));
        insta::assert_snapshot!(lines.collect::<Vec<_>>().join("\n"), @r"
        app: it was never updated
        below: what would start it is not started
        last: what would start it is not started
        ");
    }

    #[test]
    fn what_goes_round_has_no_order_and_neither_has_what_is_below() {
        let ties = Ties {
            webhooks: edges(&[
                ("network", "a"),
                ("network", "good"),
                ("a", "b"),
                ("b", "below"),
            ]),
            references: edges(&[("b", "a")]),
            ..Ties::default()
        };
        insta::assert_snapshot!(check(ties, false), @r"
        0 b Started after [] in a/prod → b/prod → a/prod
        0 network Root after []
        1 a Started after [network] in a/prod → b/prod → a/prod
        1 below Started after [b] in a/prod → b/prod → a/prod
        1 good Started after [network]
        ");
    }

    #[test]
    fn what_was_learned_changes_the_order_and_takes_nobody_in() {
        let ties = Ties {
            webhooks: edges(&[("network", "a"), ("network", "b")]),
            ..Ties::default()
        };
        let members = Members::of(&stack("network"), ties, false);
        let learned = edges(&[("b", "a"), ("b", "elsewhere")]);
        insta::assert_snapshot!(shown(&members.with_references(&learned)), @r"
        0 network Root after []
        1 b Started after [network]
        2 a Started after [b,network]
        elsewhere only reads [b]
        ");
    }
}
