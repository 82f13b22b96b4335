//! Requests about the tags of stacks.
//!
//! # What this may not do
//!
//! Replace all tags at once: other tools keep theirs there.

use super::paths::of_stack;
use crate::cloud::call::{Call, Conflict};
use crate::cloud::changes::Touched;
use crate::cloud::wire::tags::NewTag;
use crate::domain::StackRef;
use reqwest::Method;

/// Reads a stack with its tags.
pub fn tags(stack: &StackRef) -> Call {
    let operation = format!("read the tags of the stack `{stack}`");
    Call::read(operation, of_stack(stack, &[]))
}

/// Changes an existing tag of a stack. The cloud takes the name from the path.
pub fn change_tag(stack: &StackRef, name: &str, value: &str) -> Call {
    let operation = format!("change the tag `{name}` of the stack `{stack}`");
    Call::write(
        Method::PATCH,
        operation,
        of_stack(stack, &["tags", name]),
        Touched::Nothing,
    )
    .with_body(&NewTag { name, value })
    .needs(format!("tag `{name}` of the stack `{stack}`"))
    .harmless(Conflict::Done)
}

/// Adds a tag to a stack. An existing tag of this name stays unchanged.
pub fn add_tag(stack: &StackRef, name: &str, value: &str) -> Call {
    let operation = format!("add the tag `{name}` to the stack `{stack}`");
    Call::write(
        Method::POST,
        operation,
        of_stack(stack, &["tags"]),
        Touched::Nothing,
    )
    .with_body(&NewTag { name, value })
    .needs(format!("stack `{stack}`"))
    .harmless(Conflict::Done)
}

/// Removes a tag of a stack.
pub fn remove_tag(stack: &StackRef, name: &str) -> Call {
    let operation = format!("remove the tag `{name}` of the stack `{stack}`");
    Call::write(
        Method::DELETE,
        operation,
        of_stack(stack, &["tags", name]),
        Touched::Nothing,
    )
    .harmless(Conflict::Done)
}
