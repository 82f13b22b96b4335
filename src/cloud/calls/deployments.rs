//! Requests about deployments and updates.
//!
//! # What this may not do
//!
//! Let a deployment be started twice.

use super::paths::{of_stack, path};
use crate::cloud::call::{Call, Conflict};
use crate::cloud::changes::Touched;
use crate::cloud::deployment::Operation;
use crate::cloud::wire::deployment::NewDeployment;
use crate::domain::StackRef;
use reqwest::Method;
use serde::Serialize;

/// The most deployments that the cloud returns on a page of a list.
pub const MAX_PAGE: usize = 100;

/// Lists the newest `n` deployments of a stack, at most a page.
pub fn stack_deployments(stack: &StackRef, n: usize) -> Call {
    let operation = format!("list the deployments of the stack `{stack}`");
    Call::read(operation, of_stack(stack, &["deployments"]))
        .with_query("pageSize", n.clamp(1, MAX_PAGE))
}

/// Lists a page of the deployments of a stack, newest first; the first page is 1.
pub fn stack_deployments_page(stack: &StackRef, page: usize, page_size: usize) -> Call {
    stack_deployments(stack, page_size).with_query("page", page)
}

/// Counts the deployments of an organization by their status.
pub fn deployment_counts(organization: &str) -> Call {
    let operation = format!("count the deployments of the organization `{organization}`");
    let path = path(&["api", "orgs", organization, "deployments", "metadata"]);
    Call::read(operation, path)
}

/// Lists a page of the deployments of all stacks of an organization, newest first; the first page is 1.
pub fn organization_deployments(organization: &str, page: usize, page_size: usize) -> Call {
    let operation = format!("list the deployments of the organization `{organization}`");
    let path = path(&["api", "orgs", organization, "deployments"]);
    Call::read(operation, path)
        .with_query("pageSize", page_size.clamp(1, MAX_PAGE))
        .with_query("page", page)
}

/// Reads a deployment.
pub fn deployment(stack: &StackRef, id: &str) -> Call {
    let operation = format!("read a deployment of the stack `{stack}`");
    Call::read(operation, of_stack(stack, &["deployments", id]))
}

/// Reads the log of a deployment, from its beginning or from where the last page ended.
pub fn deployment_log(stack: &StackRef, id: &str, from: Option<&str>) -> Call {
    let operation = format!("read the log of a deployment of the stack `{stack}`");
    let path = of_stack(stack, &["deployments", id, "logs"]);
    let call = Call::read(operation, path);
    match from {
        Some(from) => call.with_query("continuationToken", from),
        None => call,
    }
}

/// Starts a deployment with the settings of the stack.
pub fn start_deployment(stack: &StackRef, operation: Operation) -> Call {
    let article = if operation == Operation::Update {
        "an"
    } else {
        "a"
    };
    let body = NewDeployment {
        operation: operation.as_str(),
        inherit_settings: true,
    };
    let operation = format!("start {article} {operation} of the stack `{stack}`");
    start(stack, operation, &body)
}

/// Starts the deployment that `body` describes; `operation` says what that is.
pub(super) fn start(stack: &StackRef, operation: String, body: &impl Serialize) -> Call {
    let path = of_stack(stack, &["deployments"]);
    Call::write(Method::POST, operation, path, Touched::Stack(stack.clone()))
        .with_body(body)
        .needs(format!("stack `{stack}`"))
}

/// Cancels a deployment in the queue. One that is over counts as cancelled.
pub fn cancel_deployment(stack: &StackRef, id: &str) -> Call {
    let operation = format!("cancel a deployment of the stack `{stack}`");
    let path = of_stack(stack, &["deployments", id, "cancel"]);
    Call::write(Method::POST, operation, path, Touched::Stack(stack.clone()))
        .harmless(Conflict::Done)
}

/// Pauses the deployments of a stack. New ones stay in the queue.
pub fn pause_deployments(stack: &StackRef) -> Call {
    set_pause(stack, "pause")
}

/// Resumes the deployments of a stack.
pub fn resume_deployments(stack: &StackRef) -> Call {
    set_pause(stack, "resume")
}

fn set_pause(stack: &StackRef, word: &str) -> Call {
    let operation = format!("{word} the deployments of the stack `{stack}`");
    let path = of_stack(stack, &["deployments", word]);
    Call::write(Method::POST, operation, path, Touched::Stack(stack.clone()))
        .harmless(Conflict::Done)
}

/// Asks whether the deployments of a stack are paused.
pub fn deployment_pauses(stack: &StackRef) -> Call {
    let operation = format!("ask whether deployments of the stack `{stack}` are paused");
    let path = of_stack(stack, &["deployments", "metadata"]);
    Call::read(operation, path)
}

/// Reads the deployment settings of a stack.
pub fn deployment_settings(stack: &StackRef) -> Call {
    let operation = format!("read the deployment settings of the stack `{stack}`");
    let path = of_stack(stack, &["deployments", "settings"]);
    Call::read(operation, path)
}

/// Lists a page of the updates of a stack, whether the cloud ran them or not, newest first; the first page is 1.
pub fn updates(stack: &StackRef, page: usize, page_size: usize) -> Call {
    let operation = format!("list the updates of the stack `{stack}`");
    Call::read(operation, of_stack(stack, &["updates"]))
        .with_query("pageSize", page_size)
        .with_query("page", page)
}
