//! Requests about stacks and the references between them.
//!
//! # What this may not do
//!
//! Change anything: every request here reads, or decrypts what was read.

use super::paths::{of_stack, path};
use crate::cloud::call::{Call, Conflict};
use crate::cloud::changes::Touched;
use crate::cloud::wire::outputs::Ciphertexts;
use crate::domain::StackRef;
use reqwest::Method;
use std::collections::BTreeSet;

/// Lists the first page of the stacks of an organization, or of one project in it.
pub fn stacks(organization: &str, project: Option<&str>) -> Call {
    let operation = format!("list the stacks of the organization `{organization}`");
    let mut call = Call::read(operation, path(&["api", "user", "stacks"]))
        .with_query("organization", organization);
    if let Some(project) = project {
        call = call.with_query("project", project);
    }
    call
}

/// Lists the first page of the stacks in projects of this name in every organization, to find one stack.
pub fn stacks_of_project(project: &str, stack: &str) -> Call {
    let operation = format!("look for the stack `{project}/{stack}`");
    Call::read(operation, path(&["api", "user", "stacks"])).with_query("project", project)
}

/// Reads a stack.
pub fn stack(stack: &StackRef) -> Call {
    let operation = format!("read the stack `{stack}`");
    Call::read(operation, of_stack(stack, &[]))
}

/// Asks for the optional features of the cloud.
pub fn capabilities() -> Call {
    let operation = "ask what the cloud can do".to_owned();
    Call::read(operation, path(&["api", "capabilities"]))
}

/// Reads the outputs of a stack. Not every cloud can return them without the state.
pub fn outputs(stack: &StackRef) -> Call {
    let operation = format!("read the outputs of the stack `{stack}`");
    Call::read(operation, of_stack(stack, &["outputs"]))
}

/// Decrypts ciphertexts that were encrypted with the key of a stack. The stack itself may have been deleted or renamed
/// since.
pub fn decrypt(key_of: &StackRef, ciphertexts: &BTreeSet<&str>) -> Call {
    let operation = format!("decrypt secret outputs with the key of the stack `{key_of}`");
    let path = of_stack(key_of, &["batch-decrypt"]);
    Call::write(Method::POST, operation, path, Touched::Nothing)
        .with_body(&Ciphertexts { ciphertexts })
        .harmless(Conflict::Refused)
}

/// Reads the outputs of a stack by exporting its whole state.
pub fn exported_outputs(stack: &StackRef) -> Call {
    let operation = format!("read the outputs of the stack `{stack}` from its state");
    Call::read(operation, of_stack(stack, &["export"]))
}

/// Reads the state of a stack, including the progress of a running update.
pub fn state(stack: &StackRef) -> Call {
    let operation = format!("read the state of the stack `{stack}`");
    Call::read(operation, of_stack(stack, &["export"]))
}

/// Asks which stacks have a `StackReference` to this one.
pub fn downstream_references(stack: &StackRef) -> Call {
    let operation = format!("ask which stacks refer to the stack `{stack}`");
    let path = of_stack(stack, &["downstreamreferences"]);
    Call::read(operation, path)
}

/// Asks to which stacks this one has a `StackReference`.
pub fn upstream_references(stack: &StackRef) -> Call {
    let operation = format!("ask which stacks the stack `{stack}` refers to");
    let path = of_stack(stack, &["upstreamreferences"]);
    Call::read(operation, path)
}
