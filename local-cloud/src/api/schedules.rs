//! Schedules of deployments: for any operation, for drift detection, and for the deletion of stacks.

use super::deployments::requested;
use crate::actions::schedules::{self, Request};
use crate::app::App;
use crate::domain::deployments::Operation;
use crate::domain::schedules::{Cron, Schedule, ScheduleError, ScheduledOperation, Timing};
use crate::domain::stacks::Stack;
use crate::web::{ApiError, Body, PathNames};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// The body of a schedule for any operation.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ScheduleBody {
    schedule_cron: Option<String>,
    schedule_once: Option<String>,
    request: Option<Map<String, Value>>,
}

/// The body of a schedule for drift detection.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DriftBody {
    schedule_cron: Option<String>,
    #[serde(default)]
    auto_remediate: bool,
}

/// The body of a schedule that destroys a stack when its time is over.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TtlBody {
    timestamp: Option<String>,
    #[serde(default)]
    delete_after_destroy: bool,
}

/// `GET …/deployments/schedules`
pub(super) async fn list(
    State(app): State<App>,
    names: PathNames,
) -> Result<Json<Value>, ApiError> {
    let found = app.store().schedules(names.stack()).await?;
    let stack = app.store().stack(names.stack()).await?;
    let answers = found.into_iter().map(|schedule| answer(&stack, schedule));
    Ok(Json(json!({ "schedules": answers.collect::<Vec<_>>() })))
}

/// `GET …/deployments/schedules/{schedule}`
pub(super) async fn read(
    State(app): State<App>,
    names: PathNames,
) -> Result<Json<Value>, ApiError> {
    let found = app.store().schedule(names.stack(), names.get("schedule"));
    let found = found.await?;
    let stack = app.store().stack(names.stack()).await?;
    Ok(Json(answer(&stack, found)))
}

/// `DELETE …/deployments/schedules/{schedule}`
pub(super) async fn delete(
    State(app): State<App>,
    names: PathNames,
) -> Result<StatusCode, ApiError> {
    app.store()
        .delete_schedule(names.stack(), names.get("schedule"))
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST …/deployments/schedules[/{schedule}]`
pub(super) async fn put(
    State(app): State<App>,
    names: PathNames,
    Body(body): Body<ScheduleBody>,
) -> Result<Json<Value>, ApiError> {
    let given = |text: Option<String>| text.filter(|text| !text.is_empty());
    let timing = match (given(body.schedule_cron), given(body.schedule_once)) {
        (Some(cron), None) => Timing::Cron(Cron::new(&cron)?),
        (None, Some(time)) => Timing::Once(read_time("scheduleOnce", &time)?),
        _ => return Err(ScheduleError::NotOne.into()),
    };
    let request = match body.request {
        None => None,
        Some(mut changes) => {
            let (operation, inherits) = requested(&mut changes)?;
            Some((operation, inherits, changes))
        }
    };
    make(&app, &names, "scheduleOnce", timing, request).await
}

/// `POST …/deployments/drift/schedules[/{schedule}]`
pub(super) async fn put_drift(
    State(app): State<App>,
    names: PathNames,
    Body(body): Body<DriftBody>,
) -> Result<Json<Value>, ApiError> {
    let cron = body.schedule_cron.unwrap_or_default();
    let timing = Timing::Cron(Cron::new(&cron)?);
    let options = json!({ "remediateIfDriftDetected": body.auto_remediate });
    let request = (ScheduledOperation::DetectDrift, true, with_options(options));
    make(&app, &names, "scheduleCron", timing, Some(request)).await
}

/// `POST …/deployments/ttl/schedules[/{schedule}]`
pub(super) async fn put_ttl(
    State(app): State<App>,
    names: PathNames,
    Body(body): Body<TtlBody>,
) -> Result<Json<Value>, ApiError> {
    let time = body.timestamp.ok_or(ScheduleError::Missing("timestamp"))?;
    let timing = Timing::Once(read_time("timestamp", &time)?);
    let options = json!({ "deleteAfterDestroy": body.delete_after_destroy });
    let operation = ScheduledOperation::Operation(Operation::Destroy);
    let request = (operation, true, with_options(options));
    make(&app, &names, "timestamp", timing, Some(request)).await
}

/// Creates a schedule, or changes the one in the path. The time of a new one must be in the future.
async fn make(
    app: &App,
    names: &PathNames,
    property: &'static str,
    timing: Timing,
    request: Option<Request>,
) -> Result<Json<Value>, ApiError> {
    let made = if let Some(uid) = names.find("schedule") {
        schedules::change(app, names.stack(), uid, timing, request).await?
    } else {
        if timing.next_after(app.clock().now()).is_none()
            && let Timing::Once(time) = timing
        {
            let (name, given) = (property, time.to_string());
            return Err(ScheduleError::Over { name, given }.into());
        }
        schedules::create(app, names.stack(), timing, request).await?
    };
    let stack = app.store().stack(names.stack()).await?;
    Ok(Json(answer(&stack, made)))
}

fn with_options(options: Value) -> Map<String, Value> {
    let context = json!({ "options": options });
    Map::from_iter([("operationContext".to_owned(), context)])
}

/// A schedule in the form of the API (`ScheduledAction` in `pulumi-cloud-sdk`): times have no zone, and a time that never
/// was is an empty text.
fn answer(stack: &Stack, schedule: Schedule) -> Value {
    let once = match &schedule.timing {
        Timing::Cron(_) => None,
        Timing::Once(time) => Some(*time),
    };
    let mut request = schedule.changes.into_json();
    request.insert("operation".into(), schedule.operation.as_str().into());
    request.insert("inheritSettings".into(), schedule.inherits.into());
    let mut answer = json!({
        "id": schedule.uid,
        "orgID": stack.path.organization,
        "nextExecution": schedule.next.or(once).map(written).unwrap_or_default(),
        "paused": false,
        "kind": "deployment",
        "definition": { "programID": stack.uid, "request": request },
        "created": written(schedule.created),
        "modified": written(schedule.modified),
        "lastExecuted": schedule.last.map(written).unwrap_or_default(),
    });
    match &schedule.timing {
        Timing::Cron(cron) => answer["scheduleCron"] = cron.as_str().into(),
        Timing::Once(time) => answer["scheduleOnce"] = written(*time).into(),
    }
    answer
}

fn read_time(name: &'static str, given: &str) -> Result<Timestamp, ScheduleError> {
    given.parse().map_err(|_| ScheduleError::Time {
        name,
        given: given.to_owned(),
    })
}

/// A time in the form of schedules.
fn written(time: Timestamp) -> String {
    let time = time.to_zoned(TimeZone::UTC);
    time.strftime("%Y-%m-%d %H:%M:%S%.3f").to_string()
}
