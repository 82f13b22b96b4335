//! Deployments that are not run: each ends at once, and its stack is said to have been updated.

use crate::app::App;
use crate::domain::deployments::{Deployment, Operation, Text};
use crate::domain::happenings::Happening;
use crate::parts::StoreError;
use crate::store::{Job, Simulated};
use serde_json::{Map, json};

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
        happening: happening(&job.deployment, result, &moment.base_url),
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

/// What would have happened to the stack.
fn happening(deployment: &Deployment, result: &str, base_url: &str) -> Happening {
    let operation = deployment.operation.as_str();
    let is_preview = deployment.operation == Operation::Preview;
    let (kind, url) = if is_preview {
        ("stack_preview", format!("previews/{}", deployment.uid))
    } else {
        ("stack_update", format!("updates/{}", deployment.version))
    };
    let stack = &deployment.stack;
    let fields = [
        ("updateUrl", json!(format!("{base_url}/{stack}/{url}"))),
        ("kind", json!(if is_preview { "update" } else { operation })),
        ("result", json!(result)),
        ("resourceChanges", json!({ "same": 1 })),
        ("isPreview", json!(is_preview)),
    ];
    let fields = Map::from_iter(fields.map(|(name, value)| (name.to_owned(), value)));
    Happening::new(format!("{operation}_{result}"), kind, stack, fields)
}
