//! Findings about live joins: whether their conductors are woken up, and what else starts their stacks.
//!
//! # What this may not do
//!
//! Judge a join whose state was not read.

use super::conductor::{conductor, failed};
use super::finding::{Code, Finding, Severity, Subject};
use super::words::{name, names};
use crate::domain::StackRef;
use crate::graph::Edge;
use crate::survey::{LiveEdge, LiveGraph, LiveJoin};
use std::collections::{BTreeMap, BTreeSet};

/// The findings about the joins of a live graph and the stacks that conduct them.
pub(super) fn joins(live: &LiveGraph) -> Vec<Finding> {
    let mut findings: Vec<Finding> = live
        .joins
        .iter()
        .filter(|join| !join.stands_in())
        .flat_map(|join| without_wake_up(live, join))
        .collect();
    findings.extend(live.edges.iter().filter_map(|found| started(live, found)));
    findings.extend(twice(live));
    for (stack, seen) in &live.conductors {
        let settings = live.stacks.get(stack).and_then(|it| it.settings.as_ref());
        if let Some(settings) = settings {
            findings.extend(conductor(stack, settings.as_ref()));
        }
        findings.extend((seen.has_failed == Some(true)).then(|| failed(stack)));
    }
    findings
}

/// The upstream stacks of a join whose updates do not run the stack that conducts it.
fn without_wake_up(live: &LiveGraph, join: &LiveJoin) -> Vec<Finding> {
    let wakes = |upstream: &StackRef| {
        live.edges.iter().any(|found| {
            found.edge.upstream == *upstream
                && found.edge.downstream == join.conductor
                && found.starts().is_certain()
        })
    };
    let knows = |upstream: &StackRef| {
        let stack = live.stacks.get(upstream);
        stack.is_some_and(|stack| stack.knows_webhooks)
    };
    let silent = join
        .edges()
        .filter(|edge| knows(&edge.upstream) && !wakes(&edge.upstream));
    silent
        .map(|edge| {
            let (upstream, conductor) = (name(&edge.upstream), name(&join.conductor));
            Finding {
                code: Code::JoinWithoutWakeUp,
                severity: Severity::Warning,
                stacks: vec![edge.upstream.clone(), edge.downstream.clone()],
                sentence: format!(
                    "the stack {} waits for {upstream} by a join of {conductor}, but an update of {upstream} does \
                     not run {conductor}, so only the next run notices it",
                    name(&edge.downstream)
                ),
                cure: format!(
                    "give {upstream} a webhook with the format `pulumi_deployments`, the filter `update_succeeded` and the \
                     payload URL `{}`",
                    join.conductor.short()
                ),
                subject: Subject::Edge(edge.clone()),
                edges: vec![edge],
            }
        })
        .collect()
}

/// A webhook that starts a stack which a join also starts: the stack runs before the others are ready, and again.
fn started(live: &LiveGraph, found: &LiveEdge) -> Option<Finding> {
    let Edge {
        upstream,
        downstream,
    } = &found.edge;
    let alone = live.joins.iter().filter(|join| !join.stands_in());
    let join = alone.into_iter().find(|join| join.stack == *downstream)?;
    if !found.starts().is_deployment() {
        return None;
    }
    Some(Finding {
        code: Code::JoinedAndStarted,
        severity: Severity::Warning,
        stacks: vec![downstream.clone(), upstream.clone()],
        edges: vec![found.edge.clone()],
        sentence: format!(
            "the webhook `{}` of the stack {} starts {} as well, which a join of {} starts: it does not wait for the other \
             stacks",
            found.webhook,
            name(upstream),
            name(downstream),
            name(&join.conductor)
        ),
        cure: "delete the webhook".to_owned(),
        subject: Subject::Webhook(found.id()),
    })
}

/// Stacks that joins of several programs start.
fn twice(live: &LiveGraph) -> Vec<Finding> {
    let mut conductors: BTreeMap<&StackRef, BTreeSet<&StackRef>> = BTreeMap::new();
    for join in &live.joins {
        conductors
            .entry(&join.stack)
            .or_default()
            .insert(&join.conductor);
    }
    let several = conductors.into_iter().filter(|(_, all)| all.len() > 1);
    several
        .map(|(stack, all)| Finding {
            code: Code::JoinedTwice,
            severity: Severity::Warning,
            stacks: std::iter::once(stack)
                .chain(all.iter().copied())
                .cloned()
                .collect(),
            edges: Vec::new(),
            sentence: format!(
                "the programs of {} each have a join for the stack {}, so both may start it",
                names(all.iter().copied()),
                name(stack)
            ),
            cure: "keep one of the joins".to_owned(),
            subject: Subject::Stack(stack.clone()),
        })
        .collect()
}
