//! A schedule's inputs, typed.
//!
//! # What this may not do
//!
//! Apply a rule that needs more than one property; that is [`super::check`].

use crate::cloud::{Operation, ScheduleSpec, Timing};
use crate::domain::StackRef;
use crate::property::decode::FromValue;
use crate::property::{CheckFailure, Fields, Input, Map, Value};
use jiff::Timestamp;

/// The inputs of a schedule as a program wrote them. `None` means that the property is absent.
#[derive(Clone, Debug)]
pub struct ScheduleInputs {
    /// The organization of the stack.
    pub organization: Option<Input<String>>,
    /// The project of the stack.
    pub project: Input<String>,
    /// The stack's own name.
    pub stack: Input<String>,
    /// When it repeatedly starts deployments.
    pub schedule_cron: Option<Input<String>>,
    /// When it starts a single deployment.
    pub timestamp: Option<Input<String>>,
    /// The operation of the deployments.
    pub pulumi_operation: Input<ScheduledOperation>,
}

/// The operation of a schedule's deployments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScheduledOperation(pub Operation);

impl ScheduledOperation {
    /// All of them, in the order of the schema.
    pub const ALL: [Operation; 4] = [
        Operation::Update,
        Operation::Preview,
        Operation::Refresh,
        Operation::Destroy,
    ];
}

impl FromValue for ScheduledOperation {
    fn from_value(value: &Value) -> Result<ScheduledOperation, String> {
        let given = String::from_value(value)?;
        let mut all = ScheduledOperation::ALL.into_iter();
        let found = all.find(|operation| operation.as_str() == given);
        found.map(ScheduledOperation).ok_or_else(|| {
            let words = ScheduledOperation::ALL.map(|word| format!("`{word}`"));
            format!("must be one of {}, but is `{given}`", words.join(", "))
        })
    }
}

impl ScheduleInputs {
    /// Parses a schedule's properties; also returns those that are invalid.
    pub fn read(map: &Map) -> (ScheduleInputs, Vec<CheckFailure>) {
        let mut fields = Fields::of(map);
        let inputs = ScheduleInputs {
            organization: fields.optional("organization"),
            project: fields.required("project"),
            stack: fields.required("stack"),
            schedule_cron: fields.optional("scheduleCron"),
            timestamp: fields.optional("timestamp"),
            pulumi_operation: fields.required("pulumiOperation"),
        };
        (inputs, fields.finish())
    }

    /// The stack, if its names are known and valid.
    pub fn target(&self) -> Option<StackRef> {
        let organization = self.organization.as_ref()?.now()?;
        StackRef::new(organization, self.project.now()?, self.stack.now()?).ok()
    }

    /// What the schedule should be, if all inputs are known and valid.
    pub fn spec(&self) -> Option<ScheduleSpec> {
        let cron = self.schedule_cron.as_ref().map(Input::now);
        let once = self.timestamp.as_ref().map(Input::now);
        let timing = match (cron, once) {
            (Some(cron), None) => Timing::Cron(cron?.clone()),
            (None, Some(once)) => Timing::Once(time(once?)?),
            _ => return None,
        };
        let ScheduledOperation(operation) = *self.pulumi_operation.now()?;
        Some(ScheduleSpec { timing, operation })
    }
}

/// The time in a text.
pub fn time(text: &str) -> Option<Timestamp> {
    text.parse().ok()
}
