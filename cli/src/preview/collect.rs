//! Reads the results of a completed preview.
//!
//! # What this may not do
//!
//! Treat what the cloud does not report as empty.

use super::scene::version;
use crate::context::Context;
use auto_deploy::cascade::preview::{Gap, Link, Output, Row, Seen, Times, changed};
use auto_deploy::cloud::{CloudError, Deployment, DeploymentStatus, RunOfCli};

/// Completes the row of a stack whose deployment is over; returns the version of the CLI that made the preview.
///
/// # Errors
///
/// A request failed and may be retried.
pub(super) async fn collect(
    context: &Context,
    row: &mut Row,
    deployment: &Deployment,
) -> Result<Option<String>, CloudError> {
    let client = &context.client;
    let runs = client.deployment_runs(&row.stack, &deployment.id).await?;
    // A pre-run command may have made earlier ones.
    let run = runs.last();
    row.link = Some(Link {
        deployment: deployment.id.clone(),
        version: deployment.version,
        run: run.map(|run| run.id.clone()),
    });
    row.times = Times {
        began: deployment.began,
        ended: deployment.ended,
    };
    row.commit = run.and_then(RunOfCli::commit).map(str::to_owned);
    row.environments = run.map(RunOfCli::environments).unwrap_or_default();
    let seen = match run {
        Some(run) => Seen::of(&client.engine_events(&row.stack, &run.id).await?),
        None => Seen::default(),
    };
    match deployment.status {
        DeploymentStatus::Succeeded if seen.counts.is_some() => {
            note_outputs(context, row, &seen).await?;
            row.seen = Some(seen);
        }
        DeploymentStatus::Succeeded => row.gaps.push(Gap::NoSummary),
        DeploymentStatus::Skipped => row.gaps.push(Gap::Skipped),
        _ if deployment.began.is_none() => row.gaps.push(Gap::Cancelled),
        _ => {
            let said = client.deployment_failure(&row.stack, &deployment.id).await;
            // The log explains the failure, but is not necessary to report it.
            let said = said.ok().flatten();
            let why = seen.error.clone().or(said);
            row.failure = Some(why.unwrap_or_else(|| "it said nothing".to_owned()));
            row.seen = Some(seen);
        }
    }
    note_version(context, row).await?;
    Ok(run.and_then(RunOfCli::cli_version).map(str::to_owned))
}

/// Compares the outputs with the stack's current ones.
async fn note_outputs(context: &Context, row: &mut Row, seen: &Seen) -> Result<(), CloudError> {
    let stored = match context.client.outputs(&row.stack).await {
        Ok(stored) => stored.and_then(|stored| stored.values).unwrap_or_default(),
        Err(error) if error.meets_all() => return Err(error),
        Err(error) => {
            row.gaps.push(Gap::Unreadable(error.to_string()));
            return Ok(());
        }
    };
    let predicted = seen.outputs.clone().unwrap_or_default();
    row.outputs = Some(changed(&Output::all(&stored), &predicted));
    Ok(())
}

async fn note_version(context: &Context, row: &mut Row) -> Result<(), CloudError> {
    let (from, to) = (row.version, version(context, &row.stack).await?);
    if from != to {
        row.gaps.push(Gap::Updated {
            from: from.unwrap_or(0),
            to: to.unwrap_or(0),
        });
    }
    Ok(())
}
