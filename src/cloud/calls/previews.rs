//! Requests about previews that the cloud runs.
//!
//! # What this may not do
//!
//! Start a preview that replaces one that someone else has in the queue.

use super::deployments;
use super::paths::{of_stack, path};
use crate::cloud::call::Call;
use crate::cloud::preview::PreviewRequest;
use crate::cloud::wire::preview::NewPreview;
use crate::domain::StackRef;

/// Starts a preview with the settings of the stack, and what the request adds to them.
pub fn start_preview(stack: &StackRef, request: &PreviewRequest) -> Call {
    let operation = format!("start a preview of the stack `{stack}`");
    deployments::start(stack, operation, &NewPreview::from(request))
}

/// Lists the runs of the CLI that a deployment made.
pub fn deployment_runs(stack: &StackRef, id: &str) -> Call {
    let operation = format!("list what a deployment of the stack `{stack}` has run");
    Call::read(operation, of_stack(stack, &["deployments", id, "updates"]))
}

/// Reads the first page of the engine's events in a run of the CLI.
pub fn engine_events(stack: &StackRef, run: &str) -> Call {
    let operation = format!("read the engine events of a run of the stack `{stack}`");
    // This path serves runs of every kind.
    Call::read(operation, of_stack(stack, &["update", run, "events"]))
}

/// Reads how many deployments an organization can run at the same time.
pub fn concurrency(organization: &str) -> Call {
    let operation =
        format!("ask how many deployments the organization `{organization}` runs at once");
    let path = path(&["api", "orgs", organization, "deployments", "metadata"]);
    Call::read(operation, path)
}
