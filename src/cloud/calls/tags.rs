//! Requests about the tags of stacks.
//!
//! # What this may not do
//!
//! Replace all tags at once: others have theirs there.

use super::paths::of_stack;
use crate::cloud::call::{Call, Conflict};
use crate::cloud::wire::tags::NewTag;
use crate::domain::StackRef;
use reqwest::Method;

/// Reads a stack with its tags.
pub fn tags(stack: &StackRef) -> Call {
    let operation = format!("read the tags of the stack `{stack}`");
    Call::new(Method::GET, operation, of_stack(stack, &[]))
}

/// Sets one tag of a stack.
pub fn set_tag(stack: &StackRef, name: &str, value: &str) -> Call {
    let operation = format!("set the tag `{name}` of the stack `{stack}`");
    Call::new(Method::POST, operation, of_stack(stack, &["tags"]))
        .with_body(&NewTag { name, value })
        .needs(format!("stack `{stack}`"))
        .harmless(Conflict::Done)
}

/// Removes one tag of a stack.
pub fn remove_tag(stack: &StackRef, name: &str) -> Call {
    let operation = format!("remove the tag `{name}` of the stack `{stack}`");
    Call::new(Method::DELETE, operation, of_stack(stack, &["tags", name])).harmless(Conflict::Done)
}
