//! Webhooks that start the same stack as others, or at events other than a successful update.
//!
//! # What this may not do
//!
//! Mistake a program's own webhook for someone else's.

use super::finding::{Code, Declared, Finding, Severity, Subject};
use super::words::{name, times, words};
use crate::domain::{Filter, Starts, WebhookId, starts_per_run};
use crate::graph::Edge;
use crate::survey::LiveEdge;
use std::collections::BTreeMap;

/// A webhook that duplicates one of the program.
#[derive(Clone, Copy, Debug)]
pub struct Double<'a> {
    /// The other webhook.
    pub id: &'a WebhookId,
    /// The target of both, in words.
    pub target: &'a str,
    /// The events of the other webhook.
    pub events: &'a [String],
    /// Whether one change can start the target by both.
    pub runs_twice: bool,
    /// The name that the other webhook could have in the program.
    pub import_as: &'a str,
}

impl Double<'_> {
    /// What is wrong.
    pub fn sentence(&self) -> String {
        let consequence = if self.runs_twice {
            ", so it runs more than once for one change"
        } else {
            ""
        };
        format!(
            "the webhook `{}` starts {} as well{}{consequence}",
            self.id,
            self.target,
            at(self.events)
        )
    }

    /// What to do about it.
    pub fn cure(&self) -> String {
        format!(
            "unless that webhook is deleted in this update, keep one of the two: delete it, or remove the edge here \
             and take it into the program with `pulumi import auto-deploy:index:Webhook {} {}`",
            self.import_as, self.id
        )
    }
}

/// Active webhooks outside this program that start the same stack as one of its edges.
pub(super) fn others(declared: &Declared, live: &[LiveEdge]) -> Vec<Finding> {
    let others = live.iter().filter(|live| {
        live.starts().is_deployment()
            && declared.edges.contains(&live.edge)
            && !declared.webhooks.contains(&live.webhook)
    });
    others.map(other).collect()
}

fn other(other: &LiveEdge) -> Finding {
    let Edge {
        upstream,
        downstream,
    } = &other.edge;
    let id = other.id();
    let double = Double {
        id: &id,
        target: &name(downstream),
        events: &other.events,
        runs_twice: other.starts().is_edge(),
        import_as: &format!("{}-{}", downstream.project(), downstream.stack()),
    };
    Finding {
        code: Code::DuplicateWebhook,
        severity: severity(other),
        stacks: vec![upstream.clone(), downstream.clone()],
        edges: vec![other.edge.clone()],
        sentence: double.sentence(),
        cure: double.cure(),
        subject: Subject::Webhook(id.clone()),
    }
}

/// Active webhooks of one stack that start the same target.
pub(super) fn duplicates(live: &[LiveEdge]) -> Vec<Finding> {
    let mut by_edge: BTreeMap<&Edge, Vec<&LiveEdge>> = BTreeMap::new();
    for live in live.iter().filter(|live| live.starts().is_deployment()) {
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
                "the webhooks {} of the stack {} each start {}",
                words(same.iter().map(|live| &live.webhook)),
                name(&edge.upstream),
                name(&edge.downstream),
            ),
            cure: "keep one of them".to_owned(),
            subject: Subject::Edge(edge.clone()),
        })
        .collect()
}

/// The finding if the events of a program's webhooks do not start the target exactly once after each successful update.
pub(super) fn own_events(declared: &Declared) -> Option<Finding> {
    let events = &declared.events;
    let usual = Filter::UpdateSucceeded.as_str();
    let others: Vec<&String> = events.iter().filter(|event| *event != usual).collect();
    if others.is_empty() || declared.edges.is_empty() {
        return None;
    }
    let also = if others.len() < events.len() {
        "also at"
    } else {
        "not after an update, but at"
    };
    let per_run = starts_per_run(events);
    let (severity, consequence) = if per_run > 1 {
        let consequence = format!(
            ", so each deployment of a stack starts the ones that follow it {}",
            times(per_run)
        );
        (Severity::Warning, consequence)
    } else {
        (Severity::Notice, String::new())
    };
    Some(Finding {
        code: Code::OtherEvents,
        severity,
        stacks: Vec::new(),
        edges: declared.edges.iter().cloned().collect(),
        sentence: format!(
            "the webhooks here start stacks {also} {}{consequence}",
            words(others)
        ),
        cure: format!("set `filters` to `{usual}` alone"),
        subject: Subject::Events(events.clone()),
    })
}

/// Active webhooks that start their target at events other than a successful update.
pub(super) fn other_events(live: &[LiveEdge]) -> Vec<Finding> {
    live.iter().filter_map(at_other_events).collect()
}

fn at_other_events(live: &LiveEdge) -> Option<Finding> {
    let also = match live.starts() {
        Starts::AfterSuccess | Starts::Inactive | Starts::NoDeployment => return None,
        Starts::AfterSuccessAndMore => "also at",
        Starts::AfterDeployments | Starts::AtOtherEvents | Starts::NotAfterUpdates => {
            "not after an update, but at"
        }
    };
    let usual = Filter::UpdateSucceeded.as_str();
    let others: Vec<&String> = live.events.iter().filter(|event| *event != usual).collect();
    // A webhook without other events starts nothing else.
    others.first()?;
    Some(Finding {
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
        subject: Subject::Webhook(live.id()),
    })
}

fn severity(other: &LiveEdge) -> Severity {
    if other.starts().is_edge() {
        Severity::Warning
    } else {
        Severity::Notice
    }
}

/// The events at which a webhook starts its target, if they are not the usual one.
pub(super) fn at(events: &[String]) -> String {
    if events == [Filter::UpdateSucceeded.as_str()] {
        String::new()
    } else {
        format!(" (at {})", words(events))
    }
}
