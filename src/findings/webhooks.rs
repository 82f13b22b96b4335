//! Webhooks that start the same stack as others do, or at other times than after an update.
//!
//! # What this may not do
//!
//! Take one of a program's own webhooks for somebody else's.

use super::words::{name, words};
use super::{Code, Declared, Finding, Severity};
use crate::domain::Filter;
use crate::graph::Edge;
use crate::survey::LiveEdge;
use std::collections::BTreeMap;

/// Active webhooks, not of this program, that start the same stack as one of its edges.
pub(super) fn others(declared: &Declared, live: &[LiveEdge]) -> Vec<Finding> {
    let others = live.iter().filter(|live| {
        live.active
            && declared.edges.contains(&live.edge)
            && !declared.webhooks.contains(&live.webhook)
    });
    let finding = |other: &LiveEdge| Finding {
        code: Code::DuplicateWebhook,
        severity: severity(other),
        stacks: vec![other.edge.upstream.clone(), other.edge.downstream.clone()],
        edges: vec![other.edge.clone()],
        sentence: format!(
            "the webhook `{}` of the stack {}, which is not of this program, starts {} as well{}{}",
            other.webhook,
            name(&other.edge.upstream),
            name(&other.edge.downstream),
            events(other),
            consequence(other),
        ),
        cure: "delete that webhook, or remove the edge here".to_owned(),
    };
    others.map(finding).collect()
}

/// Several active webhooks of one stack that start one and the same other stack.
pub(super) fn duplicates(live: &[LiveEdge]) -> Vec<Finding> {
    let mut by_edge: BTreeMap<&Edge, Vec<&LiveEdge>> = BTreeMap::new();
    for live in live.iter().filter(|live| live.active) {
        by_edge.entry(&live.edge).or_default().push(live);
    }
    let several = by_edge.into_iter().filter(|(_, same)| same.len() > 1);
    several
        .map(|(edge, same)| Finding {
            code: Code::DuplicateWebhook,
            severity: Severity::Warning,
            stacks: vec![edge.upstream.clone(), edge.downstream.clone()],
            edges: vec![edge.clone()],
            sentence: format!(
                "the webhooks {} of the stack {} all start {}, each by itself",
                words(same.iter().map(|live| &live.webhook)),
                name(&edge.upstream),
                name(&edge.downstream),
            ),
            cure: "keep one of them".to_owned(),
        })
        .collect()
}

/// Active webhooks that start their target at other events than a successful update.
pub(super) fn other_events(live: &[LiveEdge]) -> Vec<Finding> {
    let is_usual = |event: &String| event == Filter::UpdateSucceeded.as_str();
    let unusual = live
        .iter()
        .filter(|live| live.active && !live.events.iter().all(is_usual));
    let finding = |live: &LiveEdge| {
        let others: Vec<&String> = live
            .events
            .iter()
            .filter(|event| !is_usual(event))
            .collect();
        let also = if others.len() < live.events.len() {
            "also at"
        } else {
            "not after an update, but at"
        };
        Finding {
            code: Code::OtherEvents,
            severity: if live.events.len() > 1 {
                Severity::Warning
            } else {
                Severity::Notice
            },
            stacks: vec![live.edge.upstream.clone(), live.edge.downstream.clone()],
            edges: vec![live.edge.clone()],
            sentence: format!(
                "the webhook `{}` of the stack {} starts {} {also} {}",
                live.webhook,
                name(&live.edge.upstream),
                name(&live.edge.downstream),
                words(others),
            ),
            cure: "set its filters to `update_succeeded` alone, and its groups to none".to_owned(),
        }
    };
    unusual.map(finding).collect()
}

fn severity(other: &LiveEdge) -> Severity {
    if other.follows_updates() {
        Severity::Warning
    } else {
        Severity::Notice
    }
}

/// By which events a webhook starts its target, where it is not the usual one alone.
pub(super) fn events(live: &LiveEdge) -> String {
    if live.events == [Filter::UpdateSucceeded.as_str()] {
        String::new()
    } else {
        format!(" (at {})", words(&live.events))
    }
}

fn consequence(other: &LiveEdge) -> &'static str {
    if other.follows_updates() {
        ", so it runs more than once for each update"
    } else {
        ""
    }
}
