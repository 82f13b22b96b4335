//! The operations on deployments and their settings.

use crate::app::App;
use crate::domain::deployments::{
    Deployment, DeploymentError, DeploymentSettings, NewDeployment, Operation,
};
use crate::domain::stacks::StackPath;
use crate::store::KeptSettings;
use serde_json::{Map, Value};

/// Puts a deployment into the queue of its stack. `changes` override the settings of the stack if it `inherits` them.
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

/// Changes the settings of a stack: null removes a member, objects are merged, any other value replaces the old one.
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

/// Cancels a deployment in the queue, or stops it immediately. `given` is its UID or its version.
///
/// One that is marked as running but that no task owns is over: it is ended here, so that its stack is free.
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

/// Encrypts the secrets in a request's changes to settings, for the stack.
pub(super) async fn seal(
    app: &App,
    path: StackPath,
    given: Map<String, Value>,
) -> Result<DeploymentSettings, DeploymentError> {
    let stack = app.store().stack(path).await?;
    Ok(DeploymentSettings::seal(given, app.secrets(), &stack.uid)?)
}
