//! The inputs of every component: the organization, and the behaviour of its webhooks.
//!
//! # What this may not do
//!
//! Know which component it is.

use super::modes::CheckMode;
use super::planned::{PlannedValue, marked};
use super::target::{Target, digest_of};
use crate::domain::{Filter, Format, ScopeKind, check_path_name};
use crate::property::{CheckFailure, Fields, Input, PropertyPath, Value};
use std::collections::BTreeMap;

/// The inputs of every component. `None` means that the input is absent.
#[derive(Clone, Debug)]
pub struct SharedInputs {
    /// The organization of the stacks; by default that of the program.
    pub organization: Option<Input<String>>,
    /// How findings on the cloud are reported.
    pub checks: Option<Input<CheckMode>>,
    /// Whether the webhooks are active.
    pub active: Option<Input<bool>>,
    /// The events of a stack that start the stacks that follow it.
    pub filters: Option<Input<Vec<Input<Filter>>>>,
}

/// The same inputs with defaults.
#[derive(Clone, Debug)]
pub struct Options {
    /// The organization of the stacks.
    pub organization: Input<String>,
    inputs: SharedInputs,
}

/// The scope of a component's webhook: the project and the name of a stack.
#[derive(Clone, Debug)]
pub struct Place {
    /// The project.
    pub project: PlannedValue,
    /// The stack.
    pub stack: PlannedValue,
}

impl SharedInputs {
    /// Parses the inputs of every component.
    pub fn read(fields: &mut Fields<'_>) -> SharedInputs {
        SharedInputs {
            organization: fields.optional("organization"),
            checks: fields.optional("checks"),
            active: fields.optional("active"),
            filters: fields.list("filters"),
        }
    }
}

impl Options {
    /// The options from these inputs. `organization` is the default; an invalid one is reported.
    pub fn new(
        inputs: SharedInputs,
        organization: &str,
        failures: &mut Vec<CheckFailure>,
    ) -> Options {
        let given = inputs.organization.clone();
        let organization = given.unwrap_or_else(|| Input::plain(organization.to_owned()));
        let options = Options {
            organization,
            inputs,
        };
        let name = options.organization.now();
        if let Some(Err(reason)) = name.map(|name| check_path_name(name)) {
            failures.push(CheckFailure::new("organization", reason));
        }
        options
    }

    /// Reports every event that a stack's webhook does not receive.
    pub fn check_filters(&self, failures: &mut Vec<CheckFailure>) {
        let filters = self.inputs.filters.as_ref();
        let items = filters.and_then(Input::now).into_iter().flatten();
        for (index, item) in items.enumerate() {
            let filter = item.now();
            let Some(filter) = filter.filter(|filter| !filter.is_available(ScopeKind::Stack))
            else {
                continue;
            };
            let reason = format!(
                "a webhook on {} does not get the event `{}`",
                ScopeKind::Stack,
                filter.as_str()
            );
            let path = PropertyPath::from("filters").index(index);
            failures.push(CheckFailure { path, reason });
        }
    }

    /// The organization in the names of webhooks: a digest if it is secret. Empty while it is unknown, in which case there
    /// are no webhooks either.
    pub fn organization_in_names(&self) -> String {
        let name = self.organization.now().map_or("", String::as_str);
        if self.organization.secret {
            digest_of(name)
        } else {
            name.to_owned()
        }
    }

    /// How findings on the cloud are reported, as far as known.
    pub fn checks(&self) -> CheckMode {
        let checks = self.inputs.checks.as_ref().and_then(Input::now);
        checks.copied().unwrap_or(CheckMode::Warn)
    }

    /// Whether the webhooks are active, as far as known.
    pub fn is_active(&self) -> bool {
        self.inputs.active.as_ref().and_then(Input::now) != Some(&false)
    }

    /// The events that start the target; `None` while one is unknown.
    pub fn events(&self) -> Option<Vec<String>> {
        let given = match &self.inputs.filters {
            Some(list) => list.now()?.iter().map(Input::now).collect::<Option<_>>()?,
            None => Vec::new(),
        };
        let events = given.into_iter().map(|filter| filter.as_str().to_owned());
        let mut events: Vec<String> = events.collect();
        if events.is_empty() {
            events.push(Filter::UpdateSucceeded.as_str().to_owned());
        }
        Some(events)
    }

    /// The outputs of every component.
    pub fn outputs(&self) -> BTreeMap<&'static str, PlannedValue> {
        BTreeMap::from([
            ("organization", PlannedValue::of(&self.organization)),
            (
                "checks",
                PlannedValue::or(self.inputs.checks.as_ref(), CheckMode::Warn),
            ),
            ("active", self.active()),
            ("filters", self.filters()),
        ])
    }

    /// The inputs of the webhook that starts `target` at the events of the stack at `place`.
    ///
    /// Defaults are left to the webhook's own check, and the dependencies of the target are given only once: the engine
    /// writes the dependencies of each property into the state, and the whole state twice for each resource.
    pub fn webhook(
        &self,
        place: Place,
        target: &Target<'_>,
    ) -> BTreeMap<&'static str, PlannedValue> {
        let reference = marked(target.stack.short().into(), target.secret);
        let payload_url = PlannedValue {
            value: reference.clone(),
            dependencies: target.dependencies.clone(),
        };
        let format = Format::PulumiDeployments.as_str();
        let mut inputs = BTreeMap::from([
            ("organizationName", PlannedValue::of(&self.organization)),
            ("projectName", place.project),
            ("stackName", place.stack),
            ("format", PlannedValue::constant(format)),
            ("displayName", PlannedValue::constant(reference)),
            ("payloadUrl", payload_url),
        ]);
        inputs.extend(
            self.inputs
                .active
                .as_ref()
                .map(|_| ("active", self.active())),
        );
        inputs.extend(self.given_filters().map(|filters| ("filters", filters)));
        inputs
    }

    /// Whether the webhooks are active, which is the default.
    fn active(&self) -> PlannedValue {
        PlannedValue::or(self.inputs.active.as_ref(), true)
    }

    /// The events that start the target; by default only a successful update.
    fn filters(&self) -> PlannedValue {
        self.given_filters().unwrap_or_else(|| {
            let filters = [Filter::UpdateSucceeded.as_str()];
            PlannedValue::constant(filters.into_iter().collect::<Value>())
        })
    }

    /// The events that the program names; `None` if it names none.
    fn given_filters(&self) -> Option<PlannedValue> {
        let given = self.inputs.filters.as_ref();
        let given = given.filter(|list| list.now().is_none_or(|items| !items.is_empty()))?;
        Some(PlannedValue::of_list(given, |filter| {
            filter.as_str().into()
        }))
    }
}
