//! Stacks that start each other forever.
//!
//! # What this may not do
//!
//! Count a webhook that starts nothing after an update.

use super::finding::{Code, Declared, Finding, Severity, Subject};
use super::words::name;
use crate::graph::{Cycle, Edge, find_cycles, find_cycles_over};
use crate::survey::{LiveEdge, LiveGraph};
use std::collections::{BTreeMap, BTreeSet};

/// Cycles that combine a program's edges and webhooks on the cloud. Cycles within the program's edges are refused
/// elsewhere.
pub(super) fn through_webhooks(declared: &Declared, live: &[LiveEdge]) -> Vec<Finding> {
    let others = live
        .iter()
        .filter(|live| live.starts().is_edge() && !declared.webhooks.contains(&live.webhook));
    let webhooks = by_edge(others);
    let all: BTreeSet<&Edge> = declared
        .edges
        .iter()
        .chain(webhooks.keys().copied())
        .collect();
    let cycles = find_cycles_over(all, &declared.edges).into_iter();
    let foreign = cycles.filter(|cycle| !cycle.edges().all(|edge| declared.edges.contains(&edge)));
    foreign
        .map(|cycle| finding(&cycle, &webhooks, &declared.edges))
        .collect()
}

/// Cycles of webhooks and joins on the cloud.
pub(super) fn live(live: &LiveGraph) -> Vec<Finding> {
    let webhooks = by_edge(live.direct().filter(|live| live.starts().is_edge()));
    let joined: BTreeSet<Edge> = live.joined().collect();
    let cycles = find_cycles(webhooks.keys().copied().chain(&joined)).into_iter();
    cycles
        .map(|cycle| finding(&cycle, &webhooks, &BTreeSet::new()))
        .collect()
}

/// The first webhook of each edge.
fn by_edge<'a>(live: impl Iterator<Item = &'a LiveEdge>) -> BTreeMap<&'a Edge, &'a LiveEdge> {
    let mut webhooks = BTreeMap::new();
    for live in live {
        webhooks.entry(&live.edge).or_insert(live);
    }
    webhooks
}

fn finding(
    cycle: &Cycle,
    webhooks: &BTreeMap<&Edge, &LiveEdge>,
    declared: &BTreeSet<Edge>,
) -> Finding {
    let step = |edge: &Edge| match webhooks.get(edge) {
        Some(live) if !declared.contains(edge) => format!(
            "{} starts {} by its webhook `{}`{}",
            name(&edge.upstream),
            name(&edge.downstream),
            live.webhook,
            super::webhooks::at(&live.events)
        ),
        None if declared.is_empty() => format!(
            "{} starts {} through its join",
            name(&edge.upstream),
            name(&edge.downstream)
        ),
        _ => format!(
            "{} starts {} here",
            name(&edge.upstream),
            name(&edge.downstream)
        ),
    };
    let edges: Vec<Edge> = cycle.edges().collect();
    let steps: Vec<String> = edges.iter().map(step).collect();
    let has_join = edges.iter().any(|edge| !webhooks.contains_key(edge));
    let cure = if declared.is_empty() && has_join {
        "delete one of these webhooks, or remove one of these edges from the program with the joins"
    } else if declared.is_empty() {
        "delete one of these webhooks"
    } else {
        "delete one of these webhooks, or remove one of these edges"
    };
    Finding {
        code: Code::Cycle,
        severity: Severity::Error,
        stacks: cycle.stacks().to_vec(),
        edges,
        sentence: format!(
            "stacks start each other forever, {cycle}: {}",
            steps.join(", ")
        ),
        cure: cure.to_owned(),
        subject: Subject::Cycle(cycle.clone()),
    }
}
