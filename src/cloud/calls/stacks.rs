//! Requests about stacks and who refers to whom.
//!
//! # What this may not do
//!
//! Change anything: every request here only reads.

use super::paths::{of_stack, path};
use crate::cloud::call::Call;
use crate::domain::StackRef;
use reqwest::Method;

/// Lists a page of the stacks of an organization, or of one project in it. `after` is the token of the page before.
pub fn stacks(organization: &str, project: Option<&str>, after: Option<&str>) -> Call {
    let operation = format!("list the stacks of the organization `{organization}`");
    let mut call = Call::new(Method::GET, operation, path(&["api", "user", "stacks"]))
        .with_query("organization", organization);
    if let Some(project) = project {
        call = call.with_query("project", project);
    }
    if let Some(after) = after {
        call = call.with_query("continuationToken", after);
    }
    call
}

/// Asks which stacks hold a `StackReference` to this one.
pub fn downstream_references(stack: &StackRef) -> Call {
    let operation = format!("ask which stacks refer to the stack `{stack}`");
    let path = of_stack(stack, &["downstreamreferences"]);
    Call::new(Method::GET, operation, path)
}

/// Asks which stacks this one holds a `StackReference` to.
pub fn upstream_references(stack: &StackRef) -> Call {
    let operation = format!("ask which stacks the stack `{stack}` refers to");
    let path = of_stack(stack, &["upstreamreferences"]);
    Call::new(Method::GET, operation, path)
}
