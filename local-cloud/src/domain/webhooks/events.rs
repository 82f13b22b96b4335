//! The events that Pulumi Cloud sends to webhooks, and their groups.

use crate::domain::words::{self, UnknownWord};
use std::str::FromStr;

/// A group of events that a webhook can ask for as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Group {
    Stacks,
    Deployments,
    Policies,
    Environments,
    ChangeRequests,
}

impl Group {
    const ALL: [Group; 5] = [
        Group::Stacks,
        Group::Deployments,
        Group::Policies,
        Group::Environments,
        Group::ChangeRequests,
    ];

    /// Its name in the API.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Group::Stacks => "stacks",
            Group::Deployments => "deployments",
            Group::Policies => "policies",
            Group::Environments => "environments",
            Group::ChangeRequests => "change_requests",
        }
    }

    /// Whether it contains an event with this name.
    pub(crate) fn has(self, event: &str) -> bool {
        self.events().contains(&event)
    }

    /// Its events.
    fn events(self) -> &'static [&'static str] {
        match self {
            Group::Stacks => &[
                "stack_created",
                "stack_deleted",
                "update_succeeded",
                "update_failed",
                "preview_succeeded",
                "preview_failed",
                "destroy_succeeded",
                "destroy_failed",
                "refresh_succeeded",
                "refresh_failed",
                "import_succeeded",
                "import_failed",
            ],
            Group::Deployments => &[
                "deployment_queued",
                "deployment_started",
                "deployment_succeeded",
                "deployment_failed",
                "deployment_file_ingestion_failed",
                "drift_detected",
                "drift_detection_succeeded",
                "drift_detection_failed",
                "drift_remediation_succeeded",
                "drift_remediation_failed",
            ],
            Group::Policies => &["policy_violation_mandatory", "policy_violation_advisory"],
            Group::Environments => &[
                "environment_created",
                "environment_deleted",
                "environment_revision_created",
                "environment_revision_retracted",
                "environment_revision_tag_created",
                "environment_revision_tag_deleted",
                "environment_revision_tag_updated",
                "environment_tag_created",
                "environment_tag_deleted",
                "environment_tag_updated",
                "imported_environment_changed",
                "environment_rotation_succeeded",
                "environment_rotation_failed",
            ],
            Group::ChangeRequests => &[
                "change_request_created",
                "change_request_updated",
                "change_request_approved",
                "change_request_unapproved",
                "change_request_closed",
                "change_request_applied",
                "change_request_submitted",
            ],
        }
    }
}

impl FromStr for Group {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Group, UnknownWord> {
        words::find(&Group::ALL, Group::as_str, "group", text)
    }
}

/// An event that a webhook can receive: a filter, in the terms of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Event(&'static str);

impl Event {
    /// Its name in the API.
    pub(crate) fn as_str(self) -> &'static str {
        self.0
    }
}

impl FromStr for Event {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Event, UnknownWord> {
        let mut all = Group::ALL.into_iter().flat_map(Group::events);
        let found = all.find(|name| **name == text);
        found
            .map(|name| Event(name))
            .ok_or_else(|| UnknownWord::new("filter", text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn each_event_belongs_to_one_group() {
        let all: Vec<_> = Group::ALL.into_iter().flat_map(Group::events).collect();
        assert_eq!(all.len(), 44);
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
        for name in all {
            assert_eq!(name.parse::<Event>().unwrap().as_str(), *name);
        }
    }

    #[test]
    fn unknown_words_are_named() {
        assert_eq!(
            "update".parse::<Event>().unwrap_err().to_string(),
            "unknown filter `update`"
        );
        assert_eq!(
            "stack".parse::<Group>().unwrap_err().to_string(),
            "unknown group `stack`"
        );
    }
}
