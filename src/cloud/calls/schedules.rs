//! Requests about schedules of deployments.
//!
//! # What this may not do
//!
//! Let a schedule be created a second time.

use super::paths::of_stack;
use crate::cloud::call::{Call, Conflict};
use crate::cloud::changes::Touched;
use crate::cloud::schedule::ScheduleSpec;
use crate::cloud::wire::schedule::ScheduleBody;
use crate::domain::StackRef;
use reqwest::Method;

/// Lists the schedules of a stack.
pub fn schedules(stack: &StackRef) -> Call {
    let operation = format!("list the schedules of the stack `{stack}`");
    Call::read(operation, path(stack, &[]))
}

/// Reads a schedule.
pub fn schedule(stack: &StackRef, id: &str) -> Call {
    let operation = format!("read a schedule of the stack `{stack}`");
    Call::read(operation, path(stack, &[id]))
}

/// Creates a schedule. The cloud does not recognize an equal one.
pub fn create_schedule(stack: &StackRef, spec: &ScheduleSpec) -> Call {
    let operation = format!("create a schedule of the stack `{stack}`");
    let touched = Touched::Stack(stack.clone());
    Call::write(Method::POST, operation, path(stack, &[]), touched)
        .with_body(&ScheduleBody::of(spec))
        .needs(format!("stack `{stack}`"))
}

/// Replaces a schedule by `spec`.
pub fn update_schedule(stack: &StackRef, id: &str, spec: &ScheduleSpec) -> Call {
    let operation = format!("update a schedule of the stack `{stack}`");
    let touched = Touched::Stack(stack.clone());
    Call::write(Method::POST, operation, path(stack, &[id]), touched)
        .with_body(&ScheduleBody::of(spec))
        .harmless(Conflict::Refused)
        .needs(format!("schedule `{id}` of the stack `{stack}`"))
}

/// Deletes a schedule.
pub fn delete_schedule(stack: &StackRef, id: &str) -> Call {
    let operation = format!("delete a schedule of the stack `{stack}`");
    let touched = Touched::Stack(stack.clone());
    Call::write(Method::DELETE, operation, path(stack, &[id]), touched)
}

fn path(stack: &StackRef, rest: &[&str]) -> String {
    of_stack(stack, &[&["deployments", "schedules"], rest].concat())
}
