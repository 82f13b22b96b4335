//! The stack that a component's webhook starts.
//!
//! # What this may not do
//!
//! Ask whether the stack exists.

use crate::domain::StackRef;
use crate::engine::urn::Urn;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;

/// A stack that a webhook starts, as named by the program.
#[derive(Clone, Debug)]
pub struct Target<'a> {
    /// The stack.
    pub stack: &'a StackRef,
    /// Whether its name is secret.
    pub secret: bool,
    /// The dependencies of the name.
    pub dependencies: BTreeSet<String>,
}

impl<'a> Target<'a> {
    /// A stack whose name is not secret and has no dependencies.
    pub fn plain(stack: &'a StackRef) -> Target<'a> {
        Target {
            stack,
            secret: false,
            dependencies: BTreeSet::new(),
        }
    }
}

/// Whether a stack whose name has these dependencies may be created by a resource of another package in this program. Our
/// own resources create no stacks.
pub fn is_made_here<'a>(dependencies: impl IntoIterator<Item = &'a String>) -> bool {
    let ours = format!("{}:", crate::schema::PACKAGE);
    let is_others = |urn: &String| !Urn::new(urn.clone()).token().starts_with(&ours);
    dependencies.into_iter().any(is_others)
}

/// Why a stack cannot follow one with the same name, ignoring upper and lower case; `None` if it can.
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

/// The name of a target in a name that is not secret.
pub fn shown(target: &Target<'_>) -> String {
    if target.secret {
        digest(target.stack)
    } else {
        target.stack.short()
    }
}

/// Replaces a stack with a secret name in a name that is not secret.
pub fn digest(stack: &StackRef) -> String {
    digest_of(&stack.to_string())
}

/// Replaces a secret text in a name that is not secret.
pub fn digest_of(text: &str) -> String {
    hex::encode(Sha256::digest(text))[..16].to_owned()
}
