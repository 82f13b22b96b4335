//! Whether the stacks of edges exist and can be deployed.
//!
//! # What this may not do
//!
//! Report that a missing stack has no settings either.

use super::ends::Ends;
use super::finding::{Code, Declared, Finding, Severity, Subject};
use super::words::{any_of, name, names};
use crate::cloud::{DeploymentSettings, Pauses};
use crate::domain::StackRef;
use crate::graph::Edge;
use crate::survey::Facts;
use crate::words::quotes_hint;
use std::collections::{BTreeMap, BTreeSet};

/// Stacks of a program's edges that do not exist, unless the program declares them itself.
pub(super) fn missing(ends: &Ends<'_>, declared: &Declared, facts: &Facts) -> Vec<Finding> {
    let missing = facts
        .webhooks
        .iter()
        .filter(|(_, webhooks)| webhooks.is_none());
    let missing = missing
        .map(|(stack, _)| stack)
        .filter(|stack| !declared.stacks.contains(stack));
    missing
        .filter_map(|stack| is_missing(stack, ends))
        .collect()
}

fn is_missing(stack: &StackRef, ends: &Ends<'_>) -> Option<Finding> {
    let missing = name(stack);
    let (edges, others, sentence, cure) = if let Some(upstream) = ends.upstream_of.get(stack) {
        (
            ends.edges_to(stack),
            upstream,
            format!(
                "the stack {missing} does not exist, so an update of {} starts nothing",
                any_of(upstream.iter().copied())
            ),
            format!(
                "create it, or remove it from the stacks that follow {}",
                names(upstream.iter().copied())
            ),
        )
    } else {
        let downstream = ends.downstream_of.get(stack)?;
        (
            ends.edges_from(stack),
            downstream,
            format!(
                "the stack {missing} does not exist, so nothing can follow it, and {} will not",
                names(downstream.iter().copied())
            ),
            format!(
                "create it, or correct its name{}",
                quotes_hint(&stack.short())
            ),
        )
    };
    Some(Finding {
        code: Code::StackMissing,
        severity: Severity::Error,
        stacks: stack_and(stack, others),
        edges,
        sentence,
        cure,
        subject: Subject::Stack(stack.clone()),
    })
}

/// Stacks that webhooks should start but that have no deployment settings, or unusable ones. Missing stacks are skipped
/// here; [`missing`] reports them.
pub(super) fn settings(
    ends: &Ends<'_>,
    settings: &BTreeMap<StackRef, Option<DeploymentSettings>>,
) -> Vec<Finding> {
    let finding = |(stack, upstream): (&&StackRef, &BTreeSet<&StackRef>)| {
        let after = any_of(upstream.iter().copied());
        let (code, severity, sentence, cure) = match settings.get(*stack)? {
            None => (
                Code::NoSettings,
                Severity::Error,
                format!(
                    "the stack {} has no deployment settings, so an update of {after} starts nothing",
                    name(stack)
                ),
                "give it deployment settings that say where its program is",
            ),
            Some(settings) if !settings.has_source => (
                Code::NoSource,
                Severity::Warning,
                format!(
                    "the deployment settings of the stack {} do not say where its program is, so the deployment that an \
                     update of {after} starts will fail",
                    name(stack)
                ),
                "name its repository in its deployment settings",
            ),
            Some(_) => return None,
        };
        Some(Finding {
            code,
            severity,
            stacks: stack_and(stack, upstream),
            edges: ends.edges_to(stack),
            sentence,
            cure: cure.to_owned(),
            subject: Subject::Stack((*stack).clone()),
        })
    };
    ends.upstream_of.iter().filter_map(finding).collect()
}

/// Stacks whose deployments are paused until someone resumes them; one finding for a whole organization.
pub(super) fn paused(ends: &Ends<'_>, pauses: &BTreeMap<StackRef, Pauses>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut organizations: BTreeMap<&str, BTreeSet<&StackRef>> = BTreeMap::new();
    for (stack, upstream) in &ends.upstream_of {
        let waiting = pauses.get(*stack).copied().unwrap_or_default();
        if waiting.organization {
            organizations
                .entry(stack.organization())
                .or_default()
                .insert(stack);
        }
        if waiting.stack {
            let edges = ends.edges_to(stack);
            let waiting = Finding {
                stacks: stack_and(stack, upstream),
                ..waits(
                    &format!("deployments of the stack {} are paused", name(stack)),
                    edges,
                    Subject::Stack((*stack).clone()),
                )
            };
            findings.push(waiting);
        }
    }
    findings.extend(organizations.into_iter().map(|(organization, stacks)| {
        let edges = stacks.iter().flat_map(|stack| ends.edges_to(stack));
        Finding {
            stacks: stacks.iter().map(|stack| (*stack).clone()).collect(),
            ..waits(
                &format!("deployments of the organization `{organization}` are paused"),
                edges.collect(),
                Subject::Organization(organization.to_owned()),
            )
        }
    }));
    findings
}

/// A finding for paused deployments, so these edges start nothing for now.
fn waits(what: &str, edges: Vec<Edge>, subject: Subject) -> Finding {
    let upstream: BTreeSet<&StackRef> = edges.iter().map(|edge| &edge.upstream).collect();
    Finding {
        code: Code::Paused,
        severity: Severity::Warning,
        stacks: Vec::new(),
        sentence: format!(
            "{what}, so what an update of {} starts waits, for seven days at most",
            any_of(upstream)
        ),
        edges,
        cure: "resume them".to_owned(),
        subject,
    }
}

fn stack_and(stack: &StackRef, others: &BTreeSet<&StackRef>) -> Vec<StackRef> {
    std::iter::once(stack)
        .chain(others.iter().copied())
        .cloned()
        .collect()
}
