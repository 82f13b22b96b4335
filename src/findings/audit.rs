//! What is to be said about the whole graph that is live.
//!
//! # What this may not do
//!
//! Miss an edge whose webhooks the cloud did not tell, or call one surplus whose references it did not tell.

use super::finding::{Code, Finding, Severity};
use super::shapes::shapes;
use super::starts::Starts;
use super::words::name;
use super::{cycles, pushes, targets, webhooks};
use crate::cloud::DeploymentSettings;
use crate::domain::StackRef;
use crate::graph::{Dag, Edge};
use crate::survey::LiveEdge;
use crate::survey::{LiveGraph, Stray};
use std::collections::{BTreeMap, BTreeSet};

/// What is to be said about a live graph.
pub fn audit(live: &LiveGraph) -> Vec<Finding> {
    let started = live.starts();
    let starts = Starts::of(&started);
    let settings: BTreeMap<StackRef, Option<DeploymentSettings>> = live
        .stacks
        .iter()
        .filter_map(|(stack, live)| Some((stack.clone(), live.settings.clone()?)))
        .collect();
    let (dag, _) = Dag::without_cycles([], &started);
    let mut findings = cycles::live(&live.edges);
    findings.extend(
        live.edges
            .iter()
            .filter_map(|edge| target_missing(live, edge)),
    );
    findings.extend(live.strays.iter().map(stray));
    findings.extend(targets::settings(&starts, &settings));
    findings.extend(pushes::pushes(&starts, &settings));
    findings.extend(webhooks::duplicates(&live.edges));
    findings.extend(webhooks::other_events(&live.edges));
    findings.extend(shapes(&dag));
    findings.extend(missing_edges(live, &started, &dag));
    findings.extend(surplus_edges(live, &started));
    findings.sort_unstable();
    findings
}

fn target_missing(live: &LiveGraph, edge: &LiveEdge) -> Option<Finding> {
    let LiveEdge { edge, webhook, .. } = edge;
    if live.stacks.contains_key(&edge.downstream) || !live.covers(&edge.downstream) {
        return None;
    }
    Some(Finding {
        code: Code::TargetMissing,
        severity: Severity::Error,
        stacks: vec![edge.downstream.clone(), edge.upstream.clone()],
        edges: vec![edge.clone()],
        sentence: format!(
            "the webhook `{webhook}` of the stack {} should start {}, which does not exist",
            name(&edge.upstream),
            name(&edge.downstream)
        ),
        cure: "delete the webhook, or create the stack".to_owned(),
    })
}

fn stray(stray: &Stray) -> Finding {
    let Stray {
        upstream,
        webhook,
        target,
    } = stray;
    Finding {
        code: Code::TargetMissing,
        severity: Severity::Error,
        stacks: vec![upstream.clone()],
        edges: Vec::new(),
        sentence: format!(
            "the webhook `{webhook}` of the stack {} should start `{target}`, which names no stack of its organization",
            name(upstream)
        ),
        cure: "delete the webhook, or let its payload URL be `project/stack`".to_owned(),
    }
}

/// References to stacks that the one who refers does not follow, by whichever way.
fn missing_edges(live: &LiveGraph, started: &BTreeSet<Edge>, dag: &Dag) -> Vec<Finding> {
    let follows =
        |edge: &Edge| started.contains(edge) || dag.reaches(&edge.upstream, &edge.downstream);
    let can_follow = |edge: &&Edge| {
        edge.upstream != edge.downstream
            && edge.upstream.organization() == edge.downstream.organization()
    };
    let all_known = live.stacks.values().all(|stack| stack.knows_webhooks);
    let missing = live
        .references
        .iter()
        .filter(can_follow)
        .filter(|edge| all_known && !follows(edge));
    let webhooks: BTreeMap<&Edge, &LiveEdge> =
        live.edges.iter().map(|live| (&live.edge, live)).collect();
    let finding = |edge: &Edge| {
        let idle = webhooks.get(edge);
        let (upstream, downstream) = (name(&edge.upstream), name(&edge.downstream));
        let but = match idle {
            Some(live) if !live.active => format!(
                "the webhook `{}` that would start it is not active",
                live.webhook
            ),
            Some(live) => format!(
                "the webhook `{}` does not start it after updates",
                live.webhook
            ),
            None => format!("an update of {upstream} does not start it"),
        };
        Finding {
            code: Code::MissingEdge,
            severity: Severity::Warning,
            stacks: vec![edge.downstream.clone(), edge.upstream.clone()],
            edges: vec![edge.clone()],
            sentence: format!("the stack {downstream} refers to {upstream}, but {but}"),
            cure: format!("let it follow: declare the edge from {upstream} to {downstream}"),
        }
    };
    missing.map(finding).collect()
}

/// Edges to stacks that do not refer to the one they follow.
fn surplus_edges(live: &LiveGraph, started: &BTreeSet<Edge>) -> Vec<Finding> {
    let is_known = |stack: &StackRef| {
        live.stacks
            .get(stack)
            .is_some_and(|live| live.knows_references)
    };
    let is_there = |stack: &StackRef| live.stacks.contains_key(stack) || !live.covers(stack);
    let surplus = started.iter().filter(|edge| {
        edge.upstream != edge.downstream
            && is_known(&edge.upstream)
            && is_there(&edge.downstream)
            && !live.references.contains(edge)
    });
    surplus
        .map(|edge| Finding {
            code: Code::SurplusEdge,
            severity: Severity::Notice,
            stacks: vec![edge.downstream.clone(), edge.upstream.clone()],
            edges: vec![edge.clone()],
            sentence: format!(
                "an update of {} starts the stack {}, which holds no StackReference to it",
                name(&edge.upstream),
                name(&edge.downstream)
            ),
            cure: "remove the edge, unless the order itself is wanted, as from one environment to the next".to_owned(),
        })
        .collect()
}
