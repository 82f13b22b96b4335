//! The formats, events and groups of events that Pulumi Cloud supports.
//!
//! From pulumi/pulumi-pulumiservice (`provider/pkg/resources/webhook.go`) and the Pulumi CLI (pulumi/pulumi,
//! `pkg/cmd/pulumi/stack/stack_webhook_new.go`), which knows some that the former does not.
//!
//! # What this may not do
//!
//! Know what a webhook does with them.

use super::scope::ScopeKind;
use crate::words::{nearest, quoted};
use std::str::FromStr;

/// The text is none of the expected words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not {what} that Pulumi Cloud knows{}", quoted(.given), hint(.suggestion.as_deref(), .all))]
pub struct UnknownWord {
    what: &'static str,
    given: String,
    suggestion: Option<&'static str>,
    all: Vec<&'static str>,
}

fn hint(suggestion: Option<&str>, all: &[&str]) -> String {
    match suggestion {
        Some(word) => format!(": did you mean `{word}`?"),
        None if all.len() <= 8 => format!(": write one of `{}`", all.join("`, `")),
        None => ": write one such as `update_succeeded`; the package's documentation lists all"
            .to_owned(),
    }
}

/// Defines a closed set of words as a type: each variant with its word on the wire.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident, $what:literal, { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $(
                #[doc = concat!("`", $word, "`.")]
                $(#[$variant_doc])*
                $variant,
            )*
        }

        impl $name {
            /// All variants, in the order in which they are defined.
            pub const ALL: &[$name] = &[$($name::$variant),*];

            /// The word on the wire.
            pub fn as_str(self) -> &'static str {
                match self {
                    $($name::$variant => $word,)*
                }
            }
        }

        impl FromStr for $name {
            type Err = UnknownWord;

            fn from_str(given: &str) -> Result<$name, UnknownWord> {
                $name::ALL.iter().copied().find(|known| known.as_str() == given).ok_or_else(|| {
                    let all: Vec<&'static str> = $name::ALL.iter().map(|known| known.as_str()).collect();
                    UnknownWord { what: $what, given: given.to_owned(), suggestion: nearest(given, all.iter().copied()), all }
                })
            }
        }
    };
}

words! {
    /// The form of a delivery.
    Format, "a format", {
        /// JSON over HTTP, signed if there is a secret.
        Raw = "raw",
        /// A message for Slack.
        Slack = "slack",
        /// Not a message, but a deployment of another stack.
        PulumiDeployments = "pulumi_deployments",
        /// A message for Microsoft Teams.
        MicrosoftTeams = "ms_teams",
    }
}

impl Format {
    /// Whether deliveries go to a chat. Anyone who knows its address can post there.
    pub fn is_of_a_chat(self) -> bool {
        matches!(self, Format::Slack | Format::MicrosoftTeams)
    }
}

words! {
    /// A group of events.
    Group, "a group of events", {
        Stacks = "stacks",
        Deployments = "deployments",
        Environments = "environments",
        Policies = "policies",
        ChangeRequests = "change_requests",
    }
}

words! {
    /// A single event.
    Filter, "an event", {
        StackCreated = "stack_created",
        StackDeleted = "stack_deleted",
        UpdateSucceeded = "update_succeeded",
        UpdateFailed = "update_failed",
        PreviewSucceeded = "preview_succeeded",
        PreviewFailed = "preview_failed",
        DestroySucceeded = "destroy_succeeded",
        DestroyFailed = "destroy_failed",
        RefreshSucceeded = "refresh_succeeded",
        RefreshFailed = "refresh_failed",
        ImportSucceeded = "import_succeeded",
        ImportFailed = "import_failed",
        DeploymentQueued = "deployment_queued",
        DeploymentStarted = "deployment_started",
        DeploymentSucceeded = "deployment_succeeded",
        DeploymentFailed = "deployment_failed",
        DeploymentFileIngestionFailed = "deployment_file_ingestion_failed",
        DriftDetected = "drift_detected",
        DriftDetectionSucceeded = "drift_detection_succeeded",
        DriftDetectionFailed = "drift_detection_failed",
        DriftRemediationSucceeded = "drift_remediation_succeeded",
        DriftRemediationFailed = "drift_remediation_failed",
        PolicyViolationMandatory = "policy_violation_mandatory",
        PolicyViolationAdvisory = "policy_violation_advisory",
        EnvironmentCreated = "environment_created",
        EnvironmentDeleted = "environment_deleted",
        EnvironmentRevisionCreated = "environment_revision_created",
        EnvironmentRevisionRetracted = "environment_revision_retracted",
        EnvironmentRevisionTagCreated = "environment_revision_tag_created",
        EnvironmentRevisionTagDeleted = "environment_revision_tag_deleted",
        EnvironmentRevisionTagUpdated = "environment_revision_tag_updated",
        EnvironmentTagCreated = "environment_tag_created",
        EnvironmentTagDeleted = "environment_tag_deleted",
        EnvironmentTagUpdated = "environment_tag_updated",
        ImportedEnvironmentChanged = "imported_environment_changed",
        EnvironmentRotationSucceeded = "environment_rotation_succeeded",
        EnvironmentRotationFailed = "environment_rotation_failed",
        ChangeRequestCreated = "change_request_created",
        ChangeRequestUpdated = "change_request_updated",
        ChangeRequestApproved = "change_request_approved",
        ChangeRequestUnapproved = "change_request_unapproved",
        ChangeRequestClosed = "change_request_closed",
        ChangeRequestApplied = "change_request_applied",
        ChangeRequestSubmitted = "change_request_submitted",
    }
}

impl Group {
    /// Whether a webhook on such a scope can receive the group.
    pub fn is_available(self, scope: ScopeKind) -> bool {
        match self {
            Group::Stacks | Group::Deployments | Group::Policies => scope != ScopeKind::Environment,
            Group::Environments | Group::ChangeRequests => scope != ScopeKind::Stack,
        }
    }
}

impl Filter {
    /// The group of the event.
    pub fn group(self) -> Group {
        use Filter as F;
        match self {
            F::StackCreated
            | F::StackDeleted
            | F::UpdateSucceeded
            | F::UpdateFailed
            | F::PreviewSucceeded
            | F::PreviewFailed
            | F::DestroySucceeded
            | F::DestroyFailed
            | F::RefreshSucceeded
            | F::RefreshFailed
            | F::ImportSucceeded
            | F::ImportFailed => Group::Stacks,
            F::DeploymentQueued
            | F::DeploymentStarted
            | F::DeploymentSucceeded
            | F::DeploymentFailed
            | F::DeploymentFileIngestionFailed
            | F::DriftDetected
            | F::DriftDetectionSucceeded
            | F::DriftDetectionFailed
            | F::DriftRemediationSucceeded
            | F::DriftRemediationFailed => Group::Deployments,
            F::PolicyViolationMandatory | F::PolicyViolationAdvisory => Group::Policies,
            F::EnvironmentCreated
            | F::EnvironmentDeleted
            | F::EnvironmentRevisionCreated
            | F::EnvironmentRevisionRetracted
            | F::EnvironmentRevisionTagCreated
            | F::EnvironmentRevisionTagDeleted
            | F::EnvironmentRevisionTagUpdated
            | F::EnvironmentTagCreated
            | F::EnvironmentTagDeleted
            | F::EnvironmentTagUpdated
            | F::ImportedEnvironmentChanged
            | F::EnvironmentRotationSucceeded
            | F::EnvironmentRotationFailed => Group::Environments,
            F::ChangeRequestCreated
            | F::ChangeRequestUpdated
            | F::ChangeRequestApproved
            | F::ChangeRequestUnapproved
            | F::ChangeRequestClosed
            | F::ChangeRequestApplied
            | F::ChangeRequestSubmitted => Group::ChangeRequests,
        }
    }

    /// Whether a webhook on such a scope can receive the event. Events about a thing as a whole, such as its creation, go
    /// only to the organization.
    pub fn is_available(self, scope: ScopeKind) -> bool {
        match self {
            Filter::StackCreated
            | Filter::StackDeleted
            | Filter::EnvironmentCreated
            | Filter::EnvironmentDeleted => scope == ScopeKind::Organization,
            other => other.group().is_available(scope),
        }
    }
}

/// The events that a webhook on such a scope receives if it names these events and groups, in the order of [`Filter::ALL`];
/// all events if it names none. Unknown words come last, unchanged.
pub fn events_of(filters: &[String], groups: &[String], scope: ScopeKind) -> Vec<String> {
    let takes_all = filters.is_empty() && groups.is_empty();
    let is_told = |filter: &Filter| {
        let is_named = filters.iter().any(|named| named == filter.as_str());
        let group = filter.group().as_str();
        takes_all || is_named || groups.iter().any(|named| named == group)
    };
    let known = Filter::ALL
        .iter()
        .filter(|filter| filter.is_available(scope) && is_told(filter))
        .map(|filter| filter.as_str());
    let strange_filters = filters
        .iter()
        .map(String::as_str)
        .filter(|named| named.parse::<Filter>().is_err());
    let strange_groups = groups
        .iter()
        .map(String::as_str)
        .filter(|named| named.parse::<Group>().is_err());
    known
        .chain(strange_filters)
        .chain(strange_groups)
        .map(str::to_owned)
        .collect()
}

/// The groups of a webhook that names neither groups nor events.
pub fn default_groups(scope: ScopeKind) -> &'static [Group] {
    match scope {
        ScopeKind::Organization => &[Group::Deployments, Group::Environments, Group::Stacks],
        ScopeKind::Stack => &[Group::Deployments, Group::Stacks],
        ScopeKind::Environment => &[Group::Environments],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_parse_back() {
        assert!(
            Filter::ALL
                .iter()
                .all(|filter| filter.as_str().parse() == Ok(*filter))
        );
        assert!(
            Group::ALL
                .iter()
                .all(|group| group.as_str().parse() == Ok(*group))
        );
        assert!(
            Format::ALL
                .iter()
                .all(|format| format.as_str().parse() == Ok(*format))
        );
        assert_eq!(Filter::ALL.len(), 44);
    }

    #[test]
    fn a_wrong_word_is_answered_with_the_nearest() {
        let event = |given: &str| given.parse::<Filter>().unwrap_err().to_string();
        insta::assert_snapshot!(event("update_suceeded"), @"`update_suceeded` is not an event that Pulumi Cloud knows: did you mean `update_succeeded`?");
        insta::assert_snapshot!(event("Update-Succeeded"), @"`Update-Succeeded` is not an event that Pulumi Cloud knows: did you mean `update_succeeded`?");
        insta::assert_snapshot!(event("everything"), @"`everything` is not an event that Pulumi Cloud knows: write one such as `update_succeeded`; the package's documentation lists all");
        insta::assert_snapshot!("stack".parse::<Group>().unwrap_err(), @"`stack` is not a group of events that Pulumi Cloud knows: did you mean `stacks`?");
        insta::assert_snapshot!("json".parse::<Format>().unwrap_err(), @"`json` is not a format that Pulumi Cloud knows: write one of `raw`, `slack`, `pulumi_deployments`, `ms_teams`");
    }

    #[test]
    fn a_webhook_gets_what_it_names_and_what_is_in_its_groups() {
        use ScopeKind::{Environment, Organization, Stack};
        let of = |filters: &[&str], groups: &[&str], scope| {
            let words = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect();
            let (filters, groups): (Vec<String>, Vec<String>) = (words(filters), words(groups));
            events_of(&filters, &groups, scope)
        };
        assert_eq!(of(&["update_succeeded"], &[], Stack), ["update_succeeded"]);
        assert_eq!(
            of(&["moon_landed"], &["omens"], Stack),
            ["moon_landed", "omens"]
        );
        assert_eq!(
            of(&["policy_violation_advisory"], &["policies"], Stack),
            ["policy_violation_mandatory", "policy_violation_advisory"]
        );
        let all = of(&[], &[], Stack);
        assert!(all.len() > 20 && !all.iter().any(|event| event == "stack_created"));
        assert_eq!(of(&[], &[], Organization).len(), Filter::ALL.len());
        assert_eq!(of(&[], &["stacks"], Environment), [""; 0]);
    }

    #[test]
    fn events_reach_the_scopes_that_they_happen_in() {
        use ScopeKind::{Environment, Organization, Stack};
        let check = |filter: Filter, expected: [bool; 3]| {
            assert_eq!(
                [Organization, Stack, Environment].map(|scope| filter.is_available(scope)),
                expected,
                "{filter:?}"
            );
        };
        check(Filter::StackCreated, [true, false, false]);
        check(Filter::UpdateSucceeded, [true, true, false]);
        check(Filter::DriftDetected, [true, true, false]);
        check(Filter::PolicyViolationAdvisory, [true, true, false]);
        check(Filter::EnvironmentDeleted, [true, false, false]);
        check(Filter::EnvironmentTagUpdated, [true, false, true]);
        check(Filter::ChangeRequestApplied, [true, false, true]);
    }
}
