//! The operations on schedules.

use crate::actions::deployments;
use crate::app::App;
use crate::domain::deployments::DeploymentSettings;
use crate::domain::schedules::{NewSchedule, Schedule, ScheduleError, ScheduledOperation, Timing};
use crate::domain::stacks::StackPath;
use crate::store::Begun;
use serde_json::{Map, Value};

/// The deployments of a schedule: an operation, whether it uses the settings of the stack, and what overrides those.
pub(crate) type Request = (ScheduledOperation, bool, Map<String, Value>);

/// Creates a schedule.
pub(crate) async fn create(
    app: &App,
    stack: StackPath,
    timing: Timing,
    request: Option<Request>,
) -> Result<Schedule, ScheduleError> {
    let new = sealed(app, &stack, timing, request).await?;
    app.store()
        .create_schedule(stack, new, app.clock().now())
        .await
}

/// Changes a schedule; without a request, its deployments stay the same.
pub(crate) async fn change(
    app: &App,
    stack: StackPath,
    uid: String,
    timing: Timing,
    request: Option<Request>,
) -> Result<Schedule, ScheduleError> {
    let new = sealed(app, &stack, timing, request).await?;
    app.store()
        .change_schedule(stack, uid, new, app.clock().now())
        .await
}

/// Creates the deployments of the schedules that are due.
pub(crate) async fn begin_due(app: &App) -> Result<Vec<Begun>, crate::parts::StoreError> {
    app.store().begin_scheduled(app.moment()).await
}

async fn sealed(
    app: &App,
    stack: &StackPath,
    timing: Timing,
    request: Option<Request>,
) -> Result<NewSchedule, ScheduleError> {
    let request = match request {
        None => None,
        Some((operation, inherits, changes)) => {
            let changes: DeploymentSettings =
                deployments::seal(app, stack.clone(), changes).await?;
            Some((operation, inherits, changes.without_blanks()))
        }
    };
    Ok(NewSchedule { timing, request })
}
