//! The bodies of deployments and updates.
//!
//! # What this may not do
//!
//! Leave the folder of the cloud.

use crate::cloud::deployment::{
    Deployment, DeploymentPage, DeploymentStatus, Operation, Update, UpdateResult,
};
use crate::domain::StackRef;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::{Deserialize, Deserializer, Serialize};

/// The body that starts a deployment.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::cloud) struct NewDeployment {
    pub(in crate::cloud) operation: &'static str,
    pub(in crate::cloud) inherit_settings: bool,
}

/// The answer to the start of a deployment.
#[derive(Deserialize)]
pub(in crate::cloud) struct StartedAnswer {
    pub(in crate::cloud) id: String,
    pub(in crate::cloud) version: i64,
}

/// A page of deployments, newest first.
#[derive(Default, Deserialize)]
pub(in crate::cloud) struct DeploymentList {
    pub(in crate::cloud) deployments: Vec<DeploymentAnswer>,
    /// The number of deployments on all pages, if the cloud says.
    #[serde(default)]
    pub(in crate::cloud) total: Option<usize>,
}

impl DeploymentList {
    /// The page with this number, from 1. Deployments that name no stack belong to `asked`.
    pub(in crate::cloud) fn into_page(
        self,
        organization: &str,
        asked: Option<&StackRef>,
        page: usize,
        page_size: usize,
    ) -> DeploymentPage {
        let is_short = self.deployments.len() < page_size;
        DeploymentPage {
            is_last: is_short || self.total.is_some_and(|total| page * page_size >= total),
            deployments: self
                .deployments
                .into_iter()
                .filter_map(|answer| answer.into_deployment(organization, asked))
                .collect(),
        }
    }
}

/// A deployment in an answer.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::cloud) struct DeploymentAnswer {
    id: String,
    version: i64,
    status: String,
    #[serde(deserialize_with = "time")]
    created: Timestamp,
    #[serde(deserialize_with = "time")]
    modified: Timestamp,
    #[serde(default)]
    project_name: Option<String>,
    #[serde(default)]
    stack_name: Option<String>,
    #[serde(default)]
    pulumi_operation: Option<String>,
    #[serde(default)]
    initiator: Option<String>,
    #[serde(default)]
    jobs: Option<Vec<JobAnswer>>,
    #[serde(default)]
    paused: bool,
    #[serde(default)]
    updates: Option<Vec<UpdateAnswer>>,
}

#[derive(Deserialize)]
struct JobAnswer {
    #[serde(default)]
    started: Option<String>,
}

impl DeploymentAnswer {
    /// The deployment of the stack that the answer names, or else of `asked`; `None` if neither names one.
    pub(in crate::cloud) fn into_deployment(
        self,
        organization: &str,
        asked: Option<&StackRef>,
    ) -> Option<Deployment> {
        let named = match (&self.project_name, &self.stack_name) {
            (Some(project), Some(stack)) => StackRef::new(organization, project, stack).ok(),
            _ => None,
        };
        let jobs = self.jobs.unwrap_or_default();
        let began = jobs
            .iter()
            .find_map(|job| parse_time(job.started.as_deref()?));
        let status = DeploymentStatus::from_word(&self.status);
        let updates = self.updates.unwrap_or_default().into_iter();
        Some(Deployment {
            stack: named.or_else(|| asked.cloned())?,
            id: self.id,
            version: self.version,
            ended: status.is_final().then_some(self.modified),
            status,
            operation: Operation::from_word(self.pulumi_operation.as_deref().unwrap_or_default()),
            initiator: self.initiator.unwrap_or_default(),
            created: self.created,
            began,
            is_paused: self.paused,
            updates: updates.map(Update::from).collect(),
        })
    }
}

/// The numbers of an organization's deployments.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::cloud) struct CountsAnswer {
    #[serde(default)]
    deployment_counts: Option<Counts>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Counts {
    #[serde(default)]
    not_started: usize,
    #[serde(default)]
    accepted: usize,
    #[serde(default)]
    running: usize,
}

impl CountsAnswer {
    /// The number of deployments that are not over; `None` if the cloud does not say.
    pub(in crate::cloud) fn unfinished(&self) -> Option<usize> {
        let counts = self.deployment_counts.as_ref()?;
        Some(counts.not_started + counts.accepted + counts.running)
    }
}

/// A page of the updates of a stack, newest first.
#[derive(Deserialize)]
pub(in crate::cloud) struct UpdateList {
    updates: Vec<UpdateAnswer>,
}

impl From<UpdateList> for Vec<Update> {
    fn from(list: UpdateList) -> Vec<Update> {
        list.updates.into_iter().map(Update::from).collect()
    }
}

/// An update of a stack, in its own list or in that of a deployment.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct UpdateAnswer {
    kind: String,
    result: String,
    #[serde(default)]
    start_time: i64,
    #[serde(default)]
    end_time: i64,
    #[serde(default)]
    version: i64,
}

impl From<UpdateAnswer> for Update {
    fn from(info: UpdateAnswer) -> Update {
        let time = |seconds: i64| Timestamp::from_second(seconds).ok().filter(|_| seconds > 0);
        Update {
            version: info.version,
            operation: Operation::from_word(&info.kind),
            result: match info.result.as_str() {
                "succeeded" => UpdateResult::Succeeded,
                "failed" => UpdateResult::Failed,
                // An unknown word: an update with an end is not running.
                _ if info.end_time > 0 => UpdateResult::Failed,
                _ => UpdateResult::Running,
            },
            began: time(info.start_time),
            ended: time(info.end_time),
        }
    }
}

/// Parses a time. The cloud writes some in RFC 3339, and some as `2026-01-31 10:00:00.000` in UTC.
fn time<'de, D: Deserializer<'de>>(from: D) -> Result<Timestamp, D::Error> {
    let text = String::deserialize(from)?;
    parse_time(&text).ok_or_else(|| serde::de::Error::custom("it is not a time"))
}

fn parse_time(text: &str) -> Option<Timestamp> {
    if let Ok(time) = text.parse() {
        return Some(time);
    }
    let civil: DateTime = text.trim().parse().ok()?;
    civil.to_zoned(TimeZone::UTC).ok().map(|at| at.timestamp())
}

/// A page of a deployment's log.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::cloud) struct LogPage {
    #[serde(default)]
    lines: Vec<LogLine>,
    #[serde(default)]
    pub(in crate::cloud) next_token: Option<String>,
}

/// A line. The beginning of a step has a header instead.
#[derive(Deserialize)]
struct LogLine {
    #[serde(default)]
    line: Option<String>,
}

impl LogPage {
    /// The lines that are not empty, without colours.
    pub(in crate::cloud) fn said(&self) -> impl Iterator<Item = String> {
        let lines = self.lines.iter().filter_map(|line| line.line.as_deref());
        lines.map(plain).filter(|line| !line.is_empty())
    }
}

/// A line without colour sequences and surrounding spaces.
fn plain(line: &str) -> String {
    let mut text = String::new();
    let mut rest = line.chars();
    while let Some(next) = rest.next() {
        if next == '\u{1b}' {
            // A sequence ends with its first letter.
            rest.by_ref().find(char::is_ascii_alphabetic);
        } else if !next.is_control() {
            text.push(next);
        }
    }
    text.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_both_forms_of_times() {
        for text in ["2026-01-31T10:00:00Z", "2026-01-31 10:00:00.000"] {
            let time = parse_time(text).expect("it is a time");
            assert_eq!(time.to_string(), "2026-01-31T10:00:00Z", "{text}");
        }
        assert_eq!(parse_time("yesterday"), None);
    }

    #[test]
    fn a_deployment_needs_no_more_than_the_cloud_promises() {
        let text = r#"{"id": "x", "version": 3, "status": "succeeded", "created": "2026-01-31 10:00:00.000",
            "modified": "2026-01-31 10:01:00.000"}"#;
        let answer: DeploymentAnswer = serde_json::from_str(text).expect("it is read");
        let stack = StackRef::new("acme", "web", "dev").expect("it is a stack");
        let read = answer
            .into_deployment("acme", Some(&stack))
            .expect("it has a stack");
        assert_eq!(read.stack, stack);
        assert_eq!(read.status, DeploymentStatus::Succeeded);
        assert_eq!(
            read.ended.map(|at| at.to_string()).as_deref(),
            Some("2026-01-31T10:01:00Z")
        );
    }
}
