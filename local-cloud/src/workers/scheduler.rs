//! Starts the deployments of schedules when they are due.

use crate::actions::schedules;
use crate::app::App;
use crate::parts::log;
use jiff::SignedDuration;
use std::time::Duration;
use tokio::time;
use tokio_util::sync::CancellationToken;
use tracing::info;

/// The longest wait for a schedule, because the clock may be set.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// How long to wait without any schedule. A new one ends the wait.
const IDLE: Duration = Duration::from_hours(1);

/// Starts deployments when they are due, until `closing` is cancelled. Those that became due while the cloud was not
/// running start immediately.
pub(crate) async fn run(app: App, closing: CancellationToken) {
    let mut commits = app.store().commits();
    while !closing.is_cancelled() {
        let wait = look(&app).await;
        tokio::select! {
            () = closing.cancelled() => {}
            _ = commits.changed() => {}
            () = time::sleep(wait) => {}
        }
    }
}

/// Starts what is due; returns when to look again.
async fn look(app: &App) -> Duration {
    let next = match app.store().next_scheduled().await {
        Ok(next) => next,
        Err(error) => {
            log::warn("cannot read the schedules", &error);
            return LOOK_AGAIN;
        }
    };
    let Some(next) = next else { return IDLE };
    let left = next.duration_since(app.clock().now());
    if left > SignedDuration::ZERO {
        return left.unsigned_abs().min(LOOK_AGAIN);
    }
    match schedules::begin_due(app).await {
        Err(error) => log::warn("cannot begin the deployments of schedules", &error),
        Ok(begun) => {
            for one in begun {
                let (schedule, stack) = (&one.schedule, &one.stack);
                match one.result {
                    Ok(version) => info!(
                        deployment.version = version,
                        "schedule {schedule} began deployment {version} of stack `{stack}`"
                    ),
                    Err(error) => log::warn(
                        &format!("schedule {schedule} of stack `{stack}` begins no deployment"),
                        &error,
                    ),
                }
            }
        }
    }
    Duration::ZERO
}
