//! What can be done with deployments and their settings, apart from looking at them.

use crate::app::App;
use crate::domain::deployments::{
    Deployment, DeploymentError, DeploymentSettings, NewDeployment, Operation,
};
use crate::domain::stacks::StackPath;
use crate::store::KeptSettings;
use serde_json::{Map, Value};

/// Puts a deployment into the queue of its stack. `changes` go over the settings of the stack if it `inherits` them.
pub(crate) async fn create(
    app: &App,
    stack: StackPath,
    operation: Operation,
    inherits: bool,
    changes: Map<String, Value>,
    initiator: String,
) -> Result<Deployment, DeploymentError> {
    let changes = seal(app, stack.clone(), changes).await?.without_blanks();
    changes.check_request()?;
    let new = NewDeployment {
        stack,
        operation,
        inherits,
        changes,
        initiator,
    };
    app.store().create_deployment(new, app.moment()).await
}

/// Replaces the settings of a stack.
pub(crate) async fn replace_settings(
    app: &App,
    stack: StackPath,
    given: Map<String, Value>,
    source: String,
) -> Result<KeptSettings, DeploymentError> {
    let settings = seal(app, stack.clone(), given).await?.without_nulls();
    settings.check()?;
    app.store()
        .change_deployment_settings(stack, source, move |_| Ok(settings))
        .await
}

/// Changes the settings of a stack: null takes away, objects are gone into, everything else replaces.
pub(crate) async fn change_settings(
    app: &App,
    stack: StackPath,
    given: Map<String, Value>,
    source: String,
) -> Result<KeptSettings, DeploymentError> {
    let change = seal(app, stack.clone(), given).await?;
    app.store()
        .change_deployment_settings(stack, source, move |kept| {
            let mut settings = kept.unwrap_or_default();
            settings.merge(change);
            settings.check()?;
            Ok(settings)
        })
        .await
}

/// Takes a deployment out of the queue, or stops it at once. `given` is its uid or its version.
///
/// One that is said to run and that no task owns is over: it is ended here, so its stack is free.
pub(crate) async fn cancel(
    app: &App,
    stack: StackPath,
    given: String,
) -> Result<(), DeploymentError> {
    let now = app.clock().now().as_millisecond();
    let running = app.store().cancel_deployment(stack, given, now).await?;
    if let Some((row, uid)) = running
        && !app.running().stop(&uid)
    {
        let why = "the deployment was cancelled".to_owned();
        app.store().fail_deployment(row, why, app.moment()).await?;
    }
    Ok(())
}

/// Encrypts a secret for the settings of a stack.
pub(crate) async fn encrypt_secret(
    app: &App,
    path: StackPath,
    given: Map<String, Value>,
) -> Result<Value, DeploymentError> {
    let stack = app.store().stack(path).await?;
    let sealed = DeploymentSettings::seal_one(given.into(), app.secrets(), &stack.uid);
    Ok(sealed?)
}

/// Changes to settings that came with a request, with their secrets sealed for the stack.
pub(super) async fn seal(
    app: &App,
    path: StackPath,
    given: Map<String, Value>,
) -> Result<DeploymentSettings, DeploymentError> {
    let stack = app.store().stack(path).await?;
    Ok(DeploymentSettings::seal(given, app.secrets(), &stack.uid)?)
}
