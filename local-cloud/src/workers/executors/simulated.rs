//! Simulated deployments: each ends immediately, and adds an update to the history of its stack.

use crate::app::App;
use crate::domain::capabilities::Capability;
use crate::domain::deployments::{Operation, Text};
use crate::domain::updates::{NewUpdate, UpdateKind};
use crate::domain::windows::WindowName;
use crate::parts::StoreError;
use crate::store::{Job, Simulated};
use std::collections::BTreeMap;

/// The environment variable with the result of a deployment.
const OUTCOME: &str = "SIMULATED_OUTCOME";

/// The environment variable with outputs, a JSON object, that a preview predicts, overriding those of the stack.
const OUTPUTS: &str = "SIMULATED_OUTPUTS";

/// The environment variable for the CLI's `--coherence-window`.
const WINDOW: &str = "PULUMI_OPTION_COHERENCE_WINDOW";

/// Ends a deployment immediately; returns whether it succeeded.
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
        update: NewUpdate {
            window: window(app, job),
            ..update(job.deployment.operation)
        },
        outputs: variable(job, OUTPUTS)
            .and_then(|text| serde_json::from_str(&text).ok())
            .unwrap_or_default(),
    };
    app.store()
        .finish_simulated(job.row, simulated, moment)
        .await?;
    Ok(is_success)
}

fn is_to_fail(job: &Job) -> bool {
    variable(job, OUTCOME).is_some_and(|outcome| outcome == "failed")
}

/// The value of a variable that is not a secret.
fn variable(job: &Job, name: &str) -> Option<String> {
    let view = job.settings.view().unwrap_or_default();
    match view.operation_context.environment_variables.get(name) {
        Some(Text::Plain(text)) => Some(text.clone()),
        _ => None,
    }
}

/// The window of a preview. Updates have none: they take no time, so nothing can be read too early.
fn window(app: &App, job: &Job) -> Option<WindowName> {
    let is_preview = job.deployment.operation == Operation::Preview;
    let has_windows = app.capabilities().has(Capability::CoherenceWindows);
    let name = variable(job, WINDOW).filter(|_| is_preview && has_windows)?;
    WindowName::new(&name)
}

/// The update of the stack.
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
