//! The findings about the whole live graph.
//!
//! # What this may not do
//!
//! Judge a stack that was not asked about.

use super::ends::Ends;
use super::finding::{Code, Finding, Severity, Subject};
use super::following::Following;
use super::shapes::shapes;
use super::words::name;
use super::{cycles, joins, pushes, targets, webhooks};
use crate::cloud::DeploymentSettings;
use crate::domain::{Scope, StackRef, Starts, WebhookId};
use crate::graph::Edge;
use crate::survey::{LiveEdge, LiveGraph, Stray};
use std::collections::BTreeMap;

/// The findings about a live graph.
pub fn audit(live: &LiveGraph) -> Vec<Finding> {
    let following = Following::of(live);
    let ends = Ends::of(&following.started);
    let settings: BTreeMap<StackRef, Option<DeploymentSettings>> = live
        .stacks
        .iter()
        .filter_map(|(stack, live)| Some((stack.clone(), live.settings.clone()?)))
        .collect();
    let mut findings = cycles::live(live);
    findings.extend(
        live.edges
            .iter()
            .filter_map(|edge| target_missing(live, edge)),
    );
    findings.extend(joins::joins(live));
    findings.extend(live.strays.iter().map(stray));
    findings.extend(targets::settings(&ends, &settings));
    findings.extend(pushes::pushes(&ends, &settings, &live.joined_stacks()));
    findings.extend(webhooks::duplicates(&live.edges));
    findings.extend(webhooks::other_events(&live.edges));
    findings.extend(shapes(&following.dag));
    findings.extend(missing_edges(live, &following));
    findings.extend(surplus_edges(live, &following));
    findings.sort_unstable();
    findings.into_iter().map(Finding::cleaned).collect()
}

fn target_missing(live: &LiveGraph, found: &LiveEdge) -> Option<Finding> {
    let LiveEdge { edge, webhook, .. } = found;
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
        subject: Subject::Webhook(found.id()),
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
        cure: "delete the webhook, or set its payload URL to `project/stack`".to_owned(),
        subject: Subject::Webhook(WebhookId {
            scope: Scope::from(upstream),
            name: webhook.clone(),
        }),
    }
}

/// References to stacks that the referring stack does not follow.
fn missing_edges(live: &LiveGraph, following: &Following) -> Vec<Finding> {
    let webhooks: BTreeMap<&Edge, &LiveEdge> =
        live.edges.iter().map(|live| (&live.edge, live)).collect();
    let finding = |edge: &Edge| {
        let (upstream, downstream) = (name(&edge.upstream), name(&edge.downstream));
        let but = match webhooks.get(edge) {
            Some(live) if live.starts() == Starts::Inactive => format!(
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
            cure: format!("declare the edge from {upstream} to {downstream}"),
            subject: Subject::Edge(edge.clone()),
        }
    };
    following.missing(live).into_iter().map(finding).collect()
}

/// Edges to stacks that have no reference to the stack they follow.
fn surplus_edges(live: &LiveGraph, following: &Following) -> Vec<Finding> {
    let finding = |edge: &Edge| {
        Finding {
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
        subject: Subject::Edge(edge.clone()),
    }
    };
    following.surplus(live).into_iter().map(finding).collect()
}
