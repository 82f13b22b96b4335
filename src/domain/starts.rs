//! When a webhook starts a stack.
//!
//! This is the only definition. The edges of the graph, the findings, the resources of a program and the command all use
//! it.
//!
//! # What this may not do
//!
//! Know which stack is started, or whether it exists.

use super::events::{Filter, Format};

/// When a webhook starts its target. This is not a boolean, because the events decide when and how often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Starts {
    /// After each successful update, and only then.
    AfterSuccess,
    /// After each successful update and at other events too: too early, or more than once for one change.
    AfterSuccessAndMore,
    /// After each successful deployment, but not after an update that someone runs elsewhere.
    AfterDeployments,
    /// At events of an update other than success, such as `update_failed`.
    AtOtherEvents,
    /// Never after an update: it receives only other events, such as `preview_succeeded`.
    NotAfterUpdates,
    /// Never: it is not active.
    Inactive,
    /// Never: its deliveries are messages, not deployments.
    NoDeployment,
}

impl Starts {
    /// When a webhook in this format with these events starts its target.
    ///
    /// `events` are those of [`super::events_of`], in which groups are resolved.
    pub fn of(format: &str, is_active: bool, events: &[String]) -> Starts {
        let has = |wanted: Filter| events.iter().any(|event| event == wanted.as_str());
        if format != Format::PulumiDeployments.as_str() {
            return Starts::NoDeployment;
        }
        if !is_active {
            return Starts::Inactive;
        }
        if has(Filter::UpdateSucceeded) {
            return match events {
                [_] => Starts::AfterSuccess,
                _ => Starts::AfterSuccessAndMore,
            };
        }
        if has(Filter::DeploymentSucceeded) {
            return Starts::AfterDeployments;
        }
        if events.iter().any(|event| may_be_raised(event)) {
            Starts::AtOtherEvents
        } else {
            Starts::NotAfterUpdates
        }
    }

    /// Whether an update can start the target, so that the webhook is an edge of the graph.
    pub fn is_edge(self) -> bool {
        self.is_certain() || self == Starts::AtOtherEvents
    }

    /// Whether a successful run of the stack in a cascade certainly starts the target.
    pub fn is_certain(self) -> bool {
        matches!(
            self,
            Starts::AfterSuccess | Starts::AfterSuccessAndMore | Starts::AfterDeployments
        )
    }

    /// Whether any event starts the target.
    pub fn is_deployment(self) -> bool {
        !matches!(self, Starts::Inactive | Starts::NoDeployment)
    }
}

/// How often a successful deployment of a stack starts the target of a webhook with these events.
pub fn starts_per_run(events: &[String]) -> u64 {
    use Filter as F;
    let raised = [
        F::DeploymentQueued,
        F::DeploymentStarted,
        F::UpdateSucceeded,
        F::DeploymentSucceeded,
    ];
    let is_raised = |filter: &&F| events.iter().any(|event| event == filter.as_str());
    raised.iter().filter(is_raised).map(|_| 1).sum()
}

/// Whether a destroy of a stack can raise one of these events. An unknown event counts.
pub fn destroy_raises(events: &[String]) -> bool {
    use Filter as F;
    events.iter().any(|event| match event.parse::<Filter>() {
        Ok(F::DestroySucceeded | F::DestroyFailed) | Err(_) => true,
        Ok(filter) => is_of_a_deployment(filter),
    })
}

/// Whether a preview that the cloud runs can raise one of these events. An unknown event counts.
pub fn preview_raises(events: &[String]) -> bool {
    use Filter as F;
    events.iter().any(|event| match event.parse::<Filter>() {
        Ok(F::PreviewSucceeded | F::PreviewFailed) | Err(_) => true,
        Ok(filter) => is_of_a_deployment(filter),
    })
}

/// Whether a deployment of any kind can raise an event.
fn is_of_a_deployment(filter: Filter) -> bool {
    use Filter as F;
    matches!(
        filter,
        F::DeploymentQueued
            | F::DeploymentStarted
            | F::DeploymentSucceeded
            | F::DeploymentFailed
            | F::DeploymentFileIngestionFailed
            | F::PolicyViolationMandatory
            | F::PolicyViolationAdvisory
    )
}

/// Whether an update of a stack can raise an event. An unknown event counts.
fn may_be_raised(event: &str) -> bool {
    use Filter as F;
    match event.parse::<Filter>() {
        Ok(F::UpdateSucceeded | F::UpdateFailed) | Err(_) => true,
        Ok(filter) => is_of_a_deployment(filter),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::events::{Group, events_of};
    use crate::domain::scope::ScopeKind;

    /// When a webhook of a stack with these filters and groups starts its target.
    fn starts(format: &str, is_active: bool, filters: &[&str], groups: &[&str]) -> Starts {
        let words = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect();
        let (filters, groups): (Vec<String>, Vec<String>) = (words(filters), words(groups));
        let events = events_of(&filters, &groups, ScopeKind::Stack);
        Starts::of(format, is_active, &events)
    }

    /// The result for each single event of a stack.
    fn of_event(filter: Filter) -> Starts {
        use Filter as F;
        match filter {
            F::UpdateSucceeded => Starts::AfterSuccess,
            F::DeploymentSucceeded => Starts::AfterDeployments,
            F::UpdateFailed
            | F::DeploymentQueued
            | F::DeploymentStarted
            | F::DeploymentFailed
            | F::DeploymentFileIngestionFailed
            | F::PolicyViolationMandatory
            | F::PolicyViolationAdvisory => Starts::AtOtherEvents,
            _ => Starts::NotAfterUpdates,
        }
    }

    #[test]
    fn every_format_event_and_group_active_or_not() {
        let of_group = |group: Group| match group {
            Group::Stacks => Starts::AfterSuccessAndMore,
            Group::Deployments => Starts::AfterDeployments,
            Group::Policies => Starts::AtOtherEvents,
            Group::Environments | Group::ChangeRequests => Starts::NotAfterUpdates,
        };
        for format in Format::ALL
            .iter()
            .map(|format| format.as_str())
            .chain(["carrier-pigeon"])
        {
            for is_active in [true, false] {
                let is = |of_active: Starts| match (format, is_active) {
                    ("pulumi_deployments", true) => of_active,
                    ("pulumi_deployments", false) => Starts::Inactive,
                    _ => Starts::NoDeployment,
                };
                for filter in Filter::ALL
                    .iter()
                    .filter(|it| it.is_available(ScopeKind::Stack))
                {
                    let found = starts(format, is_active, &[filter.as_str()], &[]);
                    assert_eq!(
                        found,
                        is(of_event(*filter)),
                        "{format} {is_active} {filter:?}"
                    );
                }
                for group in Group::ALL {
                    let found = starts(format, is_active, &[], &[group.as_str()]);
                    assert_eq!(
                        found,
                        is(of_group(*group)),
                        "{format} {is_active} {group:?}"
                    );
                }
                let everything = starts(format, is_active, &[], &[]);
                assert_eq!(
                    everything,
                    is(Starts::AfterSuccessAndMore),
                    "{format} {is_active}"
                );
            }
        }
    }

    #[test]
    fn several_events_and_strange_ones() {
        let check = |filters: &[&str], groups: &[&str], expected: Starts| {
            let found = starts("pulumi_deployments", true, filters, groups);
            assert_eq!(found, expected, "{filters:?} {groups:?}");
        };
        let (success, deployed) = ("update_succeeded", "deployment_succeeded");
        check(&[success, success], &[], Starts::AfterSuccess);
        check(
            &[success, "update_failed"],
            &[],
            Starts::AfterSuccessAndMore,
        );
        check(
            &[success, "preview_succeeded"],
            &[],
            Starts::AfterSuccessAndMore,
        );
        check(&[success], &["deployments"], Starts::AfterSuccessAndMore);
        check(&[deployed, "update_failed"], &[], Starts::AfterDeployments);
        check(
            &["preview_succeeded", "deployment_queued"],
            &[],
            Starts::AtOtherEvents,
        );
        check(
            &["preview_succeeded", "destroy_failed"],
            &[],
            Starts::NotAfterUpdates,
        );
        check(&["moon_landed"], &[], Starts::AtOtherEvents);
        check(&[], &["omens"], Starts::AtOtherEvents);
    }

    #[test]
    fn what_a_destroy_raises() {
        for filter in Filter::ALL {
            let own = matches!(filter, Filter::DestroySucceeded | Filter::DestroyFailed);
            let expected = own || of_event(*filter) != Starts::NotAfterUpdates;
            let is_of_updates = matches!(filter, Filter::UpdateSucceeded | Filter::UpdateFailed);
            let found = destroy_raises(&[filter.as_str().to_owned()]);
            assert_eq!(found, expected && !is_of_updates, "{filter:?}");
        }
        assert!(destroy_raises(&["moon_landed".to_owned()]));
    }

    #[test]
    fn what_a_preview_raises() {
        for filter in Filter::ALL {
            let own = matches!(filter, Filter::PreviewSucceeded | Filter::PreviewFailed);
            let is_of_updates = matches!(filter, Filter::UpdateSucceeded | Filter::UpdateFailed);
            let expected = own || (of_event(*filter) != Starts::NotAfterUpdates && !is_of_updates);
            let found = preview_raises(&[filter.as_str().to_owned()]);
            assert_eq!(found, expected, "{filter:?}");
        }
        assert!(preview_raises(&["moon_landed".to_owned()]));
        assert!(!preview_raises(&[]));
    }

    #[test]
    fn an_edge_is_what_an_update_can_start() {
        use Starts::{
            AfterDeployments, AfterSuccess, AfterSuccessAndMore, AtOtherEvents, Inactive,
            NoDeployment, NotAfterUpdates,
        };
        for (starts, is_certain, is_edge, is_deployment) in [
            (AfterSuccess, true, true, true),
            (AfterSuccessAndMore, true, true, true),
            (AfterDeployments, true, true, true),
            (AtOtherEvents, false, true, true),
            (NotAfterUpdates, false, false, true),
            (Inactive, false, false, false),
            (NoDeployment, false, false, false),
        ] {
            assert_eq!(starts.is_certain(), is_certain, "{starts:?}");
            assert_eq!(starts.is_edge(), is_edge, "{starts:?}");
            assert_eq!(starts.is_deployment(), is_deployment, "{starts:?}");
        }
    }
}
