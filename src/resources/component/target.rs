//! The stack that a webhook of a component starts.
//!
//! # What this may not do
//!
//! Ask whether the stack is there.

use crate::domain::StackRef;
use crate::engine::urn::Urn;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;

/// A stack that a webhook starts, as the program named it.
#[derive(Clone, Debug)]
pub struct Target<'a> {
    /// The stack.
    pub stack: &'a StackRef,
    /// Whether its name is never shown.
    pub secret: bool,
    /// What the name depends on.
    pub dependencies: BTreeSet<String>,
}

impl<'a> Target<'a> {
    /// A stack whose name a program says plainly.
    pub fn plain(stack: &'a StackRef) -> Target<'a> {
        Target {
            stack,
            secret: false,
            dependencies: BTreeSet::new(),
        }
    }
}

/// Whether the name of a stack that depends on these resources comes from one of another package in this program, which
/// may be about to make the stack. A resource of ours makes none.
pub fn is_made_here<'a>(dependencies: impl IntoIterator<Item = &'a String>) -> bool {
    let ours = format!("{}:", crate::schema::PACKAGE);
    let is_others = |urn: &String| !Urn::new(urn.clone()).token().starts_with(&ours);
    dependencies.into_iter().any(is_others)
}

/// Why one stack cannot follow another that is the same, or the same but for upper and lower case; `None` if it can.
pub fn follows_itself(upstream: &StackRef, downstream: &StackRef) -> Option<String> {
    let for_ever = "a stack cannot follow itself: each update would start the next one, forever";
    if upstream == downstream {
        return Some(for_ever.to_owned());
    }
    upstream.is_like(downstream).then(|| {
        format!(
            "`{}` and `{}` differ only by upper and lower case, and {for_ever}",
            upstream.short(),
            downstream.short()
        )
    })
}

/// What names a target in a name that is not a secret.
pub fn shown(target: &Target<'_>) -> String {
    if target.secret {
        digest(target.stack)
    } else {
        target.stack.short()
    }
}

/// Stands for a stack whose name is a secret in a name that is not.
pub fn digest(stack: &StackRef) -> String {
    digest_of(&stack.to_string())
}

/// Stands for a text that is a secret in a name that is not.
pub fn digest_of(text: &str) -> String {
    hex::encode(Sha256::digest(text))[..16].to_owned()
}
