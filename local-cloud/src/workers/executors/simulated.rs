//! Deployments that are not run: each ends at once, and its stack has one more update in its history.

use crate::app::App;
use crate::domain::deployments::{Operation, Text};
use crate::domain::updates::{NewUpdate, UpdateKind};
use crate::parts::StoreError;
use crate::store::{Job, Simulated};
use std::collections::BTreeMap;

/// The environment variable that says how a deployment ends.
const OUTCOME: &str = "SIMULATED_OUTCOME";

/// Ends a deployment at once, and tells whether it succeeded.
pub(super) async fn run(app: &App, job: &Job) -> Result<bool, StoreError> {
    let is_success = !is_to_fail(job);
    let moment = app.moment();
    let result = if is_success { "succeeded" } else { "failed" };
    let operation = job.deployment.operation.as_str();
    let simulated = Simulated {
        step: format!("Simulate {operation}"),
        line: format!("the {operation} was simulated, and {result}\n"),
        is_success,
        stack: job.deployment.stack.clone(),
        update: update(job.deployment.operation),
    };
    app.store()
        .finish_simulated(job.row, simulated, moment)
        .await?;
    Ok(is_success)
}

fn is_to_fail(job: &Job) -> bool {
    let view = job.settings.view().unwrap_or_default();
    let outcome = view.operation_context.environment_variables.get(OUTCOME);
    matches!(outcome, Some(Text::Plain(text)) if text == "failed")
}

/// What happens to the stack.
fn update(operation: Operation) -> NewUpdate {
    let (kind, is_preview) = match operation {
        Operation::Update => (UpdateKind::Update, false),
        Operation::Preview => (UpdateKind::Update, true),
        Operation::Destroy => (UpdateKind::Destroy, false),
        Operation::Refresh => (UpdateKind::Refresh, false),
    };
    NewUpdate {
        kind,
        is_preview,
        message: "simulated".to_owned(),
        environment: BTreeMap::new(),
        config: None,
        window: None,
    }
}
