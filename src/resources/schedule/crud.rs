//! A schedule's lifecycle on the cloud.
//!
//! # What this may not do
//!
//! Run in a preview; see protobuf; build URLs; retry.

use super::inputs::ScheduleInputs;
use crate::cloud::{Client, Schedule, ScheduleSpec, Timing};
use crate::domain::StackRef;
use crate::property::{Map, Value};
use crate::resources::error::ResourceError;
use crate::resources::outcome::{Found, Made, Olds};

/// The output with the schedule's ID, unique within its stack.
const SCHEDULE_ID: &str = "scheduleId";

/// The stack of a schedule, and its ID there.
struct ScheduleRef {
    stack: StackRef,
    schedule: String,
}

impl ScheduleRef {
    fn parse(id: &str) -> Result<ScheduleRef, ResourceError> {
        let bad = || ResourceError::ScheduleId { id: id.to_owned() };
        let parts: Vec<&str> = id.split('/').collect();
        let [organization, project, stack, schedule] = parts[..] else {
            return Err(bad());
        };
        if schedule.is_empty() || schedule.chars().all(|letter| letter == '.') {
            return Err(bad());
        }
        Ok(ScheduleRef {
            stack: StackRef::new(organization, project, stack).map_err(|_| bad())?,
            schedule: schedule.to_owned(),
        })
    }
}

/// The ID and outputs that a preview of a create can predict.
pub fn preview_create(news: &Map) -> Made {
    Made {
        state: outputs(news, Value::UNKNOWN),
        ..Made::default()
    }
}

/// Creates the schedule.
///
/// # Errors
///
/// An input is unknown; the cloud refuses the schedule, or does not confirm it.
pub async fn create(cloud: &Client, news: &Map) -> Result<Made, ResourceError> {
    let (stack, spec) = known(news)?;
    let schedule = cloud.create_schedule(&stack, &spec).await?;
    Ok(Made {
        id: format!("{stack}/{schedule}"),
        state: outputs(news, schedule.into()),
        ..Made::default()
    })
}

/// The schedule on the cloud; `None` if it or its stack does not exist.
///
/// # Errors
///
/// The ID cannot be that of a schedule, or the request failed.
pub async fn read(cloud: &Client, id: &str, olds: &Olds) -> Result<Option<Found>, ResourceError> {
    let ScheduleRef { stack, schedule } = ScheduleRef::parse(id)?;
    let Some(live) = cloud.schedule(&stack, &schedule).await? else {
        return Ok(None);
    };
    let inputs = if olds.inputs.is_empty() {
        imported(&stack, &live)
    } else {
        refreshed(&olds.inputs, &live)
    };
    Ok(Some(Found {
        id: id.to_owned(),
        state: outputs(&inputs, schedule.into()),
        inputs,
    }))
}

/// Replaces the schedule by `news`; returns its outputs.
///
/// # Errors
///
/// As [`create`]; the schedule does not exist.
pub async fn update(cloud: &Client, id: &str, news: &Map) -> Result<Map, ResourceError> {
    let ScheduleRef { stack, schedule } = ScheduleRef::parse(id)?;
    let (_, spec) = known(news)?;
    cloud.update_schedule(&stack, &schedule, &spec).await?;
    Ok(outputs(news, schedule.into()))
}

/// The outputs that a preview of an update can predict.
pub fn preview_update(olds: &Olds, news: &Map) -> Map {
    let id = olds.state.get(SCHEDULE_ID).cloned();
    outputs(news, id.unwrap_or(Value::UNKNOWN))
}

/// Deletes the schedule if it exists.
///
/// # Errors
///
/// The cloud refuses, or does not confirm it.
pub async fn delete(cloud: &Client, id: &str) -> Result<(), ResourceError> {
    let ScheduleRef { stack, schedule } = ScheduleRef::parse(id)?;
    Ok(cloud.delete_schedule(&stack, &schedule).await?)
}

fn known(news: &Map) -> Result<(StackRef, ScheduleSpec), ResourceError> {
    let (inputs, _) = ScheduleInputs::read(news);
    let later = |property| ResourceError::StillUnknown { property };
    let stack = inputs.target().ok_or_else(|| later("stack"))?;
    let spec = inputs.spec().ok_or_else(|| later("scheduleCron"))?;
    Ok((stack, spec))
}

/// The inputs that would create an existing schedule.
fn imported(stack: &StackRef, live: &Schedule) -> Map {
    let mut inputs = Map::new();
    for (name, part) in [
        ("organization", stack.organization()),
        ("project", stack.project()),
        ("stack", stack.stack()),
        ("pulumiOperation", live.operation.as_str()),
    ] {
        inputs.insert(name.to_owned(), part.into());
    }
    if let Some(timing) = &live.timing {
        put_timing(&mut inputs, timing);
    }
    inputs
}

/// The inputs of a schedule as it is now. Unchanged ones keep their spelling.
fn refreshed(olds: &Map, live: &Schedule) -> Map {
    let mut inputs = olds.clone();
    let (before, _) = ScheduleInputs::read(olds);
    let before = before.spec();
    if before.as_ref().map(|spec| spec.operation) != Some(live.operation) {
        let operation = live.operation.as_str().into();
        inputs.insert("pulumiOperation".to_owned(), operation);
    }
    let before = before.map(|spec| spec.timing);
    if let Some(timing) = live
        .timing
        .as_ref()
        .filter(|now| before.as_ref() != Some(*now))
    {
        put_timing(&mut inputs, timing);
    }
    inputs
}

fn put_timing(inputs: &mut Map, timing: &Timing) {
    let (name, other, value) = match timing {
        Timing::Cron(cron) => ("scheduleCron", "timestamp", cron.clone()),
        Timing::Once(time) => ("timestamp", "scheduleCron", time.to_string()),
    };
    inputs.remove(other);
    inputs.insert(name.to_owned(), value.into());
}

fn outputs(inputs: &Map, id: Value) -> Map {
    let mut outputs = inputs.clone();
    outputs.insert(SCHEDULE_ID.to_owned(), id);
    outputs
}
