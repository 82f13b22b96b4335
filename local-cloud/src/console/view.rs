//! What the pages show, as plain data, and how it is derived from the store's results.
//!
//! These are pure functions. Nothing here contains a secret, so no template can show one.

use super::place;
use super::text::{self, Time};
use crate::domain::deployments::Deployment;
use crate::domain::stacks::StackPath;
use crate::domain::updates::{Update, UpdateStatus};
use crate::domain::webhooks::{Delivery, Scope, Webhook};
use crate::store::{Activity, LogLine, Step};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;

/// The state of a stack in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum StackState {
    Idle,
    Queued,
    Running,
    Succeeded,
    Failed,
}

impl StackState {
    pub(super) const ALL: [StackState; 5] = [
        StackState::Running,
        StackState::Queued,
        StackState::Failed,
        StackState::Succeeded,
        StackState::Idle,
    ];

    fn as_str(self) -> &'static str {
        match self {
            StackState::Idle => "idle",
            StackState::Queued => "queued",
            StackState::Running => "running",
            StackState::Succeeded => "succeeded",
            StackState::Failed => "failed",
        }
    }
}

impl fmt::Display for StackState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The state of a stack: running first, then queued, then the last result.
pub(super) fn state(activity: &Activity) -> StackState {
    if activity.is_updating || activity.is_deploying {
        return StackState::Running;
    }
    if activity.n_waiting > 0 {
        return StackState::Queued;
    }
    let update = activity.last_update.as_ref().map(|update| {
        (
            update.ended * 1000,
            update.status == UpdateStatus::Succeeded,
        )
    });
    let deployment = activity
        .last_deployment
        .map(|deployment| (deployment.ended, deployment.is_success));
    // A deployment ends after its update. It comes last here, so it wins if the times are equal.
    match [update, deployment]
        .into_iter()
        .flatten()
        .max_by_key(|(ended, _)| *ended)
    {
        None => StackState::Idle,
        Some((_, true)) => StackState::Succeeded,
        Some((_, false)) => StackState::Failed,
    }
}

/// A number that increases with each completed update and deployment of a stack.
pub(super) fn age(activity: &Activity) -> i64 {
    let updates = activity.last_update.as_ref().map(|update| update.version);
    let deployments = activity
        .last_deployment
        .map(|deployment| deployment.version);
    updates.unwrap_or_default() + deployments.unwrap_or_default()
}

/// The page of a stack.
pub(super) fn stack_url(path: &StackPath) -> String {
    place::of([
        path.organization.as_str(),
        path.project.as_str(),
        path.stack.as_str(),
    ])
}

/// A page below that of a stack.
fn of_stack(path: &StackPath, kind: &str, name: &str) -> String {
    stack_url(path) + &place::of([kind, name])
}

/// A stack of an organization, as a row.
#[derive(Clone, Debug)]
pub(super) struct StackView {
    /// As `project/stack`.
    pub(super) name: String,
    pub(super) url: String,
    pub(super) state: StackState,
    /// The result of the latest update.
    pub(super) last_update: Option<LastUpdateView>,
    pub(super) n_resources: i64,
}

/// The result of an update, as a row.
#[derive(Clone, Debug)]
pub(super) struct LastUpdateView {
    pub(super) version: i64,
    pub(super) kind: &'static str,
    pub(super) result: &'static str,
    pub(super) url: String,
    pub(super) ended: Time,
}

impl StackView {
    pub(super) fn new(activity: &Activity, now: Timestamp) -> StackView {
        let path = &activity.path;
        let last_update = activity.last_update.as_ref().map(|update| LastUpdateView {
            version: update.version,
            kind: update.kind.as_str(),
            result: update.status.as_str(),
            url: of_stack(path, "updates", &update.version.to_string()),
            ended: Time::of_seconds(update.ended, now),
        });
        StackView {
            name: short_name(path),
            url: stack_url(path),
            state: state(activity),
            last_update,
            n_resources: activity.resource_count,
        }
    }
}

/// A stack's name within its organization.
pub(super) fn short_name(path: &StackPath) -> String {
    format!("{}/{}", path.project, path.stack)
}

/// An update or a preview.
#[derive(Clone, Debug)]
pub(super) struct UpdateView {
    /// The version of an update; a preview has none.
    pub(super) name: String,
    pub(super) url: String,
    pub(super) status: &'static str,
    pub(super) is_running: bool,
    pub(super) message: String,
    pub(super) started: Time,
    pub(super) took: Option<String>,
    /// Such as `2 created, 1 updated`.
    pub(super) changes: String,
}

/// The page of an update, by its version, or of a preview, by its UID.
pub(super) fn url_of_update(path: &StackPath, uid: &str, version: i64, is_preview: bool) -> String {
    if is_preview {
        of_stack(path, "previews", uid)
    } else {
        of_stack(path, "updates", &version.to_string())
    }
}

impl UpdateView {
    pub(super) fn new(path: &StackPath, update: &Update, now: Timestamp) -> UpdateView {
        let url = url_of_update(path, &update.uid, update.version, update.is_preview);
        let name = if update.is_preview {
            format!("preview of {}", update.kind.as_str())
        } else {
            format!("{} {}", update.kind.as_str(), update.version)
        };
        let took = update
            .ended
            .map(|ended| text::took_seconds(ended - update.started));
        UpdateView {
            name,
            url,
            status: update.status.as_str(),
            is_running: !update.status.has_ended(),
            message: update.message.clone(),
            started: Time::of_seconds(update.started, now),
            took,
            changes: changes(update.resource_changes.get(), update.is_preview),
        }
    }
}

/// The numbers of changed resources, in words.
fn changes(json: &str, is_preview: bool) -> String {
    let counts: BTreeMap<String, i64> = serde_json::from_str(json).unwrap_or_default();
    let word = |operation: &str| match operation {
        "create" => "created".to_owned(),
        "update" => "updated".to_owned(),
        "delete" => "deleted".to_owned(),
        "replace" => "replaced".to_owned(),
        "same" => "unchanged".to_owned(),
        other => other.to_owned(),
    };
    let counts = counts.iter().filter(|(_, n)| **n > 0);
    let words: Vec<_> = counts
        .map(|(operation, n)| format!("{n} {}", word(operation)))
        .collect();
    match (words.is_empty(), is_preview) {
        (true, _) => String::new(),
        (false, false) => words.join(", "),
        (false, true) => format!("{} (if it were run)", words.join(", ")),
    }
}

/// A deployment.
#[derive(Clone, Debug)]
pub(super) struct DeploymentView {
    pub(super) version: i64,
    pub(super) url: String,
    pub(super) operation: &'static str,
    pub(super) status: &'static str,
    pub(super) is_over: bool,
    pub(super) initiator: String,
    pub(super) created: Time,
    pub(super) waited: Option<String>,
    pub(super) took: Option<String>,
}

impl DeploymentView {
    pub(super) fn new(deployment: &Deployment, now: Timestamp) -> DeploymentView {
        let is_over = deployment.status.has_ended();
        let took = |begun| text::took(deployment.modified - begun);
        DeploymentView {
            version: deployment.version,
            url: of_stack(
                &deployment.stack,
                "deployments",
                &deployment.version.to_string(),
            ),
            operation: deployment.operation.as_str(),
            status: deployment.status.as_str(),
            is_over,
            initiator: deployment.initiator.clone(),
            created: Time::of_ms(deployment.created, now),
            waited: deployment
                .started
                .map(|begun| text::took(begun - deployment.created)),
            took: deployment.started.filter(|_| is_over).map(took),
        }
    }
}

/// A step of a deployment with its log.
#[derive(Clone, Debug)]
pub(super) struct StepView {
    pub(super) name: String,
    pub(super) status: String,
    pub(super) took: String,
    pub(super) log: String,
}

/// The steps of a deployment, each with its part of the log.
pub(super) fn steps(steps: Vec<Step>, lines: Vec<LogLine>) -> Vec<StepView> {
    let mut logs: Vec<String> = Vec::new();
    for line in lines {
        if line.header.is_some() {
            logs.push(String::new());
        } else if let Some(log) = logs.last_mut() {
            log.push_str(&text::without_escapes(&line.text));
            if !line.text.ends_with('\n') {
                log.push('\n');
            }
        }
    }
    let mut logs = logs.into_iter();
    let steps = steps.into_iter().map(|step| StepView {
        took: text::took(step.modified - step.started),
        name: step.name,
        status: step.status,
        log: logs.next().unwrap_or_default(),
    });
    steps.collect()
}

/// A webhook.
#[derive(Clone, Debug)]
pub(super) struct WebhookView {
    pub(super) name: String,
    pub(super) display_name: String,
    pub(super) url: String,
    pub(super) format: &'static str,
    /// Its target, without what may give access.
    pub(super) target: String,
    /// The page of the stack that it deploys.
    pub(super) target_url: Option<String>,
    pub(super) is_active: bool,
    pub(super) has_secret: bool,
    pub(super) events: Vec<&'static str>,
}

impl WebhookView {
    pub(super) fn new(webhook: &Webhook) -> WebhookView {
        let settings = &webhook.settings;
        let groups = settings.groups.iter().map(|group| group.as_str());
        let filters = settings.filters.iter().map(|filter| filter.as_str());
        let organization = webhook.scope.organization();
        let is_deployment = settings.format == crate::domain::webhooks::Format::PulumiDeployments;
        let target = StackPath::in_organization(organization, &settings.payload_url);
        WebhookView {
            name: webhook.name.clone(),
            display_name: settings.display_name.clone(),
            url: webhook_url(&webhook.scope, &webhook.name),
            format: settings.format.as_str(),
            target: text::shown_url(&settings.payload_url, settings.format),
            target_url: target
                .filter(|_| is_deployment)
                .map(|path| stack_url(&path)),
            is_active: settings.active,
            has_secret: webhook.secret.is_some(),
            events: groups.chain(filters).collect(),
        }
    }
}

/// The page of a webhook.
pub(super) fn webhook_url(scope: &Scope, name: &str) -> String {
    match scope {
        Scope::Organization(organization) => place::of([organization, "-", "webhooks", name]),
        Scope::Stack(path) => of_stack(path, "webhooks", name),
        // There is no such page.
        Scope::Environment(path) => place::of([path.organization.as_str()]),
    }
}

/// A delivery of a webhook.
#[derive(Clone, Debug)]
pub(super) struct DeliveryView {
    pub(super) id: String,
    pub(super) kind: String,
    pub(super) sent: Time,
    pub(super) took: String,
    /// The response code; 0 if there was no answer.
    pub(super) code: u16,
    pub(super) is_success: bool,
    pub(super) target: String,
    pub(super) request_headers: String,
    pub(super) payload: String,
    pub(super) response_headers: String,
    pub(super) response: String,
}

impl DeliveryView {
    pub(super) fn new(delivery: &Delivery, webhook: &Webhook, now: Timestamp) -> DeliveryView {
        DeliveryView {
            id: delivery.id.clone(),
            kind: delivery.kind.clone(),
            sent: Time::of_seconds(delivery.timestamp, now),
            took: text::took(delivery.duration_ms),
            code: delivery.response_code,
            is_success: (200..300).contains(&delivery.response_code),
            target: text::shown_url(&delivery.request_url, webhook.settings.format),
            request_headers: text::shown_headers(&delivery.request_headers),
            payload: text::pretty(&delivery.payload),
            response_headers: text::shown_headers(&delivery.response_headers),
            response: text::pretty(&delivery.response_body),
        }
    }
}

#[cfg(test)]
mod tests;
