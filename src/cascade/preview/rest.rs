//! Why a stack would not be started although a stack above it changes.
//!
//! # What this may not do
//!
//! Name a stack that merely waits: it will be started later.

use super::super::decision::Answer;
use super::super::reason::{Holding, Reason};
use super::super::words;
use crate::domain::StackRef;

/// Why a stack would not be started although a stack above it changes. This is an answer, not a gap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rest {
    /// Its join would not start it.
    Join(Reason),
    /// Nothing above that would start it is started itself.
    Above,
}

impl Rest {
    /// The explanation: a clause in lower case without a full stop.
    pub fn words(&self) -> String {
        match self {
            Rest::Join(reason) => words::of(reason),
            Rest::Above => "what would start it is not started".into(),
        }
    }
}

/// Why a join would not start its stack after the members of a preview were updated; `None` if it would. `answer` is
/// today's decision: whatever holds the stack back today will still do so, except members, which are updated meanwhile.
pub fn join_rests(answer: &Answer, is_member: impl Fn(&StackRef) -> bool) -> Option<Reason> {
    if let Some(reason @ (Reason::Destroyed { .. } | Reason::NeverDeployed)) = answer.reason() {
        return Some(reason.clone());
    }
    let others = answer.upstream.iter().filter(|it| !is_member(&it.stack));
    let holds = others.filter_map(|it| it.hold.clone());
    let blocks = |state| {
        matches!(
            state,
            Holding::Missing | Holding::Destroyed | Holding::Failed | Holding::Handled
        )
    };
    let holds: Vec<_> = holds.filter(|hold| blocks(hold.state)).collect();
    (!holds.is_empty()).then_some(Reason::Blocked(holds))
}
